// Message*, MpoolPushMessage, Net*: the message server's API.

#include "message_server.hpp"
#include "messager/book.hpp"

namespace nelumbo::node {

namespace {

namespace api = rpc::message;

constexpr std::chrono::seconds kDialWait{20};
/// With it a repeated batch finds the messages of the first one.
std::string uuid_of_part(const std::string& uuid, size_t part) {
  return part == 0 || uuid == rpc::MessageSendSpec().msg_uuid || uuid.empty() ? uuid : fmt::format("{}/{}", uuid, part);
}

Result<SignedMessage> push(const MessageServer& with, const Message& message,
                           const std::optional<rpc::MessageSendSpec>& spec) {
  auto work = TRY(with.ready_work());
  return work->service->send(message, spec.value_or(rpc::MessageSendSpec()));
}

Result<std::vector<SignedMessage>> push_all(const MessageServer& with, const std::vector<Message>& messages,
                                            const std::optional<rpc::MessageSendSpec>& spec) {
  std::vector<SignedMessage> out;
  for (size_t i = 0; i < messages.size(); ++i) {
    auto each = spec;
    if (each) each->msg_uuid = uuid_of_part(each->msg_uuid, i);
    out.push_back(TRY_IN(fmt::format("message {} of {}", i + 1, messages.size()), push(with, messages[i], each)));
  }
  return out;
}

/// A call that waits holds a thread: others must find one.
Result<rpc::MessageRecord> wait(MessageServer& with, const Cid& cid, uint64_t confidence, std::stop_token stop) {
  auto work = TRY(with.ready_work());
  if (!with.waiters.try_acquire()) {
    return fail(ErrorCode::exhausted, "{} calls wait for messages already: ask MessageGet now and then instead",
                MessageServer::kMaxWaiters);
  }
  auto record = work->service->wait(cid, confidence, std::move(stop));
  with.waiters.release();
  if (record) work->decoder->decode(*record);
  return record;
}

/// A record with its parameters decoded.
Result<rpc::MessageRecord> decoded(MessageWork& work, Result<rpc::MessageRecord> record) {
  if (record) work.decoder->decode(*record);
  return record;
}

void bind_messages(rpc::Server& server, MessageServer& with) {
  server.bind(api::MpoolPushMessage, [&](const Message& message, const std::optional<rpc::MessageSendSpec>& spec) {
    return push(with, message, spec);
  });
  server.bind(api::MpoolBatchPushMessage,
              [&](const std::vector<Message>& messages, const std::optional<rpc::MessageSendSpec>& spec) {
                return push_all(with, messages, spec);
              });
  server.bind(api::MessageList, [&](const rpc::MessageQuery& query) -> Result<std::vector<rpc::MessageRecord>> {
    auto work = TRY(with.ready_work());
    auto out = TRY(work->service->list(query));
    work->decoder->decode(out);
    return out;
  });
  server.bind(api::MessageGet, [&](const Cid& cid) -> Result<rpc::MessageRecord> {
    auto work = TRY(with.ready_work());
    return decoded(*work, work->service->get(cid));
  });
  server.bind(api::MessageGetByUuid, [&](const std::string& uuid) -> Result<rpc::MessageRecord> {
    auto work = TRY(with.ready_work());
    return decoded(*work, work->service->get_by_uuid(uuid));
  });
  server.bind(api::MessageWait, [&](const rpc::CallContext& call, const Cid& cid, uint64_t confidence) {
    return wait(with, cid, confidence, call.stop);
  });
  server.bind(api::MessageResend,
              [&](const Cid& cid) -> Result<> { return TRY(with.ready_work())->service->resend(cid); });
  server.bind(api::MessageReplace,
              [&](const Cid& cid, const rpc::MessageReplaceSpec& spec) -> Result<rpc::MessageRecord> {
                auto work = TRY(with.ready_work());
                return decoded(*work, work->service->replace(cid, spec));
              });
  server.bind(api::MessageCancel,
              [&](const Cid& cid, const rpc::MessageReplaceSpec& spec) -> Result<rpc::MessageRecord> {
                auto work = TRY(with.ready_work());
                return decoded(*work, work->service->cancel(cid, spec));
              });
  server.bind(api::MessagePrune, [&](int64_t older_than) -> Result<uint64_t> {
    if (older_than < 0) return fail(ErrorCode::invalid, "an age of {} seconds", older_than);
    return TRY(with.ready_work())->service->prune(std::chrono::seconds(older_than));
  });
  server.bind(api::MessageGaps, [&](const std::optional<Address>& address) -> Result<std::vector<rpc::MessageGap>> {
    return TRY(with.ready_work())->service->gaps(address);
  });
}

void bind_wallets(rpc::Server& server, MessageServer& with) {
  server.bind(api::MessageWalletList,
              [&]() -> Result<std::vector<rpc::MessageWallet>> { return TRY(with.ready_work())->service->wallets(); });
  server.bind(api::WalletList, [&]() -> Result<std::vector<Address>> {
    auto work = TRY(with.ready_work());
    std::vector<Address> out;
    for (const auto& row : TRY(work->book->wallets())) out.push_back(row.address);
    return out;
  });
  server.bind(api::WalletHas, [&](const Address& address) -> Result<bool> {
    auto row = TRY(with.ready_work())->book->wallet(address);
    if (!row && row.error().code == ErrorCode::not_found) return false;
    if (!row) return std::unexpected(std::move(row).error());
    return true;
  });
  server.bind(api::MessageWalletNew,
              [&](const std::string& type, const std::optional<uint64_t>& next_nonce) -> Result<Address> {
                return TRY(with.ready_work())->service->new_wallet(type, next_nonce);
              });
  server.bind(api::MessageWalletImport,
              [&](const rpc::KeyInfo& key, const std::optional<uint64_t>& next_nonce) -> Result<Address> {
                return TRY(with.ready_work())->service->import_wallet({key.type, key.private_key}, next_nonce);
              });
  server.bind(api::MessageWalletExport, [&](const Address& address) -> Result<rpc::KeyInfo> {
    auto key = TRY(TRY(with.ready_work())->book->key(address));
    return rpc::KeyInfo{key.type, key.private_key};
  });
  server.bind(api::MessageWalletDelete, [&](const Address& address) -> Result<> {
    return TRY(with.ready_work())->service->remove_wallet(address);
  });
  server.bind(api::MessageWalletSyncNonce,
              [&](const Address& address, const std::optional<uint64_t>& next_nonce) -> Result<uint64_t> {
                return TRY(with.ready_work())->service->sync_nonce(address, next_nonce);
              });
}

void bind_tokens(rpc::Server& server, MessageServer& with) {
  server.bind(api::MessageTokenNew,
              [&](const std::string& permission, const std::string& name, int64_t valid) -> Result<std::string> {
                auto level = TRY(rpc::parse_permission(permission));
                return with.tokens->make(rpc::permissions_up_to(level), name, std::chrono::seconds(valid));
              });
  server.bind(api::MessageTokenList, [&] { return with.tokens->list(); });
  server.bind(api::MessageTokenRevoke, [&](int64_t id) { return with.tokens->revoke(id); });
}

/// The host, `unsupported` without one.
Result<std::shared_ptr<p2p::Transport>> transport(const MessageServer& with) {
  auto work = TRY(with.ready_work());
  if (work->transport) return work->transport;
  return fail(ErrorCode::unsupported, "this server does not gossip: [Libp2p] ListenAddresses is empty");
}

void bind_peers(rpc::Server& server, MessageServer& with) {
  server.bind(api::ID, [&]() -> Result<std::string> { return TRY(transport(with))->id(); });
  server.bind(api::NetAddrsListen, [&]() -> Result<rpc::PeerInfo> {
    auto host = TRY(transport(with));
    return rpc::PeerInfo{host->id(), host->listen_addresses()};
  });
  server.bind(api::NetPeers, [&]() -> Result<std::vector<rpc::PeerInfo>> {
    auto host = TRY(transport(with));
    std::vector<rpc::PeerInfo> out;
    for (auto& view : host->peers()) out.push_back({std::move(view.id), std::move(view.addresses)});
    return out;
  });
  server.bind(api::NetConnect, [&](const rpc::PeerInfo& peer) -> Result<> {
    auto host = TRY(transport(with));
    TRY(host->dial(peer.addrs, peer.id, kDialWait));
    return {};
  });
  server.bind(api::MessageReportPeers, [&](const std::vector<rpc::PeerInfo>& peers) -> Result<> {
    auto work = TRY(with.ready_work());
    work->service->report_peers(peers);
    return {};
  });
}

Result<rpc::MessageServerStatus> status(const MessageServer& with) {
  auto work = with.work();
  auto out = work ? TRY(work->service->status()) : with.status_before_work();
  if (work) out.network = work->network.name;
  out.database = messager::database_place(with.settings.database);
  return out;
}

}  // namespace

void bind_message_server(rpc::Server& server, MessageServer& with) {
  server.bind(api::StateNetworkName, [&]() -> Result<std::string> { return TRY(with.ready_work())->network.name; });
  server.bind(api::MessageStatus, [&] { return status(with); });
  bind_messages(server, with);
  bind_wallets(server, with);
  bind_tokens(server, with);
  bind_peers(server, with);
}

}  // namespace nelumbo::node
