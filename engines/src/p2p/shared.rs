//! What the threads of a host share: peers, rules, counters, and the forms of an answer.

use super::ffi;
use super::gate::Subnet;
use super::queue::Queue;
use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId};
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// A failure as a value: its kind and a sentence.
#[derive(Debug)]
pub struct Fail {
    pub kind: ffi::P2pFailure,
    pub text: String,
}

impl Fail {
    pub fn invalid(text: impl Into<String>) -> Self {
        Fail { kind: ffi::P2pFailure::Invalid, text: text.into() }
    }
    pub fn not_found(text: impl Into<String>) -> Self {
        Fail { kind: ffi::P2pFailure::NotFound, text: text.into() }
    }
    pub fn unavailable(text: impl Into<String>) -> Self {
        Fail { kind: ffi::P2pFailure::Unavailable, text: text.into() }
    }
    pub fn exhausted(text: impl Into<String>) -> Self {
        Fail { kind: ffi::P2pFailure::Exhausted, text: text.into() }
    }
    pub fn unsupported(text: impl Into<String>) -> Self {
        Fail { kind: ffi::P2pFailure::Unsupported, text: text.into() }
    }
    pub fn out_of_time(what: &str) -> Self {
        Fail { kind: ffi::P2pFailure::Cancelled, text: format!("{what}: out of time") }
    }
    pub fn closed() -> Self {
        Fail { kind: ffi::P2pFailure::Cancelled, text: "the peer-to-peer host is closed".into() }
    }
}

impl From<std::io::Error> for Fail {
    fn from(error: std::io::Error) -> Self {
        Fail::unavailable(format!("the stream broke: {error}"))
    }
}

/// Where a waiting thread gets its answer; dropped unanswered it means that the host closed.
pub type Reply<T> = std::sync::mpsc::SyncSender<Result<T, Fail>>;

pub struct Connection {
    pub id: ConnectionId,
    pub address: Multiaddr,
    pub inbound: bool,
    pub since: Instant,
}

/// A connected peer. `connections` is never empty, the oldest stands first.
#[derive(Default)]
pub struct Peer {
    pub connections: Vec<Connection>,
    pub agent: String,
    /// Empty until identify has told.
    pub protocols: Vec<String>,
    pub listens: Vec<Multiaddr>,
    pub latency: Duration,
}

#[derive(Default)]
pub struct Rules {
    pub blocked_peers: HashSet<PeerId>,
    pub blocked_subnets: HashSet<Subnet>,
    pub protected: HashSet<PeerId>,
}

impl Rules {
    pub fn blocks_ip(&self, ip: IpAddr) -> bool {
        self.blocked_subnets.iter().any(|subnet| subnet.contains(ip))
    }
    pub fn blocks_address(&self, address: &Multiaddr) -> bool {
        !self.blocked_subnets.is_empty() && super::gate::ip_of(address).is_some_and(|ip| self.blocks_ip(ip))
    }
}

/// Bytes of streams, either way, and their rates.
#[derive(Default)]
pub struct Traffic {
    pub bytes_in: AtomicU64,
    pub bytes_out: AtomicU64,
    sampled: Mutex<Sampled>,
}

#[derive(Default)]
struct Sampled {
    bytes: [u64; 2],
    rates: [f64; 2],
}

impl Traffic {
    fn totals(&self) -> [u64; 2] {
        [self.bytes_in.load(Ordering::Relaxed), self.bytes_out.load(Ordering::Relaxed)]
    }
    /// To be called each second: the rates are a mean in which a second weighs a quarter of what came before.
    pub fn sample(&self) {
        let now = self.totals();
        let mut sampled = lock(&self.sampled);
        for (i, total) in now.into_iter().enumerate() {
            let last = (total - sampled.bytes[i]) as f64;
            sampled.rates[i] += (last - sampled.rates[i]) / 4.0;
        }
        sampled.bytes = now;
    }
    pub fn view(&self) -> ffi::P2pTraffic {
        let [total_in, total_out] = self.totals();
        let [rate_in, rate_out] = lock(&self.sampled).rates;
        ffi::P2pTraffic { total_in, total_out, rate_in, rate_out }
    }
}

/// Requests that wait for their response.
#[derive(Default)]
pub struct Requests {
    pub last_id: u64,
    pub waiting: HashMap<u64, oneshot::Sender<Vec<u8>>>,
}

pub struct Shared {
    pub queue: Queue,
    pub peers: RwLock<HashMap<PeerId, Peer>>,
    pub rules: RwLock<Rules>,
    pub traffic: Traffic,
    pub requests: Mutex<Requests>,
    pub listen: Mutex<Vec<Multiaddr>>,
    pub reachability: Mutex<ffi::P2pReachability>,
}

impl Shared {
    pub fn new() -> Self {
        Shared {
            queue: Queue::default(),
            peers: RwLock::default(),
            rules: RwLock::default(),
            traffic: Traffic::default(),
            requests: Mutex::default(),
            listen: Mutex::default(),
            reachability: Mutex::new(ffi::P2pReachability::Unknown),
        }
    }
    pub fn is_protected(&self, peer: &PeerId) -> bool {
        read(&self.rules).protected.contains(peer)
    }
}

// A panic while a lock was held leaves plain data that is whole: the lock goes on.

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
pub fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(|poisoned| poisoned.into_inner())
}
pub fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(|poisoned| poisoned.into_inner())
}
