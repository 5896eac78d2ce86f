#pragma once
// How commands print: tables, sizes, durations, JSON, progress.

#include <chrono>
#include <iosfwd>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "rpc/methods.hpp"

namespace nelumbo::cli {

/// Rows under columns; a column that no row fills is not shown.
class Table {
 public:
  explicit Table(std::vector<std::string> columns) : columns_(std::move(columns)) {}
  void add(std::map<std::string, std::string> row) { rows_.push_back(std::move(row)); }
  void print(std::ostream& out) const;

 private:
  std::vector<std::string> columns_;
  std::vector<std::map<std::string, std::string>> rows_;
};

/// A progress bar on a terminal (redrawn in place), a line per tenth elsewhere. Thread-safe.
class Progress {
 public:
  explicit Progress(std::ostream& out);
  ~Progress();
  void show(std::string_view step, double part);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// "1.5 KiB" with four significant digits, as lotus's SizeStr.
std::string byte_size(const BigInt& bytes);
/// "40 Ki", as lotus prints quality-adjusted power; "0 B" for none.
std::string power_size(const BigInt& power);
/// a / b * 100 as "12.3456%", four decimals.
std::string percent(const BigInt& a, const BigInt& b);
/// "[cid cid]".
std::string cid_list(const std::vector<Cid>& cids);
/// JSON indented by two spaces; the text itself when it is no JSON.
std::string pretty_json(std::string_view json);
/// Seconds since the Unix epoch as "Jan  2 15:04:05", local time.
std::string stamp(uint64_t unix_seconds);
/// "10m", "1h30m", "90s", "500ms".
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
/// "1h2m3s".
std::string duration_string(std::chrono::seconds duration);

/// Quotes a text for JSON.
std::string json_string(std::string_view text);
/// A value as the API would give it, as JSON text.
template <class M>
std::string value_json(const M&, const rpc::MethodValue<M>& value) {
  std::string out;
  rpc::MethodCodec<M>::put_value(out, value);
  return out;
}
/// Prints a method's value as JSON.
template <class Context, class M>
void print_json(Context& context, const M& method, const rpc::MethodValue<M>& value) {
  context.print("{}", pretty_json(value_json(method, value)));
}
/// As JSON where that is asked for, else `text` prints it.
template <class Context, class M, class F>
void print_value(Context& context, const M& method, const rpc::MethodValue<M>& value, F text) {
  context.json() ? print_json(context, method, value) : text();
}

}  // namespace nelumbo::cli
