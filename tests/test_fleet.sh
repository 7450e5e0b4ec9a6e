#!/usr/bin/env bash
# Several ranks: what they bring together, whoever works on it, is what one process finds; a rank that
# fails, parts ways or is lost ends the job with a sentence that names it, and nothing hangs.
#   test_fleet.sh path/to/hcsp path/to/fleet_ranks
set -uo pipefail
hcsp=$1 ranks=$2
source "$(dirname "${BASH_SOURCE[0]}")/support/script.sh"
rm -rf fleet && mkdir fleet && cd fleet || exit 1
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_mpi_yield_when_idle=1 ASAN_OPTIONS=detect_leaks=0

# job N PROGRAM ARGUMENTS...: as N ranks; output in out.txt, talk in err.txt, the exit code in $code
job() {
  local n=$1
  shift
  timeout 120 mpirun -n "$n" "$@" >out.txt 2>err.txt </dev/null
  code=$?
  [ $code -ne 124 ] || wrong "$n ranks of $*: a hang"
}

# demand CODE PATTERN: of the last job; CODE - stands for any but 0
demand() {
  { [ "$1" = - ] && [ $code -ne 0 ]; } || [ "$code" = "$1" ] || wrong "exit code $code, wanted $1: $(tail -c 400 err.txt)"
  [ -z "$2" ] || grep -qE -- "$2" err.txt || wrong "stderr '$(tail -c 600 err.txt)', wanted /$2/"
}

# --- without a job, and where the library is missing
"$ranks" together >out.txt || wrong "alone: exit code $?"
grep -q "^rank 0 took 1000" out.txt || wrong "alone: $(cat out.txt)"
cp "$ranks" lonely
OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=2 ./lonely together 2>err.txt
[ $? -eq 1 ] && grep -q "libhcsp_mpi.so" err.txt || wrong "no library: $(cat err.txt)"
OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=2 HCSP_FLEET=off ./lonely together >/dev/null 2>err.txt ||
  wrong "HCSP_FLEET=off: $(cat err.txt)"
SLURM_PROCID=0 SLURM_NTASKS=4 ./lonely together >/dev/null 2>err.txt || wrong "a batch script is no rank: $(cat err.txt)"

if ! command -v mpirun >/dev/null || [ ! -e "$(dirname "$ranks")/libhcsp_mpi.so" ]; then
  [ $failures -eq 0 ] || exit 1
  echo "skipped: no mpirun here, or a build without MPI (hcsp/setup.sh --mpi)"
  exit 77
fi

# --- bringing together and handing out
for n in 2 3 4 5; do
  job $n "$ranks" together
  demand 0 ""
  grep -q "^$n ranks" out.txt || wrong "$n ranks: $(cat out.txt)"
done
job 2 "$ranks" slow 1
demand 0 ""
[ "$(awk '/rank 1/ { print $4 }' out.txt)" -lt 400 ] || wrong "a slow rank got as much: $(cat out.txt)"

# --- failures
job 3 "$ranks" bad-item 4
demand 4 "no room for item 4"
job 3 "$ranks" leave 1
demand - "rank 1 on .* has ended with code 7 \(had enough\) while others work \(a step\)"
for n in 0 1 2; do
  job 3 "$ranks" leave-fold $n
  demand - "rank $n on .* has ended with code 7 \(had enough\) while others work \(terms\)|rank 0 ends while others work"
done
job 3 "$ranks" leave 0
demand - "rank 0 ends while others work"
job 3 "$ranks" part 2
demand - "rank 2 on .* has come to 'another step' where rank 0 on .* is at 'a step'"
HCSP_FLEET_PATIENCE=1 job 3 "$ranks" late 2
demand 0 "rank 0 on .* has waited [12] s for rank 2 on .* \(a step\)"
HCSP_FLEET_PATIENCE=1 HCSP_FLEET_LIMIT=3 job 3 "$ranks" stop 2
demand - "rank 0 on .* has waited 3 s for rank 2 on .* \(a step\): it is given up"
job 3 "$ranks" die 1
demand - "rank 1 with PID [0-9]+ on node [^ ]+ exited on signal 9"

# --- ranks that are not the same are refused
cp "$ranks" other && echo >>other && cp "$(dirname "$ranks")/libhcsp_mpi.so" .
job 1 "$ranks" together : -n 1 ./other together
demand 3 "rank 1 on .*: saw program .* wanted that of rank 0"
mkdir home && cp -r "$HCSP_HOME/assets" "$HCSP_HOME/configs" home/ && ln -s "$HCSP_HOME/policies" home/
echo "# other" >>home/configs/pipeline.yaml
job 1 "$ranks" together : -n 1 -x HCSP_HOME="$PWD/home" "$ranks" together
demand 3 "rank 1 on .*: saw data .* wanted that of rank 0"

# --- folders
mkdir -p run/inner && echo content >run/inner/file
job 3 "$ranks" folder run
demand 0 ""

exit $((failures > 0))
