#pragma once
// Expected failure as a value: Result<T>, Error and the macro TRY.
//
// Bad input, a thing not found, a refusal by a peer: a Result. A broken invariant: an exception.

#include <expected>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

namespace nelumbo {

/// What kind of failure; callers branch on it, the text is for persons.
enum class ErrorCode {
  invalid,       ///< input that breaks a rule or a format
  not_found,     ///< a block, message, actor, key or file that is not there
  exists,        ///< what was to be made is there already
  permission,    ///< token or key without the right
  unavailable,   ///< a peer, service or file that does not answer now
  exhausted,     ///< a limit on size, depth, count or gas is reached
  cancelled,     ///< asked to stop, or out of time
  unsupported,   ///< a known thing that this build or network does not do
  failed,        ///< anything else
};

/// A failure: its kind and one sentence for a person, outermost context first ("reading genesis: no such file: x").
struct Error {
  ErrorCode code = ErrorCode::failed;
  std::string message;

  /// The same failure with "context: " put in front.
  Error in(std::string_view context) && {
    message.insert(0, ": ").insert(0, context);
    return std::move(*this);
  }
};

template <class T = void>
using Result = std::expected<T, Error>;

/// Makes the failed side of any Result: `return fail(ErrorCode::invalid, "length {}", n);`
template <class... Args>
std::unexpected<Error> fail(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  return std::unexpected(Error{code, fmt::format(format, std::forward<Args>(args)...)});
}

/// Puts a context in front of a failed Result's message; passes a good one through.
template <class T>
Result<T> in_context(Result<T> result, std::string_view context) {
  if (!result) return std::unexpected(std::move(result).error().in(context));
  return result;
}

/// The value, or an exception with the error's text: for tests, and where failure is a broken invariant.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

namespace detail {
template <class T>
T take(Result<T>&& result) {
  return *std::move(result);
}
inline void take(Result<void>&&) {}
}  // namespace detail

}  // namespace nelumbo

/// `auto x = TRY(f());` gives f's value or returns its error from the enclosing function (not for coroutines).
#define TRY(...)                                                                      \
  ({                                                                                  \
    auto try_result_ = (__VA_ARGS__);                                                 \
    if (!try_result_) return std::unexpected(std::move(try_result_).error());         \
    ::nelumbo::detail::take(std::move(try_result_));                                  \
  })
/// TRY with a context in front of the error: `TRY_IN("reading the keystore", f())`.
#define TRY_IN(context, ...)                                                                         \
  ({                                                                                                 \
    auto try_result_ = (__VA_ARGS__);                                                                \
    if (!try_result_) return std::unexpected(std::move(try_result_).error().in(context));            \
    ::nelumbo::detail::take(std::move(try_result_));                                                 \
  })
