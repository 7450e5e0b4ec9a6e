#!/usr/bin/env bash
# The pipeline as a user meets it, with the smallest trainings there are and none of the weights and
# teams that ship, since what comes from nothing needs none of them (a whole preset may): killed with -9 at random
# moments it ends with the same weights, what is done is not done again, what was changed behind its
# back is refused, and full disks, read-only folders and wrong files are one sentence each.
#   test_pipeline.sh path/to/hcsp [KILLS [PRESET]]
# KILLS: random kills, default 2. PRESET: kills the whole preset instead, and leaves the rest out
# (pipeline_smoke of ./tests/run.sh --long; or by hand, with HCSP_HOME=$PWD).
set -uo pipefail
hcsp=$(realpath "$1")
kills=${2:-2}
preset=${3:-}
script=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../hcsp/pipeline.sh")
source "$(dirname "${BASH_SOURCE[0]}")/support/script.sh"
tree=$(dirname "$(dirname "$script")")
rm -rf pipeline && mkdir pipeline && cd pipeline || exit 1
mkdir -p home/policies && cp -r "$tree/assets" "$tree/configs" home && export HCSP_HOME=$PWD/home

# expect CODE PATTERN ARGUMENTS...: the exit code, and one sentence on stderr that matches PATTERN
expect() {
  local code=$1 pattern=$2 seen
  shift 2
  HCSP=$hcsp "$script" "$@" >out.txt 2>err.txt </dev/null
  seen=$?
  [ "$seen" -eq "$code" ] || wrong "$*: exit code $seen, wanted $code: $(tail -c 300 err.txt)"
  [ "$code" -eq 0 ] || [ "$(grep -vc '^\[' err.txt)" -eq 1 ] || wrong "$*: more than one sentence: $(cat err.txt)"
  [ -z "$pattern" ] || grep -qE -- "$pattern" err.txt ||
    wrong "$*: stderr '$(tail -c 300 err.txt)', wanted /$pattern/"
}

# the numbers of a policy file, without the header with its provenance, which names the commit
weights() { tail -c "+$((9 + $(od -An -tu8 -N8 "$1")))" "$1" | sha256sum; }

# what a run has learnt and decided
result() {
  (cd "$1" && find stage1 stage2 stage3 -path '*policies*' -name '*.safetensors' | sort |
    while read -r file; do
      sha256sum "$file"
    done && cat stage1/team.yaml stage2/team.yaml stage3/team.yaml) |
    sha256sum | cut -c1-16
}

small=(--preset smoke --checkpoint 0 strategy.team=stage1/team.yaml coself.team=stage2/team.yaml
  skills.num_envs=64 skills.num_steps=16 skills.num_minibatches=2 skills.time_max=2.5 skills.time_min=2
  skills.timesteps_smoke=8192 skills.again_smoke=4096
  strategy.num_envs=4 strategy.batch_size=64 strategy.minibatch_size=32 strategy.timesteps_smoke=128
  strategy.snapshots=2 strategy.probe_points=4
  coself.num_envs=4 coself.batch_size=64 coself.skill_batch_size=256 coself.skill_num_minibatches=2
  coself.joint_smoke=128 coself.alone_smoke=128 coself.points=4 coself.fine_tune_smoke=4096
  "coself.strategy_smoke=num_envs=4 batch_size=64 minibatch_size=32 snapshots=2 probe_points=4"
  episodes=2 points=4 rallies=2 match=2)
if [ -n "$preset" ]; then
  small=(--preset "$preset" --checkpoint 2)
  cp -r "$tree/policies" home
fi

# a random number of milliseconds below $1, as seconds
random_below() { awk -v r=$RANDOM -v m="$1" 'BEGIN { printf "%.3f", 0.05 + m * r / 32768e3 }'; }

# --- an uninterrupted run
begin=$(date +%s%N)
expect 0 "" "${small[@]}" --run one --threads 2
took=$((($(date +%s%N) - begin) / 1000000))
reference=$(result one)
for file in report.md report.html payoffs.svg stage2/report.html stage2/wins.svg stage1/team.yaml stage2/team.yaml stage3/team.yaml match/index.jsonl results/teams.json; do
  [ -s one/$file ] || wrong "no $file"
