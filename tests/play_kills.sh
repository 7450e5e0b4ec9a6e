#!/bin/bash
# hcsp play --log, stopped at random moments: after Ctrl-C and SIGTERM the log has the rallies of the
# printed figures, with the same score; after kill -9, which prints nothing, what the index lists is
# whole. Then as many shards as fit into no table of open files.
#
# Usage: play_kills.sh HCSP     HCSP_KILLS=30 and HCSP_FILES_RALLIES=10000: the long form
hcsp=$1
failures=0
lost=0
wrong() {
  echo "FAIL: $1"
  failures=$((failures + 1))
}

# rallies and points of near and far in a log, "0 0 0" where nothing is listed
count_log() {
  rm -f log.json
  "$hcsp" export "$1" --to json --out log.json >/dev/null 2>&1
  [[ -e log.json ]] || echo '{}' >log.json
  python3 -c 'import json; told = json.load(open("log.json")).get("summary", {})
print(*(told.get(key, 0) for key in ("rallies", "near", "far")))'
}

# the same of what hcsp play printed, "" when it printed nothing
count_printed() {
  awk '/interrupted after/ { for (i = 1; i <= NF; i++) if ($i == "after") n = $(i + 1) }
       $1 == "score"       { near = $4; far = $6 }
       END                 { if (n != "") print n + 0, near + 0, far + 0 }' "$1"
}

for ((i = 0; i < ${HCSP_KILLS:-3}; i++)); do
  signal=$(echo INT TERM KILL | cut -d' ' -f$((i % 3 + 1)))
  rm -rf killed
  "$hcsp" play --near stage1_volley --far stage1_volley --rallies 100000 --threads 1 --seed "$i" --log killed >out.txt 2>&1 &
  # something is lost only where something was listed
  for ((w = 0; w < 1200; w++)); do
    [[ -s killed/index.jsonl ]] && break
    sleep 0.1
  done
  sleep "$((RANDOM % 2)).$((RANDOM % 10))"
  kill -"$signal" $!
  wait $! 2>/dev/null
  printed=$(count_printed out.txt) logged=$(count_log killed)
  echo "$signal: printed ${printed:--}, in the log $logged"
  if [[ -n $printed && $printed != "$logged" ]]; then
    wrong "$signal: printed '$printed', in the log '$logged'"
    lost=$((lost + ${printed%% *} - ${logged%% *}))
  fi
  if [[ -e killed/index.jsonl && -s killed/index.jsonl ]] && ! "$hcsp" info killed >/dev/null 2>err.txt; then
    wrong "$signal: $(head -n 1 err.txt)"
  fi
done
echo "${HCSP_KILLS:-3} kills, $lost reported rallies lost"

rallies=${HCSP_FILES_RALLIES:-34}
rm -rf many
(
  ulimit -n 20
  "$hcsp" play --near stage1_volley --far stage1_volley --rallies "$rallies" --log many >out.txt 2>&1 &&
    "$hcsp" info many >info.txt 2>&1
) || wrong "with 20 open files: $(tail -n 1 out.txt)"
grep -q "match log, $rallies rallies" info.txt || wrong "with 20 open files: $(head -n 1 info.txt)"
echo "$rallies rallies with 20 open files"
exit $((failures > 0))
