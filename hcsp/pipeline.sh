#!/usr/bin/env bash
# The main job, from a bare Debian machine to a team that is measured: set-up, build, then Stage I, II and III,
# figures, a logged match and a report (`hcsp pipeline`).
#   ./hcsp/pipeline.sh [--preset smoke|quick|full] [--run DIR] [--seed S] [--threads T] [KEY=VALUE ...]
# Killed at any moment and started again with the same arguments, it goes on where it was.
# HCSP=path/to/hcsp in the environment takes a program that is built already.
set -euo pipefail
source_tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
here=$PWD

usage() {
  cat <<'TEXT'
Usage: ./hcsp/pipeline.sh [--preset smoke|quick|full] [--run DIR] [--seed S] [--threads T] [KEY=VALUE ...]
Sets this machine up, builds hcsp, trains Stage I, II and III over table volley (any drone takes any touch), measures
them, plays and logs a match, writes DIR/report.html (DIR: runs/pipeline). Started again with the same arguments, it
goes on where it was.
  smoke   proves that all of it runs: less than 3 minutes on two cores; Stages II and III start from what ships
  quick   learns to play: eight minutes on two cores once it is built (default)
  full    the budgets of what ships: hours
KEY=VALUE: configs/pipeline.yaml tells. All else: hcsp pipeline --help, once it is built.
TEXT
}
for argument in "$@"; do
  case $argument in
  --help | -h | '-?' | --usage)
    usage
    exit 0
    ;;
  esac
done

say() { printf '[%8s] %s\n' "$SECONDS s" "$1" >&2; }

# says what is wrong with the arguments before minutes of building, as far as a shell can
case " $* " in
*' --preset '* | *' --preset='* | *' -p '*)
  case " $* " in
  *' --preset smoke '* | *' --preset quick '* | *' --preset full '*) ;;
  *' --preset=smoke '* | *' --preset=quick '* | *' --preset=full '*) ;;
  *' -p smoke '* | *' -p quick '* | *' -p full '*) ;;
  *)
    echo "pipeline: unknown preset; wanted smoke, quick or full" >&2
    exit 2
    ;;
  esac
  ;;
esac

if [ -z "${HCSP:-}" ]; then
  cd "$source_tree"
  say "set-up: minutes where packages are missing, else seconds"
  ./hcsp/setup.sh >&2
  mkdir -p build
  # a build that outlived a killed pipeline is waited for
  exec 8>build/lock
  ! command -v flock >/dev/null || flock 8
  say "build: a minute the first time"
  if ! { cmake --preset release && cmake --build --preset release; } >build/pipeline.log 2>&1; then
    tail -n 40 build/pipeline.log >&2
    echo "pipeline: the build failed, see build/pipeline.log" >&2
    exit 1
  fi
  exec 8>&-
  say "built"
  HCSP=$source_tree/build/release/bin/hcsp
  cd "$here"
fi
exec "$HCSP" pipeline "$@"
