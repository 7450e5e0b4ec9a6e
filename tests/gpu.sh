#!/usr/bin/env bash
# Everything there is to check on a machine with an NVIDIA GPU, and one table:   ./tests/gpu.sh
# Builds with nvcc in build/gpu, compares every operation with the processor (products 1e-5,
# advantages and Adam 1e-6, gradients of PPO 1e-4), wants the same bits in ten runs, plain and with
# recorded steps, trains the hover on both devices and measures steps/s. Exit 1 when anything fails.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
folder=build/gpu
hcsp=$PWD/$folder/bin/hcsp
work=$PWD/$folder/work
failures=0

say() { printf '[%4d s] %s\n' $SECONDS "$*"; }

wrong() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}

mkdir -p "$folder"
if ! cmake -S . -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE=Release -DHCSP_CUDA=ON >"$folder/configure.log" 2>&1 ||
  ! cmake --build "$folder" --target hcsp test_cuda_gpu_ops test_cuda_gpu_thinker >"$folder/build.log" 2>&1; then
  tail -n 30 "$folder/configure.log" "$folder/build.log" 2>/dev/null
  exit 1
fi
grep 'CUDA:' "$folder/configure.log"
say "built"
rm -rf "$work" && mkdir -p "$work" && cd "$work" || exit
export HCSP_HOME=${OLDPWD}

# --- every operation, whole updates, the same bits
"$OLDPWD/$folder/bin/test_cuda_gpu_ops" >ops.txt 2>&1
code=$?
if [ $code -eq 77 ]; then
  cat ops.txt
  exit 1
fi
[ $code -eq 0 ] || wrong "operations: $(grep -aE 'wanted at most|FAILED' ops.txt | head -n 5)"
say "operations compared"

# --- a training on both devices, and the GPU's twice
weights() { tail -c +8192 "$1/policies/hover.safetensors" | sha256sum | cut -c1-16; }
small=(train skill hover --preset smoke --seed 1)
for run in cpu:cpu cuda:cuda again:cuda graphs:cuda-graphs; do
  "$hcsp" "${small[@]}" --run "${run%:*}" --device "${run#*:}" >"${run%:*}.txt" 2>&1 ||
    wrong "training on ${run#*:}: $(tail -n 1 "${run%:*}.txt")"
done
[ "$(weights cuda)" = "$(weights again)" ] || wrong "training twice: other weights"
[ "$(weights cuda)" = "$(weights graphs)" ] || wrong "training with recorded steps: other weights"
say "trained"

# --- speed
for device in cpu cuda cuda-graphs; do
  "$hcsp" bench train --device $device --json >bench_$device.json 2>bench_$device.txt ||
    wrong "bench on $device: $(tail -n 1 bench_$device.txt)"
done
figure() { sed -nE "s/^ *\"$2\": ([-0-9.e+]+).*/\1/p" "bench_$1.json"; }

echo
command -v nvidia-smi >/dev/null &&
  nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader
grep -a -A 99 '^largest error' ops.txt | grep -a -E '^[a-z0-9].*e[-+][0-9]+ *$|^largest'
echo
printf '%-44s %12s %12s %12s\n' "" cpu cuda cuda-graphs
for row in update_decisions_per_s decisions_per_s share_simulation share_inference share_update; do
  printf '%-44s %12s %12s %12s\n' "$row" "$(figure cpu $row)" "$(figure cuda $row)" \
    "$(figure cuda-graphs $row)"
done
echo "cpu: per second of CPU time of one thread; cuda: per second of the wall clock, one thread beside it"
echo
echo "same bits: $([ $failures -eq 0 ] && echo yes || echo 'see above'); failures: $failures"
exit $((failures > 0))
