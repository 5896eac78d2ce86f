//! Peers: rust-libp2p behind one bridge. A host is a tokio runtime with one task that owns the swarm (`node.rs`); calls
//! of C++ threads are closures sent to it or tasks beside it, and what happens comes out of one queue (`queue.rs`). Whom
//! to trust, what is valid and when to ban is said from above.

mod behaviour;
mod bitswap;
mod bitswap_message;
mod cbor;

mod exchange;
mod gate;
mod gossip;
mod host;
mod node;
mod queue;
mod shared;
mod start;
mod streams;
mod transport;

use crate::guard::guard;
use anyhow::{anyhow, Context};
use cxx::SharedPtr;
use host::P2p;
use libp2p::identity::Keypair;
use start::start_p2p;

#[cxx::bridge(namespace = "nelumbo::engines")]
mod ffi {
    /// A topic and gossipsub's score parameters for it; names as in its specification.
    struct P2pTopic {
        name: String,
        weight: f64,
        time_in_mesh_weight: f64,
        time_in_mesh_quantum_seconds: f64,
        time_in_mesh_cap: f64,
        first_deliveries_weight: f64,
        first_deliveries_decay: f64,
        first_deliveries_cap: f64,
        invalid_weight: f64,
        invalid_decay: f64,
    }
    struct P2pConfig {
        /// Private key as libp2p's protobuf.
        identity: Vec<u8>,
        listen: Vec<String>,
        announce: Vec<String>,
        agent: String,
        /// Empty: no Kademlia.
        kad_protocol: String,
        topics: Vec<P2pTopic>,
        protocols: Vec<String>,
        direct_peers: Vec<String>,
        max_gossip_bytes: usize,
        max_request_bytes: usize,
        max_connections: u32,
        max_incoming_per_second: u32,
        max_connections_per_peer: u32,
        max_requests_in_flight: usize,
        idle_timeout_seconds: u64,
        mdns: bool,
        private_network: bool,
        /// Whether P2pHost::block has anything to give.
        serves_blocks: bool,
    }
    #[derive(Debug)]
    enum P2pFailure {
        None,
        Invalid,
        NotFound,
        Unavailable,
        Exhausted,
        Cancelled,
        Unsupported,
        Failed,
    }
    /// What a call gave: a failure with its sentence, or the fields that the call fills.
    struct P2pAnswer {
        failure: P2pFailure,
        text: String,
        data: Vec<u8>,
        texts: Vec<String>,
        number: u64,
    }
    #[derive(Debug)]
    enum P2pEventKind {
        /// No event in time.
        None,
        /// peer, text (address), inbound
        Connected,
        /// peer
        Disconnected,
        /// peer, text (agent), protocols, addresses
        Identified,
        /// id, peer, text (topic), data
        Gossip,
        /// id, peer, text (protocol), data
        Request,
    }
    struct P2pEvent {
        kind: P2pEventKind,
        id: u64,
        peer: String,
        text: String,
        inbound: bool,
        protocols: Vec<String>,
        addresses: Vec<String>,
        data: Vec<u8>,
    }
    #[derive(Debug)]
    enum P2pVerdict {
        Accept,
        Reject,
        Ignore,
    }
    struct P2pPeer {
        id: String,
        addresses: Vec<String>,
        agent: String,
        protocols: Vec<String>,
        inbound: bool,
        latency_ms: u64,
        connected_seconds: u64,
        is_protected: bool,
    }
    struct P2pScore {
        id: String,
        score: f64,
        application: f64,
    }
    struct P2pTraffic {
        total_in: u64,
        total_out: u64,
        rate_in: f64,
        rate_out: f64,
    }
    #[derive(Debug)]
    enum P2pReachability {
        Unknown,
        Reachable,
        Unreachable,
    }

    unsafe extern "C++" {
        include!("nelumbo_engines/p2p_host.hpp");
        type P2pHost;
        fn block(self: &P2pHost, cid: &[u8]) -> Result<UniquePtr<CxxVector<u8>>>;
    }

