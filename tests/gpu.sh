#!/usr/bin/env bash
# Everything there is to check on a machine with an NVIDIA GPU, and one table:   ./tests/gpu.sh
# Builds with nvcc in build/gpu, compares every operation with the processor (products 1e-5,
# advantages and Adam 1e-6, gradients of PPO 1e-4), wants the same bits in ten runs, plain and with
# recorded steps, lets skills and teams act on the GPU, trains on both devices and moves runs between
# them, and measures steps/s and how much of the GPU's thinking the physics hides. Exit 1 when
# anything fails.
#   ./tests/gpu.sh FOLDER    the same with the programs in FOLDER/bin
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
source=$PWD
folder=$(realpath "${1:-$source/build/gpu}")
hcsp=$folder/bin/hcsp
work=$folder/work
source "$source/tests/support/script.sh"

say() { printf '[%4d s] %s\n' $SECONDS "$*"; }

build() {
  mkdir -p "$folder"
  if ! cmake -S . -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE=Release -DHCSP_CUDA=ON >"$folder/configure.log" 2>&1 ||
    ! cmake --build "$folder" --target hcsp test_cuda_gpu_ops test_cuda_gpu_thinker \
      test_cuda_gpu_resident >"$folder/build.log" 2>&1; then
    tail -n 30 "$folder/configure.log" "$folder/build.log" 2>/dev/null
    exit 1
  fi
  grep 'CUDA:' "$folder/configure.log"
  say "built"
}

[ $# -gt 0 ] || build
rm -rf "$work" && mkdir -p "$work" && cd "$work" || exit
export HCSP_HOME=$source HCSP_LONG_TESTS=1

# --- every operation, whole updates, the same bits; skills and teams that act there
for part in ops thinker resident; do
  "$folder/bin/test_cuda_gpu_$part" >$part.txt 2>&1
  code=$?
  if [ $code -eq 77 ]; then
    cat $part.txt
    exit 1
  fi
  [ $code -eq 0 ] || wrong "$part: $(grep -aE 'wanted at most|FAILED|^\[ *ERROR' $part.txt | head -n 5)"
done
say "operations compared"

# --- a training on both devices, ten times on the GPU, and moved from one to the other
weights() { tail -c +8192 "$1/policies/hover.safetensors" | sha256sum | cut -c1-16; }
small=(train skill hover --preset smoke --checkpoint 0 --seed 1 num_envs=256 num_steps=32 num_minibatches=4
  timesteps_smoke=163840)
train() { # RUN DEVICE
  "$hcsp" "${small[@]}" --run "$1" --device "$2" "${@:3}" >"$1.txt" 2>&1 ||
    wrong "training on $2: $(tail -n 1 "$1.txt")"
}
# the last checkpoint but one goes on elsewhere
move() { # FROM TO DEVICE
  cp -r "$1" "$2" && rm "$2/policies/hover.safetensors"
  rm "$(printf '%s\n' "$2"/checkpoints/*.safetensors | tail -n 1)"
  train "$2" "$3" --resume
}
train on_cpu cpu
devices=(cuda cuda-plain cuda-graphs)
same=0
for run in 0 1 2 3 4 5 6 7 8 9; do
  train run_$run "${devices[run % 3]}"
  [ "$(weights run_$run)" = "$(weights run_0)" ] && same=$((same + 1))
done
[ $same -eq 10 ] || wrong "ten trainings on the GPU: only $same with the weights of the first"
# the same with episodes that live on the GPU
small+=(physics=flight)
train resident_cpu cpu
train resident_0 cuda
train resident_1 cuda-graphs
[ "$(weights resident_0)" = "$(weights resident_1)" ] || wrong "episodes on the GPU: other weights a second time"
grep -q "episodes live on the GPU" resident_0.txt || wrong "episodes did not live on the GPU"
small=("${small[@]:0:${#small[@]}-1}")
move on_cpu to_cuda cuda
move run_0 to_cpu cpu
say "trained"

# --- speed
for device in cpu cuda cuda-plain cuda-graphs; do
  "$hcsp" bench train --device $device --json >bench_$device.json 2>bench_$device.txt ||
    wrong "bench on $device: $(tail -n 1 bench_$device.txt)"
done
figure() { sed -nE "s/^ *\"$2\": ([-0-9.e+]+).*/\1/p" "bench_$1.json"; }

echo
"$hcsp" info | grep '^GPU'
command -v nvidia-smi >/dev/null &&
  nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader
echo
grep -a -E '^largest error|^[a-zA-Z0-9].* [0-9.]+e[-+][0-9]+ +[0-9]+e[-+][0-9]+ *$' ops.txt
echo
printf '%-26s %12s %12s %12s %12s\n' "" cpu cuda cuda-plain cuda-graphs
for row in update_decisions_per_s decisions_per_s threads share_simulation share_inference \
  share_judging share_update thinking_ms share_waiting overlap; do
  printf '%-26s %12s %12s %12s %12s\n' "$row" "$(figure cpu $row)" "$(figure cuda $row)" \
    "$(figure cuda-plain $row)" "$(figure cuda-graphs $row)"
done
echo "cpu: per second of CPU time of one thread; cuda: per second of the wall clock, worlds on all"
echo
echo "same weights in $same of 10 trainings; failures: $failures"
exit $((failures > 0))
