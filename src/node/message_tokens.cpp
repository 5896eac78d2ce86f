#include "message_tokens.hpp"

#include "process_api.hpp"
#include "rpc/jwt.hpp"

namespace nelumbo::node {

namespace {

constexpr std::chrono::seconds kRefreshEvery{3};

TimePoint from_millis(messager::UnixMillis time) { return TimePoint(std::chrono::milliseconds(time)); }

/// The highest right of a set.
std::string highest(rpc::Permissions permissions) {
  auto names = permissions.names();
  return names.empty() ? std::string() : names.back();
}

}  // namespace

MessageTokens::MessageTokens(Bytes secret, std::shared_ptr<Clock> clock)
    : secret_(std::move(secret)), clock_(std::move(clock)) {
  refresher_ = std::jthread([this](std::stop_token stop) {
    while (!stop.stop_requested()) {
      clock_->wait_until(clock_->now() + kRefreshEvery, stop);
      // What is known stays good while the database is away.
      if (auto from = book(); from && !stop.stop_requested()) std::ignore = refresh(**from);
    }
  });
}

MessageTokens::~MessageTokens() = default;

Result<std::shared_ptr<messager::Book>> MessageTokens::book() const {
  std::lock_guard lock(mutex_);
  if (!book_) return fail(ErrorCode::unavailable, "the database is not open yet");
  return book_;
}

Result<> MessageTokens::use(std::shared_ptr<messager::Book> book) {
  TRY_IN("reading the tokens", refresh(*book));
  std::lock_guard lock(mutex_);
  book_ = std::move(book);
  return {};
}

Result<> MessageTokens::refresh(messager::Book& book) {
  std::map<std::string, messager::TokenRow> fresh;
  for (auto& row : TRY(book.tokens())) fresh.emplace(std::to_string(row.id), std::move(row));
  std::lock_guard lock(mutex_);
  // A token made or revoked here while the database was being read must not be forgotten.
  for (auto& [id, row] : known_) {
    auto [at, added] = fresh.emplace(id, row);
    if (!added) at->second.revoked = at->second.revoked || row.revoked;
  }
  known_ = std::move(fresh);
  return {};
}

Result<rpc::Permissions> MessageTokens::verify(std::string_view token) const {
  auto claims = TRY(rpc::check_token(secret_, token, clock_->now()));
  if (claims.id.empty()) return claims.permissions;
  std::lock_guard lock(mutex_);
  auto it = known_.find(claims.id);
  if (it == known_.end()) return fail(ErrorCode::permission, "the token {} is not in the database", claims.id);
  if (it->second.revoked) return fail(ErrorCode::permission, "the token {} was revoked", claims.id);
  return claims.permissions;
}

Result<std::string> MessageTokens::make(rpc::Permissions permissions, const std::string& name,
                                        std::chrono::seconds valid) {
  if (permissions == rpc::Permissions()) return fail(ErrorCode::invalid, "a token without a permission opens nothing");
  if (valid < std::chrono::seconds(0) || valid > std::chrono::years(100))
    return fail(ErrorCode::invalid, "a token cannot be valid for {} seconds", valid.count());
  auto to = TRY(book());
  rpc::TokenClaims claims{.permissions = permissions, .expires = std::nullopt, .id = {}};
  messager::UnixMillis expires = 0;
  if (valid.count() > 0) {
    claims.expires = clock_->unix_seconds() + valid.count();
    expires = *claims.expires * 1'000;
  }
  auto row = TRY(to->add_token(name, highest(permissions), expires));
  claims.id = std::to_string(row.id);
  std::lock_guard lock(mutex_);
  known_.insert_or_assign(claims.id, std::move(row));
  return rpc::sign_token(secret_, claims);
}

Result<std::vector<rpc::TokenInfo>> MessageTokens::list() {
  auto from = TRY(book());
  std::vector<rpc::TokenInfo> out;
  for (const auto& row : TRY(from->tokens())) {
    out.push_back({.id = row.id,
                   .name = row.name,
                   .permission = row.permission,
                   .created = rfc3339(from_millis(row.created)),
                   .expires = row.expires == 0 ? std::string() : rfc3339(from_millis(row.expires)),
                   .revoked = row.revoked});
  }
  return out;
}

Result<> MessageTokens::revoke(int64_t id) {
  auto to = TRY(book());
  TRY(to->revoke_token(id));
  std::lock_guard lock(mutex_);
  if (auto it = known_.find(std::to_string(id)); it != known_.end()) it->second.revoked = true;
  return {};
}

}  // namespace nelumbo::node
