//! Generations 3 and 4 differ in their crates and little else.

/// A generation from its crates, its kernel, the name of the engine's preloading, and the trace steps it has beside the
/// common ones.
macro_rules! generation {
    ($fvm:ident, $shared:ident, $kernel:ident, $preload:ident, { $($steps:tt)* }) => {
        use super::outcome::{amount, cbor, outcome, step, trace_step_fn};
        use super::{ffi, Config, Executor, Host};
        use cid::Cid;
        use std::sync::OnceLock;
        use $fvm::call_manager::DefaultCallManager;
        use $fvm::engine::{EnginePool, MultiEngine};
        use $fvm::executor::{ApplyKind, DefaultExecutor, Executor as _};
        use $fvm::machine::{DefaultMachine, NetworkConfig};

        type Machine = DefaultMachine<Host, Host>;
        type Inner = DefaultExecutor<$kernel<DefaultCallManager<Machine>>>;

        struct Generation(Inner);

        fn network(config: &Config) -> NetworkConfig {
            let mut network = NetworkConfig::new(config.raw.network_version.into());
            network.chain_id($shared::chainid::ChainID::from(config.raw.chain_id));
            if config.raw.actor_debugging {
                network.enable_actor_debugging();
            }
            network.redirect_actors(config.redirect.clone());
            network
        }

        /// The engine of a network, with the compiled actors of this process.
        fn engine(config: &Config, network: &NetworkConfig) -> anyhow::Result<EnginePool> {
            static ENGINES: OnceLock<MultiEngine> = OnceLock::new();
            ENGINES.get_or_init(|| MultiEngine::new(config.raw.concurrency)).get(network)
        }

        pub fn make(config: Config, host: Host) -> anyhow::Result<Box<dyn Executor>> {
            let network = network(&config);
            let raw = &config.raw;
            let mut context = network.for_epoch(raw.epoch, raw.timestamp, config.state_root);
            context.set_base_fee(amount(&raw.base_fee)?);
            context.set_circulating_supply(amount(&raw.circulating_supply)?);
            if raw.tracing {
                context.enable_tracing();
            }
            let machine = Machine::new(&context, host.clone(), host)?;
            Ok(Box::new(Generation(Inner::new(engine(&config, &network)?, machine)?)))
        }

        pub fn preload(config: &Config, host: &Host, code: &Cid) -> anyhow::Result<()> {
            engine(config, &network(config))?.acquire().$preload(host, std::iter::once(code))?;
            Ok(())
        }

        impl Executor for Generation {
            fn apply(&mut self, message: &[u8], implicit: bool, chain_length: usize) -> anyhow::Result<ffi::Outcome> {
                let message: $shared::message::Message = fvm_ipld_encoding::from_slice(message)?;
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

        trace_step_fn!($fvm, { $($steps)* });
    };
}

pub(super) use generation;
