#!/usr/bin/env bash
# Slurm on one machine, by hand: two slurmd as the hosts n1 and n2, a controller and a munge of their
# own, in the folder ./slurm.   ./tests/slurm.sh path/to/hcsp
# srun has the figures of one process; a job of hcsp/slurm.sh that is told to stop stores a
# checkpoint, queues again, goes on and has learnt what an undisturbed one learns; a job whose rank
# is killed ends and is taken up. Root, and the packages slurmctld, slurmd, slurm-client and munge.
set -uo pipefail
hcsp=$(realpath "$1") sources=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$sources/tests/support/script.sh"
for need in slurmctld slurmd srun munged unshare; do
  command -v $need >/dev/null || { echo "no $need here"; exit 1; }
done
rm -rf slurm && mkdir -p slurm/{ctld,munge,tmp,n1/tmp,n2/tmp} && cd slurm || exit 1
here=$PWD
export SLURM_CONF=$here/slurm.conf HCSP=$hcsp HCSP_HOME=${HCSP_HOME:-$sources} OMPI_MCA_mpi_yield_when_idle=1
# what PMIx keeps for a job belongs to one slurmd: each finds a folder of its own at this path
export SLURM_PMIX_TMPDIR=$here/tmp

cat >slurm.conf <<E2
ClusterName=test
SlurmctldHost=$(hostname)
SlurmUser=root
SlurmdUser=root
AuthInfo=socket=$here/munge/socket
MpiDefault=pmix
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
ReturnToService=2
SlurmctldPidFile=$here/ctld.pid
SlurmdPidFile=$here/%n.pid
SlurmdSpoolDir=$here/%n
StateSaveLocation=$here/ctld
SlurmctldLogFile=$here/ctld.log
SlurmdLogFile=$here/%n.log
SlurmctldPort=16817
KillWait=30
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobAcctGatherType=jobacct_gather/none
NodeName=n1 NodeHostname=$(hostname) NodeAddr=127.0.0.1 Port=17001 CPUs=2 RealMemory=4096 State=UNKNOWN
NodeName=n2 NodeHostname=$(hostname) NodeAddr=127.0.0.1 Port=17002 CPUs=2 RealMemory=4096 State=UNKNOWN
PartitionName=all Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
E2
echo "PMIxCliTmpDirBase=$here/tmp" >mpi.conf

started=()
trap 'kill "${started[@]}" 2>/dev/null; wait 2>/dev/null' EXIT
head -c 1024 /dev/urandom >munge.key && chmod 400 munge.key && chmod 755 . munge
munged --foreground --force --socket "$here/munge/socket" --key-file munge.key --pid-file "$here/munge.pid" \
  --seed-file "$here/munge.seed" --log-file "$here/munge.log" >munged.log 2>&1 &
started+=($!)
sleep 1
slurmctld -D -f slurm.conf >/dev/null 2>&1 &
started+=($!)
for node in n1 n2; do
  unshare --mount bash -c "mount --bind '$here/$node/tmp' '$here/tmp' && exec slurmd -D -N $node -f slurm.conf" >/dev/null 2>&1 &
  started+=($!)
done
for _ in $(seq 100); do
  [ "$(sinfo -h -t idle -o %D 2>/dev/null)" = 2 ] && break
  sleep 0.2
done
[ "$(sinfo -h -t idle -o %D 2>/dev/null)" = 2 ] || { echo "the two nodes do not come up"; tail ctld.log n1.log; exit 1; }

# until SECONDS COMMAND...: it is true within these
until_true() {
  local turns=$(($1 * 5))
  shift
  while ! "$@"; do
    [ $((turns--)) -gt 0 ] || return 1
    sleep 0.2
  done
}
state() { scontrol -o show job "$1" 2>/dev/null | grep -o 'JobState=[A-Z]*' | cut -d= -f2; }
is() { [[ " $2 " == *" $(state "$1") "* ]]; }
# like_one ID NAME: the job ends well with the weights of one process, and nothing half written
like_one() {
  until_true 300 is "$1" "COMPLETED FAILED"
  [ "$(state "$1")" = COMPLETED ] || wrong "$2, the job is $(state "$1"): $(tail -n 3 "$2.log")"
  cmp -s <(tensors one) <(tensors "$2") || wrong "$2: other weights"
  [ -z "$(find "$2" -name '*.tmp')" ] || wrong "$2: half-written files are left"
  [ $failures -gt 0 ] || echo "$2, then resumed: $1 $(state "$1"), the weights of one process"
}
tensors() { find "$1" -path '*/policies/*.safetensors' | LC_ALL=C sort | while read -r f; do echo "${f#"$1"} $(weights "$f")"; done; }

# --- figures
teams="eval teams stage2_court stage1_plus --points 40 --threads 1 --json"
# shellcheck disable=SC2086
"$hcsp" $teams 2>/dev/null | grep -v cpu_seconds >one.json
# shellcheck disable=SC2086
srun -N2 -n2 --mpi=pmix "$hcsp" $teams 2>srun.err | grep -v cpu_seconds >two.json
if [ -s one.json ] && cmp -s one.json two.json; then
  echo "srun -N2 -n2 hcsp eval teams: the figures of one process"
else
  wrong "srun -N2: $(tail -n 3 srun.err)"
fi

# --- told to stop
job=(train skill hover seeds=2 --preset smoke --checkpoint 1 timesteps_smoke=600000)
"$hcsp" "${job[@]}" --threads 1 --run "$here/one" >/dev/null 2>&1 || wrong "one process"
# send NAME: the job in a run folder NAME; prints its number
send() { sbatch --parsable -N2 --ntasks=2 --output="$here/$1.log" --chdir="$here" "$sources/hcsp/slurm.sh" "${job[@]}" --run "$here/$1"; }
working() { [ -e "$here/$1/seed-1/metrics.jsonl" ] && [ -e "$here/$1/seed-2/metrics.jsonl" ]; }
id=$(send stopped)
[ -n "$id" ] && until_true 60 working stopped || { wrong "the job does not begin: $(tail -n 3 stopped.log)"; exit 1; }
sleep 1
scancel --signal=TERM "$id"
until_true 60 is "$id" PENDING || wrong "told to stop, the job is $(state "$id"): $(tail -n 3 stopped.log)"
echo "told to stop: $id $(state "$id") ($(squeue -h -j "$id" -o %r))"
grep -h 'interrupted after' stopped.log | cut -c1-70
# Slurm waits two minutes for what the old step leaves; here it is known when that is gone
gone() { [ -z "$(find n1 n2 -name "*pmix.$1.*")" ]; }
until_true 60 gone "$id" || wrong "the step does not end"
scontrol update job "$id" StartTime=now
like_one "$id" stopped

# --- a rank is lost
id=$(send killed)
[ -n "$id" ] && until_true 60 working killed || { wrong "the job does not begin: $(tail -n 3 killed.log)"; exit 1; }
kill -9 "$(pgrep -f "^$hcsp train .*--run $here/killed" | shuf -n 1)"
until_true 60 is "$id" FAILED || wrong "a rank was killed and the job is $(state "$id")"
grep -hE 'Killed' killed.log | head -n 1
id=$(send killed)
like_one "$id" killed

[ $failures -eq 0 ] && echo "all well"
