//! Generation 2: network versions 16 and 17. No events, no Ethereum, and its trace knows neither codecs nor limits.

use super::outcome::{amount, cbor, outcome, step};
use super::{ffi, Config, Executor, Host};
use anyhow::anyhow;
use cid::Cid;
use fvm2::call_manager::DefaultCallManager;
use fvm2::executor::{ApplyKind, DefaultExecutor, Executor as _};
use fvm2::machine::{DefaultMachine, Engine, MultiEngine, NetworkConfig};
use fvm2::trace::ExecutionEvent;
use fvm2::DefaultKernel;
use fvm2_shared::message::Message;
use fvm_ipld_encoding::{RawBytes, DAG_CBOR};
use std::sync::OnceLock;

type Machine = DefaultMachine<Host, Host>;
type Inner = DefaultExecutor<DefaultKernel<DefaultCallManager<Machine>>>;

struct V2(Inner);

fn network(config: &Config) -> anyhow::Result<NetworkConfig> {
    let version = config.raw.network_version.try_into().map_err(|nv| anyhow!("network version {nv}"))?;
    let mut network = NetworkConfig::new(version);
    if config.raw.actor_debugging {
        network.enable_actor_debugging();
    }
    network.redirect_actors(config.redirect.clone());
    Ok(network)
}

/// The engine of a network, with the compiled actors of this process.
fn engine(network: &NetworkConfig) -> anyhow::Result<Engine> {
    static ENGINES: OnceLock<MultiEngine> = OnceLock::new();
    ENGINES.get_or_init(MultiEngine::new).get(network)
}

pub fn make(config: Config, host: Host) -> anyhow::Result<Box<dyn Executor>> {
    let network = network(&config)?;
    let raw = &config.raw;
    let mut context = network.for_epoch(raw.epoch, config.state_root);
    context.set_base_fee(amount(&raw.base_fee)?);
    context.set_circulating_supply(amount(&raw.circulating_supply)?);
    if raw.tracing {
        context.enable_tracing();
    }
    Ok(Box::new(V2(Inner::new(Machine::new(&engine(&network)?, &context, host.clone(), host)?))))
}

pub fn preload(config: &Config, host: &Host, code: &Cid) -> anyhow::Result<()> {
    engine(&network(config)?)?.preload(host, std::iter::once(code))
}

impl Executor for V2 {
    fn apply(&mut self, message: &[u8], implicit: bool, chain_length: usize) -> anyhow::Result<ffi::Outcome> {
        let message: Message = fvm_ipld_encoding::from_slice(message)?;
        let kind = if implicit { ApplyKind::Implicit } else { ApplyKind::Explicit };
        let ret = self.0.execute_message(message, kind, chain_length)?;
        Ok(outcome!(ret, events_root: vec![], events: vec![]))
    }

    fn flush(&mut self) -> anyhow::Result<Cid> {
        self.0.flush()
    }
}

/// This generation's parameters and returns are dag-cbor; none has no codec.
fn codec(bytes: &RawBytes) -> u64 {
    if bytes.is_empty() {
        0
    } else {
        DAG_CBOR
    }
}

fn trace_step(event: ExecutionEvent) -> anyhow::Result<Option<ffi::TraceStep>> {
    Ok(Some(match event {
        // Refunds are negative charges here; the trace shows them as nothing.
        ExecutionEvent::GasCharge(charge) => ffi::TraceStep {
            gas: charge.total().round_up().max(0) as u64,
            compute_gas: charge.compute_gas.round_up().max(0) as u64,
            other_gas: charge.storage_gas.round_up().max(0) as u64,
            text: charge.name.into_owned(),
            ..step(ffi::TraceKind::Gas)
        },
        ExecutionEvent::Call { from, to, method, params, value } => ffi::TraceStep {
            actor: from,
            address: to.to_bytes(),
            method,
            codec: codec(&params),
            data: params.into(),
            amount: cbor(&value)?,
            ..step(ffi::TraceKind::Call)
        },
        ExecutionEvent::CallReturn(value) => {
            ffi::TraceStep { codec: codec(&value), data: value.into(), ..step(ffi::TraceKind::Return) }
        }
        ExecutionEvent::CallAbort(code) => ffi::TraceStep { code: code.value(), ..step(ffi::TraceKind::Return) },
        ExecutionEvent::CallError(error) => {
            ffi::TraceStep { code: error.1 as u32, text: error.0, ..step(ffi::TraceKind::Error) }
        }
        ExecutionEvent::Log(text) => ffi::TraceStep { text, ..step(ffi::TraceKind::Log) },
        _ => return Ok(None),
    }))
}
