#pragma once
// Gives out nonces: one thread takes all drafts that wait, signs them and stores them in one transaction.

#include <deque>
#include <future>
#include <list>
#include <thread>

#include "base/thread_pool.hpp"
#include "database.hpp"
#include "key_ring.hpp"

namespace nelumbo::messager {

/// Thread-safe. Several of them, in other processes too, may share a database: the wallet's row decides who has a
/// nonce.
class Assigner {
 public:
  Assigner(Database& database, KeyRing& keys, uint64_t eth_chain_id);
  /// Ends what was begun. Nobody may be waiting in assign any more.
  ~Assigner();

  /// As Book::assign.
  Result<MessageRow> assign(Draft draft);

 private:
  struct Job {
    Draft draft;
    std::string request;  // what a second draft with the same uuid must ask for too
    Deadline deadline;
    std::promise<Result<MessageRow>> answer;

    MessageRow row;  // what is stored, once a nonce was chosen for it
    SigningKeyPtr key;
  };
  using JobPtr = std::shared_ptr<Job>;
  using Jobs = std::vector<JobPtr>;
  struct Sender;
  struct Plan;

  void work();
  Jobs next();
  void process(Jobs jobs);
  Result<> try_once(Jobs& jobs, bool locked, Deadline deadline);
  Result<> make_plan(Sql& sql, const Jobs& jobs, bool locked, Plan& plan);
  Result<> find_stored(Sql& sql, const Jobs& jobs, Plan& plan);
  Result<> find_senders(Sql& sql, const Jobs& jobs, bool locked, Plan& plan);
  void number_and_sign(Plan& plan);
  void sign_all(const Jobs& jobs, std::vector<Result<SignedMessage>>& out);
  Result<> store(Sql& sql, Plan& plan);
  void settle(Jobs& jobs, Plan& plan, bool stored);

  Database& database_;
  KeyRing& keys_;
  uint64_t eth_chain_id_;
  ThreadPool pool_;

  std::mutex mutex_;
  std::condition_variable come_;
  std::deque<JobPtr> queue_;
  bool stopping_ = false;
  // How many came together the last time, and how long their transaction took: as many may come again at once.
  size_t last_size_ = 1;
  std::chrono::nanoseconds last_took_{0};
  std::thread thread_;
};

}  // namespace nelumbo::messager
