#include "node/config.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include <toml++/toml.h>

namespace nelumbo::node {

namespace {

template <class... F>
struct Overload : F... {
  using F::operator()...;
};

std::string env_name(std::string_view section, std::string_view key) {
  std::string name = fmt::format("LOTUS_{}_{}", section, key);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return c == '.' ? '_' : std::toupper(c); });
  return name;
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string value_text(bool v) { return v ? "true" : "false"; }
std::string value_text(int64_t v) { return std::to_string(v); }
std::string value_text(const std::string& v) { return quote(v); }
std::string value_text(Seconds v) { return quote(duration_string(v)); }
std::string value_text(const TokenAmount& v) { return quote(fil_string(v)); }
std::string value_text(const StringList& v) {
  std::string out;
  for (const auto& each : v) out += (out.empty() ? "" : ", ") + quote(each);
  return "[" + out + "]";
}

constexpr std::string_view type_name(const bool&) { return "bool"; }
constexpr std::string_view type_name(const int64_t&) { return "int64"; }
constexpr std::string_view type_name(const std::string&) { return "string"; }
constexpr std::string_view type_name(const Seconds&) { return "Duration"; }
constexpr std::string_view type_name(const TokenAmount&) { return "types.FIL"; }
constexpr std::string_view type_name(const StringList&) { return "[]string"; }

Result<> set_text(bool& out, std::string_view text) {
  if (text != "true" && text != "false") return fail(ErrorCode::invalid, "expected true or false, got \"{}\"", text);
  out = text == "true";
  return {};
}
Result<> set_text(int64_t& out, std::string_view text) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) {
    return fail(ErrorCode::invalid, "expected a whole number, got \"{}\"", text);
  }
  return {};
}
Result<> set_text(std::string& out, std::string_view text) {
  out = text;
  return {};
}
Result<> set_text(Seconds& out, std::string_view text) {
  out = TRY(parse_duration(text));
  return {};
}
Result<> set_text(TokenAmount& out, std::string_view text) {
  out = TRY(parse_fil(text));
  return {};
}

/// As an environment variable: commas between.
Result<> set_text(StringList& out, std::string_view text) {
  out.clear();
  while (!text.empty()) {
    const size_t end = std::min(text.find(','), text.size());
    if (end > 0) out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

Result<> set_node(StringList& out, const toml::node& node) {
  const auto* array = node.as_array();
  if (array == nullptr) return fail(ErrorCode::invalid, "expected a list of texts in quotes");
  out.clear();
  for (const auto& each : *array) {
    auto value = each.value_exact<std::string>();
    if (!value) return fail(ErrorCode::invalid, "expected a list of texts in quotes");
    out.push_back(*std::move(value));
  }
  return {};
}

template <class T>
Result<> set_node(T& out, const toml::node& node) {
  if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, int64_t>) {
    auto value = node.value_exact<T>();
    if (!value)
      return fail(ErrorCode::invalid, "expected {}", std::is_same_v<T, bool> ? "true or false" : "a whole number");
    out = *value;
    return {};
  } else {
    auto value = node.value_exact<std::string>();
    if (!value) return fail(ErrorCode::invalid, "expected a text in quotes");
    return set_text(out, *value);
  }
}

/// Names what the table holds besides options; a table in it is a section of its own ("Chainstore.Splitstore").
template <class Config>
void find_unknown(const toml::table& table, const std::string& section, std::vector<std::string>& unknown) {
  for (const auto& [key, value] : table) {
    const auto path = section.empty() ? std::string(key.str()) : fmt::format("{}.{}", section, key.str());
    if (const auto* inner = value.as_table()) {
      find_unknown<Config>(*inner, path, unknown);
      continue;
    }
    const bool known = std::ranges::any_of(config_options<Config>(), [&](const auto& option) {
      return option.section == section && option.key == key.str();
    });
    if (!known) unknown.push_back(path);
  }
}

Result<toml::table> parse_toml(const fs::path& file) {
  auto text = read_text_file(file);
  if (!text && text.error().code == ErrorCode::not_found) return toml::table();
  if (!text) return std::unexpected(std::move(text).error());
  try {
    return toml::parse(*text, file.string());
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::invalid, "{} line {}: {}", file.string(), error.source().begin.line, error.description());
  }
}

}  // namespace

