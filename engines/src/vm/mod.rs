//! Three generations of the Filecoin virtual machine behind one bridge. Each machine lives on a thread of its own with
//! the deep stack that nested calls need; what it reads and asks comes from the C++ host.

mod generation;
mod host;
mod outcome;
mod v2;
mod v3;
mod v4;

use crate::guard::guard;
use anyhow::{anyhow, Context};
use cid::Cid;
use cxx::SharedPtr;
use host::Host;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

#[cxx::bridge(namespace = "nelumbo::engines")]
mod ffi {
    /// What a machine is made with. CIDs are binary, amounts are CBOR.
    struct MachineConfig {
        network_version: u32,
        chain_id: u64,
        epoch: i64,
        timestamp: u64,
        state_root: Vec<u8>,
        base_fee: Vec<u8>,
        circulating_supply: Vec<u8>,
        tracing: bool,
        actor_debugging: bool,
        /// Code CIDs, replaced and replacement in turn.
        redirect: Vec<Redirect>,
        /// Messages that may run at once on one engine of this process; the first machine of a generation sets it.
        concurrency: u32,
    }
    struct Redirect {
        from: Vec<u8>,
        to: Vec<u8>,
    }
    /// What one message did. Amounts, events and actor states are CBOR.
    struct Outcome {
        exit_code: u32,
        return_data: Vec<u8>,
        gas_used: i64,
        /// Binary CID, empty when there were no events.
        events_root: Vec<u8>,
        penalty: Vec<u8>,
        miner_tip: Vec<u8>,
        base_fee_burn: Vec<u8>,
        over_estimation_burn: Vec<u8>,
        refund: Vec<u8>,
        gas_refund: i64,
        gas_burned: i64,
        failure: String,
        /// A list of [emitter, entries].
        events: Vec<u8>,
        trace: Vec<TraceStep>,
    }
    #[derive(Debug)]
    enum TraceKind {
        /// text, compute_gas, other_gas, gas (their sum), nanoseconds
        Gas,
        /// actor (caller), address (callee), method, data and codec (parameters), amount, gas (limit), read_only
        Call,
        /// code (exit code), data and codec (return)
        Return,
        /// code (syscall error number), text
        Error,
        /// actor, data (CBOR of the actor's row)
        Invoke,
        /// text
        Log,
        /// read_only (true: read, false: written), data (binary CID), gas (bytes)
        Block,
    }
    /// One step of a trace, in order of happening; which fields are meant depends on the kind.
    struct TraceStep {
        kind: TraceKind,
        text: String,
        actor: u64,
        address: Vec<u8>,
        amount: Vec<u8>,
        method: u64,
        data: Vec<u8>,
        codec: u64,
        code: u32,
        gas: u64,
        compute_gas: u64,
        other_gas: u64,
        nanoseconds: u64,
        read_only: bool,
    }
    /// The answer about a consensus fault.
    struct HostFault {
        found: bool,
        target: u64,
        epoch: i64,
        kind: u8,
        gas_used: i64,
    }

    unsafe extern "C++" {
        include!("nelumbo_engines/host.hpp");
        type VmHost;
        fn get(self: &VmHost, cid: &[u8]) -> Result<UniquePtr<CxxVector<u8>>>;
        fn has(self: &VmHost, cid: &[u8]) -> Result<bool>;
        fn put(self: &VmHost, cid: &[u8], data: &[u8]) -> Result<()>;
        fn put_many(self: &VmHost, joined: &[u8], sizes: &[usize]) -> Result<()>;
        fn chain_randomness(self: &VmHost, epoch: i64) -> Result<[u8; 32]>;
        fn beacon_randomness(self: &VmHost, epoch: i64) -> Result<[u8; 32]>;
        fn tipset_cid(self: &VmHost, epoch: i64) -> Result<UniquePtr<CxxVector<u8>>>;
        fn verify_consensus_fault(self: &VmHost, h1: &[u8], h2: &[u8], extra: &[u8]) -> Result<HostFault>;
    }

    extern "Rust" {
        type Machine;
        /// Which generation runs a network version: 2, 3 or 4; 0 when none does.
        fn machine_generation(network_version: u32) -> u32;
        fn make_machine(config: &MachineConfig, host: SharedPtr<VmHost>) -> Result<Box<Machine>>;
        /// Compiles one actor (`code`: binary CID) for the machines of this network; the state root is not looked at.
        fn preload_actor(config: &MachineConfig, host: SharedPtr<VmHost>, code: &[u8]) -> Result<()>;
        /// `message` is CBOR; `chain_length` the bytes it takes on chain.
        fn apply(self: &Machine, message: &[u8], implicit: bool, chain_length: usize) -> Result<Outcome>;
        /// Writes the changed state to the host and gives its root.
        fn flush(self: &Machine) -> Result<Vec<u8>>;
    }
}

