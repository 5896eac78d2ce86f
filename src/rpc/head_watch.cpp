#include "rpc/head_watch.hpp"
#include "rpc/methods.hpp"

namespace nelumbo::rpc {

HeadWatch::HeadWatch(std::shared_ptr<const rpc::Client> client) : client_(std::move(client)) {}

Result<TipsetPtr> HeadWatch::wait(const TipsetKey& known, TimePoint until, std::stop_token stop) {
  while (true) {
    const uint64_t seen = TRY(listen());
    auto now = TRY(client_->call(full::ChainHead));
    if (now->key() != known) return now;
    std::unique_lock lock(news_->mutex);
    const bool news = news_->changed.wait_until(lock, stop, until, [&] { return news_->count != seen; });
    if (stop.stop_requested()) return fail(ErrorCode::cancelled, "stopped while waiting for a new head");
    if (!news) return now;
  }
}

Result<uint64_t> HeadWatch::listen() {
  std::lock_guard one(listen_mutex_);
  {
    std::lock_guard lock(news_->mutex);
    if (!news_->ended) return news_->count;
    news_->ended = false;
  }
  watch_.reset();
  auto tell = [news = news_](bool ended) {
    std::lock_guard lock(news->mutex);
    ++news->count;
    news->ended |= ended;
    news->changed.notify_all();
  };
  auto watch = client_->subscribe(
      full::ChainNotify, [tell](std::vector<HeadChange>) { tell(false); },
      [tell](const Error&) { tell(true); });
  std::lock_guard lock(news_->mutex);
  if (!watch) {
    news_->ended = true;
    return std::unexpected(std::move(watch).error().in("watching the daemon's head"));
  }
  watch_.emplace(std::move(*watch));
  return news_->count;
}

}  // namespace nelumbo::rpc
