//! The steps of sealing. What one step hands to the next crosses the bridge as the crate's own JSON.

use crate::guard::guard;
use crate::kinds::{prover_id, seal_proof};
use anyhow::Context;
use filecoin_proofs_api::{seal, PieceInfo, SectorId, UnpaddedByteIndex, UnpaddedBytesAmount};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

#[cxx::bridge(namespace = "nelumbo::engines")]
mod ffi {
    struct Piece {
        /// Bytes of data, 127/128 of the padded size.
        unpadded_size: u64,
        commitment: [u8; 32],
    }
    /// Which sector is sealed; `kind` is the number of the seal proof type.
    struct SealSector {
        kind: i64,
        miner: u64,
        number: u64,
        ticket: [u8; 32],
    }
    struct Commitments {
        comm_r: [u8; 32],
        comm_d: [u8; 32],
    }
    extern "Rust" {
        /// The commitment of a file's bytes, with zeros behind them up to the size.
        fn piece_commitment(kind: i64, file: &str, unpadded_size: u64) -> Result<[u8; 32]>;
        fn seal_pre_commit_1(
            sector: &SealSector,
            cache: &str,
            staged: &str,
            sealed: &str,
            pieces: &[Piece],
        ) -> Result<Vec<u8>>;
        fn seal_pre_commit_2(phase_1: &[u8], cache: &str, sealed: &str) -> Result<Commitments>;
        fn seal_commit_1(
            sector: &SealSector,
            seed: [u8; 32],
            commitments: &Commitments,
            cache: &str,
            sealed: &str,
            pieces: &[Piece],
        ) -> Result<Vec<u8>>;
        fn seal_commit_2(phase_1: &[u8], miner: u64, number: u64) -> Result<Vec<u8>>;
        fn verify_seal(sector: &SealSector, seed: [u8; 32], commitments: &Commitments, proof: &[u8]) -> Result<bool>;
        /// The commitment of a sector's data by its pieces.
        fn data_commitment(kind: i64, pieces: &[Piece]) -> Result<[u8; 32]>;
        /// Writes `size` bytes of a sector's data from `offset` on (both unpadded) to a new file; gives how many.
        fn unseal_range(
            sector: &SealSector,
            comm_d: [u8; 32],
            cache: &str,
            sealed: &str,
            output: &str,
            offset: u64,
            size: u64,
        ) -> Result<u64>;
        /// Removes what proving does not need.
        fn clear_cache(cache: &str) -> Result<()>;
    }
}

fn pieces(list: &[ffi::Piece]) -> anyhow::Result<Vec<PieceInfo>> {
    list.iter().map(|p| PieceInfo::new(p.commitment, UnpaddedBytesAmount(p.unpadded_size))).collect()
}

fn piece_commitment(kind: i64, file: &str, unpadded_size: u64) -> Result<[u8; 32], String> {
    guard(|| {
        let data = BufReader::new(File::open(file).with_context(|| file.to_string())?);
        let padded = data.chain(io::repeat(0)).take(unpadded_size);
        let size = UnpaddedBytesAmount(unpadded_size);
        Ok(seal::generate_piece_commitment(seal_proof(kind)?, padded, size)?.commitment)
    })
}

fn seal_pre_commit_1(
    sector: &ffi::SealSector,
    cache: &str,
    staged: &str,
    sealed: &str,
    list: &[ffi::Piece],
) -> Result<Vec<u8>, String> {
    guard(|| {
        let output = seal::seal_pre_commit_phase1(
            seal_proof(sector.kind)?,
            cache,
            staged,
            sealed,
            prover_id(sector.miner),
            SectorId::from(sector.number),
            sector.ticket,
            &pieces(list)?,
        )?;
        Ok(serde_json::to_vec(&output)?)
    })
}

fn seal_pre_commit_2(phase_1: &[u8], cache: &str, sealed: &str) -> Result<ffi::Commitments, String> {
    guard(|| {
        let phase_1 = serde_json::from_slice(phase_1).context("output of pre-commit 1")?;
        let output = seal::seal_pre_commit_phase2(phase_1, cache, sealed)?;
        Ok(ffi::Commitments { comm_r: output.comm_r, comm_d: output.comm_d })
    })
}

fn seal_commit_1(
    sector: &ffi::SealSector,
    seed: [u8; 32],
    commitments: &ffi::Commitments,
    cache: &str,
    sealed: &str,
    list: &[ffi::Piece],
) -> Result<Vec<u8>, String> {
    guard(|| {
        let pre_commit = seal::SealPreCommitPhase2Output {
            registered_proof: seal_proof(sector.kind)?,
            comm_r: commitments.comm_r,
            comm_d: commitments.comm_d,
        };
        let output = seal::seal_commit_phase1(
            Path::new(cache),
            Path::new(sealed),
            prover_id(sector.miner),
            SectorId::from(sector.number),
            sector.ticket,
            seed,
            pre_commit,
            &pieces(list)?,
        )?;
        Ok(serde_json::to_vec(&output)?)
    })
}

fn seal_commit_2(phase_1: &[u8], miner: u64, number: u64) -> Result<Vec<u8>, String> {
    guard(|| {
        let phase_1 = serde_json::from_slice(phase_1).context("output of commit 1")?;
        Ok(seal::seal_commit_phase2(phase_1, prover_id(miner), SectorId::from(number))?.proof)
    })
}

fn verify_seal(
    sector: &ffi::SealSector,
    seed: [u8; 32],
    commitments: &ffi::Commitments,
    proof: &[u8],
) -> Result<bool, String> {
    guard(|| {
        seal::verify_seal(
            seal_proof(sector.kind)?,
            commitments.comm_r,
            commitments.comm_d,
            prover_id(sector.miner),
            SectorId::from(sector.number),
            sector.ticket,
            seed,
            proof,
        )
    })
}

fn data_commitment(kind: i64, list: &[ffi::Piece]) -> Result<[u8; 32], String> {
    guard(|| seal::compute_comm_d(seal_proof(kind)?, &pieces(list)?))
}

fn unseal_range(
    sector: &ffi::SealSector,
    comm_d: [u8; 32],
    cache: &str,
    sealed: &str,
    output: &str,
    offset: u64,
    size: u64,
) -> Result<u64, String> {
    guard(|| {
        let input = File::open(sealed).with_context(|| sealed.to_string())?;
        let data = File::create(output).with_context(|| output.to_string())?;
        let done = seal::unseal_range(
            seal_proof(sector.kind)?,
            Path::new(cache),
            input,
            &data,
            prover_id(sector.miner),
            SectorId::from(sector.number),
            comm_d,
            sector.ticket,
            UnpaddedByteIndex(offset),
            UnpaddedBytesAmount(size),
        )?;
        data.sync_all()?;
        Ok(done.0)
    })
}

fn clear_cache(cache: &str) -> Result<(), String> {
    guard(|| seal::clear_cache(Path::new(cache)))
}
