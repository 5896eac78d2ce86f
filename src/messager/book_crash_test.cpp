// A server that is killed, and a database that is: what was acknowledged is there, and nonces are consecutive.

#include <csignal>
#include <random>
#include <sstream>
#include <thread>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "book_fixture.hpp"

using namespace nelumbo;
using namespace nelumbo::messager;

namespace {

constexpr const char* kWorkerVariable = "NELUMBO_BOOK_WORKER";
constexpr int kWorkerThreads = 4;

/// Takes nonces for all senders until it is killed, and tells of each one that it was given: "sender nonce cid".
[[noreturn]] void work(const std::string& order) {
  std::istringstream in(order);
  DatabaseConfig config;
  std::getline(in, config.driver);
  std::getline(in, config.dsn);
  auto book = must(open_book(config, test_vault(), kEthChain));
  auto wallets = must(book->wallets());
  std::vector<std::thread> threads;
  for (int t = 0; t < kWorkerThreads; ++t) {
    threads.emplace_back([&, t] {
      for (size_t i = 0;; ++i) {
        auto row = must(book->assign(draft_of(wallets[(i + t) % wallets.size()].address, i)));
        auto line = fmt::format("{} {} {}\n", row.address.str(), row.nonce, row.cid.str());
        if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) ::_exit(1);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  ::_exit(1);
}

/// This program is its own worker when it is started with an order.
class WorkerEnvironment : public testing::Environment {
 public:
  void SetUp() override {
    if (const char* order = std::getenv(kWorkerVariable)) work(order);
  }
};
const auto* const kEnvironment = testing::AddGlobalTestEnvironment(new WorkerEnvironment);

/// A worker process whose acknowledgements go to a file.
class Worker {
 public:
  Worker(const DatabaseConfig& config, const fs::path& out) {
    std::string order = fmt::format("{}={}\n{}", kWorkerVariable, config.driver, config.dsn);
    std::string program = fs::read_symlink("/proc/self/exe").string();
    pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent || !std::freopen(out.c_str(), "a", stdout)) ::_exit(1);
    char* arguments[] = {program.data(), nullptr};
    ::putenv(order.data());
    ::execv(program.c_str(), arguments);
    ::_exit(127);
  }
  ~Worker() { kill(); }
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_;
};

struct Acknowledged {
  std::string address, nonce, cid;
};

/// The whole lines that say so; the program's own lines have other words.
std::vector<Acknowledged> acknowledged(const fs::path& file) {
  std::vector<Acknowledged> out;
  auto text = read_text_file(file).value_or("");
  std::istringstream in(text.substr(0, text.rfind('\n') + 1));
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    Acknowledged found;
    std::string more;
    if (words >> found.address >> found.nonce >> found.cid && !(words >> more) && found.address.starts_with("f1")) {
      out.push_back(std::move(found));
    }
  }
  return out;
}

class CrashTest : public BookTest {
 protected:
  std::vector<Address> senders{add_sender(), add_sender()};
};

TEST_P(CrashTest, AKilledServerLosesNothingItAcknowledged) {
  constexpr int kKills = 6;
  TemporaryFolder folder;
  auto file = folder.path() / "acknowledged";
  std::mt19937 random(42);
  for (int i = 0; i < kKills; ++i) {
    size_t before = acknowledged(file).size(), wanted = before + 1 + random() % 60;
    {
      // Two servers on one database, killed one after the other.
      Worker first(database.config(), file), second(database.config(), file);
      auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
      while (acknowledged(file).size() < wanted && std::chrono::steady_clock::now() < until) std::this_thread::yield();
      first.kill();
    }
    auto rows = acknowledged(file);
    ASSERT_GE(rows.size(), wanted);
    for (size_t at = before; at < rows.size(); ++at) {
      auto row = must(book->find(must(Address::parse(rows[at].address)), std::stoull(rows[at].nonce)));
      ASSERT_TRUE(row) << rows[at].address << " " << rows[at].nonce;
      EXPECT_EQ(row->cid.str(), rows[at].cid);
    }
    for (const auto& sender : senders) {
      EXPECT_TRUE(consecutive(sender, must(book->wallet(sender)).nonce));
    }
  }
}

FOR_EACH_DRIVER(CrashTest);

TEST(RestartedDatabase, CallersWaitAndGoOn) {
  constexpr int kRestarts = 4, kThreads = 4;
  auto& server = MariadbServer::shared();
  auto config = server.make_database();
  config.patience = std::chrono::seconds(60);
  auto book = must(open_book(config, test_vault(), kEthChain));
  auto other = must(open_book(config, test_vault(), kEthChain));
  auto from = must(book->add_wallet(new_key(), 0));
  std::atomic<bool> stop = false;
  std::atomic<uint64_t> given = 0, failed = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (uint64_t i = 0; !stop; ++i) {
        auto row = (t % 2 == 0 ? book : other)->assign(draft_of(from, i));
        ++(row ? given : failed);
        if (!row) ADD_FAILURE() << row.error().message;
      }
    });
  }
  auto wait_for = [&](uint64_t count) {
    auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (given < count && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    EXPECT_GE(given, count);
  };
  for (int i = 0; i < kRestarts; ++i) {
    wait_for(given + 17 * (i + 1));
    server.kill();
    server.start();
  }
  wait_for(given + 20);
  stop = true;
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failed, 0u);
  // Each call that succeeded has a row, each row a call: nothing was lost and nothing done twice.
  EXPECT_EQ(must(book->wallet(from)).nonce, given);
  MessageFilter filter;
  filter.limit = 100'000;
  EXPECT_EQ(must(book->list(filter)).size(), given);
  EXPECT_TRUE(must(book->gaps(from, 0, 10)).empty());
}

}  // namespace
