# How a Go module of the tests becomes a program: built once, in the user's cache, by one process at a time.
# To be sourced with `set -eu`. Never writes into the tree: what is built is keyed by the sources it was built from.
#
# Who sources it sets `what` (its name for people), `module` (its folder), `program` (the name of the result) and
# `ldflags`; may set `ways_out` (what to do without Go) and define `completed FOLDER` (called before the program
# gets its name in FOLDER); then calls `ensure_built FOLDER`, with FOLDER made from `cache` and `hash_of_sources`.

cache="${XDG_CACHE_HOME:-${HOME:?is not set, and neither is XDG_CACHE_HOME: name a folder for caches in one of them}/.cache}/sidenet"
ways_out="Install Go 1.26 or newer (https://go.dev/dl/), put it on the PATH and run this again; what is built is kept in $cache"
completed() { :; }

say() { printf '%s\n' "$*" >&2; }
fail() {
  say "$*"
  exit 1
}

hash() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum; elif command -v shasum >/dev/null 2>&1; then shasum -a 256; else cksum; fi |
    cut -c 1-16 | tr -d ' '
}

hash_of_sources() { cat "$module"/go.mod "$module"/go.sum "$module"/*.go | hash; }

# --- one build at a time -----------------------------------------------------------------------------
# flock is given back by the kernel however the holder ends. Without it the lock is a symbolic link that
# names the holder by process id and start time. Two builds at once would only waste time: each builds
# under a name of its own, and the last step is a rename.
holder() { echo "$1 $(ps -o lstart= -p "$1" 2>/dev/null || true)"; }

try_lock() {
  if command -v flock >/dev/null 2>&1; then
    flock -n 9
    return
  fi
  ln -s "$(holder $$)" "$lock.link" 2>/dev/null && return
  owner=$(readlink "$lock.link" 2>/dev/null || true)
  if [ -n "$owner" ] && [ "$(holder "${owner%% *}")" != "$owner" ]; then rm -f "$lock.link"; fi
  return 1
}

take_lock() {
  lock="$1"
  exec 9>"$lock"
  waited=0
  until try_lock; do
    [ $((waited % 10)) -ne 0 ] || say "another build of $what is under way; waiting for it … $waited s"
    sleep 1
    waited=$((waited + 1))
  done
}

# --- the build ---------------------------------------------------------------------------------------
find_go() {
  command -v go || fail "No Go was found on the PATH, and something must be built once: ${missing:-$what}.
$ways_out"
}

stop_building() {
  kill "$builder" 2>/dev/null || true
  rm -f "$unfinished" "$unfinished.log"
  exit 130
}

# Built in the background, so that a person hears that it goes on, and so that Ctrl-C ends it. Go inherits the
# lock: should this script be killed, the next one waits until Go has ended, and finds its cache warm.
build() {
  go=$(find_go)
  unfinished="$1/.building-$$"
  say "building $what from Go modules; this happens once and takes some minutes"
  (
    cd "$module"
    CGO_ENABLED=0 GOWORK=off exec "$go" build -trimpath -ldflags "-s -w $ldflags" -o "$unfinished" .
  ) >"$unfinished.log" 2>&1 &
  builder=$!
  trap stop_building INT TERM HUP
  began=$(date +%s)
  told=0
  while kill -0 "$builder" 2>/dev/null; do
    sleep 1
    passed=$(($(date +%s) - began))
    [ $((passed - told)) -lt 10 ] || { told=$passed && say "building $what … $passed s, this happens once"; }
  done
  if ! wait "$builder"; then
    tail -n 20 "$unfinished.log" >&2
    rm -f "$unfinished" "$unfinished.log"
    fail "$what could not be built with $("$go" version 2>/dev/null || echo "$go"); the lines above are Go's.
$ways_out"
  fi
  trap - INT TERM HUP
  rm -f "$unfinished.log"
  completed "$1"
  mv -f "$unfinished" "$1/$program"
  say "built $what in $(($(date +%s) - began)) s"
}

# What a build that was killed left behind; called under the lock, so it is nobody's.
sweep() { rm -f "$1"/.building-* "$1"/.link-*; }

ensure_built() {
  [ ! -x "$1/$program" ] || return 0
  mkdir -p "$1"
  take_lock "$1/.lock"
  if [ ! -x "$1/$program" ]; then
    sweep "$1"
    build "$1"
    sweep "$1"
  fi
  rm -f "$lock.link"
  exec 9>&-
}
