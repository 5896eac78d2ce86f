//! Streams of our own protocols: opened on demand, and those that come in handed to one receiver. Also what keeps a
//! protected peer's connections open.

use super::shared::{Fail, Shared};
use futures::future::{ready, Ready};
use libp2p::core::transport::PortUse;
use libp2p::core::upgrade::{InboundUpgrade, OutboundUpgrade, UpgradeInfo};
use libp2p::core::Endpoint;
use libp2p::swarm::behaviour::{ConnectionClosed, ConnectionEstablished};
use libp2p::swarm::handler::{ConnectionEvent, DialUpgradeError, FullyNegotiatedInbound, FullyNegotiatedOutbound};
use libp2p::swarm::{
    ConnectionDenied, ConnectionHandler, ConnectionHandlerEvent, ConnectionId, FromSwarm, NetworkBehaviour,
    NotifyHandler, Stream, StreamProtocol, StreamUpgradeError, SubstreamProtocol, THandler, THandlerInEvent,
    THandlerOutEvent, ToSwarm,
};
use libp2p::{Multiaddr, PeerId};
use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use tokio::sync::{mpsc, oneshot};

/// A stream that a peer opened.
pub struct Incoming {
    pub peer: PeerId,
    pub protocol: StreamProtocol,
    pub stream: Stream,
}

type Opened = oneshot::Sender<Result<Stream, Fail>>;

/// The wish for a stream with the first protocol of the list that the peer speaks.
#[derive(Debug)]
pub struct Open {
    protocols: Arc<[StreamProtocol]>,
    reply: Opened,
}

pub struct Streams {
    shared: Arc<Shared>,
    protocols: Arc<[StreamProtocol]>,
    incoming: mpsc::Sender<Incoming>,
    connections: HashMap<PeerId, Vec<ConnectionId>>,
    wishes: VecDeque<ToSwarm<Infallible, Open>>,
    waker: Option<Waker>,
}

impl Streams {
    /// `protocols` are those that peers may open; when the receiver does not keep up, streams are reset.
    pub fn new(shared: Arc<Shared>, protocols: Arc<[StreamProtocol]>, incoming: mpsc::Sender<Incoming>) -> Self {
        Streams { shared, protocols, incoming, connections: HashMap::new(), wishes: VecDeque::new(), waker: None }
    }

    pub fn open(&mut self, peer: PeerId, protocols: Arc<[StreamProtocol]>, reply: Opened) {
        // The newest connection: an older one may be about to be found dead.
        let Some(connection) = self.connections.get(&peer).and_then(|all| all.last()) else {
            let _ = reply.send(Err(Fail::unavailable(format!("peer {peer} is not connected"))));
            return;
        };
        self.wishes.push_back(ToSwarm::NotifyHandler {
            peer_id: peer,
            handler: NotifyHandler::One(*connection),
            event: Open { protocols, reply },
        });
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn handler(&self, peer: PeerId) -> Handler {
        Handler {
            peer,
            shared: self.shared.clone(),
            protocols: self.protocols.clone(),
            incoming: self.incoming.clone(),
            wishes: VecDeque::new(),
        }
    }
}

impl NetworkBehaviour for Streams {
    type ConnectionHandler = Handler;
    type ToSwarm = Infallible;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(self.handler(peer))
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(self.handler(peer))
    }

    fn on_swarm_event(&mut self, event: FromSwarm) {
        match event {
            FromSwarm::ConnectionEstablished(ConnectionEstablished { peer_id, connection_id, .. }) => {
                self.connections.entry(peer_id).or_default().push(connection_id);
            }
            FromSwarm::ConnectionClosed(ConnectionClosed { peer_id, connection_id, .. }) => {
                if let Some(all) = self.connections.get_mut(&peer_id) {
                    all.retain(|id| *id != connection_id);
                    if all.is_empty() {
                        self.connections.remove(&peer_id);
                    }
                }
            }
            _ => {}
        }
    }

    fn on_connection_handler_event(&mut self, _: PeerId, _: ConnectionId, event: THandlerOutEvent<Self>) {
        match event {}
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        if let Some(wish) = self.wishes.pop_front() {
            return Poll::Ready(wish);
        }
        self.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

pub struct Handler {
    peer: PeerId,
    shared: Arc<Shared>,
    protocols: Arc<[StreamProtocol]>,
    incoming: mpsc::Sender<Incoming>,
    wishes: VecDeque<Open>,
}

impl ConnectionHandler for Handler {
    type FromBehaviour = Open;
    type ToBehaviour = Infallible;
    type InboundProtocol = AnyOf;
    type OutboundProtocol = AnyOf;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = Open;

    fn listen_protocol(&self) -> SubstreamProtocol<AnyOf> {
        SubstreamProtocol::new(AnyOf(self.protocols.clone()), ())
    }

    fn connection_keep_alive(&self) -> bool {
        self.shared.is_protected(&self.peer)
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ConnectionHandlerEvent<AnyOf, Open, Infallible>> {
        // The connection polls again after each wish that comes in.
        match self.wishes.pop_front() {
            Some(wish) => Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest {
                protocol: SubstreamProtocol::new(AnyOf(wish.protocols.clone()), wish),
            }),
            None => Poll::Pending,
        }
    }

    fn on_behaviour_event(&mut self, wish: Open) {
        self.wishes.push_back(wish);
    }

    fn on_connection_event(&mut self, event: ConnectionEvent<AnyOf, AnyOf, (), Open>) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound {
                protocol: (stream, protocol), ..
            }) => {
                // Dropped when the receiver is full: the peer sees a reset.
                let _ = self.incoming.try_send(Incoming { peer: self.peer, protocol, stream });
            }
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound { protocol: (stream, _), info }) => {
                let _ = info.reply.send(Ok(stream));
            }
            ConnectionEvent::DialUpgradeError(DialUpgradeError { info, error }) => {
                let _ = info.reply.send(Err(match error {
                    StreamUpgradeError::NegotiationFailed => {
                        Fail::unsupported(format!("peer {} does not speak {}", self.peer, names(&info.protocols)))
                    }
                    error => Fail::unavailable(format!("opening a stream to {}: {error}", self.peer)),
                }));
            }
            _ => {}
        }
    }
}

fn names(protocols: &[StreamProtocol]) -> String {
    protocols.iter().map(|protocol| protocol.as_ref()).collect::<Vec<_>>().join(" or ")
}

/// Negotiates the first protocol of a list that the other side speaks too.
pub struct AnyOf(Arc<[StreamProtocol]>);

impl UpgradeInfo for AnyOf {
    type Info = StreamProtocol;
    type InfoIter = std::vec::IntoIter<StreamProtocol>;

    fn protocol_info(&self) -> Self::InfoIter {
        self.0.to_vec().into_iter()
    }
}

impl InboundUpgrade<Stream> for AnyOf {
    type Output = (Stream, StreamProtocol);
    type Error = Infallible;
    type Future = Ready<Result<Self::Output, Self::Error>>;

    fn upgrade_inbound(self, stream: Stream, protocol: StreamProtocol) -> Self::Future {
        ready(Ok((stream, protocol)))
    }
}

impl OutboundUpgrade<Stream> for AnyOf {
    type Output = (Stream, StreamProtocol);
    type Error = Infallible;
    type Future = Ready<Result<Self::Output, Self::Error>>;

    fn upgrade_outbound(self, stream: Stream, protocol: StreamProtocol) -> Self::Future {
        ready(Ok((stream, protocol)))
    }
}
