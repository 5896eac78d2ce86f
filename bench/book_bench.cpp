// How many durable sends a second the nonce book takes, and how long each waits.
//
//   bench_book sqlite3 /path/of/a/new.db [CLIENTS [SECONDS [SENDERS]]]
//   bench_book mysql "host=… db=… user=… password=…" …
//
// Clients are threads that send one message after the other, without nodes and API: what is measured is signing and the
// database. The database is used as it is; give an empty one.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <mutex>
#include <thread>

#include "messager/book.hpp"

using namespace nelumbo;
using namespace nelumbo::messager;

namespace {

using Clock = std::chrono::steady_clock;

std::vector<double> send_for(Book& book, const std::vector<Address>& senders, int clients, int seconds) {
  std::atomic<bool> stop{false};
  std::mutex mutex;
  std::vector<double> millis;
  std::vector<std::thread> threads;
  for (int c = 0; c < clients; ++c) {
    threads.emplace_back([&, c] {
      std::vector<double> own;
      Draft draft;
      draft.message.from = senders[static_cast<size_t>(c) % senders.size()];
      draft.message.to = Address::from_id(1000);
      draft.message.gas_limit = 1'000'000;
      draft.message.gas_fee_cap = 100'000;
      draft.kind = "Send";
      while (!stop) {
        auto begun = Clock::now();
        must(book.assign(draft));
        own.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begun).count());
      }
      std::lock_guard lock(mutex);
      millis.insert(millis.end(), own.begin(), own.end());
    });
  }
  std::this_thread::sleep_for(std::chrono::seconds(seconds));
  stop = true;
  for (auto& thread : threads) thread.join();
  std::sort(millis.begin(), millis.end());
  return millis;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("bench_book sqlite3|mysql DSN [CLIENTS [SECONDS [SENDERS]]]\n", stderr);
    return 2;
  }
  auto number = [&](int at, int otherwise) { return argc > at ? std::max(1, std::atoi(argv[at])) : otherwise; };
  int clients = number(3, 8), seconds = number(4, 5), count = number(5, 8);
  DatabaseConfig config;
  config.driver = argv[1];
  config.dsn = argv[2];
  auto vault = must(Vault::from_passphrase("a passphrase for measuring"));
  auto book = must(open_book(config, vault, 1));
  std::vector<Address> senders;
  for (int i = 0; i < count; ++i) {
    wallet::KeyInfo key{"secp256k1", must(generate_key(SignatureType::secp256k1))};
    senders.push_back(must(book->add_wallet(key, 0)));
  }
  auto millis = send_for(*book, senders, clients, seconds);
  auto at = [&](double part) { return millis[static_cast<size_t>(part * static_cast<double>(millis.size() - 1))]; };
  std::printf("%s, %d clients, %d senders: %.0f sends/s, p50 %.1f ms, p99 %.1f ms\n", argv[1], clients, count,
              static_cast<double>(millis.size()) / seconds, at(0.5), at(0.99));
  return 0;
}
