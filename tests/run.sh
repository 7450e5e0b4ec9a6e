#!/usr/bin/env bash
# Sets the machine up, builds and runs the tests:   ./tests/run.sh [-q | --long]
#   relassert  gcc, optimised with asserts, warnings are errors: all tests but "long-run"
#   asan       clang, address and undefined-behaviour sanitizers, warnings are errors, a short libFuzzer
#              run of each reader: all but the style checks and those labelled "long"
#   tsan       thread sanitizer: the tests labelled "threads" and not "long"
# -q: relassert only. --long: relassert, and of the tests only those labelled "long-run", which no
# other call runs: they take minutes each. All others together must stay below 15 minutes on two
# cores, so a new test takes seconds. "long": some ten seconds, too slow for the sanitizers.
# Once set up, neither root nor a terminal, a home or a network is needed; what a machine lacks (the
# right to mount, a GPU) is skipped with a sentence. The last line counts what ctest ran, over all
# builds; a build that fails counts as one failed test. Logs: build/<name>/*.log
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

passed=0 failed=0 skipped=0
jobs=$(nproc)

say() { printf '[%4d s] %s\n' $SECONDS "$*"; }

# the end of a log, and one failed test
fail() {
  say "$1: FAILED, the end of $2:"
  tail -n 60 "$2"
  failed=$((failed + 1))
}

configure() {
  local name=$1 folder=build/$1
  mkdir -p "$folder"
  if ! cmake --preset "$name" -DHCSP_WERROR=ON >"$folder/configure.log" 2>&1; then
    fail "$name configure" "$folder/configure.log"
    return 1
  fi
}

# configures and builds: all, or the programs of the tests that options of ctest choose
build() {
  local name=$1 folder=build/$1 start=$SECONDS targets=()
  shift
  configure "$name" || return
  if [ $# -gt 0 ]; then
    mapfile -t targets < <(ctest --test-dir "$folder" -N "$@" |
      sed -nE "s/^ *Test +#[0-9]+: (.*)/test_\1/p")
    targets=(--target "${targets[@]}")
  fi
  if ! cmake --build "$folder" -j "$jobs" "${targets[@]}" >"$folder/build.log" 2>&1; then
    fail "$name build" "$folder/build.log"
    return 1
  fi
  say "$name: built in $((SECONDS - start)) s"
}

# how many <testcase> lines of a JUnit file match; the names of tests cannot contain '<'
cases() { grep -c "^[[:space:]]*<testcase .*$2" "$1"; }

# ctest in the folder of a build: name, then options of ctest
run() {
  local name=$1 folder=build/$1 start=$SECONDS
  shift
  local junit=$folder/junit.xml
  rm -f "$junit"
  ctest --test-dir "$folder" -j "$jobs" --no-tests=error --output-on-failure \
    --output-junit "$PWD/$junit" "$@" >"$folder/ctest.log" 2>&1
  local rc=$?
  if [ ! -s "$junit" ] || [ "$(cases "$junit" '')" -eq 0 ]; then
    fail "$name tests" "$folder/ctest.log"
    return
  fi
  local all bad off left_out
  all=$(cases "$junit" '')
  off=$(cases "$junit" 'status="disabled"')
  left_out=$((off + $(grep -c '^[[:space:]]*<skipped message="SKIP_' "$junit")))
  # failed, and those that could not be started
  bad=$(($(cases "$junit" 'status="fail"') + $(cases "$junit" 'status="notrun"') - left_out + off))
  [ $rc -eq 0 ] || [ $bad -gt 0 ] || bad=1
  passed=$((passed + all - bad - left_out)) failed=$((failed + bad)) skipped=$((skipped + left_out))
  [ $bad -eq 0 ] || grep -vE '^ *(Start +[0-9]+:|[0-9]+/[0-9]+ Test .* Passed )' "$folder/ctest.log"
  say "$name: $all tests, $bad failed, $left_out skipped in $((SECONDS - start)) s"
}

finish() {
  printf '%d passed, %d failed, %d skipped\n' $passed $failed $skipped
  [ $failed -eq 0 ]
  exit
}

which=all
case ${1:-} in
'') ;;
-q) which=quick ;;
--long) which=long ;;
*)
  echo "usage: tests/run.sh [-q | --long]" >&2
  exit 2
  ;;
esac

if ! ./hcsp/setup.sh --tests; then
  failed=1
  finish
fi
say "machine ready"

if [ $which = long ]; then
  build relassert && run relassert -L '^long-run$'
  finish
fi
build relassert && run relassert -LE '^long-run$'
[ $which = all ] || finish
build asan && run asan -LE 'style|long'
build tsan -L threads -LE long && run tsan -L threads -LE long
finish
