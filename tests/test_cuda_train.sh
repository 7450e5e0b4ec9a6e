#!/usr/bin/env bash
# Training on CUDA as a user meets it, through the stand-ins of tests/cuda_shim: weights like those
# of the processor, the same bits twice and with recorded steps, runs that change devices, and one
# sentence where there is no GPU, or too little of it.
#   test_cuda_train.sh path/to/hcsp_cuda_shim path/to/hcsp
set -uo pipefail
shim=$1
hcsp=$2
failures=0
rm -rf cuda && mkdir cuda && cd cuda || exit 1

wrong() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}

# expect CODE PATTERN PROGRAM ARGUMENTS...: the exit code, and a line on stderr that matches
expect() {
  local code=$1 pattern=$2 seen
  shift 2
  "$@" >out.txt 2>err.txt </dev/null
  seen=$?
  [ "$seen" -eq "$code" ] || wrong "$*: exit code $seen, wanted $code: $(tail -c 300 err.txt)"
  [ -z "$pattern" ] || grep -qE -- "$pattern" err.txt ||
    wrong "$*: stderr '$(tail -c 300 err.txt)', wanted /$pattern/"
}

# the tensors of a policy file, without the provenance that names the commit
weights() { tail -c +8192 "$1" | sha256sum | cut -c1-16; }

# near FILE FILE: no number of one policy is further than 0.001 from that of the other
near() {
  python3 - "$@" <<'PYTHON'
import array, json, struct, sys

def tensors(path):
    data = open(path, 'rb').read()
    size = struct.unpack('<Q', data[:8])[0]
    header = json.loads(data[8:8 + size])
    header.pop('__metadata__', None)
    cut = lambda v: data[8 + size + v['data_offsets'][0]:8 + size + v['data_offsets'][1]]
    return {k: array.array('f', cut(v)) for k, v in header.items() if not k.startswith('probe')}

a, b = tensors(sys.argv[1]), tensors(sys.argv[2])
off = max(abs(x - y) for k in a for x, y in zip(a[k], b[k], strict=True))
print('%s: largest difference of a weight %.1e' % (sys.argv[2], off))
sys.exit(not off <= 1e-3 or a.keys() != b.keys())
PYTHON
}

# 20 updates
small=(--preset smoke --checkpoint 0 --threads 1 worlds=64 rollout=16 minibatches=2 steps_smoke=20480)
hover=(train skill hover "${small[@]}" time_max=2.5 time_min=2)
attack=(train skill attack "${small[@]}")
policy=policies/hover.safetensors

expect 0 "" "$shim" "${hover[@]}" --run cpu --device cpu
expect 0 "" "$shim" "${hover[@]}" --run cuda --device cuda
expect 0 "" "$shim" "${hover[@]}" --run again --device auto
expect 0 "" "$shim" "${hover[@]}" --run graphs --device cuda-graphs
expect 0 "" "$hcsp" "${hover[@]}" --run plain --device cpu
[ "$(weights cuda/$policy)" = "$(weights again/$policy)" ] || wrong "the same again: other weights"
[ "$(weights cuda/$policy)" = "$(weights graphs/$policy)" ] || wrong "recorded steps: other weights"
[ "$(weights cpu/$policy)" = "$(weights plain/$policy)" ] || wrong "the processor: other weights"
[ "$(weights cpu/$policy)" != "$(weights cuda/$policy)" ] || wrong "cuda ran on the processor"
near cpu/$policy cuda/$policy || wrong "hover: other weights than on the processor"
for device in cpu cuda; do
  expect 0 "" "$shim" "${attack[@]}" --run attack_$device --device $device
done
near attack_cpu/policies/attack.safetensors attack_cuda/policies/attack.safetensors ||
  wrong "attack: other weights than on the processor"
grep -q '"device": "cuda"' cuda/provenance.json || wrong "provenance does not name the device"

# --- a strategy: choices instead of commands; 20 updates
strategy=(train strategy --preset smoke --checkpoint 0 --threads 1 algorithm=naive team=stage1 matches=4 batch=64
  minibatch=32 decisions_smoke=1280 snapshots=1 responses=1 payoff_points=4 payoff_points_max=4
  probe_points=4 probe_budget=0 exploiters=0)
for device in cpu cuda-graphs; do
  expect 0 "" "$shim" "${strategy[@]}" --run strategy_$device --device $device
done
last=$(cd strategy_cpu/policies && ls snapshot-*.safetensors | tail -n 1)
near "strategy_cpu/policies/$last" "strategy_cuda-graphs/policies/$last" ||
  wrong "strategy: other weights than on the processor"

# --- lost in the middle: the last checkpoint stands and goes on, on either device
for device in cpu cuda; do
  run=lost_$device
  CUDA_SHIM_LOSE=4000 expect 1 "the GPU \(a processor.*last checkpoint stands.*--resume" \
    "$shim" "${hover[@]}" --run $run --device cuda
  [ ! -e $run/$policy ] || wrong "a policy came out of a GPU that was lost"
  expect 0 "" "$shim" "${hover[@]}" --run $run --device $device --resume
  [ -s $run/$policy ] || wrong "no policy after going on with $device"
done
[ "$(weights lost_cuda/$policy)" = "$(weights cuda/$policy)" ] || wrong "lost, gone on: other weights"

# --- refused with one sentence
CUDA_SHIM_DRIVER=none expect 1 "no NVIDIA driver" "$shim" "${hover[@]}" --run x --device cuda
CUDA_SHIM_DRIVER=old expect 1 "for CUDA 11.4" "$shim" "${hover[@]}" --run y --device cuda
CUDA_SHIM_MEMORY=39000000 expect 1 "no memory on the GPU.*MiB.*lower worlds=" \
  "$shim" "${hover[@]}" --run z --device cuda
CUDA_SHIM_DRIVER=none expect 0 "" "$shim" "${hover[@]}" --run auto --device auto
[ "$(weights auto/$policy)" = "$(weights cpu/$policy)" ] || wrong "auto without a GPU: other weights"
expect 2 "device 'tpu'" "$shim" "${hover[@]}" --run w --device tpu

[ $failures -eq 0 ] && echo "training on CUDA: all well"
exit $((failures > 0))
