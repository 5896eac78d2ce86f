#include "sql.hpp"

#include <deque>

#include <soci/soci.h>

namespace nelumbo::messager {

namespace {

/// SOCI names what is bound: every '?' becomes a name of its own.
std::string named(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 64);
  size_t count = 0;
  for (char c : text) {
    if (c == '?') {
      out += ":v";
      out += std::to_string(count++);
    } else {
      out += c;
    }
  }
  return out;
}

/// What a statement's values point to while it runs.
struct Bound {
  std::deque<long long> numbers;
  std::deque<std::string> texts;
  soci::indicator null = soci::i_null;
};

void bind(soci::statement& statement, const std::vector<SqlValue>& values, Bound& bound) {
  for (const auto& value : values) {
    if (auto* number = std::get_if<int64_t>(&value)) {
      statement.exchange(soci::use(bound.numbers.emplace_back(*number)));
    } else if (auto* text = std::get_if<std::string>(&value)) {
      statement.exchange(soci::use(bound.texts.emplace_back(*text)));
    } else {
      statement.exchange(soci::use(bound.texts.emplace_back(), bound.null));
    }
  }
}

bool start(soci::statement& statement, std::string_view text) {
  statement.alloc();
  statement.prepare(named(text));
  statement.define_and_bind();
  return statement.execute(true);
}

}  // namespace

int64_t Sql::run(std::string_view text, const std::vector<SqlValue>& values) {
  Bound bound;
  soci::statement statement(session_);
  bind(statement, values, bound);
  start(statement, text);
  return statement.get_affected_rows();
}

std::vector<SqlRow> Sql::rows(size_t columns, std::string_view text, const std::vector<SqlValue>& values) {
  Bound bound;
  std::vector<std::string> fields(columns);
  std::vector<soci::indicator> indicators(columns);
  soci::statement statement(session_);
  bind(statement, values, bound);
  for (size_t i = 0; i < columns; ++i) statement.exchange(soci::into(fields[i], indicators[i]));
  std::vector<SqlRow> out;
  for (bool got = start(statement, text); got; got = statement.fetch()) {
    SqlRow& row = out.emplace_back(columns);
    for (size_t i = 0; i < columns; ++i) {
      if (indicators[i] != soci::i_null) row[i] = std::move(fields[i]);
      fields[i].clear();
    }
  }
  return out;
}

int64_t Sql::last_id() {
  long long id = 0;
  session_.get_last_insert_id("", id);
  return id;
}

std::string placeholders(size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += i == 0 ? "?" : ", ?";
  return out;
}

}  // namespace nelumbo::messager
