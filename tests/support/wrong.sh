# Sourced by the script tests: wrong WORDS... tells what is not as wanted and counts it in `failures`.
failures=0

wrong() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}
