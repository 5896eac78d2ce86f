#!/usr/bin/env bash
# run.sh PROGRAM SEEDS: fuzzes for $NELUMBO_FUZZ_SECONDS (default 10). The corpus grows in PROGRAM.corpus; an input that
# breaks something is left beside the program as crash-*, and "PROGRAM crash-…" shows it again.
set -euo pipefail
program=$1 seeds=$2
corpus=$program.corpus
mkdir -p "$corpus"
folders=("$corpus")
[[ -d $seeds ]] && folders+=("$seeds")
exec "$program" -max_total_time="${NELUMBO_FUZZ_SECONDS:-10}" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
  -artifact_prefix="$(dirname "$program")/" "${folders[@]}"
