#!/bin/sh
# A stranger's machine: a bare Debian 13 root in its own mount, pid and network namespaces, empty HOME and caches. In it: the
# prerequisites of the README, `git clone`, `npm run quickstart`, the same again, `npm test`. Prints what each took.
#
#   sh test/fresh.sh                     the whole story; exit 0 when every step did
#   sh test/fresh.sh --run 'COMMAND'     only the prerequisites and the clone, then COMMAND in the clone
#   sh test/fresh.sh --keep …            leave the root folder behind and print its name
#
# Needs root, debootstrap, iproute2 and util-linux; only the bare root is cached ($XDG_CACHE_HOME/ovngw-fresh). Tests HEAD, not the working tree.
set -eu

repo=$(cd "$(dirname "$0")/.." && pwd)
suite=${FRESH_SUITE:-trixie}
run= keep=
while [ $# -gt 0 ]; do
  case $1 in
    --run) run=$2; shift 2 ;;
    --keep) keep=yes; shift ;;
    *) echo "fresh.sh: what is $1?" >&2; exit 2 ;;
  esac
done
for tool in debootstrap ip unshare chroot tar; do
  command -v "$tool" >/dev/null || { echo "fresh.sh: needs $tool" >&2; exit 2; }
done
[ "$(id -u)" = 0 ] || { echo 'fresh.sh: needs root' >&2; exit 2; }

cache=${XDG_CACHE_HOME:-$HOME/.cache}/ovngw-fresh
tarball=$cache/$suite.tar
work=$(mktemp -d /var/tmp/ovngw-fresh.XXXXXX)
root=$work/root
id=$(echo "$work" | sed 's/.*\.//' | tr '[:upper:]' '[:lower:]')
ns=fresh-$id
link=fr-$id
forward=$(cat /proc/sys/net/ipv4/ip_forward)

clean() {
  set +e
  ip netns pids "$ns" 2>/dev/null | xargs -r kill -9
  ip link del "$link" 2>/dev/null
  ip netns del "$ns" 2>/dev/null
  chroot "$root" nft delete table ip "ovngw_$ns" 2>/dev/null
  [ "$forward" = 1 ] || ls -d /run/netns/fresh-* >/dev/null 2>&1 || echo "$forward" >/proc/sys/net/ipv4/ip_forward
  if [ -n "$keep" ]; then echo "kept: $root"; else rm -rf --one-file-system "$work"; fi
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if ! [ -f "$tarball" ]; then
  echo "debootstrap $suite (once) …"
  mkdir -p "$cache"
  # nftables: this script's own need (address translation for the namespace, from a root whose nft is there).
  debootstrap --variant=minbase --include=nftables "$suite" "$work/base" http://deb.debian.org/debian >"$cache/debootstrap.log" 2>&1 || { tail -5 "$cache/debootstrap.log" >&2; exit 1; }
  rm -rf "$work"/base/var/cache/apt/archives/*.deb "$work"/base/var/lib/apt/lists/*
  tar -C "$work/base" -cf "$tarball.$$" . && mv "$tarball.$$" "$tarball"
  rm -rf "$work/base"
fi
mkdir "$root"
tar -C "$root" -xf "$tarball"

# The way out: a veth pair and address translation, under a name of this run.
net=10.199.$(( $$ % 250 + 1 ))
ip netns add "$ns"
ip link add "$link" type veth peer name eth0 netns "$ns"
ip addr add "$net.1/24" dev "$link"
ip link set "$link" up
ip -n "$ns" addr add "$net.2/24" dev eth0
ip -n "$ns" link set lo up
ip -n "$ns" link set eth0 up
ip -n "$ns" route add default via "$net.1"
echo 1 >/proc/sys/net/ipv4/ip_forward
printf 'table ip ovngw_%s { chain post { type nat hook postrouting priority 100; ip saddr %s.0/24 oifname != "%s" masquerade; }; }\n' "$ns" "$net" "$link" |
  tr - _ | sed "s/oifname != \"fr_/oifname != \"fr-/" | chroot "$root" nft -f -

# This machine's name server and certificates (a proxy's CA among them) are the only things taken from it.
cp /etc/resolv.conf "$root/etc/resolv.conf"
echo "127.0.0.1 localhost fresh" >"$root/etc/hosts"
mkdir -p "$root/etc/machine-ca" "$root/src"
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/machine-ca/ca.crt"

cat >"$root/inside.sh" <<'INSIDE'
# Runs in the root, HOME empty. $1: a command instead of the story.
set -u
rc=0
summary=
step() { # step NAME COMMAND…
  name=$1
  shift
  printf '\n=== %s\n' "$name"
  began=$(date +%s)
  "$@" </dev/null
  code=$?
  summary="$summary
$(printf '%-28s exit %s  %s s' "$name" "$code" "$(($(date +%s) - began))")"
  [ "$code" = 0 ] || rc=$code
  return "$code"
}
prerequisites() { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends ca-certificates git nodejs npm >/var/log/prerequisites.log 2>&1 || { tail /var/log/prerequisites.log; false; }; }
step prerequisites prerequisites || exit
echo "node $(node -v), npm $(npm -v)"
cd /root || exit
git config --global --add safe.directory '*'
step 'git clone' git clone -q /src ovngw && cd ovngw || exit
if [ -n "$1" ]; then
  step command sh -c "$1"
else
  step 'npm run quickstart' npm run quickstart &&
    step 'npm run quickstart, again' npm run quickstart
  step 'npm test' npm test
fi
printf '\n=== summary (%s)\n%s\n' "$(. /etc/os-release && echo "$PRETTY_NAME")" "$summary"
exit "$rc"
INSIDE

# The settings of this machine that reach its registries, if it has any.
set --
for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY GOPROXY GONOSUMDB GOFLAGS NPM_CONFIG_REGISTRY PIP_INDEX_URL CI; do
  eval "value=\${$name-}"
  [ -z "$value" ] || set -- "$@" "$name=$value"
done
export root repo run
# A mount point as root directory: `ip netns exec` inside wants to change the propagation of /.
rc=0
ip netns exec "$ns" unshare --mount --pid --uts --ipc --fork --kill-child --propagation private sh -euc '
  mount --bind "$root" "$root"
  mount -t proc proc "$root/proc"
  mount -t sysfs sysfs "$root/sys"
  mount -t tmpfs -o mode=755 tmpfs "$root/run"
  mount -t tmpfs -o mode=755 tmpfs "$root/dev"
  mkdir "$root/dev/pts" "$root/dev/shm" "$root/dev/net"
  for node in null zero full random urandom tty net/tun; do : >"$root/dev/$node"; mount --bind "/dev/$node" "$root/dev/$node"; done
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
  ln -s pts/ptmx "$root/dev/ptmx"; ln -s /proc/self/fd "$root/dev/fd"; ln -s fd/0 "$root/dev/stdin"; ln -s fd/1 "$root/dev/stdout"; ln -s fd/2 "$root/dev/stderr"
  mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
  mount --bind "$repo" "$root/src"
  hostname fresh
  ca=/etc/machine-ca/ca.crt
  exec chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    NODE_EXTRA_CA_CERTS=$ca SSL_CERT_FILE=$ca PIP_CERT=$ca REQUESTS_CA_BUNDLE=$ca "$@" sh /inside.sh "$run"
' sh "$@" || rc=$?
exit "$rc"
