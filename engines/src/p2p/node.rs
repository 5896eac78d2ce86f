//! The task that owns the swarm: turns its events into the host's, and runs what the host's calls send.

use super::behaviour::{Behaviour, BehaviourEvent};
use super::ffi::{P2pEvent, P2pEventKind, P2pReachability, P2pScore, P2pVerdict};
use super::gate::{ip_of, Subnet};
use super::shared::{lock, read, write, Connection, Fail, Peer, Reply, Shared};
use futures::StreamExt;
use libp2p::core::ConnectedPoint;
use libp2p::gossipsub::{self, IdentTopic, MessageAcceptance, MessageId, PublishError};
use libp2p::multiaddr::Protocol;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{ConnectionId, DialError, Swarm, SwarmEvent};
use libp2p::{autonat, identify, kad, mdns, ping, Multiaddr, PeerId};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedReceiver;

/// Messages given out and not yet judged; the oldest beyond that count as ignored.
const MAX_UNJUDGED: usize = 4096;
/// For connections to close in order when the host does.
const FAREWELL: Duration = Duration::from_millis(300);
/// Of what a peer says it listens on.
const MAX_ADDRESSES: usize = 16;

pub type Command = Box<dyn FnOnce(&mut Node) + Send>;

/// One call of dial: several attempts when the peer's id is not known.
pub struct Dial {
    reply: Reply<PeerId>,
    failures: Mutex<Vec<String>>,
}

pub struct Node {
    pub swarm: Swarm<Behaviour>,
    shared: Arc<Shared>,
    dials: HashMap<ConnectionId, Arc<Dial>>,
    lookups: HashMap<kad::QueryId, (PeerId, Reply<Vec<String>>)>,
    unjudged: BTreeMap<u64, (MessageId, PeerId)>,
    last_gossip: u64,
    application_scores: HashMap<PeerId, f64>,
    pub closing: bool,
}

impl Node {
    pub fn new(swarm: Swarm<Behaviour>, shared: Arc<Shared>) -> Self {
        Node {
            swarm,
            shared,
            dials: HashMap::new(),
            lookups: HashMap::new(),
            unjudged: BTreeMap::new(),
            last_gossip: 0,
            application_scores: HashMap::new(),
            closing: false,
        }
    }

    pub async fn run(mut self, mut commands: UnboundedReceiver<Command>) {
        let mut second = tokio::time::interval(Duration::from_secs(1));
        while !self.closing {
            tokio::select! {
                event = self.swarm.select_next_some() => self.take(event),
                command = commands.recv() => match command {
                    Some(command) => command(&mut self),
                    None => break,
                },
                _ = second.tick() => self.shared.traffic.sample(),
            }
        }
        // Waiting calls end now, not after the farewell.
        drop(commands);
        self.dials.clear();
        self.lookups.clear();
        let connected: Vec<PeerId> = self.swarm.connected_peers().copied().collect();
        for peer in connected {
            let _ = self.swarm.disconnect_peer_id(peer);
        }
        let farewell = async {
            while self.swarm.connected_peers().next().is_some() {
                self.swarm.select_next_some().await;
            }
        };
        let _ = tokio::time::timeout(FAREWELL, farewell).await;
    }

