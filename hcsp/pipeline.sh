#!/usr/bin/env bash
# The main job, from a bare Debian machine to a logged match: set-up, build, match.
#   ./hcsp/pipeline.sh [--run DIR]      DIR: where results go, default runs/pipeline
# Run again, it continues: what is already done and whole is not done twice.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

run=runs/pipeline
usage() {
  echo "Usage: ./hcsp/pipeline.sh [--run DIR]"
  echo "Sets this machine up, builds hcsp, plays and logs a match. DIR: runs/pipeline"
}
while [ $# -gt 0 ]; do
  case "$1" in
    --run)
      [ $# -ge 2 ] || { echo "pipeline: --run needs a folder" >&2; exit 2; }
      run=$2
      shift 2
      ;;
    --help | -h)
      usage
      exit 0
      ;;
    *)
      echo "pipeline: unknown option '$1'; wanted --run DIR" >&2
      exit 2
      ;;
  esac
done

rallies=64
step() { printf '\n== %s\n' "$1" >&2; }

step "1/3 set-up"
./hcsp/setup.sh

step "2/3 build"
mkdir -p build
{ cmake --preset release -DHCSP_TESTS=OFF && cmake --build --preset release; } >build/pipeline.log 2>&1 ||
  { tail -n 40 build/pipeline.log >&2; echo "pipeline: the build failed, see build/pipeline.log" >&2; exit 1; }
hcsp=build/release/bin/hcsp

step "3/3 match: $rallies rallies, classical against classical"
log=$run/match
if [ -e "$log/index.jsonl" ] && "$hcsp" info --rallies "$rallies" "$log" >/dev/null 2>&1; then
  echo "already played and whole: $log" >&2
else
  rm -rf "$log"
  "$hcsp" play --near classical --far classical --rallies "$rallies" --seed 1 --log "$log"
fi
echo
echo "log              $log  (look inside: $hcsp info $log)"
echo "replay check     $hcsp info --verify $log"
echo "watch            build/release/bin/hcsp-view $log"
echo "tables           $hcsp export $log --to csv --out $run/csv"
