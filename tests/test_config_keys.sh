#!/usr/bin/env bash
# Configuration keys: the table that --help-config prints, and the sentences for files that do not fit.
#   test_config_keys.sh path/to/hcsp
set -uo pipefail
hcsp=$1
source "$(dirname "${BASH_SOURCE[0]}")/support/script.sh"
rm -rf config_keys && mkdir config_keys && cd config_keys || exit 1

# --- what --help-config lists is what the shipped file sets
for recipe in strategy flat coself; do
  "$hcsp" train $recipe --help-config >listed.txt 2>err.txt || wrong "--help-config of $recipe: $(cat err.txt)"
  awk '/^[a-z_]+:( |$)/ {section = ""; key = $1} /^  [a-z_]+:/ {key = section $1} {sub(/:.*/, "", key)}
       /^[a-z_]+:( *$| *#)/ {section = key "."; next} key && /^ ? ?[a-z_]+:/ {print key}' \
    "$HCSP_HOME/configs/$recipe/default.yaml" | sort >set.txt
  sed 1d listed.txt | awk '{print $1}' | sort | diff - set.txt >diff.txt || wrong "--help-config of $recipe: $(cat diff.txt)"
  grep -qE "num_envs +integer 1 to [0-9]+ +[0-9]+ matches +side by side" listed.txt || wrong "--help-config of $recipe: no range of num_envs"
done
"$hcsp" train flat --help-config gamma=0.5 >listed.txt
grep -qE "^ppo.gamma +number 0 to 1 +0.5 +discount" listed.txt || wrong "--help-config gamma=0.5"
expect 2 "wanted skill NAME, strategy, flat or coself" train skills --help-config
for skill in hover serve keep_up; do
  "$hcsp" train skill $skill --help-config gamma=0.5 >listed.txt 2>err.txt || wrong "--help-config of $skill: $(cat err.txt)"
  grep -qE "^gamma +number 0 to 1 +0.5 +discount" listed.txt || wrong "--help-config of $skill: no gamma=0.5"
  for key in $(sed -n '/^starts:/q; s/^\([a-z_]*\):.*/\1/p' "$HCSP_HOME/configs/skills/$skill.yaml" | grep -vxE "task|slots|physics|net"); do
    grep -qE "^$key +(number|integer) .* [a-zA-Z]" listed.txt || wrong "--help-config of $skill: no $key"
  done
done

# --- a file
for line in "entropy: 0|'ppo.ent_coef', its name today" "gamma: 0.9|'ppo.gamma'" "ppo: {clip: 0.1}|'clip_coef', its name today" \
  "ppo: {gamma: 2}|key 'ppo.gamma': saw 2, wanted a number from 0 to 1" "ppo: {gamma: .inf}|key 'ppo.gamma': saw '.inf'" \
  "env: {num_envs: 1.5}|wanted a whole number" "env: 3|wanted a mapping" "ppo: {gamma: 0, gamma: 1}|the key again"; do
  echo "${line%%|*}" >keys.yaml
  expect 3 "keys.yaml:1:[0-9]+: .*${line#*|}" train flat --help-config --config keys.yaml
done

[ $failures -eq 0 ] && echo "all as wanted"
exit $((failures > 0))
