#!/usr/bin/env bash
# hcsp/ablations.py with the smallest trainings there are: ablations leave rows and a picture, what is
# trained is not trained again, and what goes wrong is one sentence.
#   test_ablations.sh path/to/hcsp
set -uo pipefail
hcsp=$(realpath "$1")
script=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../hcsp/ablations.py")
source "$(dirname "${BASH_SOURCE[0]}")/support/script.sh"
rm -rf ablations && mkdir ablations && cd ablations || exit 1

small=(--hcsp "$hcsp" --run runs --steps 8192 --decisions 128 --points 4 --threads 2
  --skill num_envs=64 num_steps=16 num_minibatches=2
  --strategy num_envs=4 batch_size=64 minibatch_size=32 snapshots=2 exploiters=0 responses=2 payoff_points=4 payoff_points_max=4 probe_points=4)
"$script" "${small[@]}" --only chaining --only masks --only play >table.txt 2>err.txt ||
  wrong "exit code $?: $(tail -c 400 err.txt)"
for name in chaining masks play; do
  rows=$(grep -c "^$name," runs/ablations.csv)
  [ "$rows" -ge 3 ] || wrong "$name: $rows rows"
done
grep -q '| won from stage2_court | [0-9.]* % (' table.txt || wrong "no table: $(cat table.txt)"
[ "$(grep -c '<svg' runs/ablations.html)" -ge 2 ] || wrong "wanted pictures of masks and play: $(grep -c '<svg' runs/ablations.html)"
grep -qE '[nN]an[^a-z]|None|[" ]inf' runs/ablations.html && wrong "no number in the page"
python3 - runs/ablations.html <<'END' || wrong "a picture is not whole"
import re, sys, xml.dom.minidom
for picture in re.findall("<svg.*?</svg>", open(sys.argv[1]).read(), re.S):
    assert xml.dom.minidom.parseString(picture).getElementsByTagName("text")
END
[ "$(grep -c ': training' err.txt)" -eq 4 ] || wrong "wanted four trainings: $(cat err.txt)"
cp runs/ablations.csv first.csv

"$script" "${small[@]}" --only masks --only chaining >table.txt 2>err.txt || wrong "again: exit code $?"
grep -q ': training' err.txt && wrong "trained again: $(cat err.txt)"
while read -r line; do
  grep -qF "$line" first.csv || wrong "other figures from the same runs: $line"
done <runs/ablations.csv

"$script" --hcsp /none --run other >out.txt 2>err.txt && wrong "ran without a program"
[ "$(wc -l <err.txt)" -eq 1 ] || [ "$(grep -vc ': training' err.txt)" -eq 1 ] || wrong "more than a sentence: $(cat err.txt)"

[ "$failures" -eq 0 ] && echo "ablations: all well"
exit $((failures > 0))
