// The one place that knows the parser library: builds it from the tables, runs the command that was named.
#include <iostream>

#include <CLI/CLI.hpp>

#include "command.hpp"

namespace nelumbo::cli {
namespace {

std::string first_name(const Flag& flag) {
  auto name = flag.names.substr(0, flag.names.find(','));
  return name.substr(name.find_first_not_of('-'));
}

/// Where the parser puts what it read.
struct Parsed {
  const Command* command = nullptr;
  std::vector<std::string> args;
  std::map<std::string, std::string> values;
  std::map<std::string, CLI::Option*> options;
};

void add_flags(CLI::App& app, const std::vector<Flag>& flags, Parsed& parsed) {
  for (const auto& flag : flags) {
    auto name = first_name(flag);
    auto& value = parsed.values[name];
    value = flag.initial;
    auto* option = flag.kind == Flag::Kind::toggle ? app.add_flag(flag.names, value, flag.help)
                                                   : app.add_option(flag.names, value, flag.help);
    if (flag.kind != Flag::Kind::toggle) {
      option->type_name(flag.kind == Flag::Kind::number ? "NUMBER" : "TEXT");
      if (!flag.initial.empty()) option->default_str(flag.initial);
    }
    if (flag.kind == Flag::Kind::list) option->join(',');
    parsed.options[name] = option;
  }
}

/// The sub-command of a name, null when there is none.
CLI::App* find_group(CLI::App& app, const std::string& word) {
  for (auto* each : app.get_subcommands([](CLI::App*) { return true; })) {
    if (each->get_name() == word) return each;
  }
  return nullptr;
}

/// The sub-command of a name, made when it is not there.
CLI::App* group_of(CLI::App& app, const std::string& word, const Program& program, Parsed& group_values) {
  if (auto* found = find_group(app, word)) return found;
  auto it = program.groups.find(word);
  auto* made = app.add_subcommand(word, it == program.groups.end() ? "" : it->second);
  made->fallthrough();
  if (auto flags = program.group_flags.find(word); flags != program.group_flags.end())
    add_flags(*made, flags->second, group_values);
  return made;
}

/// Splits "chain getmessage|get-message" into its words.
std::vector<std::string> words_of(const std::string& path) {
  std::vector<std::string> out;
  for (size_t begin = 0; begin < path.size();) {
    size_t end = std::min(path.find(' ', begin), path.size());
    out.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

void add_command(CLI::App& app, const Command& command, const Program& program, Parsed& globals, Parsed& parsed,
                 const Command*& chosen, Parsed*& chosen_parsed) {
  auto words = words_of(command.path);
  auto* at = &app;
  for (size_t i = 0; i + 1 < words.size(); ++i) at = group_of(*at, words[i], program, globals);
  auto last = words.back();
  auto* made = find_group(*at, last.substr(0, last.find('|')));
  if (made == nullptr) made = at->add_subcommand(last.substr(0, last.find('|')), command.help);
  made->description(command.help);
  for (size_t bar = last.find('|'); bar != std::string::npos;) {
    size_t next = last.find('|', bar + 1);
    made->alias(last.substr(bar + 1, next == std::string::npos ? next : next - bar - 1));
    bar = next;
  }
  made->fallthrough();
  add_flags(*made, command.flags, parsed);
  if (command.max_args > 0)
    made->add_option("arguments", parsed.args, command.usage)->expected(0, static_cast<int>(command.max_args));
  parsed.command = &command;
  made->final_callback([&] {
    // A command of a command ("daemon stop") has been chosen before its parent.
    if (chosen != nullptr) return;
    chosen = &command;
    chosen_parsed = &parsed;
  });
}

void take_values(Context& context, const Parsed& parsed) {
  for (const auto& [name, value] : parsed.values) {
    if (!value.empty()) context.flags[name] = value;
  }
  for (const auto& [name, option] : parsed.options) {
    if (option->count() > 0) context.given_flags[name] = true;
  }
}

fs::path repository_of(const Context& context, const char* flag, const char* variable, const char* otherwise) {
  auto given = context.text(flag);
  if (!given.empty()) return expand_home(given);
  if (const char* value = std::getenv(variable); value != nullptr && *value != '\0') return expand_home(value);
  return expand_home(otherwise);
}

}  // namespace

int run_program(const Program& program, const std::vector<std::string>& arguments, std::ostream& out,
                std::ostream& err) {
  CLI::App app(program.about, program.name);
  app.set_version_flag("--version,-v", program.name + " version " + program.version);
  app.set_help_all_flag("--help-all", "Show help of all commands");
  app.require_subcommand(0, 1);
  Parsed globals;
  add_flags(app, program.flags, globals);
  const Command* chosen = nullptr;
  Parsed* chosen_parsed = nullptr;
  std::vector<std::unique_ptr<Parsed>> parsed;
  for (const auto& command : program.commands) {
    parsed.push_back(std::make_unique<Parsed>());
    add_command(app, command, program, globals, *parsed.back(), chosen, chosen_parsed);
  }
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::Success& wanted) {  // --help, --version
    return app.exit(wanted, out, err);
  } catch (const CLI::ParseError& wrong) {
    err << "ERROR: " << wrong.what() << " (see --help)\n";
    return 1;
  }
  if (chosen == nullptr) {
    // A group without a command, or nothing at all: what there is to choose from.
    const CLI::App* at = &app;
    while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
    out << at->help();
    return 0;
  }
  Context context(out, err);
  context.owner = program.owner;
  context.args = chosen_parsed->args;
  take_values(context, globals);
  take_values(context, *chosen_parsed);
  context.repository = repository_of(context, "repo", "LOTUS_PATH", "~/.lotus");
  context.miner_repository = repository_of(context, "miner-repo", "LOTUS_MINER_PATH", "~/.lotusminer");
  context.message_repository = repository_of(context, "message-repo", "LOTUS_MESSAGE_PATH", "~/.lotusmessage");
  if (context.args.size() < chosen->min_args) {
    err << "ERROR: incorrect number of arguments, got " << context.args.size() << ": " << program.name << " "
        << chosen->path.substr(0, chosen->path.find('|')) << " " << chosen->usage << "\n";
    return 1;
  }
  auto result = chosen->run(context);
  out.flush();
  if (result) return 0;
  err << "ERROR: " << result.error().message << "\n";
  return context.failure_status;
}

}  // namespace nelumbo::cli
