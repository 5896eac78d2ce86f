//! The protocols that one host speaks, put together.

use super::ffi::P2pConfig;
use super::gate::{Gate, Limits};
use super::gossip::{self, Gossip};
use super::shared::Shared;
use super::streams::{Incoming, Streams};
use libp2p::identity::Keypair;
use libp2p::kad::store::MemoryStore;
use libp2p::swarm::behaviour::toggle::Toggle;
use libp2p::swarm::{NetworkBehaviour, StreamProtocol};
use libp2p::{autonat, identify, kad, mdns, ping};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

#[derive(NetworkBehaviour)]
pub struct Behaviour {
    /// Stands first: what it refuses the others do not see.
    gate: Gate,
    pub streams: Streams,
    pub gossip: Toggle<Gossip>,
    pub kad: Toggle<kad::Behaviour<MemoryStore>>,
    identify: identify::Behaviour,
    ping: ping::Behaviour,
    autonat: autonat::Behaviour,
    mdns: Toggle<mdns::tokio::Behaviour>,
}

pub fn make(
    key: &Keypair,
    config: &P2pConfig,
    shared: &Arc<Shared>,
    protocols: Arc<[StreamProtocol]>,
    incoming: mpsc::Sender<Incoming>,
) -> anyhow::Result<Behaviour> {
    let peer = key.public().to_peer_id();
    let limits = Limits {
        connections: config.max_connections,
        per_peer: config.max_connections_per_peer,
        incoming_per_second: config.max_incoming_per_second,
    };
    let identify = identify::Config::new("ipfs/0.1.0".into(), key.public())
        .with_agent_version(config.agent.clone())
        .with_push_listen_addr_updates(true)
        .with_hide_listen_addrs(!config.announce.is_empty());
    let mut autonat = autonat::Config { only_global_ips: !config.private_network, ..Default::default() };
    if config.private_network {
        // Its other nodes are there as soon as they are connected.
        autonat.boot_delay = Duration::from_secs(1);
    }
    Ok(Behaviour {
        gate: Gate::new(shared.clone(), limits),
        streams: Streams::new(shared.clone(), protocols, incoming),
        gossip: gossip::make(key, config)?.into(),
        kad: kademlia(key, config)?.into(),
        identify: identify::Behaviour::new(identify),
        ping: ping::Behaviour::default(),
        autonat: autonat::Behaviour::new(peer, autonat),
        mdns: match config.mdns {
            true => Some(mdns::tokio::Behaviour::new(mdns::Config::default(), peer)?),
            false => None,
        }
        .into(),
    })
}

/// Serves lookups until it is known that nobody can reach us. Stores no records: Filecoin's table is for peers only.
fn kademlia(key: &Keypair, config: &P2pConfig) -> anyhow::Result<Option<kad::Behaviour<MemoryStore>>> {
    if config.kad_protocol.is_empty() {
        return Ok(None);
    }
    let peer = key.public().to_peer_id();
    let mut settings = kad::Config::new(StreamProtocol::try_from_owned(config.kad_protocol.clone())?);
    settings.set_record_filtering(kad::StoreInserts::FilterBoth);
    let mut kad = kad::Behaviour::with_config(peer, MemoryStore::new(peer), settings);
    kad.set_mode(Some(kad::Mode::Server));
    Ok(Some(kad))
}
