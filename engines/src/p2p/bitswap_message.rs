//! Bitswap's messages on the wire: protobuf behind a varint of its length (specs.ipfs.tech/bitswap-protocol).

use super::shared::Fail;
use blake2b_simd::Params;
use cid::Cid;
use futures::{AsyncReadExt, AsyncWriteExt};
use libp2p::swarm::Stream;
use prost::Message as _;
use sha2::{Digest, Sha256};

/// As in Go's bitswap.
const MAX_MESSAGE_BYTES: usize = 4 << 20;
const MAX_ENTRIES: usize = 4096;
const CHUNK: usize = 64 << 10;

pub const BLOCK: i32 = 0;
pub const HAVE: i32 = 1;
const PRESENT: i32 = 0;
const ABSENT: i32 = 1;

#[derive(Clone, PartialEq, prost::Message)]
pub struct Entry {
    /// Binary CID.
    #[prost(bytes = "vec", tag = "1")]
    pub cid: Vec<u8>,
    #[prost(int32, tag = "2")]
    pub priority: i32,
    #[prost(bool, tag = "3")]
    pub cancel: bool,
    /// BLOCK or HAVE.
    #[prost(int32, tag = "4")]
    pub want: i32,
    #[prost(bool, tag = "5")]
    pub send_dont_have: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Wantlist {
    #[prost(message, repeated, tag = "1")]
    pub entries: Vec<Entry>,
    #[prost(bool, tag = "2")]
    pub full: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Payload {
    /// The CID without its digest.
    #[prost(bytes = "vec", tag = "1")]
    prefix: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    data: Vec<u8>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Presence {
    #[prost(bytes = "vec", tag = "1")]
    cid: Vec<u8>,
    /// PRESENT or ABSENT.
    #[prost(int32, tag = "2")]
    kind: i32,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Message {
    #[prost(message, optional, tag = "1")]
    wantlist: Option<Wantlist>,
    #[prost(message, repeated, tag = "3")]
    payload: Vec<Payload>,
    #[prost(message, repeated, tag = "4")]
    presences: Vec<Presence>,
}

impl Message {
    pub fn want(cid: &Cid, want: i32, cancel: bool) -> Self {
        let entry = Entry { cid: cid.to_bytes(), priority: 1, cancel, want, send_dont_have: !cancel };
        Message { wantlist: Some(Wantlist { entries: vec![entry], full: false }), ..Message::default() }
    }
    pub fn add_block(&mut self, cid: &Cid, data: Vec<u8>) {
        self.payload.push(Payload { prefix: prefix_of(cid), data });
    }
    pub fn add_presence(&mut self, cid: &Cid, have: bool) {
        self.presences.push(Presence { cid: cid.to_bytes(), kind: if have { PRESENT } else { ABSENT } });
    }
    pub fn is_empty(&self) -> bool {
        self.payload.is_empty() && self.presences.is_empty()
    }
    pub fn wants(&mut self) -> Vec<Entry> {
        self.wantlist.take().unwrap_or_default().entries
    }
    /// The blocks with their CIDs as their bytes have them; those of other hash functions are left out.
    pub fn blocks(&mut self) -> impl Iterator<Item = (Cid, Vec<u8>)> {
        std::mem::take(&mut self.payload).into_iter().filter_map(|Payload { prefix, data }| {
            let cid = cid_of(&prefix, &data)?;
            Some((cid, data))
        })
    }
    /// CIDs and whether the peer has them.
    pub fn presences(&mut self) -> impl Iterator<Item = (Cid, bool)> {
        std::mem::take(&mut self.presences)
            .into_iter()
            .filter_map(|presence| Some((Cid::try_from(presence.cid).ok()?, presence.kind == PRESENT)))
    }
}

const CID_V1: u64 = 1;
const SHA2_256: u64 = 0x12;
const BLAKE2B_256: u64 = 0xb220;

fn put_varint(out: &mut Vec<u8>, value: u64) {
    let mut buffer = unsigned_varint::encode::u64_buffer();
    out.extend_from_slice(unsigned_varint::encode::u64(value, &mut buffer));
}

fn prefix_of(cid: &Cid) -> Vec<u8> {
    let mut out = vec![];
    for value in [u64::from(cid.version()), cid.codec(), cid.hash().code(), u64::from(cid.hash().size())] {
        put_varint(&mut out, value);
    }
    out
}

fn cid_of(prefix: &[u8], data: &[u8]) -> Option<Cid> {
    let mut rest = prefix;
    let mut values = [0; 4];
    for value in &mut values {
        (*value, rest) = unsigned_varint::decode::u64(rest).ok()?;
    }
    let [version, codec, hash, length] = values;
    if version != CID_V1 || length != 32 || !rest.is_empty() {
        return None;
    }
    let digest: [u8; 32] = match hash {
        SHA2_256 => Sha256::digest(data).into(),
        BLAKE2B_256 => Params::new().hash_length(32).hash(data).as_bytes().try_into().ok()?,
        _ => return None,
    };
    Some(Cid::new_v1(codec, cid::multihash::Multihash::wrap(hash, &digest).ok()?))
}

/// The length of the next message; None when the stream has ended.
pub async fn read_length(stream: &mut Stream) -> Result<Option<usize>, Fail> {
    let mut varint = [0; 5];
    for read in 0..varint.len() {
        if stream.read(&mut varint[read..=read]).await? == 0 {
            return Ok(None);
        }
        if varint[read] & 0x80 == 0 {
            let length = unsigned_varint::decode::u32(&varint[..=read]);
            let length = length.map_err(|_| Fail::invalid("a bitswap message's length is no varint"))?.0 as usize;
            return if length <= MAX_MESSAGE_BYTES { Ok(Some(length)) } else { Err(too_large()) };
        }
    }
    Err(too_large())
}

/// The message behind its length. Memory grows with what has come, not with what was announced.
pub async fn read_body(stream: &mut Stream, length: usize) -> Result<Message, Fail> {
    let mut data = vec![];
    while data.len() < length {
        let at = data.len();
        data.resize(length.min(at + CHUNK), 0);
        stream.read_exact(&mut data[at..]).await?;
    }
    decode(&data)
}

fn too_large() -> Fail {
    Fail::exhausted("a bitswap message is too large")
}

/// A message without its length in front.
pub fn decode(data: &[u8]) -> Result<Message, Fail> {
    let message = Message::decode(data).map_err(|_| Fail::invalid("a bitswap message is malformed"))?;
    let wants = message.wantlist.as_ref().map_or(0, |list| list.entries.len());
    // Two bytes on the wire may be fifty here.
    match wants.max(message.payload.len()).max(message.presences.len()) <= MAX_ENTRIES {
        true => Ok(message),
        false => Err(Fail::exhausted("a bitswap message has too many entries")),
    }
}

pub async fn write_message(stream: &mut Stream, message: &Message) -> Result<(), Fail> {
    stream.write_all(&message.encode_length_delimited_to_vec()).await?;
    Ok(stream.flush().await?)
}
