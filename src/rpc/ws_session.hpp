#pragma once
// One WebSocket connection: calls and subscriptions as go-jsonrpc streams them (xrpc.ch.val, xrpc.ch.close,
// xrpc.cancel).

#include "http.hpp"
#include "server_state.hpp"

namespace nelumbo::rpc {

/// Takes over a connection whose head asked for WebSocket; `context` says who calls (its stop token is replaced), by
/// which token (empty: none).
void start_websocket(std::shared_ptr<ServerState> server, IoThread& io, tcp::socket socket, const HttpHead& head,
                     CallContext context, std::string token);

}  // namespace nelumbo::rpc
