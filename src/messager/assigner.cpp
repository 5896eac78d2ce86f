#include "assigner.hpp"

#include <algorithm>
#include <map>

#include "base/log.hpp"
#include "rows.hpp"
#include "wallet/wallet.hpp"

namespace nelumbo::messager {

namespace {

using Steady = std::chrono::steady_clock;

constexpr size_t kMaxBatch = 256;           // drafts in a transaction
constexpr size_t kMaxBatchBytes = 2 << 20;  // of their parameters, so that statements stay within what servers take
constexpr size_t kInsertRows = 64;          // rows of one INSERT
constexpr size_t kMaxMessage = 64 << 10;    // bytes; pools take no larger one
constexpr size_t kMaxName = 64;             // of a uuid and a kind
constexpr int kOptimisticTries = 2;         // after that the wallet's row is locked first and signed under the lock
constexpr int kTriesTogether = 5;           // after that each draft is tried by itself
constexpr int kTries = 10;
constexpr size_t kSignersInline = 3;                     // fewer signatures than that are made by the thread itself
constexpr std::chrono::microseconds kLongestWait{1000};  // for drafts that are about to come

/// Its transaction found that another server was faster.
constexpr const char* kStale = "another server took the nonce";

Result<> check_name(std::string_view what, const std::string& text) {
  if (text.size() > kMaxName) return fail(ErrorCode::invalid, "the {} is longer than {} bytes", what, kMaxName);
  bool plain = std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
  if (!plain) return fail(ErrorCode::invalid, "the {} holds control characters", what);
  return {};
}

/// What can be refused before anybody waits for it.
Result<> check_draft(const Draft& draft, uint64_t eth_chain_id) {
  TRY(check_name("uuid", draft.uuid));
  TRY(check_name("kind", draft.kind));
  if (!draft.message.to.defined()) return fail(ErrorCode::invalid, "the message has no receiver");
  auto type = TRY_IN("sender", wallet::signature_type_of(draft.message.from));
  if (draft.max_fee < 0) return fail(ErrorCode::invalid, "the highest fee is negative");
  if (draft.message.params.size() > kMaxMessage || to_cbor(draft.message).size() > kMaxMessage) {
    return fail(ErrorCode::invalid, "the message is larger than {} bytes", kMaxMessage);
  }
  TRY_IN("the message cannot be signed", signing_bytes(draft.message, type, eth_chain_id));
  return {};
}

Result<MessageRow> same_request(const Draft& draft, bool same, const MessageRow& row) {
  if (same) return row;
  return fail(ErrorCode::exists, "another message was sent with the uuid {} before: {}", draft.uuid, row.cid.str());
}

}  // namespace

/// A sender of a batch: its next nonce, and why it gets none.
struct Assigner::Sender {
  uint64_t nonce = 0;
  uint64_t count = 0;  // of the batch's messages
  SigningKeyPtr key;
  std::optional<Error> refused;
};

/// What a batch comes to.
struct Assigner::Plan {
  Jobs fresh;                                                  // to be stored
  std::vector<std::pair<JobPtr, JobPtr>> twins;                // a second draft with the uuid of one among the fresh
  std::vector<std::pair<JobPtr, Result<MessageRow>>> answers;  // known without storing anything
  std::map<std::string, Sender> senders;  // by stored address: in the order in which rows are locked
};

Assigner::Assigner(Database& database, KeyRing& keys, uint64_t eth_chain_id)
    : database_(database),
      keys_(keys),
      eth_chain_id_(eth_chain_id),
      pool_(std::clamp<size_t>(std::thread::hardware_concurrency(), 1, 8)),
      thread_([this] { work(); }) {}

Assigner::~Assigner() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  come_.notify_all();
  thread_.join();
}

Result<MessageRow> Assigner::assign(Draft draft) {
  draft.message.nonce = 0;
  TRY(check_draft(draft, eth_chain_id_));
  auto job = std::make_shared<Job>();
  if (!draft.uuid.empty()) job->request = request_of(draft.message);
  job->draft = std::move(draft);
  job->deadline = database_.deadline();
  auto answer = job->answer.get_future();
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return fail(ErrorCode::cancelled, "the message server is stopping");
    queue_.push_back(std::move(job));
  }
  come_.notify_one();
  return answer.get();
}

void Assigner::work() {
  for (;;) {
    Jobs jobs = next();
    if (jobs.empty()) return;
    auto begun = Steady::now();
    last_size_ = jobs.size();
    process(std::move(jobs));
    last_took_ = Steady::now() - begun;
  }
}

