#pragma once
// The message server's tokens: signed by its secret, with an expiry and an id in the database by which they can be
// revoked.

#include <map>
#include <mutex>
#include <thread>

#include "base/clock.hpp"
#include "messager/book.hpp"
#include "rpc/message_types.hpp"
#include "rpc/method.hpp"

namespace nelumbo::node {

/// Thread-safe. What was revoked through another server of the same database is known here within seconds; checking a
/// token never waits for the database.
class MessageTokens {
 public:
  MessageTokens(Bytes secret, std::shared_ptr<Clock> clock);
  ~MessageTokens();
  MessageTokens(const MessageTokens&) = delete;
  MessageTokens& operator=(const MessageTokens&) = delete;

  /// Reads the tokens from a database, now and again from then on.
  Result<> use(std::shared_ptr<messager::Book> book);

  /// A token without an id is the repository's own.
  Result<rpc::Permissions> verify(std::string_view token) const;
  /// Valid for so long; 0: for ever.
  Result<std::string> make(rpc::Permissions permissions, const std::string& name, std::chrono::seconds valid);
  Result<std::vector<rpc::TokenInfo>> list();
  Result<> revoke(int64_t id);

 private:
  Result<std::shared_ptr<messager::Book>> book() const;
  Result<> refresh(messager::Book& book);

  const Bytes secret_;
  const std::shared_ptr<Clock> clock_;
  mutable std::mutex mutex_;
  std::shared_ptr<messager::Book> book_;
  std::map<std::string, messager::TokenRow> known_;  ///< by the id's text, as it stands in a token
  std::jthread refresher_;
};

}  // namespace nelumbo::node
