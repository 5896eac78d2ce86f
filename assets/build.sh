#!/usr/bin/env bash
# Fills CACHE/assets from the released lotus module, once per version of this folder: build.sh
# Two minutes the first time (the Go module and its dependencies), nothing afterwards.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${NELUMBO_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/nelumbo}
key=$(cd "$here" && sha256sum main.go go.mod go.sum | sha256sum | cut -c1-32)
mkdir -p "$cache/assets"
exec 9>"$cache/assets/lock"
flock 9
if [ "$(cat "$cache/assets/key" 2>/dev/null || true)" = "$key" ]; then exit 0; fi
command -v go >/dev/null || { echo "assets: Go is needed (1.25 or newer) to write actor bundles and genesis files" >&2; exit 1; }
cd "$here"
echo "assets: writing actor bundles, genesis files and manifests to $cache/assets"
# -s -w and no VCS stamp: the program is run once and thrown away.
go run -buildvcs=false -ldflags="-s -w" . "$cache/assets"
go run -buildvcs=false -ldflags="-s -w" -tags calibnet . "$cache/assets"
# The bootstrap lists are taken as text: the module's own function resolves their names, which needs the network.
lotus=$(go list -m -f '{{.Dir}}' github.com/filecoin-project/lotus)
mkdir -p "$cache/assets/bootstrap"
install -m 644 "$lotus/build/bootstrap/mainnet.pi" "$cache/assets/bootstrap/mainnet.txt"
install -m 644 "$lotus/build/bootstrap/calibnet.pi" "$cache/assets/bootstrap/calibrationnet.txt"
echo "$key" > "$cache/assets/key"
