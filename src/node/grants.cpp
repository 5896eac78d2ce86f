#include "grants.hpp"

#include <algorithm>

#include "crypto/uuid.hpp"
#include "process_api.hpp"
#include "types/eth_address.hpp"

namespace nelumbo::node {

namespace {

constexpr std::string_view kGrantSpace = "grants";    ///< by time and uuid
constexpr std::string_view kWalletSpace = "wallets";  ///< address -> key of its newest grant
constexpr int64_t kHour = 3'600'000;                  ///< milliseconds
constexpr ActorId kFirstOrdinaryActor = 100;          ///< below are the actors that every chain begins with

Bytes time_key(int64_t millis, std::string_view uuid) {
  Bytes key;
  for (int shift = 56; shift >= 0; shift -= 8) key.push_back(static_cast<uint8_t>(millis >> shift));
  key.insert(key.end(), uuid.begin(), uuid.end());
  return key;
}

std::string in_words(int64_t millis) {
  const int64_t seconds = std::max<int64_t>(1, (millis + 999) / 1000);
  if (seconds < 120) return fmt::format("{} s", seconds);
  return fmt::format("{} min", (seconds + 59) / 60);
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string moment(int64_t millis) { return rfc3339(TimePoint(std::chrono::milliseconds(millis))); }

}  // namespace

Result<Address> parse_wallet(const std::string& text) {
  const auto written = trimmed(text);
  if (written.empty()) return fail(ErrorCode::invalid, "no wallet was given: write its address, as f1… or t3…");
  if (written.starts_with("0x") || written.starts_with("0X")) {
    return TRY_IN("the Ethereum address", EthAddress::parse(written)).filecoin();
  }
  auto address = TRY(Address::parse(written));
  if (auto id = address.id(); id && *id < kFirstOrdinaryActor)
    return fail(ErrorCode::invalid, "{} is one of the network's own actors, not a wallet", address.str());
  return address;
}

Grants::Grants(GrantRules rules, GrantSteps steps, std::shared_ptr<KvStore> store, std::shared_ptr<Clock> clock)
    : rules_(std::move(rules)), steps_(std::move(steps)), store_(std::move(store)), clock_(std::move(clock)) {}

std::vector<std::string> Grants::spaces() { return {std::string(kGrantSpace), std::string(kWalletSpace)}; }

int64_t Grants::now() const {
  return std::chrono::floor<std::chrono::milliseconds>(clock_->now()).time_since_epoch().count();
}

Result<Grants::Names> Grants::names_of(const std::string& wallet) {
  auto address = TRY(parse_wallet(wallet));
  auto names = TRY(steps_.names(address));
  if (std::ranges::find(names, rules_.sender) != names.end())
    return fail(ErrorCode::invalid, "{} is the faucet's own wallet", address.str());
  return names;
}

Result<std::optional<Grants::Record>> Grants::newest(const Names& names) {
  std::optional<Record> out;
  for (const auto& name : names) {
    auto key = TRY(store_->get(kWalletSpace, name.bytes()));
    if (!key) continue;
    auto stored = TRY(store_->get(kGrantSpace, *key));
    if (!stored) continue;
    auto record = TRY_IN("a grant on disk", from_cbor<Record>(*stored));
    if (!out || record.since() > out->since()) out = std::move(record);
  }
  return out;
}

Result<> Grants::keep(const Record& record, const Names& names) {
  const auto key = time_key(record.claimed, record.uuid);
  std::vector<KvStore::Write> writes{{std::string(kGrantSpace), key, to_cbor(record)}};
  for (const auto& name : names) writes.push_back({std::string(kWalletSpace), name.bytes(), key});
  return in_context(store_->write(writes, true), "keeping the grant");
}

Result<std::vector<int64_t>> Grants::recent() {
  std::vector<int64_t> out;
  TRY(store_->scan(kGrantSpace, time_key(std::max<int64_t>(0, now() - kHour), {}), [&](BytesView key, BytesView) {
    int64_t millis = 0;
    for (size_t i = 0; i < 8 && i < key.size(); ++i) millis = (millis << 8) | key[i];
    out.push_back(millis);
    return true;
  }));
  return out;
}

Result<int64_t> Grants::hourly_left() {
  const auto given = static_cast<int64_t>(TRY(recent()).size());
  return std::max<int64_t>(0, rules_.hourly_limit - given);
}

Result<> Grants::refuse_early(const Record& last) const {
  const int64_t next = last.since() + std::chrono::milliseconds(rules_.interval).count();
  const int64_t left = next - now();
  if (left <= 0) return {};
  return fail(ErrorCode::exists, "this wallet got {} at {}; the next grant is possible in {}, at {}",
              fil_string(last.message.value), moment(last.since()), in_words(left), moment(next));
}

Result<Grants::Record> Grants::claim(const Names& names) {
  std::lock_guard lock(mutex_);
  if (auto last = TRY(newest(names))) {
    if (!last->cid) return *std::move(last);  // claimed, but nobody said that it was sent
    TRY(refuse_early(*last));
  }
  auto given = TRY(recent());
  if (static_cast<int64_t>(given.size()) >= rules_.hourly_limit) {
    const int64_t left = given.empty() ? kHour : given.front() + kHour - now();
    return fail(ErrorCode::exhausted, "the faucet has given out its {} grants of this hour; the next is possible in {}",
                rules_.hourly_limit, in_words(left));
  }
  Record record;
  record.uuid = new_uuid();
  record.claimed = now();
  record.message.from = rules_.sender;
  record.message.to = names.front();
  record.message.value = rules_.amount;
  TRY(keep(record, names));
  return record;
}

Result<rpc::FountainGrantState> Grants::grant(const std::string& wallet) {
  auto names = TRY(names_of(wallet));
  auto record = TRY(claim(names));
  auto sent = steps_.send(record.message, record.uuid);
  if (!sent) {
    return std::unexpected(
        std::move(sent).error().in("the grant was not sent (asking again is safe: it stays one grant)"));
  }
  record.cid = *sent;
  record.sent = now();
  {
    std::lock_guard lock(mutex_);
    TRY(keep(record, names));
  }
  return describe(wallet, record);
}

Result<rpc::FountainGrantState> Grants::state(const std::string& wallet) {
  auto names = TRY(names_of(wallet));
  auto record = TRY(newest(names));
  if (record) return describe(wallet, *record);
  rpc::FountainGrantState out;
  out.wallet = wallet;
  out.state = "none";
  return out;
}

Result<rpc::FountainGrantState> Grants::describe(const std::string& wallet, const Record& record) {
  rpc::FountainGrantState out;
  out.wallet = wallet;
  out.amount = record.message.value;
  out.granted = moment(record.since());
  out.cid = record.cid;
  const int64_t next = record.since() + std::chrono::milliseconds(rules_.interval).count();
  out.next_seconds = record.cid ? std::max<int64_t>(0, (next - now() + 999) / 1000) : 0;
  out.state = "sending";
  if (!record.cid) return out;
  auto fate = steps_.fate(*record.cid);
  if (!fate) {
    out.state = "waiting";
    out.detail = fate.error().message;
    return out;
  }
  out.cid = fate->cid;
  out.state = std::move(fate->state);
  out.detail = std::move(fate->detail);
  out.epoch = fate->epoch;
  return out;
}

}  // namespace nelumbo::node
