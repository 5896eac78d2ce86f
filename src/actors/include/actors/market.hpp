#pragma once
// Deals of the storage market actor.

#include "actors/states.hpp"
#include "codec/rleplus.hpp"
#include "types/signature.hpp"

namespace nelumbo::actors {

/// A text or a byte string, at most 256 bytes.
struct DealLabel {
  Bytes data;
  bool is_text = true;
  static DealLabel text(std::string_view label) { return {to_bytes(label), true}; }
  friend bool operator==(const DealLabel&, const DealLabel&) = default;
};

struct DealProposal {
  Cid piece_cid;
  uint64_t piece_size = 0;  ///< padded bytes
  bool verified_deal = false;
  Address client;
  Address provider;
  DealLabel label;
  ChainEpoch start_epoch = 0;
  ChainEpoch end_epoch = 0;
  TokenAmount storage_price_per_epoch;
  TokenAmount provider_collateral;
  TokenAmount client_collateral;
  static constexpr auto fields =
      nelumbo::fields(field("PieceCID", &DealProposal::piece_cid), field("PieceSize", &DealProposal::piece_size),
                      field("VerifiedDeal", &DealProposal::verified_deal), field("Client", &DealProposal::client),
                      field("Provider", &DealProposal::provider), field("Label", &DealProposal::label),
                      field("StartEpoch", &DealProposal::start_epoch), field("EndEpoch", &DealProposal::end_epoch),
                      field("StoragePricePerEpoch", &DealProposal::storage_price_per_epoch),
                      field("ProviderCollateral", &DealProposal::provider_collateral),
                      field("ClientCollateral", &DealProposal::client_collateral));
  friend bool operator==(const DealProposal&, const DealProposal&) = default;
};

struct ClientDealProposal {
  DealProposal proposal;
  Signature client_signature;
  static constexpr auto fields = nelumbo::fields(field("Proposal", &ClientDealProposal::proposal),
                                                 field("ClientSignature", &ClientDealProposal::client_signature));
};

struct PublishStorageDealsParams {
  std::vector<ClientDealProposal> deals;
  static constexpr auto fields = nelumbo::fields(field("Deals", &PublishStorageDealsParams::deals));
};
struct PublishStorageDealsReturn {
  std::vector<DealId> ids;
  BitField valid_deals;  ///< positions of the deals that were taken
  static constexpr auto fields = nelumbo::fields(field("IDs", &PublishStorageDealsReturn::ids),
                                                 field("ValidDeals", &PublishStorageDealsReturn::valid_deals));
};

/// As of actors v13.
struct DealState {
  SectorNumber sector_number = 0;
  ChainEpoch sector_start_epoch = -1;
  ChainEpoch last_updated_epoch = -1;
  ChainEpoch slash_epoch = -1;
  static constexpr auto fields = nelumbo::fields(
      field("SectorNumber", &DealState::sector_number), field("SectorStartEpoch", &DealState::sector_start_epoch),
      field("LastUpdatedEpoch", &DealState::last_updated_epoch), field("SlashEpoch", &DealState::slash_epoch));
  friend bool operator==(const DealState&, const DealState&) = default;
};

}  // namespace nelumbo::actors

namespace nelumbo {

template <>
struct Cbor<actors::DealLabel> {
  static void put(CborWriter& w, const actors::DealLabel& v) { v.is_text ? w.text(as_text(v.data)) : w.bytes(v.data); }
  static Result<> get(CborReader& r, actors::DealLabel& v) {
    v.is_text = r.peek() == CborReader::Kind::text;
    v.data = v.is_text ? to_bytes(TRY(r.text())) : to_bytes(TRY(r.bytes()));
    return {};
  }
};

}  // namespace nelumbo