    extern "Rust" {
        type P2p;
        fn p2p_new_identity() -> Result<Vec<u8>>;
        fn p2p_peer_id(identity: &[u8]) -> Result<String>;
        /// What streams do with bytes from peers, for tests and fuzzing: the length of the CBOR item in front when its
        /// bytes come `piece` at a time, 0 when it is not whole.
        fn p2p_item_end(data: &[u8], piece: usize, max_bytes: usize) -> Result<usize>;
        /// The CIDs of the blocks in a bitswap message, one after the other.
        fn p2p_bitswap_blocks(message: &[u8]) -> Result<Vec<u8>>;
        fn start_p2p(config: &P2pConfig, host: SharedPtr<P2pHost>) -> Result<Box<P2p>>;

        // Thread-safe all of them. Waits are in milliseconds.
        fn id(self: &P2p) -> String;
        fn listen_addresses(self: &P2p) -> Vec<String>;
        fn next(self: &P2p, wait: u64) -> P2pEvent;
        fn close(self: &P2p);
        /// texts: the peer's id.
        fn dial(self: &P2p, addresses: &Vec<String>, peer: &str, wait: u64) -> P2pAnswer;
        fn disconnect(self: &P2p, peer: &str);
        fn peers(self: &P2p) -> Vec<P2pPeer>;
        /// data: the response.
        fn request(self: &P2p, peer: &str, protocol: &str, data: &[u8], max_bytes: usize, wait: u64) -> P2pAnswer;
        fn respond(self: &P2p, request: u64, data: &[u8]);
        fn refuse(self: &P2p, request: u64);
        fn publish(self: &P2p, topic: &str, data: &[u8]) -> P2pAnswer;
        fn judge(self: &P2p, gossip: u64, verdict: P2pVerdict);
        fn scores(self: &P2p) -> Vec<P2pScore>;
        fn set_application_score(self: &P2p, peer: &str, score: f64);
        fn protect(self: &P2p, peer: &str, on: bool);
        fn block(self: &P2p, peer_or_subnet: &str, on: bool);
        /// texts: addresses.
        fn find_peer(self: &P2p, peer: &str, wait: u64) -> P2pAnswer;
        fn bootstrap(self: &P2p);
        /// number: microseconds.
        fn ping(self: &P2p, peer: &str, wait: u64) -> P2pAnswer;
        fn traffic(self: &P2p) -> P2pTraffic;
        fn reachability(self: &P2p) -> P2pReachability;
        /// data: the block. `likely` is a peer to ask in any case; empty for none.
        fn fetch_block(self: &P2p, cid: &[u8], likely: &str, wait: u64) -> P2pAnswer;
    }
}

fn p2p_new_identity() -> Result<Vec<u8>, String> {
    guard(|| Ok(Keypair::generate_ed25519().to_protobuf_encoding()?))
}

fn p2p_peer_id(identity: &[u8]) -> Result<String, String> {
    guard(|| Ok(read_identity(identity)?.public().to_peer_id().to_string()))
}

fn read_identity(bytes: &[u8]) -> anyhow::Result<Keypair> {
    Keypair::from_protobuf_encoding(bytes).context("not an Ed25519 private key in libp2p's form")
}

fn p2p_item_end(data: &[u8], piece: usize, max_bytes: usize) -> Result<usize, String> {
    guard(|| {
        let mut end = cbor::ItemEnd::new(max_bytes);
        let mut before = 0;
        for part in data.chunks(piece.max(1)) {
            if let Some(used) = end.feed(part).map_err(|fail| anyhow!(fail.text))? {
                return Ok(before + used);
            }
            before += part.len();
        }
        Ok(0)
    })
}

fn p2p_bitswap_blocks(message: &[u8]) -> Result<Vec<u8>, String> {
    guard(|| {
        let mut message = bitswap_message::decode(message).map_err(|fail| anyhow!(fail.text))?;
        message.wants();
        message.presences().for_each(drop);
        Ok(message.blocks().flat_map(|(cid, _)| cid.to_bytes()).collect())
    })
}

/// The C++ object that gives blocks.
#[derive(Clone)]
struct Blocks(SharedPtr<ffi::P2pHost>);

// P2pHost is called from several threads by its contract.
unsafe impl Send for Blocks {}
unsafe impl Sync for Blocks {}

impl Blocks {
    /// None when it is not there, and when reading it failed.
    fn get(&self, cid: &[u8]) -> Option<Vec<u8>> {
        match self.0.block(cid) {
            Ok(found) => found.as_ref().map(|bytes| bytes.as_slice().to_vec()),
            Err(error) => {
                log::warn!("a block asked for over bitswap could not be read: {error}");
                None
            }
        }
    }
}
