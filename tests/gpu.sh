#!/usr/bin/env bash
# Everything there is to check on a machine with an NVIDIA GPU, as one table that grows as it goes:
#   ./tests/gpu.sh                         builds with nvcc in build/gpu, results there
#   ./tests/gpu.sh FOLDER                  the same with the programs in FOLDER/bin
#   ./tests/gpu.sh BUNDLE.tar.xz [FOLDER]  with what the target gpu-bundle made: nothing need be installed but a driver
#                                          and CUDA's own libraries; results in FOLDER (gpu_results)
# Compares every operation with the processor (products 1e-5, advantages and Adam 1e-6, gradients of PPO 1e-4), episodes
# and matches that live on the GPU bit for bit, wants the same weights in ten trainings, plain and with recorded steps,
# measures decisions/s of each stage that lives there against all cores of the machine, over num_envs, and how long the
# GPU idles, moves runs between devices, and asks compute-sanitizer where it is. The last line is "pass" or "fail: N";
# exit 1 when anything fails, or where there is no GPU. Eight minutes at most (HCSP_GPU_SECONDS): what there is no time
# for is said to be left out. HCSP_GPU_ENVS="1024 8192 65536" are the sizes that are measured,
# HCSP_GPU_DECISIONS=81920 those of a training that is compared.
set -uo pipefail
here=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
source=$PWD
source "$source/tests/support/script.sh"
budget=${HCSP_GPU_SECONDS:-480}
read -ra sizes <<<"${HCSP_GPU_ENVS:-1024 8192 65536}"

build() { # FOLDER
  mkdir -p "$1"
  if ! cmake -S . -B "$1" -G Ninja -DCMAKE_BUILD_TYPE=Release -DHCSP_CUDA=ON >"$1/configure.log" 2>&1 ||
    ! cmake --build "$1" --target hcsp test_cuda_gpu_ops test_cuda_gpu_thinker \
      test_cuda_gpu_resident test_cuda_gpu_match >"$1/build.log" 2>&1; then
    tail -n 30 "$1/configure.log" "$1/build.log" 2>/dev/null
    exit 1
  fi
  grep 'CUDA:' "$1/configure.log"
}

