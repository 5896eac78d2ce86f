//! One request, one response on a stream of its own: each is one CBOR item. Either side answers as soon as the item is
//! whole, because lotus does not always close the side it has written. Also the ping of libp2p on demand.

use super::cbor::ItemEnd;
use super::ffi::{P2pEvent, P2pEventKind};
use super::shared::{lock, Fail, Shared};
use super::streams::Incoming;
use futures::{AsyncReadExt, AsyncWriteExt};
use libp2p::swarm::{Stream, StreamProtocol};
use libp2p::PeerId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::{oneshot, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

pub const PING: StreamProtocol = StreamProtocol::new("/ipfs/ping/1.0.0");

/// For a request to come in whole, and for a response to be taken by the peer.
const TRANSFER: Duration = Duration::from_secs(30);
/// For the response to be made.
const SERVING: Duration = Duration::from_secs(60);
const CHUNK: usize = 16 << 10;

/// Reads one CBOR item of at most `max_bytes`.
pub async fn read_item(stream: &mut Stream, max_bytes: usize) -> Result<Vec<u8>, Fail> {
    let mut end = ItemEnd::new(max_bytes);
    let mut data = vec![];
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = stream.read(&mut chunk).await?;
        if read == 0 {
            return Err(Fail::unavailable("the peer ended the stream before its answer was whole"));
        }
        let used = end.feed(&chunk[..read])?;
        data.extend_from_slice(&chunk[..used.unwrap_or(read)]);
        if used.is_some() {
            return Ok(data);
        }
    }
}

pub async fn request(mut stream: Stream, data: Vec<u8>, max_bytes: usize) -> Result<Vec<u8>, Fail> {
    stream.write_all(&data).await?;
    stream.close().await?;
    read_item(&mut stream, max_bytes).await
}

/// The time from sending 32 bytes to having them back.
pub async fn ping(mut stream: Stream) -> Result<Duration, Fail> {
    let sent: [u8; 32] = rand::random();
    let start = Instant::now();
    stream.write_all(&sent).await?;
    stream.flush().await?;
    let mut back = [0; 32];
    stream.read_exact(&mut back).await?;
    match back == sent {
        true => Ok(start.elapsed()),
        false => Err(Fail::unavailable("the peer answered the ping with other bytes")),
    }
}

/// Serves requests: each becomes an event and waits for its response.
pub struct Server {
    shared: Arc<Shared>,
    max_request_bytes: usize,
    slots: Arc<Semaphore>,
    /// So that one peer cannot take all slots.
    max_per_peer: usize,
    of_peer: Mutex<HashMap<PeerId, usize>>,
}

/// A request being served.
struct Slot {
    server: Arc<Server>,
    peer: PeerId,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut of_peer = lock(&self.server.of_peer);
        if let Some(count) = of_peer.get_mut(&self.peer) {
            *count -= 1;
            if *count == 0 {
                of_peer.remove(&self.peer);
            }
        }
    }
}

/// A request registered as waiting for its response; forgotten with this object.
struct Waiting<'a> {
    shared: &'a Shared,
    id: u64,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        lock(&self.shared.requests).waiting.remove(&self.id);
    }
}

impl Server {
    pub fn new(shared: Arc<Shared>, max_request_bytes: usize, max_in_flight: usize) -> Self {
        Server {
            shared,
            max_request_bytes,
            slots: Arc::new(Semaphore::new(max_in_flight)),
            max_per_peer: (max_in_flight / 4).max(1),
            of_peer: Mutex::default(),
        }
    }

    fn slot(self: &Arc<Self>, peer: PeerId) -> Option<Slot> {
        let permit = self.slots.clone().try_acquire_owned().ok()?;
        let mut of_peer = lock(&self.of_peer);
        let count = of_peer.entry(peer).or_default();
        if *count >= self.max_per_peer {
            return None;
        }
        *count += 1;
        Some(Slot { server: self.clone(), peer, _permit: permit })
    }

    /// Starts serving, or resets the stream when too many are served.
    pub fn accept(self: &Arc<Self>, incoming: Incoming) {
        if let Some(slot) = self.slot(incoming.peer) {
            tokio::spawn(async move {
                // What went wrong is the peer's affair; it sees the stream end.
                let _ = slot.server.serve(incoming).await;
            });
        }
    }

    async fn serve(&self, mut incoming: Incoming) -> Result<(), Fail> {
        let late = |_| Fail::out_of_time("a request");
        let reading = read_item(&mut incoming.stream, self.max_request_bytes);
        let data = timeout(TRANSFER, reading).await.map_err(late)??;
        let (answer, answered) = oneshot::channel();
        let id = {
            let mut requests = lock(&self.shared.requests);
            requests.last_id += 1;
            let id = requests.last_id;
            requests.waiting.insert(id, answer);
            id
        };
        let _waiting = Waiting { shared: &self.shared, id };
        self.shared.queue.push_request(P2pEvent {
            id,
            text: incoming.protocol.to_string(),
            data,
            ..P2pEvent::new(P2pEventKind::Request, incoming.peer.to_string())
        });
        let response = timeout(SERVING, answered).await.map_err(late)?.map_err(|_| Fail::unavailable("refused"))?;
        let writing = async {
            incoming.stream.write_all(&response).await?;
            incoming.stream.close().await
        };
        Ok(timeout(TRANSFER, writing).await.map_err(late)??)
    }
}
