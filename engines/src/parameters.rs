//! Groth16 parameters of test networks: what their files are called, and their set-up with local randomness.

use crate::guard::guard;
use crate::kinds::{post_proof, seal_proof, update_proof};
use anyhow::{bail, ensure, Context};
use bellperson::groth16::{generate_random_parameters, MappedParameters, Parameters, VerifyingKey};
use bellperson::Circuit;
use blstrs::{Bls12, Scalar};
use filecoin_proofs::constants::DefaultPieceHasher;
use filecoin_proofs::parameters::{public_params, window_post_public_params, winning_post_public_params};
use filecoin_proofs::with_shape;
use filecoin_proofs_api::{MerkleTreeTrait, RegisteredPoStProof, RegisteredSealProof, RegisteredUpdateProof};
use rand::rngs::OsRng;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::Path;
use storage_proofs_core::compound_proof::CompoundProof;
use storage_proofs_core::parameter_cache::{parameter_id, verifying_key_id, CacheableParameters};
use storage_proofs_porep::stacked::{StackedCompound, StackedDrg};
use storage_proofs_post::fallback::{FallbackPoSt, FallbackPoStCircuit, FallbackPoStCompound};
use storage_proofs_update::constants::TreeRHasher;
use storage_proofs_update::{EmptySectorUpdate, EmptySectorUpdateCircuit, EmptySectorUpdateCompound, PublicParams};

#[cxx::bridge(namespace = "nelumbo::engines")]
mod ffi {
    #[derive(Debug)]
    enum CircuitFamily {
        Post,
        Seal,
        Update,
    }
    /// File names without folder.
    struct ParameterNames {
        parameters: String,
        verifying_key: String,
    }
    extern "Rust" {
        /// `kind`: the number of a PoSt proof type or, for the other families, of a seal proof type.
        fn parameter_names(family: CircuitFamily, kind: i64) -> Result<ParameterNames>;
        /// Makes new parameters and writes them and their verifying key to these files, synced.
        fn generate_parameters(
            family: CircuitFamily,
            kind: i64,
            parameters_file: &str,
            verifying_key_file: &str,
        ) -> Result<()>;
        /// Writes the verifying key that a parameter file begins with.
        fn extract_verifying_key(parameters_file: &str, verifying_key_file: &str) -> Result<()>;
        /// Fails when the parameter file is cut off or the verifying key is not its own.
        fn check_parameters(parameters_file: &str, verifying_key_file: &str) -> Result<()>;
    }
}

use ffi::CircuitFamily;

fn parameter_names(family: CircuitFamily, kind: i64) -> Result<ffi::ParameterNames, String> {
    guard(|| {
        let id = match family {
            CircuitFamily::Post => post_proof(kind)?.circuit_identifier()?,
            CircuitFamily::Seal => seal_proof(kind)?.circuit_identifier()?,
            CircuitFamily::Update => {
                let proof = update_proof(kind)?;
                with_shape!(u64::from(proof.sector_size()), update_identifier, proof)
            }
            _ => bail!("unknown family of circuits"),
        };
        Ok(ffi::ParameterNames { parameters: parameter_id(&id), verifying_key: verifying_key_id(&id) })
    })
}

/// Not the proof's own `circuit_identifier`: in the library that is the one of the sector's PoRep.
fn update_identifier<Tree: 'static + MerkleTreeTrait<Hasher = TreeRHasher>>(proof: RegisteredUpdateProof) -> String {
    EmptySectorUpdateCompound::<Tree>::cache_identifier(&PublicParams::from_sector_size(u64::from(proof.sector_size())))
}

fn random<C: Circuit<Scalar>>(circuit: C) -> anyhow::Result<Parameters<Bls12>> {
    generate_random_parameters::<Bls12, _, _>(circuit, &mut OsRng).context("setting up parameters")
}

