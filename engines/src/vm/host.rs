//! The C++ host as blockstore and externs of each generation.

use super::ffi;
use anyhow::Context;
use cid::Cid;
use cxx::SharedPtr;
use fvm_ipld_blockstore::Blockstore;
use num_traits::FromPrimitive;

#[derive(Clone)]
pub struct Host(pub SharedPtr<ffi::VmHost>);

// The host's contract (host.hpp) is to be called from any thread.
unsafe impl Send for Host {}
unsafe impl Sync for Host {}

/// Blocks are handed over in batches of about this many bytes.
const BATCH_BYTES: usize = 16 << 20;

impl Blockstore for Host {
    fn get(&self, cid: &Cid) -> anyhow::Result<Option<Vec<u8>>> {
        let found = self.0.get(&cid.to_bytes())?;
        Ok(found.as_ref().map(|block| block.as_slice().to_vec()))
    }

    fn has(&self, cid: &Cid) -> anyhow::Result<bool> {
        Ok(self.0.has(&cid.to_bytes())?)
    }

    fn put_keyed(&self, cid: &Cid, block: &[u8]) -> anyhow::Result<()> {
        Ok(self.0.put(&cid.to_bytes(), block)?)
    }

    fn put_many_keyed<D, I>(&self, blocks: I) -> anyhow::Result<()>
    where
        Self: Sized,
        D: AsRef<[u8]>,
        I: IntoIterator<Item = (Cid, D)>,
    {
        let mut joined = Vec::new();
        let mut sizes = Vec::new();
        for (cid, block) in blocks {
            let start = joined.len();
            cid.write_bytes(&mut joined)?;
            joined.extend_from_slice(block.as_ref());
            sizes.push(joined.len() - start);
            if joined.len() >= BATCH_BYTES {
                self.0.put_many(&joined, &sizes)?;
                joined.clear();
                sizes.clear();
            }
        }
        if !sizes.is_empty() {
            self.0.put_many(&joined, &sizes)?;
        }
        Ok(())
    }
}

impl Host {
    fn tipset_cid(&self, epoch: i64) -> anyhow::Result<Cid> {
        let bytes = self.0.tipset_cid(epoch)?;
        let bytes = bytes.as_ref().context("no tipset CID")?;
        Cid::try_from(bytes.as_slice()).context("tipset CID")
    }
}

macro_rules! externs {
    ($fvm:ident, $shared:ident) => {
        impl $fvm::externs::Rand for Host {
            fn get_chain_randomness(&self, epoch: i64) -> anyhow::Result<[u8; 32]> {
                Ok(self.0.chain_randomness(epoch)?)
            }
            fn get_beacon_randomness(&self, epoch: i64) -> anyhow::Result<[u8; 32]> {
                Ok(self.0.beacon_randomness(epoch)?)
            }
        }
        impl $fvm::externs::Consensus for Host {
            fn verify_consensus_fault(
                &self,
                h1: &[u8],
                h2: &[u8],
                extra: &[u8],
            ) -> anyhow::Result<(Option<$shared::consensus::ConsensusFault>, i64)> {
                let answer = self.0.verify_consensus_fault(h1, h2, extra)?;
                if !answer.found {
                    return Ok((None, answer.gas_used));
                }
                let fault = $shared::consensus::ConsensusFault {
                    target: $shared::address::Address::new_id(answer.target),
                    epoch: answer.epoch,
                    fault_type: FromPrimitive::from_u8(answer.kind).context("unknown consensus fault type")?,
                };
                Ok((Some(fault), answer.gas_used))
            }
        }
        impl $fvm::externs::Externs for Host {}
    };
}

externs!(fvm2, fvm2_shared);
externs!(fvm3, fvm3_shared);
externs!(fvm4, fvm4_shared);

impl fvm3::externs::Chain for Host {
    fn get_tipset_cid(&self, epoch: i64) -> anyhow::Result<Cid> {
        self.tipset_cid(epoch)
    }
}

impl fvm4::externs::Chain for Host {
    fn get_tipset_cid(&self, epoch: i64) -> anyhow::Result<Cid> {
        self.tipset_cid(epoch)
    }
}
