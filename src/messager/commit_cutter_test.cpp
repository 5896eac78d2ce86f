#include "commit_cutter.hpp"

#include <cstring>
#include <vector>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "book_fixture.hpp"
#include "dsn.hpp"

namespace nelumbo::messager {

namespace {

constexpr int kTick = 50;                        // milliseconds between looks at whether it is time to end
constexpr std::chrono::milliseconds kLate{400};  // how long a late COMMIT is under way

int unix_socket(const fs::path& path, bool listening) {
  int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  auto* where = reinterpret_cast<sockaddr*>(&address);
  bool good = listening ? ::bind(fd, where, sizeof address) == 0 && ::listen(fd, 64) == 0
                        : ::connect(fd, where, sizeof address) == 0;
  if (good) return fd;
  ::close(fd);
  return -1;
}

bool send_all(int fd, std::string_view data) {
  while (!data.empty()) {
    auto sent = ::send(fd, data.data(), data.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    data.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

}  // namespace

CommitCutter::CommitCutter(const fs::path& target) : target_(target) {
  listener_ = unix_socket(socket(), true);
  if (listener_ < 0) throw std::runtime_error("the cutter cannot listen");
  acceptor_ = std::thread([this] { accept_all(); });
}

CommitCutter::~CommitCutter() {
  stopping_ = true;
  acceptor_.join();
  for (auto& thread : threads_) thread.join();
  ::close(listener_);
}

void CommitCutter::accept_all() {
  while (!stopping_) {
    pollfd waiting{listener_, POLLIN, 0};
    if (::poll(&waiting, 1, kTick) <= 0) continue;
    int client = ::accept(listener_, nullptr, nullptr);
    if (client >= 0) threads_.emplace_back([this, client] { serve(client); });
  }
}

void CommitCutter::serve(int client) {
  int server = unix_socket(target_, false);
  std::vector<char> buffer(1 << 16);
  pollfd both[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
  for (bool open = server >= 0; open && !stopping_;) {
    if (::poll(both, 2, kTick) <= 0) continue;
    for (int i = 0; i < 2 && open; ++i) {
      if (both[i].revents == 0) continue;
      auto got = ::recv(both[i].fd, buffer.data(), buffer.size(), 0);
      std::string_view data(buffer.data(), got > 0 ? static_cast<size_t>(got) : 0);
      open = got > 0;
      // A request begins with four bytes of header and 3 for "query".
      if (open && i == 0 && data.substr(std::min<size_t>(5, data.size())) == "COMMIT") {
        Cut what = next_.exchange(Cut::none);
        if (what != Cut::none) {
          open = cut(what, client, server, data);
          client = -1;
          continue;
        }
      }
      open = open && send_all(both[1 - i].fd, data);
    }
  }
  if (client >= 0) ::close(client);
  if (server >= 0) ::close(server);
}

/// Ends the client's connection; always false.
bool CommitCutter::cut(Cut cut, int client, int server, std::string_view request) {
  ++cuts_;
  if (cut == Cut::late) {
    ::close(client);
    std::this_thread::sleep_for(kLate);
  }
  if (cut != Cut::before) {
    send_all(server, request);
    char answer[64];
    ::recv(server, answer, sizeof answer, 0);
  }
  if (cut != Cut::late) ::close(client);
  return false;
}

namespace {

class LostCommit : public testing::TestWithParam<CommitCutter::Cut> {
 protected:
  static DatabaseConfig through(const CommitCutter& cutter, DatabaseConfig config) {
    auto socket = must(parse_dsn(config.dsn)).at("unix_socket");
    config.dsn.replace(config.dsn.find(socket), socket.size(), cutter.socket().string());
    return config;
  }
  DatabaseConfig direct = MariadbServer::shared().make_database();
  CommitCutter cutter{must(parse_dsn(direct.dsn)).at("unix_socket")};
  std::shared_ptr<Book> book = must(open_book(through(cutter, direct), test_vault(), kEthChain));
};

TEST_P(LostCommit, IsFoundOutBeforeAnswering) {
  auto from = must(book->add_wallet(new_key(), 0));
  for (int i = 0; i < 4; ++i) {
    cutter.cut_next(GetParam());
    auto row = must(book->assign(draft_of(from, i)));
    EXPECT_EQ(cutter.cuts(), i + 1);
    EXPECT_EQ(row.nonce, static_cast<uint64_t>(i));
    EXPECT_EQ(must(book->find(row.cid)).value().id, row.id);
  }
  EXPECT_EQ(must(book->wallet(from)).nonce, 4u);
  EXPECT_EQ(must(book->list({})).size(), 4u);
}

TEST_P(LostCommit, IsFoundOutForEveryChange) {
  cutter.cut_next(GetParam());
  auto from = must(book->add_wallet(new_key(), 0));  // not "exists", though the second try finds it
  auto row = must(book->assign(draft_of(from)));
  cutter.cut_next(GetParam());
  Message message = row.message.message;
  message.gas_fee_cap += 1'000'000;
  auto replaced = must(book->replace(row, message, "Send"));
  EXPECT_EQ(replaced.replaced, 1);
  cutter.cut_next(GetParam());
  auto lease = must(book->lease("confirm", "me", std::chrono::seconds(60))).value();
  EXPECT_EQ(lease.fence, 1);
  cutter.cut_next(GetParam());
  must(book->add_token("one", "read", 0));
  EXPECT_EQ(must(book->tokens()).size(), 1u);
  EXPECT_EQ(cutter.cuts(), 4);
}

INSTANTIATE_TEST_SUITE_P(Cuts, LostCommit,
                         testing::Values(CommitCutter::Cut::before, CommitCutter::Cut::after, CommitCutter::Cut::late),
                         [](const auto& info) {
                           return std::string(info.param == CommitCutter::Cut::before  ? "Before"
                                              : info.param == CommitCutter::Cut::after ? "After"
                                                                                       : "Late");
                         });

}  // namespace

}  // namespace nelumbo::messager
