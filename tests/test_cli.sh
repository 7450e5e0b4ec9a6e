#!/usr/bin/env bash
# The program as a user meets it: help, exit codes, one sentence for every wrong argument, a match
# that is the same at any number of threads, a log that replays, exports, and Ctrl-C.
#   test_cli.sh path/to/hcsp
set -uo pipefail
hcsp=$1
source "$(dirname "${BASH_SOURCE[0]}")/support/script.sh"
rm -rf cli && mkdir cli && cd cli || exit 1

# expect CODE PATTERN ARGUMENTS...: the exit code, and one line on stderr that matches PATTERN
expect() {
  local code=$1 pattern=$2 seen
  shift 2
  "$hcsp" "$@" >out.txt 2>err.txt </dev/null
  seen=$?
  [ "$seen" -eq "$code" ] || wrong "hcsp $*: exit code $seen, wanted $code: $(head -c 300 err.txt)"
  if [ -n "$pattern" ]; then
    grep -qE -- "$pattern" err.txt || wrong "hcsp $*: stderr '$(head -c 300 err.txt)', wanted /$pattern/"
    # argp adds a line that names --help, and breaks it where the name of the command is long
    [ "$(grep -vcE -- '--help|^information\.$' err.txt)" -eq 1 ] || wrong "hcsp $*: not one sentence: $(cat err.txt)"
  fi
}

# --- help and usage
expect 0 "" --help
grep -q "Exit codes" out.txt || wrong "help does not tell the exit codes"
for command in play export info eval bench; do
  expect 0 "" "$command" --help
  grep -q "Usage: hcsp $command" out.txt || wrong "hcsp $command --help does not name itself"
done
expect 0 "" --version
grep -q "MuJoCo 4.0.1" out.txt || wrong "--version does not name MuJoCo"
expect 2 "unknown command 'pley'.*did you mean 'play'" pley
expect 2 "unknown command 'xyzzy'.*wanted one of" xyzzy
"$hcsp" >out.txt 2>err.txt; [ $? -eq 2 ] || wrong "no command: exit code"
expect 2 "rallies: '0'; wanted a whole number from 1" play --rallies 0
expect 2 "rallies: '-3'" play --rallies -3
expect 2 "rallies: '3x'" play --rallies 3x
expect 2 "rallies: ''" play --rallies ''
expect 2 "rallies: '99999999999999999999'" play --rallies 99999999999999999999
expect 2 "seed: '-1'" play --seed -1
expect 2 "seed: 'one'" play --seed one
expect 2 "threads: '0'" play --threads 0
expect 2 "threads: '1000'" play --threads 1000
expect 2 "rules: 'beach'; wanted court" play --rules beach
expect 2 "unrecognized option" play --ralies 3
expect 2 "requires an argument" play --rallies
expect 2 "'stray'; wanted options only" play stray
expect 2 "nobody" play --near nobody
expect 2 "nobody" play --far nobody
expect 3 "missing.yaml" play --near ./missing.yaml
expect 2 "no log; wanted" export
expect 2 "to: 'xlsx'; wanted csv, json, h5 or html" export --to xlsx log
expect 2 "'second'; wanted one log" export first second
expect 3 "missing" export missing
expect 2 "obs: 'goto27'; wanted a layout" export --to h5 --obs goto27 log
expect 2 "obs goes with --to h5" export --obs goto26 log
expect 3 "missing: cannot be opened" info missing
echo text >note.txt
expect 3 "note.txt: unknown kind of file" info note.txt
expect 2 "rallies: 'few'" info --rallies few
expect 2 "no measurement; wanted one of: skill" eval
expect 2 "'skil' \(did you mean 'skill'\?\); wanted" eval skil
expect 0 "" eval skill --help
expect 2 "no skill; wanted all or a skill" eval skill
expect 2 "'srve' \(did you mean 'serve'\?\); wanted all or one of goto" eval skill srve
expect 2 "'set'; wanted one skill" eval skill serve set
expect 2 "episodes: '0'" eval skill serve --episodes 0
expect 2 "targets: 'near'; wanted wide or match" eval skill serve --targets near
expect 2 "starts: 'far'; wanted published or wide" eval skill goto --starts far
expect 2 "map with goto; wanted serve" eval skill goto --map map.csv
expect 2 "map with all; wanted serve" eval skill all --map map.csv
expect 2 "policy: 'x.safetensors' with all; wanted classical" eval skill all --policy x.safetensors
expect 2 "nobody" eval skill serve --team nobody
expect 3 "missing.safetensors" eval skill serve --policy missing.safetensors
expect 2 "no measurement; wanted" bench
expect 2 "'gpu'; wanted physics" bench gpu
expect 2 "'nets'; wanted one thing" bench physics nets

