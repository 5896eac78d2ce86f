//! Which connections are let in: blocked peers and subnets, how many in all, per peer and per second.

use super::shared::{read, Shared};
use libp2p::core::transport::PortUse;
use libp2p::core::Endpoint;
use libp2p::multiaddr::Protocol;
use libp2p::swarm::behaviour::{ConnectionClosed, ConnectionEstablished};
use libp2p::swarm::{
    dummy, ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent, THandlerOutEvent,
    ToSwarm,
};
use libp2p::{Multiaddr, PeerId};
use std::collections::HashMap;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

/// "1.2.3.0/24", or one address.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Subnet {
    bits: u128,
    mask: u128,
    v4: bool,
}

/// An IPv4 address stands in the upper 32 bits.
fn bits_of(ip: IpAddr) -> (u128, bool) {
    match ip.to_canonical() {
        IpAddr::V4(ip) => (u128::from(u32::from(ip)) << 96, true),
        IpAddr::V6(ip) => (u128::from(ip), false),
    }
}

impl Subnet {
    pub fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
            None => (text, None),
        };
        let (bits, v4) = bits_of(address.parse().ok()?);
        let longest = if v4 { 32 } else { 128 };
        let length = length.unwrap_or(longest);
        if length > longest {
            return None;
        }
        let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
        Some(Subnet { bits: bits & mask, mask, v4 })
    }

    pub fn contains(&self, ip: IpAddr) -> bool {
        let (bits, v4) = bits_of(ip);
        v4 == self.v4 && bits & self.mask == self.bits
    }
}

/// The address that a multiaddress begins with.
pub fn ip_of(address: &Multiaddr) -> Option<IpAddr> {
    match address.iter().next()? {
        Protocol::Ip4(ip) => Some(ip.into()),
        Protocol::Ip6(ip) => Some(ip.into()),
        _ => None,
    }
}

pub struct Limits {
    pub connections: u32,
    pub per_peer: u32,
    pub incoming_per_second: u32,
}

pub struct Gate {
    shared: Arc<Shared>,
    limits: Limits,
    established: HashMap<PeerId, u32>,
    total: u32,
    /// Connections that may still come in now; grows by the limit each second, up to the limit.
    allowance: f64,
    allowance_at: Instant,
}

#[derive(Debug)]
struct Refused(&'static str);

impl std::fmt::Display for Refused {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.0)
    }
}
impl std::error::Error for Refused {}

fn refuse<T>(why: &'static str) -> Result<T, ConnectionDenied> {
    Err(ConnectionDenied::new(Refused(why)))
}

impl Gate {
    pub fn new(shared: Arc<Shared>, limits: Limits) -> Self {
        let allowance = f64::from(limits.incoming_per_second);
        Gate { shared, limits, established: HashMap::new(), total: 0, allowance, allowance_at: Instant::now() }
    }

    fn take_allowance(&mut self) -> bool {
        let now = Instant::now();
        let limit = f64::from(self.limits.incoming_per_second);
        let grown = now.duration_since(self.allowance_at).as_secs_f64() * limit;
        self.allowance = (self.allowance + grown).min(limit);
        self.allowance_at = now;
        if self.allowance < 1.0 {
            return false;
        }
        self.allowance -= 1.0;
        true
    }

    fn admit(&self, peer: &PeerId, address: &Multiaddr) -> Result<dummy::ConnectionHandler, ConnectionDenied> {
        let rules = read(&self.shared.rules);
        if rules.blocked_peers.contains(peer) {
            return refuse("the peer is blocked");
        }
        if rules.blocks_address(address) {
            return refuse("the address is blocked");
        }
        if !rules.protected.contains(peer) {
            if self.established.get(peer).is_some_and(|count| *count >= self.limits.per_peer) {
                return refuse("as many connections to the peer as allowed are open");
            }
            if self.total >= self.limits.connections {
                return refuse("as many connections as allowed are open");
            }
        }
        Ok(dummy::ConnectionHandler)
    }
}

impl NetworkBehaviour for Gate {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = Infallible;

    fn handle_pending_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        if read(&self.shared.rules).blocks_address(remote) {
            return refuse("the address is blocked");
        }
        match self.take_allowance() {
            true => Ok(()),
            false => refuse("more connections come in than allowed"),
        }
    }

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.admit(&peer, remote)
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.admit(&peer, address)
    }

    fn on_swarm_event(&mut self, event: FromSwarm) {
        match event {
            FromSwarm::ConnectionEstablished(ConnectionEstablished { peer_id, .. }) => {
                *self.established.entry(peer_id).or_default() += 1;
                self.total += 1;
            }
            FromSwarm::ConnectionClosed(ConnectionClosed { peer_id, remaining_established, .. }) => {
                self.total -= 1;
                match remaining_established {
                    0 => self.established.remove(&peer_id),
                    left => self.established.insert(peer_id, left as u32),
                };
            }
            _ => {}
        }
    }

    fn on_connection_handler_event(&mut self, _: PeerId, _: ConnectionId, event: THandlerOutEvent<Self>) {
        match event {}
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        Poll::Pending
    }
}
