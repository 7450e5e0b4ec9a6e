# What script tests share; they source it.
failures=0

# wrong WORDS...: one more failure
wrong() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}

# expect CODE PATTERN ARGUMENTS...: hcsp with them ends with the exit code, a line on stderr matches
expect() {
  local code=$1 pattern=$2 seen
  shift 2
  "$hcsp" "$@" >out.txt 2>err.txt </dev/null
  seen=$?
  [ "$seen" -eq "$code" ] || wrong "hcsp $*: exit code $seen, wanted $code: $(tail -c 300 err.txt)"
  [ -z "$pattern" ] || grep -qE -- "$pattern" err.txt ||
    wrong "hcsp $*: stderr '$(tail -c 300 err.txt)', wanted /$pattern/"
}

# tags of the event files of these runs are those of the one table, with the common ones among them
same_tags() {
  local seen
  seen=$(python3 "$(dirname "${BASH_SOURCE[0]}")/../check_tags.py" "$@") || wrong "tags: $seen"
}

# --resume, once there is a run to go on with
go_on() { if [ -e "$1/config.yaml" ] || [ -d "$1/checkpoints" ]; then echo --resume; fi; }

# waits until process $1 has a handler for Ctrl-C, or is gone
until_listening() {
  local caught
  while caught=$(sed -n 's/^SigCgt:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null) && [ -n "$caught" ]; do
    [ $((16#$caught & 2)) -eq 0 ] || return 0
    sleep 0.05
  done
}

# the tensors of a policy file, without the provenance that names the commit
weights() { tail -c +8192 "$1" | sha256sum | cut -c1-16; }