template <class Config>
std::string config_text(const Config& config, bool comment_defaults) {
  const Config defaults;
  std::string out, section;
  for (const auto& option : config_options<Config>()) {
    if (option.section != section) {
      out += fmt::format("{}[{}]\n", section.empty() ? "" : "\n", option.section);
      section = option.section;
    } else {
      out += "\n";
    }
    std::visit(
        [&](auto member) {
          const auto& value = config.*member;
          const bool commented = comment_defaults && value == defaults.*member;
          out += fmt::format("  # {}\n  #\n  # type: {}\n  # env var: {}\n  {}{} = {}\n", option.doc, type_name(value),
                             env_name(option.section, option.key), commented ? "#" : "", option.key, value_text(value));
        },
        option.member);
  }
  return out;
}

template <class Config>
std::string default_config_text() {
  return config_text(Config(), true);
}

template <class Config>
Result<Config> load_config(const fs::path& file, std::vector<std::string>* unknown) {
  Config config;
  auto root = TRY_IN("reading the configuration", parse_toml(file));
  if (unknown != nullptr) find_unknown<Config>(root, "", *unknown);
  for (const auto& option : config_options<Config>()) {
    auto result = std::visit(
        [&](auto member) -> Result<> {
          auto node = root.at_path(fmt::format("{}.{}", option.section, option.key));
          if (node)
            TRY_IN(fmt::format("{}: {}.{}", file.string(), option.section, option.key),
                   set_node(config.*member, *node.node()));
          std::string name = env_name(option.section, option.key);
          if (const char* text = std::getenv(name.c_str())) TRY_IN(name, set_text(config.*member, text));
          return {};
        },
        option.member);
    if (!result) return std::unexpected(std::move(result).error());
  }
  return config;
}

template std::string default_config_text<DaemonConfig>();
template std::string default_config_text<MinerProcessConfig>();
template std::string default_config_text<FountainConfig>();
template std::string default_config_text<MessageServerConfig>();
template std::string config_text(const DaemonConfig&, bool);
template std::string config_text(const MinerProcessConfig&, bool);
template std::string config_text(const MessageServerConfig&, bool);
template Result<DaemonConfig> load_config(const fs::path&, std::vector<std::string>*);
template Result<MinerProcessConfig> load_config(const fs::path&, std::vector<std::string>*);
template Result<FountainConfig> load_config(const fs::path&, std::vector<std::string>*);
template Result<MessageServerConfig> load_config(const fs::path&, std::vector<std::string>*);

Result<Seconds> parse_duration(std::string_view text) {
  int64_t total = 0;
  std::string_view rest = text;
  if (rest.empty()) return fail(ErrorCode::invalid, "an empty duration; write e.g. \"30s\" or \"1h30m\"");
  while (!rest.empty()) {
    int64_t number = 0;
    auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    size_t digits = static_cast<size_t>(end - rest.data());
    if (error != std::errc() || number < 0 || number > 1'000'000'000 || digits == rest.size()) {
      return fail(ErrorCode::invalid, "\"{}\" is not a duration such as \"30s\" or \"1h30m\"", text);
    }
    int64_t unit = rest[digits] == 'h' ? 3600 : rest[digits] == 'm' ? 60 : rest[digits] == 's' ? 1 : 0;
    if (unit == 0) return fail(ErrorCode::invalid, "\"{}\" has a unit other than h, m and s", text);
    total += number * unit;
    rest.remove_prefix(digits + 1);
  }
  return Seconds(total);
}

std::string duration_string(Seconds duration) {
  int64_t s = duration.count();
  if (s >= 3600) return fmt::format("{}h{}m{}s", s / 3600, s / 60 % 60, s % 60);
  if (s >= 60) return fmt::format("{}m{}s", s / 60, s % 60);
  return fmt::format("{}s", s);
}

}  // namespace nelumbo::node
