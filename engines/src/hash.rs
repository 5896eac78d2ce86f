//! Keccak-256, which the C++ side's libraries lack.

use sha3::{Digest, Keccak256};

#[cxx::bridge(namespace = "nelumbo::engines")]
mod ffi {
    extern "Rust" {
        /// Keccak-256 as Ethereum uses it.
        fn keccak_256(data: &[u8]) -> [u8; 32];
    }
}

fn keccak_256(data: &[u8]) -> [u8; 32] {
    Keccak256::digest(data).into()
}