    pub fn take(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(event) => self.take_behaviour(event),
            SwarmEvent::NewListenAddr { address, .. } => lock(&self.shared.listen).push(address),
            SwarmEvent::ExpiredListenAddr { address, .. } => lock(&self.shared.listen).retain(|a| *a != address),
            SwarmEvent::ListenerClosed { addresses, .. } => {
                lock(&self.shared.listen).retain(|address| !addresses.contains(address));
            }
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                self.connected(peer_id, connection_id, endpoint);
            }
            SwarmEvent::ConnectionClosed { peer_id, connection_id, num_established, .. } => {
                self.disconnected(peer_id, connection_id, num_established);
            }
            SwarmEvent::OutgoingConnectionError { connection_id, error, .. } => {
                self.dial_failed(connection_id, &error);
            }
            _ => {}
        }
    }

    fn take_behaviour(&mut self, event: BehaviourEvent) {
        match event {
            BehaviourEvent::Gossip(gossipsub::Event::Message { propagation_source, message_id, message }) => {
                self.heard(propagation_source, message_id, message);
            }
            BehaviourEvent::Identify(identify::Event::Received { peer_id, info, .. }) => self.identified(peer_id, info),
            BehaviourEvent::Ping(ping::Event { peer, connection, result }) => match result {
                Ok(time) => {
                    if let Some(peer) = write(&self.shared.peers).get_mut(&peer) {
                        peer.latency = time;
                    }
                }
                Err(ping::Failure::Unsupported) => {}
                // Nobody is there any more, whatever TCP believes.
                Err(_) => {
                    self.swarm.close_connection(connection);
                }
            },
            BehaviourEvent::Kad(kad::Event::OutboundQueryProgressed { id, result, step, .. }) => {
                self.looked_up(id, result, step.last);
            }
            BehaviourEvent::Autonat(autonat::Event::StatusChanged { new, .. }) => self.reachability_changed(new),
            BehaviourEvent::Mdns(mdns::Event::Discovered(found)) => {
                for (peer, address) in found {
                    // It may be refused by the limits; that is no failure.
                    let _ = self.swarm.dial(DialOpts::peer_id(peer).addresses(vec![address]).build());
                }
            }
            _ => {}
        }
    }

    fn connected(&mut self, peer: PeerId, id: ConnectionId, endpoint: ConnectedPoint) {
        let address = endpoint.get_remote_address().clone();
        let inbound = endpoint.is_listener();
        let connection = Connection { id, address: address.clone(), inbound, since: Instant::now() };
        let first = {
            let mut peers = write(&self.shared.peers);
            let peer = peers.entry(peer).or_insert_with(Peer::default);
            peer.connections.push(connection);
            peer.connections.len() == 1
        };
        if first {
            if let Some(score) = self.application_scores.get(&peer).copied() {
                self.set_application_score(peer, score);
            }
            self.shared.queue.push_connection(P2pEvent {
                text: address.to_string(),
                inbound,
                ..P2pEvent::new(P2pEventKind::Connected, peer.to_string())
            });
        }
        if let Some(dial) = self.dials.remove(&id) {
            let _ = dial.reply.try_send(Ok(peer));
        }
    }

    fn disconnected(&mut self, peer: PeerId, id: ConnectionId, left: u32) {
        let mut peers = write(&self.shared.peers);
        if left == 0 {
            peers.remove(&peer);
            self.shared.queue.push_connection(P2pEvent::new(P2pEventKind::Disconnected, peer.to_string()));
        } else if let Some(peer) = peers.get_mut(&peer) {
            peer.connections.retain(|connection| connection.id != id);
        }
    }

    fn identified(&mut self, peer: PeerId, info: identify::Info) {
        let protocols: Vec<String> = info.protocols.iter().map(ToString::to_string).collect();
        let listens: Vec<Multiaddr> = info.listen_addrs.into_iter().take(MAX_ADDRESSES).collect();
        let event = P2pEvent {
            text: info.agent_version.clone(),
            protocols: protocols.clone(),
            addresses: listens.iter().map(ToString::to_string).collect(),
            ..P2pEvent::new(P2pEventKind::Identified, peer.to_string())
        };
        if let Some(kad) = self.swarm.behaviour_mut().kad.as_mut() {
            if kad.protocol_names().iter().any(|name| info.protocols.contains(name)) {
                for address in &listens {
                    kad.add_address(&peer, address.clone());
                }
            }
        }
        let mut peers = write(&self.shared.peers);
        // It may have gone before its identity was handed on.
        if let Some(known) = peers.get_mut(&peer) {
            known.agent = info.agent_version;
            known.protocols = protocols;
            known.listens = listens;
            self.shared.queue.push_connection(event);
        }
    }

    fn reachability_changed(&mut self, status: autonat::NatStatus) {
        let (reachability, mode) = match status {
            autonat::NatStatus::Public(_) => (P2pReachability::Reachable, kad::Mode::Server),
            autonat::NatStatus::Private => (P2pReachability::Unreachable, kad::Mode::Client),
            autonat::NatStatus::Unknown => (P2pReachability::Unknown, kad::Mode::Server),
        };
        *lock(&self.shared.reachability) = reachability;
        if let Some(kad) = self.swarm.behaviour_mut().kad.as_mut() {
            kad.set_mode(Some(mode));
        }
    }

    pub fn dial(&mut self, addresses: Vec<Multiaddr>, peer: Option<PeerId>, reply: Reply<PeerId>) {
        if let Some(peer) = peer.filter(|peer| self.swarm.is_connected(peer)) {
            let _ = reply.try_send(Ok(peer));
            return;
        }
        let attempts: Vec<DialOpts> = match peer {
            Some(peer) => {
                let options = DialOpts::peer_id(peer).condition(PeerCondition::Always).addresses(addresses);
                vec![options.extend_addresses_through_behaviour().build()]
            }
            None => addresses.into_iter().map(|a| DialOpts::unknown_peer_id().address(a).build()).collect(),
        };
        let dial = Arc::new(Dial { reply, failures: Mutex::default() });
        for attempt in attempts {
            let id = attempt.connection_id();
            self.dials.insert(id, dial.clone());
            if let Err(error) = self.swarm.dial(attempt) {
                self.dial_failed(id, &error);
            }
        }
        // The attempts hold it now; when all have failed already, this reference is the last.
        finish_failed(dial);
    }

    fn dial_failed(&mut self, id: ConnectionId, error: &DialError) {
        if let Some(dial) = self.dials.remove(&id) {
            lock(&dial.failures).push(sentence(error));
            finish_failed(dial);
        }
    }

    /// Closes what a new rule forbids.
    pub fn close_blocked(&mut self, subnet: Subnet) {
        let blocked: Vec<ConnectionId> = {
            let peers = read(&self.shared.peers);
            let connections = peers.values().flat_map(|peer| &peer.connections);
            let inside = connections.filter(|c| ip_of(&c.address).is_some_and(|ip| subnet.contains(ip)));
            inside.map(|connection| connection.id).collect()
        };
        for connection in blocked {
            self.swarm.close_connection(connection);
        }
    }

    fn heard(&mut self, from: PeerId, message: MessageId, content: gossipsub::Message) {
        self.last_gossip += 1;
        let event = P2pEvent {
            id: self.last_gossip,
            text: content.topic.into_string(),
            data: content.data,
            ..P2pEvent::new(P2pEventKind::Gossip, from.to_string())
        };
        self.unjudged.insert(self.last_gossip, (message, from));
        if !self.shared.queue.push_gossip(event) {
            self.judge(self.last_gossip, P2pVerdict::Ignore);
        }
        if self.unjudged.len() > MAX_UNJUDGED {
            if let Some((&oldest, _)) = self.unjudged.first_key_value() {
                self.judge(oldest, P2pVerdict::Ignore);
            }
        }
    }

    pub fn judge(&mut self, id: u64, verdict: P2pVerdict) {
        let Some((message, from)) = self.unjudged.remove(&id) else {
            return;
        };
        let acceptance = match verdict {
            P2pVerdict::Accept => MessageAcceptance::Accept,
            P2pVerdict::Reject => MessageAcceptance::Reject,
            _ => MessageAcceptance::Ignore,
        };
        if let Some(gossip) = self.swarm.behaviour_mut().gossip.as_mut() {
            gossip.report_message_validation_result(&message, &from, acceptance);
        }
    }

    pub fn publish(&mut self, topic: &str, data: Vec<u8>) -> Result<(), Fail> {
        let Some(gossip) = self.swarm.behaviour_mut().gossip.as_mut() else {
            return Err(Fail::unsupported("the host was started without topics"));
        };
        match gossip.publish(IdentTopic::new(topic), data) {
            // Those who come later hear of it from others.
            Ok(_) | Err(PublishError::Duplicate | PublishError::NoPeersSubscribedToTopic) => Ok(()),
            Err(PublishError::MessageTooLarge) => Err(Fail::exhausted(format!("too large to be published on {topic}"))),
            Err(error) => Err(Fail::unavailable(format!("publishing on {topic}: {error}"))),
        }
    }

    pub fn scores(&self) -> Vec<P2pScore> {
        let gossip = self.swarm.behaviour().gossip.as_ref();
        let of = |peer: &PeerId| P2pScore {
            id: peer.to_string(),
            score: gossip.and_then(|gossip| gossip.peer_score(peer)).unwrap_or_default(),
            application: self.application_scores.get(peer).copied().unwrap_or_default(),
        };
        self.swarm.connected_peers().map(of).collect()
    }

    pub fn set_application_score(&mut self, peer: PeerId, score: f64) {
        match score == 0.0 {
            true => self.application_scores.remove(&peer),
            false => self.application_scores.insert(peer, score),
        };
        if let Some(gossip) = self.swarm.behaviour_mut().gossip.as_mut() {
            gossip.set_application_score(&peer, score);
        }
    }

    pub fn find_peer(&mut self, peer: PeerId, reply: Reply<Vec<String>>) {
        let Some(kad) = self.swarm.behaviour_mut().kad.as_mut() else {
            let _ = reply.try_send(Err(Fail::not_found(format!("peer {peer} is not connected, and there is no DHT"))));
            return;
        };
        let query = kad.get_closest_peers(peer);
        self.lookups.insert(query, (peer, reply));
    }

    fn looked_up(&mut self, id: kad::QueryId, result: kad::QueryResult, last: bool) {
        let kad::QueryResult::GetClosestPeers(result) = result else {
            return;
        };
        let found = match result {
            Ok(kad::GetClosestPeersOk { peers, .. }) => peers,
            Err(kad::GetClosestPeersError::Timeout { peers, .. }) => peers,
        };
        let Some((peer, _)) = self.lookups.get(&id) else {
            return;
        };
        let peer = *peer;
        let addresses = found.into_iter().find(|info| info.peer_id == peer).map(|info| info.addrs);
        let addresses = addresses.or_else(|| last.then(|| self.routing_addresses(&peer))).unwrap_or_default();
        if addresses.is_empty() && !last {
            return;
        }
        if let Some((_, reply)) = self.lookups.remove(&id) {
            let _ = reply.try_send(match addresses.is_empty() {
                true => Err(Fail::not_found(format!("nobody in the DHT knows peer {peer}"))),
                false => Ok(addresses.iter().map(|address| without_peer(address).to_string()).collect()),
            });
        }
    }

    fn routing_addresses(&mut self, peer: &PeerId) -> Vec<Multiaddr> {
        let Some(kad) = self.swarm.behaviour_mut().kad.as_mut() else {
            return vec![];
        };
        let key = kad::KBucketKey::from(*peer);
        let bucket = kad.kbucket(*peer);
        let entry = bucket.and_then(|bucket| {
            let found = bucket.iter().find(|entry| *entry.node.key == key);
            found.map(|entry| entry.node.value.iter().cloned().collect())
        });
        entry.unwrap_or_default()
    }

    pub fn bootstrap(&mut self) {
        if let Some(kad) = self.swarm.behaviour_mut().kad.as_mut() {
            // Without a known peer there is nobody to ask; connecting to one starts it later.
            let _ = kad.bootstrap();
        }
    }
}

/// Tells the caller when the last attempt of a dial has failed.
fn finish_failed(dial: Arc<Dial>) {
    if let Some(dial) = Arc::into_inner(dial) {
        let failures = lock(&dial.failures).join("; ");
        // Full when another attempt has answered already.
        let _ = dial.reply.try_send(Err(Fail::unavailable(failures)));
    }
}

fn sentence(error: &DialError) -> String {
    match error {
        DialError::Transport(tried) => {
            let each = tried.iter().map(|(address, error)| format!("{address}: {}", deepest(error)));
            each.collect::<Vec<_>>().join("; ")
        }
        DialError::Denied { cause } => deepest(cause),
        DialError::NoAddresses => "no address of the peer is known".into(),
        DialError::WrongPeerId { obtained, address } => format!("at {address} there is {obtained}"),
        error => error.to_string(),
    }
}

/// The cause under all the wrappings says it best.
fn deepest(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

pub fn without_peer(address: &Multiaddr) -> Multiaddr {
    address.iter().filter(|part| !matches!(part, Protocol::P2p(_))).collect()
}
