#pragma once
// What the parts of the service share.

#include <atomic>

#include "committed.hpp"
#include "deliveries.hpp"
#include "ledger.hpp"
#include "messager/service.hpp"
#include "news.hpp"
#include "nodes.hpp"
#include "senders.hpp"

namespace nelumbo::messager {

/// How long a worker sleeps when nothing wakes it. What another server did to the database is seen so late at most.
inline constexpr std::chrono::milliseconds kPoll{1000};

/// Seconds from creation to the chain, as a Prometheus histogram.
struct Latency {
  static constexpr std::array<int64_t, 10> kBounds{5, 15, 30, 60, 120, 300, 600, 1800, 3600, 86400};
  std::array<std::atomic<uint64_t>, kBounds.size() + 1> counts{};
  std::atomic<int64_t> sum_ms = 0;

  void observe(int64_t ms) {
    size_t i = 0;
    while (i < kBounds.size() && ms > kBounds[i] * 1000) ++i;
    ++counts[i];
    sum_ms += ms;
  }
};

struct Counters {
  std::atomic<uint64_t> accepted = 0;     ///< messages stored
  std::atomic<uint64_t> landed = 0;       ///< found on chain
  std::atomic<uint64_t> reorganised = 0;  ///< taken off the chain again
  std::atomic<uint64_t> replaced = 0;
  std::atomic<uint64_t> gossiped = 0;
  Latency latency;
};

/// A node as a place that messages are pushed to.
struct Outlet {
  Deliveries deliveries;
  Inbox inbox;
  std::atomic<uint64_t> pushed = 0, failed = 0;
};

struct Core {
  Core(ServiceConfig c, std::shared_ptr<Book> b, std::vector<std::shared_ptr<ChainNode>> n,
       std::shared_ptr<p2p::Transport> t, std::shared_ptr<Clock> k)
      : config(std::move(c)), book(std::move(b)), clock(k), nodes(std::move(n), std::move(k)), transport(std::move(t)) {
    for (size_t i = 0; i < nodes.size(); ++i) outlets.push_back(std::make_unique<Outlet>());
  }

  const ServiceConfig config;
  const std::shared_ptr<Book> book;
  const std::shared_ptr<Clock> clock;
  Nodes nodes;
  const std::shared_ptr<p2p::Transport> transport;  ///< may be null

  Ledger ledger;
  Senders senders;
  Committed committed;
  std::vector<std::unique_ptr<Outlet>> outlets;  ///< one for each node
  Outlet gossip;
  Counters counters;
  News news;  ///< heads have moved, or messages were found on chain
  std::atomic<bool> leader = false;
  std::atomic<bool> book_ok = true;
  std::atomic<bool> stopped = false;

  UnixMillis now_ms() const {
    return std::chrono::floor<std::chrono::milliseconds>(clock->now()).time_since_epoch().count();
  }
  ChainEpoch height() const {
    auto head = nodes.head();
    return head ? head->height() : 0;
  }
  /// All workers that publish.
  template <class F>
  void each_inbox(F f) {
    for (auto& outlet : outlets) f(outlet->inbox);
    f(gossip.inbox);
  }
  void fresh_message(const Address& sender) {
    each_inbox([&](Inbox& inbox) { inbox.sender(sender); });
  }
  void resend(const Address& sender, uint64_t nonce) {
    each_inbox([&](Inbox& inbox) { inbox.resend(sender, nonce); });
  }
  /// Says once that the database does not answer, and once that it does again.
  void book_answer(const Result<>& answer);
  /// Reads the ledger anew and wakes the workers for what is new.
  void refresh_ledger();

  /// Why the lowest message of a sender is not replaced though its fee keeps it off the chain.
  struct FeeNote {
    uint64_t nonce = 0;
    std::string text;
  };
  void set_fee_note(const Address& sender, std::optional<FeeNote> note);
  std::optional<FeeNote> fee_note(const Address& sender) const;

 private:
  mutable std::mutex notes_mutex_;
  std::map<Address, FeeNote> fee_notes_;
};

}  // namespace nelumbo::messager
