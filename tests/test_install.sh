#!/usr/bin/env bash
# The installed tree: moved after its installation, in a folder with a space in its name, found by
# pkg-config and find_package; the programs and an example in C run there without the sources.
#   test_install.sh CMAKE BUILD
set -uo pipefail
cmake=$1 build=$2
source "$(dirname "${BASH_SOURCE[0]}")/support/script.sh"
sources=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
unset HCSP_HOME
rm -rf 'first place' 'second place' && mkdir 'first place' || exit 1

"$cmake" --install "$build" --prefix "$PWD/first place/tree" >install.log 2>&1 ||
  { tail -n 20 install.log; exit 1; }
mv 'first place' 'second place'
tree="$PWD/second place/tree"
library=$(dirname "$(find "$tree" -name libhcsp.so)")
cd / || exit 1

# the programs, and the data they use
cp "$tree/share/hcsp/policies/teams/stage3_court.yaml" "$tree/share/hcsp/policies/teams/of_this_tree.yaml"
"$tree/bin/hcsp" info >"$tree/info.txt" || wrong "hcsp info in the moved tree"
grep -q '^teams .*of_this_tree' "$tree/info.txt" || wrong "not the teams of this tree: $(head -3 "$tree/info.txt")"
"$tree/bin/hcsp" play --near stage3_court --far stage2_court --rallies 2 --threads 1 >"$tree/play.txt" ||
  wrong "hcsp play in the moved tree"
"$tree/bin/hcsp-view" --version >/dev/null || wrong "hcsp-view in the moved tree"
mv "$tree/share/hcsp" "$tree/share/gone"
"$tree/bin/hcsp" --version >/dev/null || wrong "--version needs the data"
mv "$tree/share/gone" "$tree/share/hcsp"
HCSP_HOME=/nowhere "$tree/bin/hcsp" play --rallies 1 >/dev/null 2>"$tree/err.txt" &&
  wrong "HCSP_HOME of the environment is not taken"

# nothing but the interface is to be seen
seen=$(nm -D --defined-only "$library/libhcsp.so" | awk '{print $3}' | grep -v '^hcsp_' | grep -vE '^(__asan|__odr|___asan|__ubsan|__start|__stop|_init|_fini)')
[ -z "$seen" ] || wrong "libhcsp.so shows $(head -3 <<<"$seen" | tr '\n' ' ')"
for name in $(grep -oE '\bhcsp_[a-z_]+\(' "$tree"/include/hcsp.h | tr -d '(' | sort -u); do
  nm -D --defined-only "$library/libhcsp.so" | grep -q " T $name\$" || wrong "libhcsp.so has no $name"
done

# pages that are named lie where the data are
for page in $(grep -ohE '[a-z/]*README\.md' "$sources"/hcsp/api/hcsp.h "$sources"/hcsp/python/hcsp/*.py | sort -u) \
  hcsp/python/TUTORIAL.md hcsp/fleet/README.md; do
  [ -s "$tree/share/hcsp/$page" ] || wrong "no page $page"
done

# the example, by pkg-config and by find_package
cd "$tree" || exit 1
export PKG_CONFIG_PATH=$library/pkgconfig
flags=$(pkg-config --cflags --libs hcsp) || wrong "pkg-config does not know hcsp"
eval "cc -std=c11 -Wall -Wextra -Wpedantic -Werror '$sources/hcsp/api/example.c' $flags -o example" ||
  wrong "the example does not compile"
LD_LIBRARY_PATH=$library ./example stage3_court stage2_court >example.txt || wrong "the example: $(cat example.txt)"
grep -qE '^stage3_court [0-9]+ : [0-9]+ stage2_court, ' example.txt || wrong "the example says $(cat example.txt)"
LD_LIBRARY_PATH=$library ./example nobody stage2_court 2>err.txt && wrong "the example takes an unknown team"
grep -q "^example: saw the team 'nobody'" err.txt || wrong "the example says $(cat err.txt)"
echo '#include <cstdio>
#include <hcsp.h>
int main() { HcspPlayOptions options = HCSP_PLAY_OPTIONS_INIT; puts(hcsp_home()); return options.size ? hcsp_abi_version() : 1; }' >plain.cpp
eval "c++ -Wall -Wextra -Werror plain.cpp $flags -o plain" && LD_LIBRARY_PATH=$library ./plain >home.txt ||
  wrong "hcsp.h is not C++"
[ "$(cat home.txt)" = "$tree/share/hcsp" ] || wrong "the library's data are in $(cat home.txt)"
mkdir use && cat >use/CMakeLists.txt <<'E2'
cmake_minimum_required(VERSION 3.23)
project(use C)
find_package(hcsp 0.1 REQUIRED)
add_executable(use example.c)
target_link_libraries(use hcsp::hcsp)
E2
cp "$sources/hcsp/api/example.c" use/
"$cmake" -G Ninja -S use -B use/build -Dhcsp_DIR="$library/cmake/hcsp" >use.log 2>&1 &&
  "$cmake" --build use/build >>use.log 2>&1 || wrong "find_package: $(tail -n 3 use.log)"

# completion: bash offers the commands and options that the program has
words=$(PATH="$tree/bin:$PATH" bash -c 'source share/bash-completion/completions/hcsp
  COMP_WORDS=(hcsp pl) COMP_CWORD=1; _hcsp; echo "${COMPREPLY[@]}"
  COMP_WORDS=(hcsp play --ral) COMP_CWORD=2; _hcsp; echo "${COMPREPLY[@]}"
  COMP_WORDS=(hcsp play --near stage3_court) COMP_CWORD=3; _hcsp; echo "${COMPREPLY[@]}"')
[[ $words == *play*--rallies*stage3_court* ]] || wrong "bash completes $words"

# manual pages, where help2man made them
if [ -d share/man ]; then
  for page in hcsp hcsp-view hcsp-play hcsp-train hcsp-eval-teams; do
    grep -q "^\.TH ${page^^}" "share/man/man1/$page.1" || wrong "no page $page"
  done
fi
[ $failures -eq 0 ]
