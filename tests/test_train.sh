#!/usr/bin/env bash
# Training as a user meets it: a run folder with everything in it, the same weights at any number of
# threads, after kill -9 and after Ctrl-C, damaged checkpoints passed over, one sentence for whatever
# is wrong, and all of Stage I in a few seconds, for both tables that it knows.
#   test_train.sh path/to/hcsp
set -uo pipefail
hcsp=$1
source "$(dirname "${BASH_SOURCE[0]}")/support/script.sh"
rm -rf train && mkdir train && cd train || exit 1

small="num_envs=64 num_steps=16 num_minibatches=2 time_max=2.5 time_min=2 timesteps_smoke=40960"
hover="train skill hover --preset smoke --checkpoint 0 $small"

# --- an uninterrupted run, and the same at two threads
# shellcheck disable=SC2086,SC2046
{
expect 0 "" $hover --run one --threads 1
for file in config.yaml provenance.json metrics.jsonl log.txt policies/hover.safetensors \
  policies/hover_critic.safetensors; do
  [ -s "one/$file" ] || wrong "no $file in the run folder"
done
ls one/events.out.tfevents.* >/dev/null 2>&1 || wrong "no event file in the run folder"
[ "$(ls one/checkpoints | wc -l)" -eq 3 ] || wrong "saw $(ls one/checkpoints | wc -l) checkpoints, wanted 3"
[ "$(wc -l <one/metrics.jsonl)" -eq 40 ] || wrong "saw $(wc -l <one/metrics.jsonl) lines of metrics, wanted 40"
grep -q '"losses/value_loss"' one/metrics.jsonl || wrong "no value loss in metrics.jsonl"
same_tags one
expect 0 "" info one one/policies/hover.safetensors one/policies/hover_critic.safetensors
grep -q "the run is complete" out.txt || wrong "info does not say that the run is complete"
grep -q "episodic_return" out.txt || wrong "info does not say the return: $(cat out.txt)"
reference=$(weights one/policies/hover.safetensors)
expect 0 "" $hover --run two --threads 2
[ "$(weights two/policies/hover.safetensors)" = "$reference" ] || wrong "two threads: other weights"

# --- killed at random moments, resumed with the other number of threads
for round in 1 2; do
  run=killed$round
  tries=0
  "$hcsp" $hover --run $run --threads $round >/dev/null 2>&1 &
  pid=$!
  while sleep "0.$((RANDOM % 3 + 1))"; do
    kill -9 $pid 2>/dev/null || break
    wait $pid 2>/dev/null
    tries=$((tries + 1))
    [ $tries -lt 3 ] || break
    "$hcsp" $hover --run $run $(go_on $run) --threads $((3 - round)) >/dev/null 2>&1 &
    pid=$!
  done
  wait $pid 2>/dev/null
  expect 0 "" $hover --run $run $(go_on $run) --threads $round
  [ "$(weights $run/policies/hover.safetensors)" = "$reference" ] ||
    wrong "killed $tries times: other weights"
  cut -d, -f1,3- $run/metrics.jsonl >metrics.seen
  cut -d, -f1,3- one/metrics.jsonl >metrics.wanted
  cmp -s metrics.seen metrics.wanted || wrong "killed $tries times: other metrics"
done

# --- Ctrl-C: a checkpoint, exit code 130, the command to resume; then the same weights
"$hcsp" $hover --run stopped --threads 2 >/dev/null 2>err.txt &
pid=$!
sleep 0.3
kill -INT $pid
wait $pid
code=$?
if [ $code -eq 130 ]; then
  grep -q -- "to go on: .*--resume" err.txt || wrong "Ctrl-C: no command to resume: $(tail -1 err.txt)"
elif [ $code -ne 0 ]; then
  wrong "Ctrl-C: exit code $code"
fi
expect 0 "" $hover --run stopped $(go_on stopped)
[ "$(weights stopped/policies/hover.safetensors)" = "$reference" ] || wrong "Ctrl-C: other weights"

# --- the newest checkpoints are damaged: one cut, one with a flipped byte
cp -r one damaged
rm damaged/policies/*
newest=$(ls damaged/checkpoints/*.safetensors | tail -1)
before=$(ls damaged/checkpoints/*.safetensors | tail -2 | head -1)
truncate -s -100 "$newest"
printf '\xff' | dd of="$before" bs=1 seek=20000 conv=notrunc 2>/dev/null
expect 0 "$(basename "$newest")" $hover --run damaged --resume
grep -q "$(basename "$before")" err.txt || wrong "the flipped checkpoint is not named"
[ "$(weights damaged/policies/hover.safetensors)" = "$reference" ] || wrong "damage: other weights"

# --- refused with one sentence
expect 3 "one: .*--resume" $hover --run one
expect 3 "one: saw a run in this folder.* cannot be resumed .*another configuration" $hover --run one learning_rate=0.002
expect 3 "nowhere" $hover --run nowhere --resume
expect 3 "budget of 40960 decisions; wanted 81920" $hover --run one --resume timesteps_smoke=81920
expect 3 "another configuration" $hover --run one --resume learning_rate=0.002
expect 3 "seed 1; wanted 2" $hover --run one --resume --seed 2
critic="train skill serve --preset smoke $small timesteps_smoke=2048 --run priced"
cp one/policies/hover_critic.safetensors critic.safetensors
expect 0 "" $critic --critic critic.safetensors
cp two/policies/hover_critic.safetensors critic.safetensors
expect 0 "" $critic --critic critic.safetensors --resume
expect 3 "was begun with another .*policies/skills/hover_critic.safetensors \(critic\)" $critic --resume
grep -q '"file": "critic.safetensors"' priced/provenance.json || wrong "the provenance does not name the critic"
expect 2 "gama.*wanted 'gamma'" $hover --run x gama=0.9
expect 2 "'discount': saw an unknown key, wanted 'gamma', its name today" $hover --run x discount=0.9
expect 2 "'kl': saw an unknown key, wanted 'target_kl', its name today" $hover --run x kl=0.01
expect 2 "clip_coef.*saw 3, wanted a number from 0 to 1" $hover --run x clip_coef=3
expect 2 "wanted hover, serve" train skill hoover --run x
expect 2 "wanted: skill NAME" train everything --run x
expect 2 "preset 'huge'" train skill hover --preset huge
expect 2 "device 'tpu'" train skill hover --device tpu
expect 3 "missing.yaml" train skill hover --run x --config missing.yaml
expect 3 "missing.safetensors" train skill serve --run x --critic missing.safetensors
[ ! -e x ] || wrong "a refused run left a folder"

# --- Stage I in small for both tables, and teams that play
stage="train skills --preset smoke $small timesteps_smoke=8192 again_smoke=4096"
expect 0 "" $stage --run stage --threads 1
for part in hover_a serve set attack pass volley_dig volley_save volley_attack volley_set hover; do
  [ -s stage/$part/metrics.jsonl ] || wrong "Stage I: no part $part"
done
expect 0 "" $stage options=court --run court
for part in hover_a serve set attack receive pass hover; do
  [ -s court/$part/metrics.jsonl ] || wrong "Stage I of the table court: no part $part"
done
expect 2 "options=paper; wanted volley or court" $stage options=paper --run x

# --- its widest strike is gone, and what came after that: made again, the same
cp -r stage again
rm -r again/volley_set again/hover again/policies again/team.yaml
touch before
expect 0 "" $stage --run again --resume --threads 2
[ -z "$(find again/pass/policies again/hover_a/policies -newer before -type f)" ] || wrong "policies of complete parts are written anew"
}
for policy in volley_dig volley_save volley_attack volley_set volley_hover hover_critic; do
  [ "$(weights again/policies/$policy.safetensors)" = "$(weights stage/policies/$policy.safetensors)" ] ||
    wrong "Stage I, taken up again: other weights of $policy"
done
[ "$(weights stage/policies/volley_save.safetensors)" != "$(weights stage/policies/volley_dig.safetensors)" ] ||
  wrong "two skills that go on from one learnt the same"
grep -q '"file": "stage/pass/policies/pass.safetensors"' stage/volley_dig/provenance.json ||
  wrong "the dig does not go on from the pass of its run"
grep -q "pass: policies/volley_dig" stage/team.yaml && grep -q "receive: policies/volley_save" stage/team.yaml &&
  grep -q "goto: policies/volley_hover" stage/team.yaml && grep -q "options: volley" stage/team.yaml ||
  wrong "the team of the table volley: $(cat stage/team.yaml)"
grep -q "receive: policies/receive" court/stage1_plus.yaml || wrong "the team of the table court: $(cat court/stage1_plus.yaml)"
expect 0 "" info stage
grep -q "stage: 10 runs" out.txt || wrong "info does not count the parts of a stage"
expect 0 "" play --near stage --far court --rallies 4
# shellcheck disable=SC2086
expect 3 "stage/hover_a: saw a run in this folder.*--resume" $stage --run stage
[ $failures -eq 0 ] && echo "training: all well"
exit $((failures > 0))