done
[ "$(grep -c ': done, ' err.txt)" -eq 11 ] || wrong "not every stage ran: $(cat err.txt)"
[ "$(weights one/stage1/policies/volley_set.safetensors)" != "$(weights one/stage1/policies/volley_attack.safetensors)" ] ||
  wrong "two skills learnt the same"
[ "$(find one/stage3 -path '*policies*' -name '*.safetensors' | wc -l)" -ge 7 ] || wrong "Stage III left too little"
for part in stage2 stage3/together stage3/strategy; do
  [ "$preset" = smoke ] || cmp -s one/stage1/policies/hover_critic.safetensors one/$part/policies/skills/hover_critic.safetensors ||
    wrong "$part goes on with another critic than Stage I has learnt"
done
team=$("$hcsp" info one/stage3/team.yaml | sed -n '1s/.*hash //p')
grep -q "Team 'stage3' (hash ${team:-none})" one/stage3/report.md || wrong "Stage III reports another team than its own"
grep -iwnE "nan|inf" one/report.md one/*/report.md | head -3 >nan.txt
[ ! -s nan.txt ] || wrong "numbers that are none: $(cat nan.txt)"
grep -q 'src="data:image/svg' one/report.html || wrong "no picture in the page"
grep -q 'href="stage2/report.html"' one/report.html || wrong "the page has no link to Stage II"
grep -q "stage3" one/report.md || wrong "the report does not know Stage III"
grep -q "hcsp-view one/match --record" one/report.md || wrong "the report has no command for a video"
"$hcsp" info --verify one/match >out.txt 2>&1 || wrong "the match does not replay: $(tail -2 out.txt)"

# --- killed at random moments, with all its processes left to themselves
for ((i = 1; i <= kills; i++)); do
  HCSP=$hcsp "$script" "${small[@]}" --run killed --threads $((1 + i % 2)) >/dev/null 2>&1 </dev/null &
  pid=$!
  sleep "$(random_below $((2 * took / (kills + 2))))"
  kill -9 $pid 2>/dev/null
  wait $pid 2>/dev/null
  echo "kill $i: $(tail -n 1 killed/pipeline.log 2>/dev/null)"
done
expect 0 "" "${small[@]}" --run killed --threads 2
[ "$(result killed)" = "$reference" ] || wrong "killed $kills times: other weights"
"$hcsp" info --verify killed/match >out.txt 2>&1 || wrong "killed: the match does not replay"

finish() {
  [ $failures -eq 0 ] && echo "pipeline: all well"
  exit $((failures > 0))
}
[ -z "$preset" ] || finish

# --- done is done
expect 0 "" "${small[@]}" --run one
[ "$(grep -c 'done before, whole' err.txt)" -eq 11 ] || wrong "a finished run did something again: $(cat err.txt)"

# --- figures that are damaged or missing are measured again
rm one/results/own2.json
echo broken >one/results/teams.json
expect 0 "stages against each other: done," "${small[@]}" --run one
grep -q win_rate one/results/teams.json || wrong "the broken figures stayed"
[ -s one/results/own2.json ] || wrong "the missing figures stayed away"

# --- refused: arguments
expect 3 "holds a run with .*--seed 1 .*; wanted --seed 2 .*another --run" "${small[@]}" --run one --seed 2
expect 2 "wanted smoke, quick or full" --preset huge --run none
expect 2 "did you mean 'points'" --run none pionts=4
expect 2 "points=6; wanted a multiple of 4" --run none points=6
expect 2 "gama.*wanted 'gamma'" --run none skills.gama=0.9
expect 2 "nosuch" --run none strategy.nosuch=1
expect 2 "nosuch" --run none coself.nosuch=1
expect 2 "skills.options=court; wanted options=volley" --run none skills.options=court
[ ! -e none ] || wrong "a refused run left a folder"

# --- refused: what a stage starts from is not what the one before wrote
cp -r one changed
policy=changed/stage1/policies/volley_set.safetensors
printf '\x01' | dd of=$policy bs=1 seek=20000 conv=notrunc 2>/dev/null
expect 3 "$policy: saw content .*, wanted .*stage 'skills' wrote; put it back" "${small[@]}" --run changed
cp one/stage1/policies/serve.safetensors $policy
expect 3 "$policy: saw content .*stage 'skills' wrote" "${small[@]}" --run changed
rm $policy
expect 3 "$policy: missing, wanted what stage 'skills' wrote" "${small[@]}" --run changed
cp one/stage1/policies/volley_set.safetensors $policy
echo "" >>changed/stage2/team.yaml
expect 3 "changed/stage2/team.yaml: saw content" "${small[@]}" --run changed
rm -r changed/stage2
expect 0 "Stage II, strategy: done," "${small[@]}" --run changed
[ "$(result changed)" = "$reference" ] || wrong "Stage II made again: other weights"

# a start that ships, which is not there
rm -r changed/pipeline.json changed/stage[23]
expect 2 "Stage II, strategy: starts from team stage1_none, not from what the stage before makes" "${small[@]}" --run changed strategy.team=stage1_none
grep -q "hcsp: .*stage1_none" err.txt || wrong "the team that is missing is not named: $(tail -1 err.txt)"

# a policy of another layout, and a missing one
rm -rf changed/pipeline.json changed/stage[23]
start=$PWD/one/stage1/policies/volley_hover.safetensors
expect 3 "$start: saw a skill policy, wanted a strategy" "${small[@]}" --run changed "strategy.start=$start"
rm -r changed/pipeline.json
expect 3 "$start.gone.*wanted a readable file" "${small[@]}" --run changed "strategy.start=$start.gone"

# --- refused: an input from outside the run has changed
touched() { printf '# changed\n' >>"$1" && expect 3 "$1: saw content .*stage '$2' was begun with; put it back" "${small[@]}" --run one && sed -i '$d' "$1"; }
touched home/configs/coself/default.yaml coself
touched home/configs/options/volley.yaml strategy
touched home/assets/drone.xml skills
sed -i 's/^# /# A word. /' home/configs/options/paper.yaml
expect 3 "configs/options/paper.yaml" "${small[@]}" --run one
cp "$tree/configs/options/paper.yaml" home/configs/options
expect 0 "" "${small[@]}" --run one

# --- two at a time
exec 9>>one/pipeline.lock
flock 9
expect 3 "another pipeline at work" "${small[@]}" --run one
exec 9>&-

# --- Ctrl-C, then a full and a read-only disk, in one run; without the right to mount, files of at most 40 kB
disk() { mount -t tmpfs -o size=600k tmpfs disk 2>/dev/null; }
mkdir disk
mounted=no
if [ "$(id -u)" -eq 0 ] && disk; then
  mounted=yes
  trap 'umount disk' EXIT
  expect 4 "No space left" "${small[@]}" --run disk/run
  mount -o remount,size=64m,ro disk
  expect 1 "Read-only file system" "${small[@]}" --run disk/run
  mount -o remount,rw disk
else
  expect 1 "" "${small[@]}" --run /proc/none
fi
HCSP=$hcsp "$script" "${small[@]}" --run disk/run >/dev/null 2>err.txt </dev/null &
pid=$!
# in the middle of the work, however fast the machine is by now
stages=$((1 + RANDOM % 4))
while [ "$(grep -c ': done, ' err.txt)" -lt $stages ] && kill -0 $pid; do
  sleep 0.05
done
sleep "$(random_below 300)"
kill -INT $pid
wait $pid
code=$?
[ $code -eq 130 ] || wrong "Ctrl-C: exit code $code: $(cat err.txt)"
grep -q "^hcsp: .*goes on" err.txt || wrong "Ctrl-C: $(cat err.txt)"
[ $mounted = yes ] || (
  ulimit -f 40
  expect 4 "" "${small[@]}" --run disk/run
  exit $failures
) || failures=$((failures + 1))
expect 0 "" "${small[@]}" --run disk/run
[ "$(result disk/run)" = "$reference" ] || wrong "after a full disk, a read-only one and Ctrl-C: other weights"
finish
