//! Winning and window proofs of spacetime.

use crate::guard::guard;
use crate::kinds::{post_number, post_proof, prover_id};
use filecoin_proofs_api::post;
use filecoin_proofs_api::{PrivateReplicaInfo, PublicReplicaInfo, SectorId, StorageProofsError};
use std::collections::BTreeMap;

#[cxx::bridge(namespace = "nelumbo::engines")]
mod ffi {
    /// A sector with where its replica and caches lie.
    struct PrivateSector {
        number: u64,
        comm_r: [u8; 32],
        cache_folder: String,
        sealed_file: String,
    }
    struct PublicSector {
        number: u64,
        comm_r: [u8; 32],
    }
    struct Proof {
        kind: i64,
        bytes: Vec<u8>,
    }
    struct WindowProofs {
        proofs: Vec<Proof>,
        /// Sectors that could not be read; then there are no proofs.
        faulty: Vec<u64>,
    }
    extern "Rust" {
        /// Indices into the list of `eligible` sectors. `kind` is the number of the PoSt proof type throughout.
        fn winning_post_challenge(kind: i64, miner: u64, randomness: [u8; 32], eligible: u64) -> Result<Vec<u64>>;
        fn prove_winning_post(
            kind: i64,
            miner: u64,
            randomness: [u8; 32],
            sectors: &[PrivateSector],
        ) -> Result<Vec<Proof>>;
        fn verify_winning_post(
            kind: i64,
            miner: u64,
            randomness: [u8; 32],
            proof: &[u8],
            sectors: &[PublicSector],
        ) -> Result<bool>;
        fn prove_window_post(
            kind: i64,
            miner: u64,
            randomness: [u8; 32],
            sectors: &[PrivateSector],
        ) -> Result<WindowProofs>;
        fn verify_window_post(
            kind: i64,
            miner: u64,
            randomness: [u8; 32],
            proof: &[u8],
            sectors: &[PublicSector],
        ) -> Result<bool>;
    }
}

/// A sector may be named more than once: good sectors stand in for faulty ones.
fn private(kind: i64, sectors: &[ffi::PrivateSector]) -> anyhow::Result<BTreeMap<SectorId, PrivateReplicaInfo>> {
    let proof = post_proof(kind)?;
    Ok(sectors
        .iter()
        .map(|s| {
            let info =
                PrivateReplicaInfo::new(proof, s.comm_r, s.cache_folder.clone().into(), s.sealed_file.clone().into());
            (SectorId::from(s.number), info)
        })
        .collect())
}

fn public(kind: i64, sectors: &[ffi::PublicSector]) -> anyhow::Result<BTreeMap<SectorId, PublicReplicaInfo>> {
    let proof = post_proof(kind)?;
    Ok(sectors.iter().map(|s| (SectorId::from(s.number), PublicReplicaInfo::new(proof, s.comm_r))).collect())
}

fn proofs(
    made: Vec<(filecoin_proofs_api::RegisteredPoStProof, filecoin_proofs_api::SnarkProof)>,
) -> anyhow::Result<Vec<ffi::Proof>> {
    made.into_iter().map(|(proof, bytes)| Ok(ffi::Proof { kind: post_number(proof)?, bytes })).collect()
}

fn winning_post_challenge(kind: i64, miner: u64, randomness: [u8; 32], eligible: u64) -> Result<Vec<u64>, String> {
    guard(|| {
        let proof = post_proof(kind)?;
        post::generate_winning_post_sector_challenge(proof, &randomness, eligible, prover_id(miner))
    })
}

fn prove_winning_post(
    kind: i64,
    miner: u64,
    randomness: [u8; 32],
    sectors: &[ffi::PrivateSector],
) -> Result<Vec<ffi::Proof>, String> {
    guard(|| proofs(post::generate_winning_post(&randomness, &private(kind, sectors)?, prover_id(miner))?))
}

fn verify_winning_post(
    kind: i64,
    miner: u64,
    randomness: [u8; 32],
    proof: &[u8],
    sectors: &[ffi::PublicSector],
) -> Result<bool, String> {
    guard(|| post::verify_winning_post(&randomness, proof, &public(kind, sectors)?, prover_id(miner)))
}

fn prove_window_post(
    kind: i64,
    miner: u64,
    randomness: [u8; 32],
    sectors: &[ffi::PrivateSector],
) -> Result<ffi::WindowProofs, String> {
    guard(|| match post::generate_window_post(&randomness, &private(kind, sectors)?, prover_id(miner)) {
        Ok(made) => Ok(ffi::WindowProofs { proofs: proofs(made)?, faulty: vec![] }),
        Err(error) => match error.downcast::<StorageProofsError>()? {
            StorageProofsError::FaultySectors(ids) => {
                Ok(ffi::WindowProofs { proofs: vec![], faulty: ids.into_iter().map(u64::from).collect() })
            }
            other => Err(other.into()),
        },
    })
}

fn verify_window_post(
    kind: i64,
    miner: u64,
    randomness: [u8; 32],
    proof: &[u8],
    sectors: &[ffi::PublicSector],
) -> Result<bool, String> {
    guard(|| {
        let sectors = public(kind, sectors)?;
        post::verify_window_post(&randomness, &[(post_proof(kind)?, proof)], &sectors, prover_id(miner))
    })
}
