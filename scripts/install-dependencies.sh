#!/usr/bin/env bash
# Installs the Debian packages the build needs and that are missing; checks for Rust and Go. Quick when all is there.
#   install-dependencies.sh [--fuzz]   with the compiler of the fuzz targets as well
set -euo pipefail
packages=(g++ cmake ninja-build make git pkg-config ccache mold python3 curl
  libboost1.81-dev librocksdb-dev libspdlog-dev libfmt-dev nlohmann-json3-dev libcli11-dev libtomlplusplus-dev
  libsecp256k1-dev libb2-dev libsoci-dev libmariadb-dev mariadb-server libssl-dev zlib1g-dev libzstd-dev libhwloc-dev
  librapidcheck-dev libgtest-dev libgmock-dev libbenchmark-dev chromium)
if [ "${1:-}" = --fuzz ]; then packages+=(clang-19 libclang-rt-19-dev); fi

missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "installing: ${missing[*]}"
  root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "these Debian packages are missing: ${missing[*]}; install them as root" >&2; exit 1; }
    root=(sudo)
  fi
  "${root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

export PATH="$PATH:$HOME/.cargo/bin:/usr/local/go/bin"
command -v cargo >/dev/null || { echo "Rust 1.88 or newer is needed for the engines (cargo was not found)" >&2; exit 1; }
command -v go >/dev/null || { echo "Go 1.25 or newer is needed to write out the official assets (go was not found)" >&2; exit 1; }
