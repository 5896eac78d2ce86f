// lotus-fountain …
#include "node/fountain.hpp"

#include <csignal>
#include <iostream>

#include "cli/cli.hpp"
#include "command.hpp"
#include "node/repo.hpp"
#include "node/version.hpp"

namespace nelumbo::cli {
namespace {

std::optional<std::string> given_text(const Context& context, const std::string& flag) {
  if (!context.given(flag)) return std::nullopt;
  return context.text(flag);
}

Result<> run(Context& context) {
  node::FountainOptions options;
  options.repository = context.given("fountain-repo") ? expand_home(context.text("fountain-repo"))
                                                      : node::default_repository(node::RepoKind::fountain);
  options.daemon_repository = context.repository;
  options.front = given_text(context, "front");
  options.from = given_text(context, "from");
  options.amount = given_text(context, "amount");
  options.interval = given_text(context, "interval");
  return node::run_fountain(options);
}

}  // namespace

Program lotus_fountain_program() {
  Program out{.name = "lotus-fountain",
              .about = "Faucet of a test network: a web page that gives FIL to a wallet",
              .version = std::string(node::kVersion)};
  out.flags = {text("--repo", "repository of the daemon that is asked (LOTUS_PATH, default ~/.lotus)"),
               text("--fountain-repo", "where grants are kept (LOTUS_FOUNTAIN_PATH, default ~/.lotusfountain)")};
  out.add({{"run",
            "",
            "Start the faucet. It sends through the message server of MESSAGE_API_INFO, or else through the daemon",
            {text("--front", "HOST:PORT of the web page (default: of the configuration, 127.0.0.1:7777)"),
             text("--from", "wallet that pays (default: of the configuration, or the only one)"),
             text("--amount", "FIL of one grant (default: of the configuration, 10 FIL)"),
             text("--interval", "time in which a wallet gets one grant (default: of the configuration, 10m)")},
            0,
            0,
            run}});
  return out;
}

int run_lotus_fountain(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  return run_program(lotus_fountain_program(), {argv + std::min(argc, 1), argv + argc}, std::cout, std::cerr);
}

}  // namespace nelumbo::cli
