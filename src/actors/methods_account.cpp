// Methods of accounts and of the system: account, init, cron, system, multisig, payment channel, EVM.

#include "method_tables.hpp"

namespace nelumbo::actors {

const MethodTable& account_methods() {
  static const MethodTable table{
      method<Address, Empty>(1, "Constructor"),
      method<Empty, Address>(2, "PubkeyAddress"),
      method<account::AuthenticateMessageParams, bool>(2643134072, "AuthenticateMessage"),
  };
  return table;
}

const MethodTable& init_methods() {
  static const MethodTable table{
      method<init::ConstructorParams, Empty>(1, "Constructor"),
      method<init::ExecParams, init::ExecReturn>(2, "Exec"),
      method<init::Exec4Params, init::ExecReturn>(3, "Exec4"),
  };
  return table;
}

const MethodTable& cron_methods() {
  static const MethodTable table{
      method<CronState, Empty>(1, "Constructor"),
      method<Empty, Empty>(2, "EpochTick"),
  };
  return table;
}

const MethodTable& system_methods() {
  static const MethodTable table{
      method<Empty, Empty>(1, "Constructor"),
  };
  return table;
}

const MethodTable& multisig_methods() {
  static const MethodTable table{
      method<multisig::ConstructorParams, Empty>(1, "Constructor"),
      method<multisig::ProposeParams, multisig::ProposeReturn>(2, "Propose"),
      method<multisig::ProposeParams, multisig::ProposeReturn>(1696838335, "ProposeExported"),
      method<multisig::TxnIdParams, multisig::ApproveReturn>(3, "Approve"),
      method<multisig::TxnIdParams, multisig::ApproveReturn>(1289044053, "ApproveExported"),
      method<multisig::TxnIdParams, Empty>(4, "Cancel"),
      method<multisig::TxnIdParams, Empty>(3365893656, "CancelExported"),
      method<multisig::AddSignerParams, Empty>(5, "AddSigner"),
      method<multisig::AddSignerParams, Empty>(3028530033, "AddSignerExported"),
      method<multisig::RemoveSignerParams, Empty>(6, "RemoveSigner"),
      method<multisig::RemoveSignerParams, Empty>(21182899, "RemoveSignerExported"),
      method<multisig::SwapSignerParams, Empty>(7, "SwapSigner"),
      method<multisig::SwapSignerParams, Empty>(3968117037, "SwapSignerExported"),
      method<multisig::ChangeThresholdParams, Empty>(8, "ChangeNumApprovalsThreshold"),
      method<multisig::ChangeThresholdParams, Empty>(3375931653, "ChangeNumApprovalsThresholdExported"),
      method<multisig::LockBalanceParams, Empty>(9, "LockBalance"),
      method<multisig::LockBalanceParams, Empty>(1999470977, "LockBalanceExported"),
      method<RawBytes, Empty>(3726118371, "UniversalReceiverHook"),
  };
  return table;
}

const MethodTable& payment_channel_methods() {
  static const MethodTable table{
      method<paych::ConstructorParams, Empty>(1, "Constructor"),
      method<paych::UpdateChannelStateParams, Empty>(2, "UpdateChannelState"),
      method<Empty, Empty>(3, "Settle"),
      method<Empty, Empty>(4, "Collect"),
  };
  return table;
}

const MethodTable& eth_account_methods() {
  static const MethodTable table{
      method<Empty, Empty>(1, "Constructor"),
  };
  return table;
}

const MethodTable& eam_methods() {
  static const MethodTable table{
      method<Empty, Empty>(1, "Constructor"),
      method<eam::CreateParams, eam::CreateReturn>(2, "Create"),
      method<eam::Create2Params, eam::CreateReturn>(3, "Create2"),
      method<Bytes, eam::CreateReturn>(4, "CreateExternal"),
  };
  return table;
}

const MethodTable& evm_methods() {
  static const MethodTable table{
      method<evm::ConstructorParams, Empty>(1, "Constructor"),
      method<evm::ConstructorParams, Empty>(2, "Resurrect"),
      method<Empty, evm::GetBytecodeReturn>(3, "GetBytecode"),
      method<Empty, Bytes>(4, "GetBytecodeHash"),
      method<evm::GetStorageAtParams, Bytes>(5, "GetStorageAt"),
      method<evm::DelegateCallParams, Bytes>(6, "InvokeContractDelegate"),
      method<Bytes, Bytes>(3844450837, "InvokeContract"),
  };
  return table;
}

}  // namespace nelumbo::actors
