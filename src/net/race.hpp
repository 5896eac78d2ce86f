#pragma once
// The same question put to several peers: the next one is asked when one fails or is slow, the first good answer wins.

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>

#include "base/thread_pool.hpp"
#include "net/policy.hpp"

namespace nelumbo::net {

struct RaceRules {
  size_t at_once = 3;                            ///< peers asked in parallel, at most
  std::chrono::milliseconds slow_at_least{500};  ///< a peer is not called slow before
  std::chrono::milliseconds slow_at_most{5000};  ///< and always after
};

/// Waits until a peer has given a good answer or all have failed; then `unavailable`, with what each said. What is
/// still under way goes on in the pool and its result is dropped, so `ask` must own what it touches. `expected` gives a
/// peer's usual time in seconds.
template <class T>
Result<T> race(ThreadPool& pool, const std::vector<PeerId>& peers, const RaceRules& rules,
               const std::function<double(const PeerId&)>& expected,
               const std::function<Result<T>(const PeerId&)>& ask) {
  struct State {
    std::mutex mutex;
    std::condition_variable answered;
    std::deque<std::pair<PeerId, Result<T>>> answers;
  };
  auto state = std::make_shared<State>();
  auto slow_after = [&](const PeerId& peer) {
    auto usual = std::chrono::milliseconds(static_cast<int64_t>(3000 * std::min(expected(peer), 60.0)));
    return std::clamp(usual, rules.slow_at_least, rules.slow_at_most);
  };
  size_t next = 0, running = 0;
  std::string said;
  auto begin_next = [&]() -> std::chrono::milliseconds {
    const PeerId peer = peers[next++];
    ++running;
    pool.post([state, peer, ask] {
      auto answer = ask(peer);
      {
        std::lock_guard lock(state->mutex);
        state->answers.emplace_back(peer, std::move(answer));
      }
      state->answered.notify_one();
    });
    return slow_after(peer);
  };
  if (peers.empty()) return fail(ErrorCode::unavailable, "no peer to ask");
  auto patience = begin_next();
  std::unique_lock lock(state->mutex);
  while (true) {
    const bool more = next < peers.size() && running < rules.at_once;
    auto ready = [&] { return !state->answers.empty(); };
    if (more) {
      if (!state->answered.wait_for(lock, patience, ready)) {
        patience = begin_next();
        continue;
      }
    } else {
      state->answered.wait(lock, ready);
    }
    auto [peer, answer] = std::move(state->answers.front());
    state->answers.pop_front();
    --running;
    if (answer) return std::move(answer);
    constexpr size_t kMaxText = 400;
    if (said.size() < kMaxText) said += fmt::format("{}{}: {}", said.empty() ? "" : "; ", peer, answer.error().message);
    if (next < peers.size()) {
      patience = begin_next();
    } else if (running == 0) {
      return fail(ErrorCode::unavailable, "{}", said);
    }
  }
}

}  // namespace nelumbo::net
