//! A host as C++ sees it: every call becomes a command to the swarm's task or a task beside it, and waits for the answer.

use super::bitswap::Bitswap;
use super::exchange;
use super::ffi::*;
use super::gate::Subnet;
use super::node::{without_peer, Command, Node};
use super::shared::{lock, read, write, Fail, Peer, Reply, Shared};
use crate::guard::guard;
use anyhow::anyhow;
use cid::Cid;
use futures::future::BoxFuture;
use libp2p::multiaddr::Protocol;
use libp2p::swarm::{Stream, StreamProtocol};
use libp2p::{Multiaddr, PeerId};
use std::future::Future;
use std::sync::mpsc::{sync_channel, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::runtime::{Handle, Runtime};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;
use tokio::time::timeout;

const CLOSING: Duration = Duration::from_secs(1);
/// For questions that the swarm's task answers at once.
const AT_ONCE: Duration = Duration::from_secs(10);

/// The way to the swarm's task.
#[derive(Clone)]
pub struct Commands(pub UnboundedSender<Command>);

impl Commands {
    /// False when the host is closed.
    fn send(&self, command: impl FnOnce(&mut Node) + Send + 'static) -> bool {
        self.0.send(Box::new(command)).is_ok()
    }

    fn ask<T: Send + 'static>(
        &self,
        what: &str,
        wait: Duration,
        command: impl FnOnce(&mut Node, Reply<T>) + Send + 'static,
    ) -> Result<T, Fail> {
        let (reply, answer) = sync_channel(1);
        self.send(move |node| command(node, reply));
        match answer.recv_timeout(wait) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => Err(Fail::out_of_time(what)),
            Err(RecvTimeoutError::Disconnected) => Err(Fail::closed()),
        }
    }

    pub fn open(&self, peer: PeerId, protocols: Arc<[StreamProtocol]>) -> BoxFuture<'static, Result<Stream, Fail>> {
        let (reply, opened) = oneshot::channel();
        self.send(move |node| node.swarm.behaviour_mut().streams.open(peer, protocols, reply));
        let gone = move |_| Fail::unavailable(format!("the connection to {peer} was closed"));
        Box::pin(async move { opened.await.map_err(gone)? })
    }
}

pub struct P2p {
    pub peer: PeerId,
    pub shared: Arc<Shared>,
    pub commands: Commands,
    pub bitswap: Arc<Bitswap>,
    pub handle: Handle,
    /// None once closed.
    pub runtime: Mutex<Option<Runtime>>,
    /// Tells when the swarm's task has ended.
    pub ended: Mutex<Receiver<()>>,
}

impl Default for P2pAnswer {
    fn default() -> Self {
        P2pAnswer { failure: P2pFailure::None, text: String::new(), data: vec![], texts: vec![], number: 0 }
    }
}

fn answer(work: impl FnOnce() -> Result<P2pAnswer, Fail>) -> P2pAnswer {
    let failed = |Fail { kind, text }| P2pAnswer { failure: kind, text, ..P2pAnswer::default() };
    match guard(|| Ok(work())) {
        Ok(Ok(answer)) => answer,
        Ok(Err(fail)) => failed(fail),
        Err(panic) => failed(Fail { kind: P2pFailure::Failed, text: panic }),
    }
}

/// For calls that cannot fail: what a panic leaves is written down.
fn calmly<T>(otherwise: T, work: impl FnOnce() -> anyhow::Result<T>) -> T {
    guard(work).unwrap_or_else(|error| {
        log::warn!("peer-to-peer: {error}");
        otherwise
    })
}

fn peer_of(text: &str) -> Result<PeerId, Fail> {
    text.parse().map_err(|_| Fail::invalid(format!("{text} is no peer id")))
}

fn strings<T: ToString>(all: impl IntoIterator<Item = T>) -> Vec<String> {
    all.into_iter().map(|one| one.to_string()).collect()
}

