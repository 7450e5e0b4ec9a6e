#!/usr/bin/env bash
# Measurements and trainings on several ranks: the same bytes as one process has, at any number of
# ranks and threads, also when a rank is killed and the run goes on with another number of them.
#   test_fleet_runs.sh path/to/hcsp measures|trainings|kills
# HCSP_RANKS="2 3 4" takes all of them everywhere, HCSP_TURN=1 other numbers of threads; HCSP_KILLS is how many.
set -uo pipefail
hcsp=$1
source "$(dirname "${BASH_SOURCE[0]}")/support/script.sh"
rm -rf fleet_runs && mkdir fleet_runs && cd fleet_runs || exit 1
if ! command -v mpirun >/dev/null || [ ! -e "$(dirname "$hcsp")/libhcsp_mpi.so" ]; then
  echo "skipped: no mpirun here, or a build without MPI (hcsp/setup.sh --mpi)"
  exit 77
fi
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_mpi_yield_when_idle=1 ASAN_OPTIONS=detect_leaks=0 TMPDIR=$PWD/tmp
mkdir tmp

# job N ARGUMENTS...: hcsp as N ranks
job() {
  local n=$1
  shift
  timeout 280 mpirun -n "$n" "$hcsp" "$@" </dev/null
}

# threads of each of N ranks: two and one by turns, with HCSP_TURN=1 the other way round
threads() { echo $((($1 + ${HCSP_TURN:-0}) % 2 + 1)); }

# figures without the time they took
figures() { grep -v '"cpu_seconds"\|"seconds"\|CPU s' "$1" | sha256sum | cut -c1-16; }

# what a run folder holds that must not depend on ranks: tensors and payoffs of all policies, the
# metrics but for the time
result() {
  (cd "$1" && find . -name '*.safetensors' -not -path '*/checkpoints/*' | LC_ALL=C sort | while read -r file; do
    echo "$file $(weights "$file")"
  done
  find . -name payoffs.json -o -name team.yaml -o -name seeds.json | LC_ALL=C sort | xargs -r sha256sum
  find . -name metrics.jsonl | LC_ALL=C sort | xargs -r cat | cut -d, -f1,3- | sha256sum)
}

# same_figures NAME ARGUMENTS...: at 2, 3 and 4 ranks
same_figures() {
  local name=$1 n
  shift
  "$hcsp" "${@/KEEP/keep1}" --threads "$(threads 1)" >"$name.1" 2>err.txt || wrong "$name: $(tail -c 300 err.txt)"
  for n in 2 3 4; do
    job $n "${@/KEEP/keep$n}" --threads "$(threads $n)" >"$name.$n" 2>err.txt || wrong "$name, $n ranks: $(tail -c 300 err.txt)"
    [ "$(figures "$name.1")" = "$(figures "$name.$n")" ] || wrong "$name: other figures at $n ranks"
  done
  echo "$name: $(figures "$name.1")"
}

# same_run NAME RANKS ARGUMENTS...: at these numbers of ranks, with 1 and 2 threads
same_run() {
  local name=$1 list=$2 n
  shift 2
  "$hcsp" "$@" --run "$name-1" --threads "$(threads 1)" >out.txt 2>err.txt || wrong "$name: $(tail -c 300 err.txt)"
  result "$name-1" >"$name.1"
  [ "$(wc -l <"$name.1")" -ge 2 ] || wrong "$name: nothing was learnt"
  for n in ${HCSP_RANKS:-$list}; do
    job "$n" "$@" --run "$name-$n" --threads "$(threads "$n")" >out.txt 2>err.txt ||
      wrong "$name, $n ranks: $(tail -c 300 err.txt)"
    result "$name-$n" >"$name.$n"
    cmp -s "$name.1" "$name.$n" || wrong "$name: $n ranks: $(diff "$name.1" "$name.$n" | head -n 4)"
  done
  echo "$name: $(sha256sum <"$name.1" | cut -c1-16)"
}

# --resume, once something is there
go_on() { [ ! -e "$1" ] || echo --resume; }

# as_undisturbed NAME: the run of killed() is whole
as_undisturbed() {
  result "$1-k" >"$1.k"
  cmp -s "$1.1" "$1.k" || wrong "$1, killed: $(diff "$1.1" "$1.k" | head -n 4)"
  [ -z "$(find "$1-k" -name '*.tmp*')" ] || wrong "$1: half-written files: $(find "$1-k" -name '*.tmp*')"
  rm -r "$1-k"
}

