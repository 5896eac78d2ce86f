//! The crates' log lines, warnings and errors, handed to the C++ log.

use cxx::SharedPtr;
use log::{Level, LevelFilter, Log, Metadata, Record};

#[cxx::bridge(namespace = "nelumbo::engines")]
mod ffi {
    unsafe extern "C++" {
        include!("nelumbo_engines/log_sink.hpp");
        type LogSink;
        fn write(self: &LogSink, error: bool, target: &str, text: &str);
    }
    extern "Rust" {
        /// Sends all later lines to the sink. The first call counts; false when there is one already.
        fn set_log_sink(sink: SharedPtr<LogSink>) -> bool;
    }
}

struct Logger(SharedPtr<ffi::LogSink>);

// The sink's contract (log_sink.hpp) is to be called from any thread.
unsafe impl Send for Logger {}
unsafe impl Sync for Logger {}

/// Crates whose warnings tell what peers do wrong: a hostile one could fill the log with them.
const PEERS_BLAMED_BY: [&str; 6] = ["libp2p", "multistream_select", "yamux", "quinn", "rustls", "hickory"];

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata) -> bool {
        let of_peers = PEERS_BLAMED_BY.iter().any(|name| metadata.target().starts_with(name));
        metadata.level() <= if of_peers { Level::Error } else { Level::Warn }
    }
    fn log(&self, record: &Record) {
        if self.enabled(record.metadata()) {
            self.0.write(record.level() == Level::Error, record.target(), &record.args().to_string());
        }
    }
    fn flush(&self) {}
}

fn set_log_sink(sink: SharedPtr<ffi::LogSink>) -> bool {
    log::set_max_level(LevelFilter::Warn);
    // A panic becomes an error of the call (guard.rs); here it leaves its place in the log.
    std::panic::set_hook(Box::new(|panic| log::error!("{panic}")));
    log::set_logger(Box::leak(Box::new(Logger(sink)))).is_ok()
}
