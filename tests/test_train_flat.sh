#!/usr/bin/env bash
# Training of a flat policy as a user meets it: a run folder with a team that plays, the same weights
# at any number of threads and after kill -9 across best responses and payoffs, one sentence for
# whatever is wrong.
#   test_train_flat.sh path/to/hcsp
set -uo pipefail
hcsp=$1
source "$(dirname "${BASH_SOURCE[0]}")/support/script.sh"
rm -rf flat && mkdir flat && cd flat || exit 1

# what a run has learnt: the weights, which lie behind a head that names the time it took
result() {
  for file in "$1"/policies/*.safetensors; do
    basename "$file"
    tail -c 30000 "$file" | sha256sum
  done | cat - "$1/team.yaml" | sha256sum | cut -c1-16
}

# killed at random moments, then resumed with another number of threads
killed() {
  local run=$1 tries=0 pid
  shift
  "$hcsp" "$@" --run "$run" --threads 1 >/dev/null 2>&1 &
  pid=$!
  while sleep "0.$((RANDOM % 4 + 2))"; do
    kill -9 $pid 2>/dev/null || break
    wait $pid 2>/dev/null
    tries=$((tries + 1))
    [ $tries -lt 3 ] || break
    "$hcsp" "$@" --run "$run" $(go_on "$run") --threads 2 >/dev/null 2>&1 &
    pid=$!
  done 2>/dev/null
  expect 0 "" "$@" --run "$run" $(go_on "$run") --threads 3
}

small="net=small num_envs=6 num_steps=8 num_minibatches=2 timesteps_smoke=9000 responses=3 payoff_points=8 report_points=8"
train="train flat --preset smoke --checkpoint 0 $small"

# shellcheck disable=SC2086
for algorithm in sp fsp psro_nash; do
  all="$train algorithm=$algorithm"
  expect 0 "serves .* report" $all --run $algorithm --threads 1
  for file in config.yaml provenance.json metrics.jsonl log.txt team.yaml report.md report.html curves.csv; do
    [ -s "$algorithm/$file" ] || wrong "no $file in the run folder of $algorithm"
  done
  same_tags $algorithm
  killed ${algorithm}_killed $all
  [ "$(result ${algorithm}_killed)" = "$(result $algorithm)" ] || wrong "$algorithm: killed, another result"
done
expect 0 "" $train algorithm=psro_nash --run threads3 --threads 3
[ "$(result threads3)" = "$(result psro_nash)" ] || wrong "3 threads, another result"
[ -s psro_nash/payoffs.json ] || wrong "no payoffs.json"
[ "$(grep -c policy- fsp/team.yaml)" = 3 ] || wrong "fsp: $(cat fsp/team.yaml), wanted three policies"
[ "$(result sp)" != "$(result fsp)" ] || wrong "another algorithm, the same result"

# --- the team plays
expect 0 "" play --near psro_nash --far sp --rallies 2 --json
expect 0 "" eval teams fsp sp --points 8 --json
expect 0 "" info psro_nash fsp/policies/policy-00.safetensors
grep -q '"match_steps"' out.txt || wrong "no match steps: $(cat out.txt)"

# --- bad input
# shellcheck disable=SC2086
{
expect 3 "resume" $train algorithm=sp --run sp
expect 3 "another configuration" $train algorithm=sp ent_coef=0.2 --run sp --resume
expect 3 "seed 1; wanted 2" $train algorithm=sp --run sp --resume --seed 2
expect 3 "budget of 9000 decisions" $train algorithm=sp --preset quick --run sp --resume
expect 2 "sum of at most 1" $train near=0.6 flying=0.6 --run none
expect 2 "algorithm" $train algorithm=nosuch --run none
expect 2 "nosuch" $train nosuch=1 --run none
expect 2 "rules" $train rules=nosuch --run none
}

if [ $failures -gt 0 ]; then
  echo "$failures failures"
  exit 1
fi
echo "all as wanted"
