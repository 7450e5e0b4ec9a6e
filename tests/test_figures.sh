#!/usr/bin/env bash
# hcsp/figures.py with the smallest trainings there are: each part leaves its rows, what is there is neither
# trained nor measured again, and the column of the worst is right.
#   test_figures.sh path/to/hcsp
set -uo pipefail
hcsp=$(realpath "$1")
script=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../hcsp/figures.py")
source "$(dirname "${BASH_SOURCE[0]}")/support/script.sh"
rm -rf figures && mkdir figures && cd figures || exit 1

play="num_envs=4 batch_size=64 minibatch_size=32"
quick_response="ent_coef=0.01 num_envs=4 batch_size=64 minibatch_size=32 critic_warmup=1"
small=(--hcsp "$hcsp" --run runs --seeds 1,2 --points 4 --rallies 2 --threads 2 --budgets 64 --response-seeds 1 --response-points 4
  --strategy timesteps_full=192 snapshots=2 mixture_max=2 imitate_share=0 $play
  response="$quick_response"
  --coself num_envs=4 batch_size=64 skill_batch_size=256 fine_tune_full=8192 joint_full=64 alone_full=128 points=4 skills=pass
  strategy="algorithm=average physics=flight imitate_share=0 snapshots=2 mixture_max=2 $play")
"$script" "${small[@]}" --only train --only matches --only play >table.txt 2>err.txt ||
  wrong "exit code $?: $(tail -c 400 err.txt)"
[ "$(grep -c ': training$' err.txt)" -eq 4 ] || wrong "wanted four trainings: $(cat err.txt)"
for row in "stage3 against stage2 |" "stage2 against classical_volley (never met) |" "stage3 against itself: draws |" \
  "stage3 against itself: digs by drone 1, 2, 3 |"; do
  grep -qF "| $row" table.txt || wrong "no row '$row': $(cat table.txt)"
done
cmp -s table.txt <(cat runs/figures.md; echo) || wrong "figures.md is not what was printed"

# what was measured says which seed is the worst, and is not measured again
for seed in 1 2; do
  sed -i -E '/"(wins|losses)"/,/"draws"/{s/[0-9]+/0/g}' "runs/stage2-classical-$seed.json"
  python3 - "runs/stage2-classical-$seed.json" $seed <<'END'
import json, sys
table = json.load(open(sys.argv[1]))
table["win_rate"][0][1] = [0.75, 0.5][int(sys.argv[2]) - 1]
json.dump(table, open(sys.argv[1], "w"))
END
done
"$script" "${small[@]}" --only train --only matches >again.txt 2>err.txt || wrong "exit code $?: $(tail -c 400 err.txt)"
[ ! -s err.txt ] || wrong "done again: $(cat err.txt)"
grep -qE '^\| stage2 against classical \(never met, old table\) \| 75.0 % .* \| 50.0 % .* \| seed 2 \|$' again.txt ||
  wrong "the worst of two: $(grep 'stage2 against classical ' again.txt)"

"$script" "${small[@]}" --seeds 1 --only exploit >worst.txt 2>err.txt || wrong "exit code $?: $(tail -c 400 err.txt)"
grep -qE '^\| stage3 exploited after 64 decisions \| ([0-9.]+ % \([0-9.]+-[0-9.]+\), |no point decided)' worst.txt || wrong "no responses: $(cat worst.txt)"

# the ways: as many decisions as the pilot's pace allows, a row each, nothing twice
"$script" "${small[@]}" --seeds 1 --only ways --ways average fsp --pilot 128 --cpu-seconds 0.2 --strategy stop_points=8 payoff_points=4 payoff_points_max=4 \
  probe_points=4 responses=1 exploiters=0 snapshots=2 mixture_max=2 imitate_share=0 $play response="$quick_response" >ways.txt 2>err.txt ||
  wrong "exit code $?: $(tail -c 400 err.txt)"
for way in average fsp; do
  grep -qE "^\| $way \| [0-9,]+ \| [0-9.]+ \([0-9.]+ \+- 0.0\) \|" ways.txt || wrong "no row $way: $(cat ways.txt)"
done
cmp -s ways.txt <(cat runs/ways.md; echo) || wrong "ways.md is not what was printed"

"$script" "${small[@]}" --run bad --strategy nosuch=1 --only train >/dev/null 2>err.txt && wrong "nosuch=1 is taken"
grep -q "nosuch" err.txt && [ "$(grep -c '^figures: ' err.txt)" -eq 1 ] || wrong "bad key: $(cat err.txt)"

if [ $failures -gt 0 ]; then
  echo "$failures failures"
  exit 1
fi
echo "all as wanted"
