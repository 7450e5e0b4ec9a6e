#!/usr/bin/env bash
# Registers and spills of every CUDA kernel, as the table of kernels/README.md:   kernels/registers.sh [NVCC]
# For the GPUs of HCSP_CUDA_ARCHITECTURES ("75 80 86 89 90 100"), minutes of CPU time each. A cell is registers a
# thread, and bytes of the stack that local arrays take; spills are told behind it. Exit 1 where a kernel spills.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
nvcc=${1:-$(command -v nvcc || echo /usr/local/cuda/bin/nvcc)}
read -ra architectures <<<"${HCSP_CUDA_ARCHITECTURES:-75 80 86 89 90 100}"
sources=(kernels/cuda/kernels.cu kernels/cuda/fused.cu hcsp/env/cuda/skill.cu hcsp/env/cuda/match.cu hcsp/env/cuda/act.cu)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# what ptxas says of a source for a GPU: kernel, registers, stack, spilled bytes
measure() { # SOURCE ARCHITECTURE
  local exact=() name
  [[ $1 != hcsp/* ]] || exact=(-fmad=false) # as hcsp/CMakeLists.txt compiles tasks
  name=$work/$(basename "$1" .cu)
  "$nvcc" -std=c++14 -O3 "${exact[@]}" -gencode "arch=compute_$2,code=sm_$2" -I. -Xptxas -v \
    -Xcompiler=-Wno-unknown-pragmas -c "$1" -o "$name.$2.o" >"$name.$2.txt" 2>&1 || { cat "$name.$2.txt" >&2 && return 1; }
  c++filt <"$name.$2.txt" | sed -nE "s/.*entry function '(void )?([A-Za-z_0-9]+(<[A-Za-z_0-9]+>)?).*/kernel \2/p
    s/.* ([0-9]+) bytes stack frame, ([0-9]+) bytes spill stores, ([0-9]+) bytes spill loads/stack \1 \2 \3/p
    s/.*Used ([0-9]+) registers.*/used \1/p" |
    awk -v gpu="$2" '$1 == "kernel" { name = $2 } $1 == "stack" { stack = $2; spills = $3 + $4 }
      $1 == "used" { print name, gpu, $2, stack, spills }' >"$name.$2.rows"
}

for source in "${sources[@]}"; do
  for architecture in "${architectures[@]}"; do
    measure "$source" "$architecture"
  done
done
cat "$work"/*.rows | awk -v gpus="${architectures[*]}" '
  { cell[$1, $2] = $3 ($4 > 0 ? ", " $4 : "") ($5 > 0 ? " **spills " $5 "**" : ""); kernels[$1]; spilled += $5 }
  END {
    n = split(gpus, gpu, " ")
    head = "| kernel |"; line = "|---|"
    for (i = 1; i <= n; i++) { head = head " sm_" gpu[i] " |"; line = line "---|" }
    print head "\n" line
    sort = "LC_ALL=C sort"
    for (k in kernels) {
      row = "| `" k "` |"
      for (i = 1; i <= n; i++) row = row " " cell[k, gpu[i]] " |"
      print row | sort
    }
    close(sort)
    print "\nspilled bytes: " spilled + 0
    exit spilled > 0
  }'