fn post_parameters<Tree: 'static + MerkleTreeTrait>(proof: RegisteredPoStProof) -> anyhow::Result<Parameters<Bls12>> {
    let config = proof.as_v1_config();
    let public = match config.typ {
        filecoin_proofs_api::PoStType::Winning => winning_post_public_params::<Tree>(&config)?,
        filecoin_proofs_api::PoStType::Window => window_post_public_params::<Tree>(&config)?,
    };
    random(
        <FallbackPoStCompound<Tree> as CompoundProof<FallbackPoSt<'_, Tree>, FallbackPoStCircuit<Tree>>>::blank_circuit(
            &public,
        ),
    )
}

fn seal_parameters<Tree: 'static + MerkleTreeTrait>(proof: RegisteredSealProof) -> anyhow::Result<Parameters<Bls12>> {
    let public = public_params::<Tree>(&proof.as_v1_config())?;
    random(<StackedCompound<Tree, DefaultPieceHasher> as CompoundProof<
        StackedDrg<'_, Tree, DefaultPieceHasher>,
        _,
    >>::blank_circuit(&public))
}

fn update_parameters<Tree: 'static + MerkleTreeTrait<Hasher = TreeRHasher>>(
    proof: RegisteredUpdateProof,
) -> anyhow::Result<Parameters<Bls12>> {
    let public = PublicParams::from_sector_size(u64::from(proof.sector_size()));
    random(<EmptySectorUpdateCompound<Tree> as CompoundProof<
        EmptySectorUpdate<Tree>,
        EmptySectorUpdateCircuit<Tree>,
    >>::blank_circuit(&public))
}

pub fn write_synced(path: &str, write: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>) -> anyhow::Result<()> {
    let mut file = BufWriter::new(File::create(path).with_context(|| path.to_string())?);
    write(&mut file).with_context(|| path.to_string())?;
    file.flush().with_context(|| path.to_string())?;
    file.get_ref().sync_all().with_context(|| path.to_string())
}

fn generate_parameters(
    family: CircuitFamily,
    kind: i64,
    parameters_file: &str,
    verifying_key_file: &str,
) -> Result<(), String> {
    guard(|| {
        let made = match family {
            CircuitFamily::Post => {
                let proof = post_proof(kind)?;
                with_shape!(u64::from(proof.sector_size()), post_parameters, proof)?
            }
            CircuitFamily::Seal => {
                let proof = seal_proof(kind)?;
                with_shape!(u64::from(proof.sector_size()), seal_parameters, proof)?
            }
            CircuitFamily::Update => {
                let proof = update_proof(kind)?;
                with_shape!(u64::from(proof.sector_size()), update_parameters, proof)?
            }
            _ => bail!("unknown family of circuits"),
        };
        write_synced(verifying_key_file, |file| made.vk.write(file))?;
        write_synced(parameters_file, |file| made.write(file))
    })
}

fn read_mapped(path: &str) -> anyhow::Result<MappedParameters<Bls12>> {
    ensure!(Path::new(path).exists(), "no file {path}");
    // The reader indexes into the file by the counts it finds there, so a file that is cut off is a panic.
    let read = || Parameters::<Bls12>::build_mapped_parameters(path.into(), false).map_err(anyhow::Error::from);
    match guard(read) {
        Ok(mapped) => Ok(mapped),
        Err(error) => bail!("{path} is damaged ({error})"),
    }
}

fn check_parameters(parameters_file: &str, verifying_key_file: &str) -> Result<(), String> {
    guard(|| {
        let mapped = read_mapped(parameters_file)?;
        let file = BufReader::new(File::open(verifying_key_file).with_context(|| verifying_key_file.to_string())?);
        let key = VerifyingKey::<Bls12>::read(file).with_context(|| format!("{verifying_key_file} is damaged"))?;
        ensure!(key == mapped.vk, "{verifying_key_file} is not the verifying key of {parameters_file}");
        Ok(())
    })
}

fn extract_verifying_key(parameters_file: &str, verifying_key_file: &str) -> Result<(), String> {
    guard(|| {
        let mapped = read_mapped(parameters_file)?;
        write_synced(verifying_key_file, |file| mapped.vk.write(file))
    })
}
