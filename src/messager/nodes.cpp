#include "nodes.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace nelumbo::messager {

namespace {

/// A node that did not answer is asked after the others for this long.
constexpr std::chrono::seconds kAside{10};
/// A head so far behind the highest one is that of a node that is catching up.
constexpr ChainEpoch kBehind = 10;

}  // namespace

bool is_no_answer(const Error& error) {
  using enum ErrorCode;
  return error.code == unavailable || error.code == cancelled || error.code == permission || error.code == unsupported;
}

Nodes::Nodes(std::vector<std::shared_ptr<ChainNode>> nodes, std::shared_ptr<Clock> clock)
    : nodes_(std::move(nodes)), clock_(std::move(clock)), states_(nodes_.size()) {}

void Nodes::heard(size_t index, TipsetPtr head) {
  bool back = false;
  {
    std::lock_guard lock(mutex_);
    auto& view = states_[index].view;
    back = !view.ok && !view.error.empty();
    view = {true, "", std::move(head)};
  }
  if (back) log_info("messager", "node {} answers again", name(index));
}

void Nodes::failed(size_t index, const Error& error) {
  bool first = false;
  {
    std::lock_guard lock(mutex_);
    auto& state = states_[index];
    first = state.view.ok || state.view.error.empty();
    state.view.ok = false;
    state.view.error = error.message;
    state.last_until = clock_->now() + kAside;
  }
  if (first) log_warn("messager", "node {} does not answer: {}", name(index), error.message);
}

void Nodes::answered(size_t index) {
  std::lock_guard lock(mutex_);
  states_[index].last_until = {};
}

NodeView Nodes::view(size_t index) const {
  std::lock_guard lock(mutex_);
  return states_[index].view;
}

TipsetPtr Nodes::head() const {
  std::lock_guard lock(mutex_);
  TipsetPtr out;
  for (const auto& state : states_) {
    const auto& head = state.view.head;
    if (head && (!out || head->parent_weight() > out->parent_weight())) out = head;
  }
  return out;
}

bool Nodes::any_ok() const {
  std::lock_guard lock(mutex_);
  return std::ranges::any_of(states_, [](const State& state) { return state.view.ok; });
}

std::vector<size_t> Nodes::order() const {
  const auto now = clock_->now();
  std::lock_guard lock(mutex_);
  ChainEpoch highest = 0;
  for (const auto& state : states_) {
    if (state.view.head) highest = std::max(highest, state.view.head->height());
  }
  auto rank = [&](size_t index) {
    const auto& state = states_[index];
    if (state.last_until > now) return 2;
    return state.view.head && state.view.head->height() < highest - kBehind ? 1 : 0;
  };
  std::vector<size_t> out(nodes_.size());
  for (size_t i = 0; i < out.size(); ++i) out[i] = i;
  std::ranges::stable_sort(out, {}, rank);
  return out;
}

}  // namespace nelumbo::messager
