#pragma once
// A peer of ours that behaves as it is told: a real libp2p host that says hello, and then whatever a test wants.

#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "engine/p2p.hpp"
#include "net/wire.hpp"

namespace nelumbo::hostile {

/// The node that is attacked.
struct Target {
  std::string network;                 ///< its name
  std::vector<std::string> addresses;  ///< multiaddresses with the peer's id
  Cid genesis;
  std::vector<Cid> head;  ///< a tipset with many ancestors
};

/// One host with an identity of its own. Connected from construction to destruction.
class Attacker {
 public:
  /// Dials the target and says hello.
  static Result<std::unique_ptr<Attacker>> connect(const Target& target);
  ~Attacker();

  const p2p::PeerId& id() const { return id_; }
  const p2p::PeerId& target() const { return target_; }
  p2p::Transport& transport() { return *transport_; }
  /// Gives a block over bitswap when it is asked for.
  void offer(Bytes block);
  /// Publishes once the target is subscribed; `unavailable` when it is not in time.
  Result<> publish(const std::string& topic, const Bytes& data);
  /// The connection to the target is still there.
  bool connected() const;

 private:
  Attacker() = default;
  void pump();
  Result<> say_hello(const Target& target);

  struct Offered {
    std::mutex mutex;
    std::map<Cid, Bytes> blocks;
  };
  std::shared_ptr<Offered> offered_ = std::make_shared<Offered>();
  std::unique_ptr<p2p::Transport> transport_;
  p2p::PeerId id_, target_;
  std::atomic<bool> over_ = false;
  std::thread pump_;
};

}  // namespace nelumbo::hostile
