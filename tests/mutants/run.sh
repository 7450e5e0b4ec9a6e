#!/usr/bin/env bash
# Plants the faults of tests/mutants/*.txt one by one and tells which tests see them; see mutants.py.
#   tests/mutants/run.sh [--jobs N] [--again] [--list] [--results FILE] [NAME or TABLE ...]
exec nice -n ${NICE:-10} python3 "$(dirname "${BASH_SOURCE[0]}")/mutants.py" "$@"
