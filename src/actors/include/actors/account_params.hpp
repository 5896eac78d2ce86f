#pragma once
// Parameters and results of the methods of accounts and contracts, in the shapes of actors v18 (the same in most older
// versions).

#include "actors/states.hpp"
#include "types/signature.hpp"

namespace nelumbo::actors {

namespace account {
struct AuthenticateMessageParams {
  Bytes signature;
  Bytes message;
  static constexpr auto fields = nelumbo::fields(field("Signature", &AuthenticateMessageParams::signature),
                                                 field("Message", &AuthenticateMessageParams::message));
};
}  // namespace account

namespace init {
struct ConstructorParams {
  std::string network_name;
  static constexpr auto fields = nelumbo::fields(field("NetworkName", &ConstructorParams::network_name));
};
struct ExecParams {
  Cid code_cid;
  Bytes constructor_params;
  static constexpr auto fields = nelumbo::fields(field("CodeCID", &ExecParams::code_cid),
                                                 field("ConstructorParams", &ExecParams::constructor_params));
};
struct Exec4Params {
  Cid code_cid;
  Bytes constructor_params;
  Bytes sub_address;
  static constexpr auto fields = nelumbo::fields(field("CodeCID", &Exec4Params::code_cid),
                                                 field("ConstructorParams", &Exec4Params::constructor_params),
                                                 field("SubAddress", &Exec4Params::sub_address));
};
struct ExecReturn {
  Address id_address;
  Address robust_address;
  static constexpr auto fields =
      nelumbo::fields(field("IDAddress", &ExecReturn::id_address), field("RobustAddress", &ExecReturn::robust_address));
};
}  // namespace init

namespace multisig {
struct ConstructorParams {
  std::vector<Address> signers;
  uint64_t num_approvals_threshold = 0;
  ChainEpoch unlock_duration = 0;
  ChainEpoch start_epoch = 0;
  static constexpr auto fields =
      nelumbo::fields(field("Signers", &ConstructorParams::signers),
                      field("NumApprovalsThreshold", &ConstructorParams::num_approvals_threshold),
                      field("UnlockDuration", &ConstructorParams::unlock_duration),
                      field("StartEpoch", &ConstructorParams::start_epoch));
};
struct ProposeParams {
  Address to;
  TokenAmount value;
  MethodNum method = 0;
  Bytes params;
  static constexpr auto fields =
      nelumbo::fields(field("To", &ProposeParams::to), field("Value", &ProposeParams::value),
                      field("Method", &ProposeParams::method), field("Params", &ProposeParams::params));
};
struct ProposeReturn {
  int64_t txn_id = 0;
  bool applied = false;
  ExitCode code = 0;
  Bytes ret;
  static constexpr auto fields =
      nelumbo::fields(field("TxnID", &ProposeReturn::txn_id), field("Applied", &ProposeReturn::applied),
                      field("Code", &ProposeReturn::code), field("Ret", &ProposeReturn::ret));
};
/// Parameters of Approve and Cancel. The hash, when there is one, must be that of the proposal.
struct TxnIdParams {
  int64_t id = 0;
  Bytes proposal_hash;
  static constexpr auto fields =
      nelumbo::fields(field("ID", &TxnIdParams::id), field("ProposalHash", &TxnIdParams::proposal_hash));
};
struct ApproveReturn {
  bool applied = false;
  ExitCode code = 0;
  Bytes ret;
  static constexpr auto fields =
      nelumbo::fields(field("Applied", &ApproveReturn::applied), field("Code", &ApproveReturn::code),
                      field("Ret", &ApproveReturn::ret));
};
struct AddSignerParams {
  Address signer;
  bool increase = false;
  static constexpr auto fields =
      nelumbo::fields(field("Signer", &AddSignerParams::signer), field("Increase", &AddSignerParams::increase));
};
struct RemoveSignerParams {
  Address signer;
  bool decrease = false;
  static constexpr auto fields =
      nelumbo::fields(field("Signer", &RemoveSignerParams::signer), field("Decrease", &RemoveSignerParams::decrease));
};
struct SwapSignerParams {
  Address from;
  Address to;
  static constexpr auto fields =
      nelumbo::fields(field("From", &SwapSignerParams::from), field("To", &SwapSignerParams::to));
};
struct ChangeThresholdParams {
  uint64_t new_threshold = 0;
  static constexpr auto fields = nelumbo::fields(field("NewThreshold", &ChangeThresholdParams::new_threshold));
};
struct LockBalanceParams {
  ChainEpoch start_epoch = 0;
  ChainEpoch unlock_duration = 0;
  TokenAmount amount;
  static constexpr auto fields = nelumbo::fields(field("StartEpoch", &LockBalanceParams::start_epoch),
                                                 field("UnlockDuration", &LockBalanceParams::unlock_duration),
                                                 field("Amount", &LockBalanceParams::amount));
};
}  // namespace multisig

namespace paych {
struct ConstructorParams {
  Address from;
  Address to;
  static constexpr auto fields =
      nelumbo::fields(field("From", &ConstructorParams::from), field("To", &ConstructorParams::to));
};
struct ModVerifyParams {
  Address actor;
  MethodNum method = 0;
  Bytes data;
  static constexpr auto fields =
      nelumbo::fields(field("Actor", &ModVerifyParams::actor), field("Method", &ModVerifyParams::method),
                      field("Data", &ModVerifyParams::data));
};
struct Merge {
  uint64_t lane = 0;
  uint64_t nonce = 0;
  static constexpr auto fields = nelumbo::fields(field("Lane", &Merge::lane), field("Nonce", &Merge::nonce));
};
struct SignedVoucher {
  Address channel_addr;
  ChainEpoch time_lock_min = 0;
  ChainEpoch time_lock_max = 0;
  Bytes secret_hash;
  std::optional<ModVerifyParams> extra;
  uint64_t lane = 0;
  uint64_t nonce = 0;
  BigInt amount;
  ChainEpoch min_settle_height = 0;
  std::vector<Merge> merges;
  std::optional<Signature> signature;
  static constexpr auto fields = nelumbo::fields(
      field("ChannelAddr", &SignedVoucher::channel_addr), field("TimeLockMin", &SignedVoucher::time_lock_min),
      field("TimeLockMax", &SignedVoucher::time_lock_max), field("SecretHash", &SignedVoucher::secret_hash),
      field("Extra", &SignedVoucher::extra), field("Lane", &SignedVoucher::lane), field("Nonce", &SignedVoucher::nonce),
      field("Amount", &SignedVoucher::amount), field("MinSettleHeight", &SignedVoucher::min_settle_height),
      field("Merges", &SignedVoucher::merges), field("Signature", &SignedVoucher::signature));
};
struct UpdateChannelStateParams {
  SignedVoucher sv;
  Bytes secret;
  static constexpr auto fields =
      nelumbo::fields(field("Sv", &UpdateChannelStateParams::sv), field("Secret", &UpdateChannelStateParams::secret));
};
}  // namespace paych

namespace eam {
struct CreateParams {
  Bytes initcode;
  uint64_t nonce = 0;
  static constexpr auto fields =
      nelumbo::fields(field("Initcode", &CreateParams::initcode), field("Nonce", &CreateParams::nonce));
};
struct Create2Params {
  Bytes initcode;
  std::array<uint8_t, 32> salt{};
  static constexpr auto fields =
      nelumbo::fields(field("Initcode", &Create2Params::initcode), field("Salt", &Create2Params::salt));
};
/// Of all three ways to create a contract.
struct CreateReturn {
  ActorId actor_id = 0;
  Address robust_address;
  std::array<uint8_t, 20> eth_address{};
  static constexpr auto fields =
      nelumbo::fields(field("ActorID", &CreateReturn::actor_id), field("RobustAddress", &CreateReturn::robust_address),
                      field("EthAddress", &CreateReturn::eth_address));
};
}  // namespace eam

namespace evm {
struct ConstructorParams {
  std::array<uint8_t, 20> creator{};
  Bytes initcode;
  static constexpr auto fields =
      nelumbo::fields(field("Creator", &ConstructorParams::creator), field("Initcode", &ConstructorParams::initcode));
};
/// JSON {"Cid"}, CBOR the link alone or null for a contract that is gone.
struct GetBytecodeReturn {
  std::optional<Cid> cid;
  static constexpr auto fields = nelumbo::fields(field("Cid", &GetBytecodeReturn::cid));
};
struct GetStorageAtParams {
  std::array<uint8_t, 32> storage_key{};
  static constexpr auto fields = nelumbo::fields(field("StorageKey", &GetStorageAtParams::storage_key));
};
struct DelegateCallParams {
  Cid code;
  Bytes input;
  std::array<uint8_t, 20> caller{};
  TokenAmount value;
  static constexpr auto fields =
      nelumbo::fields(field("Code", &DelegateCallParams::code), field("Input", &DelegateCallParams::input),
                      field("Caller", &DelegateCallParams::caller), field("Value", &DelegateCallParams::value));
};
}  // namespace evm

}  // namespace nelumbo::actors
