//! Bitswap: single blocks from peers that have them, and blocks of ours for peers that ask. Each message goes out on a
//! stream of its own; nothing is remembered of what peers want and we do not have.

use super::bitswap_message::{read_body, read_length, write_message, Entry, Message, BLOCK, HAVE};
use super::shared::{lock, read, Fail, Shared};
use super::streams::Incoming;
use super::Blocks;
use cid::Cid;
use futures::future::BoxFuture;
use futures::AsyncWriteExt;
use libp2p::swarm::{Stream, StreamProtocol};
use libp2p::PeerId;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{mpsc, Semaphore};
use tokio::time::timeout;

/// Filecoin's nodes put "/chain" in front.
pub const PROTOCOLS: [StreamProtocol; 2] =
    [StreamProtocol::new("/chain/ipfs/bitswap/1.2.0"), StreamProtocol::new("/chain/ipfs/bitswap/1.1.0")];

const MAX_PEERS_ASKED: usize = 32;
/// For a peer that says it has the block to send it.
const PATIENCE: Duration = Duration::from_secs(10);
const TRANSFER: Duration = Duration::from_secs(30);
/// A stream on which nothing comes for so long is dropped.
const QUIET: Duration = Duration::from_secs(120);
const MAX_STREAMS: usize = 512;
/// Of messages being read or served, in KiB.
const MEMORY: usize = 64 << 10;
const MAX_WANTS: usize = 512;
const MAX_SERVED_AT_ONCE: usize = 8;
/// A message is sent when its blocks have grown to this.
const FULL_MESSAGE: usize = 1 << 20;

type OpenStream = Box<dyn Fn(PeerId, Arc<[StreamProtocol]>) -> BoxFuture<'static, Result<Stream, Fail>> + Send + Sync>;

enum Answer {
    Block(Vec<u8>),
    Have,
    /// Also when it cannot be asked.
    Missing,
}

type Asker = mpsc::Sender<(PeerId, Answer)>;

pub struct Bitswap {
    shared: Arc<Shared>,
    open: OpenStream,
    blocks: Option<Blocks>,
    asked: Mutex<Asked>,
    streams: Arc<Semaphore>,
    memory: Semaphore,
    serving: Semaphore,
}

#[derive(Default)]
struct Asked {
    last_id: u64,
    waiting: HashMap<Cid, Vec<(u64, Asker)>>,
}

/// A fetch that waits for answers; forgotten with this object.
struct Waiting<'a> {
    bitswap: &'a Bitswap,
    cid: Cid,
    id: u64,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut asked = lock(&self.bitswap.asked);
        if let Some(askers) = asked.waiting.get_mut(&self.cid) {
            askers.retain(|(id, _)| *id != self.id);
            if askers.is_empty() {
                asked.waiting.remove(&self.cid);
            }
        }
    }
}

impl Bitswap {
    pub fn new(shared: Arc<Shared>, open: OpenStream, blocks: Option<Blocks>) -> Self {
        Bitswap {
            shared,
            open,
            blocks,
            asked: Mutex::default(),
            streams: Arc::new(Semaphore::new(MAX_STREAMS)),
            memory: Semaphore::new(MEMORY),
            serving: Semaphore::new(MAX_SERVED_AT_ONCE),
        }
    }

    async fn send(&self, peer: PeerId, message: &Message) -> Result<(), Fail> {
        let mut stream = (self.open)(peer, PROTOCOLS.into()).await?;
        let sending = async {
            write_message(&mut stream, message).await?;
            Ok(stream.close().await?)
        };
        timeout(TRANSFER, sending).await.map_err(|_| Fail::out_of_time("sending a bitswap message"))?
    }

    /// Sends in a task of its own; a peer that cannot be told is one that does not have the block.
    fn tell(self: &Arc<Self>, peer: PeerId, message: Message, failed: Option<Asker>) {
        let this = self.clone();
        tokio::spawn(async move {
            if this.send(peer, &message).await.is_err() {
                if let Some(asker) = failed {
                    let _ = asker.send((peer, Answer::Missing)).await;
                }
            }
        });
    }

    /// Connected peers that may speak bitswap: identify has said so, or has not said anything yet. The likely one is among them,
    /// whichever others are left out.
    fn candidates(&self, likely: Option<PeerId>) -> HashSet<PeerId> {
        let speaks = |protocols: &[String]| {
            protocols.is_empty() || protocols.iter().any(|name| PROTOCOLS.iter().any(|known| known.as_ref() == name))
        };
        let peers = read(&self.shared.peers);
        let mut asked: HashSet<PeerId> =
            peers.iter().filter(|(_, peer)| speaks(&peer.protocols)).map(|(id, _)| *id).take(MAX_PEERS_ASKED).collect();
        asked.extend(likely.filter(|id| peers.contains_key(id)));
        asked
    }

