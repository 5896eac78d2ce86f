//! Generation 4: network versions 21 and later.

use super::outcome::{amount, cbor, outcome, step, trace_step_fn};
use super::{ffi, Config, Executor, Host};
use cid::Cid;
use fvm4::call_manager::DefaultCallManager;
use fvm4::engine::MultiEngine;
use fvm4::executor::{ApplyKind, DefaultExecutor, Executor as _};
use fvm4::kernel::filecoin::DefaultFilecoinKernel;
use fvm4::machine::{DefaultMachine, NetworkConfig};
use fvm4::trace::IpldOperation;
use fvm4_shared::chainid::ChainID;
use fvm4_shared::message::Message;
use std::sync::OnceLock;

type Machine = DefaultMachine<Host, Host>;
type Inner = DefaultExecutor<DefaultFilecoinKernel<DefaultCallManager<Machine>>>;

/// Engines with the compiled actors of this process.
static ENGINES: OnceLock<MultiEngine> = OnceLock::new();

struct V4(Inner);

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
    Ok(Box::new(V4(Inner::new(engine, Machine::new(&context, host.clone(), host)?)?)))
}

impl Executor for V4 {
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

trace_step_fn!(fvm4, {
    ExecutionEvent::Log(text) => ffi::TraceStep { text, ..step(ffi::TraceKind::Log) },
    ExecutionEvent::Ipld { op, cid, size } => ffi::TraceStep {
        read_only: op == IpldOperation::Get,
        data: cid.to_bytes(),
        gas: size as u64,
        ..step(ffi::TraceKind::Block)
    },
});
