#!/bin/sh
# A study in four processes on this machine: local.sh threshold OUT [choices]
set -eu
name=$1 out=$2
shift 2
cd "$(dirname "$0")/../.."
pids=
for shard in 1 2 3 4; do
  npm run --silent study -- "$name" --shard "$shard/4" --out "$out/parts" "$@" &
  pids="$pids $!"
done
for pid in $pids; do wait "$pid"; done
npm run --silent study -- "$name" --merge "$out/parts" --out "$out"