# --- what ships
mkdir -p pipe/stage1
echo 'a: 1' >pipe/stage1/config.yaml
echo '{"format": "hcsp-pipeline", "version": 1, "arguments": "--preset smoke --seed 1",
  "stages": {"skills": {"state": "done", "seconds": 61.2}, "strategy": {"state": "begun"}}}' >pipe/pipeline.json
expect 0 "" info pipe
grep -q "pipeline, 1 of [0-9]* stages done, begun with --preset smoke --seed 1" out.txt || wrong "info on a pipeline: $(cat out.txt)"
grep -Eq "skills +done +61 s" out.txt && grep -Eq "strategy +begun" out.txt && grep -Eq "coself +open" out.txt ||
  wrong "info on the stages of a pipeline: $(cat out.txt)"
grep -q "stage1 *no figures yet" out.txt || wrong "info on the runs of a pipeline: $(cat out.txt)"
echo '{"stages": 3}' >pipe/pipeline.json
expect 3 "pipe/pipeline.json: saw no list of stages" info pipe
expect 0 "" info
grep -q "classical" out.txt || wrong "info does not list the team 'classical'"
grep -q "strategy100" out.txt || wrong "info does not list the layouts"
expect 0 "" info "$HCSP_HOME/policies/teams/classical.yaml" "$HCSP_HOME/configs/options/paper.yaml"
grep -q "team 'classical'" out.txt || wrong "info on a team file"
grep -q "option table 'paper'" out.txt || wrong "info on an option table"

# --- a match is the same at any number of threads
short="--near stage1_plus --far stage1_plus --rules paper --seed 3"
for threads in 1 2 5; do
  # shellcheck disable=SC2086
  "$hcsp" play --rallies 8 $short --threads $threads --json >"json$threads" 2>/dev/null ||
    wrong "play with $threads threads"
  grep -v '"seconds"\|"steps_per_second"' "json$threads" >"figures$threads"
done
cmp -s figures1 figures2 && cmp -s figures1 figures5 || wrong "threads change the figures"
grep -q '"rallies": 8' json1 || wrong "json has no rallies"
grep -q '"nonfinite": 0,' json1 || wrong "json does not count outputs that are not finite"
python3 -c 'import json,sys; json.load(open("json1"))' 2>/dev/null || ! command -v python3 >/dev/null ||
  wrong "json does not parse"

# --- a skill measured: the same at any number of threads, every field there
for threads in 1 3; do
  "$hcsp" eval skill pass --episodes 6 --seed 3 --threads $threads --json 2>/dev/null |
    grep -v '"cpu_seconds"' >"skill$threads" || wrong "eval skill with $threads threads"
done
cmp -s skill1 skill3 || wrong "threads change the figures of a skill"
for field in episodes skipped hit_rate success_rate error_mean error_p90 apex_mean apex_std \
  speed_mean landing_speed_mean fall_rate clearance_p10 side_rate survive_rate crash_rate low high \
  faults; do
  grep -q "\"$field\":" skill1 || wrong "eval skill: no field $field"
done
expect 0 "" eval skill all --policy classical --episodes 2
[ "$(grep -c "_hover \|^goto\|^serve\|^receive\|^pass\|^set\|^attack" out.txt)" -eq 11 ] ||
  wrong "eval skill all: not eleven lines: $(cat out.txt)"
expect 0 "" eval skill volley_dig --policy "$HCSP_HOME/policies/skills/pass.safetensors" --episodes 40
grep -q "by effort, m/s2, to the own side" out.txt || wrong "eval skill volley_dig: no table by effort"
for strike in attack save set; do
  expect 0 "" eval skill volley_$strike --policy "$HCSP_HOME/policies/skills/volley/$strike.safetensors" --episodes 60 --json
  python3 -c 'import json,sys
rows=[r for r in json.load(open("out.txt"))["rows"] if r["by"]=="family"]
sys.exit(sum(r["hits"] for r in rows) < 0.75 * sum(r["n"] for r in rows))' || wrong "volley/$strike: hits fewer than three in four"
done
expect 2 "volley_dig draws starts of its own" eval skill volley_dig
expect 2 "saw the task 'hover', wanted one that strikes" eval skill volley_hover --policy "$HCSP_HOME/policies/skills/pass.safetensors"
expect 3 "saw the layout hover27, wanted strike43" eval skill volley_dig --policy "$HCSP_HOME/policies/skills/hover.safetensors"
expect 0 "" eval skill serve --team stage1 --episodes 1 --map map.csv
[ "$(wc -l <map.csv)" -eq 151 ] || wrong "map.csv has $(wc -l <map.csv) lines"

