#!/usr/bin/env bash
# Every source file is as clang-format 14 writes it:   tests/check_format.sh
# Exit 77 (skipped) where that version is missing: other versions break lines differently.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

format=
for program in clang-format-14 clang-format; do
  if command -v "$program" >/dev/null && "$program" --version | grep -q 'version 14\.'; then
    format=$program
    break
  fi
done
if [ -z "$format" ]; then
  echo "skipped: no clang-format 14 here"
  exit 77
fi

# the checker must see a planted fault
if echo 'int  x ;' | "$format" --dry-run -Werror --assume-filename=sim/planted.c 2>/dev/null; then
  echo "clang-format accepts a badly formatted line"
  exit 1
fi

mapfile -t files < <(find sim kernels policies hcsp viz tests -name '*.[ch]' -o -name '*.cu' | sort)
echo "${#files[@]} files"
[ "${#files[@]}" -gt 0 ]
"$format" --dry-run -Werror "${files[@]}"
