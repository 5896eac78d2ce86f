//! What the generations' results have in common.

use super::ffi::{TraceKind, TraceStep};
use anyhow::Context;
use fvm_ipld_encoding::{from_slice, to_vec};

/// An amount (or any value) as CBOR.
pub fn cbor<T: fvm_ipld_encoding::ser::Serialize>(value: &T) -> anyhow::Result<Vec<u8>> {
    to_vec(value).context("encoding a result")
}

pub fn amount<T: fvm_ipld_encoding::de::DeserializeOwned>(bytes: &[u8]) -> anyhow::Result<T> {
    from_slice(bytes).context("not an amount")
}

pub fn step(kind: TraceKind) -> TraceStep {
    TraceStep {
        kind,
        text: String::new(),
        actor: 0,
        address: vec![],
        amount: vec![],
        method: 0,
        data: vec![],
        codec: 0,
        code: 0,
        gas: 0,
        compute_gas: 0,
        other_gas: 0,
        nanoseconds: 0,
        read_only: false,
    }
}

/// The fields of Outcome that every generation's ApplyRet has under the same names; the rest is passed in.
macro_rules! outcome {
    ($ret:ident, events_root: $events_root:expr, events: $events:expr) => {
        ffi::Outcome {
            exit_code: $ret.msg_receipt.exit_code.value(),
            return_data: $ret.msg_receipt.return_data.into(),
            gas_used: i64::try_from($ret.msg_receipt.gas_used)?,
            events_root: $events_root,
            penalty: cbor(&$ret.penalty)?,
            miner_tip: cbor(&$ret.miner_tip)?,
            base_fee_burn: cbor(&$ret.base_fee_burn)?,
            over_estimation_burn: cbor(&$ret.over_estimation_burn)?,
            refund: cbor(&$ret.refund)?,
            gas_refund: i64::try_from($ret.gas_refund)?,
            gas_burned: i64::try_from($ret.gas_burned)?,
            failure: $ret.failure_info.map(|failure| failure.to_string()).unwrap_or_default(),
            events: $events,
            trace: $ret
                .exec_trace
                .into_iter()
                .map(trace_step)
                .filter_map(Result::transpose)
                .collect::<anyhow::Result<_>>()?,
        }
    };
}

/// The trace steps that generations 3 and 4 share; `extra` are further arms.
macro_rules! trace_step_fn {
    ($fvm:ident, { $($extra:tt)* }) => {
        fn trace_step(event: $fvm::trace::ExecutionEvent) -> anyhow::Result<Option<ffi::TraceStep>> {
            use $fvm::trace::ExecutionEvent;
            Ok(Some(match event {
                ExecutionEvent::GasCharge(charge) => ffi::TraceStep {
                    gas: charge.total().round_up(),
                    compute_gas: charge.compute_gas.round_up(),
                    other_gas: charge.other_gas.round_up(),
                    nanoseconds: charge.elapsed.get().map_or(0, |time| time.as_nanos() as u64),
                    text: charge.name.into_owned(),
                    ..step(ffi::TraceKind::Gas)
                },
                ExecutionEvent::Call { from, to, method, params, value, gas_limit, read_only } => {
                    let params = params.unwrap_or_default();
                    ffi::TraceStep {
                        actor: from,
                        address: to.to_bytes(),
                        method,
                        data: params.data,
                        codec: params.codec,
                        amount: cbor(&value)?,
                        gas: gas_limit,
                        read_only,
                        ..step(ffi::TraceKind::Call)
                    }
                }
                ExecutionEvent::CallReturn(code, value) => {
                    let value = value.unwrap_or_default();
                    ffi::TraceStep {
                        code: code.value(),
                        data: value.data,
                        codec: value.codec,
                        ..step(ffi::TraceKind::Return)
                    }
                }
                ExecutionEvent::CallError(error) => {
                    ffi::TraceStep { code: error.1 as u32, text: error.0, ..step(ffi::TraceKind::Error) }
                }
                ExecutionEvent::InvokeActor { id, state } => {
                    ffi::TraceStep { actor: id, data: cbor(&state)?, ..step(ffi::TraceKind::Invoke) }
                }
                $($extra)*
                _ => return Ok(None),
            }))
        }
    };
}

pub(super) use {outcome, trace_step_fn};
