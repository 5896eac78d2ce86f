#include "devnet_keeper.hpp"

#include <algorithm>

namespace nelumbo::node {

namespace {

constexpr int kPollMilliseconds = 20;
constexpr auto kStartTime = std::chrono::seconds(60);   ///< a program may take until it answers
constexpr auto kUnlockTime = std::chrono::seconds(20);  ///< an earlier one may take to end
constexpr auto kLongestPause = std::chrono::seconds(30);
constexpr auto kSteadyTime = std::chrono::seconds(60);  ///< after which an end counts as the first again

}  // namespace

Result<> Keeper::wait_unlocked(StopEvent& stop) const {
  auto end = Steady::now() + kUnlockTime;
  while (fs::exists(spec_.repository)) {
    auto lock = FileLock::take(spec_.repository / "repo.lock");
    if (lock || lock.error().code != ErrorCode::exists) return {};
    if (Steady::now() > end) {
      return fail(ErrorCode::exists, "another program is running on {}: stop it first", spec_.repository.string());
    }
    if (stop.wait(kPollMilliseconds)) return fail(ErrorCode::cancelled, "stopped");
  }
  return {};
}

Result<> Keeper::start(StopEvent& stop) {
  TRY(wait_unlocked(stop));
  std::error_code ignored;
  fs::remove(api_file(), ignored);
  auto size_before = fs::exists(spec_.log) ? fs::file_size(spec_.log) : 0;
  child_ = TRY(ChildProcess::start(spec_.program, spec_.arguments, spec_.environment, spec_.log));
  started_ = Steady::now();
  while (!fs::exists(api_file())) {
    if (auto how = child_->ended())
      return fail(ErrorCode::failed, "{} ended ({}): {}", spec_.name, *how, last_words(size_before));
    if (Steady::now() - started_ > kStartTime)
      return fail(ErrorCode::unavailable, "{} does not answer; see {}", spec_.name, spec_.log.string());
    if (stop.wait(kPollMilliseconds)) return fail(ErrorCode::cancelled, "stopped while {} started", spec_.name);
  }
  return {};
}

void Keeper::pause() {
  again_ = Steady::now() + pause_;
  pause_ = std::min(pause_ * 2, kLongestPause);
}

Result<> Keeper::keep(StopEvent& stop, std::optional<std::string>& reason) {
  if (child_) {
    auto how = child_->ended();
    if (!how) return {};
    reason = fmt::format("{}; see {}", *how, spec_.log.string());
    if (Steady::now() - started_ > kSteadyTime) pause_ = kFirstPause;
    pause();
    child_.reset();
    return {};
  }
  if (Steady::now() < again_) return {};
  auto started = start(stop);
  if (!started && !stop.triggered()) {
    child_.reset();
    pause();
  }
  return started;
}

void Keeper::stop() {
  if (child_) child_->stop(spec_.stop_milliseconds);
  child_.reset();
}

std::string Keeper::last_words(uintmax_t from) const {
  auto text = read_text_file(spec_.log);
  if (!text || text->size() <= from) return "it said nothing";
  std::string said = last_lines(spec_.log, 3);
  while (!said.empty() && said.back() == '\n') said.pop_back();
  return said;
}

}  // namespace nelumbo::node
