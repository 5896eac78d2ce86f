#include "machine.hpp"

#include <thread>

#include "base/log.hpp"

namespace nelumbo::sealing {

namespace {

using namespace std::chrono_literals;
constexpr auto kChainPause = 15s;  ///< after a step that the chain's answer broke

bool is_failure(Event event) { return event == Event::failed || event == Event::message_refused; }

/// Events that do not prove that what failed before goes now.
bool keeps_tries(Event event) {
  switch (event) {
    case Event::retry:
    case Event::prove_again:
    case Event::message_sent:
    case Event::seed_drawn:
    case Event::seed_changed:
    case Event::pre_commit_gone:
    case Event::proof_to_batch:
    case Event::proof_to_single:
    case Event::proof_to_finalize:
    case Event::replica_updated:
    case Event::update_proved:
    case Event::deadline_immutable:
    case Event::deadline_mutable:
      return true;
    default:
      return false;
  }
}

}  // namespace

void Inbox::post(std::function<void(Machine&)> what) {
  {
    std::lock_guard lock(mutex);
    news.push_back(std::move(what));
  }
  changed.notify_all();
}

void Inbox::wake() {
  {
    std::lock_guard lock(mutex);
    woken = true;
  }
  changed.notify_all();
}

Machine::Turn::Turn(const Machine& machine) : machine_(machine) {
  ++machine.asking_;
  machine.turn_.lock();
  --machine.asking_;
}

std::unique_lock<std::mutex> Machine::loop_turn() const {
  while (asking_ > 0) std::this_thread::yield();
  return std::unique_lock(turn_);
}

Machine::Machine(PipelineConfig config, PipelineParts parts, Aside aside)
    : config_(std::move(config)), parts_(std::move(parts)), aside_(std::move(aside)), book_(parts_.store) {
  auto seed = random_bytes(4);
  random_.seed(seed[0] | seed[1] << 8 | seed[2] << 16 | uint64_t{seed[3]} << 24);
}

Result<> Machine::load() {
  Turn turn(*this);
  auto records = TRY_IN("reading the sectors", book_.records());
  auto rows = TRY_IN("reading the messages of sectors", book_.outgoing());
  std::lock_guard view(view_);
  for (auto& record : records) {
    auto number = record.number;
    if (is_active(record.state)) active_.insert(number);
    sectors_[number].record = std::move(record);
  }
  for (auto& row : rows) {
    auto uuid = row.uuid;
    outgoing_[uuid].executed = row.done_at > 0;
    outgoing_[uuid].row = std::move(row);
  }
  return {};
}

Sector* Machine::find(SectorNumber number) {
  auto there = sectors_.find(number);
  return there == sectors_.end() ? nullptr : &there->second;
}

Result<> Machine::writable() const {
  if (config_.enabled) return {};
  return fail(ErrorCode::unsupported,
              "this process does not seal ([Subsystems] EnableSealing is false); another one of this miner may");
}

std::optional<Stay> Machine::no_chain() const {
  if (!chain_trouble_.empty()) return Stay{"the node does not answer: " + chain_trouble_, {}, true};
  if (!head_ || !network_) return Stay{"waits for the node's first answer", {}, true};
  return std::nullopt;
}

void Machine::set_head(TipsetPtr head) {
  bool known = false;
  {
    std::lock_guard view(view_);
    known = network_.has_value();
  }
  std::optional<rpc::ApiNetworkParams> network;
  if (!known) {
    auto answer = parts_.chain->network();
    if (!answer) return set_chain_trouble(answer.error());
    network = *std::move(answer);
  }
  {
    Turn turn(*this);
    std::lock_guard view(view_);
    if (network) network_ = std::move(network);
    head_ = std::move(head);
    ++head_count_;
    chain_trouble_.clear();
  }
  inbox_->wake();
}

void Machine::set_chain_trouble(const Error& error) {
  Turn turn(*this);
  std::lock_guard view(view_);
  if (chain_trouble_.empty()) log_warn("sealing", "the node does not answer: {}", error.message);
  chain_trouble_ = error.message;
}

std::chrono::seconds Machine::back_off(uint64_t tries, std::chrono::seconds base, std::chrono::seconds most) const {
  auto doublings = std::min<uint64_t>(tries > 0 ? tries - 1 : 0, 20);
  double seconds = std::min<double>(static_cast<double>(most.count()),
                                    static_cast<double>(base.count()) * static_cast<double>(uint64_t{1} << doublings));
  std::uniform_real_distribution<double> jitter(0.75, 1.25);
  return std::chrono::seconds(std::max<int64_t>(1, static_cast<int64_t>(seconds * jitter(random_))));
}

TimePoint Machine::round() {
  std::vector<std::function<void(Machine&)>> news;
  {
    std::lock_guard lock(inbox_->mutex);
    news.swap(inbox_->news);
    inbox_->woken = false;
  }
  for (auto& each : news) {
    auto turn = loop_turn();
    each(*this);
  }
  if (!config_.enabled) return TimePoint::max();

  std::vector<SectorNumber> numbers;
  std::vector<std::string> uuids;
  {
    auto turn = loop_turn();
    numbers.assign(active_.begin(), active_.end());
  }
  for (auto number : numbers) {
    auto turn = loop_turn();
    auto* sector = find(number);
    if (!active_.contains(number)) continue;
    bool head_came = sector->on_head && sector->seen_head != head_count_;
    if (head_came || sector->due <= parts_.clock->now()) run_step(*sector);
  }
  for (auto group : kGroups) {
    auto turn = loop_turn();
    gather(group);
  }
  {
    auto turn = loop_turn();
    for (const auto& [uuid, out] : outgoing_) uuids.push_back(uuid);
  }
  for (const auto& uuid : uuids) {
    auto turn = loop_turn();
    if (auto there = outgoing_.find(uuid); there != outgoing_.end()) tend(there->second);
  }
  return next_due();
}

TimePoint Machine::next_due() {
  auto turn = loop_turn();
  TimePoint next = TimePoint::max();
  for (auto number : active_) {
    const auto& sector = sectors_.at(number);
    next = std::min(next, sector.on_head && sector.seen_head != head_count_ ? TimePoint{} : sector.due);
  }
  for (auto group : kGroups) {
    auto waiting = members(group);
    if (waiting.empty() || no_chain()) continue;
    next = std::min(next, std::max(group_due(group, waiting), group_retry_[group]));
  }
  for (const auto& [uuid, out] : outgoing_) {
    if (out.row.done_at > 0) continue;
    if (!out.row.cid && !out.aggregating && !no_chain()) next = std::min(next, out.due);
    if (out.row.cid && out.seen_head != head_count_ && !no_chain()) next = TimePoint{};
  }
  return next;
}

void Machine::wait_for_news(TimePoint until, std::stop_token stop) {
  auto left = std::min<std::chrono::nanoseconds>(1s, until - parts_.clock->now());
  if (until == TimePoint::max()) left = 1s;
  if (left <= 0ns) return;
  std::unique_lock lock(inbox_->mutex);
  inbox_->changed.wait_for(lock, stop, left, [&] { return inbox_->woken || !inbox_->news.empty(); });
}

void Machine::run_step(Sector& sector) {
  sector.seen_head = head_count_;
  auto outcome = (this->*step_of(sector.record.state))(sector);
  if (!outcome) {
    ++sector.waits;
    return stay(sector, {outcome.error().message, back_off(sector.waits, kChainPause, 5min), true});
  }
  if (auto* here = std::get_if<Stay>(&*outcome)) return stay(sector, std::move(*here));
  std::vector<Moved> one;
  one.push_back({&sector, std::get<Move>(std::move(*outcome))});
  (void)move(std::move(one));  // says itself what went wrong, at the sector
}

void Machine::stay(Sector& sector, Stay stay) {
  sector.due = stay.again ? parts_.clock->now() + *stay.again : TimePoint::max();
  sector.on_head = stay.on_head;
  std::lock_guard view(view_);
  sector.reason = std::move(stay.reason);
}

void Machine::add_log(SectorRecord& record, std::string kind, std::string text) const {
  constexpr size_t kMaxText = 4000;
  if (text.size() > kMaxText) text.resize(kMaxText);
  record.log.push_back({now_seconds(), std::move(kind), std::move(text), ""});
  if (record.log.size() > kLogLines) record.log.erase(record.log.begin());
}

SectorRecord Machine::moved(const Sector& sector, const Move& move, SectorState to) const {
  SectorRecord record = sector.record;
  if (move.change) move.change(record);
  auto text = fmt::format("{} -> {}", state_name(record.state), state_name(to));
  if (!move.text.empty()) text += ": " + move.text;
  add_log(record, fmt::format("event;{}", event_name(move.event)), std::move(text));
  record.state = to;
  record.entered = now_seconds();
  if (is_failure(move.event)) {
    ++record.tries;
    record.last_error = move.text;
    record.retry_at = record.entered + back_off(record.tries, config_.retry_base, config_.retry_most).count();
  } else if (move.event == Event::start_over) {
    ++record.restarts;
    record.tries = 0;
  } else if (!keeps_tries(move.event)) {
    record.tries = 0;
    record.last_error.clear();
    record.retry_at = 0;
    if (move.event == Event::message_landed) record.restarts = 0;
  }
  return record;
}

void Machine::enter(Sector& sector, SectorRecord record) {
  JobId old;
  {
    std::lock_guard view(view_);
    if (sector.working) old = sector.job;
    sector.record = std::move(record);
    sector.reason.clear();
    ++sector.visit;
    sector.working = false;
    sector.job.clear();
    sector.half.clear();
    sector.waits = 0;
    sector.due = {};
    sector.on_head = false;
    if (is_active(sector.record.state)) {
      active_.insert(sector.record.number);
    } else {
      active_.erase(sector.record.number);
    }
  }
  if (!old.empty()) (void)parts_.sealer->abort(old);  // it may just have ended
}

Result<> Machine::move(std::vector<Moved> moves, Book::Change with) {
  std::vector<std::pair<Sector*, SectorRecord>> after;
  for (const auto& each : moves) {
    const auto from = each.sector->record.state;
    auto to = next_state(from, each.move.event);
    if (!to) throw std::logic_error(fmt::format("{} in {}", event_name(each.move.event), state_name(from)));
    after.emplace_back(each.sector, moved(*each.sector, each.move, *to));
    with.records.push_back(after.back().second);
  }
  auto stored = in_context(book_.apply(with), "storing the next state");
  if (!stored) {
    log_error("sealing", "{}", stored.error().message);
    for (auto& each : moves) stay(*each.sector, {stored.error().message, kChainPause});
    return stored;
  }
  for (auto& [sector, record] : after) {
    auto before = sector->record;
    enter(*sector, std::move(record));
    log_info("sealing", "sector {}: {}", sector->record.number, sector->record.log.back().text);
    for (const auto& hear : hear_) hear(before, sector->record);
  }
  return {};
}

void Machine::on_transition(std::function<void(const SectorRecord&, const SectorRecord&)> hear) {
  Turn turn(*this);
  hear_.push_back(std::move(hear));
}

}  // namespace nelumbo::sealing
