#!/usr/bin/env bash
# Every document and section that the tree cites exists:   tests/check_citations.sh [--self-test] [FOLDER]
#   sim/README.md 5.2       a page and a section (also `sim/README.md` 5.2; 5.2, 5.3; 5.1-5.6; 5.1 to 5.6)
#   [hcsp 4.2]              in configs/: section 4.2 of hcsp/README.md
#   section 4.2             in a page: a section of its own
# Prints each one that does not and exits 1. --self-test first plants one fault of each kind in a
# temporary tree and demands that it is found.
set -euo pipefail

# text files below $1 that may cite, but for this one
list_files() {
  (cd "$1" && find . -maxdepth 1 -name '*.md' -printf '%P\n' &&
    find sim kernels policies hcsp viz configs tests assets -type f \( -name '*.[ch]' -o -name '*.cu' -o -name '*.sh' \
      -o -name '*.py' -o -name '*.yaml' -o -name '*.cmake' -o -name '*.md' -o -name '*.txt' -o -name '*.xml' \) \
      -not -path tests/check_citations.sh -not -path 'tests/fuzz/corpus/*' 2>/dev/null) | sort
}

check() {
  local files pages
  mapfile -t files < <(list_files "$1")
  mapfile -t pages < <(printf '%s\n' "${files[@]}" | grep '\.md$')
  # pages come first for their sections, and once more for what they cite
  (cd "$1" && awk '
    function fault(why) {
      printf "%s:%d: %s\n", name, number, why
      faults++
    }
    # the sections in text, which begins with numbers, must be headings of page
    function sections(page, text,   part) {
      while (match(text, /^[ ,(-]*(and |to )?[0-9]+(\.[0-9]+)*/)) {
        part = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        gsub(/[^0-9.]/, "", part)
        cited++
        if (!((page, part) in heading)) fault(page " has no section " part)
        if (text !~ /^(-|, | and | to )[0-9]/) return
      }
    }
    # looks at one line, joined with the next so that citations may be broken there
    function look(line, after,   text, rest, at, page) {
      text = line " " after
      for (rest = text; match(rest, /[A-Za-z0-9_.\/-]*[A-Za-z0-9_-]\.md/); ) {
        at = length(text) - length(rest) + RSTART
        page = substr(rest, RSTART, RLENGTH)
        rest = substr(rest, RSTART + RLENGTH)
        if (at > length(line)) break
        sub(/^`/, "", rest)
        if (rest ~ /^ [0-9]/ || page ~ /(^|\/)(README|CONTRIBUTING)\.md$/) {
          cited++
          if (!(page in known)) fault("no page " page)
          else if (rest ~ /^ [0-9]/) sections(page, rest)
        }
      }
      for (rest = line; name ~ /^configs\// && match(rest, /\[(sim|kernels|policies|hcsp|tests) [0-9][^\]]*\]/); ) {
        page = substr(rest, RSTART + 1, RLENGTH - 2)
        rest = substr(rest, RSTART + RLENGTH)
        at = index(page, " ")
        sections(substr(page, 1, at - 1) "/README.md", substr(page, at + 1))
      }
      if (name ~ /\.md$/ && match(text, /[Ss]ections? [0-9]/) && RSTART <= length(line))
        sections(name, substr(text, RSTART + RLENGTH - 1))
      if (name !~ /\.md$/ && match(text, /(^|[^A-Za-z_])(spec|specification|recipe) [0-9]|spec\/[a-z]|recipe for the|measures page/) &&
          RSTART <= length(line))
        fault("cites a page that is not in the tree: " substr(text, RSTART, RLENGTH))
    }
    # what stands before the text of a comment
    function bare(line) {
      sub(/^[ \t]*(\/\/|#|\*)?[ \t]*/, "", line)
      return line
    }
    function finish_file() {
      if (name != "") look(last, "")
      name = ""
    }
    FNR == 1 { pass[FILENAME]++; code = 0 }
    /^```/ { code = !code }
    FILENAME ~ /\.md$/ && pass[FILENAME] == 1 {
      known[FILENAME] = 1
      if (!code && $0 ~ /^#+ [0-9]+(\.[0-9]+)*\.? /) {
        section = $2
        sub(/\.$/, "", section)
        heading[FILENAME, section] = 1
      }
      next
    }
    FNR == 1 { finish_file(); name = FILENAME; last = $0; number = 1; next }
    { look(last, bare($0)); last = $0; number = FNR }
    END {
      finish_file()
      if (faults == 0) printf "%d citations in order\n", cited
      exit faults > 0
    }' "${pages[@]}" "${files[@]}")
}

# expects exactly one fault in a tree to which $2 is added as the file $1
demand_fault() {
  local tree=$1 file=$2 text=$3
  mkdir -p "$(dirname "$tree/$file")"
  printf 'one\n%b\n' "$text" >"$tree/$file"
  if [ "$(check "$tree" | grep -c "^$file:2: ")" -ne 1 ]; then
    echo "self-test: '$text' in $file was not found"
    return 1
  fi
  rm "$tree/$file"
}

self_test() {
  local tree
  tree=$(mktemp -d)
  trap 'rm -rf "$tree"' RETURN
  mkdir -p "$tree/sim" "$tree/configs"
  printf '# A page\n\n## 1. One\n\n### 1.1 Half\n\nSee section 1.1.\n\n## 2. Two\n' >"$tree/sim/README.md"
  printf '// sim/README.md 1.1 and 2, `sim/README.md` 1, (sim/README.md 1-2);\n// sim/README.md\n// 1.1 holds 3\n' >"$tree/sim/a.c"
  printf 'a: 1  # why [sim 1.1, 2], 5 m [measured]\n' >"$tree/configs/a.yaml"
  printf 'See `sim/README.md` 2 for 7 reasons; runs/x/report.md is made later.\n' >"$tree/README.md"
  if ! check "$tree"; then
    echo "self-test: a tree in order was refused"
    return 1
  fi
  while IFS='|' read -r file text; do
    demand_fault "$tree" "$file" "$text"
  done <<'FAULTS'
sim/b.c|// see sim/README.md 1.2
sim/b.c|// see sim/README.md 1.1 and 3
sim/b.c|// see sim/README.md 1-3
sim/b.c|// see sim/README.md\n// 4
sim/b.h|// see physics/README.md
sim/b.h|// see recipe.md 5.6
sim/b.h|// touches (spec 5.2)
sim/b.h|// match specification\n// 5.1
sim/b.h|// told on the measures page
sim/b.h|// of the recipe for the skills, section 1
sim/b.h|// m, spec/measures
configs/b.yaml|b: 1  # [sim 1.3]
configs/b.yaml|b: 1  # [hcsp 1]
sim/b.md|as section 9 says
sim/b.md|see `CONTRIBUTING.md`
FAULTS
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [ "${1:-}" = --self-test ]; then
  shift
  self_test
fi
check "${1:-$root}"
