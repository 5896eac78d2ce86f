#include "pusher.hpp"

#include <random>

#include "base/log.hpp"
#include "push_outcome.hpp"

namespace nelumbo::messager {

namespace {

constexpr std::chrono::milliseconds kFirstBackOff{200};
constexpr int kMostDoublings = 5;  // 6.4 s

double jitter() {
  static thread_local std::mt19937_64 random{std::random_device{}()};
  return std::uniform_real_distribution<double>(0.75, 1.25)(random);
}

}  // namespace

void Pusher::run(std::stop_token stop) {
  Work work;
  work.everything = true;
  while (!stop.stop_requested()) {
    core_.clock->wait_until(not_before_, stop);
    outlet().inbox.take(work, stop, work.empty() ? kPoll : std::chrono::milliseconds(0));
    if (work.empty()) continue;
    if (round(work, stop)) {
      work = {};
      failures_ = 0;
    } else {
      work.everything = true;
      back_off();
    }
  }
}

void Pusher::back_off() {
  const auto time = kFirstBackOff * (1 << std::min(failures_, kMostDoublings)) * jitter();
  ++failures_;
  not_before_ = core_.clock->now() + std::chrono::duration_cast<std::chrono::nanoseconds>(time);
}

bool Pusher::round(const Work& work, std::stop_token stop) {
  std::set<Address> senders = work.senders;
  std::set<Address> whole;
  for (const auto& [address, nonce] : work.resend) {
    outlet().deliveries.forget(address, nonce);
    whole.insert(address);
    senders.insert(address);
  }
  if (work.everything) {
    for (const auto& [address, wallet] : core_.ledger.view()->wallets) senders.insert(address);
  }
  for (const auto& address : senders) {
    if (stop.stop_requested()) return true;
    const bool fresh = work.senders.contains(address) || whole.contains(address);
    if (!serve(address, work.everything || whole.contains(address), fresh, stop)) return false;
  }
  return true;
}

bool Pusher::serve(const Address& address, bool whole, bool fresh, std::stop_token stop) {
  auto [at, is_new] = senders_.try_emplace(address);
  auto& sender = at->second;
  whole |= is_new;
  if (!whole && sender.stuck) return true;  // until the next head
  if (whole) {
    const auto looked = look(address, sender);
    if (looked != Look::good) senders_.erase(at);
    if (looked != Look::good) return looked == Look::odd;
    if (!fresh && !core_.ledger.view()->pending.contains(address)) return true;
  }
  auto done = push_window(address, sender, whole ? sender.chain_nonce : sender.next, stop);
  if (!done) core_.book_answer(std::unexpected(std::move(done).error()));
  return done.value_or(false);
}

Pusher::Look Pusher::look(const Address& address, Sender& sender) {
  auto facts = ask_facts(core_, node_, address);
  if (!facts) {
    if (!is_no_answer(facts.error())) {
      refuse(address, 0, "its nonce is not told: " + facts.error().message);
      return Look::odd;
    }
    core_.nodes.failed(node_, facts.error());
    return Look::no_answer;
  }
  if (auto compared = compare_with_table(core_, node_, address, *facts); !compared) {
    // A wallet that was just removed has no messages.
    if (compared.error().code == ErrorCode::not_found) return Look::odd;
    core_.book_answer(compared);
    return Look::no_answer;
  }
  sender = {facts->chain_nonce, facts->pool_nonce};
  outlet().deliveries.forget_below(address, sender.chain_nonce);
  outlet().deliveries.forget_from(address, sender.next);
  return Look::good;
}

Result<bool> Pusher::push_window(const Address& address, Sender& sender, uint64_t from, std::stop_token stop) {
  const uint64_t end = sender.chain_nonce + core_.config.window;
  sender.stuck = false;
  bool asked_again = false, refused = false;
  while (from < end) {
    Next next = Next::go_on;
    for (const auto& row : TRY(core_.book->pending(address, from, end - from))) {
      if (stop.stop_requested() || row.nonce >= end) break;
      next = push(row, sender);
      refused |= next == Next::past;
      if (next != Next::go_on && next != Next::past) break;
    }
    if (next == Next::give_up) return false;
    // The pool lacks messages that it had: it was lost, or the node has started anew.
    if (next == Next::again && !asked_again) {
      asked_again = true;
      if (look(address, sender) != Look::good) return false;
      from = std::min(from, sender.next);
      continue;
    }
    sender.stuck = next == Next::again || next == Next::sender_done;
    break;
  }
  if (!refused && !sender.stuck) outlet().deliveries.refuse(address, std::nullopt);
  return true;
}

Pusher::Next Pusher::push(const MessageRow& row, Sender& sender) {
  auto there = outlet().deliveries.taken(row.address, row.nonce);
  if (there && there->cid == row.cid && row.nonce < sender.next) return Next::go_on;
  auto pushed = core_.nodes.at(node_).push(row.message);
  if (pushed) {
    ++outlet().pushed;
  } else if (auto next = failed(row, pushed.error()); next != Next::go_on) {
    return next;
  }
  outlet().deliveries.taken(row.address, row.nonce, {row.cid, core_.now_ms(), core_.height()});
  if (row.nonce == sender.next) ++sender.next;
  return Next::go_on;
}

Pusher::Next Pusher::failed(const MessageRow& row, const Error& error) {
  const auto outcome = push_outcome(error);
  using enum PushOutcome;
  if (outcome == taken || outcome == too_low) return Next::go_on;
  ++outlet().failed;
  if (outcome == unreachable) {
    core_.nodes.failed(node_, error);
    return Next::give_up;
  }
  refuse(row.address, row.nonce, error.message);
  if (outcome == other_there) return Next::past;
  return outcome == gap ? Next::again : Next::sender_done;
}

void Pusher::refuse(const Address& sender, uint64_t nonce, const std::string& reason) {
  if (!outlet().deliveries.refuse(sender, Deliveries::Refusal{nonce, reason})) return;
  log_warn("messager", "node {} does not take message {} of {}: {}", core_.nodes.name(node_), nonce, sender.str(),
           reason);
}

}  // namespace nelumbo::messager
