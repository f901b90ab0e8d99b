#!/bin/sh
# Gets a folder with etcd, kube-apiserver, kube-controller-manager and kubectl; the last line of stdout is its path.
# Never writes into the tree: what is built lies in the user's cache, keyed by the sources it was built from.
#
# KUBEBUILDER_ASSETS may name a folder that holds some of the four (the convention of setup-envtest);
# those are used, and only what is missing there is built.
set -eu

programs='etcd kube-apiserver kube-controller-manager kubectl'
kubernetes='1.36.3'
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cache="${XDG_CACHE_HOME:-${HOME:?is not set, and neither is XDG_CACHE_HOME: name a folder for caches in one of them}/.cache}/sidenet"

say() { printf '%s\n' "$*" >&2; }
fail() {
  say "$*"
  exit 1
}

hash() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum; elif command -v shasum >/dev/null 2>&1; then shasum -a 256; else cksum; fi |
    cut -c 1-16 | tr -d ' '
}

ways_out="Two ways out:
  - install Go 1.26 or newer (https://go.dev/dl/), put it on the PATH and run this again; what is built is kept in $cache
  - or set KUBEBUILDER_ASSETS to a folder that holds all four: $programs"

# The links of one folder: each program points where it was found.
link() {
  rm -f "$1/.link-$$"
  ln -s "$2" "$1/.link-$$"
  mv -f "$1/.link-$$" "$1/$3"
}

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
    [ $((waited % 10)) -ne 0 ] || say "another build of the control plane is under way; waiting for it … $waited s"
    sleep 1
    waited=$((waited + 1))
  done
}

# --- the build ---------------------------------------------------------------------------------------
find_go() {
  command -v go || fail "No Go was found on the PATH, and something must be built once: $missing.
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
  stamps="-X k8s.io/component-base/version.gitVersion=v$kubernetes"
  stamps="$stamps -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36"
  say "building the control plane (Kubernetes $kubernetes, from Go modules); this happens once and takes some minutes"
  (
    cd "$here"
    CGO_ENABLED=0 GOWORK=off exec "$go" build -trimpath -ldflags "-s -w $stamps" -o "$unfinished" .
  ) >"$unfinished.log" 2>&1 &
  builder=$!
  trap stop_building INT TERM HUP
  began=$(date +%s)
  told=0
  while kill -0 "$builder" 2>/dev/null; do
    sleep 1
    passed=$(($(date +%s) - began))
    [ $((passed - told)) -lt 10 ] || { told=$passed && say "building the control plane … $passed s, this happens once"; }
  done
  if ! wait "$builder"; then
    tail -n 20 "$unfinished.log" >&2
    rm -f "$unfinished" "$unfinished.log"
    fail "The control plane could not be built with $("$go" version 2>/dev/null || echo "$go"); the lines above are Go's.
$ways_out"
  fi
  trap - INT TERM HUP
  rm -f "$unfinished.log"
  for program in $programs; do link "$1" control-plane "$program"; done
  mv -f "$unfinished" "$1/control-plane"
  say "built the control plane in $(($(date +%s) - began)) s"
}

# What a build that was killed left behind; called under the lock, so it is nobody's.
sweep() { rm -f "$1"/.building-* "$1"/.link-*; }

ensure_built() {
  [ ! -x "$1/control-plane" ] || return 0
  mkdir -p "$1"
  take_lock "$1/.lock"
  if [ ! -x "$1/control-plane" ]; then
    sweep "$1"
    build "$1"
    sweep "$1"
  fi
  rm -f "$lock.link"
  exec 9>&-
}

# --- what is there, what is missing ------------------------------------------------------------------
built="$cache/control-plane-$(cat "$here/go.mod" "$here/go.sum" "$here/main.go" | hash)"
folder="$built"
missing="$programs"
if [ -n "${KUBEBUILDER_ASSETS:-}" ]; then
  assets=$(CDPATH='' cd -- "$KUBEBUILDER_ASSETS" 2>/dev/null && pwd) ||
    fail "KUBEBUILDER_ASSETS is \"$KUBEBUILDER_ASSETS\", which is no folder that can be read; correct it or unset it."
  folder="$built-with-$(printf '%s' "$assets" | hash)"
  missing=''
  mkdir -p "$folder"
  for program in $programs; do
    if [ -x "$assets/$program" ]; then link "$folder" "$assets/$program" "$program"; else missing="${missing:+$missing }$program"; fi
  done
fi
if [ -n "$missing" ]; then ensure_built "$built"; fi
if [ "$folder" != "$built" ]; then
  for program in $missing; do link "$folder" "$built/control-plane" "$program"; done
fi
printf '%s\n' "$folder"
