#!/usr/bin/env bash
# Manual pages from the programs' own help:   pages.sh HELP2MAN FOLDER-OF-PROGRAMS OUT
# hcsp(1) and hcsp-view(1), and a page for every command: hcsp-play(1), hcsp-eval-teams(1), ...
set -euo pipefail
help2man=$1 programs=$2 out=$3
mkdir -p "$out"
export PATH=$programs:$PATH
version=$(hcsp --version)

# page NAME ABOUT COMMAND...: what `COMMAND --help` says, as section 1
page() {
  local name=$1 about=$2
  shift 2
  printf '#!/bin/sh\nexec %s "$@"\n' "$*" >"$out/$name"
  chmod +x "$out/$name"
  "$help2man" --no-info --no-discard-stderr --version-string="$version" --name="$about" \
    --output="$out/$name.1" "$out/$name"
  rm "$out/$name"
  # help2man takes the name from the usage line, which has the command apart
  sed -i -E "s/^\.TH [^ ]+/.TH ${name^^}/; s/^(hcsp|[a-z-]+) \\\\- /$name \\\\- /" "$out/$name.1"
}

# the commands that a help lists, each with what it is for
commands() { "$@" --help | sed -nE 's/^  ([a-z]+) +([^ ].*)/\1\t\2/p'; }

page hcsp '3v3 drone volleyball: play, train, measure' hcsp
page hcsp-view 'watch matches and logs' hcsp-view
while IFS=$'\t' read -r command about; do
  page "hcsp-$command" "$about" hcsp "$command"
done < <(commands hcsp)
while IFS=$'\t' read -r what about; do
  page "hcsp-eval-$what" "$about" hcsp eval "$what"
done < <(commands hcsp eval)
