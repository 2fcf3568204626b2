#!/usr/bin/env bash
# Measures the engine against the runbook done by hand: both in turn, on this machine, with the same programs, from nothing;
# and, where a container engine answers, the engine's drill on a lane in containers against the one on a local lane.
#
# Usage: npm run bench [-- RUNS]     3 runs of each by default; the order goes round.
#        test/compose/with-engine.sh npm run bench [-- RUNS]     with a container engine for the time of the bench
# Prints a table on stdout, progress on stderr. Exits 0 whatever the figures are, and 1 if something failed to run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null

runs=${1:-3}
if [[ ! $runs =~ ^[1-9][0-9]?$ ]]; then
  echo "bench: the number of runs must be from 1 to 99, not '$runs'" >&2
  exit 2
fi
readonly local_lane=local-bench compose_lane=compose-bench

# The engine brings its own Temporal server, whatever this shell or the user's configuration names.
for variable in "${!TEMPORAL_@}"; do unset "$variable"; done

results=$(mktemp -d "${TMPDIR:-/tmp}/openbao-dr-bench-results.XXXXXX")
export TEMPORAL_CONFIG_FILE=$results/temporal.toml
echo '[profile]' >"$TEMPORAL_CONFIG_FILE"
trap 'clean_up' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

engine() { node dist/client/main.js "$@"; }

clean_up() {
  local code=$? state lane
  trap - EXIT INT TERM
  for state in "$results"/state-*; do
    for lane in "$local_lane" "$compose_lane"; do
      # Whole only after a drill that did not end by itself.
      if [[ -d $state/lanes/$lane ]]; then engine down "$lane" --force --state-dir "$state" >&2 || true; fi
    done
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

# drill NAME LANE
drill() {
  timed "$1" "$1.json" engine drill "$2" --approve-as bench --json --state-dir "$results/state-$1"
  rm -rf "$results/state-$1"
}
run_engine() { drill "engine-$1" "$local_lane"; }
run_compose() { drill "compose-$1" "$compose_lane"; }

# Says why there is no lane in containers to be measured.
without_compose() {
  echo "bench: no lane in containers: $1" >&2
  return 1
}
has_compose() {
  local said
  if ! said=$(docker version 2>&1); then without_compose "no container engine answers ($(tail -n 1 <<<"$said"))"; return; fi
  if ! said=$(docker compose version 2>&1); then without_compose "there is no Compose ($(tail -n 1 <<<"$said"))"; return; fi
  # Not on the engine's time.
  node bench/images.js || without_compose 'its images cannot be had'
}

npm run --silent build >&2
assignments=$(node bench/tools.js)
set -a
eval "$assignments"
set +a

sides=(runbook engine)
if has_compose; then sides+=(compose); fi
for ((run = 1; run <= runs; run++)); do
  for side in "${sides[@]}"; do "run_$side" "$run"; done
  sides=("${sides[@]:1}" "${sides[0]}")
done
node bench/summarise.js "$results"
