#!/usr/bin/env bash
# Training of a strategy as a user meets it: a run folder with a team that plays, the same weights at
# any number of threads and after kill -9 across snapshots, exploiters, payoffs and best responses,
# one sentence for whatever is wrong.
#   test_train_strategy.sh path/to/hcsp
set -uo pipefail
hcsp=$1
source "$(dirname "${BASH_SOURCE[0]}")/support/script.sh"
rm -rf strategy && mkdir strategy && cd strategy || exit 1

# what a run has learnt and deployed, without the provenance that names the commit
result() {
  grep -o 'policies/[^/ ]*\.safetensors' "$1/team.yaml" | while read -r file; do
    echo "$file"
    tail -c 40000 "$1/$file" | sha256sum
  done | cat - "$1/team.yaml" "$1/payoffs.json" | sha256sum | cut -c1-16
}

# killed at random moments, then resumed with the other number of threads
killed() {
  local run=$1 tries=0 pid
  shift
  "$hcsp" "$@" --run "$run" --threads 1 >/dev/null 2>&1 &
  pid=$!
  while sleep "0.$((RANDOM % 5 + 3))"; do
    kill -9 $pid 2>/dev/null || break
    wait $pid 2>/dev/null
    tries=$((tries + 1))
    [ $tries -lt 2 ] || break
    "$hcsp" "$@" --run "$run" $(go_on "$run") --threads 2 >/dev/null 2>&1 &
    pid=$!
  done 2>/dev/null
  expect 0 "" "$@" --run "$run" $(go_on "$run") --threads 3
}

# resumed from every checkpoint that is left but the last: after a snapshot joined the pool, before
# payoffs are measured, in the middle of a best response
from_checkpoints() {
  local run=$1 reference checkpoint from=${1}_from
  reference=$(result "$run")
  shift
  for checkpoint in $(cd "$run/checkpoints" && printf '%s\n' ckpt-* | head -n -1); do
    rm -rf "$from" && mkdir -p "$from/checkpoints"
    cp "$run"/{config.yaml,provenance.json,metrics.jsonl} "$from"
    cp "$run/checkpoints/$checkpoint" "$from/checkpoints"
    expect 0 "report" "$@" --run "$from" --resume --threads 2
    [ "$(result "$from")" = "$reference" ] || wrong "$run: from $checkpoint, another result"
  done
  [ -d "$from" ] || wrong "$run: only one checkpoint"
}

# best responses as small as the rest
cat >small.yaml <<'END'
league: {response: "num_envs=4 batch_size=64 minibatch_size=32 critic_warmup=1"}
END
small="--config small.yaml team=stage1_plus num_envs=4 batch_size=64 minibatch_size=32 timesteps_smoke=256 snapshots=3 responses=2 \
payoff_points=4 payoff_points_max=8 probe_points=4 probe_budget=0 exploiter_budget=0.2 exploiters=1 opponents=bot_plus held_out=random"
train="train strategy --preset smoke --checkpoint 0 $small"

# shellcheck disable=SC2086
for algorithm in league nash; do
  all="$train algorithm=$algorithm"
  [ $algorithm = nash ] || all="$all probe_budget=0.2"
  expect 0 "report" $all --run $algorithm --threads 1
  for file in config.yaml provenance.json metrics.jsonl log.txt team.yaml report.md report.html payoffs.json curves.csv; do
    [ -s "$algorithm/$file" ] || wrong "no $file in the run folder of $algorithm"
  done
  same_tags $algorithm
  for part in "## Progress" "Where attacks come down" "Where the passer meets" "we set | attacker: deep left" \
    "## Curves" "## Payoffs"; do
    grep -qF "$part" $algorithm/report.md || wrong "no '$part' in the report of $algorithm"
  done
  [ $algorithm = league ] || grep -qF "## Meta-strategy" $algorithm/report.md || wrong "no meta-strategy"
  from_checkpoints $algorithm $all
done

# shellcheck disable=SC2086
{
league="$train algorithm=league probe_budget=0.2"
reference=$(result league)
expect 0 "" $league --run threads --threads 3
[ "$(result threads)" = "$reference" ] || wrong "three threads, another result"
killed killed $league
[ "$(result killed)" = "$reference" ] || wrong "killed, another result"
expect 0 "" $league --run killed --resume
[ "$(result killed)" = "$reference" ] || wrong "run again, another result"
}

