#!/usr/bin/env bash
# Every source file is as clang-format 14 writes it, and the top level holds what it should, where
# this is a git checkout: a run folder that was added by mistake shows here.   tests/check_format.sh
# Exit 77 (skipped) where that version is missing: other versions break lines differently.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

top=' CMakeLists.txt sim assets policies hcsp kernels viz tests configs README.md LICENSE CONTRIBUTING.md CMakePresets.json pyproject.toml '
for name in $(git ls-files 2>/dev/null | cut -d/ -f1 | sort -u); do
  if [[ $name != .* && $top != *" $name "* ]]; then
    echo "$name: saw it at the top level of the repository, wanted only$top"
    exit 1
  fi
done

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
