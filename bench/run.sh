#!/usr/bin/env bash
# Measures the engine against the runbook done by hand: both in turn, on this machine, with the same programs, from nothing.
#
# Usage: npm run bench [-- RUNS]     3 runs of each by default; the one that goes first alternates.
# Prints a table on stdout, progress on stderr. Exits 0 whatever the figures are, and 1 if something failed to run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null

runs=${1:-3}
if [[ ! $runs =~ ^[1-9][0-9]?$ ]]; then
  echo "bench: the number of runs must be from 1 to 99, not '$runs'" >&2
  exit 2
fi
readonly lane=local-bench

# The engine brings its own Temporal server, whatever this shell or the user's configuration names.
for variable in "${!TEMPORAL_@}"; do unset "$variable"; done

results=$(mktemp -d "${TMPDIR:-/tmp}/openbao-dr-bench-results.XXXXXX")
export TEMPORAL_CONFIG_FILE=$results/there-is-none.toml
trap 'clean_up' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

engine() { node dist/client/main.js "$@"; }

clean_up() {
  local code=$? state
  trap - EXIT INT TERM
  for state in "$results"/state-*; do
    # Whole only after a drill that did not end by itself.
    if [[ -d $state/lanes/$lane ]]; then engine down "$lane" --force --state-dir "$state" >&2 || true; fi
  done
  rm -rf "$results"
  exit "$code"
}

# timed NAME OUTPUT COMMAND…: keeps what it prints, and its wall-clock seconds in NAME.wall.
timed() {
  local name=$1 output=$2 begin=${EPOCHREALTIME/[.,]/} took
  shift 2
  echo "bench: $name" >&2
  if ! "$@" >"$results/$output" 2>"$results/$name.log"; then
    echo "bench: $name failed" >&2
    tail -n 20 "$results/$name.log" >&2
    exit 1
  fi
  took=$((${EPOCHREALTIME/[.,]/} - begin))
  printf '%d.%06d\n' $((took / 1000000)) $((took % 1000000)) >"$results/$name.wall"
}

run_runbook() { timed "runbook-$1" "runbook-$1.txt" bash bench/runbook.sh; }

run_engine() {
  timed "engine-$1" "engine-$1.json" engine drill "$lane" --approve-as bench --json --state-dir "$results/state-$1"
  rm -rf "$results/state-$1"
}

npm run --silent build >&2
assignments=$(node bench/tools.js)
set -a
eval "$assignments"
set +a

for ((run = 1; run <= runs; run++)); do
  if ((run % 2 == 1)); then order=(runbook engine); else order=(engine runbook); fi
  for side in "${order[@]}"; do "run_$side" "$run"; done
done
node bench/summarise.js "$results"
