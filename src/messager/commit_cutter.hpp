#pragma once
// A stand-in for a bad network: passes a MariaDB server's socket on, and cuts the connection around a COMMIT.

#include <atomic>
#include <list>
#include <thread>

#include "test_database.hpp"

namespace nelumbo::messager {

class CommitCutter {
 public:
  enum class Cut {
    none,
    before,  ///< the server never sees the COMMIT
    after,   ///< the server does it, its answer is lost
    late     ///< the client is cut off at once, the server sees the COMMIT a while later
  };
  /// Listens on a socket of its own for connections to `target`.
  explicit CommitCutter(const fs::path& target);
  ~CommitCutter();
  fs::path socket() const { return folder_.path() / "s"; }
  /// What happens to the next COMMIT; once.
  void cut_next(Cut cut) { next_ = cut; }
  int cuts() const { return cuts_; }

 private:
  void accept_all();
  void serve(int client);
  bool cut(Cut cut, int client, int server, std::string_view request);

  TemporaryFolder folder_;
  fs::path target_;
  int listener_ = -1;
  std::atomic<Cut> next_{Cut::none};
  std::atomic<int> cuts_{0};
  std::atomic<bool> stopping_{false};
  std::list<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace nelumbo::messager
