#!/usr/bin/env bash
# Two network namespaces as two hosts, the way between them slowed by 50 ms: the same bytes as one
# process has, at a cost that is told.
#   test_fleet_hosts.sh path/to/hcsp
set -uo pipefail
hcsp=$1
source "$(dirname "${BASH_SOURCE[0]}")/support/script.sh"
rm -rf hosts && mkdir hosts && cd hosts || exit 1
skip() { echo "skipped: $*"; exit 77; }
command -v mpirun >/dev/null && [ -e "$(dirname "$hcsp")/libhcsp_mpi.so" ] || skip "no mpirun here, or a build without MPI"
command -v ip >/dev/null || skip "no ip here (iproute2)"
[ -w /dev/net/tun ] || skip "no right to make network devices"
a=hcsp-a-$$ b=hcsp-b-$$
ip netns add $a 2>/dev/null || skip "no right to make network namespaces"
trap 'exec 8>&-; ip netns del $a; ip netns del $b 2>/dev/null' EXIT
ip netns add $b
mkfifo delay ready
python3 "$(dirname "${BASH_SOURCE[0]}")/support/slow_link.py" hcsp-va hcsp-vb <delay >ready &
exec 8>delay
read -r line <ready && [ "$line" = ready ] || skip "no tap devices here"
ip link set hcsp-va netns $a && ip link set hcsp-vb netns $b
ip -n $a addr add 10.77.0.1/24 dev hcsp-va && ip -n $b addr add 10.77.0.2/24 dev hcsp-vb
for space in $a $b; do ip -n $space link set lo up; done
ip -n $a link set hcsp-va up && ip -n $b link set hcsp-vb up

# what mpirun takes for ssh: a command on the other host, which has a name of its own
cat >remote <<END
#!/usr/bin/env bash
shift
exec ip netns exec $b unshare --uts bash -c 'hostname other; exec "\$@"' - bash -c "\$*"
END
chmod +x remote
unshare --uts true 2>/dev/null || skip "no right to make a namespace for a host's name"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_mpi_yield_when_idle=1 ASAN_OPTIONS=detect_leaks=0 TMPDIR=$PWD/tmp
mkdir tmp

# on_hosts ARGUMENTS...: one rank on each host
on_hosts() {
  timeout 250 ip netns exec $a mpirun --host 10.77.0.1,10.77.0.2 -n 2 --mca plm_rsh_agent "$PWD/remote" \
    --mca btl tcp,self --mca btl_tcp_if_include 10.77.0.0/24 --mca oob_tcp_if_include 10.77.0.0/24 \
    -x HCSP_HOME -x TMPDIR "$hcsp" "$@" </dev/null
}

figures() { grep -v '"cpu_seconds"' "$1" | sha256sum; }
teams="eval teams stage2_court stage1_plus --points 80 --threads 1 --json"
# shellcheck disable=SC2086
{
"$hcsp" $teams >one.json 2>/dev/null || wrong "one process"
start=$(date +%s%N)
on_hosts $teams >fast.json 2>err.txt || skip "mpirun does not start on two namespaces: $(tail -c 300 err.txt)"
fast=$((($(date +%s%N) - start) / 1000000))
echo 50 >&8
start=$(date +%s%N)
on_hosts $teams >slow.json 2>err.txt || wrong "a slow host: $(tail -c 300 err.txt)"
slow=$((($(date +%s%N) - start) / 1000000))
}
for file in fast slow; do
  [ "$(figures one.json)" = "$(figures $file.json)" ] || wrong "$file: other figures than one process has"
done
HCSP_FLEET_PATIENCE=600 on_hosts bench fleet >bench.txt 2>err.txt || wrong "bench: $(tail -c 300 err.txt)"
take=$(awk '$1 == "fleet_take" { print $2 }' bench.txt)
awk -v take="$take" 'BEGIN { exit !(take > 45000) }' || wrong "the way is not slow: work is handed out in $take us"
echo "two hosts: $fast ms; one behind 50 ms: $slow ms, start-up included; $(grep fleet_ bench.txt | tr -s ' ' | tr '\n' ';')"
exit $((failures > 0))