# --- free roles: begun by imitating, by the numbers of that table; resumed from within either part
# shellcheck disable=SC2086
{
# its skills act by their mean, which the team that is made has to say, too
sed "s|\.\./|$HCSP_HOME/policies/|; /^sample_skills:/d; s/^sample: true/sample: true\nsample_skills: false/" \
  "$HCSP_HOME/policies/teams/stage1_volley.yaml" >mean.yaml
volley="train strategy --preset smoke --checkpoint 0 team=mean.yaml algorithm=average num_envs=4 batch_size=64 minibatch_size=32 \
timesteps_smoke=384 snapshots=3 mixture_max=4 imitate_share=0.4 guess_pairs=2 probe_points=4 payoff_points=4"
expect 0 "report" $volley --run volley --threads 1
grep -q "imitate: \"bot_volley\"" volley/config.yaml || wrong "the file of free roles is not used"
# what is imitated is worth 1 whatever comes of it; what is learnt from points, 0 on average
loss() { sed -E 's/.*"losses.policy_loss":([-0-9.e]+).*/\1/'; }
awk "BEGIN {exit !($(head -1 volley/metrics.jsonl | loss) < -0.8 && $(tail -1 volley/metrics.jsonl | loss) > -0.5)}" ||
  wrong "not imitated first: $(loss <volley/metrics.jsonl)"
for part in "| bot_volley |" "| second | " "we passed | second: S " "we set | third: deep line fast" "shape: triangle"; do
  grep -qF "$part" volley/report.md || wrong "no '$part' in the report of volley"
done
[ "$(grep -c "policy:" volley/team.yaml)" = 3 ] || wrong "not three quarters of four snapshots: $(cat volley/team.yaml)"
grep -q "^sample_skills: false" volley/team.yaml || wrong "skills are drawn: $(cat volley/team.yaml)"
from_checkpoints volley $volley
expect 0 "" $volley --run volley3 --threads 3
[ "$(result volley3)" = "$(result volley)" ] || wrong "volley: three threads, another result"
expect 0 "" play --near volley --far stage1 --rallies 2 --json
expect 0 "" eval exploit volley --budgets 64 --seeds 1 --keep kept_volley --points 4 --final-points 4 --json team=stage1_volley num_envs=4 batch_size=64 minibatch_size=32
for opponent in warm nothing argmax "rule bot_volley" "rule random" "rule rule:line:wide_short_cross_hard"; do
  grep -q "\"$opponent\"" out.txt || wrong "no $opponent: $(head -c 200 out.txt)"
done
expect 3 "imitate: .*'volley'.*wanted bot_volley" $volley imitate=bot_plus --run none
}

# --- the team plays, and can be measured
expect 0 "" play --near league --far stage1 --rallies 2 --json
expect 0 "" eval exploit league stage1 --budgets 0 --points 4 --pair-points 8 --json
grep -q '"pair_points": 8' out.txt || wrong "pairs did not play 8 points"
for key in exploitability nash elo responses curve greedy sampled failed cpu_seconds; do
  grep -q "\"$key\"" out.txt || wrong "no $key: $(head -c 200 out.txt)"
done

# responses are kept: the second time nothing is trained, and every figure is the same
exploit="eval exploit league --budgets 64,128 --seeds 2 --keep kept --points 4 --final-points 8 --json --config small.yaml num_envs=4 batch_size=64 minibatch_size=32"
figures() { grep -v cpu_seconds out.txt | sha256sum; }
# shellcheck disable=SC2086
expect 0 "" $exploit --threads 1
[ "$(find kept -name 'league-*-seed[12]-*' | wc -l)" = 8 ] || wrong "not 8 responses: $(ls kept)"
first=$(figures)
# shellcheck disable=SC2086
expect 0 "" $exploit --threads 3
[ "$(figures)" = "$first" ] || wrong "kept responses, other figures"
grep -q "while it learnt" out.txt err.txt 2>/dev/null && wrong "trained although kept"

# --- bad input
# shellcheck disable=SC2086
{
expect 3 "resume" $train algorithm=league --run league
expect 3 "another configuration" $train ent_coef=0.2 --run league --resume
expect 3 "seed 1; wanted 2" $train algorithm=league probe_budget=0.2 --run league --resume --seed 2
expect 3 "budget of 256 decisions" $train --preset full algorithm=league probe_budget=0.2 --run league --resume
sed "s|\.\./|$HCSP_HOME/policies/|" "$HCSP_HOME/policies/teams/stage1_plus.yaml" >guest.yaml
guest="$train algorithm=naive external_opponent=guest.yaml external_share=0.1"
expect 0 "" $guest --run guest
expect 0 "" $guest --run guest --resume
sed -i 's/^strategy: bot_plus/strategy: bot/' guest.yaml
expect 3 "guest/checkpoints/.* was begun with another guest.yaml \(guest\)" $guest --run guest --resume
expect 2 "at least 8 decisions" $train batch_size=32 --run none
expect 2 "nosuch" $train team=nosuch --run none
expect 3 "nosuch" $train opponents=nosuch --run none
expect 3 "nosuch" $train options=nosuch --run none
expect 2 "algorithm" $train algorithm=nosuch --run none
expect 2 "multiple of 4" eval exploit league --points 6
expect 2 "pair-points.*multiple of 4" eval exploit league --pair-points 6
expect 2 "each above the last" eval exploit league --budgets 64,64
expect 2 "budgets" eval exploit league --budgets 64,x
expect 2 "no team" eval exploit
}

if [ $failures -gt 0 ]; then
  echo "$failures failures"
  exit 1
fi
echo "all as wanted"
