#!/usr/bin/env bash
# Unpacks files of Debian's packages into a folder that becomes an image. No script of a package is run, so that a package may be of another
# architecture than this machine.
#   unpack-debian.sh ARCHITECTURE ROOT PACKAGE[:PROGRAM]...
# Libraries come whole, programs only those that are named. The control files stay (var/lib/dpkg/status.d), where scanners look for them.
set -euo pipefail

architecture=$1 root=$2
shift 2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$root/var/lib/dpkg/status.d"

if [[ $architecture != "$(dpkg --print-architecture)" ]]; then
  dpkg --add-architecture "$architecture"
fi
# Another call may have just fetched the lists.
[[ -n $(find /var/lib/apt/lists -name "*binary-${architecture}_Packages*" -print -quit 2>/dev/null) ]] || apt-get update -q

programs=()
for wish in "$@"; do
  package=${wish%%:*}
  [[ $wish == *:* ]] && programs+=("${wish#*:}")
  # _apt has no access to this folder, and needs none.
  (cd "$work" && apt-get -q -o APT::Sandbox::User=root download "$package:$architecture")
  archive=$(find "$work" -name "${package}_*.deb")
  dpkg-deb --extract "$archive" "$root"
  dpkg-deb --field "$archive" >"$root/var/lib/dpkg/status.d/$package"
done

# What stays of programs, documentation and the rest: what is named, licences, the database of smartctl, Debian's os-release.
mkdir -p "$root"/usr/{bin,sbin,libexec}
find "$root"/usr/{bin,sbin,libexec} ! -type d -print | while read -r path; do
  [[ " ${programs[*]} " == *" ${path#"$root"} "* ]] || rm "$path"
done
find "$root/usr/share/doc" -mindepth 2 ! -type d ! -name copyright -delete
find "$root/usr/share" -mindepth 1 -maxdepth 1 ! -name doc ! -name common-licenses ! -name smartmontools -exec rm -r {} +
rm -rf "$root"/usr/share/smartmontools/smartd* "$root"/usr/lib/*/gconv "$root"/usr/lib/*/audit "$root"/usr/lib/{systemd,tmpfiles.d} \
  "$root"/etc/{cron*,default,dpkg,init.d,smartd.conf,smartmontools,update-motd.d,issue*,motd,profile.d,ethertypes,protocols,rpc,services} \
  "$root"/{boot,home,media,mnt,opt,srv} "$root"/var/{backups,cache,local,mail,opt,spool} "$root"/usr/{games,include,local,src}
find "$root" -depth -type d -empty ! -path "$root/tmp" ! -path "$root/proc" ! -path "$root/sys" ! -path "$root/dev" ! -path "$root/run" -delete
mkdir -p "$root"/{tmp,proc,sys,dev,run} && chmod 1777 "$root/tmp"
