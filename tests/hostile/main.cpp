// A hostile peer as a program, for tests/integration/hostile.py:
//
//   hostile --network NAME --genesis CID --peer MULTIADDR[,…] [--head CID[,…]] [--api INFO --miner ADDR --key FILE]
//           blocks | messages | flood COUNT | frames | requests COUNT | connections COUNT
//
// It prints one JSON object per line; with "done" it has said all, and holds its connections until its input ends.
#include <cstdio>
#include <iostream>
#include <sstream>

#include "attacks.hpp"
#include "cases.hpp"

namespace nelumbo::hostile {
namespace {

using Flags = std::map<std::string, std::string>;

void tell(const JsonValue& value) { std::cout << value.dump() << std::endl; }

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string each; std::getline(in, each, ',');) out.push_back(each);
  return out;
}

/// Says that all is said, and keeps what it holds until nobody listens any more.
void hold() {
  tell({{"done", true}});
  for (std::string line; std::getline(std::cin, line);) {
  }
}

Result<Target> target_of(Flags& flags) {
  Target out{.network = flags["network"], .addresses = split(flags["peer"]), .genesis = {}, .head = {}};
  out.genesis = TRY(Cid::parse(flags["genesis"]));
  for (const auto& each : split(flags["head"])) {
    auto cid = TRY(Cid::parse(each));
    out.head.push_back(std::move(cid));
  }
  return out;
}

Result<Forge> forge_of(Flags& flags) {
  set_address_network(AddressNetwork::testnet);
  auto api = TRY(rpc::parse_api_info(flags["api"]));
  auto miner = TRY(Address::parse(flags["miner"]));
  auto key = TRY(genesis::read_key_file(flags["key"]));
  return Forge(std::move(api), std::move(miner), std::move(key));
}

Result<> blocks(const Target& target, Forge& forge) {
  std::vector<std::unique_ptr<Attacker>> attackers;
  for (const auto& each : block_cases()) {
    auto attacker = TRY_IN(each.name, Attacker::connect(target));
    auto block = TRY_IN(each.name, forge.block());
    each.spoil(block, forge);
    if (each.name_messages) TRY(Forge::name_messages(block));
    if (each.sign) TRY(forge.sign(block.header));
    for (const auto& message : block.bls) attacker->offer(to_cbor(message));
    for (const auto& message : block.secp) attacker->offer(to_cbor(message));
    TRY_IN(each.name, attacker->publish(net::blocks_topic(target.network), to_cbor(block.block_message())));
    tell({{"case", each.name},
          {"rule", each.rule},
          {"outcome", outcome_name(each.outcome)},
          {"peer", attacker->id()},
          {"cid", block.header.cid().str()},
          {"epoch", block.header.height}});
    attackers.push_back(std::move(attacker));
  }
  hold();
  return {};
}

Result<> messages(const Target& target, Forge& forge) {
  std::vector<std::unique_ptr<Attacker>> attackers;
  for (const auto& each : message_cases()) {
    auto attacker = TRY_IN(each.name, Attacker::connect(target));
    auto good = TRY(forge.transfer());
    TRY_IN(each.name, attacker->publish(net::messages_topic(target.network), each.make(good, forge)));
    tell({{"case", each.name},
          {"outcome", outcome_name(each.outcome)},
          {"peer", attacker->id()},
          {"nonce", good.message.nonce},
          {"from", good.message.from.str()}});
    attackers.push_back(std::move(attacker));
  }
  hold();
  return {};
}

Result<> run(const std::string& command, uint64_t count, Flags flags) {
  auto target = TRY(target_of(flags));
  if (command == "blocks" || command == "messages") {
    auto forge = TRY(forge_of(flags));
    return command == "blocks" ? blocks(target, forge) : messages(target, forge);
  }
  if (command == "connections") {
    auto held = TRY(connections(target, count));
    size_t alive = 0;
    for (const auto& each : held) alive += each->connected();
    tell({{"asked", count}, {"made", held.size()}, {"alive", alive}});
    hold();
    return {};
  }
  if (command == "flood") tell(TRY(flood(target, count)));
  if (command == "frames") tell(TRY(frames(target)));
  if (command == "requests") tell(TRY(requests(target, count)));
  return {};
}

}  // namespace
}  // namespace nelumbo::hostile

int main(int argc, char** argv) {
  nelumbo::hostile::Flags flags;
  int i = 1;
  for (; i + 1 < argc && std::string_view(argv[i]).starts_with("--"); i += 2) flags[argv[i] + 2] = argv[i + 1];
  std::string command = i < argc ? argv[i] : "";
  uint64_t count = i + 1 < argc ? std::strtoull(argv[i + 1], nullptr, 10) : 0;
  auto done = nelumbo::hostile::run(command, count, flags);
  if (done) return 0;
  std::fprintf(stderr, "%s\n", done.error().message.c_str());
  return 1;
}
