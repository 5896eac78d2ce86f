//! Thin bindings of the Filecoin engines for the C++ rooms. One file per engine, each with its own small bridge; no
//! protocol rule is decided here. Failure reaches C++ as `rust::Error`; a panic becomes one too.

mod bls;
mod drand;
mod guard;
mod hash;
mod kinds;
mod logging;
mod p2p;
mod parameters;
mod post;
mod seal;
mod snarkpack;
mod update;
mod vm;
