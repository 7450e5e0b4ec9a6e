#!/usr/bin/env bash
# Co-self-play as a user meets it: every part runs and leaves a team that plays, the same weights at
# any number of threads and after kill -9 in any part, one sentence for whatever is wrong.
#   test_train_coself.sh path/to/hcsp
set -uo pipefail
hcsp=$1
source "$(dirname "${BASH_SOURCE[0]}")/support/script.sh"
rm -rf coself && mkdir coself && cd coself || exit 1

# the team with the tensors of all that it plays with, without the provenance that names the commit
result() {
  cat "$1/team.yaml"
  grep -oE '[a-z_]+/(policies/)?[^/ ]*\.safetensors' "$1/team.yaml" | sort -u | while read -r file; do
    [ -e "$1/$file" ] && tail -c 12000 "$1/$file" | sha256sum
  done
}

small="num_envs=8 batch_size=128 skill_batch_size=256 points=8 calibrate_smoke=1 calibrate_times=1 fine_tune_smoke=8192 joint_smoke=256 alone_smoke=256 skills=set"
strategy="strategy_smoke=num_envs=8 batch_size=128 minibatch_size=64 snapshots=2 exploiters=0 payoff_points=4 payoff_points_max=4 probe_budget=0 probe_points=4"
train="train coself --preset smoke --checkpoint 0 team=stage2_court $small"

# shellcheck disable=SC2086
{
expect 0 "of the decided points against 'stage2_court'" $train "$strategy" --run whole --threads 1
for file in team.yaml report.md coself.json together/config.yaml together/metrics.jsonl practice/set/metrics.jsonl \
  strategy/report.md; do
  [ -s "whole/$file" ] || wrong "no $file in the run folder"
done
for part in "## Against the team it began as" "## Skills in the situations of Stage I" "## Kill tables" \
  "## What changed in play"; do
  grep -qF "$part" whole/report.md || wrong "no '$part' in the report"
done
same_tags whole/practice/set whole/together whole/strategy
[ "$(result whole | wc -l)" -gt 12 ] || wrong "the team names no policies: $(result whole)"
expect 0 "" play --near whole --far stage2_court --rallies 2 --json

# --- killed while a skill practises, while both learn and while strategies learn alone
go_on=
for moment in practice/set/metrics.jsonl together/metrics.jsonl strategy/metrics.jsonl; do
  "$hcsp" $train "$strategy" --run killed --threads 2 $go_on >/dev/null 2>&1 &
  pid=$!
  for _ in $(seq 600); do
    [ ! -s "killed/$moment" ] || break
    kill -0 $pid 2>/dev/null || break
    sleep 0.05
  done
  kill -9 $pid 2>/dev/null
  wait $pid 2>/dev/null
  [ -s "killed/$moment" ] || wrong "not killed in $moment"
  go_on=--resume
done
expect 0 "" $train "$strategy" --run killed --threads 2 --resume
[ "$(result killed)" = "$(result whole)" ] || wrong "killed, or two threads: another result"

# --- free roles: whoever digs learns to, in the task of that table
for threads in 1 2; do
  expect 0 "of the decided points against 'stage2'" train coself --preset smoke --checkpoint 0 $small skills="pass receive" \
    "$strategy" --run free$threads --threads $threads
done
[ -s free1/practice/volley_dig/metrics.jsonl ] && [ -s free1/practice/volley_save/metrics.jsonl ] ||
  wrong "digs and saves did not practise: $(ls free1/practice)"
[ "$(result free1)" = "$(result free2)" ] || wrong "free roles, two threads: another result"
python3 - free1/together/metrics.jsonl <<'END' || wrong "no digs in matches"
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
assert sum(value or 0 for row in rows for key, value in row.items() if key == "pass/flights") > 0, rows[-1].keys()
END
for file in free1/team.yaml free1/together/team.yaml; do
  grep -q "^sample_skills: false" $file || wrong "$file: commands are drawn, unlike those of the team that it began as"
done
python3 - free1/together/metrics.jsonl <<'END' || wrong "skills did not explore while they learnt in matches"
import json, sys
kl = [json.loads(line).get("pass/approx_kl") for line in open(sys.argv[1])]
assert any(kl) and all(x is None or abs(x) < 0.5 for x in kl), kl
END
expect 0 "" play --near free1 --far stage2 --rallies 2 --json

# --- bad input
expect 3 "resume" $train "$strategy" --run whole
expect 3 "seed" $train "$strategy" --run whole --resume --seed 2
expect 2 "nosuch" $train team=nosuch --run none
expect 3 "nosuch" $train options=nosuch --run none
grep -v '^critic' "$HCSP_HOME/policies/teams/stage2_court.yaml" | sed "s|\.\.|$HCSP_HOME/policies|" >priceless.yaml
expect 3 "team 'stage2_court': saw no critic, wanted the key 'critic'" $train team=priceless.yaml --run none
sed "s|^skills:|critic: gone.safetensors\n&|" priceless.yaml >gone.yaml
expect 3 "gone.safetensors" $train team=gone.yaml --run none
expect 2 "jump" $train skills=jump --run none
expect 2 "practice|rat" $train fine_tune=rat=1 --run none
expect 2 "strategy|nosuch" $train strategy=algorithm=nosuch --run none
[ ! -e none ] || wrong "a run folder from bad input"
}

if [ $failures -gt 0 ]; then
  echo "$failures failures"
  exit 1
fi
echo "all as wanted"
