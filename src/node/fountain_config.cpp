// The faucet's options.
#include "node/config.hpp"

namespace nelumbo::node {

template <>
std::span<const ConfigOption<FountainConfig>> config_options<FountainConfig>() {
  using C = FountainConfig;
  static const ConfigOption<C> options[] = {
      {"Fountain", "ListenAddress", "Where the web page is served (multiaddress)", &C::listen_address},
      {"Fountain", "From", "The wallet that pays; empty for the only one of the message server or the node's default",
       &C::from},
      {"Fountain", "Amount", "What one grant gives", &C::amount},
      {"Fountain", "Interval", "A wallet gets one grant in this time", &C::interval},
      {"Fountain", "HourlyLimit", "Grants that are given in an hour to all wallets together", &C::hourly_limit},
      {"Fees", "MaxFee", "The most that one grant's message may cost in gas; 0 for the sender's own limit",
       &C::max_fee},
      {"Logging", "Level", "Least level that is logged: debug, info, warn, error, off", &C::log_level},
  };
  return options;
}

}  // namespace nelumbo::node
