#!/usr/bin/env bash
# What every recipe learns, as hashes, to show that rebuilding the trainers changes no bit of it:
#   tests/same_policies.sh path/to/hcsp FOLDER >before.txt
# then the same with the next commit's program, and diff. One line a policy file: recipe, file, hash of
# its tensors (metadata, which name the commit, are left out). Each recipe runs with one thread, with
# two, and once more killed in the middle and resumed; the three must agree. A few minutes of CPU.
set -uo pipefail
hcsp=$(realpath "$1")
mkdir -p "$2" && cd "$2" || exit 1
failures=0

# hash of the tensors of each policy file below a run folder, checkpoints and copies of a team's skills aside
hashes() {
  (cd "$1" && find . -name '*.safetensors' -not -path '*/checkpoints/*' -not -path '*/policies/skills/*' | LC_ALL=C sort) | python3 -c '
import hashlib, json, struct, sys
for name in sys.stdin.read().split():
    with open(sys.argv[1] + "/" + name, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        header.pop("__metadata__", None)
        table = json.dumps(header, sort_keys=True).encode()
        print(sys.argv[2], name[2:], hashlib.sha256(table + f.read()).hexdigest()[:16])' "$1" "$2"
}

# ends a run after its first metrics, without warning
kill_in_the_middle() {
  local run=$1 pid
  shift
  "$hcsp" "$@" --run "$run" --threads 2 >/dev/null 2>&1 &
  pid=$!
  for _ in $(seq 400); do
    [ -z "$(find "$run" -name metrics.jsonl -size +0 2>/dev/null)" ] || break
    kill -0 $pid 2>/dev/null || break
    sleep 0.05
  done
  sleep 0.2
  kill -9 $pid 2>/dev/null
  wait $pid 2>/dev/null
}

# recipe NAME ARGUMENTS...: runs it three ways and prints its hashes
recipe() {
  local name=$1 way resume
  shift
  for way in one two resumed; do
    rm -rf "$name-$way"; resume=
    [ $way != resumed ] || { kill_in_the_middle "$name-$way" "$@"; resume=--resume; }
    # shellcheck disable=SC2086
    "$hcsp" "$@" --run "$name-$way" --threads "$([ $way = one ] && echo 1 || echo 2)" $resume >"$name-$way.out" 2>&1 ||
      { echo "$name, $way: $(tail -n 1 "$name-$way.out")" >&2 && failures=$((failures + 1)); }
    hashes "$name-$way" "$name" >"$name-$way.txt"
    cmp -s "$name-one.txt" "$name-$way.txt" ||
      { echo "$name, $way: other bits than with one thread" >&2 && failures=$((failures + 1)); }
  done
  cat "$name-one.txt"
}

checkpoints="--preset smoke --checkpoint 0"
skills="num_envs=64 num_steps=16 num_minibatches=2 time_max=2.5 time_min=2 timesteps_smoke=16384 again_smoke=8192"
strategy="team=stage1_plus num_envs=4 batch_size=64 minibatch_size=32 timesteps_smoke=320 snapshots=3 responses=2 payoff_points=4
  payoff_points_max=8 probe_points=4 probe_budget=0.2 exploiter_budget=0.2 exploiters=1 opponents=bot_plus held_out=random"
flat="net=small num_envs=6 num_steps=8 num_minibatches=2 timesteps_smoke=9000 responses=3 payoff_points=8 report_points=8"
coself="num_envs=8 batch_size=128 skill_batch_size=256 points=8 calibrate_smoke=1 calibrate_times=1 fine_tune_smoke=8192
  joint_smoke=512 alone_smoke=256"
alone="strategy_smoke=num_envs=8 batch_size=128 minibatch_size=64 snapshots=2 exploiters=0 payoff_points=4 payoff_points_max=4
  probe_budget=0 probe_points=4"

# shellcheck disable=SC2086
{
  recipe skills train skills $checkpoints options=court $skills
  recipe skills_volley train skills $checkpoints $skills
  for algorithm in league naive fsp delta_uniform nash; do
    recipe strategy_$algorithm train strategy $checkpoints $strategy algorithm=$algorithm
  done
  for algorithm in sp fsp psro_uniform psro_nash; do
    recipe flat_$algorithm train flat $checkpoints $flat algorithm=$algorithm
  done
  recipe coself train coself $checkpoints $coself "${alone//$'\n'/ }"
}
exit $((failures > 0))
