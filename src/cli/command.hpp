#pragma once
// What a command is: a row of its group's table. The parser, the help texts and the checks follow from the tables.

#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "rpc/client.hpp"
#include "rpc/methods.hpp"

namespace nelumbo::cli {

struct Flag {
  enum class Kind { toggle, text, list, number };
  std::string names;  ///< "--count" or "--height,--epoch,-e"; the first is the one it is asked for by
  Kind kind = Kind::toggle;
  std::string help;
  std::string initial;  ///< default; for a toggle "true" or ""
};
inline Flag toggle(std::string names, std::string help, bool initial = false) {
  return {std::move(names), Flag::Kind::toggle, std::move(help), initial ? "true" : ""};
}
inline Flag text(std::string names, std::string help, std::string initial = "") {
  return {std::move(names), Flag::Kind::text, std::move(help), std::move(initial)};
}
/// May be given several times; the values arrive with commas between.
inline Flag many(std::string names, std::string help) {
  return {std::move(names), Flag::Kind::list, std::move(help), ""};
}
inline Flag number(std::string names, std::string help, std::string initial = "") {
  return {std::move(names), Flag::Kind::number, std::move(help), std::move(initial)};
}

/// Whose command line it is: "auth", "log" and "version" speak to that program's API.
enum class Owner { daemon, miner, message };
/// What is known of a program's API before anybody was asked.
struct OwnerInfo {
  const char* program;   ///< "lotus-miner"
  const char* variable;  ///< "MINER_API_INFO"
  const char* server;    ///< what must be running, "lotus-miner"
  rpc::Endpoint endpoint;
};
const OwnerInfo& owner_info(Owner owner);

/// What a command is given: its arguments and flags, the connection to the daemon, where to print.
class Context {
 public:
  Context(std::ostream& o, std::ostream& e) : out(o), err(e) {}

  std::ostream& out;
  std::ostream& err;
  std::vector<std::string> args;             ///< positional
  std::map<std::string, std::string> flags;  ///< by first name without dashes; only those given or with a default
  std::map<std::string, bool> given_flags;   ///< those on the command line
  fs::path repository;                       ///< of the daemon
  fs::path miner_repository;
  fs::path message_repository;
  Owner owner = Owner::daemon;
  int failure_status = 1;  ///< exit status when the command fails

  bool given(const std::string& flag) const { return given_flags.contains(flag); }
  bool on(const std::string& flag) const;
  std::string text(const std::string& flag) const;
  /// The values of a list flag.
  std::vector<std::string> texts(const std::string& flag) const;
  /// A number; `otherwise` when not given.
  Result<int64_t> number(const std::string& flag, int64_t otherwise = 0) const;
  bool json() const { return on("json"); }

  /// The daemon's API, connected at first use; sets the letter that addresses are printed with.
  Result<rpc::Client*> node(rpc::Client::Options options = {});
  /// The miner's API.
  Result<rpc::Client*> miner();
  /// The message server's API; sets the letter that addresses are printed with.
  Result<rpc::Client*> message();
  /// The API of the program this is the command line of.
  Result<rpc::Client*> own();
  Result<rpc::ApiInfo> own_api_info() const;

  /// Prints one line.
  template <class... Args>
  void print(fmt::format_string<Args...> format, Args&&... values) {
    write(fmt::format(format, std::forward<Args>(values)...));
  }

 private:
  void write(const std::string& line);
  Result<rpc::ApiInfo> api_info_of(Owner of) const;
  std::unique_ptr<rpc::Client> node_, miner_, message_;
};

struct Command {
  std::string path;   ///< "chain list"; several names of the last word: "chain getmessage|get-message"
  std::string usage;  ///< its arguments, "<messageCid>"
  std::string help;
  std::vector<Flag> flags;
  size_t min_args = 0, max_args = 0;
  std::function<Result<>(Context&)> run;
};

/// A program: its commands, and the flags that stand before or after any of them.
struct Program {
  std::string name, about, version;
  std::vector<Flag> flags;
  std::map<std::string, std::string> groups;             ///< "chain" -> "Interact with filecoin blockchain"
  std::map<std::string, std::vector<Flag>> group_flags;  ///< flags of all commands of a group
  std::vector<Command> commands;
  Owner owner = Owner::daemon;

  void add(std::vector<Command> more) {
    for (auto& each : more) commands.push_back(std::move(each));
  }
};

/// Parses and runs; gives the exit status.
int run_program(const Program& program, const std::vector<std::string>& arguments, std::ostream& out,
                std::ostream& err);

/// Set by SIGINT and SIGTERM while a command waits; false when the wait should go on.
bool interrupted();

// The tables, one per file.
std::vector<Command> chain_commands();
std::vector<Command> chain_export_commands();
std::vector<Command> chain_prune_commands();
std::vector<Command> state_commands();
std::vector<Command> state_miner_commands();
std::vector<Command> wallet_commands();
std::vector<Command> send_commands();
std::vector<Command> mpool_commands();
std::vector<Command> sync_commands();
std::vector<Command> auth_commands();    ///< of daemon and miner
std::vector<Command> common_commands();  ///< log, wait-api, version: of every program
std::vector<Command> info_commands();
std::vector<Command> net_commands();
std::vector<Command> net_basic_commands();  ///< those that every program with peers has
std::vector<Command> params_commands();
std::vector<Command> daemon_commands();
std::vector<Command> devnet_commands();
std::vector<Command> miner_commands();
std::vector<Command> miner_actor_commands();
std::vector<Command> miner_proving_commands();
std::vector<Command> miner_info_commands();
std::vector<Command> miner_sealing_commands();
std::vector<Command> miner_sectors_commands();
std::vector<Command> miner_sectors_chain_commands();
std::vector<Command> miner_sectors_batch_commands();
std::vector<Command> miner_storage_commands();
std::vector<Command> message_daemon_commands();
std::vector<Command> message_wallet_commands();
std::vector<Command> message_commands();
std::vector<Command> message_auth_commands();
std::vector<Command> message_send_commands();
Program lotus_program();
Program lotus_miner_program();
Program lotus_fountain_program();
Program lotus_message_program();

}  // namespace nelumbo::cli
