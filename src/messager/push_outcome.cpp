#include "push_outcome.hpp"

#include "nodes.hpp"

namespace nelumbo::messager {

PushOutcome push_outcome(const Error& error) {
  struct Words {
    std::string_view text;
    PushOutcome outcome;
  };
  using enum PushOutcome;
  // In brackets whose words they are.
  static constexpr Words kWords[] = {
      {"message with nonce already exists", taken},            // lotus ErrExistingNonce
      {"is in the pool already", taken},                       // Nelumbo
      {"replace by fee has too low GasPremium", other_there},  // lotus ErrRBFTooLowPremium
      {"to replace it raise the premium", other_there},        // Nelumbo
      {"message nonce too low", too_low},                      // lotus ErrNonceTooLow
      {"minimum expected nonce is", too_low},                  // lotus
      {"is too low; the next of", too_low},                    // Nelumbo
      {"unfulfilled nonce gap", gap},                          // lotus ErrNonceGap
      {"is too far above the expected nonce", gap},            // Nelumbo
      {"no replacing above a nonce gap", gap},                 // Nelumbo
      {"too many pending messages", full},                     // lotus ErrTooManyPendingMessages
      {"pending messages, the most allowed", full},            // Nelumbo
  };
  for (const auto& words : kWords) {
    if (error.message.contains(words.text)) return words.outcome;
  }
  return is_no_answer(error) ? unreachable : refused;
}

}  // namespace nelumbo::messager
