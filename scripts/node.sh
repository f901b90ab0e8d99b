#!/bin/sh
# Runs a script on the Node that the project brings along, or says what to do.
# Never falls back to the machine's own Node, which may be older than the sources need.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
node="$root/node_modules/.bin/node"

say() {
  printf '%s\n' "$1" >&2
  exit 1
}

[ -x "$node" ] || say "$node is missing; run \"npm ci\" in $root and try again"
version=$("$node" --version 2>/dev/null) || say "$node does not run; run \"npm ci\" in $root and try again"
major=${version#v}
minor=${major#*.}
major=${major%%.*}
minor=${minor%%.*}
[ "$major" -gt 22 ] || { [ "$major" -eq 22 ] && [ "$minor" -ge 19 ]; } ||
  say "$node is $version, and Sidenet needs 22.19 or newer; run \"npm ci\" in $root and try again"

exec "$node" "$@"
