#include "lookup.hpp"

#include <atomic>
#include <charconv>
#include <csignal>
#include <ctime>

#include "actors/bundle.hpp"
#include "types/eth_address.hpp"

namespace nelumbo::cli {

Result<Address> address_argument(const Context& context, size_t i) {
  const auto& text = context.args.at(i);
  if (text.starts_with("0x")) return TRY_IN(text, EthAddress::parse(text)).filecoin();
  return in_context(Address::parse(text), fmt::format("invalid address '{}'", text));
}

Result<Cid> cid_argument(const Context& context, size_t i) {
  return in_context(Cid::parse(context.args.at(i)), fmt::format("failed to parse cid input '{}'", context.args.at(i)));
}

Result<uint64_t> number_argument(const Context& context, size_t i, std::string_view what) {
  const auto& text = context.args.at(i);
  uint64_t out = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size())
    return fail(ErrorCode::invalid, "'{}' is no {}", text, what);
  return out;
}

Result<TipsetPtr> parse_tipset(rpc::Client& node, const std::string& text) {
  if (text.empty() || text == "@head") return node.call(rpc::full::ChainHead);
  if (text.front() == '@') {
    ChainEpoch height = 0;
    auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), height);
    if (error != std::errc() || end != text.data() + text.size())
      return fail(ErrorCode::invalid, "'{}' is no height", text);
    return node.call(rpc::full::ChainGetTipSetByHeight, height, TipsetKey());
  }
  TipsetKey key;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = std::min(text.find(',', begin), text.size());
    key.cids.push_back(TRY(Cid::parse(text.substr(begin, end - begin))));
    begin = end + 1;
  }
  return node.call(rpc::full::ChainGetTipSet, key);
}

Result<TipsetPtr> chosen_tipset(Context& context, rpc::Client& node) {
  return in_context(parse_tipset(node, context.text("tipset")), "--tipset");
}

std::string actor_name(rpc::Client& node, const Cid& code, const TipsetKey& at) {
  // Codes of actors v0 to v7 name themselves; no bundle has them.
  if (auto own = actors::CodeBook().find(code)) return own->str();
  auto network_version = node.call(rpc::full::StateNetworkVersion, at);
  auto codes = network_version ? node.call(rpc::full::StateActorCodeCIDs, *network_version)
                               : Result<std::map<std::string, Cid>>(std::unexpected(network_version.error()));
  if (!codes) return "<unknown>";
  for (const auto& [name, cid] : *codes) {
    if (cid == code) return fmt::format("fil/{}/{}", actors::actors_version(*network_version).value_or(0), name);
  }
  return "<unknown>";
}

Error explain_missing_actor(Error error, const std::string& address) {
  if (error.code == ErrorCode::not_found || error.message.find("actor not found") != std::string::npos) {
    return {ErrorCode::not_found, fmt::format("actor not found: {} was never on chain", address)};
  }
  return error;
}

int64_t now_seconds() { return static_cast<int64_t>(std::time(nullptr)); }

Result<bool> sync_is_done(rpc::Client& node) {
  auto head = TRY(node.call(rpc::full::ChainHead));
  auto params = TRY(node.call(rpc::full::StateGetNetworkParams));
  auto behind = now_seconds() - static_cast<int64_t>(head->min_timestamp());
  return behind < static_cast<int64_t>(params.block_delay_secs * 3 / 2) + 1;
}

bool interrupted() {
  static std::atomic<bool> asked{false};
  static bool installed = [] {
    struct sigaction action {};
    action.sa_handler = [](int) { asked = true; };
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
    return true;
  }();
  return installed && asked;
}

Result<std::optional<uint16_t>> port_flag(const Context& context, const std::string& name) {
  if (!context.given(name)) return std::optional<uint16_t>();
  auto port = TRY(context.number(name));
  if (port < 0 || port > 65535) return fail(ErrorCode::invalid, "--{}: {} is no port", name, port);
  return static_cast<uint16_t>(port);
}

std::optional<fs::path> path_flag(const Context& context, const std::string& name) {
  if (!context.given(name)) return std::nullopt;
  return expand_home(context.text(name));
}

}  // namespace nelumbo::cli
