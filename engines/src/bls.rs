//! BLS12-381 signatures as Filecoin uses them: public keys in G1 (48 bytes), signatures in G2 (96 bytes). Lists cross
//! the bridge as one run of bytes.

use crate::guard::guard;
use anyhow::{ensure, Context};
use bls_signatures::{PrivateKey, PublicKey, Serialize, Signature};
use blstrs::G2Affine;
use group::prime::PrimeCurveAffine;

#[cxx::bridge(namespace = "nelumbo::engines")]
mod ffi {
    extern "Rust" {
        /// The private key (little-endian scalar) that the draft's KeyGen derives from 32 or more random bytes.
        fn bls_key_from_seed(seed: &[u8]) -> Result<Vec<u8>>;
        fn bls_public_key(private_key: &[u8]) -> Result<Vec<u8>>;
        fn bls_sign(private_key: &[u8], message: &[u8]) -> Result<Vec<u8>>;
        fn bls_verify(signature: &[u8], public_key: &[u8], message: &[u8]) -> bool;
        /// `signatures`: 96 bytes each, at least one.
        fn bls_aggregate(signatures: &[u8]) -> Result<Vec<u8>>;
        /// `messages` are laid end to end with their lengths in `lengths`; `public_keys`: 48 bytes each.
        fn bls_verify_aggregate(signature: &[u8], messages: &[u8], lengths: &[usize], public_keys: &[u8]) -> bool;
        /// The G2 identity: the aggregate of no signatures.
        fn bls_empty_aggregate() -> Vec<u8>;
    }
}

const PUBLIC_KEY: usize = 48;
const SIGNATURE: usize = 96;

fn private_key(bytes: &[u8]) -> anyhow::Result<PrivateKey> {
    ensure!(bytes.iter().any(|b| *b != 0), "a BLS private key cannot be zero");
    PrivateKey::from_bytes(bytes).context("not a BLS private key")
}

fn bls_key_from_seed(seed: &[u8]) -> Result<Vec<u8>, String> {
    guard(|| {
        ensure!(seed.len() >= 32, "a BLS key needs 32 bytes of randomness, got {}", seed.len());
        Ok(PrivateKey::new(seed).as_bytes())
    })
}

fn bls_public_key(key: &[u8]) -> Result<Vec<u8>, String> {
    guard(|| Ok(private_key(key)?.public_key().as_bytes()))
}

fn bls_sign(key: &[u8], message: &[u8]) -> Result<Vec<u8>, String> {
    guard(|| Ok(private_key(key)?.sign(message).as_bytes()))
}

fn bls_verify(signature: &[u8], public_key: &[u8], message: &[u8]) -> bool {
    bls_verify_aggregate(signature, message, &[message.len()], public_key)
}

fn bls_aggregate(signatures: &[u8]) -> Result<Vec<u8>, String> {
    guard(|| {
        ensure!(signatures.len() % SIGNATURE == 0, "BLS signatures are {SIGNATURE} bytes each");
        let parts = signatures
            .chunks(SIGNATURE)
            .map(|each| Signature::from_bytes(each).context("not a BLS signature"))
            .collect::<anyhow::Result<Vec<_>>>()?;
        Ok(bls_signatures::aggregate(&parts).context("aggregating BLS signatures")?.as_bytes())
    })
}

fn bls_verify_aggregate(signature: &[u8], messages: &[u8], lengths: &[usize], public_keys: &[u8]) -> bool {
    guard(|| {
        let signature = Signature::from_bytes(signature)?;
        ensure!(public_keys.len() == lengths.len() * PUBLIC_KEY, "one public key for each message");
        let keys = public_keys.chunks(PUBLIC_KEY).map(PublicKey::from_bytes).collect::<Result<Vec<_>, _>>()?;
        let mut left = messages;
        let mut parts = Vec::with_capacity(lengths.len());
        for length in lengths {
            ensure!(*length <= left.len(), "message lengths go beyond the messages");
            let (part, rest) = left.split_at(*length);
            parts.push(part);
            left = rest;
        }
        ensure!(left.is_empty(), "messages go beyond their lengths");
        Ok(bls_signatures::verify_messages(&signature, &parts, &keys))
    })
    .unwrap_or(false)
}

fn bls_empty_aggregate() -> Vec<u8> {
    Signature::from(G2Affine::identity()).as_bytes()
}
