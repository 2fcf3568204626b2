#!/usr/bin/env bash
# One drill by hand: what an operator types from the baseline's runbook, step after step, with bao, curl, openssl and an
# S3 command-line client. The bench measures the engine against it, so it builds the same lane with the same identities and
# makes the same checks, as far as people make them by hand: it says which. Only the machine's work is timed, nobody is waited
# for.
#
# Usage: BAO=… TRAEFIK=… RCLONE=… WEED=…|RUSTFS=… bash bench/runbook.sh
# BENCH_KEEP_LOGS=FOLDER keeps the logs of a run that failed.
# Prints a line `phase seconds` for each phase and for the total on stdout, and a line `proof name` for each check of the
# engine's that it has made, too; everything else goes to stderr.
# Secrets travel by environment, standard input or files that only this user can read, never as arguments.
set -euo pipefail

if ((BASH_VERSINFO[0] < 5)); then
  echo 'runbook: needs bash 5 or newer for its clock' >&2
  exit 2
fi
shopt -s inherit_errexit

BAO=${BAO:-bao} TRAEFIK=${TRAEFIK:-traefik} RCLONE=${RCLONE:-rclone} WEED=${WEED:-} RUSTFS=${RUSTFS:-}
if [[ -z $WEED && -z $RUSTFS ]]; then WEED=weed; fi
for program in "$BAO" "$TRAEFIK" "$RCLONE" "${RUSTFS:-$WEED}" curl openssl python3 tar; do
  if ! command -v "$program" >/dev/null; then
    echo "runbook: $program is missing: install it, or name it in BAO, TRAEFIK, RCLONE, WEED or RUSTFS" >&2
    exit 2
  fi
done
if command -v sha256sum >/dev/null; then sha256=(sha256sum); else sha256=(shasum -a 256); fi

# Servers and clients take their settings from here alone: a stray BAO_ADDR would even change a server's seal.
for variable in "${!BAO_@}" "${!VAULT_@}" "${!TRANSIT_@}" "${!TRAEFIK_@}" "${!RCLONE_@}" "${!RUSTFS_@}" "${!AWS_@}"; do
  unset "$variable"
done
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY SSL_CERT_FILE SSL_CERT_DIR

umask 077
work=$(mktemp -d "${TMPDIR:-/tmp}/openbao-dr-bench.XXXXXX")
export HOME=$work LC_ALL=C
trap 'clean_up' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

readonly seal_key=openbao-dr-shared-unseal bucket=openbao-dr-backups admin=demo-admin snapshot_path=sys/storage/raft/snapshot
declare -A host=(
  [infra]=bao-dr-infra.example.com [source]=bao-dr-source.example.com
  [target]=bao-dr-target.example.com [clients]=bao-dr.example.com
)
declare -A cluster_name=(
  [infra]=openbao-dr-infra [source]=openbaocluster-dr-source [target]=openbaocluster-dr-target
)
declare -A edge edge_pid api cluster seal_token password s3_key s3_secret cluster_id version
ca=$work/ca.crt

# --- small tools ------------------------------------------------------------------------------------------------------

fail() {
  echo "runbook: $*" >&2
  exit 1
}

# phase NAME: runs the function of that name and prints how long it took.
phase() {
  local begin=${EPOCHREALTIME/[.,]/}
  echo "runbook: $1" >&2
  "$1"
  print_seconds "$1" "$begin"
}

print_seconds() {
  local took=$((${EPOCHREALTIME/[.,]/} - $2))
  printf '%s %d.%03d\n' "$1" $((took / 1000000)) $((took / 1000 % 1000))
}

# proved NAME…: a check is made and has passed; the name is the engine's.
proved() { printf 'proof %s\n' "$@"; }

# poll SECONDS WHAT COMMAND…: until the command succeeds.
poll() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    if ((SECONDS >= deadline)); then fail "gave up waiting for $what"; fi
    sleep 0.1
  done
}

# start NAME COMMAND…: as a child of this shell, with a folder and a log of its own.
start() {
  local name=$1
  shift
  mkdir -p "$work/$name"
  (cd "$work/$name" && exec "$@") </dev/null >"$work/$name/log" 2>&1 &
}

