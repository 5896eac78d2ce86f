#include "genesis/template.hpp"

#include "template_json.hpp"

namespace nelumbo::genesis {

namespace {

/// The key of lotus's tests, default root of the verified registry and owner of the remainder.
constexpr std::string_view kTestKey = "t1ceb34gnsc6qk5dt6n7xg6ycwzasjhbxm3iylkiy";

template <class T>
Result<T> read_json_file(const fs::path& path) {
  auto read = [&]() -> Result<T> { return from_json<T>(TRY(parse_json(TRY(read_text_file(path))))); };
  return in_context(read(), path.string());
}

Result<> check(const TemplateActor& actor, std::string_view what) {
  if (actor.balance < 0) return fail(ErrorCode::invalid, "{} has a negative balance", what);
  if (actor.type == TemplateActor::Type::account) {
    if (!actor.account.owner.defined()) return fail(ErrorCode::invalid, "{} has no owner", what);
    return {};
  }
  const auto& meta = actor.multisig;
  if (meta.signers.empty()) return fail(ErrorCode::invalid, "{} has no signers", what);
  if (meta.threshold == 0 || meta.threshold > meta.signers.size()) {
    return fail(ErrorCode::invalid, "{} needs {} of {} signers", what, meta.threshold, meta.signers.size());
  }
  return {};
}

}  // namespace

TemplateActor TemplateActor::make_account(const Address& owner, TokenAmount balance) {
  return {.type = Type::account, .balance = std::move(balance), .account = {owner}, .multisig = {}};
}

TemplateActor TemplateActor::make_multisig(MultisigMeta meta, TokenAmount balance) {
  return {.type = Type::multisig, .balance = std::move(balance), .account = {}, .multisig = std::move(meta)};
}

Template new_template(std::string network_name, uint32_t network_version) {
  MultisigMeta test_key{.signers = {must(Address::parse(kTestKey))}, .threshold = 1};
  Template value;
  value.network_version = network_version;
  value.network_name = std::move(network_name);
  value.verified_registry_root = TemplateActor::make_multisig(test_key, 0);
  value.remainder = TemplateActor::make_multisig(test_key, 0);
  return value;
}

Result<Template> parse_template(std::string_view json) {
  auto value = TRY_IN("genesis template", from_json<Template>(TRY(parse_json(json))));
  for (size_t i = 0; i < value.accounts.size(); ++i) {
    TRY_IN("genesis template", check(value.accounts[i], fmt::format("account {}", i)));
  }
  TRY_IN("genesis template", check(value.verified_registry_root, "VerifregRootKey"));
  TRY_IN("genesis template", check(value.remainder, "RemainderAccount"));
  return value;
}

std::string template_text(const Template& value) { return to_json(value).dump(2); }

Result<Template> read_template(const fs::path& path) {
  auto text = TRY_IN("reading the genesis template", read_text_file(path));
  return in_context(parse_template(text), path.string());
}

Result<> write_template(const fs::path& path, const Template& value) {
  return in_context(write_file(path, template_text(value)), "writing the genesis template");
}

Result<MinerManifest> read_miner_manifest(const fs::path& path) {
  return in_context(read_json_file<MinerManifest>(path), "reading the preseal manifest");
}

std::string miner_manifest_text(const MinerManifest& miners) { return to_json(miners).dump(2); }

}  // namespace nelumbo::genesis
