#!/usr/bin/env bash
# Training on CUDA as a user meets it, through the stand-ins of tests/cuda_shim: weights like those
# of the processor, the same bits twice and with recorded steps, runs that change devices, and one
# sentence where there is no GPU, or too little of it. With HCSP_LONG_TESTS set 20 updates of skills
# and strategies in place of 3.
#   test_cuda_train.sh path/to/hcsp_cuda_shim path/to/hcsp
set -uo pipefail
shim=$1
hcsp=$2
source "$(dirname "${BASH_SOURCE[0]}")/support/script.sh"
rm -rf cuda && mkdir cuda && cd cuda || exit 1

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

# a pattern of files in a run folder
files() { (cd "$1" && eval "ls $2"); }

# on_both NAME FILES TRAIN...: trained on the processor and on CUDA, those policies of the run alike
on_both() {
  local name=$1 pattern=$2 device file
  shift 2
  for device in cpu cuda; do
    expect 0 "" "$shim" train "$@" --preset smoke --checkpoint 0 --threads 1 \
      --run "${name}_$device" --device $device
  done
  [ "$(files "${name}_cpu" "$pattern")" = "$(files "${name}_cuda" "$pattern")" ] ||
    wrong "$name: other policies than on the processor"
  for file in $(files "${name}_cpu" "$pattern"); do
    near "${name}_cpu/$file" "${name}_cuda/$file" || wrong "$name: $file is another"
    # the last bits tell that CUDA took part
    [ "$(weights "${name}_cpu/$file")" != "$(weights "${name}_cuda/$file")" ] ||
      wrong "$name: $file was learnt on the processor"
  done
  grep -q '"device": "cuda"' "${name}_cuda"/provenance.json "${name}_cuda"/*/provenance.json 2>&- ||
    wrong "$name: the provenance does not name cuda"
}

# --- Stage I: hover and a strike
updates=3
[ -z "${HCSP_LONG_TESTS:-}" ] || updates=20
skill=(num_envs=64 num_steps=16 num_minibatches=2 timesteps_smoke=$((1024 * updates)))
short=(time_max=2.5 time_min=2)
hover=(train skill hover --preset smoke --checkpoint 0 --threads 1 "${skill[@]}" "${short[@]}")
policy=policies/hover.safetensors
on_both hover $policy skill hover "${skill[@]}" "${short[@]}"
on_both attack policies/attack.safetensors skill attack "${skill[@]}"
for device in auto cuda-plain cuda-graphs; do
  expect 0 "" "$shim" "${hover[@]}" --run again_$device --device $device
  [ "$(weights hover_cuda/$policy)" = "$(weights again_$device/$policy)" ] ||
    wrong "again on $device: other weights"
done
expect 0 "" "$hcsp" "${hover[@]}" --run plain --device cpu
[ "$(weights hover_cpu/$policy)" = "$(weights plain/$policy)" ] || wrong "the processor: other weights"

# --- the hover again, with episodes that live on the GPU: alike, the same bits twice, from either to the other
on_both resident $policy skill hover "${skill[@]}" "${short[@]}" physics=flight
grep -q "hover: episodes live on the GPU" err.txt || wrong "resident: episodes did not live on the GPU"
expect 0 "episodes live on the GPU" "$shim" "${hover[@]}" physics=flight --run resident_again --device cuda-graphs
[ "$(weights resident_cuda/$policy)" = "$(weights resident_again/$policy)" ] || wrong "resident again: other weights"
for to in cuda cpu; do
  from=$([ $to = cuda ] && echo cpu || echo cuda)
  cp -r resident_$from resident_to_$to && rm resident_to_$to/$policy
  rm "$(printf '%s\n' resident_to_$to/checkpoints/*.safetensors | tail -n 1)"
  expect 0 "" "$shim" "${hover[@]}" physics=flight --run resident_to_$to --device $to --resume
  near resident_cpu/$policy resident_to_$to/$policy || wrong "resident, gone on with $to: other weights"
done
expect 0 "the processor flies: MuJoCo moves its bodies" "$shim" "${hover[@]}" --run flies --device cuda
on_both strikes policies/volley_attack.safetensors skill volley_attack "${skill[@]}"
grep -q "volley_attack: episodes live on the GPU" err.txt || wrong "a strike: episodes did not live on the GPU"
expect 0 "the processor flies: its task has no form for a GPU" "$shim" train skill keep_up --preset smoke \
  --checkpoint 0 "${skill[@]}" --run keeps --device cuda

# --- flat policies: commands of all drones, against itself and against those before
on_both flat policies/sp.safetensors flat algorithm=sp net=small num_envs=4 num_steps=8 num_minibatches=2 \
  timesteps_smoke=$((192 * updates)) report_points=4

# --- Stage II: choices instead of commands, skills that play
on_both strategy policies/snapshot-001.safetensors strategy algorithm=naive team=stage1 num_envs=4 \
  batch_size=64 minibatch_size=32 timesteps_smoke=$((64 * updates)) snapshots=1 responses=1 payoff_points=4 \
  payoff_points_max=4 probe_points=4 probe_budget=0 exploiters=0

# --- the same over free roles, with matches that live on the GPU between decisions: as many steps, touches and
# results after each update, weights alike, gone on with from either to the other
free=(strategy algorithm=naive team=stage1_volley physics=flight num_envs=4 batch_size=64 minibatch_size=32
  timesteps_smoke=1280 snapshots=1 responses=1 payoff_points=4 payoff_points_max=4 probe_points=4 probe_budget=0
  exploiters=0)
on_both free policies/snapshot-001.safetensors "${free[@]}"
grep -q "strategy: matches live on the GPU between decisions" err.txt || wrong "free: matches did not live on the GPU"
matches() { grep -oE '"(match|wins)/[a-z_]*": *[^,}]*' "$1/metrics.jsonl"; }
[ "$(matches free_cpu | wc -l)" -gt 100 ] || wrong "free: no results in the metrics"
[ "$(matches free_cpu)" = "$(matches free_cuda)" ] || wrong "free: other matches than on the processor"
for to in cuda cpu; do
  from=$([ $to = cuda ] && echo cpu || echo cuda)
  cp -r free_$from free_to_$to && rm free_to_$to/policies/snapshot-001.safetensors
  rm "$(printf '%s\n' free_to_$to/checkpoints/*.safetensors | tail -n 1)"
  expect 0 "" "$shim" train "${free[@]}" --preset smoke --checkpoint 0 --threads 2 --run free_to_$to --device $to --resume
  near free_cpu/policies/snapshot-001.safetensors free_to_$to/policies/snapshot-001.safetensors ||
    wrong "free, gone on with $to: other weights"
  [ "$(matches free_cpu)" = "$(matches free_to_$to)" ] || wrong "free, gone on with $to: other matches"
done
expect 0 "the processor plays: MuJoCo moves the bodies" "$shim" train "${free[@]}" physics=mujoco timesteps_smoke=64 \
  --preset smoke --checkpoint 0 --threads 1 --run free_mujoco --device cuda

# --- Stage III: skills and strategy together, 20 updates. Not many decisions a match: its strikes
# amplify a last bit, so that after 320 of them another BLAS is as far off as another device.
coself=(team=stage2_court joint_smoke=320 alone_smoke=16 num_envs=4 batch_size=16 skill_batch_size=64 skill_num_minibatches=2
  skill_update_epochs=2 critic_warmup=0 opponents=random points=4 fine_tune_smoke=0 calibrate_smoke=1 calibrate_times=1
  "strategy_smoke=num_envs=4 batch_size=64 minibatch_size=32 snapshots=1 exploiters=0 payoff_points=4 payoff_points_max=4 probe_budget=0 probe_points=4")
on_both coself 'together/policies/strategy.safetensors together/policies/skills/{set,attack}.safetensors' \
  coself "${coself[@]}"

# --- over free roles the second part, in which strategies learn alone, collects from matches on the GPU
free_coself=("${coself[@]}")
free_coself[0]=team=stage2 free_coself[1]=joint_smoke=32 free_coself[2]=alone_smoke=1280
on_both free_coself strategy/policies/snapshot-001.safetensors coself "${free_coself[@]}"
grep -q "strategy: matches live on the GPU between decisions" err.txt || wrong "free_coself: matches did not live on the GPU"
[ "$(matches free_coself_cpu/strategy)" = "$(matches free_coself_cuda/strategy)" ] ||
  wrong "free_coself: other matches than on the processor"

# --- lost in the middle: the last checkpoint stands and goes on, on either device. Which call finds
# the loss first is a matter of timing; jobs are lost until it was a rollout's and another's.
seen=
lost_in_both() { [[ $seen == *downloading* && $(wc -w <<<"$seen") -ge 2 ]]; }
for job in 1500 1650 1800 1950 2100 2250 2400 2550; do
  run=lost_$job
  CUDA_SHIM_LOSE=$job expect 1 "the GPU \(a processor.*failed in .*last checkpoint stands.*--resume" \
    "$shim" "${hover[@]}" --run $run --device cuda
  [ ! -e $run/$policy ] || wrong "a policy came out of a GPU that was lost"
  doing=$(sed -nE 's/.*failed in ([a-z]+):.*/\1/p' err.txt)
  case $seen in *"$doing"*) continue ;; esac
  device=$([ -z "$seen" ] && echo cuda || echo cpu)
  expect 0 "" "$shim" "${hover[@]}" --run $run --device "$device" --resume
  near hover_cpu/$policy $run/$policy || wrong "lost, gone on with $device: other weights"
  [ "$device" = cpu ] || [ "$(weights $run/$policy)" = "$(weights hover_cuda/$policy)" ] ||
    wrong "lost, gone on with cuda: other weights"
  seen="$seen $doing"
  ! lost_in_both || break