listens() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# text_of FIELD JSON: a text, number or boolean of a flat JSON object; empty if it is not there.
text_of() {
  if [[ $2 =~ \"$1\":\ *\"?([^\",}]*) ]]; then printf '%s' "${BASH_REMATCH[1]}"; fi
}

# at SITE COMMAND…: a bao command through the site's edge.
at() {
  local -x BAO_ADDR="https://127.0.0.1:${edge[$1]}" BAO_TLS_SERVER_NAME="${host[$1]}" BAO_CACERT="$ca"
  shift
  "$@"
}

# request EDGE PATH [OPTION…]: curl as a client that knows the name and finds the edge there; more of it from stdin.
request() {
  local name=${host[$1]} port=${edge[$1]} path=$2
  shift 2
  curl --silent --noproxy '*' --max-time 10 --cacert "$ca" --resolve "$name:$port:127.0.0.1" "$@" \
    "https://$name:$port/v1/$path"
}

health() { request "$1" sys/health || true; }
is_active() { [[ $(health "$1") == *'"initialized":true,"sealed":false,"standby":false'* ]]; }
answers() { [[ $(health "$1") == *'"initialized":'* ]]; }
has_cluster_id() { [[ $(text_of cluster_id "$(health "$1")") == "$2" ]]; }
has_cluster_name() { [[ $(text_of cluster_name "$(health "$1")") == "$2" ]]; }

# log_in SITE USER: prints a token.
log_in() {
  printf '{"password":"%s"}' "${password[$1/$2]}" | at "$1" "$BAO" write -field=token "auth/userpass/login/$2" -
}

revoke_own() { at "$1" "$BAO" token revoke -self >/dev/null; }

# login_status EDGE PASSWORD: HTTP status of a login as the administrator.
login_status() {
  printf 'data = "{\\"password\\":\\"%s\\"}"\n' "$2" |
    request "$1" "auth/userpass/login/$admin" --config - --request POST --output /dev/null --write-out '%{http_code}'
}

# s3 SIDE COMMAND…: rclone with that side's keys.
s3() {
  local -x RCLONE_CONFIG="$work/rclone.conf" RCLONE_CONFIG_S3_TYPE=s3 RCLONE_CONFIG_S3_PROVIDER=SeaweedFS
  local -x RCLONE_CONFIG_S3_ENDPOINT="http://127.0.0.1:$storage_port" RCLONE_CONFIG_S3_REGION=us-east-1
  local -x RCLONE_CONFIG_S3_FORCE_PATH_STYLE=true RCLONE_CONFIG_S3_NO_CHECK_BUCKET=true RCLONE_RETRIES=1
  local -x RCLONE_CONFIG_S3_ACCESS_KEY_ID="${s3_key[$1]}" RCLONE_CONFIG_S3_SECRET_ACCESS_KEY="${s3_secret[$1]}"
  shift
  "$RCLONE" "$@"
}

# --- provision --------------------------------------------------------------------------------------------------------

provision() {
  choose_ports
  make_certificates
  make_secrets
  start_storage
  start_edges
  start_server infra
  set_up_infra
  local side
  for side in source target; do
    start_server "$side"
    set_up_site "$side"
  done
}

choose_ports() {
  local ports
  # Below the ports that outgoing connections get, and all held open at once, so that no two are the same.
  read -ra ports < <(python3 -c '
import random, socket
held = []
for port in random.sample(range(20000, 32000), 12000):
    if len(held) == 18: break
    s = socket.socket()
    try: s.bind(("127.0.0.1", port))
    except OSError: continue
    held.append(s)
print(*(s.getsockname()[1] for s in held))')
  ((${#ports[@]} == 18)) || fail 'not enough free ports'
  edge=([infra]=${ports[0]} [source]=${ports[1]} [target]=${ports[2]} [clients]=${ports[3]})
  api=([infra]=${ports[4]} [source]=${ports[5]} [target]=${ports[6]})
  cluster=([infra]=${ports[7]} [source]=${ports[8]} [target]=${ports[9]})
  storage_port=${ports[10]}
  storage_internal=("${ports[@]:11}")
}

make_certificates() {
  openssl ecparam -name prime256v1 -genkey -noout -out "$work/ca.key"
  openssl req -x509 -new -key "$work/ca.key" -sha256 -days 2 -subj '/CN=openbao-dr bench' -out "$ca" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
  local name
  for name in infra source target; do
    mkdir -p "$work/$name"
    openssl ecparam -name prime256v1 -genkey -noout -out "$work/$name/tls.key"
    openssl req -new -key "$work/$name/tls.key" -subj "/CN=${host[$name]}" -out "$work/$name/tls.csr"
    openssl x509 -req -in "$work/$name/tls.csr" -CA "$ca" -CAkey "$work/ca.key" -CAcreateserial -sha256 -days 2 \
      -out "$work/$name/tls.crt" -extfile <(
        echo "subjectAltName=DNS:${host[$name]},DNS:${host[clients]},IP:127.0.0.1"
        echo 'keyUsage=critical,digitalSignature'
        echo 'extendedKeyUsage=serverAuth'
      ) 2>/dev/null
  done
  rm "$work/ca.key"
}

make_secrets() {
  openssl rand 32 >"$work/infra/unseal.key"
  local owner
  for owner in source/drill-seed source/drill-backup "source/$admin" target/drill-seed target/drill-restore "target/$admin"; do
    password[$owner]=$(openssl rand -hex 24)
  done
  for owner in owner source target; do
    s3_key[$owner]=$(openssl rand -hex 16)
    s3_secret[$owner]=$(openssl rand -hex 24)
  done
}

start_storage() {
  : >"$work/rclone.conf"
  mkdir -p "$work/storage/data" "$work/storage/logs"
  if [[ -n $RUSTFS ]]; then
    start_rustfs
  else
    start_weed
  fi
  s3 owner mkdir "s3:$bucket" --s3-no-check-bucket=false
}

start_weed() {
  cat >"$work/storage/identities.json" <<JSON
{ "identities": [
  { "name": "owner", "actions": ["Admin"],
    "credentials": [{ "accessKey": "${s3_key[owner]}", "secretKey": "${s3_secret[owner]}" }] },
  { "name": "source", "actions": ["Read:$bucket", "Write:$bucket", "List:$bucket"],
    "credentials": [{ "accessKey": "${s3_key[source]}", "secretKey": "${s3_secret[source]}" }] },
  { "name": "target", "actions": ["Read:$bucket", "List:$bucket"],
    "credentials": [{ "accessKey": "${s3_key[target]}", "secretKey": "${s3_secret[target]}" }] }
] }
JSON
  local internal=("${storage_internal[@]}")
  start storage "$WEED" -logdir=logs server -dir=data -ip=127.0.0.1 -ip.bind=127.0.0.1 \
    -master.port="${internal[0]}" -master.port.grpc="${internal[1]}" -master.telemetry=false \
    -master.volumeSizeLimitMB=1024 -volume.max=20 -volume.port="${internal[2]}" -volume.port.grpc="${internal[3]}" \
    -filer -filer.port="${internal[4]}" -filer.port.grpc="${internal[5]}" -filer.localSocket="$work/storage/filer.sock" \
    -s3 -s3.port="$storage_port" -s3.port.grpc="${internal[6]}" -s3.port.iceberg=0 -s3.port.lance=0 \
    -s3.config=identities.json -s3.localSocket="$work/storage/s3.sock"
  poll 60 'the S3 server' curl --silent --fail --noproxy '*' --output /dev/null "http://127.0.0.1:$storage_port/healthz"
}

# One pair of keys for all: least identities would need RustFS's own administration client.
start_rustfs() {
  local side
  for side in source target; do s3_key[$side]=${s3_key[owner]} s3_secret[$side]=${s3_secret[owner]}; done
  printf '%s' "${s3_key[owner]}" >"$work/storage/access-key"
  printf '%s' "${s3_secret[owner]}" >"$work/storage/secret-key"
  RUSTFS_CONSOLE_ENABLE=false start storage "$RUSTFS" server --address "127.0.0.1:$storage_port" \
    --access-key-file "$work/storage/access-key" --secret-key-file "$work/storage/secret-key" "$work/storage/data"
  poll 60 'the S3 server' curl --silent --fail --noproxy '*' --output /dev/null "http://127.0.0.1:$storage_port/health/ready"
}

start_edges() {
  local name
  for name in infra source target clients; do
    mkdir -p "$work/edge-$name/routes"
    cat >"$work/edge-$name/traefik.yml" <<YAML
global: { checkNewVersion: false, sendAnonymousUsage: false }
log: { level: WARN }
entryPoints:
  tls: { address: '127.0.0.1:${edge[$name]}', transport: { lifeCycle: { graceTimeOut: 1s } } }
providers: { providersThrottleDuration: 100ms, file: { directory: '$work/edge-$name/routes', watch: true } }
YAML
    if [[ $name == clients ]]; then route_clients_to source; else route "$name" "$name" "${api[$name]}"; fi
    start_edge "$name"
  done
  for name in infra source target clients; do poll 30 "the edge of $name" listens "${edge[$name]}"; done
}

start_edge() {
  start "edge-$1" "$TRAEFIK" --configFile=traefik.yml
  edge_pid[$1]=$!
}

route_clients_to() { route clients "$1" "${edge[$1]}"; }

# route EDGE SITE PORT: the edge passes TLS on to that port, for the site's own name and the clients'.
route() {
  local routes=$work/edge-$1/routes
  cat >"$routes/routes.tmp" <<YAML
tls: { options: { default: { sniStrict: true } } }
tcp:
  routers:
    $2:
      entryPoints: [tls]
      rule: HostSNI(\`${host[$2]}\`) || HostSNI(\`${host[clients]}\`)
      service: $2
      tls: { passthrough: true }
  services:
    $2: { loadBalancer: { servers: [{ address: '127.0.0.1:$3' }] } }
YAML
  mv "$routes/routes.tmp" "$routes/routes.yml"
}

# fence SITE: its edge is killed, and with it whatever still passes through it; a new one knows no name.
fence() {
  kill -KILL "${edge_pid[$1]}"
  wait "${edge_pid[$1]}" 2>/dev/null || true
  echo 'tls: { options: { default: { sniStrict: true } } }' >"$work/edge-$1/routes/routes.yml"
  start_edge "$1"
  poll 30 "the edge of $1" listens "${edge[$1]}"
  local name
  for name in "${host[$1]}" "${host[clients]}"; do
    if passes "$1" "$name"; then fail "the edge of $1 still passes $name"; fi
  done
}

lift_fence() {
  route "$1" "$1" "${api[$1]}"
  poll 30 "the edge of $1 to open" is_active "$1"
}

# passes EDGE NAME
passes() {
  curl --silent --noproxy '*' --max-time 10 --cacert "$ca" --resolve "$2:${edge[$1]}:127.0.0.1" --output /dev/null \
    "https://$2:${edge[$1]}/v1/sys/health"
}

start_server() {
  local name=$1
  mkdir -p "$work/$name/data"
  {
    cat <<HCL
cluster_name = "${cluster_name[$name]}"
api_addr     = "https://127.0.0.1:${api[$name]}"
cluster_addr = "https://127.0.0.1:${cluster[$name]}"
log_level    = "info"
listener "tcp" {
  address         = "127.0.0.1:${api[$name]}"
  cluster_address = "127.0.0.1:${cluster[$name]}"
  tls_cert_file   = "$work/$name/tls.crt"
  tls_key_file    = "$work/$name/tls.key"
  http_read_timeout = "2h"
}
storage "raft" {
  path                   = "$work/$name/data"
  node_id                = "$name-0"
  performance_multiplier = 1
}
HCL
    if [[ $name == infra ]]; then
      cat <<HCL
seal "static" {
  current_key_id = "infra-1"
  current_key    = "file://$work/infra/unseal.key"
}
HCL
    else
      cat <<HCL
seal "transit" {
  address         = "https://127.0.0.1:${edge[infra]}"
  mount_path      = "transit/"
  key_name        = "$seal_key"
  tls_ca_cert     = "$ca"
  tls_server_name = "${host[infra]}"
  disable_renewal = "false"
}
HCL
    fi
  } >"$work/$name/server.hcl"
  if [[ $name == infra ]]; then
    start infra "$BAO" server -config=server.hcl
  else
    VAULT_TRANSIT_SEAL_TOKEN=${seal_token[$name]} start "$name" "$BAO" server -config=server.hcl
  fi
  poll 60 "OpenBao $name to answer" answers "$name"
}

# initialise SITE: prints the root token of a new server that has unsealed itself.
initialise() {
  local keys
  keys=$(at "$1" "$BAO" operator init -recovery-shares=1 -recovery-threshold=1 -format=json)
  poll 60 "OpenBao $1 to be active" is_active "$1"
  text_of root_token "$keys"
}

# write_policy SITE NAME [PATH CAPABILITIES]…
write_policy() {
  local site=$1 name=$2
  shift 2
  printf 'path "%s" { capabilities = [%s] }\n' "$@" | at "$site" "$BAO" policy write "$name" - >/dev/null
}

set_up_infra() {
  local -x BAO_TOKEN
  BAO_TOKEN=$(initialise infra)
  at infra "$BAO" secrets enable -path=transit transit >/dev/null
  at infra "$BAO" write -f "transit/keys/$seal_key" >/dev/null
  local side
  for side in source target; do
    write_policy infra "$side-seal" "transit/encrypt/$seal_key" '"update"' "transit/decrypt/$seal_key" '"update"' \
      auth/token/lookup-self '"read"' auth/token/renew-self '"update"'
    seal_token[$side]=$(at infra "$BAO" token create -orphan -period=768h -no-default-policy \
      -policy="$side-seal" -display-name="$side-seal" -field=token)
  done
  revoke_own infra
}

readonly own_token=(
  auth/token/revoke-self '"update"' auth/token/lookup-self '"read"' sys/capabilities-self '"update"'
)

set_up_site() {
  local side=$1
  local -x BAO_TOKEN
  BAO_TOKEN=$(initialise "$side")
  at "$side" "$BAO" auth enable userpass >/dev/null
  at "$side" "$BAO" secrets enable -path=secret -version=2 kv >/dev/null
  write_policy "$side" "$admin" "${own_token[@]}" 'secret/data/*' '"create", "read", "update"'
  write_policy "$side" drill-seed "${own_token[@]}" "auth/userpass/users/$admin" '"create", "update"' \
    secret/data/dr-control '"create", "update"'
  write_user "$side" drill-seed drill-seed
  if [[ $side == source ]]; then
    write_policy source drill-backup "${own_token[@]}" "$snapshot_path" '"read"'
    write_user source drill-backup drill-backup
  else
    write_policy target drill-restore "${own_token[@]}" "$snapshot_path" '"update"'
    write_user target drill-restore drill-restore
  fi
  # A new KV store upgrades itself in the background and refuses requests meanwhile.
  poll 15 'the KV store' kv_is_ready "$side"
  revoke_own "$side"
}

kv_is_ready() { at "$1" "$BAO" read secret/config >/dev/null 2>&1; }

# write_user SITE USER POLICY
write_user() {
  printf '{"password":"%s","token_policies":["%s"],"token_no_default_policy":true,"token_ttl":"15m"}' \
    "${password[$1/$2]}" "$3" | at "$1" "$BAO" write "auth/userpass/users/$2" - >/dev/null
}

# --- the drill --------------------------------------------------------------------------------------------------------

preflight() {
  local side body
  for side in source target; do
    body=$(health "$side")
    version[$side]=$(text_of version "$body")
    cluster_id[$side]=$(text_of cluster_id "$body")
  done
  # 1. The same OpenBao version.
  [[ -n ${version[source]} && ${version[source]} == "${version[target]}" ]] || fail 'source and target run different versions'
  [[ ${cluster_id[source]} != "${cluster_id[target]}" ]] || fail 'the target has the cluster id of the source already'
  # 2. The same seal: address, CA, SNI, mount and key.
  [[ $(seal_of source) == "$(seal_of target)" ]] || fail 'source and target are sealed differently'
  # 3. The bucket from each side.
  check_storage_from_source
  check_storage_from_target
  # 4. A target that is ready, and an identity that may restore it.
  is_active target || fail 'the target is not active'
  local -x BAO_TOKEN
  BAO_TOKEN=$(log_in target drill-restore)
  may_restore || fail 'drill-restore may not restore the target'
  revoke_own target
  proved same-openbao-version target-is-independent same-seal storage-reachable-from-source \
    target-ready-with-restore-auth
}

seal_of() { sed -n '/^seal/,/^}/p' "$work/$1/server.hcl"; }
may_restore() { [[ $(at target "$BAO" token capabilities "$snapshot_path") == *update* ]]; }

check_storage_from_source() {
  local probe="s3:$bucket/openbao-dr-probe/$RANDOM"
  echo probe | s3 source rcat "$probe"
  [[ $(s3 source cat "$probe") == probe ]] || fail 'the source does not read from the bucket what it wrote'
  s3 source deletefile "$probe"
}

check_storage_from_target() { s3 target lsf "s3:$bucket" >/dev/null || fail 'the target does not reach the bucket'; }

seed() {
  drill_id="bench-$(date -u +%Y%m%dT%H%M%SZ)-$RANDOM"
  local side
  for side in source target; do
    local -x BAO_TOKEN
    BAO_TOKEN=$(log_in "$side" drill-seed)
    write_user "$side" "$admin" "$admin"
    printf '{"data":{"marker":"phase1-%s","sourceCluster":"openbao-dr-source","drillId":"%s"}}' "$side" "$drill_id" |
      at "$side" "$BAO" write secret/data/dr-control - >/dev/null
    revoke_own "$side"
  done
  # Controls that cannot fail would prove nothing later: each password works at home and nowhere else.
  local home
  for side in source target; do
    for home in source target; do
      expect_login "$side" "$home" "$([[ $side == "$home" ]] && echo 200 || echo 400)"
    done
  done
  proved controls-effective
}

# expect_login EDGE OWNER STATUS: whether the edge accepts (200) or refuses (400) that side's password.
expect_login() {
  local status
  status=$(login_status "$1" "${password[$2/$admin]}")
  [[ $status == "$3" ]] || fail "$1 answered $status to the password of $2 instead of $3"
}

backup() {
  local -x BAO_TOKEN
  BAO_TOKEN=$(log_in source drill-backup)
  local file=$work/taken.snap
  at source "$BAO" operator raft snapshot save "$file"
  revoke_own source
  mkdir "$work/archive"
  tar -xmzf "$file" -C "$work/archive"
  [[ -s $work/archive/meta.json && -s $work/archive/state.bin && -s $work/archive/SHA256SUMS.sealed ]] ||
    fail 'the snapshot lacks a member'
  (cd "$work/archive" && "${sha256[@]}" -c SHA256SUMS >/dev/null) || fail 'the snapshot does not match its own checksums'
  snapshot_sha256=$(digest_of "$file")
  snapshot_key="${cluster_name[source]}/${cluster_name[source]}/$(date -u +%Y-%m-%dT%H-%M-%SZ)-$(openssl rand -hex 4).snap"
  s3 source copyto "$file" "s3:$bucket/$snapshot_key" --header-upload "x-amz-meta-sha256: $snapshot_sha256"
}

digest_of() { "${sha256[@]}" "$1" | cut -d' ' -f1; }

restore() {
  check_storage_from_target
  local file=$work/fetched.snap
  s3 target copyto "s3:$bucket/$snapshot_key" "$file"
  [[ $(digest_of "$file") == "$snapshot_sha256" ]] || fail 'the bucket holds another snapshot than was taken'
  proved storage-reachable-from-target archive-integrity
  local -x BAO_TOKEN
  BAO_TOKEN=$(log_in target drill-restore)
  may_restore || fail 'drill-restore may not restore the target'
  # The verifying endpoint, not the forced one. Its answer only means that the upload arrived.
  at target "$BAO" operator raft snapshot restore "$file"
  poll 600 "the source's cluster id on the target" has_cluster_id target "${cluster_id[source]}"
}

unseal() { poll 120 'the target to be unsealed' is_active target; }

verify() {
  local body
  body=$(health target)
  [[ $(text_of cluster_id "$body") == "${cluster_id[source]}" ]] || fail "the target does not have the source's cluster id"
  [[ $(text_of version "$body") == "${version[target]}" ]] || fail 'the target runs another version than before'
  expect_login target target 400
  expect_login target source 200
  check_marker target
  proved cluster-id-matches-source openbao-version-unchanged target-password-refused source-password-accepted \
    marker-is-source
}

# check_marker EDGE: logs in with the source's password as a client does, and reads the source's marker of this drill.
check_marker() {
  local token found
  token=$(text_of client_token "$(
    printf 'data = "{\\"password\\":\\"%s\\"}"\n' "${password[source/$admin]}" |
      request "$1" "auth/userpass/login/$admin" --config - --request POST
  )")
  found=$(printf 'header = "X-Vault-Token: %s"\n' "$token" | request "$1" secret/data/dr-control --config -)
  [[ $found == *'"marker":"phase1-source"'* && $found == *"\"drillId\":\"$drill_id\""* ]] ||
    fail "$1 does not serve the source's marker"
  printf 'header = "X-Vault-Token: %s"\n' "$token" | request "$1" auth/token/revoke-self --config - --request POST
}

cutover() {
  fence source
  proved source-fenced
  move_clients_to target
}

confirm() {
  confirm_clients_at target
  proved client-reaches-target
}

revert() {
  fence target
  lift_fence source
  move_clients_to source
  confirm_clients_at source
  proved client-back-at-source
}

# After the restore both sides have one cluster id; which of them answers shows in the configured cluster name.
move_clients_to() {
  route_clients_to "$1"
  poll 30 "clients to reach the $1" has_cluster_name clients "${cluster_name[$1]}"
}

confirm_clients_at() {
  check_marker clients
  has_cluster_name clients "${cluster_name[$1]}" || fail "clients do not reach the $1"
}

# --- teardown ---------------------------------------------------------------------------------------------------------

teardown() {
  # The shell would report every child that had to be killed.
  stop_children 2>/dev/null
  # SeaweedFS puts sockets for its internal ports there, whatever it is told, and leaves some behind.
  local port
  for port in "${storage_internal[@]:-}"; do rm -f /tmp/seaweedfs-*-grpc-"$port".sock; done
  rm -rf "$work"
}

# Ends every process this shell started, first politely, after 1 s by force: their data is removed next, and the S3 server
# would take 15 s to save it.
stop_children() {
  local signal deadline pids
  for signal in TERM KILL; do
    read -ra pids <<<"$(jobs -pr | tr '\n' ' ')"
    if ((${#pids[@]} == 0)); then return; fi
    kill -s "$signal" "${pids[@]}" || true
    deadline=$((${EPOCHREALTIME/[.,]/} + 1000000))
    while [[ -n $(jobs -pr) ]] && ((${EPOCHREALTIME/[.,]/} < deadline)); do sleep 0.1; done
  done
}

clean_up() {
  local code=$?
  trap - EXIT INT TERM
  if ((code != 0)) && [[ -n ${BENCH_KEEP_LOGS:-} ]]; then
    mkdir -p "$BENCH_KEEP_LOGS" && cp "$work"/*/log "$BENCH_KEEP_LOGS" 2>/dev/null || true
  fi
  if [[ -d $work ]]; then teardown; fi
  exit "$code"
}

begin=${EPOCHREALTIME/[.,]/}
for name in provision preflight seed backup restore unseal verify cutover confirm revert teardown; do
  phase "$name"
done
print_seconds total "$begin"
