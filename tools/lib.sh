# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What ./run and ./test share: saying things, installing what is missing, building. Sourced, with `root` set to the
# top of the source tree.
: "${root:?}"
# shellcheck source=tools/packages.sh
. "$root/tools/packages.sh"

say() { printf '%s\n' "$*" >&2; }

die() {
  say "$@"
  exit 2
}

require_debian_12() {
  local id='' version=''
  if [ -r /etc/os-release ]; then
    id=$(. /etc/os-release && printf %s "${ID:-}")
    version=$(. /etc/os-release && printf %s "${VERSION_ID:-}")
  fi
  [ "$id" = debian ] && [ "$version" = 12 ] && return
  say "This machine is not Debian 12 (it says: ${id:-unknown} ${version:-}), so nothing is installed or built here."
  say "What is needed, by its Debian 12 names:"
  say "  to build and run: ${RUN_PACKAGES[*]}"
  say "  to test: ${TEST_PACKAGES[*]}"
  die "With these installed: cmake --preset release && cmake --build --preset release"
}

missing_packages() {
  local package
  for package in "$@"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || printf '%s\n' "$package"
  done
}

# While packages are installed no service may start: Debian asks this file, and 101 says no. An existing one is the
# machine's owner's and stays as it is.
readonly policy=/usr/sbin/policy-rc.d
readonly policy_mark='# Put here by Portolan while it installs packages; may be deleted.'

forbid_services() {
  if [ -e "$policy" ] && ! grep -qxF "$policy_mark" "$policy"; then
    "$policy" nginx start >/dev/null 2>&1 && policy_status=0 || policy_status=$?
    [ "$policy_status" = 101 ] ||
      die "$policy of this machine lets packages start their services. Install these yourself: $*"
    return
  fi
  printf '#!/bin/sh\n%s\nexit 101\n' "$policy_mark" >"$policy"
  chmod 755 "$policy"
}

allow_services() {
  if [ -e "$policy" ] && grep -qxF "$policy_mark" "$policy"; then rm -f "$policy"; fi
}

# The servers that the lab runs by itself would start at the next boot: they are left installed, but disabled.
disable_new_servers() {
  local package unit
  for package in "$@"; do
    case $package in
      nginx-light) unit=nginx ;;
      openssh-server) unit=ssh ;;
      rpcbind | coturn) unit=$package ;;
      *) continue ;;
    esac
    deb-systemd-helper disable "$unit.service" >/dev/null 2>&1 || true
    deb-systemd-helper disable "$unit.socket" >/dev/null 2>&1 || true
    update-rc.d "$unit" disable >/dev/null 2>&1 || true
  done
}

apt_install() {
  apt-get install --yes --quiet --no-install-recommends -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"
}

# install_missing PACKAGE...
install_missing() {
  local -a missing
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -eq 0 ] && return
  if [ "$EUID" -ne 0 ]; then
    die "These Debian packages are missing; run this with sudo to have them installed: ${missing[*]}"
  fi
  say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
  local log status=0
  log=$(mktemp)
  forbid_services "${missing[*]}"
  trap allow_services EXIT
  export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
  # The second attempt is for a machine whose package lists are old or were never fetched.
  apt_install "${missing[@]}" >"$log" 2>&1 ||
    { apt-get update --quiet >>"$log" 2>&1 && apt_install "${missing[@]}" >>"$log" 2>&1; } || status=$?
  disable_new_servers "${missing[@]}"
  allow_services
  trap - EXIT
  if [ "$status" -ne 0 ]; then
    tail -n 30 "$log" >&2
    die "apt-get could not install: ${missing[*]} (the whole record is in $log)"
  fi
  rm -f "$log"
}

# Under sudo the tree belongs to somebody else: what is built must stay theirs, so they build it.
as_owner() {
  local owner
  owner=$(stat -c %u "$root")
  if [ "$EUID" -ne 0 ] || [ "$owner" -eq 0 ]; then
    "$@"
    return
  fi
  local home
  home=$(getent passwd "$owner" | cut -d: -f6) || true
  HOME=${home:-/} setpriv --reuid="$owner" --regid="$(stat -c %g "$root")" --clear-groups "$@"
}

# Gives to the tree's owner what root left in build/ (logs of tests that need root).
return_build() {
  if [ "$EUID" -eq 0 ] && [ -d "$root/build" ]; then
    find "$root/build" \( -not -user "$(stat -c %u "$root")" -o -not -group "$(stat -c %g "$root")" \) \
      -exec chown -h --reference="$root" {} +
  fi
}

# Runs a command; shows its output only if it fails. On a terminal ninja shows its progress in one line instead.
quietly() {
  local log status=0
  if [ -t 1 ] && [ -z "${CI:-}" ]; then
    "$@" || status=$?
  else
    log=$(mktemp)
    "$@" >"$log" 2>&1 || status=$?
    [ "$status" -eq 0 ] || tail -n 100 "$log" >&2
    rm -f "$log"
  fi
  return "$status"
}

# build PRESET TARGET...: configures when that was never done or the presets are newer; ninja knows the rest.
build() {
  local preset=$1 folder=$root/build/$1
  shift
  return_build
  if [ ! -f "$folder/build.ninja" ] || [ "$root/CMakePresets.json" -nt "$folder/build.ninja" ]; then
    quietly as_owner cmake -S "$root" --preset "$preset" >/dev/null || { say "configuring '$preset' failed"; return 1; }
  fi
  quietly as_owner ninja -C "$folder" "$@" || { say "building '$preset' failed"; return 1; }
}
