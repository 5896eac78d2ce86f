//! drand's scheme bls-unchained-g1-rfc9380: signatures in G1 (48 bytes), public keys in G2 (96 bytes).

use crate::guard::guard;
use anyhow::anyhow;
use blst::{min_sig, BLST_ERROR};

#[cxx::bridge(namespace = "nelumbo::engines")]
mod ffi {
    extern "Rust" {
        /// Malformed or out-of-group points give false.
        fn drand_verify(public_key: &[u8], message: &[u8], signature: &[u8]) -> bool;
        /// `secret`: 32 bytes, big-endian, not zero and below the group order.
        fn drand_public_key(secret: &[u8]) -> Result<Vec<u8>>;
        fn drand_sign(secret: &[u8], message: &[u8]) -> Result<Vec<u8>>;
    }
}

const DST: &[u8] = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_";

fn secret_key(bytes: &[u8]) -> anyhow::Result<min_sig::SecretKey> {
    min_sig::SecretKey::from_bytes(bytes).map_err(|e| anyhow!("not a drand secret key: {e:?}"))
}

fn drand_verify(public_key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    guard(|| {
        let (Ok(key), Ok(signature)) =
            (min_sig::PublicKey::uncompress(public_key), min_sig::Signature::uncompress(signature))
        else {
            return Ok(false);
        };
        Ok(signature.verify(true, message, DST, &[], &key, true) == BLST_ERROR::BLST_SUCCESS)
    })
    .unwrap_or(false)
}

fn drand_public_key(secret: &[u8]) -> Result<Vec<u8>, String> {
    guard(|| Ok(secret_key(secret)?.sk_to_pk().compress().to_vec()))
}

fn drand_sign(secret: &[u8], message: &[u8]) -> Result<Vec<u8>, String> {
    guard(|| Ok(secret_key(secret)?.sign(message, DST, &[]).compress().to_vec()))
}
