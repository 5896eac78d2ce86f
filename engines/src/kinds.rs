//! The numbers of proof types (go-state-types abi) as the crates' enumerations, and identities in the crates' forms.

use anyhow::Context;
use filecoin_proofs_api::{ProverId, RegisteredPoStProof, RegisteredSealProof, RegisteredUpdateProof};

/// In the order of their numbers.
const SEAL: [RegisteredSealProof; 20] = [
    RegisteredSealProof::StackedDrg2KiBV1,
    RegisteredSealProof::StackedDrg8MiBV1,
    RegisteredSealProof::StackedDrg512MiBV1,
    RegisteredSealProof::StackedDrg32GiBV1,
    RegisteredSealProof::StackedDrg64GiBV1,
    RegisteredSealProof::StackedDrg2KiBV1_1,
    RegisteredSealProof::StackedDrg8MiBV1_1,
    RegisteredSealProof::StackedDrg512MiBV1_1,
    RegisteredSealProof::StackedDrg32GiBV1_1,
    RegisteredSealProof::StackedDrg64GiBV1_1,
    RegisteredSealProof::StackedDrg2KiBV1_1_Feat_SyntheticPoRep,
    RegisteredSealProof::StackedDrg8MiBV1_1_Feat_SyntheticPoRep,
    RegisteredSealProof::StackedDrg512MiBV1_1_Feat_SyntheticPoRep,
    RegisteredSealProof::StackedDrg32GiBV1_1_Feat_SyntheticPoRep,
    RegisteredSealProof::StackedDrg64GiBV1_1_Feat_SyntheticPoRep,
    RegisteredSealProof::StackedDrg2KiBV1_2_Feat_NonInteractivePoRep,
    RegisteredSealProof::StackedDrg8MiBV1_2_Feat_NonInteractivePoRep,
    RegisteredSealProof::StackedDrg512MiBV1_2_Feat_NonInteractivePoRep,
    RegisteredSealProof::StackedDrg32GiBV1_2_Feat_NonInteractivePoRep,
    RegisteredSealProof::StackedDrg64GiBV1_2_Feat_NonInteractivePoRep,
];

const POST: [RegisteredPoStProof; 15] = [
    RegisteredPoStProof::StackedDrgWinning2KiBV1,
    RegisteredPoStProof::StackedDrgWinning8MiBV1,
    RegisteredPoStProof::StackedDrgWinning512MiBV1,
    RegisteredPoStProof::StackedDrgWinning32GiBV1,
    RegisteredPoStProof::StackedDrgWinning64GiBV1,
    RegisteredPoStProof::StackedDrgWindow2KiBV1,
    RegisteredPoStProof::StackedDrgWindow8MiBV1,
    RegisteredPoStProof::StackedDrgWindow512MiBV1,
    RegisteredPoStProof::StackedDrgWindow32GiBV1,
    RegisteredPoStProof::StackedDrgWindow64GiBV1,
    RegisteredPoStProof::StackedDrgWindow2KiBV1_2,
    RegisteredPoStProof::StackedDrgWindow8MiBV1_2,
    RegisteredPoStProof::StackedDrgWindow512MiBV1_2,
    RegisteredPoStProof::StackedDrgWindow32GiBV1_2,
    RegisteredPoStProof::StackedDrgWindow64GiBV1_2,
];

pub fn seal_proof(number: i64) -> anyhow::Result<RegisteredSealProof> {
    usize::try_from(number)
        .ok()
        .and_then(|n| SEAL.get(n).copied())
        .with_context(|| format!("unknown seal proof {number}"))
}

/// The update proof of a seal proof's sector size.
pub fn update_proof(seal_number: i64) -> anyhow::Result<RegisteredUpdateProof> {
    const SIZES: [RegisteredUpdateProof; 5] = [
        RegisteredUpdateProof::StackedDrg2KiBV1,
        RegisteredUpdateProof::StackedDrg8MiBV1,
        RegisteredUpdateProof::StackedDrg512MiBV1,
        RegisteredUpdateProof::StackedDrg32GiBV1,
        RegisteredUpdateProof::StackedDrg64GiBV1,
    ];
    let size = u64::from(seal_proof(seal_number)?.sector_size());
    let found = SIZES.into_iter().find(|each| u64::from(each.sector_size()) == size);
    found.with_context(|| format!("no update proof for sectors of {size} bytes"))
}

pub fn post_proof(number: i64) -> anyhow::Result<RegisteredPoStProof> {
    usize::try_from(number)
        .ok()
        .and_then(|n| POST.get(n).copied())
        .with_context(|| format!("unknown PoSt proof {number}"))
}

pub fn post_number(proof: RegisteredPoStProof) -> anyhow::Result<i64> {
    let at = POST.iter().position(|each| *each == proof).context("a PoSt proof without a number")?;
    Ok(at as i64)
}

/// The miner's ID address payload (a varint) with zeros behind.
pub fn prover_id(miner: u64) -> ProverId {
    let mut id = [0; 32];
    let mut left = miner;
    for byte in id.iter_mut() {
        *byte = (left & 0x7f) as u8;
        left >>= 7;
        if left == 0 {
            break;
        }
        *byte |= 0x80;
    }
    id
}
