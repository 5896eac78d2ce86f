#include "code_names.hpp"

#include "actors/bundle.hpp"
#include "actors/policy.hpp"
#include "actors/states.hpp"

namespace nelumbo::chain {

Result<CodeNames> CodeNames::load(const StateTree& state) {
  CodeNames out;
  auto system = TRY(state.get(actors::kSystemActor));
  if (!system) return fail(ErrorCode::invalid, "the state has no system actor");
  if (system->code.hash_code() == multihash::kIdentity) return out;
  auto manifest = TRY_IN("system actor", actors::load_system(*state.store(), system->head));
  auto entries =
      TRY_IN("actors manifest", get_cbor<std::vector<actors::ManifestEntry>>(*state.store(), manifest.builtin_actors));
  for (auto& entry : entries) out.names_.emplace(entry.code, std::move(entry.name));
  return out;
}

std::string_view CodeNames::name(const Cid& code) const {
  if (auto it = names_.find(code); it != names_.end()) return it->second;
  if (code.defined() && code.hash_code() == multihash::kIdentity) {
    // "fil/7/account"; the multihash is a view into the CID, which the caller holds.
    auto text = as_text(code.digest());
    auto slash = text.rfind('/');
    if (text.starts_with("fil/") && slash != text.npos) return text.substr(slash + 1);
  }
  return {};
}

}  // namespace nelumbo::chain
