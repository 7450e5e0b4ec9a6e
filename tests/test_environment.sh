#!/usr/bin/env bash
# The programs where the machine, the shell or the user's folders are not as usual. Each case once
# went wrong without a word, or for ever.
#   test_environment.sh path/to/hcsp path/to/hcsp-view
set -uo pipefail
hcsp=$1 view=$2
source "$(dirname "${BASH_SOURCE[0]}")/support/script.sh"
rm -rf environment && mkdir environment && cd environment || exit 1

# --- little address space: OpenBLAS, which asks for more for ever, is there for learning alone
if [ -z "${LSAN_OPTIONS:-}${TSAN_OPTIONS:-}" ]; then # sanitizers want terabytes of it
  for command in "--version" "info" "play --rallies 1 --threads 1"; do
    # shellcheck disable=SC2086
    (ulimit -v 150000; timeout -k 1 20 "$hcsp" $command >/dev/null 2>err.txt) ||
      wrong "150 MB of address space: hcsp $command: exit code $?: $(tail -1 err.txt)"
  done
  (ulimit -v 150000; timeout -k 1 20 "$hcsp" train skill hover --preset smoke --threads 1 --run small >/dev/null 2>err.txt)
  [ $? -eq 1 ] || wrong "150 MB of address space: no training wanted"
  grep -q "OpenBLAS: saw less than .* MiB of address space left, wanted" err.txt ||
    wrong "150 MB of address space: train says $(tail -1 err.txt)"
fi

# --- a pipe where a file should be: refused, not waited for
mkfifo p.safetensors ckpt-1 p.yaml p.h5 p.json
for file in p.safetensors ckpt-1 p.yaml p.h5 p.json; do
  timeout -k 1 20 "$hcsp" info $file >/dev/null 2>err.txt
  [ $? -eq 3 ] || wrong "info on a pipe called $file: exit code, $(cat err.txt)"
done
mkdir -p piped/checkpoints && mkfifo piped/config.yaml piped/provenance.json piped/metrics.jsonl
timeout -k 1 20 "$hcsp" info piped >/dev/null 2>err.txt
[ $? -ne 124 ] || wrong "info on a run folder with pipes waits for them"
for command in "play --near ./p.yaml" "eval skill serve --policy p.safetensors" "train skill hover --config p.yaml" \
  "export p.h5" "eval skill serve --goals ./p.yaml"; do
  # shellcheck disable=SC2086
  timeout -k 1 20 "$hcsp" $command >/dev/null 2>err.txt
  [ $? -eq 3 ] || wrong "$command, a pipe: exit code, $(cat err.txt)"
done
timeout -k 1 20 "$view" p.h5 --screenshot p.png >/dev/null 2>err.txt
[ $? -eq 3 ] || wrong "hcsp-view on a pipe: $(cat err.txt)"

