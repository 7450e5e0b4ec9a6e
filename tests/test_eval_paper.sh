#!/usr/bin/env bash
# The paper's table: the same numbers at the same seed and any number of threads, teams that are not
# there are named, every number of the file counts.
#   test_eval_paper.sh path/to/hcsp
set -uo pipefail
hcsp=$1
source "$(dirname "${BASH_SOURCE[0]}")/support/script.sh"

# write FILE POINTS EXTRA
write() {
  cat >"$1" <<END
rules: paper
points: $2
other_points: 4
seed: 3
ours: [stage1_plus, stage2_court]
field: [stage1, nobody]
besides: [stage1_paper, sp]
also: [classical]
remarks: ["said beside the table"]
published: {average: 82.9, head_to_head: 71.5}
$3
END
}

write paper.yaml 8 "spent: [{team: stage2_court, match_steps: 9.1e7, cpu_seconds: 903}]"
expect 0 "no team 'nobody'" eval paper --config paper.yaml --report report.md --threads 1
cmp -s out.txt report.md || wrong "the report differs from what was printed"
grep -q "^Left out.*nobody" report.md || wrong "the report does not name who is missing"
grep -q "^| stage2_court over stage1_plus | .* | 71.5 |$" report.md || wrong "no comparison of the two: $(cat report.md)"
grep -q "^| stage2_court : stage1 | 8 |" report.md || grep -q "stage1_plus : stage1 | 8 |" report.md || wrong "no 8 points"
grep -q "^| | stage1 | average | lowest | published average | stage1_paper | sp |$" report.md || wrong "columns: $(cat report.md)"
grep -qE "^\| stage2_court \|( [0-9.]+ \([0-9.-]+\) \|| - \|) [0-9.]+ \| [0-9.]+ \| 82.9 \|(( [0-9.]+ \([0-9.-]+\) \|)| - \|){2}$" report.md ||
  wrong "the row of stage2_court: $(cat report.md)"
grep -q "^\* said beside the table$" report.md || wrong "no remark: $(cat report.md)"
# a rule team receives and attacks; its touches are not those of the row's team
grep -qE "^\| stage1 \| [0-9.]+ \| ([1-9][0-9.]*) \|$" report.md || wrong "no touches: $(cat report.md)"
grep -qE "^\| sp \| (0\.[0-9]+|1\.00) \| 0.0: at most one touch \|$" report.md || wrong "sp receives: $(cat report.md)"
! grep -q nan report.md || wrong "a number that is none: $(cat report.md)"
grep -q "^| stage1 : classical | 4 |" report.md || wrong "no 4 points of the others"
grep -qE "^\| stage2_court \| [0-9.]+ \| 0.[0-9]+ \| 91.0 \| 903 \|" report.md || wrong "no budget of stage2_court"
expect 0 "" eval paper --config paper.yaml --report again.md --threads 3
cmp -s report.md again.md || wrong "3 threads, another table"
expect 0 "" eval paper --config paper.yaml --points 4 --json
grep -q '"missing"' out.txt || wrong "no JSON: $(head -c 200 out.txt)"

write odd.yaml 6 ""
expect 3 "points.*saw 6, wanted a multiple of 4" eval paper --config odd.yaml
write less.yaml 8 "spent: [{team: stage2_court, cpu_seconds: -1}]"
expect 3 "spent.*numbers from 0" eval paper --config less.yaml
write more.yaml 8 "what: 1"
expect 3 "what" eval paper --config more.yaml
# one team more than the table has room for: 8 + 12 + 12 + 1
twelve=$(printf 'stage1, %.0s' {1..11})stage1
sed "s/^ours.*/ours: [$(printf 'stage1, %.0s' {1..7})stage1]/; s/^field.*/field: [$twelve]/
  s/^besides.*/besides: [$twelve]/" paper.yaml >many.yaml
expect 3 "too many teams, wanted at most 32" eval paper --config many.yaml
expect 2 "multiple of 4" eval paper --points 6
expect 2 "stand in the file" eval paper stage1
expect 3 "nowhere.yaml" eval paper --config nowhere.yaml

if [ $failures -gt 0 ]; then
  echo "$failures failures"
  exit 1
fi
echo "all as wanted"
