#pragma once
// For tests: a service on a database in a fresh folder, with nodes of a chain in memory.

#include <cstdlib>

#include <gtest/gtest.h>

#include "base/file.hpp"
#include "base/temporary_folder.hpp"
#include "messager/service.hpp"
#include "test_chain.hpp"
#include "wallet/wallet.hpp"

namespace nelumbo::messager::testing {

/// Waits until a condition holds; false when it does not within half a minute.
template <class F>
bool eventually(F condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

inline wallet::KeyInfo fresh_key() {
  wallet::Wallet keys(wallet::make_memory_key_store());
  return must(keys.export_key(must(keys.new_key(SignatureType::secp256k1))));
}

/// A plain transfer with its gas given.
inline Message transfer(const Address& from, uint64_t value = 1) {
  Message out;
  out.from = from;
  out.to = Address::from_id(100);
  out.value = value;
  out.gas_limit = 1'000'000;
  out.gas_fee_cap = 1000;
  out.gas_premium = 60;
  return out;
}

class ServiceTest : public ::testing::Test {
 protected:
  explicit ServiceTest(size_t node_count = 1) {
    for (size_t i = 0; i < node_count; ++i) {
      nodes.push_back(std::make_shared<TestNode>(chain, fmt::format("node{}", i + 1)));
    }
  }
  ~ServiceTest() override {
    service.reset();
    book.reset();
    fs::remove_all(folder);
  }

  std::shared_ptr<Book> open() {
    DatabaseConfig database;
    database.dsn = (folder / "messages.db").string();
    return must(open_book(database, vault, 314));
  }
  std::unique_ptr<Service> make(const std::string& holder, std::shared_ptr<Book> on) {
    auto settings = config;
    settings.holder = holder;
    std::vector<std::shared_ptr<ChainNode>> all(nodes.begin(), nodes.end());
    return make_service(settings, std::move(on), std::move(all), transport, system_clock());
  }
  void start() {
    book = open();
    service = make("first", book);
    service->start();
  }
  Address new_sender(uint64_t next_nonce = 0) { return must(service->import_wallet(fresh_key(), next_nonce)); }
  SignedMessage send(const Address& from, uint64_t value = 1) { return must(service->send(transfer(from, value), {})); }

  void mine() {
    std::lock_guard lock(chain->mutex);
    std::vector<const Pool*> pools;
    for (const auto& node : nodes) pools.push_back(&node->pool());
    chain->mine(pools);
  }
  void fork(ChainEpoch depth) {
    std::lock_guard lock(chain->mutex);
    chain->fork(depth);
  }
  uint64_t chain_nonce(const Address& sender) {
    std::lock_guard lock(chain->mutex);
    return chain->nonce(sender);
  }
  ChainEpoch height() {
    std::lock_guard lock(chain->mutex);
    return chain->head->height();
  }
  std::map<std::pair<Address, uint64_t>, Cid> landed() {
    std::lock_guard lock(chain->mutex);
    return chain->landed();
  }
  /// Blocks come until the condition holds.
  template <class F>
  bool mine_until(F condition) {
    return eventually([&] {
      if (condition()) return true;
      mine();
      return false;
    });
  }
  bool in_pool(size_t node, const Address& sender, size_t count) {
    return eventually([&] { return nodes[node]->pool_size(sender) == count; });
  }
  rpc::MessageRecord record(const SignedMessage& message) { return must(service->get(message.cid())); }
  bool wait_says(const SignedMessage& message, std::string_view text) {
    const bool out = eventually([&] { return record(message).wait.contains(text); });
    if (!out) ADD_FAILURE() << record(message).wait;
    return out;
  }

  const fs::path folder = fresh_folder();
  std::shared_ptr<const Vault> vault = must(Vault::from_passphrase("a secret of these tests"));
  std::shared_ptr<TestChain> chain = std::make_shared<TestChain>();
  std::vector<std::shared_ptr<TestNode>> nodes;
  std::shared_ptr<p2p::Transport> transport;
  ServiceConfig config;
  std::shared_ptr<Book> book;
  std::unique_ptr<Service> service;
};

}  // namespace nelumbo::messager::testing
