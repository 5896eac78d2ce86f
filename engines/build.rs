//! Writes the C++ side of every bridge and compiles it into the static library.

fn main() {
    cxx_build::CFG.include_prefix = "nelumbo_engines";
    let bridges = [
        "src/bls.rs",
        "src/drand.rs",
        "src/hash.rs",
        "src/logging.rs",
        "src/p2p/mod.rs",
        "src/parameters.rs",
        "src/post.rs",
        "src/seal.rs",
        "src/snarkpack.rs",
        "src/update.rs",
        "src/vm/mod.rs",
    ];
    cxx_build::bridges(bridges).include("include").std("c++20").compile("nelumbo_engines_bridge");
    for file in bridges.iter().chain(["include"].iter()) {
        println!("cargo:rerun-if-changed={file}");
    }
}
