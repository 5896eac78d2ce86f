#include "open_rpc.hpp"

namespace nelumbo::rpc {
namespace {

/// A content descriptor: {"name", "required", "schema"}.
void append_descriptor(std::string& out, std::string_view name, std::string_view schema) {
  out += "{\"name\":";
  append_json_string(out, name);
  out += ",\"required\":true,\"schema\":";
  out += schema;
  out += '}';
}

void append_method(std::string& out, const Binding& binding) {
  auto schemas = binding.schemas();
  auto names = parameter_names(binding.info);
  out += "{\"name\":";
  append_json_string(out, "Filecoin." + std::string(binding.info.name));
  out += ",\"description\":";
  append_json_string(out, fmt::format("Permission: {}", permission_name(binding.info.permission)));
  out += ",\"summary\":";
  append_json_string(out, binding.info.signature);
  out += ",\"paramStructure\":\"by-position\",\"params\":[";
  for (size_t i = 0; i < schemas.parameters.size(); ++i) {
    if (i > 0) out += ',';
    append_descriptor(out, i < names.size() ? names[i] : fmt::format("p{}", i), schemas.parameters[i]);
  }
  out += "],\"result\":";
  append_descriptor(out, "result", schemas.value);
  out += '}';
}

}  // namespace

std::string open_rpc_document(std::string_view title, const std::vector<const Binding*>& methods) {
  std::string out = R"({"openrpc":"1.2.6","info":{"title":)";
  append_json_string(out, title);
  out += R"(,"version":"1.0.0"},"methods":[)";
  char before = '\0';
  for (const auto* method : methods) {
    if (before != '\0') out += before;
    append_method(out, *method);
    before = ',';
  }
  out += "]}";
  return out;
}

}  // namespace nelumbo::rpc
