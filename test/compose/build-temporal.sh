#!/usr/bin/env bash
# Builds what the profile "production-like" of docker-compose.yml runs, where no registry of images can be reached: Temporal's
# server, its tool for SQL and its UI with Go, at the versions of the images that the file names, and Debian's PostgreSQL and
# busybox, unpacked and not installed. They go into the cache folder, 670 MB, and are left alone once they are there. The first
# time takes some minutes, and twenty where others want the two cores.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

version_of() { sed -n "s|^  $1: .*:-temporalio/[a-z-]*:\(.*\)}\$|\1|p" docker-compose.yml; }
server=$(version_of temporal-server)
ui=$(version_of temporal-ui)
target=${XDG_CACHE_HOME:-$HOME/.cache}/openbao-dr-temporal/$server-ui-$ui
if [[ -e $target/complete ]]; then
  exit 0
fi
need() {
  command -v "$1" >/dev/null || {
    echo "Temporal's programs cannot be built here: there is no $1" >&2
    exit 1
  }
}
need go
need apt-get

mkdir -p "$(dirname "$target")"
folder=$(mktemp -d "$(dirname "$target")/building.XXXXXX")
trap 'chmod -R u+w "$folder" && rm -rf "$folder"' EXIT
mkdir -p "$folder"/{bin,server,ui/config,schema,archives/partial}

# Outside of any module: a module of the working folder would have a say.
cd "$folder"
# No flag that somebody keeps for other builds.
export CGO_ENABLED=0 GOFLAGS=-trimpath GOBIN=$folder/bin
install() {
  echo "building $1" >&2
  nice go install -ldflags '-s -w' "$1"
}
source_of() { go list -m -f '{{.Dir}}' "$1"; }

install "github.com/temporalio/ui-server/v2/cmd/server@v$ui"
mv bin/server ui/ui-server
from=$(source_of "github.com/temporalio/ui-server/v2@v$ui")
cp "$from/docker/start-ui-server.sh" ui/
cp "$from/config/docker.yaml" ui/config/

install "go.temporal.io/server/cmd/tools/sql@v$server"
mv bin/sql bin/temporal-sql-tool
install "go.temporal.io/server/cmd/server@v$server"
mv bin/server bin/temporal-server
from=$(source_of "go.temporal.io/server@v$server")
cp "$from/docker/scripts/sh/entrypoint.sh" server/
cp -R "$from/schema/postgresql" schema/
chmod -R u+w . && chmod 755 server/entrypoint.sh ui/start-ui-server.sh

# With what they need and this machine lacks; the rest of their libraries is found on this machine.
if [[ $(id -u) == 0 ]]; then apt-get update -qq; fi
postgres=$(apt-cache depends postgresql | sed -n 's/^ *Depends: \(postgresql-[0-9]*\)$/\1/p')
apt-get -qq -y -o Debug::NoLocking=true -o APT::Sandbox::User=root -o "Dir::Cache::archives=$folder/archives" --no-install-recommends \
  --reinstall --download-only install "$postgres" "postgresql-client-${postgres#postgresql-}" busybox-static
for package in archives/*.deb; do dpkg -x "$package" debian; done
mv "$(find debian -name busybox -type f -path '*bin/*')" bin/busybox
rm -rf archives

touch complete
rm -rf "$target"
mv "$folder" "$target"
trap - EXIT
