// Methods of the actors of storage: market, power, verified registry, datacap, reward.

#include "method_tables.hpp"

namespace nelumbo::actors {

const MethodTable& market_methods() {
  static const MethodTable table{
      method<Empty, Empty>(1, "Constructor"),
      method<Address, Empty>(2, "AddBalance"),
      method<Address, Empty>(822473126, "AddBalanceExported"),
      method<market::WithdrawBalanceParams, TokenAmount>(3, "WithdrawBalance"),
      method<market::WithdrawBalanceParams, TokenAmount>(2280458852, "WithdrawBalanceExported"),
      method<PublishStorageDealsParams, PublishStorageDealsReturn>(4, "PublishStorageDeals"),
      method<PublishStorageDealsParams, PublishStorageDealsReturn>(2236929350, "PublishStorageDealsExported"),
      method<market::VerifyDealsForActivationParams, market::VerifyDealsForActivationReturn>(
          5, "VerifyDealsForActivation"),
      method<market::BatchActivateDealsParams, Empty>(6, "BatchActivateDeals"),
      method<market::SectorsTerminateParams, Empty>(7, "OnMinerSectorsTerminate"),
      method<Empty, Empty>(9, "CronTick"),
      method<Address, market::GetBalanceReturn>(726108461, "GetBalanceExported"),
      method<DealId, market::DealDataCommitmentReturn>(1157985802, "GetDealDataCommitmentExported"),
      method<DealId, ActorId>(128053329, "GetDealClientExported"),
      method<DealId, ActorId>(935081690, "GetDealProviderExported"),
      method<DealId, DealLabel>(46363526, "GetDealLabelExported"),
      method<DealId, market::DealTermReturn>(163777312, "GetDealTermExported"),
      method<DealId, TokenAmount>(4287162428, "GetDealTotalPriceExported"),
      method<DealId, TokenAmount>(200567895, "GetDealClientCollateralExported"),
      method<DealId, TokenAmount>(2986712137, "GetDealProviderCollateralExported"),
      method<DealId, bool>(2627389465, "GetDealVerifiedExported"),
      method<DealId, market::DealActivationReturn>(2567238399, "GetDealActivationExported"),
      method<DealId, SectorNumber>(2611213344, "GetDealSectorExported"),
      method<std::vector<market::SectorChanges>, std::vector<std::vector<bool>>>(2034386435, "SectorContentChanged"),
      method<BitField, market::SettleDealPaymentsReturn>(1900091594, "SettleDealPaymentsExported"),
  };
  return table;
}

const MethodTable& power_methods() {
  static const MethodTable table{
      method<Empty, Empty>(1, "Constructor"),
      method<power::CreateMinerParams, power::CreateMinerReturn>(2, "CreateMiner"),
      method<power::CreateMinerParams, power::CreateMinerReturn>(1173380165, "CreateMinerExported"),
      method<power::UpdateClaimedPowerParams, Empty>(3, "UpdateClaimedPower"),
      method<power::EnrollCronEventParams, Empty>(4, "EnrollCronEvent"),
      method<Empty, Empty>(5, "CronTick"),
      method<TokenAmount, Empty>(6, "UpdatePledgeTotal"),
      method<Empty, power::CurrentTotalPowerReturn>(9, "CurrentTotalPower"),
      method<Empty, StoragePower>(931722534, "NetworkRawPowerExported"),
      method<ActorId, power::MinerRawPowerReturn>(3753401894, "MinerRawPowerExported"),
      method<Empty, int64_t>(1987646258, "MinerCountExported"),
      method<Empty, int64_t>(196739875, "MinerConsensusCountExported"),
      method<ActorId, power::MinerPowerReturn>(36284446, "MinerPowerExported"),
  };
  return table;
}

const MethodTable& verified_registry_methods() {
  static const MethodTable table{
      method<Address, Empty>(1, "Constructor"),
      method<verifreg::AddressAllowance, Empty>(2, "AddVerifier"),
      method<Address, Empty>(3, "RemoveVerifier"),
      method<verifreg::AddressAllowance, Empty>(4, "AddVerifiedClient"),
      method<verifreg::AddressAllowance, Empty>(3916220144, "AddVerifiedClientExported"),
      method<verifreg::RemoveDataCapParams, verifreg::RemoveDataCapReturn>(7, "RemoveVerifiedClientDataCap"),
      method<verifreg::RemoveExpiredAllocationsParams, verifreg::RemoveExpiredAllocationsReturn>(
          8, "RemoveExpiredAllocations"),
      method<verifreg::RemoveExpiredAllocationsParams, verifreg::RemoveExpiredAllocationsReturn>(
          2421068268, "RemoveExpiredAllocationsExported"),
      method<verifreg::ClaimAllocationsParams, verifreg::ClaimAllocationsReturn>(9, "ClaimAllocations"),
      method<verifreg::GetClaimsParams, verifreg::GetClaimsReturn>(10, "GetClaims"),
      method<verifreg::GetClaimsParams, verifreg::GetClaimsReturn>(2199871187, "GetClaimsExported"),
      method<verifreg::ExtendClaimTermsParams, BatchReturn>(11, "ExtendClaimTerms"),
      method<verifreg::ExtendClaimTermsParams, BatchReturn>(1752273514, "ExtendClaimTermsExported"),
      method<verifreg::RemoveExpiredClaimsParams, verifreg::RemoveExpiredClaimsReturn>(12, "RemoveExpiredClaims"),
      method<verifreg::RemoveExpiredClaimsParams, verifreg::RemoveExpiredClaimsReturn>(2873373899,
                                                                                       "RemoveExpiredClaimsExported"),
      method<verifreg::UniversalReceiverParams, verifreg::AllocationsResponse>(3726118371, "UniversalReceiverHook"),
  };
  return table;
}

const MethodTable& datacap_methods() {
  static const MethodTable table{
      method<Address, Empty>(1, "Constructor"),
      method<datacap::MintParams, datacap::MintReturn>(116935346, "MintExported"),
      method<datacap::OwnerAmount, datacap::BurnReturn>(2624896501, "DestroyExported"),
      method<Empty, std::string>(48890204, "NameExported"),
      method<Empty, std::string>(2061153854, "SymbolExported"),
      method<Empty, TokenAmount>(114981429, "TotalSupplyExported"),
      method<Address, TokenAmount>(3261979605, "BalanceExported"),
      method<datacap::TransferParams, datacap::TransferReturn>(80475954, "TransferExported"),
      method<datacap::TransferFromParams, datacap::TransferFromReturn>(3621052141, "TransferFromExported"),
      method<datacap::IncreaseAllowanceParams, TokenAmount>(1777121560, "IncreaseAllowanceExported"),
      method<datacap::DecreaseAllowanceParams, TokenAmount>(1529376545, "DecreaseAllowanceExported"),
      method<datacap::RevokeAllowanceParams, TokenAmount>(2765635761, "RevokeAllowanceExported"),
      method<datacap::BurnParams, datacap::BurnReturn>(1434719642, "BurnExported"),
      method<datacap::OwnerAmount, datacap::BurnFromReturn>(2979674018, "BurnFromExported"),
      method<datacap::GetAllowanceParams, TokenAmount>(4205072950, "AllowanceExported"),
      method<Empty, int64_t>(3936767397, "GranularityExported"),
  };
  return table;
}

const MethodTable& reward_methods() {
  static const MethodTable table{
      method<StoragePower, Empty>(1, "Constructor"),
      method<reward::AwardBlockRewardParams, Empty>(2, "AwardBlockReward"),
      method<Empty, reward::ThisEpochRewardReturn>(3, "ThisEpochReward"),
      method<StoragePower, Empty>(4, "UpdateNetworkKPI"),
  };
  return table;
}

}  // namespace nelumbo::actors
