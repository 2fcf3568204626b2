#!/bin/sh
# SeaweedFS under RustFS's name and with its arguments:
#   rustfs server --address=:9000 --access-key-file=FILE --secret-key-file=FILE FOLDER
set -eu
for argument in "$@"; do
  case "$argument" in
  --access-key-file=*) read -r key <"${argument#*=}" || : ;;
  --secret-key-file=*) read -r secret <"${argument#*=}" || : ;;
  /*) data=$argument ;;
  esac
done
umask 077
printf '{"identities":[{"name":"owner","credentials":[{"accessKey":"%s","secretKey":"%s"}],"actions":["Admin","Read","Write","List","Tagging"]}]}' \
  "$key" "$secret" >/tmp/identities.json
exec weed -logdir=/tmp server "-dir=$data" -ip=127.0.0.1 -ip.bind=127.0.0.1 -master.telemetry=false \
  -master.volumeSizeLimitMB=1024 -volume.max=20 -filer -s3 -s3.ip.bind=0.0.0.0 -s3.port=9000 \
  -s3.port.iceberg=0 -s3.port.lance=0 -s3.autoCreateBucket=false -s3.config=/tmp/identities.json
