#pragma once
// JSON of the template's types where it is not simply their field list.

#include "genesis/template.hpp"
#include "types/json.hpp"

namespace nelumbo {

/// A label that is no text is shown as "", as lotus does.
template <>
struct Json<actors::DealLabel> {
  static JsonValue put(const actors::DealLabel& v) { return v.is_text ? std::string(as_text(v.data)) : std::string(); }
  static Result<> get(const JsonValue& j, actors::DealLabel& v) {
    std::string text;
    TRY(Json<std::string>::get(j, text));
    v = actors::DealLabel::text(text);
    return {};
  }
};

template <>
struct Json<genesis::TemplateActor> {
  static JsonValue put(const genesis::TemplateActor& v) {
    bool account = v.type == genesis::TemplateActor::Type::account;
    JsonValue out = JsonValue::object();
    out["Type"] = account ? "account" : "multisig";
    out["Balance"] = to_json(v.balance);
    out["Meta"] = account ? to_json(v.account) : to_json(v.multisig);
    return out;
  }
  static Result<> get(const JsonValue& j, genesis::TemplateActor& v) {
    if (!j.is_object() || !j.contains("Type") || !j.contains("Meta")) {
      return fail(ErrorCode::invalid, "expected an actor with \"Type\", \"Balance\" and \"Meta\"");
    }
    v = {};
    if (j.contains("Balance")) TRY_IN("Balance", Json<BigInt>::get(j["Balance"], v.balance));
    if (j["Type"] == "account") return in_context(Json<genesis::AccountMeta>::get(j["Meta"], v.account), "Meta");
    if (j["Type"] != "multisig") {
      return fail(ErrorCode::invalid, "unknown account type {}: expected \"account\" or \"multisig\"",
                  j["Type"].dump());
    }
    v.type = genesis::TemplateActor::Type::multisig;
    return in_context(Json<genesis::MultisigMeta>::get(j["Meta"], v.multisig), "Meta");
  }
};

/// A timestamp of zero is left out, as in lotus.
template <>
struct Json<genesis::Template> {
  static JsonValue put(const genesis::Template& v) {
    auto out = detail::put_fields(v);
    if (v.timestamp == 0) out.erase("Timestamp");
    return out;
  }
  static Result<> get(const JsonValue& j, genesis::Template& v) { return detail::get_fields(j, v); }
};

}  // namespace nelumbo