/// All that wait, within bounds; none when it is time to end.
Assigner::Jobs Assigner::next() {
  std::unique_lock lock(mutex_);
  come_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
  // Clients that were answered together come again together: a moment's wait for them saves a whole transaction.
  auto moment = std::min<std::chrono::nanoseconds>(last_took_ / 4, kLongestWait);
  come_.wait_for(lock, moment, [&] { return stopping_ || queue_.size() >= std::min(last_size_, kMaxBatch); });
  Jobs jobs;
  size_t bytes = 0;
  while (!queue_.empty() && jobs.size() < kMaxBatch && bytes < kMaxBatchBytes) {
    bytes += queue_.front()->draft.message.params.size();
    jobs.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return jobs;
}

/// Answers every one of them.
void Assigner::process(Jobs jobs) {
  Error last{ErrorCode::unavailable, "the database was busy with other messages"};
  for (int tries = 0; !jobs.empty() && tries < kTries; ++tries) {
    auto first = std::min_element(jobs.begin(), jobs.end(),
                                  [](const auto& a, const auto& b) { return a->deadline < b->deadline; });
    Deadline deadline = (*first)->deadline;
    if (tries >= kTriesTogether && jobs.size() > 1) {
      for (auto& job : jobs) process({job});
      return;
    }
    Result<> done;
    try {
      done = try_once(jobs, tries >= kOptimisticTries, deadline);
    } catch (const std::exception& error) {
      done = fail(ErrorCode::failed, "{}", error.what());
    }
    if (done) continue;
    last = done.error();
    if (last.message == kStale || last.code == ErrorCode::exists) continue;
    if (last.code != ErrorCode::unavailable && jobs.size() > 1) {
      tries = kTriesTogether;  // one of them may be the cause
      continue;
    }
    std::erase_if(jobs, [&](auto& job) {
      if (last.code == ErrorCode::unavailable && job->deadline > deadline) return false;
      job->answer.set_value(std::unexpected(last));
      return true;
    });
  }
  if (last.code == ErrorCode::exists) {
    last = {ErrorCode::failed,
            "the table holds a message for the sender's next nonce already; give it the right next "
            "nonce (" +
                last.message + ")"};
  }
  for (auto& job : jobs) job->answer.set_value(std::unexpected(last));
}

/// One transaction for all of them. Those that are answered leave `jobs`; an error leaves those that are not.
Result<> Assigner::try_once(Jobs& jobs, bool locked, Deadline deadline) {
  Plan plan;
  if (!locked) {
    TRY(database_.read(deadline, [&](Sql& sql) { return make_plan(sql, jobs, false, plan); }));
    settle(jobs, plan, false);
    if (plan.fresh.empty()) return {};
    TRY(database_.write(deadline, [&](Sql& sql) { return store(sql, plan); }));
  } else {
    TRY(database_.write(deadline, [&](Sql& sql) -> Result<> {
      TRY(make_plan(sql, jobs, true, plan));
      return store(sql, plan);
    }));
  }
  settle(jobs, plan, true);
  return {};
}

Result<> Assigner::make_plan(Sql& sql, const Jobs& jobs, bool locked, Plan& plan) {
  plan = Plan();
  // In this order: under the wallets' locks no other server stores a message of theirs any more.
  TRY(find_senders(sql, jobs, locked, plan));
  TRY(find_stored(sql, jobs, plan));
  std::erase_if(plan.fresh, [&](auto& job) {
    const Sender& sender = plan.senders[stored(job->draft.message.from)];
    if (!sender.refused) return false;
    plan.answers.emplace_back(job, std::unexpected(*sender.refused));
    return true;
  });
  number_and_sign(plan);
  return {};
}

/// Parts the drafts whose uuid was seen before from the fresh ones.
Result<> Assigner::find_stored(Sql& sql, const Jobs& jobs, Plan& plan) {
  std::vector<SqlValue> uuids;
  for (const auto& job : jobs) {
    if (!job->draft.uuid.empty()) uuids.emplace_back(job->draft.uuid);
  }
  std::map<std::string, std::pair<MessageRow, std::string>> known;
  if (!uuids.empty()) {
    std::string where = fmt::format("WHERE uuid IN ({})", placeholders(uuids.size()));
    // Rows first: another server may store one between the two queries.
    auto rows = TRY(message_rows(sql, where, uuids));
    std::map<int64_t, std::string> requests;
    for (const auto& row : sql.rows(2, "SELECT id, request FROM signed_msgs " + where, uuids)) {
      requests[TRY(number_of(row[0]))] = row[1].value_or("");
    }
    for (auto& row : rows) {
      std::string uuid = row.uuid, request = requests[row.id];
      known.emplace(std::move(uuid), std::pair(std::move(row), std::move(request)));
    }
  }
  std::map<std::string, JobPtr> here;
  for (const auto& job : jobs) {
    const std::string& uuid = job->draft.uuid;
    auto found = known.find(uuid);
    if (!uuid.empty() && found != known.end()) {
      const auto& [row, request] = found->second;
      plan.answers.emplace_back(job, same_request(job->draft, request == job->request, row));
    } else if (auto [it, first] = here.emplace(uuid, job); !uuid.empty() && !first) {
      plan.twins.emplace_back(job, it->second);
    } else {
      plan.fresh.push_back(job);
    }
  }
  return {};
}

/// Reads the senders' wallets, if `locked` so that no other server can take their nonces meanwhile.
Result<> Assigner::find_senders(Sql& sql, const Jobs& jobs, bool locked, Plan& plan) {
  for (const auto& job : jobs) {
    const Address& from = job->draft.message.from;
    plan.senders[stored(from)].refused =
        Error{ErrorCode::not_found, fmt::format("there is no wallet {} here", from.str())};
  }
  std::vector<SqlValue> addresses;
  for (const auto& [address, sender] : plan.senders) addresses.emplace_back(address);
  std::string query =
      fmt::format("SELECT address, nonce, halted, private_key FROM wallets WHERE address IN ({}) ORDER BY address{}",
                  placeholders(addresses.size()), locked ? sql.for_update() : "");
  for (const auto& row : sql.rows(4, query, addresses)) {
    Sender& sender = plan.senders[row[0].value_or("")];
    auto address = TRY(Address::parse(row[0].value_or("")));
    sender.nonce = static_cast<uint64_t>(TRY(number_of(row[1])));
    sender.refused.reset();
    std::string halted = row[2].value_or("");
    auto key = keys_.open(address, row[3].value_or(""));
    if (!halted.empty()) {
      sender.refused = Error{ErrorCode::invalid, fmt::format("{} gets no nonces: {}", address.str(), halted)};
    } else if (!key) {
      sender.refused = key.error();
    } else {
      sender.key = *key;
    }
  }
  return {};
}

/// Numbers and signs the fresh ones. What cannot be signed leaves them, and the rest is numbered anew: no nonce is left
/// out.
void Assigner::number_and_sign(Plan& plan) {
  for (bool again = true; again && !plan.fresh.empty();) {
    again = false;
    for (auto& [address, sender] : plan.senders) sender.count = 0;
    for (auto& job : plan.fresh) {
      Sender& sender = plan.senders[stored(job->draft.message.from)];
      job->key = sender.key;
      job->row.nonce = sender.nonce + sender.count++;
    }
    std::vector<Result<SignedMessage>> signatures(plan.fresh.size(), Result<SignedMessage>(SignedMessage()));
    sign_all(plan.fresh, signatures);
    Jobs good;
    for (size_t i = 0; i < plan.fresh.size(); ++i) {
      auto& job = plan.fresh[i];
      if (signatures[i]) {
        job->row.message = *std::move(signatures[i]);
        good.push_back(job);
      } else {
        plan.answers.emplace_back(job, std::unexpected(signatures[i].error()));
        again = true;
      }
    }
    plan.fresh = std::move(good);
  }
  UnixMillis now = now_millis();
  for (auto& job : plan.fresh) {
    MessageRow& row = job->row;
    const Draft& draft = job->draft;
    row.address = draft.message.from;
    row.cid = row.message.cid();
    row.gr_epoch = draft.gr_epoch;
    row.uuid = draft.uuid;
    row.kind = draft.kind;
    row.max_fee = draft.max_fee;
    row.created = row.changed = now;
  }
}

void Assigner::sign_all(const Jobs& jobs, std::vector<Result<SignedMessage>>& out) {
  std::atomic<size_t> next{0};
  auto some = [&] {
    for (size_t i = next++; i < jobs.size(); i = next++) {
      Message message = jobs[i]->draft.message;
      message.nonce = jobs[i]->row.nonce;
      out[i] = jobs[i]->key->sign(message, eth_chain_id_);
    }
  };
  std::vector<std::future<void>> helpers;
  size_t threads = std::clamp<size_t>(std::thread::hardware_concurrency(), 1, 8);
  for (size_t i = 1; i < threads && jobs.size() > kSignersInline; ++i) helpers.push_back(pool_.submit(some));
  some();
  for (auto& helper : helpers) helper.get();
}

/// Takes the nonces and writes the rows; kStale when the wallets are not as they were planned with.
Result<> Assigner::store(Sql& sql, Plan& plan) {
  std::string cases, where, picked;
  std::vector<SqlValue> case_values, where_values, picked_values;
  int64_t count = 0;
  for (const auto& [address, sender] : plan.senders) {
    if (sender.refused || sender.count == 0) continue;
    auto nonce = static_cast<int64_t>(sender.nonce), taken = static_cast<int64_t>(sender.count);
    cases += " WHEN ? THEN ?";
    case_values.insert(case_values.end(), {address, taken});
    where += where.empty() ? "(address = ? AND nonce = ?)" : " OR (address = ? AND nonce = ?)";
    where_values.insert(where_values.end(), {address, nonce});
    picked += picked.empty() ? "" : " OR ";
    picked += "(address = ? AND nonce >= ? AND nonce < ?)";
    picked_values.insert(picked_values.end(), {address, nonce, nonce + taken});
    ++count;
  }
  if (count == 0) return {};
  case_values.insert(case_values.end(), where_values.begin(), where_values.end());
  auto changed = sql.run(
      fmt::format("UPDATE wallets SET nonce = nonce + CASE address{} END WHERE halted = '' AND ({})", cases, where),
      case_values);
  if (changed != count) return fail(ErrorCode::unavailable, "{}", kStale);

  for (size_t from = 0; from < plan.fresh.size(); from += kInsertRows) {
    size_t to = std::min(plan.fresh.size(), from + kInsertRows);
    std::string text =
        "INSERT INTO signed_msgs (address, cid, nonce, signed_msg, gr_epoch, uuid, request, kind, created, changed, "
        "max_fee, fault) VALUES ";
    std::vector<SqlValue> values;
    for (size_t i = from; i < to; ++i) {
      const Job& job = *plan.fresh[i];
      const MessageRow& row = job.row;
      text += fmt::format("{}({})", i == from ? "" : ", ", placeholders(12));
      SqlValue uuid = nullptr;
      if (!row.uuid.empty()) uuid = row.uuid;
      values.insert(values.end(), {stored(row.address), row.cid.str(), static_cast<int64_t>(row.nonce),
                                   message_hex(row.message), row.gr_epoch, uuid, job.request, row.kind, row.created,
                                   row.changed, row.max_fee.str(), std::string()});
    }
    sql.run(text, values);
  }

  std::map<std::pair<std::string, int64_t>, int64_t> ids;
  for (const auto& row : sql.rows(3, "SELECT id, address, nonce FROM signed_msgs WHERE " + picked, picked_values)) {
    int64_t id = TRY(number_of(row[0])), nonce = TRY(number_of(row[2]));
    ids[{row[1].value_or(""), nonce}] = id;
  }
  for (auto& job : plan.fresh) job->row.id = ids[{stored(job->row.address), static_cast<int64_t>(job->row.nonce)}];
  return {};
}

/// Answers what is known, and once the rows are stored also those; what is answered leaves `jobs`.
void Assigner::settle(Jobs& jobs, Plan& plan, bool is_stored) {
  std::vector<const Job*> gone;
  auto answer = [&](Job& job, Result<MessageRow> result) {
    gone.push_back(&job);
    job.answer.set_value(std::move(result));
  };
  for (auto& [job, result] : plan.answers) answer(*job, std::move(result));
  plan.answers.clear();
  if (is_stored) {
    // The twin of a draft that was refused is looked at anew: it stays among the jobs.
    for (auto& [twin, first] : plan.twins) {
      if (std::find(plan.fresh.begin(), plan.fresh.end(), first) == plan.fresh.end()) continue;
      answer(*twin, same_request(twin->draft, twin->request == first->request, first->row));
    }
    for (auto& job : plan.fresh) answer(*job, job->row);
  }
  std::erase_if(jobs, [&](auto& job) { return std::find(gone.begin(), gone.end(), job.get()) != gone.end(); });
}

}  // namespace nelumbo::messager
