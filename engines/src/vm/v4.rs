//! Generation 4: network versions 21 and later.

use super::generation::generation;
use fvm4::kernel::filecoin::DefaultFilecoinKernel;
use fvm4::trace::IpldOperation;

generation!(fvm4, fvm4_shared, DefaultFilecoinKernel, preload_all, {
    ExecutionEvent::Log(text) => ffi::TraceStep { text, ..step(ffi::TraceKind::Log) },
    ExecutionEvent::Ipld { op, cid, size } => ffi::TraceStep {
        read_only: op == IpldOperation::Get,
        data: cid.to_bytes(),
        gas: size as u64,
        ..step(ffi::TraceKind::Block)
    },
});
