#!/usr/bin/env bash
# What the build says about CUDA, in one line: switched off, no nvcc, an nvcc that does not work,
# and no for an answer where CUDA was asked for.
#   test_cuda_configure.sh path/to/cmake
set -uo pipefail
cmake=$1
script=$HCSP_HOME/hcsp/cmake/HcspCuda.cmake
source "$(dirname "${BASH_SOURCE[0]}")/support/script.sh"
rm -rf configure && mkdir configure && cd configure || exit 1

# says PATTERN DEFINITIONS...: goes on without CUDA, in one line
says() {
  local pattern=$1
  shift
  "$cmake" "$@" -P "$script" >out.txt 2>err.txt || wrong "$*: stopped: $(cat err.txt)"
  [ "$(grep -c 'CUDA' out.txt)" -eq 1 ] || wrong "$*: not one line: $(cat out.txt err.txt)"
  grep -qE -- "-- CUDA: $pattern; training runs on the processor alone" out.txt ||
    wrong "$*: '$(cat out.txt)', wanted /$pattern/"
}

# an nvcc as it is where its host compiler does not fit
printf '#!/bin/sh\necho "unsupported GNU version" >&2\nexit 1\n' >nvcc
chmod +x nvcc

says "off" -DHCSP_CUDA=OFF
says "no nvcc here" -DHCSP_NVCC=NO
says "$PWD/nvcc does not compile .*try.log\\)" "-DHCSP_NVCC=$PWD/nvcc"
grep -q "unsupported GNU version" cuda/try.log || wrong "try.log does not say why"
says "not with sanitizers" -DHCSP_SANITIZE=address
"$cmake" -DHCSP_CUDA=ON -DHCSP_NVCC=NO -P "$script" >out.txt 2>err.txt &&
  wrong "asked for and not there: went on"
grep -q "CUDA: no nvcc here" err.txt || wrong "asked for and not there: '$(cat err.txt)'"

[ $failures -eq 0 ] && echo "configuring CUDA: all well"
exit $((failures > 0))
