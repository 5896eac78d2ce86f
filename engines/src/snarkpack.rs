//! SnarkPack: many proofs of seals in one (version 2, the one that the chain takes), and its structured reference string.

use crate::guard::guard;
use crate::kinds::{prover_id, seal_proof};
use crate::parameters::write_synced;
use anyhow::Context;
use bellperson::groth16::aggregate::{setup_fake_srs, GenericSRS};
use blstrs::Bls12;
use filecoin_proofs_api::seal::{self, SealCommitPhase2Output};
use filecoin_proofs_api::{RegisteredAggregationProof, SectorId};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::BufReader;
use storage_proofs_core::parameter_cache::parameter_cache_srs_key_path;

#[cxx::bridge(namespace = "nelumbo::engines")]
mod ffi {
    /// A sealed sector whose proof is one of an aggregate.
    struct AggregatedSector {
        number: u64,
        comm_r: [u8; 32],
        comm_d: [u8; 32],
        ticket: [u8; 32],
        seed: [u8; 32],
    }
    struct SealSnark {
        bytes: Vec<u8>,
    }
    extern "Rust" {
        /// Proofs in the order of the sectors.
        fn aggregate_seals(kind: i64, sectors: &[AggregatedSector], proofs: &[SealSnark]) -> Result<Vec<u8>>;
        fn verify_aggregate_seals(kind: i64, miner: u64, sectors: &[AggregatedSector], proof: &[u8]) -> Result<bool>;
        /// Name of the file of the reference string, without folder: one for all sector sizes.
        fn srs_name() -> Result<String>;
        /// Writes the reference string of test networks for up to so many proofs (a power of two). It is the same on
        /// every machine, and who knows how it was made can forge.
        fn generate_srs(file: &str, proofs: u64) -> Result<()>;
        /// Reads the whole file.
        fn check_srs(file: &str) -> Result<()>;
    }
}

const VERSION: RegisteredAggregationProof = RegisteredAggregationProof::SnarkPackV2;

fn aggregate_seals(kind: i64, sectors: &[ffi::AggregatedSector], proofs: &[ffi::SealSnark]) -> Result<Vec<u8>, String> {
    guard(|| {
        let comm_rs: Vec<_> = sectors.iter().map(|each| each.comm_r).collect();
        let seeds: Vec<_> = sectors.iter().map(|each| each.seed).collect();
        let outputs: Vec<_> = proofs.iter().map(|each| SealCommitPhase2Output { proof: each.bytes.clone() }).collect();
        seal::aggregate_seal_commit_proofs(seal_proof(kind)?, VERSION, &comm_rs, &seeds, &outputs)
    })
}

fn verify_aggregate_seals(
    kind: i64,
    miner: u64,
    sectors: &[ffi::AggregatedSector],
    proof: &[u8],
) -> Result<bool, String> {
    guard(|| {
        let kind = seal_proof(kind)?;
        let comm_rs: Vec<_> = sectors.iter().map(|each| each.comm_r).collect();
        let seeds: Vec<_> = sectors.iter().map(|each| each.seed).collect();
        let mut inputs = Vec::new();
        for each in sectors {
            inputs.extend(seal::get_seal_inputs(
                kind,
                each.comm_r,
                each.comm_d,
                prover_id(miner),
                SectorId::from(each.number),
                each.ticket,
                each.seed,
            )?);
        }
        seal::verify_aggregate_seal_commit_proofs(kind, VERSION, proof.to_vec(), &comm_rs, &seeds, inputs)
    })
}

fn srs_name() -> Result<String, String> {
    guard(|| {
        let path = parameter_cache_srs_key_path("", 0);
        Ok(path.file_name().and_then(|name| name.to_str()).context("the name of the SRS")?.to_string())
    })
}

fn generate_srs(file: &str, proofs: u64) -> Result<(), String> {
    guard(|| {
        let seed: [u8; 32] = Sha256::digest(b"Nelumbo: SnarkPack reference string of test networks").into();
        let srs: GenericSRS<Bls12> = setup_fake_srs(&mut ChaCha20Rng::from_seed(seed), usize::try_from(proofs)?);
        write_synced(file, |out| srs.write(out))
    })
}

fn check_srs(file: &str) -> Result<(), String> {
    guard(|| {
        let mut input = BufReader::new(File::open(file).with_context(|| file.to_string())?);
        GenericSRS::<Bls12>::read(&mut input).with_context(|| format!("{file} is damaged"))?;
        Ok(())
    })
}
