#include "intake.hpp"

#include <latch>

#include "base/log.hpp"

namespace nelumbo::net {

namespace {

constexpr std::string_view kPart = "net";
/// Above so many missing messages, one answer of chain exchange is quicker than a question for each.
constexpr size_t kSingleMessages = 64;
constexpr std::chrono::seconds kSingleWait{3};

}  // namespace

Result<chain::FullBlock> BlockIntake::gather(const BlockMessage& block, std::vector<Cid>& missing) {
  chain::FullBlock out{.header = block.header};
  for (const auto& cid : block.bls_messages) {
    if (auto pending = parts_.find_message(cid)) {
      out.bls.push_back(pending->message);
    } else if (auto stored = parts_.store->message(cid)) {
      if (stored->signature) return fail(ErrorCode::invalid, "the signed message {} among its BLS ones", cid.str());
      out.bls.push_back(std::move(stored->message));
    } else {
      missing.push_back(cid);
    }
  }
  for (const auto& cid : block.secp_messages) {
    if (auto pending = parts_.find_message(cid); pending && pending->cid() == cid) {
      out.secp.push_back(*pending);
    } else if (auto stored = parts_.store->message(cid)) {
      if (!stored->signature) return fail(ErrorCode::invalid, "the unsigned message {} among its signed", cid.str());
      out.secp.push_back({std::move(stored->message), *std::move(stored->signature)});
    } else {
      missing.push_back(cid);
    }
  }
  return out;
}

bool BlockIntake::fetch_single(const PeerId& from, const std::vector<Cid>& missing) {
  std::atomic<size_t> good = 0;
  std::latch done(static_cast<ptrdiff_t>(missing.size()));
  for (const auto& cid : missing) {
    askers_.post([&, cid] {
      if (auto data = parts_.transport->fetch_block(cid, kSingleWait, from)) {
        if (parts_.store->blocks()->put(cid, *data)) ++good;
      }
      done.count_down();
    });
  }
  done.wait();
  return good == missing.size();
}

Result<chain::FullBlock> BlockIntake::with_messages(const PeerId& from, const BlockMessage& block) {
  std::vector<Cid> missing;
  auto full = TRY(gather(block, missing));
  if (missing.empty()) return full;
  if (missing.size() <= kSingleMessages && fetch_single(from, missing)) {
    missing.clear();
    full = TRY(gather(block, missing));
    if (missing.empty()) return full;
  }
  auto tipset = TRY(Tipset::make({block.header}));
  auto blocks = TRY(exchange_.messages_of(tipset, {from}));
  return std::move(blocks.front());
}

void BlockIntake::take(const PeerId& from, const BlockMessage& block) {
  auto tipset = Tipset::make({block.header});
  if (!tipset) return peers_.offend(from, Offence::bad_block, tipset.error().message);
  const auto& key = (*tipset)->key();
  exchange_.hint(key, from);
  if (!parts_.store->load_tipset((*tipset)->parents())) return parts_.head_heard(from, *tipset);
  auto full = with_messages(from, block);
  if (!full) {
    if (full.error().code == ErrorCode::invalid) return peers_.offend(from, Offence::bad_block, full.error().message);
    log_warn(kPart, "peer {}: messages of block {} were not to be had: {}", from, key.str(), full.error().message);
    return parts_.head_heard(from, *tipset);
  }
  auto accepted = parts_.accept_block(*full);
  if (accepted) return peers_.noted_block(from);
  switch (accepted.error().code) {
    case ErrorCode::invalid:
      return peers_.offend(from, Offence::bad_block, fmt::format("block {}: {}", key.str(), accepted.error().message));
    case ErrorCode::unavailable:
    case ErrorCode::not_found:
      log_debug(kPart, "block {} must wait: {}", key.str(), accepted.error().message);
      return parts_.head_heard(from, *tipset);
    case ErrorCode::permission:
    case ErrorCode::cancelled:
      return log_debug(kPart, "block {} is not taken: {}", key.str(), accepted.error().message);
    default:
      log_error(kPart, "taking block {} in: {}", key.str(), accepted.error().message);
  }
}

}  // namespace nelumbo::net
