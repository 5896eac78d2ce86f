#include "keys.hpp"

#include <sstream>

#include <blake2.h>

#include "codec/json.hpp"

namespace nelumbo::vectors {
namespace {

/// A parameter file's digest: the first 16 bytes of its blake2b-512, in hex.
std::string digest(const Bytes& data) {
  std::array<uint8_t, 64> out;
  blake2b(out.data(), data.data(), nullptr, out.size(), data.size(), 0);
  return to_hex(BytesView(out).first(16));
}

bool holds(const JsonValue& manifest, const fs::path& folder, auto wanted) {
  size_t found = 0;
  for (const auto& [name, facts] : manifest.items()) {
    if (!wanted(name, facts)) continue;
    auto data = read_file(folder / name);
    if (!data || digest(*data) != facts.value("digest", "")) return false;
    ++found;
  }
  return found > 0;
}

}  // namespace

std::set<std::string> needing_keys(const fs::path& folder) {
  std::set<std::string> out;
  auto text = read_text_file(folder / "needs-mainnet-keys.txt");
  if (!text) return out;
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) out.insert(line);
  }
  return out;
}

bool have_mainnet_keys() {
  auto assets = cache_folder() / "assets";
  auto folder = parameter_cache_folder();
  auto keys = read_text_file(assets / "parameters.json");
  auto strings = read_text_file(assets / "srs-inner-product.json");
  if (!keys || !strings) return false;
  bool large = holds(must(parse_json(*keys)), folder, [](const std::string& name, const JsonValue& facts) {
    return name.ends_with(".vk") && facts.value("sector_size", uint64_t{0}) >= (uint64_t{32} << 30);
  });
  return large && holds(must(parse_json(*strings)), folder, [](const std::string&, const JsonValue&) { return true; });
}

}  // namespace nelumbo::vectors
