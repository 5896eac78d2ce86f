#include "core.hpp"

#include "base/log.hpp"

namespace nelumbo::messager {

void Core::book_answer(const Result<>& answer) {
  const bool was = book_ok.exchange(answer.has_value());
  if (was && !answer) log_error("messager", "the database does not answer: {}", answer.error().message);
  if (!was && answer) log_info("messager", "the database answers again");
}

void Core::refresh_ledger() {
  auto fresh = ledger.refresh(*book);
  if (!fresh) return book_answer(std::unexpected(std::move(fresh).error()));
  book_answer({});
  for (const auto& address : *fresh) fresh_message(address);
}

void Core::set_fee_note(const Address& sender, std::optional<FeeNote> note) {
  std::lock_guard lock(notes_mutex_);
  if (!note) {
    fee_notes_.erase(sender);
    return;
  }
  auto& slot = fee_notes_[sender];
  if (slot.nonce != note->nonce || slot.text != note->text) {
    log_warn("messager", "message {} of {} waits for its fee: {}", note->nonce, sender.str(), note->text);
  }
  slot = *std::move(note);
}

std::optional<Core::FeeNote> Core::fee_note(const Address& sender) const {
  std::lock_guard lock(notes_mutex_);
  auto found = fee_notes_.find(sender);
  return found == fee_notes_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace nelumbo::messager
