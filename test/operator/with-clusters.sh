#!/usr/bin/env bash
# Runs a command where two API servers answer, one for each side of a pair:
#
#   test/operator/with-clusters.sh vitest run --project operator
#
# Where OPENBAO_DR_API_SERVERS_KUBECONFIG names some, that is all (test/support/kubernetes/api-servers.ts says what else may be named).
# Otherwise it starts two control planes without nodes, for this command alone, if there is a folder with scripts that do so:
# OPENBAO_DR_K8S_LAB with up.sh and down.sh, whose programs were built before. Where none can be had it says why, and runs the
# command all the same: what needs them skips itself.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}
lab=${OPENBAO_DR_K8S_LAB:-}
lab_home=${K8S_LAB_HOME:-$cache/openbao-dr-k8s-lab}
# That of the lab's API servers.
kubernetes=1.34.4
command=("$@")
log='' started=''

cleanup() {
  if [[ -n $started ]]; then "$lab/down.sh" -f source target >/dev/null 2>&1 || true; fi
  if [[ -n $log ]]; then rm -f "$log"; fi
}
skip() {
  cleanup
  trap - EXIT
  echo "No API servers: $1. What needs them is skipped." >&2
  exec "${command[@]}"
}

if [[ -n ${OPENBAO_DR_API_SERVERS_KUBECONFIG:-} ]]; then
  exec "${command[@]}"
fi
named='OPENBAO_DR_API_SERVERS_KUBECONFIG names none'
[[ -n $lab ]] || skip "$named, and OPENBAO_DR_K8S_LAB no scripts that start some"
[[ -x $lab/up.sh && -x $lab/down.sh ]] || skip "$named, and $lab has no scripts that start some"
[[ -x $lab_home/bin/hyperkube ]] || skip "$named, and the programs of those that could be started were not built"
[[ $(id -u) == 0 ]] || skip "$named, and only root may start some"
for cluster in "$lab_home"/run/*/; do
  [[ ! -d $cluster ]] || skip "$named, and clusters of somebody's are there that some would be started beside"
done

log=$(mktemp /tmp/openbao-dr-clusters.XXXXXX)
trap cleanup EXIT

# The program's own kubectl is too new for these servers.
build_kubectl() {
  local folder=$cache/openbao-dr-kubectl/$kubernetes version=k8s.io/component-base/version
  if [[ ! -x $folder/kubectl ]]; then
    mkdir -p "$folder"
    (cd "$here/kubectl" && CGO_ENABLED=0 nice go build -trimpath -buildvcs=false -o "$folder/kubectl.$$" -ldflags \
      "-s -w -X $version.gitVersion=v$kubernetes -X $version.gitMajor=1 -X $version.gitMinor=${kubernetes:2:2}" .)
    mv "$folder/kubectl.$$" "$folder/kubectl"
  fi
  "$folder/kubectl" version --client
}
# Not "if build_kubectl": in a condition, set -e would be off in there.
if [[ -z ${OPENBAO_DR_KUBECTL:-} ]]; then
  set +e
  (set -e; build_kubectl) >"$log" 2>&1
  built=$?
  set -e
  [[ $built == 0 ]] || skip "no kubectl $kubernetes for them could be built ($(tail -n 1 "$log"))"
  export OPENBAO_DR_KUBECTL=$cache/openbao-dr-kubectl/$kubernetes/kubectl
fi

started=yes
WITHNODE=0 "$lab/up.sh" source target >"$log" 2>&1 </dev/null || skip "they did not start ($(tail -n 1 "$log"))"
export OPENBAO_DR_API_SERVERS_KUBECONFIG=$lab_home/kubeconfig
"${command[@]}"
