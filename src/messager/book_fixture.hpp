#pragma once
// A book on a fresh database of one of the drivers, and senders in it.

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "test_database.hpp"
#include "wallet/wallet.hpp"

namespace nelumbo::messager {

inline constexpr uint64_t kEthChain = 31415926;

inline Draft draft_of(const Address& from, uint64_t value = 1, std::string uuid = "") {
  Draft draft;
  draft.message.from = from;
  draft.message.to = Address::from_id(1000);
  draft.message.value = value;
  draft.message.gas_limit = 1'000'000;
  draft.message.gas_fee_cap = 200'000;
  draft.message.gas_premium = 100'000;
  draft.uuid = std::move(uuid);
  draft.kind = "Send";
  draft.gr_epoch = 7;
  return draft;
}

inline wallet::KeyInfo new_key(SignatureType type = SignatureType::secp256k1) {
  return {std::string(signature_type_name(type)), must(generate_key(type))};
}

/// Tests of a book, once a driver.
class BookTest : public testing::TestWithParam<std::string> {
 protected:
  std::shared_ptr<Book> open() const { return must(open_book(database.config(), test_vault(), kEthChain)); }
  Address add_sender(uint64_t nonce = 0, SignatureType type = SignatureType::secp256k1) {
    return must(book->add_wallet(new_key(type), nonce));
  }
  /// The sender's nonces in the table, ascending.
  std::vector<uint64_t> nonces(const Address& address) const {
    MessageFilter filter;
    filter.address = address;
    filter.limit = 100'000;
    std::vector<uint64_t> out;
    for (const auto& row : must(book->list(filter))) out.push_back(row.nonce);
    std::reverse(out.begin(), out.end());
    return out;
  }
  /// Whether they are 0, 1, … n-1.
  testing::AssertionResult consecutive(const Address& address, size_t count) const {
    auto all = nonces(address);
    if (all.size() != count) return testing::AssertionFailure() << all.size() << " rows, not " << count;
    for (size_t i = 0; i < all.size(); ++i) {
      if (all[i] != i) return testing::AssertionFailure() << "nonce " << all[i] << " in place " << i;
    }
    auto gaps = must(book->gaps(address, 0, 10));
    if (!gaps.empty()) return testing::AssertionFailure() << "a gap at " << gaps[0];
    return testing::AssertionSuccess();
  }

  TestDatabase database{GetParam()};
  std::shared_ptr<Book> book = open();
};

#define FOR_EACH_DRIVER(suite)                                                  \
  INSTANTIATE_TEST_SUITE_P(Drivers, suite, testing::Values("sqlite3", "mysql"), \
                           [](const auto& info) { return std::string(info.param); })

}  // namespace nelumbo::messager