# folders that usually hold CUDA's libraries
cuda_libraries() {
  local folder
  for folder in ${CUDA_HOME:+"$CUDA_HOME"/lib64} /usr/local/cuda*/lib64 /usr/local/cuda*/targets/x86_64-linux/lib \
    /opt/cuda*/lib64 /usr/lib/x86_64-linux-gnu /usr/lib64 /usr/lib/wsl/lib "${CONDA_PREFIX:-/opt/conda}"/lib \
    /usr/lib/python3*/*-packages/nvidia/*/lib /usr/local/lib/python3*/*-packages/nvidia/*/lib \
    "$HOME"/.local/lib/python3*/site-packages/nvidia/*/lib; do
    ! compgen -G "$folder/libcublas*.so*" >/dev/null || printf ':%s' "$folder"
  done
}

cd "$here" || exit
if [ -f "${1:-}" ]; then
  results=$(realpath -m "${2:-gpu_results}")
  mkdir -p "$results" && tar -C "$results" -xf "$1" || exit 1
  programs=$results/hcsp-gpu/bin
  export HCSP_HOME=$results/hcsp-gpu
  LD_LIBRARY_PATH=$HCSP_HOME/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}$(cuda_libraries)
  export LD_LIBRARY_PATH
else
  results=$(realpath -m "${1:-$source/build/gpu}")
  [ $# -gt 0 ] || (cd "$source" && build "$results") || exit 1
  programs=$results/bin
  export HCSP_HOME=$source
fi
hcsp=$programs/hcsp
work=$results/work
rm -rf "$work" && mkdir -p "$work" && cd "$work" || exit 1
SECONDS=0

# ---- the table

# row WHAT VALUE...: one line of it, here and in the results
row() { printf '[%3d s] %-46s %s\n' $SECONDS "$1" "${*:2}" | tee -a "$results/table.txt"; }
# fault WHAT WHY: one that failed
fault() { row "$1" "FAILED: $2" && failures=$((failures + 1)); }
more() { sed 's/^/          /' | tee -a "$results/table.txt"; }
: >"$results/table.txt"

# within SECONDS COMMAND...: with at most so long, and no longer than there is; 124 when that is too long
within() {
  local most=$1 left=$((budget - SECONDS - 5)) code
  [ $left -ge "$most" ] || most=$left
  [ "$most" -ge 3 ] || return 124
  timeout -k 3 "$most" "${@:2}"
  code=$?
  [ $code -ne 137 ] || code=124
  return $code
}
# judged WHAT CODE OK WHY: a row for how a command ended
judged() {
  case $2 in
    0) row "$1" "$3" ;;
    124) row "$1" "left out: not done in time" ;;
    *) fault "$1" "exit code $2, $4" ;;
  esac
}

# ---- the machine

"$hcsp" info >info.txt 2>info.err || { cat info.err && exit 1; }
gpu=$(sed -nE 's/^GPU +//p' info.txt)
if [[ $gpu != *"compute capability"* ]]; then
  echo "no GPU was checked: $gpu"
  exit 1
fi
row GPU "$gpu"
cores=$(nproc)
row cores "$cores, $(sed -nE 's/^model name\s*: //p' /proc/cpuinfo | head -n 1)"
if command -v nvidia-smi >/dev/null; then
  nvidia-smi -q >nvidia-smi.txt 2>&1
  row driver "$(nvidia-smi --query-gpu=driver_version,memory.total --format=csv,noheader | head -n 1)"
fi

# ---- operations, and the trace of episodes on the processor

# compared WHAT PART SECONDS: a program of comparisons
compared() {
  within "$3" "$programs/test_cuda_gpu_$2" >"$2.txt" 2>&1
  judged "$1" $? ok "$(grep -aE 'wanted at most|FAILED|^\[ *(ERROR|LINE)' "$2.txt" | head -n 3 | tr '\n' ' ')"
}
compared "operations beside the processor" ops 100
grep -aE '^largest error|^[a-zA-Z0-9].* [0-9.]+e[-+][0-9]+ +[0-9]+e[-+][0-9]+ *$' ops.txt | more
compared "episodes: 1,000 steps, the processor's bits" resident 100
grep -aE 'on both|weights within' resident.txt | more
compared "matches: 1,000 steps, the processor's bits" match 60
grep -aE "processor's" match.txt | more

# ---- trainings

stages=(hover volley_attack)
small=(--preset smoke --checkpoint 0 --seed 1 physics=flight num_envs=64 num_steps=32 num_minibatches=4
  "timesteps_smoke=${HCSP_GPU_DECISIONS:-81920}")
train() { # RUN DEVICE SKILL MORE...
  within 40 "$hcsp" train skill "$3" "${small[@]}" --run "$1" --device "$2" "${@:4}" >"$1.txt" 2>&1
}
file() { echo "$1/policies/$2.safetensors"; }

devices=(cuda cuda-plain cuda-graphs)
for skill in "${stages[@]}"; do
  same=0
  for run in 0 1 2 3 4; do
    train "${skill}_$run" "${devices[run % 3]}" "$skill"
    code=$?
    [ $code -eq 0 ] || break
    [ "$(weights "$(file "${skill}_$run" "$skill")")" != "$(weights "$(file "${skill}_0" "$skill")")" ] ||
      same=$((same + 1))
  done
  [ $code -ne 0 ] || [ $same -eq 5 ] || code=1
  judged "$skill: the same weights" $code "in 5 of 5 trainings" "in $same of 5 trainings: $(tail -n 1 "${skill}_$run.txt")"
  grep -q "$skill: episodes live on the GPU" "${skill}_0.txt" || [ $code -eq 124 ] ||
    fault "$skill lives on the GPU" "$(head -n 3 "${skill}_0.txt")"
done

# decisions a second of the later iterations of a run
rate() {
  sed -nE 's/^\{"step":([0-9]+),"seconds":([0-9.]+),.*/\1 \2/p' "$1/metrics.jsonl" 2>/dev/null |
    awk '{ n[NR] = $1; t[NR] = $2 } END { k = NR > 3 ? int(NR / 2) : 1
      if (NR > k && t[NR] > t[k]) printf "%.0f", (n[NR] - n[k]) / (t[NR] - t[k]) }'
}
# prints the rate of eight iterations; what is measured behind the learning does not count
speed() { # RUN DEVICE SKILL ENVS MORE...
  within 60 "$hcsp" train skill "$3" --preset smoke --checkpoint 0 physics=flight num_steps=32 \
    "num_envs=$4" "timesteps_smoke=$(($4 * 32 * 8))" --run "$1" --device "$2" "${@:5}" >"$1.txt" 2>&1
  rate "$1"
}
# share of the time in which no kernel runs, by the driver's own counter, from the first kernel on
idle() { awk '$1 > 0 || seen { seen = 1; n++; sum += $1 } END { if (n > 4) printf "GPU idle %.0f %%", 100 - sum / n }' "$1"; }

