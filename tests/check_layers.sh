#!/usr/bin/env bash
# Who may include whom:   tests/check_layers.sh [--self-test] [FOLDER]
# Prints each #include that breaks the order of the folders and exits 1. --self-test first plants
# one fault of each kind in a temporary tree and demands that it is found.
set -euo pipefail

# file:line:include of every source file below $1
list_includes() {
  (cd "$1" && find sim kernels policies hcsp viz -type f \
    \( -name '*.c' -o -name '*.h' -o -name '*.cu' -o -name '*.cuh' \) -print0 2>/dev/null |
    xargs -0 -r grep -nHE '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]')
}

check() {
  list_includes "$1" | awk -v root="$1" '
    function box(path) {
      if (path ~ /^sim\/base\//) return "base"
      if (path ~ /^sim\/record\//) return "record"
      if (path ~ /^kernels\/cuda\//) return "cuda"
      if (path ~ /^hcsp\/run\//) return "run"
      if (path ~ /^hcsp\/env\/cuda\//) return "device"
      if (path ~ /^viz\/program\//) return "program"
      if (path ~ /^(sim|kernels|policies|hcsp|viz)\//) return substr(path, 1, index(path, "/") - 1)
      return ""
    }
    # floors inside hcsp: a file includes from its own floor and those below
    function floor(path,   folder, n) {
      n = split(path, folder, "/")
      return n > 2 && folder[2] in floors ? floors[folder[2]] : floors["cli"]
    }
    function exists(path,   line, rc) {
      rc = (getline line < (root "/" path))
      close(root "/" path)
      return rc >= 0
    }
    function fault(why) {
      printf "%s:%s: %s: %s\n", file, number, header, why
      faults++
    }
    BEGIN {
      may["base"] = " base "
      may["kernels"] = " kernels base "
      may["cuda"] = " cuda kernels base "
      may["sim"] = " sim base "
      may["record"] = " record sim base "
      may["policies"] = " policies kernels sim base "
      may["run"] = " run policies base "
      may["device"] = " device hcsp cuda kernels sim base "
      may["hcsp"] = " hcsp run policies kernels record sim base "
      may["viz"] = " viz policies record sim base "
      may["program"] = " program viz hcsp run policies record sim base "
    }
    BEGIN {
      n = split("fleet config env learn league eval train recipes report pipeline cli", order, " ")
      for (i = 1; i <= n; i++) floors[order[i]] = i
    }
    {
      split($0, part, ":"); file = part[1]; number = part[2]
      match($0, /["<][^">]*[">]/)
      quoted = substr($0, RSTART, 1) == "\""
      header = substr($0, RSTART + 1, RLENGTH - 2)
      from = box(file)
      if (header ~ /(^|\/)\.\.\//) fault("paths start at the top folder")
      else if (quoted && header != "hcsp_commit.h") {
        if (index(header, "/") == 0) fault("paths start at the top folder")
        else if (!exists(header)) fault("no such file")
        else if (index(may[from], " " box(header) " ") == 0)
          fault("a file in " from " includes only from" may[from])
        else if (from == "hcsp" && box(header) == "hcsp" && floor(header) > floor(file))
          fault("inside hcsp: fleet config env learn league eval train recipes report pipeline cli")
      }
      if (header ~ /^(hdf5|H5)/ && from != "record") fault("only sim/record knows HDF5")
      if (header ~ /^(cuda|cublas|curand|nccl|cooperative_groups)/ &&
          from != "cuda" && from != "device")
        fault("only kernels/cuda and hcsp/env/cuda know CUDA")
      if (header ~ /^mpi/ && file !~ /^hcsp\/fleet\//) fault("only hcsp/fleet knows MPI")
      if (header ~ /^(GL|GLES|GLES2|GLES3|GLFW|EGL|KHR)\// && from != "viz") fault("only viz knows GL")
      if (header ~ /^mujoco\// && (from ~ /^(base|kernels|cuda)$/ || file ~ /^sim\/referee\./))
        fault("no MuJoCo here")
    }
    END { exit faults > 0 }'
}

# expects one fault in a tree that has a file ($1) with an include ($2)
demand_fault() {
  local tree=$1 file=$2 include=$3
  mkdir -p "$(dirname "$tree/$file")"
  printf '#include <stdio.h>\n  #  include %s\n' "$include" >"$tree/$file"
  if [ "$(check "$tree" | grep -c "^$file:2: ")" -ne 1 ]; then
    echo "self-test: $include in $file was not found"
    return 1
  fi
  rm "$tree/$file"
}

self_test() {
  local tree
  tree=$(mktemp -d)
  trap 'rm -rf "$tree"' RETURN
  local header
  for header in sim/base/a.h sim/a.h sim/record/a.h kernels/a.h kernels/cuda/a.h policies/a.h \
    hcsp/a.h hcsp/run/a.h hcsp/fleet/a.h hcsp/config/a.h hcsp/env/a.h hcsp/env/cuda/a.h hcsp/learn/a.h hcsp/league/a.h hcsp/eval/a.h \
    hcsp/train/a.h hcsp/recipes/a.h hcsp/report/a.h hcsp/pipeline/a.h hcsp/cli/a.h \
    viz/a.h viz/program/a.h; do
    mkdir -p "$(dirname "$tree/$header")"
    echo '#include "sim/base/a.h"' >"$tree/$header"
  done
  printf '#include "policies/a.h"\n#include "sim/record/a.h"\n#include <stdio.h>\n' >"$tree/hcsp/b.c"
  printf '#include "hcsp/env/a.h"\n#include "hcsp/learn/a.h"\n#include "hcsp/run/a.h"\n' >"$tree/hcsp/learn/b.c"
  printf '#include "sim/record/a.h"\n#include <hdf5.h>\n' >"$tree/sim/record/b.c"
  printf '#include "policies/a.h"\n#include <GL/gl.h>\n' >"$tree/viz/b.c"
  if ! check "$tree"; then
    echo "self-test: a tree in order was refused"
    return 1
  fi
  while read -r file include; do
    demand_fault "$tree" "$file" "$include"
  done <<'FAULTS'
sim/base/x.c "sim/a.h"
sim/base/x.h "policies/a.h"
sim/base/x.c <mujoco/mujoco.h>
sim/x.c "sim/record/a.h"
sim/x.c "policies/a.h"
sim/x.c "kernels/a.h"
sim/referee.c <mujoco/mujoco.h>
sim/record/x.c "policies/a.h"
kernels/x.c "sim/a.h"
kernels/x.c "policies/a.h"
kernels/x.c "kernels/cuda/a.h"
kernels/x.c <cublas_v2.h>
kernels/cpu/x.c <mujoco/mujoco.h>
policies/x.c "sim/record/a.h"
policies/x.c "hcsp/a.h"
policies/x.c <hdf5.h>
policies/x.c <cuda_runtime.h>
hcsp/x.c "viz/a.h"
hcsp/run/x.c "hcsp/a.h"
hcsp/run/x.c "sim/a.h"
hcsp/fleet/x.c "hcsp/config/a.h"
hcsp/league/x.c <mpi.h>
hcsp/config/x.c "hcsp/env/a.h"
hcsp/env/tasks/x.c "hcsp/learn/a.h"
hcsp/env/x.c "hcsp/env/cuda/a.h"
hcsp/env/x.c <cuda_runtime_api.h>
hcsp/env/cuda/x.cu "policies/a.h"
hcsp/learn/x.h "hcsp/league/a.h"
hcsp/league/x.c "hcsp/eval/a.h"
hcsp/eval/x.c "hcsp/train/a.h"
hcsp/train/x.c "hcsp/recipes/a.h"
hcsp/recipes/flat/x.c "hcsp/report/a.h"
hcsp/report/x.c "hcsp/pipeline/a.h"
hcsp/pipeline/x.h "hcsp/cli/a.h"
hcsp/cli/x.c <GLFW/glfw3.h>
hcsp/x.c <H5LTpublic.h>
viz/x.c "hcsp/a.h"
viz/x.c "viz/program/a.h"
viz/program/x.c "kernels/a.h"
viz/x.c "kernels/a.h"
sim/x.c "../policies/a.h"
sim/x.c "a.h"
sim/x.c "sim/none.h"
FAULTS
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [ "${1:-}" = --self-test ]; then
  shift
  self_test
fi
check "${1:-$root}"
echo "$(list_includes "${1:-$root}" | wc -l) includes in order"