# --- signals that are not Ctrl-C: a checkpoint, exit code 130; ignored, as nohup does, none at all
# started SIGNAL FOLDER: begins a training that would take minutes, $pid; waits for its folder
started() {
  (trap "$1" HUP; exec "$hcsp" train skill hover --preset full --threads 1 --run "$2" >/dev/null 2>err.txt) &
  pid=$!
  for _ in $(seq 300); do
    [ -e "$2/metrics.jsonl" ] && break
    sleep 0.1
  done
}
for signal in HUP USR1 XCPU TERM; do
  started - "run$signal"
  kill "-$signal" $pid
  [ $signal != XCPU ] || { sleep 0.1; kill "-$signal" $pid 2>/dev/null; } # it comes every second
  wait $pid
  [ $? -eq 130 ] || wrong "SIG$signal: exit code of a training: $(tail -1 err.txt)"
  ls "run$signal"/checkpoints/* >/dev/null 2>&1 || wrong "SIG$signal: no checkpoint"
done
# --- the command to resume can be pasted into a shell, whatever the folder is called
odd='my $(touch pasted) `touch pasted` it'\''s; run'
started - "$odd"
kill -INT $pid
wait $pid
hint=$(sed -n 's/.*to go on: //p' err.txt)
eval "set -- $hint"
[ $# -eq 11 ] && [ "$1" = "$hcsp" ] && [ "${10}" = "$odd" ] && [ "${11}" = --resume ] ||
  wrong "the command to resume is read as '$*': $hint"
expect 3 "to resume it: .*touch pasted" train skill hover --preset full --run "$odd"
[ ! -e pasted ] || wrong "the command to resume does more than it says"

started '' runignored
kill -HUP $pid
sleep 1
kill -0 $pid 2>/dev/null || wrong "SIGHUP that is ignored ends a training"
kill -TERM $pid
wait $pid

# --- stdout that is full: both programs, also where the argument parser prints and exits
[ -w /dev/full ] && for command in --version --help info "play --help" "play --rallies 1" "train --help" \
  "eval teams --help" "info $HCSP_HOME/policies/teams/classical.yaml"; do
  # shellcheck disable=SC2086
  "$hcsp" $command >/dev/full 2>err.txt
  [ $? -eq 1 ] || wrong "stdout full: hcsp $command: exit code; $(cat err.txt)"
  grep -q "^hcsp: stdout cannot be written" err.txt || wrong "stdout full: hcsp $command: $(cat err.txt)"
done
for option in --version --help --usage; do
  "$view" $option >/dev/full 2>err.txt
  [ $? -eq 1 ] || wrong "stdout full: hcsp-view $option: exit code; $(cat err.txt)"
  grep -q "^hcsp-view: stdout cannot be written" err.txt || wrong "stdout full: hcsp-view $option: $(cat err.txt)"
done

# --- HCSP_HOME that is wrong is named, with the exit code of a wrong file
mkdir -p half/assets half/policies
for home in /nonexistent half; do
  for command in "play --rallies 1" "train skill hover --run home" "eval skill serve" "calibrate stage1" info; do
    # shellcheck disable=SC2086
    HCSP_HOME=$home "$hcsp" $command >/dev/null 2>err.txt
    [ $? -eq 3 ] || wrong "HCSP_HOME=$home: hcsp $command: exit code; $(cat err.txt)"
    grep -q "HCSP_HOME=$home has no folder" err.txt || wrong "HCSP_HOME=$home: hcsp $command: $(cat err.txt)"
  done
  HCSP_HOME=$home "$view" --screenshot home.png >/dev/null 2>err.txt
  [ $? -eq 3 ] || wrong "HCSP_HOME=$home: hcsp-view: exit code; $(cat err.txt)"
  grep -q "^hcsp-view: .*HCSP_HOME=$home has no folder" err.txt || wrong "HCSP_HOME=$home: hcsp-view: $(cat err.txt)"
done

# --- a folder belongs to one training
"$hcsp" train skill hover --preset smoke --threads 1 timesteps_smoke=4096 num_envs=64 num_steps=16 num_minibatches=2 \
  --run hover >/dev/null 2>err.txt || wrong "a short training: $(tail -1 err.txt)"
mkdir parts && cp -r hover parts/hover_a && sed -i 's/"skill hover"/"skills"/' parts/hover_a/provenance.json
mkdir piped2 && touch piped2/pipeline.lock
for resume in "" --resume; do
  for other in "skill serve" skills strategy flat coself; do
    # shellcheck disable=SC2086
    expect 3 "hover: saw a run of 'skill hover' in this folder, wanted one of '$other'" train $other --run hover $resume
  done
  for other in "skill hover" strategy flat coself; do
    # shellcheck disable=SC2086
    expect 3 "parts: saw a run of .* in this folder, wanted one of '$other'" train $other --run parts $resume
    # shellcheck disable=SC2086
    expect 3 "piped2: saw a run of 'hcsp pipeline' in this folder" train $other --run piped2 $resume
  done
done
[ "$(ls parts)" = hover_a ] || wrong "a refused training leaves $(ls parts)"
sed -i '/"training"/d' hover/provenance.json # as earlier versions wrote it
expect 3 "hover: saw a run of one part" train skills --run hover --resume
expect 0 "" train skill hover --preset smoke --threads 1 timesteps_smoke=4096 num_envs=64 num_steps=16 num_minibatches=2 --run hover --resume

# --- Ctrl-C: the figures are those of rallies 0..n-1, not of the short ones that ended early
for seconds in 2 5 15 45; do # as long as this machine needs for the first rally
  "$hcsp" play --rallies 1000000 --seed 3 --rules paper --json --log cut$seconds >cut.json 2>err.txt &
  pid=$!
  sleep $seconds
  kill -INT $pid
  wait $pid
  [ $? -eq 130 ] || wrong "Ctrl-C in play: exit code; $(cat err.txt)"
  n=$(sed -n 's/.*interrupted after \([0-9]*\) of.*/\1/p' err.txt)
  [ "${n:-0}" -eq 0 ] || break
