//! Generation 3: network versions 18 to 20.

use super::outcome::{amount, cbor, outcome, step, trace_step_fn};
use super::{ffi, Config, Executor, Host};
use cid::Cid;
use fvm3::call_manager::DefaultCallManager;
use fvm3::engine::MultiEngine;
use fvm3::executor::{ApplyKind, DefaultExecutor, Executor as _};
use fvm3::machine::{DefaultMachine, NetworkConfig};
use fvm3::DefaultKernel;
use fvm3_shared::chainid::ChainID;
use fvm3_shared::message::Message;
use std::sync::OnceLock;

type Machine = DefaultMachine<Host, Host>;
type Inner = DefaultExecutor<DefaultKernel<DefaultCallManager<Machine>>>;

/// Engines with the compiled actors of this process.
static ENGINES: OnceLock<MultiEngine> = OnceLock::new();

struct V3(Inner);

pub fn make(config: Config, host: Host) -> anyhow::Result<Box<dyn Executor>> {
    let raw = &config.raw;
    let mut network = NetworkConfig::new(raw.network_version.into());
    network.chain_id(ChainID::from(raw.chain_id));
    if raw.actor_debugging {
        network.enable_actor_debugging();
    }
    network.redirect_actors(config.redirect);
    let mut context = network.for_epoch(raw.epoch, raw.timestamp, config.state_root);
    context.set_base_fee(amount(&raw.base_fee)?);
    context.set_circulating_supply(amount(&raw.circulating_supply)?);
    if raw.tracing {
        context.enable_tracing();
    }
    let engine = ENGINES.get_or_init(|| MultiEngine::new(raw.concurrency)).get(&network)?;
    Ok(Box::new(V3(Inner::new(engine, Machine::new(&context, host.clone(), host)?)?)))
}

impl Executor for V3 {
    fn apply(&mut self, message: &[u8], implicit: bool, chain_length: usize) -> anyhow::Result<ffi::Outcome> {
        let message: Message = fvm_ipld_encoding::from_slice(message)?;
        let kind = if implicit { ApplyKind::Implicit } else { ApplyKind::Explicit };
        let ret = self.0.execute_message(message, kind, chain_length)?;
        Ok(outcome!(ret,
            events_root: ret.msg_receipt.events_root.map(|cid| cid.to_bytes()).unwrap_or_default(),
            events: cbor(&ret.events)?))
    }

    fn flush(&mut self) -> anyhow::Result<Cid> {
        self.0.flush()
    }
}

trace_step_fn!(fvm3, {});
