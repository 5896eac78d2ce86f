//! Transports, and a count of the bytes that pass through their streams.

use super::shared::Shared;
use futures::future::Either;
use futures::{AsyncRead, AsyncWrite};
use libp2p::core::muxing::{StreamMuxer, StreamMuxerBox, StreamMuxerEvent};
use libp2p::core::transport::Boxed;
use libp2p::core::upgrade::Version;
use libp2p::identity::Keypair;
use libp2p::{dns, noise, quic, tcp, yamux, PeerId, Transport};
use std::io;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::Arc;
use std::task::{ready, Context, Poll};
use std::time::Duration;

const HANDSHAKE: Duration = Duration::from_secs(15);

type Connections = Boxed<(PeerId, StreamMuxerBox)>;

/// TCP (noise, yamux) and QUIC, by address or DNS name.
pub fn transport(key: &Keypair, shared: &Arc<Shared>) -> anyhow::Result<Connections> {
    match dns::tokio::Transport::system(by_address(key, shared.clone())?) {
        Ok(named) => Ok(named.boxed()),
        Err(error) => {
            log::warn!("peers are reached by address only, the resolver's configuration cannot be read: {error}");
            by_address(key, shared.clone())
        }
    }
}

fn by_address(key: &Keypair, shared: Arc<Shared>) -> anyhow::Result<Connections> {
    let tcp = tcp::tokio::Transport::new(tcp::Config::new().nodelay(true))
        .upgrade(Version::V1Lazy)
        .authenticate(noise::Config::new(key)?)
        .multiplex(yamux::Config::default())
        .timeout(HANDSHAKE);
    let quic = quic::tokio::Transport::new(quic::Config::new(key));
    let counted = quic.or_transport(tcp).map(move |connection, _| match connection {
        Either::Left((peer, inner)) => (peer, StreamMuxerBox::new(Counting { inner, shared: shared.clone() })),
        Either::Right((peer, inner)) => (peer, StreamMuxerBox::new(Counting { inner, shared: shared.clone() })),
    });
    Ok(counted.boxed())
}

struct Counting<T> {
    inner: T,
    shared: Arc<Shared>,
}

impl<T: Unpin> Counting<T> {
    fn inner(self: Pin<&mut Self>) -> Pin<&mut T> {
        Pin::new(&mut self.get_mut().inner)
    }
    fn read(&self, bytes: usize) {
        self.shared.traffic.bytes_in.fetch_add(bytes as u64, Ordering::Relaxed);
    }
    fn written(&self, bytes: usize) {
        self.shared.traffic.bytes_out.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

impl<M> StreamMuxer for Counting<M>
where
    M: StreamMuxer + Unpin,
    M::Substream: Unpin,
{
    type Substream = Counting<M::Substream>;
    type Error = M::Error;

    fn poll_inbound(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Self::Substream, M::Error>> {
        let inner = ready!(self.as_mut().inner().poll_inbound(context))?;
        Poll::Ready(Ok(Counting { inner, shared: self.shared.clone() }))
    }
    fn poll_outbound(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Self::Substream, M::Error>> {
        let inner = ready!(self.as_mut().inner().poll_outbound(context))?;
        Poll::Ready(Ok(Counting { inner, shared: self.shared.clone() }))
    }
    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), M::Error>> {
        self.inner().poll_close(context)
    }
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<StreamMuxerEvent, M::Error>> {
        self.inner().poll(context)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Counting<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, out: &mut [u8]) -> Poll<io::Result<usize>> {
        let bytes = ready!(self.as_mut().inner().poll_read(context, out))?;
        self.read(bytes);
        Poll::Ready(Ok(bytes))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counting<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        let bytes = ready!(self.as_mut().inner().poll_write(context, data))?;
        self.written(bytes);
        Poll::Ready(Ok(bytes))
    }
    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner().poll_flush(context)
    }
    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner().poll_close(context)
    }
}
