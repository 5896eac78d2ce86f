#pragma once
// What the client's two ways of asking share.

#include <atomic>
#include <mutex>

#include "connection.hpp"
#include "rpc/client.hpp"

namespace nelumbo::rpc {

struct Client::State {
  ApiInfo where;
  Options options;
  std::atomic<uint64_t> next_id{1};
  std::mutex mutex;
  std::vector<Connection> idle;

  Result<Connection> connection();
};

/// What an answer object holds: the result's text, or the error as a Result.
Result<std::string> read_answer(std::string_view object);
/// The error of a JSON-RPC error object.
Error read_error(std::string_view object);

}  // namespace nelumbo::rpc
