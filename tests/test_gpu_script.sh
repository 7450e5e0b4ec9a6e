#!/usr/bin/env bash
# tests/gpu.sh on a machine without a GPU: one sentence that says why, and exit code 1.
#   test_gpu_script.sh path/to/hcsp_cuda_shim
set -uo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
source "$here/support/script.sh"
rm -rf gpu_script && mkdir -p gpu_script/bin && cp "$1" gpu_script/bin/hcsp || exit 1
for driver in none old nodevice; do
  CUDA_SHIM_DRIVER=$driver "$here/gpu.sh" gpu_script >out.txt 2>err.txt
  code=$?
  [ $code -eq 1 ] || wrong "driver $driver: exit code $code, wanted 1"
  [ "$(wc -l <out.txt)" -eq 1 ] && grep -q '^no GPU was checked: .' out.txt ||
    wrong "driver $driver: '$(head -n 3 out.txt)', wanted one sentence"
  [ ! -s err.txt ] || wrong "driver $driver: stderr '$(head -n 3 err.txt)', wanted nothing"
done
exit $((failures > 0))
