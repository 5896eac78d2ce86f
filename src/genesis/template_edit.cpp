// Changes to templates: what the commands of lotus-seed genesis do.
#include <charconv>

#include "genesis/template.hpp"

namespace nelumbo::genesis {

namespace {

std::string_view trim(std::string_view text) {
  auto space = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    auto end = text.find(separator);
    parts.push_back(trim(text.substr(0, end)));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

Result<uint64_t> number(std::string_view text, std::string_view what) {
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return fail(ErrorCode::invalid, "{}: \"{}\" is no whole number", what, text);
  }
  return value;
}

/// Epochs of so many months of 365/12 days.
ChainEpoch months_to_epochs(uint64_t months, uint64_t block_delay) {
  uint64_t days = 365 * months / 12;
  return static_cast<ChainEpoch>(days * 24 * 60 * 60 / block_delay);
}

Result<MultisigRow> parse_row(std::string_view line, uint64_t block_delay) {
  auto cells = split(line, ',');
  if (cells.size() < 8) return fail(ErrorCode::invalid, "{} columns, expected 11", cells.size());
  if (cells[0] != "1") return fail(ErrorCode::invalid, "version \"{}\" of the record must be 1", cells[0]);
  MultisigRow row;
  auto amount = in_context(parse_fil(cells[2]), "amount");
  if (!amount) return std::unexpected(std::move(amount).error());
  row.amount = *amount;
  uint64_t months = TRY(number(cells[3], "vesting months"));
  if (months > 12 * 1000) return fail(ErrorCode::invalid, "{} vesting months are too many", months);
  row.meta.vesting_duration = months_to_epochs(months, block_delay);
  row.meta.threshold = TRY(number(cells[5], "M"));
  uint64_t signers = TRY(number(cells[6], "N"));
  for (auto text : split(cells[7], ':')) row.meta.signers.push_back(TRY_IN(text, Address::parse(text)));
  if (row.meta.signers.size() != signers) {
    return fail(ErrorCode::invalid, "N is {} but there are {} addresses", signers, row.meta.signers.size());
  }
  return row;
}

}  // namespace

Result<std::vector<MultisigRow>> parse_multisig_csv(std::string_view text, uint64_t block_delay) {
  std::vector<MultisigRow> rows;
  auto lines = split(text, '\n');
  for (size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].empty()) continue;
    rows.push_back(TRY_IN(fmt::format("line {}", i + 1), parse_row(lines[i], block_delay)));
  }
  return rows;
}

Result<> add_miners(Template& value, const MinerManifest& miners, const TokenAmount& balance) {
  Template changed = value;
  // By number, so that a manifest of several miners is taken in the order of their addresses.
  std::map<ActorId, const TemplateMiner*> in_order;
  for (const auto& [text, miner] : miners) {
    auto address = TRY_IN("preseal manifest", Address::parse(text));
    in_order[TRY(address.id())] = &miner;
  }
  for (const auto& [id, miner] : in_order) {
    ActorId expected = actors::kFirstMiner + changed.miners.size();
    if (id != expected) {
      return fail(ErrorCode::invalid, "miner {} cannot be added: the next miner of this template is {}",
                  Address::from_id(id).str(), Address::from_id(expected).str());
    }
    changed.miners.push_back(*miner);
    changed.accounts.push_back(TemplateActor::make_account(miner->owner, balance));
  }
  value = std::move(changed);
  return {};
}

Result<MinerManifest> join_manifests(const std::vector<MinerManifest>& manifests) {
  MinerManifest joined;
  for (const auto& manifest : manifests) {
    for (const auto& [address, miner] : manifest) {
      auto [place, added] = joined.try_emplace(address, miner);
      if (added) continue;
      if (place->second.sector_size != miner.sector_size) {
        return fail(ErrorCode::invalid, "miner {} has sectors of {} and of {} bytes", address,
                    place->second.sector_size, miner.sector_size);
      }
      place->second.market_balance = place->second.power_balance = 0;
      auto& sectors = place->second.sectors;
      sectors.insert(sectors.end(), miner.sectors.begin(), miner.sectors.end());
    }
  }
  return joined;
}

}  // namespace nelumbo::genesis