done
lost_in_both || wrong "lost only in:$seen"

# --- the processor's last checkpoint but one goes on on CUDA
cp -r hover_cpu moved && rm moved/$policy
rm "$(printf '%s\n' moved/checkpoints/*.safetensors | tail -n 1)"
expect 0 "" "$shim" "${hover[@]}" --run moved --device cuda --resume
near hover_cpu/$policy moved/$policy || wrong "gone on on CUDA: other weights"
[ "$(weights hover_cpu/$policy)" != "$(weights moved/$policy)" ] || wrong "did not go on on CUDA"

# --- refused with one sentence
CUDA_SHIM_DRIVER=none expect 1 "no NVIDIA driver" "$shim" "${hover[@]}" --run x --device cuda
CUDA_SHIM_DRIVER=old expect 1 "for CUDA 11.4" "$shim" "${hover[@]}" --run y --device cuda
CUDA_SHIM_MEMORY=39000000 expect 1 "no memory on the GPU.*MiB.*lower num_envs=" \
  "$shim" "${hover[@]}" --run z --device cuda
CUDA_SHIM_DRIVER=none expect 0 "no GPU, learning on the processor: no NVIDIA driver" \
  "$shim" "${hover[@]}" --run auto --device auto
[ "$(weights auto/$policy)" = "$(weights hover_cpu/$policy)" ] || wrong "auto without a GPU: other weights"
expect 0 "" "$shim" info
grep -q "^GPU  *a processor, compute capability 7.5" out.txt || wrong "info does not name the GPU"
expect 0 "" "$hcsp" info
grep -qE "^GPU  *(no NVIDIA|this program was built without CUDA|NVIDIA)" out.txt ||
  wrong "info does not say why there is no GPU: $(grep ^GPU out.txt)"
expect 2 "device 'tpu'" "$shim" "${hover[@]}" --run w --device tpu

[ $failures -eq 0 ] && echo "training on CUDA: all well"
exit $((failures > 0))
