#!/usr/bin/env bash
# Who moves the bodies (`physics: mujoco | flight`), as a user meets it: in the log and its replay, in the run
# folder of every recipe, in `hcsp info`; a resume with the other one is refused.
#   test_engine.sh path/to/hcsp
set -uo pipefail
hcsp=$1
source "$(dirname "${BASH_SOURCE[0]}")/support/script.sh"
rm -rf engine && mkdir engine && cd engine || exit 1

# --- logs replay with the engine that wrote them
for physics in mujoco flight; do
  expect 0 "" play --near stage1 --far stage1 --rallies 2 --seed 3 --log $physics --physics $physics --json
  grep -q "\"physics\": \"$physics\"" out.txt || wrong "play --json: no physics $physics"
  expect 0 "" info $physics --verify
  grep -q "physics $physics" out.txt || wrong "info: the log does not say $physics"
  grep -q "every row bit for bit" out.txt || wrong "the log of $physics does not replay"
done
expect 2 "'physx'; wanted mujoco or flight" play --physics physx

# --- the same for worlds; a log of a world that has changed is refused, one of an unknown one, too
for world in calm real; do
  expect 0 "" play --near stage1 --far stage1 --rallies 2 --seed 3 --log $world --world $world --json
  grep -q "\"world\": \"$world\"" out.txt || wrong "play --json: no world $world"
  expect 0 "" info $world --verify
  grep -q "world $world" out.txt || wrong "info: the log does not say $world"
  grep -q "every row bit for bit" out.txt || wrong "the log of $world does not replay"
done
printf 'description: mine\nball_mass: 0.02\n' >mine.yaml
expect 0 "" play --near stage1 --far stage1 --rallies 2 --log mine --world mine.yaml
expect 0 "" info mine --verify
printf 'description: mine\nball_mass: 0.03\n' >mine.yaml
expect 3 "played in world 'mine.yaml' with numbers [0-9a-f]*; saw world 'mine.yaml'" info mine --verify
rm mine.yaml
expect 3 "the log's world: .*mine.yaml" info mine --verify
expect 2 "world 'nosuch'" play --world nosuch
expect 0 "" eval skill goto --team stage1 --episodes 8 --world real --json
expect 0 "" eval teams stage1 classical --points 4 --world calm --json

# --- the key of each recipe, in its run folder and its report
small="num_envs=16 num_steps=8 num_minibatches=2 time_max=2.5 time_min=2 timesteps_smoke=1024"
strategy="team=stage1_plus num_envs=4 batch_size=64 minibatch_size=32 timesteps_smoke=64 snapshots=2 payoff_points=4 probe_points=4
  probe_budget=0 exploiters=0 opponents=bot_plus held_out=random"
flat="num_envs=2 num_steps=8 timesteps_smoke=400 report_points=4"
# shellcheck disable=SC2086
{
for physics in mujoco flight; do
  expect 0 "" train skill hover --preset smoke $small --run skill-$physics physics=$physics
  expect 0 "" train strategy algorithm=naive --preset smoke $strategy --run strategy-$physics physics=$physics
  expect 0 "" train flat algorithm=sp --preset smoke $flat --run flat-$physics physics=$physics
  for recipe in skill strategy flat; do
    expect 0 "" info $recipe-$physics
    grep -q "physics $physics" out.txt || wrong "info: the run of $recipe does not say $physics"
    grep -q "^physics: \"*$physics" $recipe-$physics/config.yaml || wrong "$recipe: config.yaml does not say $physics"
  done
  for recipe in strategy flat; do
    grep -q "learnt with physics $physics, measured with mujoco" $recipe-$physics/report.md ||
      wrong "$recipe: the report does not say who measured"
  done
done
# the hash of the model that moved the bodies
model() { grep -A 4 '"model"' "$1/provenance.json" | grep '"hash"'; }
for recipe in skill strategy flat; do
  [ "$(model $recipe-mujoco)" != "$(model $recipe-flight)" ] || wrong "$recipe: the same model, whatever the key says"
done
expect 3 "was begun with physics flight; saw physics mujoco" \
  train skill hover --preset smoke $small --run skill-flight --resume physics=mujoco
expect 3 "was begun with physics mujoco; saw physics flight" \
  train strategy algorithm=naive --preset smoke $strategy --run strategy-mujoco --resume physics=flight
expect 0 "" train skill hover --preset smoke $small --run skill-real --world real
expect 0 "" info skill-real
grep -q "world real" out.txt || wrong "info: the run does not say its world"
expect 3 "was begun with world real; saw world paper" train skill hover --preset smoke $small --run skill-real --resume
expect 2 "world 'nosuch'" train skill hover --preset smoke $small --run none --world nosuch
expect 0 "" train strategy algorithm=naive --preset smoke $strategy --run strategy-real world=real
expect 0 "" train skill hover --preset smoke $small --run skill-ctbr action=ctbr
expect 0 "" info skill-ctbr/policies/hover.safetensors
grep -q "acts ctbr4" out.txt || wrong "info: the policy does not say ctbr4"
expect 0 "" eval skill goto --policy skill-ctbr/policies/hover.safetensors --episodes 8 --json
expect 2 "action" train skill hover --preset smoke $small --run none action=wheels
expect 2 "wanted mujoco or flight" train flat algorithm=sp --preset smoke $flat --run warp physics=warp
}

if [ $failures -gt 0 ]; then
  echo "$failures failures"
  exit 1
fi
echo "all as wanted"