# --- teams against each other
expect 2 "no team; wanted at least two" eval teams
expect 2 "one team only; wanted at least two" eval teams classical
expect 2 "points: '10'; wanted a multiple of 4" eval teams classical classical --points 10
expect 2 "points: '0'; wanted a whole number from 4" eval teams classical classical --points 0
expect 2 "nobody.*classical" eval teams classical nobody
expect 3 "missing.yaml" eval teams classical missing.yaml
expect 2 "rules: 'beach'" eval teams classical classical --rules beach
expect 0 "" eval teams --help
grep -q "Usage: hcsp eval teams .*TEAM TEAM" out.txt || wrong "hcsp eval teams --help does not tell its arguments"
sed 's/^name: .*/name: random/; s/^strategy: .*/strategy: random/' \
  "$HCSP_HOME/policies/teams/classical.yaml" >random.yaml
for threads in 1 3; do
  "$hcsp" eval teams classical random.yaml --points 8 --rules paper --threads $threads --json \
    >"teams$threads" 2>/dev/null || wrong "eval teams with $threads threads"
  grep -v '"cpu_seconds"' "teams$threads" >"matrix$threads"
done
cmp -s matrix1 matrix3 || wrong "threads change who beats whom"
for key in teams points wins losses draws win_rate low high nash nash_win_rate elo; do
  grep -q "\"$key\":" teams1 || wrong "eval teams --json has no $key"
done
python3 -c 'import json,sys; json.load(open("teams1"))' 2>/dev/null || ! command -v python3 >/dev/null ||
  wrong "json of eval teams does not parse"
expect 0 "" eval teams random.yaml random.yaml --points 4 --rules paper
grep -q "random (2)" out.txt || wrong "eval teams does not tell two teams of one name apart"
grep -q "4 points a pair, rules paper, seed 1" out.txt || wrong "eval teams does not tell what it did"

# --- a log: written, whole, replayed, exported; never overwritten
# shellcheck disable=SC2086
expect 0 "" play --rallies 34 $short --log log
expect 0 "" info --verify --rallies 34 log
grep -q "every row bit for bit as logged" out.txt || wrong "verify says nothing"
expect 3 "log: 34 rallies; wanted 35" info --rallies 35 log
expect 2 "log" play --rallies 2 --log log
# shellcheck disable=SC2086
"$hcsp" play --rallies 34 $short --threads 1 --log log1 >/dev/null 2>&1
cmp -s log/00000.h5 log1/00000.h5 || wrong "threads change the log"
expect 0 "" export log --to csv --out tables
[ "$(wc -l <tables/rallies.csv)" -eq 35 ] || wrong "rallies.csv has $(wc -l <tables/rallies.csv) lines"
head -1 tables/steps.csv | grep -q "\[m\]" || wrong "steps.csv has no units"
expect 0 "" export log --to h5 --out one.h5
expect 0 "" info one.h5
expect 0 "" export log/00001.h5 --to h5 --obs strategy100 --out obs.h5
expect 0 "" info obs.h5
expect 0 "" export log/00001.h5 --to json
grep -q '"rally": 33' out.txt || wrong "json export of the second shard"
printf 'x' | dd of=log/00000.h5 bs=1 seek=5000 conv=notrunc 2>/dev/null
expect 3 "00000.h5" info log
grep -q "00001.h5 .*whole" out.txt || wrong "one damaged shard hides the other"

# --- a full disk
# shellcheck disable=SC2086
(ulimit -f 100; "$hcsp" play --rallies 34 $short --log full >/dev/null 2>err.txt)
[ $? -eq 4 ] || wrong "full disk: $(cat err.txt)"
[ ! -s full/index.jsonl ] || "$hcsp" info full >/dev/null || wrong "full disk: something listed is not whole"

# --- Ctrl-C
"$hcsp" play --rallies 1000000 --log stopped >/dev/null 2>err.txt &
pid=$!
until_listening $pid
sleep 0.5
kill -INT $pid
wait $pid
[ $? -eq 130 ] || wrong "Ctrl-C: exit code; $(cat err.txt)"
[ ! -e stopped/index.jsonl ] || "$hcsp" info stopped >/dev/null || wrong "Ctrl-C: the log is not whole"
"$hcsp" eval teams classical classical --points 1000000 >out.txt 2>err.txt &
pid=$!
until_listening $pid
sleep 0.5
kill -INT $pid
wait $pid
[ $? -eq 130 ] || wrong "Ctrl-C in eval teams: exit code; $(cat err.txt)"
grep -q "interrupted after [0-9]* of 1000000 points" err.txt || wrong "Ctrl-C in eval teams: $(cat err.txt)"
[ ! -s out.txt ] || wrong "Ctrl-C in eval teams: half a result"

[ $failures -eq 0 ] && echo "all as wanted"
exit $((failures > 0))
