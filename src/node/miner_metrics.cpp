// What the miner adds to /debug/metrics.

#include <map>

#include "miner_parts.hpp"

namespace nelumbo::node {

namespace {

/// Prometheus text, metric by metric.
class Text {
 public:
  void metric(std::string_view name, std::string_view type, std::string_view help) {
    name_ = fmt::format("nelumbo_miner_{}", name);
    out_ += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name_, help, type);
  }
  template <class T>
  void value(const std::string& labels, const T& value) {
    out_ += fmt::format("{}{} {}\n", name_, labels.empty() ? "" : "{" + labels + "}", value);
  }
  std::string take() { return std::move(out_); }

 private:
  std::string name_, out_;
};

void put_sectors(const MinerProcess& m, Text& text) {
  std::map<std::string_view, uint64_t> states;
  uint64_t stuck = 0;
  for (const auto& record : m.pipeline->list()) {
    ++states[sealing::state_name(record.state)];
    auto wait = m.pipeline->wait_of(record.number);
    if (wait && wait->over_normal.count() > 0) ++stuck;
  }
  text.metric("sectors", "gauge", "Sectors of this process by state");
  for (const auto& [state, count] : states) text.value(fmt::format("state=\"{}\"", state), count);
  text.metric("sectors_stuck", "gauge", "Sectors in a state for longer than is normal");
  text.value("", stuck);
  text.metric("transitions_total", "counter", "Transitions of sectors into a state since the start");
  for (size_t i = 0; i < m.transitions.size(); ++i) {
    if (auto count = m.transitions[i].load(std::memory_order_relaxed)) {
      text.value(fmt::format("state=\"{}\"", sealing::state_name(static_cast<sealing::SectorState>(i))), count);
    }
  }
}

void put_jobs(const MinerProcess& m, Text& text) {
  std::map<std::pair<std::string, bool>, uint64_t> jobs;
  for (const auto& job : m.sealer->jobs()) ++jobs[{job.task, job.running}];
  text.metric("jobs", "gauge", "Tasks of sealing that run or wait");
  for (const auto& [key, count] : jobs)
    text.value(fmt::format("task=\"{}\",running=\"{}\"", key.first, key.second ? 1 : 0), count);
}

void put_storage(const MinerProcess& m, Text& text) {
  const auto paths = m.storage->paths();
  auto each = [&](auto f) {
    for (const auto& path : paths) f(fmt::format("id=\"{}\"", path.meta.id), path);
  };
  text.metric("storage_up", "gauge", "1 while the path can be used");
  each([&](const std::string& label, const auto& path) { text.value(label, path.trouble.empty() ? 1 : 0); });
  text.metric("storage_capacity_bytes", "gauge", "Size of the path's file system");
  each([&](const std::string& label, const auto& path) { text.value(label, path.stat.capacity); });
  text.metric("storage_available_bytes", "gauge", "Free for sectors");
  each([&](const std::string& label, const auto& path) { text.value(label, path.stat.available); });
  text.metric("storage_reserved_bytes", "gauge", "Set aside for files that are being made");
  each([&](const std::string& label, const auto& path) { text.value(label, path.stat.reserved); });
}

}  // namespace

std::string miner_metrics(const MinerProcess& m) {
  Text text;
  put_sectors(m, text);
  put_jobs(m, text);
  put_storage(m, text);
  return text.take();
}

}  // namespace nelumbo::node
