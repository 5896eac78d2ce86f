//! Puts a host together and waits until it listens.

use super::bitswap::{self, Bitswap};
use super::exchange::Server;
use super::ffi::{P2pConfig, P2pHost};
use super::host::{Commands, P2p};
use super::node::Node;
use super::shared::{lock, Shared};
use super::streams::Incoming;
use super::{behaviour, read_identity, transport, Blocks};
use crate::guard::guard;
use anyhow::{anyhow, Context};
use cxx::SharedPtr;
use futures::{FutureExt, StreamExt};
use libp2p::swarm::{self, StreamProtocol, Swarm, SwarmEvent};
use libp2p::Multiaddr;
use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::mpsc::{sync_channel, Receiver};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;

/// For the listeners to have their addresses.
const LISTENING: Duration = Duration::from_secs(5);
/// Streams that have come in and that nobody has looked at yet.
const INCOMING: usize = 256;

pub fn start_p2p(config: &P2pConfig, host: SharedPtr<P2pHost>) -> Result<Box<P2p>, String> {
    guard(|| {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .max_blocking_threads(8)
            .thread_name("p2p")
            .enable_all()
            .build()
            .context("starting the threads")?;
        let blocks = config.serves_blocks.then_some(Blocks(host));
        Ok(Box::new(start(config, blocks, runtime)?))
    })
}

fn start(config: &P2pConfig, blocks: Option<Blocks>, runtime: Runtime) -> anyhow::Result<P2p> {
    let entered = runtime.enter();
    let key = read_identity(&config.identity)?;
    let peer = key.public().to_peer_id();
    let shared = Arc::new(Shared::new());
    let mut protocols = bitswap::PROTOCOLS.to_vec();
    for name in &config.protocols {
        protocols.push(StreamProtocol::try_from_owned(name.clone())?);
    }
    let (incoming_in, incoming) = mpsc::channel(INCOMING);
    let behaviour = behaviour::make(&key, config, &shared, protocols.into(), incoming_in)?;
    let idle = Duration::from_secs(config.idle_timeout_seconds);
    let settings = swarm::Config::with_tokio_executor().with_idle_connection_timeout(idle);
    let mut swarm = Swarm::new(transport::transport(&key, &shared)?, behaviour, peer, settings);
    for address in &config.announce {
        swarm.add_external_address(multiaddress(address)?);
    }
    let mut node = Node::new(swarm, shared.clone());
    runtime.block_on(listen(&mut node, &shared, &config.listen))?;

    let (command_in, commands) = mpsc::unbounded_channel();
    let command_in = Commands(command_in);
    let ended = run(node, commands, shared.clone());
    let opener = command_in.clone();
    let open = Box::new(move |peer, protocols| opener.open(peer, protocols));
    let bitswap = Arc::new(Bitswap::new(shared.clone(), open, blocks));
    let server = Arc::new(Server::new(shared.clone(), config.max_request_bytes, config.max_requests_in_flight));
    tokio::spawn(hand_out(incoming, bitswap.clone(), server));
    drop(entered);
    Ok(P2p {
        peer,
        shared,
        commands: command_in,
        bitswap,
        handle: runtime.handle().clone(),
        runtime: Mutex::new(Some(runtime)),
        ended: Mutex::new(ended),
    })
}

fn multiaddress(text: &str) -> anyhow::Result<Multiaddr> {
    text.parse().with_context(|| format!("{text} is no multiaddress"))
}

/// Some addresses may fail, not all of them.
async fn listen(node: &mut Node, shared: &Shared, addresses: &[String]) -> anyhow::Result<()> {
    let mut waiting = HashSet::new();
    let mut failures = vec![];
    for text in addresses {
        match node.swarm.listen_on(multiaddress(text)?) {
            Ok(listener) => drop(waiting.insert(listener)),
            Err(error) => failures.push(format!("{text}: {error}")),
        }
    }
    let starting = async {
        while !waiting.is_empty() {
            let event = node.swarm.select_next_some().await;
            match &event {
                SwarmEvent::NewListenAddr { listener_id, .. } => drop(waiting.remove(listener_id)),
                SwarmEvent::ListenerClosed { listener_id, reason, .. } => {
                    waiting.remove(listener_id);
                    failures.push(format!("{reason:?}"));
                }
                _ => {}
            }
            node.take(event);
        }
    };
    // A listener without an address in time has no network under it; it may get one later.
    let _ = tokio::time::timeout(LISTENING, starting).await;
    let failures = failures.join("; ");
    if !addresses.is_empty() && lock(&shared.listen).is_empty() {
        return Err(anyhow!("no address can be listened on: {failures}"));
    }
    if !failures.is_empty() {
        log::warn!("not all addresses can be listened on: {failures}");
    }
    Ok(())
}

/// Starts the swarm's task. Whatever ends it, waiting calls and the queue end with it.
fn run(node: Node, commands: mpsc::UnboundedReceiver<super::node::Command>, shared: Arc<Shared>) -> Receiver<()> {
    let (end, ended) = sync_channel(1);
    tokio::spawn(async move {
        if AssertUnwindSafe(node.run(commands)).catch_unwind().await.is_err() {
            log::error!("the peer-to-peer host has failed; it does not go on");
        }
        shared.queue.close();
        let _ = end.try_send(());
    });
    ended
}

/// Gives each stream that comes in to those who serve its protocol.
async fn hand_out(mut incoming: mpsc::Receiver<Incoming>, bitswap: Arc<Bitswap>, server: Arc<Server>) {
    while let Some(stream) = incoming.recv().await {
        match bitswap::PROTOCOLS.contains(&stream.protocol) {
            true => bitswap.accept(stream),
            false => server.accept(stream),
        }
    }
}