for skill in "${stages[@]}"; do
  middle=${sizes[$((${#sizes[@]} / 2))]}
  own=$(speed "cores_$skill" cpu "$skill" "$middle" --threads "$cores")
  row "$skill, $cores cores, $middle environments" "${own:-left out:} decisions/s"
  for envs in "${sizes[@]}"; do
    watcher=
    if command -v nvidia-smi >/dev/null; then
      nvidia-smi --query-gpu=utilization.gpu --format=csv,noheader,nounits -lms 100 >"idle_$skill.$envs" 2>/dev/null &
      watcher=$!
    fi
    there=$(speed "gpu_$skill.$envs" cuda "$skill" "$envs")
    [ -z "$watcher" ] || kill "$watcher" 2>/dev/null
    row "$skill, GPU, $envs environments" "${there:-left out:} decisions/s" \
      "$([ -z "$own" ] || [ -z "$there" ] || awk "BEGIN { printf \"%.2f x the cores\", $there / $own }")" \
      "$([ -z "$watcher" ] || idle "idle_$skill.$envs")"
  done
done

# the last checkpoint but one of a run goes on elsewhere
move() { # FROM TO DEVICE
  cp -r "$1" "$2" && rm "$(file "$2" hover)" "$(printf '%s\n' "$2"/checkpoints/*.safetensors | tail -n 1)" &&
    train "$2" "$3" hover --resume
}
train on_cpu cpu hover
judged "hover on the processor" $? ok "$(tail -n 1 on_cpu.txt)"
for way in "on_cpu cuda" "hover_0 cpu"; do
  read -r from to <<<"$way"
  [ -e "$(file "$from" hover)" ] || continue
  move "$from" "${from}_moved" "$to"
  judged "a run of $from goes on with $to" $? ok "$(tail -n 1 "${from}_moved.txt")"
done

# ---- compute-sanitizer, where it is

sanitizer=$(command -v compute-sanitizer || compgen -G '/usr/local/cuda*/bin/compute-sanitizer' | head -n 1)
for tool in memcheck racecheck; do
  if [ -z "$sanitizer" ]; then
    row "compute-sanitizer $tool" "left out: not on this machine"
    continue
  fi
  within 60 "$sanitizer" --tool $tool --error-exitcode 9 "$programs/test_cuda_gpu_resident" >$tool.txt 2>&1
  judged "compute-sanitizer $tool" $? ok "$(tail -n 1 $tool.txt)"
done

# ---- what does not live on the GPU: inference beside the cores, updates

compared "skills and teams that act on the GPU" thinker 60
for device in cpu cuda; do
  within 30 "$hcsp" bench train --device $device --json >bench_$device.json 2>bench_$device.txt
done
figure() { sed -nE "s/^ *\"$2\": ([-0-9.e+]+).*/\1/p" "bench_$1.json"; }
for what in update_decisions_per_s decisions_per_s; do
  row "bench train, $what" "a core $(figure cpu $what), cuda $(figure cuda $what)"
done
row "bench train, overlap" "$(figure cuda overlap)"

if [ $failures -eq 0 ]; then row pass; else row "fail: $failures"; fi
exit $((failures > 0))
