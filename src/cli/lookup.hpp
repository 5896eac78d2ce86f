#pragma once
// What several commands ask: arguments as values, the tipset a command speaks of, names of actors.

#include "command.hpp"

namespace nelumbo::cli {

/// The i-th argument as an address; an Ethereum address (0x…) is taken too.
Result<Address> address_argument(const Context& context, size_t i);
Result<Cid> cid_argument(const Context& context, size_t i);
Result<uint64_t> number_argument(const Context& context, size_t i, std::string_view what);

/// The tipset that a text means: "@head" (or nothing), "@HEIGHT", or CIDs with commas between.
Result<TipsetPtr> parse_tipset(rpc::Client& node, const std::string& text);
/// The tipset of --tipset, else the head.
Result<TipsetPtr> chosen_tipset(Context& context, rpc::Client& node);
/// "fil/18/account" for a code CID at a tipset; "<unknown>" when the node cannot tell.
std::string actor_name(rpc::Client& node, const Cid& code, const TipsetKey& at);
/// Makes "actor not found" name the address.
Error explain_missing_actor(Error error, const std::string& address);
/// Whether the head is recent: at most one and a half epochs old by the clock, as lotus judges.
Result<bool> sync_is_done(rpc::Client& node);
int64_t now_seconds();

/// The port of a flag, nullopt when it is not given.
Result<std::optional<uint16_t>> port_flag(const Context& context, const std::string& name);
/// The path of a flag, "~" put in.
std::optional<fs::path> path_flag(const Context& context, const std::string& name);

}  // namespace nelumbo::cli
