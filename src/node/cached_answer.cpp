#include "cached_answer.hpp"

namespace nelumbo::node {

AnswerSlot answer_slot(const Context& context, std::string_view method, const rpc::Server::ParamTexts& texts) {
  AnswerSlot slot{std::string(method)};
  for (size_t i = 0; i + 1 < texts.size(); ++i) slot.key.append(1, '\0').append(texts[i]);
  bool head = texts.empty() || texts.back() == "null" || texts.back() == "[]";
  slot.key += '\0';
  if (head) {
    slot.head = context.head->head();
    slot.key += as_text(slot.head->key().bytes());
  } else {
    slot.key += texts.back();
  }
  return slot;
}

}  // namespace nelumbo::node
