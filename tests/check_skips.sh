#!/usr/bin/env bash
# No test skips over its clean-up:   tests/check_skips.sh [--self-test] [FOLDER]
# cmocka's skip() jumps out of the test, so what is held by then leaks, which the sanitizers report as
# a failure on just those machines that lack something. A test says what it needs with test_needs()
# (tests/support/check.h), before its first other statement; prints each line that does not, exits 1.
set -euo pipefail

check() {
  (cd "$1" && find tests -type f -name '*.[ch]' -print0 | sort -z |
    xargs -0 -r awk '
    function fault(why) {
      printf "%s:%d: %s\n", FILENAME, FNR, why
      faults++
    }
    FNR == 1 { first = inside = 0 }
    FILENAME == "tests/support/check.h" { next }
    { code = $0; sub(/\/\/.*/, "", code) }
    code ~ /(^|[^A-Za-z0-9_])_?skip *\(/ { fault("skip() jumps over the clean-up, wanted test_needs() first of all") }
    # the rest of a test_needs() of several lines
    inside { inside = code !~ /; *$/; next }
    code ~ /(^|[^A-Za-z0-9_])test_needs *\(/ {
      if (!first) fault("test_needs() comes before every other statement of a test")
      inside = code !~ /; *$/
      next
    }
    code ~ /^static void [A-Za-z0-9_]+\(void \*\*[a-z_]+\) *\{ *$/ { first = 1; next }
    code !~ /^ *(\(void\)[a-z_]+;)? *$/ { first = 0 }
    END { exit faults > 0 }')
}

# expects one fault at line 4 of a test whose lines are the arguments
demand_fault() {
  printf '%s\n' "${@:2}" >"$1/tests/test_planted.c"
  if [ "$(check "$1" | grep -c '^tests/test_planted.c:4: ')" -ne 1 ]; then
    echo "self-test: not found in"
    cat "$1/tests/test_planted.c"
    return 1
  fi
}

self_test() {
  local tree
  tree=$(mktemp -d)
  trap 'rm -rf "$tree"' RETURN
  mkdir "$tree/tests"
  printf '%s\n' 'static void a(void **state) {' '  (void)state;' '  // skip() is not for here' \
    '  test_needs(x, "a");' '  test_needs(y(1) &&' '                 z,' '             "b");' \
    '  int n = 0;' '}' >"$tree/tests/test_good.c"
  if ! check "$tree"; then
    echo "self-test: a tree in order was refused"
    return 1
  fi
  demand_fault "$tree" 'static void a(void **state) {' '  (void)state;' '  void *p = malloc(1);' '  test_needs(x, "a");'
  demand_fault "$tree" 'static void a(void **state) {' '  (void)state;' '  if (!x) {' '    skip();'
  demand_fault "$tree" '// a helper' 'static void a(int n) {' '  n++;' '  test_needs(n, "a");'
  demand_fault "$tree" '#ifdef A' '#else' '#endif' '#define SKIP() _skip(__FILE__, __LINE__)'
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [ "${1:-}" = --self-test ]; then
  shift
  self_test
fi
check "${1:-$root}"
echo "$(grep -rl 'test_needs(' "${1:-$root}/tests" --include='test_*.c' | wc -l) tests need what not every machine has"
