// Messages that mainnet executed, executed again: receipt, gas and state root must come out the same.
#include <atomic>
#include <iostream>
#include <mutex>

#include <gtest/gtest.h>

#include "actors/bundle.hpp"
#include "base/thread_pool.hpp"
#include "codec/car.hpp"
#include "engine/vm.hpp"
#include "keys.hpp"
#include "vectors/vectors.hpp"

using namespace nelumbo;

namespace {

constexpr unsigned kThreads = 2;  // memory: each holds one vector's state, and the actors are compiled once for all

/// The recorded randomness, and where nothing was recorded the fixed bytes that conformance tests agree on.
class Replay : public VmExterns {
 public:
  explicit Replay(const JsonValue& recorded) {
    for (const auto& each : recorded) {
      auto bytes = must(from_base64(each.at("ret").get<std::string>()));
      std::array<uint8_t, 32> value{};
      std::copy_n(bytes.begin(), std::min(bytes.size(), value.size()), value.begin());
      recorded_.emplace(std::pair(each.at("on").at(0).get<std::string>(), each.at("on").at(1).get<int64_t>()), value);
    }
  }
  Result<std::array<uint8_t, 32>> chain_randomness(ChainEpoch epoch) override { return find("chain", epoch); }
  Result<std::array<uint8_t, 32>> beacon_randomness(ChainEpoch epoch) override { return find("beacon", epoch); }
  Result<Cid> tipset_cid(ChainEpoch epoch) override {
    return fail(ErrorCode::unsupported, "the vectors hold no tipset CIDs (epoch {})", epoch);
  }
  Result<std::optional<ConsensusFault>> verify_consensus_fault(BytesView, BytesView, BytesView, int64_t&) override {
    return fail(ErrorCode::unsupported, "the vectors hold no consensus faults");
  }

 private:
  std::array<uint8_t, 32> find(const std::string& kind, ChainEpoch epoch) const {
    auto it = recorded_.find({kind, epoch});
    if (it != recorded_.end()) return it->second;
    std::array<uint8_t, 32> fixed;
    std::ranges::copy(std::string_view("i_am_random_____i_am_random_____"), fixed.begin());
    return fixed;
  }

  std::map<std::pair<std::string, int64_t>, std::array<uint8_t, 32>> recorded_;
};

/// A number of any size in the file's text: JSON readers round what exceeds 64 bits.
TokenAmount big_number(const std::string& text, const std::string& key) {
  size_t at = text.find('"' + key + '"');
  if (at == std::string::npos) throw std::runtime_error("there is no \"" + key + "\"");
  at = text.find_first_of("0123456789", at + key.size() + 2);
  size_t end = text.find_first_not_of("0123456789", at);
  return must(parse_bigint(std::string_view(text).substr(at, end - at)));
}

/// Bytes of the message in a block: those of secp256k1 senders carry a signature of 65 bytes.
size_t chain_length(const Message& message) {
  if (message.from.protocol() != Protocol::secp256k1) return to_cbor(message).size();
  return SignedMessage{message, Signature{SignatureType::secp256k1, Bytes(65)}}.chain_length();
}

fs::path bundle_path(uint32_t network_version) {
  return cache_folder() / "assets" / "bundles" /
         fmt::format("mainnet-v{}.car", must(actors::actors_version(network_version)));
}

void compare(std::string& differences, std::string_view what, const auto& expected, const auto& actual) {
  if (expected != actual) differences += fmt::format("\n  {}: expected {}, got {}", what, expected, actual);
}

/// What differs; empty when the vector holds.
std::string run(const fs::path& path) {
  auto vector = must(vectors::load(path));
  auto text = must(read_text_file(path, size_t{256} << 20));
  const auto& json = vector.json;
  std::string differences;
  for (const auto& variant : json.at("preconditions").at("variants")) {
    VmConfig config;
    config.network_version = variant.at("nv").get<uint32_t>();
    config.epoch = variant.at("epoch").get<int64_t>();
    config.base_fee = big_number(text, "basefee");
    config.circulating_supply = big_number(text, "circ_supply");
    config.state_root = must(from_json<Cid>(json.at("/preconditions/state_tree/root_cid"_json_pointer)));
    must(vectors::load_car(bundle_path(config.network_version), *vector.store));
    auto externs = std::make_shared<Replay>(json.value("randomness", JsonValue::array()));

    for (size_t i = 0; i < json.at("apply_messages").size(); ++i) {
      const auto& each = json.at("apply_messages").at(i);
      const auto& receipt = json.at("postconditions").at("receipts").at(i);
      config.epoch += each.value("epoch_offset", int64_t{0});
      auto message = must(from_cbor<Message>(must(from_base64(each.at("bytes").get<std::string>()))));
      auto vm = must(Vm::make(config, vector.store, externs));
      auto result = must(vm->apply(message, chain_length(message)));
      compare(differences, "exit code", receipt.at("exit_code").get<int64_t>(), result.receipt.exit_code);
      compare(differences, "gas used", receipt.at("gas_used").get<int64_t>(), result.receipt.gas_used);
      compare(differences, "return", receipt.at("return").get<std::string>(), to_base64(result.receipt.return_data));
      if (!differences.empty()) differences += "\n  " + result.failure;
      config.state_root = must(vm->flush());
    }
    auto expected = must(from_json<Cid>(json.at("/postconditions/state_tree/root_cid"_json_pointer)));
    compare(differences, "state root", expected.str(), config.state_root.str());
  }
  return differences;
}

TEST(FvmVectors, MainnetMessagesHold) {
  NELUMBO_VECTORS_OR_SKIP(folder, "fvm");
  for (uint32_t version : {17u, 18u}) {
    NELUMBO_ASSET_OR_SKIP(bundle_path(version));
  }
  auto paths = vectors::list(folder);
  auto keyed = vectors::needing_keys(folder);
  bool have_keys = vectors::have_mainnet_keys();

  std::atomic<size_t> held = 0;
  std::atomic<size_t> keyed_held = 0;
  size_t plain = 0;
  size_t needing = 0;
  std::mutex mutex;
  {
    ThreadPool pool(kThreads);
    for (const auto& path : paths) {
      auto name = fs::relative(path, folder).string();
      bool needs_keys = keyed.contains(name);
      ++(needs_keys ? needing : plain);
      if (needs_keys && !have_keys) continue;
      pool.post([&, path, name, needs_keys] {
        std::string differences;
        try {
          differences = run(path);
        } catch (const std::exception& error) {
          differences = fmt::format("\n  {}", error.what());
        }
        if (differences.empty()) ++(needs_keys ? keyed_held : held);
        std::lock_guard lock(mutex);
        EXPECT_TRUE(differences.empty()) << name << differences;
      });
    }
  }
  std::cout << fmt::format("{} of {} messages hold; ", held.load(), plain)
            << (have_keys ? fmt::format("{} of {} that need mainnet keys hold", keyed_held.load(), needing)
                          : fmt::format("{} need mainnet keys", needing))
            << std::endl;
  EXPECT_EQ(held, plain);
  if (have_keys) {
    EXPECT_EQ(keyed_held, needing);
  }
  EXPECT_EQ(needing, keyed.size()) << "needs-mainnet-keys.txt names files that are not there";
}

}  // namespace