    /// Asks all peers whether they have the block and then one after the other of those for it.
    pub async fn fetch(self: Arc<Self>, cid: Cid, likely: Option<PeerId>) -> Result<Vec<u8>, Fail> {
        let (asker, mut answers) = mpsc::channel(2 * MAX_PEERS_ASKED + 2);
        let _waiting = self.wait_for(cid, asker.clone());
        let mut silent: HashSet<PeerId> = self.candidates(likely);
        for peer in &silent {
            self.tell(*peer, Message::want(&cid, HAVE, false), Some(asker.clone()));
        }
        let mut ready = VecDeque::new();
        let mut sending: Option<PeerId> = None;
        let mut told = silent.clone();
        let fetched = loop {
            if sending.is_none() {
                sending = ready.pop_front();
                match sending {
                    Some(peer) => self.tell(peer, Message::want(&cid, BLOCK, false), Some(asker.clone())),
                    None if silent.is_empty() => break Err(Fail::not_found(format!("no connected peer has {cid}"))),
                    None => {}
                }
            }
            let answer = match sending {
                Some(peer) => timeout(PATIENCE, answers.recv()).await.unwrap_or(Some((peer, Answer::Missing))),
                None => answers.recv().await,
            };
            // This function holds a sender itself, so there is always an answer to come.
            let Some((peer, answer)) = answer else {
                break Err(Fail::closed());
            };
            let first = silent.remove(&peer);
            match answer {
                Answer::Block(data) => {
                    told.remove(&peer);
                    break Ok(data);
                }
                Answer::Have if first => ready.push_back(peer),
                Answer::Have => {}
                Answer::Missing => {
                    told.remove(&peer);
                    ready.retain(|other| *other != peer);
                    if sending == Some(peer) {
                        sending = None;
                    }
                }
            }
        };
        // Else they would send it when it comes to them.
        for peer in told {
            self.tell(peer, Message::want(&cid, BLOCK, true), None);
        }
        fetched
    }

    fn wait_for(&self, cid: Cid, asker: Asker) -> Waiting<'_> {
        let mut asked = lock(&self.asked);
        asked.last_id += 1;
        let id = asked.last_id;
        asked.waiting.entry(cid).or_default().push((id, asker));
        Waiting { bitswap: self, cid, id }
    }

    /// Reads a peer's messages until it ends the stream.
    pub fn accept(self: &Arc<Self>, mut incoming: Incoming) {
        let Ok(permit) = self.streams.clone().try_acquire_owned() else {
            return;
        };
        let this = self.clone();
        tokio::spawn(async move {
            let _permit = permit;
            // What went wrong is the peer's affair; it sees the stream end.
            while let Ok(Ok(Some(length))) = timeout(QUIET, read_length(&mut incoming.stream)).await {
                let Ok(_memory) = this.memory.acquire_many((length >> 10) as u32 + 1).await else {
                    return;
                };
                let Ok(Ok(message)) = timeout(TRANSFER, read_body(&mut incoming.stream, length)).await else {
                    return;
                };
                this.take(incoming.peer, message).await;
            }
        });
    }

    async fn take(&self, peer: PeerId, mut message: Message) {
        let wants = message.wants();
        if !lock(&self.asked).waiting.is_empty() {
            for (cid, data) in message.blocks() {
                self.answered(peer, cid, || Answer::Block(data.clone()));
            }
            for (cid, have) in message.presences() {
                self.answered(peer, cid, || if have { Answer::Have } else { Answer::Missing });
            }
        }
        if wants.iter().any(|entry| !entry.cancel) {
            // The stream is read on when these are served: whoever asks for much waits.
            if let Ok(_permit) = self.serving.acquire().await {
                let _ = timeout(TRANSFER, self.serve(peer, wants)).await;
            }
        }
    }

    fn answered(&self, peer: PeerId, cid: Cid, answer: impl Fn() -> Answer) {
        if let Some(askers) = lock(&self.asked).waiting.get(&cid) {
            for (_, asker) in askers {
                // Full only when a peer repeats itself.
                let _ = asker.try_send((peer, answer()));
            }
        }
    }

    async fn serve(&self, peer: PeerId, wants: Vec<Entry>) -> Result<(), Fail> {
        let mut stream = (self.open)(peer, PROTOCOLS.into()).await?;
        let mut message = Message::default();
        let mut bytes = 0;
        for want in wants.into_iter().filter(|entry| !entry.cancel).take(MAX_WANTS) {
            let Ok(cid) = Cid::try_from(&want.cid[..]) else {
                continue;
            };
            match self.block(cid).await {
                Some(data) if want.want == BLOCK => {
                    bytes += data.len();
                    message.add_block(&cid, data);
                }
                Some(_) => message.add_presence(&cid, true),
                None if want.send_dont_have => message.add_presence(&cid, false),
                None => {}
            }
            if bytes >= FULL_MESSAGE {
                write_message(&mut stream, &std::mem::take(&mut message)).await?;
                bytes = 0;
            }
        }
        if !message.is_empty() {
            write_message(&mut stream, &message).await?;
        }
        Ok(stream.close().await?)
    }

    async fn block(&self, cid: Cid) -> Option<Vec<u8>> {
        let blocks = self.blocks.clone()?;
        tokio::task::spawn_blocking(move || blocks.get(&cid.to_bytes())).await.ok().flatten()
    }
}
