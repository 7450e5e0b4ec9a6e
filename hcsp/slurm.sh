#!/usr/bin/env bash
# A Slurm job of hcsp on several machines. The lines of #SBATCH are defaults, which options of sbatch
# change; what stands behind the name of the script is the command of hcsp:
#   sbatch hcsp/slurm.sh train strategy seeds=5 --preset quick --run runs/five
#   sbatch --ntasks=16 hcsp/slurm.sh eval exploit stage2 stage3 --seeds 8
#
# one rank a task; ranks are single processes, so that two small ones do more than one with two cores
#SBATCH --job-name=hcsp
#SBATCH --ntasks=8
#SBATCH --cpus-per-task=1
#SBATCH --mem-per-cpu=1G
#SBATCH --time=04:00:00
# a minute before the time is over, and when the job has to make way, every rank is asked to stop: it
# stores a checkpoint; then the job stands in the queue again and goes on from there
#SBATCH --signal=TERM@60
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=hcsp-%j.log
set -euo pipefail

if [ $# -eq 0 ]; then
  echo "usage: sbatch [OPTION...] hcsp/slurm.sh COMMAND [ARGUMENT...], as of hcsp" >&2
  exit 2
fi
# in a job this script is a copy somewhere else: the folder it was sent from is the checkout
cd "${SLURM_SUBMIT_DIR:-.}"
hcsp=${HCSP:-build/release/bin/hcsp}

# a training that was here before goes on
resume=()
folder=
for ((i = 1; i <= $#; i++)); do
  case ${!i} in
  --run=*) folder=${!i#--run=} ;;
  --run | -R) next=$((i + 1)) && folder=${!next:-} ;;
  esac
done
if [ "$1" = train ] && [ -n "$folder" ] && [ -d "$folder" ]; then
  resume=(--resume)
fi

# --mpi: the way that this cluster's MPI starts (srun --mpi=list); --kill-on-bad-exit ends the job
# with the first rank that is lost
srun --mpi="${HCSP_SRUN_MPI:-pmix}" --kill-on-bad-exit=1 --cpu-bind=cores "$hcsp" "$@" \
  --threads "${SLURM_CPUS_PER_TASK:-1}" "${resume[@]}" && exit 0
code=$?
# 130: asked to stop, a checkpoint is there
if [ $code -eq 130 ] && [ -n "${SLURM_JOB_ID:-}" ] && [ "${SLURM_RESTART_COUNT:-0}" -lt 100 ]; then
  scontrol requeue "$SLURM_JOB_ID"
fi
exit $code