# killed NAME ARGUMENTS...: a rank is killed HCSP_KILLS times, each time the run goes on with another
# number of them; one that is done before is begun anew
killed() {
  local name=$1 n=2 rank pid code kills=0 runs=0
  shift
  while [ $kills -lt "${HCSP_KILLS:-3}" ] && [ $failures -eq 0 ]; do
    job $n "$@" --run "$name-k" $(go_on "$name-k") --threads 1 >out.txt 2>err.txt &
    pid=$!
    for _ in $(seq 200); do
      rank=$(pgrep -P "$(pgrep -P "$(pgrep -P $pid -x timeout || echo $pid)" -x mpirun)" -x hcsp | shuf -n 1)
      [ -z "$rank" ] || break
      sleep 0.05
    done
    # the first at once, so that a fast machine is not done before; then anywhere
    [ $kills = 0 ] || sleep "$((RANDOM % 3)).$((RANDOM % 10))"
    [ -z "$rank" ] || { kill -9 "$rank" && kills=$((kills + 1)); }
    timeout 60 tail --pid=$pid -f /dev/null || wrong "$name: a rank was killed and the others hang"
    wait $pid
    code=$?
    n=$((5 - n))
    [ $code -ne 0 ] || { as_undisturbed "$name" && runs=$((runs + 1)); }
  done 2>/dev/null
  job $n "$@" --run "$name-k" $(go_on "$name-k") --threads 1 >out.txt 2>err.txt ||
    wrong "$name, killed: $(tail -c 300 err.txt)"
  as_undisturbed "$name"
  echo "$name: $kills ranks killed in $((runs + 1)) runs"
}

cat >small.yaml <<'END'
league: {response: "num_envs=16 batch_size=256 minibatch_size=128 critic_warmup=1"}
END
skill="num_envs=64 num_steps=16 num_minibatches=2 time_max=2.5 time_min=2 timesteps_smoke=4096 again_smoke=4096"
# a batch of three tiles
tiles="${skill/num_envs=64 num_steps=16 num_minibatches=2/num_envs=96 num_steps=16 num_minibatches=1}"
strategy="--config small.yaml team=stage1_plus num_envs=16 batch_size=256 minibatch_size=128 timesteps_smoke=512 snapshots=2 responses=2 \
payoff_points=4 payoff_points_max=8 probe_points=4 probe_budget=0 exploiter_budget=0.2 exploiters=1 opponents=bot_plus held_out=random"
flat="net=small num_envs=6 num_steps=8 num_minibatches=2 timesteps_smoke=2000 responses=2 payoff_points=8 report_points=8"

# shellcheck disable=SC2086
case ${2:-measures} in
measures)
  same_figures teams eval teams stage2_court stage1_plus classical --points 40 --json
  same_figures skill eval skill set --team stage1 --episodes 40 --json
  same_figures exploit eval exploit stage1_plus --budgets 64 --seeds 2 --points 4 --final-points 4 --keep KEEP --json \
    num_envs=4 batch_size=64 minibatch_size=32
  same_figures kills calibrate stage1_volley --points 20
  ;;
trainings)
  # steps and updates are shared whether it pays or not
  HCSP_FLEET_LEARN=always same_run strategy "2 3 4" train strategy --preset smoke --checkpoint 0 algorithm=nash $strategy
  HCSP_FLEET_LEARN=always same_run tiles "2 3 4" train skill hover --preset smoke --checkpoint 0 $tiles
  same_run flat "2 4" train flat --preset smoke --checkpoint 0 algorithm=psro_nash $flat
  same_run skills "2 3" train skills --preset smoke --checkpoint 0 $skill
  same_run seeds "2 3" train skill hover --preset smoke --checkpoint 0 seeds=3 $skill
  ;;
kills)
  same_run seeds "" train skill hover --preset smoke --checkpoint 0 seeds=4 $skill timesteps_smoke=16384
  killed seeds train skill hover --preset smoke --checkpoint 0 seeds=4 $skill timesteps_smoke=16384
  same_run league "" train strategy --preset smoke --checkpoint 0 algorithm=league $strategy
  HCSP_FLEET_LEARN=always killed league train strategy --preset smoke --checkpoint 0 algorithm=league $strategy
  ;;
esac
[ -z "$(ls tmp)" ] || [ "${2:-}" = kills ] || wrong "temporary folders are left: $(ls tmp)"

exit $((failures > 0))
