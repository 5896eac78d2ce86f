#pragma once
// JSON that is passed on as text: values of any shape, and answers serialised once and served many times.

#include <memory>
#include <string>

namespace nelumbo::rpc {

/// A JSON text, shared and immutable. A handler may answer with it instead of its result type, so that a node can keep
/// the text of a much-asked answer. The default value is null.
class RawJson {
 public:
  RawJson() = default;
  explicit RawJson(std::string text) : text_(std::make_shared<const std::string>(std::move(text))) {}
  explicit RawJson(std::shared_ptr<const std::string> text) : text_(std::move(text)) {}

  const std::string& text() const {
    static const std::string null = "null";
    return text_ ? *text_ : null;
  }
  bool is_null() const { return text() == "null"; }
  friend bool operator==(const RawJson& a, const RawJson& b) { return a.text() == b.text(); }

 private:
  std::shared_ptr<const std::string> text_;
};

}  // namespace nelumbo::rpc
