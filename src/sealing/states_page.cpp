// docs/sector-states.md, written from the table.
#include <fmt/format.h>

#include "sealing/table.hpp"

namespace nelumbo::sealing {

namespace {

std::string_view kind_text(StateKind kind) {
  switch (kind) {
    case StateKind::work:
      return "work on files";
    case StateKind::chain:
      return "chain";
    case StateKind::gather:
      return "waits for its message";
    case StateKind::message:
      return "message under way";
    case StateKind::failed:
      return "failed";
    case StateKind::rest:
      return "rest";
    case StateKind::deals:
      return "deals";
  }
  return "";
}

std::string duration_text(std::chrono::seconds time) {
  if (time.count() % 3600 == 0) return fmt::format("{} h", time.count() / 3600);
  return fmt::format("{} min", time.count() / 60);
}

std::string normal_text(const NormalTime& normal) {
  std::string out;
  auto add = [&](std::string part) { out += (out.empty() ? "" : " + ") + std::move(part); };
  if (normal.fixed.count() > 0) add(duration_text(normal.fixed));
  if (normal.per_32_gib.count() > 0) add(duration_text(normal.per_32_gib) + " for 32 GiB");
  if (normal.epochs > 0) add(fmt::format("{} epochs", normal.epochs));
  if (normal.batch_wait) add("the batch's wait");
  return out;
}

}  // namespace

std::string states_page() {
  std::string out =
      "# States of a sector\n\n"
      "Written from the table in `src/sealing/table.cpp` (`NELUMBO_WRITE_PAGES=1 test_sealing "
      "--gtest_filter='StatesPage.*'`); a test fails when it is not what the table gives.\n\n"
      "Each transition is on the disk before its effect. `remove` leads to Removing from every state but Removing and "
      "Removed and is left out of the picture; so are the states of deals that nothing leads to.\n\n"
      "```mermaid\nstateDiagram-v2\n  [*] --> Empty\n";
  for (const auto& each : transitions()) {
    out += fmt::format("  {} --> {}: {}\n", state_name(each.from), state_name(each.to), event_name(each.event));
  }
  out +=
      "  Removed --> [*]\n```\n\n| state | kind | what happens | normal time | tries | what an operator can do |\n"
      "|---|---|---|---|---|---|\n";
  for (const auto& row : state_rows()) {
    out += fmt::format("| {} | {} | {} | {} | {} | {} |\n", state_name(row.state), kind_text(row.kind), row.does,
                       normal_text(row.normal), row.tries == 0 ? "" : std::to_string(row.tries), row.help);
  }
  return out;
}

}  // namespace nelumbo::sealing
