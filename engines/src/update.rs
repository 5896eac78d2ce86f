//! Empty sector update (snap): data put into a sector that was sealed without, and proofs of it.

use crate::guard::guard;
use crate::kinds::update_proof;
use anyhow::Context;
use filecoin_proofs_api::{update, PartitionProofBytes, PieceInfo, UnpaddedBytesAmount};

#[cxx::bridge(namespace = "nelumbo::engines")]
mod ffi {
    struct UpdatePiece {
        /// Bytes of data, 127/128 of the padded size.
        unpadded_size: u64,
        commitment: [u8; 32],
    }
    /// Of a sector before and after its update.
    struct UpdateCommitments {
        comm_r_old: [u8; 32],
        comm_r_new: [u8; 32],
        comm_d_new: [u8; 32],
    }
    struct UpdateFiles {
        replica: String,
        cache: String,
        key: String,
        key_cache: String,
    }
    struct Encoded {
        comm_r: [u8; 32],
        comm_d: [u8; 32],
    }
    extern "Rust" {
        /// `kind` is always the number of the seal proof type. Replica and cache are made; both have to be there.
        fn encode_update(kind: i64, files: &UpdateFiles, staged: &str, pieces: &[UpdatePiece]) -> Result<Encoded>;
        /// The vanilla proofs of all partitions, as the crate's JSON.
        fn prove_update_1(kind: i64, commitments: &UpdateCommitments, files: &UpdateFiles) -> Result<Vec<u8>>;
        /// The SNARK.
        fn prove_update_2(kind: i64, commitments: &UpdateCommitments, vanilla: &[u8]) -> Result<Vec<u8>>;
        fn verify_update(kind: i64, commitments: &UpdateCommitments, proof: &[u8]) -> Result<bool>;
        /// Writes the data that an updated replica holds, of the sector's size, to a file that is there.
        fn decode_update(kind: i64, files: &UpdateFiles, comm_d: [u8; 32], output: &str) -> Result<()>;
    }
}

fn encode_update(
    kind: i64,
    files: &ffi::UpdateFiles,
    staged: &str,
    pieces: &[ffi::UpdatePiece],
) -> Result<ffi::Encoded, String> {
    guard(|| {
        let list: Vec<PieceInfo> = pieces
            .iter()
            .map(|each| PieceInfo::new(each.commitment, UnpaddedBytesAmount(each.unpadded_size)))
            .collect::<anyhow::Result<_>>()?;
        let made = update::empty_sector_update_encode_into(
            update_proof(kind)?,
            &files.replica,
            &files.cache,
            &files.key,
            &files.key_cache,
            staged,
            &list,
        )?;
        Ok(ffi::Encoded { comm_r: made.comm_r_new, comm_d: made.comm_d_new })
    })
}

fn prove_update_1(
    kind: i64,
    commitments: &ffi::UpdateCommitments,
    files: &ffi::UpdateFiles,
) -> Result<Vec<u8>, String> {
    guard(|| {
        let proofs = update::generate_partition_proofs(
            update_proof(kind)?,
            commitments.comm_r_old,
            commitments.comm_r_new,
            commitments.comm_d_new,
            &files.key,
            &files.key_cache,
            &files.replica,
            &files.cache,
        )?;
        let bytes: Vec<Vec<u8>> = proofs.into_iter().map(|each| each.0).collect();
        Ok(serde_json::to_vec(&bytes)?)
    })
}

fn prove_update_2(kind: i64, commitments: &ffi::UpdateCommitments, vanilla: &[u8]) -> Result<Vec<u8>, String> {
    guard(|| {
        let bytes: Vec<Vec<u8>> = serde_json::from_slice(vanilla).context("vanilla proofs of an update")?;
        let proof = update::generate_empty_sector_update_proof_with_vanilla(
            update_proof(kind)?,
            bytes.into_iter().map(PartitionProofBytes).collect(),
            commitments.comm_r_old,
            commitments.comm_r_new,
            commitments.comm_d_new,
        )?;
        Ok(proof.0)
    })
}

fn verify_update(kind: i64, commitments: &ffi::UpdateCommitments, proof: &[u8]) -> Result<bool, String> {
    guard(|| {
        update::verify_empty_sector_update_proof(
            update_proof(kind)?,
            proof,
            commitments.comm_r_old,
            commitments.comm_r_new,
            commitments.comm_d_new,
        )
    })
}

fn decode_update(kind: i64, files: &ffi::UpdateFiles, comm_d: [u8; 32], output: &str) -> Result<(), String> {
    guard(|| {
        update::empty_sector_update_decode_from(
            update_proof(kind)?,
            output,
            &files.replica,
            &files.key,
            &files.key_cache,
            comm_d,
        )
    })
}