done
if [ "${n:-0}" -gt 0 ]; then
  "$hcsp" play --rallies "$n" --seed 3 --rules paper --json >whole.json 2>/dev/null
  diff <(grep -vE '"(steps_per_)?seconds?"' cut.json) <(grep -vE '"(steps_per_)?seconds?"' whole.json) >diff.txt ||
    wrong "Ctrl-C in play: not the figures of $n rallies: $(head -5 diff.txt)"
  expect 0 "" info cut$seconds
  logged=$(sed -n 's/.*match log, \([0-9]*\) rallies.*/\1/p' out.txt)
  [ "$logged" -ge "$n" ] || wrong "Ctrl-C in play: figures of $n rallies, $logged logged"
else
  wrong "Ctrl-C in play: no rally: $(cat err.txt)"
fi

# --- pictures and videos
"$hcsp" play --rallies 1 --seed 1 --log one >/dev/null 2>&1
# Mesa keeps objects for the life of the process in modules that are unloaded before leaks are looked
# for, so that no name can be given to suppress them; leaks of drawing are the viz tests' matter
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
if "$view" one --size 64x48 --seconds 0.2 --record frames >/dev/null 2>err.txt; then
  n=$(ls frames | wc -l)
  [ "$n" -eq 10 ] || wrong "0.2 s of pictures: $n"
  "$view" one --size 64x48 --at 3 --seconds 0.1 --record frames >/dev/null 2>err.txt
  [ $? -eq 2 ] || wrong "pictures of two recordings in one folder: exit code; $(cat err.txt)"
  grep -q "frames: saw pictures of a recording in this folder" err.txt || wrong "second recording: $(cat err.txt)"
  [ "$(ls frames | wc -l)" -eq 10 ] || wrong "a refused recording leaves pictures"
  PATH=/nonexistent "$view" one --size 64x48 --seconds 0.1 --record film.mp4 >/dev/null 2>err.txt
  grep -q "no ffmpeg in PATH: film.mp4 becomes a folder of pictures, film" err.txt ||
    wrong "mp4 without ffmpeg: $(cat err.txt)"
  [ "$(ls film | wc -l)" -eq 5 ] || wrong "mp4 without ffmpeg: no pictures"
  # a graphics library that MuJoCo gives up on: one sentence, and no log file of its own
  MESA_GL_VERSION_OVERRIDE=1.2 "$view" one --size 64x48 --screenshot old.png >/dev/null 2>err.txt
  [ $? -ne 0 ] && { grep -q "^hcsp-view: MuJoCo gives up: " err.txt || wrong "old OpenGL: $(cat err.txt)"; }
else
  grep -q "no OpenGL without a window" err.txt || wrong "recording: $(cat err.txt)"
fi
[ -z "$(find . -name 'MUJOCO_LOG*')" ] || wrong "MuJoCo writes a log file of its own"

[ $failures -eq 0 ] && echo "all as wanted"
exit $((failures > 0))
