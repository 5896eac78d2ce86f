// Which commands each program has.
#include <csignal>
#include <iostream>

#include "cli/cli.hpp"
#include "command.hpp"
#include "node/version.hpp"

namespace nelumbo::cli {
namespace {

std::vector<std::string> arguments(int argc, char** argv) { return {argv + std::min(argc, 1), argv + argc}; }

std::vector<Flag> common_flags() {
  return {text("--repo", "repository of the daemon (LOTUS_PATH, default ~/.lotus)"),
          toggle("--color", "accepted for compatibility: output has no colour"),
          toggle("--vv", "accepted for compatibility: enables very verbose mode")};
}

}  // namespace

Program lotus_program() {
  Program out{.name = "lotus",
              .about = "Filecoin decentralized storage network client",
              .version = std::string(node::kVersion)};
  out.flags = common_flags();
  out.flags.push_back(toggle("--force-send", "if true, will ignore pre-send checks"));
  out.groups = {{"auth", "Manage RPC permissions"},
                {"chain", "Interact with filecoin blockchain"},
                {"devnet", "Run a Filecoin network of your own"},
                {"log", "Manage logging"},
                {"market", "Inspect the storage market actor"},
                {"mpool", "Manage message pool"},
                {"net", "Manage P2P Network"},
                {"state", "Interact with and query filecoin chain state"},
                {"sync", "Inspect or interact with the chain syncer"},
                {"wallet", "Manage wallet"}};
  out.group_flags = {
      {"state", {text("--tipset", "specify tipset to call method on: @head, @HEIGHT, or CIDs with commas between")}}};
  for (auto table : {daemon_commands, devnet_commands, send_commands, wallet_commands, info_commands, net_commands,
                     chain_commands, chain_export_commands, chain_prune_commands, state_commands, state_miner_commands,
                     mpool_commands, sync_commands, auth_commands, common_commands, params_commands}) {
    out.add(table());
  }
  return out;
}

Program lotus_miner_program() {
  Program out{.name = "lotus-miner",
              .about = "Filecoin decentralized storage network miner",
              .version = std::string(node::kVersion)};
  out.owner = Owner::miner;
  out.flags = common_flags();
  out.flags.push_back(text("--miner-repo", "repository of the miner (LOTUS_MINER_PATH, default ~/.lotusminer)"));
  out.flags.push_back(text("--actor,-a", "other actor to query / manipulate"));
  out.groups = {{"actor", "manipulate the miner actor"},
                {"auth", "Manage RPC permissions"},
                {"config", "Manage node config"},
                {"log", "Manage logging"},
                {"net", "Manage P2P Network"},
                {"proving", "View proving information"},
                {"sealing", "interact with sealing pipeline"},
                {"sectors", "interact with sector store"},
                {"storage", "manage sector storage"}};
  for (auto table :
       {miner_commands, miner_info_commands, miner_proving_commands, miner_actor_commands, miner_sectors_commands,
        miner_sectors_batch_commands, miner_sectors_chain_commands, miner_storage_commands, miner_sealing_commands,
        net_commands, auth_commands, common_commands, params_commands}) {
    out.add(table());
  }
  return out;
}

Program lotus_message_program() {
  Program out{.name = "lotus-message",
              .about = "Filecoin message server: keys and nonces of many senders in one place",
              .version = std::string(node::kVersion)};
  out.owner = Owner::message;
  out.flags = common_flags();
  out.flags.push_back(text("--message-repo", "repository of the server (LOTUS_MESSAGE_PATH, default ~/.lotusmessage)"));
  out.groups = {{"auth", "Manage the server's tokens"},
                {"config", "Print the configuration"},
                {"log", "Manage logging"},
                {"message", "See and steer messages"},
                {"net", "Manage P2P Network"},
                {"wallet", "Manage the server's keys and nonces"}};
  for (auto table : {message_daemon_commands, message_wallet_commands, message_commands, message_send_commands,
                     message_auth_commands, net_basic_commands, common_commands}) {
    out.add(table());
  }
  return out;
}

int run_lotus(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  return run_program(lotus_program(), arguments(argc, argv), std::cout, std::cerr);
}

int run_lotus_message(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  return run_program(lotus_message_program(), arguments(argc, argv), std::cout, std::cerr);
}

int run_lotus_miner(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  return run_program(lotus_miner_program(), arguments(argc, argv), std::cout, std::cerr);
}

}  // namespace nelumbo::cli