impl P2p {
    /// Runs a future beside the swarm and waits for it.
    fn run<T: Send + 'static>(
        &self,
        what: &'static str,
        wait: u64,
        work: impl Future<Output = Result<T, Fail>> + Send + 'static,
    ) -> Result<T, Fail> {
        let (reply, done) = sync_channel(1);
        self.handle.spawn(async move {
            let result = timeout(Duration::from_millis(wait), work).await;
            let _ = reply.try_send(result.unwrap_or_else(|_| Err(Fail::out_of_time(what))));
        });
        match done.recv() {
            Ok(Err(_)) if self.shared.queue.is_closed() => Err(Fail::closed()),
            Ok(result) => result,
            Err(_) => Err(Fail::closed()),
        }
    }

    pub fn id(&self) -> String {
        self.peer.to_string()
    }

    pub fn listen_addresses(&self) -> Vec<String> {
        calmly(vec![], || Ok(strings(lock(&self.shared.listen).iter().map(without_peer))))
    }

    pub fn next(&self, wait: u64) -> P2pEvent {
        let none = P2pEvent::new(P2pEventKind::None, String::new());
        calmly(none, || Ok(self.shared.queue.next(Duration::from_millis(wait))))
    }

    pub fn close(&self) {
        calmly((), || {
            self.shared.queue.close();
            let Some(runtime) = lock(&self.runtime).take() else {
                return Ok(());
            };
            if self.commands.send(|node| node.closing = true) {
                let _ = lock(&self.ended).recv_timeout(CLOSING);
            }
            runtime.shutdown_timeout(CLOSING);
            Ok(())
        })
    }

    pub fn dial(&self, addresses: &Vec<String>, peer: &str, wait: u64) -> P2pAnswer {
        answer(|| {
            let (addresses, peer) = self.dial_target(addresses, peer)?;
            let wait = Duration::from_millis(wait);
            let peer = self.commands.ask("dialling", wait, move |node, reply| node.dial(addresses, peer, reply))?;
            Ok(P2pAnswer { texts: vec![peer.to_string()], ..P2pAnswer::default() })
        })
    }

    /// The addresses, and the peer's id if it is given or part of one of them.
    fn dial_target(&self, addresses: &[String], peer: &str) -> Result<(Vec<Multiaddr>, Option<PeerId>), Fail> {
        let mut peer = if peer.is_empty() { None } else { Some(peer_of(peer)?) };
        let mut parsed = vec![];
        for text in addresses {
            let address: Multiaddr =
                text.parse().map_err(|error| Fail::invalid(format!("{text} is no multiaddress: {error}")))?;
            if let Some(Protocol::P2p(named)) = address.iter().last() {
                if *peer.get_or_insert(named) != named {
                    return Err(Fail::invalid(format!("{text} is not an address of {}", peer.unwrap_or(named))));
                }
            }
            // With nothing but an id the addresses come from elsewhere.
            let address = without_peer(&address);
            if !address.is_empty() {
                parsed.push(address);
            }
        }
        if peer == Some(self.peer) {
            return Err(Fail::invalid("a host does not dial itself"));
        }
        match peer.is_none() && parsed.is_empty() {
            true => Err(Fail::invalid("neither an address nor an id is given")),
            false => Ok((parsed, peer)),
        }
    }

    pub fn disconnect(&self, peer: &str) {
        calmly((), || {
            if let Ok(peer) = peer_of(peer) {
                // An error says that it is not connected.
                self.commands.send(move |node| node.swarm.disconnect_peer_id(peer).unwrap_or(()));
            }
            Ok(())
        })
    }

    pub fn peers(&self) -> Vec<P2pPeer> {
        calmly(vec![], || {
            let peers = read(&self.shared.peers);
            Ok(peers.iter().map(|(id, peer)| self.view(id, peer)).collect())
        })
    }

    fn view(&self, id: &PeerId, peer: &Peer) -> P2pPeer {
        let oldest = peer.connections.first();
        P2pPeer {
            id: id.to_string(),
            addresses: strings(peer.connections.iter().map(|connection| without_peer(&connection.address))),
            agent: peer.agent.clone(),
            protocols: peer.protocols.clone(),
            inbound: oldest.is_some_and(|connection| connection.inbound),
            latency_ms: match peer.latency.is_zero() {
                true => 0,
                false => (peer.latency.as_millis() as u64).max(1),
            },
            connected_seconds: oldest.map_or(0, |connection| connection.since.elapsed().as_secs()),
            is_protected: self.shared.is_protected(id),
        }
    }

    pub fn request(&self, peer: &str, protocol: &str, data: &[u8], max_bytes: usize, wait: u64) -> P2pAnswer {
        answer(|| {
            let peer = peer_of(peer)?;
            let name = StreamProtocol::try_from_owned(protocol.to_string());
            let name = name.map_err(|_| Fail::invalid(format!("{protocol} is no protocol name")))?;
            let opening = self.commands.open(peer, [name].into());
            let data = data.to_vec();
            let exchange = async move { exchange::request(opening.await?, data, max_bytes).await };
            Ok(P2pAnswer { data: self.run("a request", wait, exchange)?, ..P2pAnswer::default() })
        })
    }

    pub fn respond(&self, request: u64, data: &[u8]) {
        calmly((), || {
            if let Some(waiting) = lock(&self.shared.requests).waiting.remove(&request) {
                // The peer may have given up meanwhile.
                let _ = waiting.send(data.to_vec());
            }
            Ok(())
        })
    }

    pub fn refuse(&self, request: u64) {
        calmly((), || Ok(drop(lock(&self.shared.requests).waiting.remove(&request))))
    }

    pub fn publish(&self, topic: &str, data: &[u8]) -> P2pAnswer {
        answer(|| {
            let (topic, data) = (topic.to_string(), data.to_vec());
            self.commands.ask("publishing", AT_ONCE, move |node, reply| {
                let _ = reply.try_send(node.publish(&topic, data));
            })?;
            Ok(P2pAnswer::default())
        })
    }

    pub fn judge(&self, gossip: u64, verdict: P2pVerdict) {
        calmly((), || {
            self.commands.send(move |node| node.judge(gossip, verdict));
            Ok(())
        })
    }

    pub fn scores(&self) -> Vec<P2pScore> {
        calmly(vec![], || {
            let scores = self.commands.ask("the scores", AT_ONCE, |node, reply| {
                let _ = reply.try_send(Ok(node.scores()));
            });
            // A closed host has no peers.
            Ok(scores.unwrap_or_default())
        })
    }

    pub fn set_application_score(&self, peer: &str, score: f64) {
        calmly((), || {
            let peer = peer_of(peer).map_err(|fail| anyhow!(fail.text))?;
            self.commands.send(move |node| node.set_application_score(peer, score));
            Ok(())
        })
    }

    pub fn protect(&self, peer: &str, on: bool) {
        calmly((), || {
            let peer = peer_of(peer).map_err(|fail| anyhow!(fail.text))?;
            let mut rules = write(&self.shared.rules);
            match on {
                true => rules.protected.insert(peer),
                false => rules.protected.remove(&peer),
            };
            Ok(())
        })
    }

    pub fn block(&self, peer_or_subnet: &str, on: bool) {
        calmly((), || {
            if let Some(subnet) = Subnet::parse(peer_or_subnet) {
                let mut rules = write(&self.shared.rules);
                match on {
                    true => rules.blocked_subnets.insert(subnet),
                    false => rules.blocked_subnets.remove(&subnet),
                };
                drop(rules);
                if on {
                    self.commands.send(move |node| node.close_blocked(subnet));
                }
                return Ok(());
            }
            let neither = |_| anyhow!("{peer_or_subnet} is neither a peer id nor an address or subnet");
            let peer: PeerId = peer_or_subnet.parse().map_err(neither)?;
            let mut rules = write(&self.shared.rules);
            match on {
                true => rules.blocked_peers.insert(peer),
                false => rules.blocked_peers.remove(&peer),
            };
            drop(rules);
            if on {
                self.disconnect(peer_or_subnet);
            }
            Ok(())
        })
    }

    pub fn find_peer(&self, peer: &str, wait: u64) -> P2pAnswer {
        answer(|| {
            let peer = peer_of(peer)?;
            let mut addresses = self.known_addresses(&peer);
            if addresses.is_empty() {
                let wait = Duration::from_millis(wait);
                let command = move |node: &mut Node, reply| node.find_peer(peer, reply);
                addresses = self.commands.ask("looking for a peer", wait, command)?;
            }
            Ok(P2pAnswer { texts: addresses, ..P2pAnswer::default() })
        })
    }

    /// Of a connected peer: where it says it listens, or where we have reached it.
    fn known_addresses(&self, peer: &PeerId) -> Vec<String> {
        let peers = read(&self.shared.peers);
        let Some(peer) = peers.get(peer) else {
            return vec![];
        };
        match peer.listens.is_empty() {
            true => strings(peer.connections.iter().map(|connection| without_peer(&connection.address))),
            false => strings(peer.listens.iter().map(without_peer)),
        }
    }

    pub fn bootstrap(&self) {
        calmly((), || {
            self.commands.send(Node::bootstrap);
            Ok(())
        })
    }

    pub fn ping(&self, peer: &str, wait: u64) -> P2pAnswer {
        answer(|| {
            let opening = self.commands.open(peer_of(peer)?, [exchange::PING].into());
            let time = self.run("a ping", wait, async move { exchange::ping(opening.await?).await })?;
            Ok(P2pAnswer { number: time.as_micros() as u64, ..P2pAnswer::default() })
        })
    }

    pub fn traffic(&self) -> P2pTraffic {
        self.shared.traffic.view()
    }

    pub fn reachability(&self) -> P2pReachability {
        *lock(&self.shared.reachability)
    }

    pub fn fetch_block(&self, cid: &[u8], likely: &str, wait: u64) -> P2pAnswer {
        answer(|| {
            let likely = if likely.is_empty() { None } else { Some(peer_of(likely)?) };
            let cid = Cid::try_from(cid).map_err(|error| Fail::invalid(format!("not a CID: {error}")))?;
            let data = self.run("fetching a block", wait, self.bitswap.clone().fetch(cid, likely))?;
            Ok(P2pAnswer { data, ..P2pAnswer::default() })
        })
    }
}

impl Drop for P2p {
    fn drop(&mut self) {
        self.close();
    }
}
