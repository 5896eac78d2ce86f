#!/usr/bin/env bash
# Builds the Rust engines and puts libnelumbo_engines.a and the bridge headers under OUT.
#   build.sh OUT [FEATURES]
# A finished build is kept in the cache folder under a key of everything that goes into it; cargo's own target folder
# is shared by all checkouts, so an edit here rebuilds this crate alone.
set -euo pipefail
out=$1
features=${2:-}
here=$(cd "$(dirname "$0")" && pwd)
cache=${NELUMBO_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/nelumbo}
export PATH="$PATH:$HOME/.cargo/bin"

key=$(cd "$here" && { rustc --version; g++ --version | head -1; echo "$features"; find Cargo.toml Cargo.lock build.rs build.sh src include -type f -print0 |
  LC_ALL=C sort -z | xargs -0 sha256sum; } | sha256sum | cut -c1-32)
kept=$cache/engines/$key

if [ ! -f "$kept/libnelumbo_engines.a" ]; then
  mkdir -p "$cache/engines"
  exec 9>"$cache/engines/lock"
  flock 9
  if [ ! -f "$kept/libnelumbo_engines.a" ]; then
    export CARGO_TARGET_DIR=$cache/cargo-target
    (cd "$here" && cargo build --locked --release ${features:+--features "$features"})
    new=$kept.new
    rm -rf "$new"
    mkdir -p "$new/include"
    cp "$CARGO_TARGET_DIR/release/libnelumbo_engines.a" "$new/"
    cp -rL "$CARGO_TARGET_DIR/cxxbridge/." "$new/include/"
    mv "$new" "$kept"
    # The newest four builds are kept; older ones cost 100 MB each.
    ls -dt "$cache"/engines/*/ | tail -n +5 | xargs -r rm -rf
  fi
fi
# Headers that did not change keep their time, so that C++ is not compiled again for a change inside the Rust.
(cd "$kept/include" && find . -name '*.h' -type f -print0) | while IFS= read -r -d '' header; do
  cmp -s "$kept/include/$header" "$out/include/$header" || install -D -m 644 "$kept/include/$header" "$out/include/$header"
done
cp "$kept/libnelumbo_engines.a" "$out/"
