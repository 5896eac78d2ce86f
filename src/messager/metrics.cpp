#include "views.hpp"

namespace nelumbo::messager {

namespace {

/// Prometheus text, metric by metric.
class Text {
 public:
  void metric(std::string_view name, std::string_view type, std::string_view help) {
    name_ = fmt::format("nelumbo_messager_{}", name);
    out_ += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name_, help, type);
  }
  template <class T>
  void value(const std::string& labels, const T& value, std::string_view suffix = "") {
    out_ += fmt::format("{}{}{} {}\n", name_, suffix, labels.empty() ? "" : "{" + labels + "}", value);
  }
  std::string take() { return std::move(out_); }

 private:
  std::string name_, out_;
};

void put_wallets(Core& core, const LedgerView& ledger, Text& text) {
  auto each = [&](auto f) {
    for (const auto& [address, wallet] : ledger.wallets) {
      auto pending = ledger.pending.find(address);
      f(fmt::format("wallet=\"{}\"", address.str()), wallet,
        pending == ledger.pending.end() ? PendingSummary() : pending->second);
    }
  };
  text.metric("next_nonce", "gauge", "Nonce of the wallet's next message, in the table");
  each([&](const std::string& label, const WalletRow& wallet, const PendingSummary&) {
    text.value(label, wallet.nonce);
  });
  text.metric("chain_nonce", "gauge", "Nonce that the chain expects next of the wallet");
  each([&](const std::string& label, const WalletRow& wallet, const PendingSummary&) {
    if (auto facts = core.senders.newest(wallet.address)) text.value(label, facts->chain_nonce);
  });
  text.metric("pending", "gauge", "Messages of the wallet that are not on chain");
  each([&](const std::string& label, const WalletRow&, const PendingSummary& pending) {
    text.value(label, pending.count);
  });
  text.metric("oldest_wait_seconds", "gauge", "How long the wallet's oldest pending message has waited");
  each([&](const std::string& label, const WalletRow&, const PendingSummary& pending) {
    text.value(label, pending.count == 0 ? 0 : std::max<int64_t>(0, core.now_ms() - pending.oldest) / 1000);
  });
  text.metric("halted", "gauge", "1 while the wallet gets no nonces");
  each([&](const std::string& label, const WalletRow& wallet, const PendingSummary&) {
    text.value(label, wallet.halted.empty() ? 0 : 1);
  });
}

void put_nodes(Core& core, const LedgerView& ledger, Text& text) {
  auto each = [&](auto f) {
    for (size_t i = 0; i < core.nodes.size(); ++i) f(fmt::format("node=\"{}\"", core.nodes.name(i)), i);
  };
  text.metric("node_up", "gauge", "1 while the node answers");
  each([&](const std::string& label, size_t i) { text.value(label, core.nodes.view(i).ok ? 1 : 0); });
  text.metric("node_pushed_total", "counter", "Messages that the node's pool has taken");
  each([&](const std::string& label, size_t i) { text.value(label, core.outlets[i]->pushed.load()); });
  text.metric("node_push_failures_total", "counter", "Pushes that the node refused or did not answer");
  each([&](const std::string& label, size_t i) { text.value(label, core.outlets[i]->failed.load()); });
  text.metric("node_queued", "gauge", "Messages within the windows that the node's pool has not taken");
  each([&](const std::string& label, size_t i) {
    uint64_t queued = 0;
    for (const auto& [address, pending] : ledger.pending) queued += missing_at(core, i, address, ledger);
    text.value(label, queued);
  });
}

void put_latency(const Latency& latency, Text& text) {
  text.metric("landing_seconds", "histogram", "Seconds from a message's creation until it was found on chain");
  uint64_t count = 0;
  for (size_t i = 0; i < Latency::kBounds.size(); ++i) {
    count += latency.counts[i];
    text.value(fmt::format("le=\"{}\"", Latency::kBounds[i]), count, "_bucket");
  }
  count += latency.counts.back();
  text.value("le=\"+Inf\"", count, "_bucket");
  text.value("", static_cast<double>(latency.sum_ms) / 1000, "_sum");
  text.value("", count, "_count");
}

}  // namespace

std::string metrics_text(Core& core) {
  auto ledger = core.ledger.view();
  Text text;
  put_wallets(core, *ledger, text);
  put_nodes(core, *ledger, text);
  auto counter = [&](std::string_view name, std::string_view help, const std::atomic<uint64_t>& value) {
    text.metric(name, "counter", help);
    text.value("", value.load());
  };
  const auto& counters = core.counters;
  counter("accepted_total", "Messages stored", counters.accepted);
  counter("landed_total", "Messages found on chain by this server", counters.landed);
  counter("reorganised_total", "Messages that a reorganisation took off the chain", counters.reorganised);
  counter("replaced_total", "Messages replaced by fee or cancelled", counters.replaced);
  counter("gossiped_total", "Messages published on the gossip topic, again ones too", counters.gossiped);
  text.metric("leader", "gauge", "1 while this server confirms and replaces");
  text.value("", core.leader ? 1 : 0);
  put_latency(counters.latency, text);
  return text.take();
}

}  // namespace nelumbo::messager
