#!/bin/sh
# Of the published image's entry point, what docker-compose.yml relies on: a user, a password from a file and a database of
# the user's name are made at the first start, by a server that listens on its socket alone; any user of the image may be it.
set -eu
case ${1-} in -*) set -- postgres "$@" ;; esac

: "${POSTGRES_USER:=postgres}"
: "${POSTGRES_DB:=$POSTGRES_USER}"
if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
  mkdir -p "$PGDATA"
  chmod 700 "$PGDATA"
  # Several arguments in one variable.
  # shellcheck disable=SC2086
  initdb --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" ${POSTGRES_INITDB_ARGS-}
  printf '\nhost all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
  pg_ctl --options="-c listen_addresses=''" --wait start
  if [ "$POSTGRES_DB" != postgres ]; then
    psql --username="$POSTGRES_USER" --dbname=postgres --command="CREATE DATABASE \"$POSTGRES_DB\""
  fi
  pg_ctl --mode=fast --wait stop
fi
exec "$@"
