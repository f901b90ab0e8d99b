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
. "$here/../go-modules/build-once.sh"

what="the control plane of Kubernetes $kubernetes"
module="$here"
program='control-plane'
ldflags="-X k8s.io/component-base/version.gitVersion=v$kubernetes"
ldflags="$ldflags -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36"

ways_out="Two ways out:
  - install Go 1.26 or newer (https://go.dev/dl/), put it on the PATH and run this again; what is built is kept in $cache
  - or set KUBEBUILDER_ASSETS to a folder that holds all four: $programs"

# The links of one folder: each program points where it was found.
link() {
  rm -f "$1/.link-$$"
  ln -s "$2" "$1/.link-$$"
  mv -f "$1/.link-$$" "$1/$3"
}

completed() { for name in $programs; do link "$1" "$program" "$name"; done; }

# --- what is there, what is missing ------------------------------------------------------------------
built="$cache/control-plane-$(hash_of_sources)"
folder="$built"
missing="$programs"
if [ -n "${KUBEBUILDER_ASSETS:-}" ]; then
  assets=$(CDPATH='' cd -- "$KUBEBUILDER_ASSETS" 2>/dev/null && pwd) ||
    fail "KUBEBUILDER_ASSETS is \"$KUBEBUILDER_ASSETS\", which is no folder that can be read; correct it or unset it."
  folder="$built-with-$(printf '%s' "$assets" | hash)"
  missing=''
  mkdir -p "$folder"
  for name in $programs; do
    if [ -x "$assets/$name" ]; then link "$folder" "$assets/$name" "$name"; else missing="${missing:+$missing }$name"; fi
  done
fi
if [ -n "$missing" ]; then ensure_built "$built"; fi
if [ "$folder" != "$built" ]; then
  for name in $missing; do link "$folder" "$built/control-plane" "$name"; done
fi
printf '%s\n' "$folder"
