#pragma once
// Messages to a miner's actor from the command line: what is to be done is shown, sent, waited for, and told.

#include <ostream>

#include "codec/json.hpp"
#include "miner_lookup.hpp"
#include "types/json.hpp"

namespace nelumbo::cli {

/// The miner actor's methods that an operator calls.
namespace miner_methods {
inline constexpr MethodNum kChangeWorkerAddress = 3, kChangePeerId = 4, kWithdrawBalance = 16, kChangeMultiaddrs = 18,
                           kCompactSectorNumbers = 20, kConfirmChangeWorkerAddress = 21, kRepayDebt = 22,
                           kChangeOwnerAddress = 23, kChangeBeneficiary = 30;
}  // namespace miner_methods

/// What a command tells: lines for a person or, with --json, one object at its end.
class Report {
 public:
  explicit Report(Context& context) : context_(context), object_(JsonValue::object()) {}
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... values) {
    if (!context_.json()) context_.print("{}", fmt::format(format, std::forward<Args>(values)...));
  }
  void put(const std::string& name, JsonValue value) { object_[name] = std::move(value); }
  /// Prints the object.
  void end() {
    if (context_.json()) context_.print("{}", object_.dump(2));
  }

 private:
  Context& context_;
  JsonValue object_;
};

/// The actor that a command is about, as the chain knows it now.
struct MinerActor {
  rpc::Client* node = nullptr;
  Address address;
  rpc::MinerInfo info;

  /// Owner, worker or control address, by its ID?
  bool is_controller(const Address& id) const;
  Result<Address> id_of(const Address& address) const;
  Result<rpc::MinerInfo> info_at(const TipsetKey& tipset) const;
};
Result<MinerActor> miner_actor(Context& context);
/// The same for another actor than that of the command line.
Result<MinerActor> miner_actor(Context& context, const Address& address);

struct OwnMessage {
  Address to, from;
  MethodNum method = 0;
  Bytes params;
  TokenAmount value;      ///< attoFIL
  int64_t gas_limit = 0;  ///< 0: estimated
};
/// Sends a message, prints its CID behind `label`, waits for it with --confidence; its exit code is an error.
Result<rpc::MsgLookup> send_and_wait(Context& context, Report& report, rpc::Client& node, const OwnMessage& message,
                                     std::string_view label);

/// Whether to go on: --really-do-it was said. Else says so.
bool confirmed(Context& context, Report& report, std::string_view more = "");

// Parts of the tables of `actor` and `proving`.
std::vector<Command> miner_owner_commands();
std::vector<Command> miner_control_commands();
std::vector<Command> miner_proving_work_commands();

// Flags of several commands.
Flag really_do_it_flag();
Flag confidence_flag();
Flag json_flag();
Flag from_flag(std::string what);

}  // namespace nelumbo::cli
