#pragma once
// What peers send one another on request streams: hello and chain exchange, one CBOR item each way.
// Source of the shapes and limits: lotus node/hello and chain/exchange.

#include "chain/messages.hpp"
#include "types/block.hpp"
#include "types/network.hpp"

namespace nelumbo::net {

inline constexpr std::string_view kHelloProtocol = "/fil/hello/1.0.0";
inline constexpr std::string_view kExchangeProtocol = "/fil/chain/xchg/0.0.1";

/// Blocks of one tipset at most, anywhere on the wire. Five are expected; more than thirty do not happen.
inline constexpr size_t kMaxTipsetBlocks = 256;

// ---- hello ----

/// What a node says first to another.
struct Hello {
  std::vector<Cid> head;
  ChainEpoch height = 0;
  BigInt weight;
  Cid genesis;
  static constexpr auto fields =
      nelumbo::fields(field("HeaviestTipSet", &Hello::head), field("HeaviestTipSetHeight", &Hello::height),
                      field("HeaviestTipSetWeight", &Hello::weight), field("GenesisHash", &Hello::genesis));
  friend bool operator==(const Hello&, const Hello&) = default;
};

/// The answer: when the hello came in and when this left, Unix nanoseconds.
struct HelloAnswer {
  int64_t arrival = 0;
  int64_t sent = 0;
  static constexpr auto fields =
      nelumbo::fields(field("TArrival", &HelloAnswer::arrival), field("TSent", &HelloAnswer::sent));
  friend bool operator==(const HelloAnswer&, const HelloAnswer&) = default;
};

Result<Hello> decode_hello(BytesView data);
Result<HelloAnswer> decode_hello_answer(BytesView data);

// ---- chain exchange ----

/// Tipsets that may be asked for at once.
inline constexpr uint64_t kMaxExchangeLength = kChainFinality;

namespace exchange_option {
inline constexpr uint64_t kHeaders = 1, kMessages = 2;
}

/// Asks for `length` tipsets, the one of `head` and its ancestors.
struct ExchangeRequest {
  std::vector<Cid> head;
  uint64_t length = 0;
  uint64_t options = 0;  ///< bits of exchange_option
  static constexpr auto fields =
      nelumbo::fields(field("Head", &ExchangeRequest::head), field("Length", &ExchangeRequest::length),
                      field("Options", &ExchangeRequest::options));
  friend bool operator==(const ExchangeRequest&, const ExchangeRequest&) = default;
};

enum class ExchangeStatus : uint64_t {
  ok = 0,
  partial = 101,  ///< fewer tipsets than asked for, at least the first
  not_found = 201,
  go_away = 202,
  internal_error = 203,
  bad_request = 204,
};

/// The answer. Each tipset stays encoded until it is its turn, so that a lie at the front costs nothing behind it.
struct ExchangeResponse {
  ExchangeStatus status = ExchangeStatus::ok;
  std::string error;           ///< for a person
  std::vector<RawCbor> chain;  ///< ExchangeTipset each, newest first
  static constexpr auto fields =
      nelumbo::fields(field("Status", &ExchangeResponse::status), field("ErrorMessage", &ExchangeResponse::error),
                      field("Chain", &ExchangeResponse::chain));
  friend bool operator==(const ExchangeResponse&, const ExchangeResponse&) = default;
};

/// All messages of a tipset, each once. includes[b] are the places in the list of what block b holds, in its order.
struct CompactedMessages {
  std::vector<Message> bls;
  std::vector<std::vector<uint64_t>> bls_includes;
  std::vector<SignedMessage> secp;
  std::vector<std::vector<uint64_t>> secp_includes;
  static constexpr auto fields = nelumbo::fields(
      field("Bls", &CompactedMessages::bls), field("BlsIncludes", &CompactedMessages::bls_includes),
      field("Secpk", &CompactedMessages::secp), field("SecpkIncludes", &CompactedMessages::secp_includes));
  friend bool operator==(const CompactedMessages&, const CompactedMessages&) = default;
};

/// One tipset of an answer: the headers when they were asked for, the messages when those were.
struct ExchangeTipset {
  std::vector<BlockHeader> blocks;
  std::optional<CompactedMessages> messages;
  static constexpr auto fields =
      nelumbo::fields(field("Blocks", &ExchangeTipset::blocks), field("Messages", &ExchangeTipset::messages));
  friend bool operator==(const ExchangeTipset&, const ExchangeTipset&) = default;
};

/// Decodes and checks: a head of 1 to kMaxTipsetBlocks blocks, a length of 1 to kMaxExchangeLength, an option set.
Result<ExchangeRequest> decode_exchange_request(BytesView data);
/// At most `max_tipsets` of them; they stay encoded.
Result<ExchangeResponse> decode_exchange_response(BytesView data, size_t max_tipsets);
/// Bounded in blocks and messages (kMaxTipsetBlocks; of each kind 10,000 a block and 150,000 in all).
Result<ExchangeTipset> decode_exchange_tipset(BytesView data);

/// Brings the messages of a tipset's blocks together, each once.
CompactedMessages compact(const std::vector<chain::FullBlock>& blocks);
/// The way back: block by block in the order of `tipset`. Checks places and counts, and that the messages have the root
/// that each header names.
Result<std::vector<chain::FullBlock>> expand(const Tipset& tipset, const CompactedMessages& messages);

// ---- gossip ----

/// "/fil/blocks/<network>", "/fil/msgs/<network>".
std::string blocks_topic(std::string_view network);
std::string messages_topic(std::string_view network);

}  // namespace nelumbo::net
