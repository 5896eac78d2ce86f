#include "messager_link.hpp"

#include <condition_variable>

#include "base/log.hpp"
#include "crypto/uuid.hpp"

namespace nelumbo::node {

namespace {

namespace api = rpc::message;
constexpr auto kCheckLimit = std::chrono::seconds(10);

}  // namespace

MessagerLink::MessagerLink(Config config)
    : config_(std::move(config)),
      calls_(config_.where, {.connect_timeout = config_.connect_limit, .call_timeout = config_.call_limit}),
      checks_(config_.where, {.connect_timeout = config_.connect_limit, .call_timeout = kCheckLimit}) {}

MessagerLink::~MessagerLink() { stop(); }

std::string MessagerLink::place() const { return fmt::format("{}:{}", config_.where.host, config_.where.port); }

Result<MessagerLink::Sender> MessagerLink::sender_of(const Address& from) {
  Sender out;
  out.key = TRY_IN("the sender's key", config_.key_address(from));
  out.theirs =
      TRY_IN(fmt::format("the message server at {} cannot say whether it has the key of {}, so nothing was sent",
                         place(), out.key.str()),
             calls_.call(api::WalletHas, out.key));
  if (out.theirs) return out;
  std::lock_guard lock(mutex_);
  if (own_senders_.insert(out.key).second) {
    log_info("messager", "the message server at {} has no key of {}: this node's own wallet sends for it", place(),
             out.key.str());
  }
  return out;
}

Result<SignedMessage> MessagerLink::send(Message message, rpc::MessageSendSpec spec) {
  // An id for every message: what is sent twice because an answer got lost is then still one message.
  if (spec.msg_uuid.empty() || spec.msg_uuid == rpc::MessageSendSpec().msg_uuid) spec.msg_uuid = new_uuid();
  const auto where = fmt::format("the message server at {}", place());
  auto sent = calls_.call(api::MpoolPushMessage, message, std::optional(spec));
  if (!sent && sent.error().code == ErrorCode::unavailable) {
    sent = calls_.call(api::MpoolPushMessage, message, std::optional(spec));
  }
  return in_context(std::move(sent), where);
}

Result<std::optional<SignedMessage>> MessagerLink::push(const Message& message, const rpc::MessageSendSpec& spec) {
  auto failed = [&](Error error) {
    log_error("messager", "method {} from {} to {} was not sent: {}", message.method, message.from.str(),
              message.to.str(), error.message);
    return std::unexpected(std::move(error));
  };
  if (!message.from.defined()) return fail(ErrorCode::invalid, "the message has no From address");
  auto sender = sender_of(message.from);
  if (!sender) return failed(std::move(sender).error());
  if (!sender->theirs) return std::optional<SignedMessage>();
  Message from_key = message;
  from_key.from = sender->key;
  auto sent = send(std::move(from_key), spec);
  if (!sent) return failed(std::move(sent).error());
  return std::optional(*std::move(sent));
}

Result<bool> MessagerLink::has_key(const Address& account) { return TRY(sender_of(account)).theirs; }

Result<std::optional<rpc::MessageRecord>> MessagerLink::find(const Cid& message) {
  auto record = calls_.call(api::MessageGet, message);
  if (!record && record.error().code == ErrorCode::not_found) return std::optional<rpc::MessageRecord>();
  if (!record) return std::unexpected(std::move(record).error().in(fmt::format("the message server at {}", place())));
  return std::optional(*std::move(record));
}

void MessagerLink::check() {
  auto version = checks_.call(rpc::common::Version);
  std::optional<std::string> trouble;
  if (!version) trouble = version.error().message;
  std::lock_guard lock(mutex_);
  const bool changed = !checked_ || trouble.has_value() != trouble_.has_value();
  checked_ = true;
  trouble_ = std::move(trouble);
  if (!changed) return;
  if (trouble_) {
    log_warn("messager", "the message server at {} does not answer: {}. Nothing can be sent until it does", place(),
             *trouble_);
  } else {
    log_info("messager", "messages go through the message server at {}", place());
  }
}

void MessagerLink::report(const Peers& peers) {
  auto told = checks_.call(api::MessageReportPeers, peers());
  if (!told) log_warn("messager", "peers were not reported to the message server: {}", told.error().message);
}

void MessagerLink::run(const Peers& peers, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  auto next_report = std::chrono::steady_clock::now();
  while (!stop.stop_requested()) {
    check();
    const bool answers = [&] {
      std::lock_guard lock(mutex_);
      return !trouble_.has_value();
    }();
    if (peers && answers && std::chrono::steady_clock::now() >= next_report) {
      report(peers);
      next_report = std::chrono::steady_clock::now() + config_.report_every;
    }
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, config_.check_every, [] { return false; });
  }
}

void MessagerLink::start(Peers peers) {
  thread_ = std::jthread([this, peers = std::move(peers)](std::stop_token stop) { run(peers, std::move(stop)); });
}

void MessagerLink::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

std::string MessagerLink::state_line() const {
  std::lock_guard lock(mutex_);
  if (!checked_) return fmt::format("messager: {} was not asked yet\n", place());
  if (trouble_) return fmt::format("messager: {} does not answer: {}\n", place(), *trouble_);
  return fmt::format("messager: {} answers\n", place());
}

Result<std::shared_ptr<MessagerLink>> make_messager_link(const std::string& api_info,
                                                         std::function<Result<Address>(const Address&)> key_address) {
  if (api_info.empty()) return std::shared_ptr<MessagerLink>();
  auto where = TRY_IN("[Messager] ApiInfo", rpc::parse_api_info(api_info));
  MessagerLink::Config config;
  config.where = std::move(where);
  config.key_address = std::move(key_address);
  return std::make_shared<MessagerLink>(std::move(config));
}

}  // namespace nelumbo::node