/// A machine of any generation.
trait Executor {
    fn apply(&mut self, message: &[u8], implicit: bool, chain_length: usize) -> anyhow::Result<ffi::Outcome>;
    fn flush(&mut self) -> anyhow::Result<Cid>;
}

/// The configuration with its CIDs read.
struct Config {
    raw: ffi::MachineConfig,
    state_root: Cid,
    redirect: Vec<(Cid, Cid)>,
}

fn machine_generation(network_version: u32) -> u32 {
    match network_version {
        16 | 17 => 2,
        18..=20 => 3,
        21..=29 => 4,
        _ => 0,
    }
}

fn make_executor(config: Config, host: Host) -> anyhow::Result<Box<dyn Executor>> {
    match machine_generation(config.raw.network_version) {
        2 => v2::make(config, host),
        3 => v3::make(config, host),
        4 => v4::make(config, host),
        _ => Err(anyhow!("no machine runs network version {}", config.raw.network_version)),
    }
}

fn preload_actor(config: &ffi::MachineConfig, host: SharedPtr<ffi::VmHost>, code: &[u8]) -> Result<(), String> {
    guard(|| {
        let config = read_config(config)?;
        let (host, code) = (Host(host), Cid::try_from(code).context("not a CID")?);
        match machine_generation(config.raw.network_version) {
            2 => v2::preload(&config, &host, &code),
            3 => v3::preload(&config, &host, &code),
            4 => v4::preload(&config, &host, &code),
            _ => Err(anyhow!("no machine runs network version {}", config.raw.network_version)),
        }
    })
}

/// Nested calls of actors recurse; the engines ask for this much stack.
const STACK_BYTES: usize = 64 << 20;

type Work = Box<dyn FnOnce(&mut dyn Executor) + Send>;

pub struct Machine {
    work: Option<mpsc::Sender<Work>>,
    thread: Option<JoinHandle<()>>,
}

impl Machine {
    fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Executor) -> anyhow::Result<T> + Send + 'static,
    ) -> Result<T, String> {
        let (answer, wait) = mpsc::sync_channel(1);
        let task: Work = Box::new(move |executor| {
            // The other side waits below for as long as this thread lives.
            let _ = answer.send(guard(|| work(executor)));
        });
        let gone = || "the machine's thread has ended".to_string();
        self.work.as_ref().ok_or_else(gone)?.send(task).map_err(|_| gone())?;
        wait.recv().map_err(|_| gone())?
    }

    fn apply(&self, message: &[u8], implicit: bool, chain_length: usize) -> Result<ffi::Outcome, String> {
        let message = message.to_vec();
        self.run(move |executor| executor.apply(&message, implicit, chain_length))
    }

    fn flush(&self) -> Result<Vec<u8>, String> {
        self.run(|executor| Ok(executor.flush()?.to_bytes()))
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.work = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn make_machine(config: &ffi::MachineConfig, host: SharedPtr<ffi::VmHost>) -> Result<Box<Machine>, String> {
    let config = guard(|| read_config(config))?;
    let host = Host(host);
    let (work, tasks) = mpsc::channel::<Work>();
    let (made, wait) = mpsc::sync_channel(1);
    let body = move || {
        let mut executor = match guard(|| make_executor(config, host)) {
            Ok(executor) => executor,
            Err(error) => {
                let _ = made.send(Err(error));
                return;
            }
        };
        let _ = made.send(Ok(()));
        for task in tasks {
            task(&mut *executor);
        }
    };
    let thread = guard(|| {
        thread::Builder::new()
            .name("vm".into())
            .stack_size(STACK_BYTES)
            .spawn(body)
            .context("starting the machine's thread")
    })?;
    wait.recv().map_err(|_| "the machine's thread has ended".to_string())??;
    Ok(Box::new(Machine { work: Some(work), thread: Some(thread) }))
}

fn read_config(config: &ffi::MachineConfig) -> anyhow::Result<Config> {
    let cid = |bytes: &[u8]| Cid::try_from(bytes).context("not a CID");
    Ok(Config {
        state_root: cid(&config.state_root).context("state root")?,
        redirect: config
            .redirect
            .iter()
            .map(|pair| Ok((cid(&pair.from)?, cid(&pair.to)?)))
            .collect::<anyhow::Result<_>>()?,
        raw: ffi::MachineConfig {
            state_root: vec![],
            redirect: vec![],
            base_fee: config.base_fee.clone(),
            circulating_supply: config.circulating_supply.clone(),
            ..*config
        },
    })
}
