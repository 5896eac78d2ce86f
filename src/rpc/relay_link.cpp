#include "relay_link.hpp"

#include <charconv>

#include <boost/asio/post.hpp>

#include "client_state.hpp"
#include "scanner.hpp"

namespace nelumbo::rpc {

namespace asio = boost::asio;

void RelayLink::start(std::string_view method, std::string_view params, Job job) {
  if (job.stop.stop_requested()) return;
  const uint64_t id = next_id_++;
  auto& running = running_.emplace(id, Running{std::move(job), nullptr, {}}).first->second;
  auto post_cancel = [weak = weak_from_this(), id, &context = context_] {
    asio::post(context, [weak, id] {
      if (auto link = weak.lock()) link->cancel(id);
    });
  };
  running.stop = std::make_unique<Stop>(running.job.stop, post_cancel);
  if (running.job.subscriber) running.job.subscriber->on_close(post_cancel);
  send(fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"Filecoin.{}","params":{}}})", id, method, params));
  if (!std::exchange(connecting_, true)) connect();
}

/// The caller has gone: the other node need not work for it any more.
void RelayLink::cancel(uint64_t id) {
  auto it = running_.find(id);
  if (it == running_.end()) return;
  channels_.erase(it->second.channel);
  running_.erase(it);
  send(fmt::format(R"({{"jsonrpc":"2.0","method":"xrpc.cancel","params":[{}]}})", id));
}

void RelayLink::send(std::string frame) {
  if (closed_) return;
  queue_.push_back(std::move(frame));
  if (open_ && !std::exchange(writing_, true)) write(queue_.front());
}

void RelayLink::connected() {
  if (closed_) return;
  open_ = true;
  read();
  if (!queue_.empty() && !std::exchange(writing_, true)) write(queue_.front());
}

void RelayLink::written() {
  if (closed_) return;
  queue_.pop_front();
  writing_ = !queue_.empty();
  if (writing_) write(queue_.front());
}

void RelayLink::received(std::string_view text) {
  if (closed_) return;
  auto handled = on_frame(text);
  if (!handled) return close(handled.error());
  read();
}

void RelayLink::broke(std::string_view step, const boost::system::error_code& error) {
  close({ErrorCode::unavailable, fmt::format("{}: {}", step, error.message())});
}

Result<> RelayLink::on_frame(std::string_view text) {
  auto frame = TRY(read_envelope(text));
  if (frame.method.empty()) {
    uint64_t id = 0;
    std::from_chars(frame.id.data(), frame.id.data() + frame.id.size(), id);
    on_answer(id, text);
    return {};
  }
  auto params = TRY(split_json_list(frame.params, 2));
  auto channel = params.empty() ? channels_.end() : channels_.find(params[0]);
  if (channel == channels_.end()) return {};
  auto running = running_.find(channel->second);
  if (frame.method == "xrpc.ch.val" && params.size() == 2) {
    running->second.job.subscriber->send(std::string(params[1]));
  } else if (frame.method == "xrpc.ch.close") {
    auto subscriber = running->second.job.subscriber;
    channels_.erase(channel);
    running_.erase(running);
    subscriber->close();
  }
  return {};
}

void RelayLink::on_answer(uint64_t id, std::string_view text) {
  auto it = running_.find(id);
  if (it == running_.end()) return;  // cancelled meanwhile
  auto answer = read_answer(text);
  auto reply = it->second.job.reply;
  if (answer && it->second.job.subscriber) {
    it->second.channel = *answer;
    channels_[*answer] = id;
  } else {
    running_.erase(it);
  }
  if (!answer) return reply(std::unexpected(Failure(std::move(answer).error())));
  reply(*std::move(answer));
}

void RelayLink::close(const Error& why) {
  if (std::exchange(closed_, true)) return;
  open_ = false;
  disconnect();
  auto running = std::move(running_);
  running_.clear();
  channels_.clear();
  Error error = why;
  error = std::move(error).in(fmt::format("the full node at {}:{}", where_.host, where_.port));
  for (auto& [id, each] : running) {
    each.job.reply(std::unexpected(Failure(error)));
    if (each.job.subscriber) each.job.subscriber->close();
  }
}

}  // namespace nelumbo::rpc
