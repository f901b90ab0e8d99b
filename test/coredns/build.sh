#!/bin/sh
# Gets a CoreDNS with the few plugins that tests and the demo need; the last line of stdout is its path.
# Never writes into the tree: it lies in the user's cache, keyed by the sources it was built from.
set -eu

module=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
. "$module/../go-modules/build-once.sh"

what='CoreDNS'
program='coredns'
ldflags=''

built="$cache/coredns-$(hash_of_sources)"
ensure_built "$built"
printf '%s\n' "$built/$program"
