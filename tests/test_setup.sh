#!/usr/bin/env bash
# hcsp/setup.sh in a tree of its own, with a PATH that holds stand-ins for apt-get, pip and the
# compilers: what it asks for, what it says when that fails, and that MuJoCo appears whole or not.
set -euo pipefail
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree bin=$work/bin
mkdir -p "$tree/hcsp" "$bin"
cp "$project/hcsp/setup.sh" "$project/hcsp/requirements.txt" "$tree/hcsp/"

for program in bash env dirname mkdir rm mv cp cmp find head tail grep sed uname cat touch printf awk; do
  ln -s "$(command -v "$program")" "$bin/$program"
done

# stand_in NAME: the rest of stdin is a script of that name
stand_in() {
  { echo "#!$(command -v bash)"; cat; } >"$bin/$1"
  chmod +x "$bin/$1"
}

# setup STATUS PATTERN [OPTION...]: runs it, demands the exit status and the text
setup() {
  local want=$1 pattern=$2 rc=0
  shift 2
  PATH=$bin "$tree/hcsp/setup.sh" "$@" >"$work/out" 2>&1 || rc=$?
  if [ $rc -ne "$want" ] || ! grep -qE -- "$pattern" "$work/out"; then
    echo "exit status $rc, wanted $want, with /$pattern/ in:"
    cat "$work/out"
    exit 1
  fi
}

setup 2 'unknown option --test, wanted --tests or --mpi' --test
setup 0 'setup.sh \[--tests\] \[--mpi\]' --help

# nothing there and no apt-get: the list
setup 1 'no apt-get here.*: gcc libc6-dev cmake ninja-build pkg-config .*libhdf5-dev.* python3( python3-pip)?$'
setup 1 'no apt-get here.* libcmocka-dev (g\+\+ )?xvfb ' --tests
setup 1 'no apt-get here.* openmpi-bin libopenmpi-dev ' --mpi

# the next release of Debian has other versions
if grep -E -- '-[0-9]+(-dev)?( |$)' "$work/out"; then
  echo "a package with a version in its name is not in every release"
  exit 1
fi

# not root and no sudo
stand_in id <<<'echo 1000'
stand_in apt-get <<<'echo "$@" >>'"$work"'/apt; exit 0'
setup 1 'neither root nor sudo; install as root: gcc '

# apt-get that fails shows what it said
stand_in id <<<'echo 0'
stand_in apt-get <<<'echo "no such mirror"; exit 100'
setup 1 'no such mirror'
setup 1 'failed: .*apt-get'

# apt-get that does nothing
stand_in apt-get <<<'echo "$@" >>'"$work"'/apt'
setup 1 'installed, yet still not usable: gcc '
grep -q 'install -y --no-install-recommends gcc libc6-dev' "$work/apt"

# everything there but the download
rm "$bin/apt-get"
for program in gcc cmake ninja pkg-config; do
  stand_in "$program" <<<'exit 0'
done
stand_in python3 <<'PYTHON'
case "$*" in
-c*) exit 0 ;;
esac
echo "no network today" && exit 1
PYTHON
setup 1 'no network today'
[ ! -e "$tree/.deps/mujoco" ]

# a download: the wheel's library and headers arrive together with the stamp
cat >"$work/python" <<'PYTHON'
case "$*" in
-c*) exit 0 ;;
*'-m pip download'*--require-hashes*)
  echo download >>"$COUNT"
  while [ "$1" != --dest ]; do shift; done
  touch "$2/mujoco_core-cp311.whl"
  ;;
*'-m zipfile -e'*)
  mkdir -p "$5/mujoco/include/mujoco"
  touch "$5/mujoco/libmujoco.so.4.0.1" "$5/mujoco/include/mujoco/mujoco.h"
  ;;
esac
PYTHON
stand_in python3 <"$work/python"
export COUNT=$work/downloads
setup 0 'downloading mujoco-core==4.0.1'
[ -e "$tree/.deps/mujoco/libmujoco.so.4.0.1" ]
[ -e "$tree/.deps/mujoco/include/mujoco/mujoco.h" ]
[ ! -e "$tree/.deps/mujoco.new" ]

# again: nothing to do, and python is not even needed
rm "$bin/python3"
setup 0 'MuJoCo: in place'
[ "$(wc -l <"$COUNT")" -eq 1 ]

# another version asked for, broken download: the old one stays
# shellcheck disable=SC2016  # it expands in the stand-in
stand_in python3 <<<'[ "$1" = -c ]'
echo '# changed' >>"$tree/hcsp/requirements.txt"
setup 1 'failed: .*pip download'
[ -e "$tree/.deps/mujoco/libmujoco.so.4.0.1" ]
stand_in python3 <"$work/python"
setup 0 'downloading'
[ "$(wc -l <"$COUNT")" -eq 2 ]
echo "setup.sh keeps its word"
