#!/usr/bin/env bash
# Prepares a machine to build hcsp:   ./hcsp/setup.sh [--tests] [--mpi]
# Installs the Debian packages that are missing and unpacks MuJoCo into .deps/mujoco. Run again, it
# finds everything in place and ends at once. --tests adds what only the tests need, --mpi Open MPI.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# package, how to tell that it is there: a program, a header, a pkg-config module, a shared library,
# a file
build_needs='
gcc                program gcc
libc6-dev          header  stdio.h
cmake              program cmake
ninja-build        program ninja
pkg-config         program pkg-config
libcyaml-dev       module  libcyaml
libyaml-dev        module  yaml-0.1
libxxhash-dev      module  libxxhash
libjansson-dev     module  jansson
libhdf5-dev        module  hdf5-serial
libopenblas-dev    module  openblas
libglpk-dev        header  glpk.h
librandom123-dev   header  Random123/philox.h
libmd4c-dev        module  md4c
libmd4c-html0-dev  module  md4c-html
libglfw3-dev       module  glfw3
libpng-dev         module  libpng
libgl-dev          header  GL/gl.h
libegl-dev         header  EGL/egl.h
libosmesa6-dev     header  GL/osmesa.h
libjs-three        file    /usr/share/javascript/three/three.min.js
libegl1            library libEGL.so.1
libegl-mesa0       library libEGL_mesa.so.0
libgl1-mesa-dri    driver  swrast_dri.so'
mujoco_needs='
python3            program python3
python3-pip        python  pip'
test_needs='
libcmocka-dev      module  cmocka
g++                program g++
xvfb               program Xvfb
ffmpeg             program ffmpeg
clang              program clang
clang-format       program clang-format
libclang-rt-dev    runtime fuzzer
python3            program python3
python3-h5py       python  h5py
python3-numpy      python  numpy
help2man           program help2man
chromium           program chromium'

mpi_needs='
openmpi-bin        program mpirun
libopenmpi-dev     program mpicc'

requirements=hcsp/requirements.txt
mujoco=.deps/mujoco
log=.deps/setup.log

say() { printf 'setup: %s\n' "$*"; }

die() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}

# the Python that has a module: the first in PATH, else Debian's own
python_with() {
  local python
  for python in python3 /usr/bin/python3; do
    if "$python" -c "import $1" 2>/dev/null; then
      echo "$python"
      return
    fi
  done
  return 1
}

# whether the need "kind argument" is met
is_there() {
  case $1 in
  program) command -v "$2" ;;
  header) gcc -E -xc - <<<"#include <$2>" ;;
  module) pkg-config --exists "$2" ;;
  python) python_with "$2" ;;
  library) /sbin/ldconfig -p | grep -F "$2 (" ;;
  file) [ -e "$2" ] ;;
  driver) compgen -G "/usr/lib/*/dri/$2" ;;
  runtime) [ -e "$(clang -print-file-name="libclang_rt.$2-$(uname -m).a")" ] ;;
  esac >/dev/null 2>&1
}

# the packages of a list of needs that are missing, one a line, each once
missing_of() {
  local package kind argument
  while read -r package kind argument; do
    [ -z "$package" ] || is_there "$kind" "$argument" || echo "$package"
  done < <(printf '%s\n' "$1" | awk '!seen[$0]++')
}

# runs a command with its talk in the log; shows the end of that when it fails
quietly() {
  "$@" >>"$log" 2>&1 && return
  tail -n 40 "$log" >&2
  die "failed: $* (all of it in $log)"
}

install_packages() {
  local packages
  mapfile -t packages < <(missing_of "$1")
  if [ ${#packages[@]} -eq 0 ]; then
    say "packages: nothing missing"
    return
  fi
  local as_root=()
  if ! command -v apt-get >/dev/null; then
    die "no apt-get here; install what these Debian packages hold, then run this again: ${packages[*]}"
  elif [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "neither root nor sudo; install as root: ${packages[*]}"
    as_root=(sudo)
  fi
  say "packages: installing ${packages[*]}"
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
  quietly "${apt[@]}" update
  quietly "${apt[@]}" install -y --no-install-recommends "${packages[@]}"
  mapfile -t packages < <(missing_of "$1")
  [ ${#packages[@]} -eq 0 ] || die "installed, yet still not usable: ${packages[*]}"
}

# downloads the wheel, checks its hash and unpacks it; the folder appears at once or not at all
install_mujoco() {
  [ "$(uname -sm)" = 'Linux x86_64' ] ||
    die "MuJoCo comes as a binary for Linux x86_64, this is $(uname -sm): build with -DMUJOCO_DIR="
  local temp=.deps/mujoco.new
  rm -rf "$temp"
  mkdir -p "$temp/wheel" "$temp/all" "$temp/mujoco"
  say "MuJoCo: downloading $(grep -o 'mujoco-core==[0-9.]*' "$requirements")"
  local python
  python=$(python_with pip)
  quietly "$python" -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
    --only-binary=:all: --python-version 311 --implementation cp --abi cp311 \
    --platform manylinux_2_28_x86_64 --dest "$temp/wheel" --requirement "$requirements"
  quietly "$python" -m zipfile -e "$temp"/wheel/*.whl "$temp/all"
  local library
  library=$(find "$temp/all" -name 'libmujoco.so.*' | head -n 1)
  [ -n "$library" ] || die "no libmujoco.so in the wheel"
  mv "$library" "$temp/mujoco/"
  mv "$(dirname "$(find "$temp/all" -path '*/include/mujoco' | head -n 1)")" "$temp/mujoco/include"
  cp "$requirements" "$temp/mujoco/stamp"
  rm -rf "$mujoco"
  mv "$temp/mujoco" "$mujoco"
  rm -rf "$temp"
}

tests=no mpi=no
for argument in "$@"; do
  case $argument in
  --tests) tests=yes ;;
  --mpi) mpi=yes ;;
  -h | --help)
    sed -n '2,4s/^# //p' "${BASH_SOURCE[0]}"
    exit 0
    ;;
  *)
    printf 'setup: unknown option %s, wanted --tests or --mpi\n' "$argument" >&2
    exit 2
    ;;
  esac
done

mkdir -p .deps
if command -v flock >/dev/null; then
  exec 9>.deps/lock
  flock 9
fi
: >"$log"

needs=$build_needs
[ $tests = no ] || needs+=$test_needs
[ $mpi = no ] || needs+=$mpi_needs
have_mujoco=no
cmp -s "$requirements" "$mujoco/stamp" && have_mujoco=yes
[ $have_mujoco = yes ] || needs+=$mujoco_needs

install_packages "$needs"
if [ $have_mujoco = yes ]; then
  say "MuJoCo: in place"
else
  install_mujoco
fi
say "done"
