#!/usr/bin/env bash
# Trains over an uneven fleet on this one machine and sets a step beside what the cost model says of it.
#
# Each worker gets a network namespace whose link is shaped (tc tbf, both ways) and a share of a processor (cgroup cpu
# quota); broker and core share a namespace, and so one link. Needs root, iproute2 and python3. Measures nothing useful
# while anything else runs here.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: ops/bench/uneven-fleet.sh [options]
  --worker NAME:SHARE:MBIT   a worker: share of one processor, link in Mbit/s; may be repeated
                             (default strong:0.8:800, middle:0.4:200 and weak:0.2:50)
  --core-mbit N              the link of broker and core (default 1000)
  --width W, --steps N       of the model, and steps to measure (default 0.25 and 20)
  --oxbow PATH               the executable (default .build/release/oxbow)
TEXT
}

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
oxbow="$root/.build/release/oxbow"
workers=()
core_mbit=1000 width=0.25 steps=20
while [ "$#" -gt 0 ]; do
    case "$1" in
        --help) usage; exit 0 ;;
        --worker | --core-mbit | --width | --steps | --oxbow)
            [ "$#" -ge 2 ] || { printf 'uneven-fleet: %s needs a value\n' "$1" >&2; exit 2; }
            case "$1" in
                --worker) workers+=("$2") ;;
                --core-mbit) core_mbit="$2" ;;
                --width) width="$2" ;;
                --steps) steps="$2" ;;
                --oxbow) oxbow="$2" ;;
            esac
            shift
            ;;
        *) usage >&2; exit 2 ;;
    esac
    shift
done
[ "${#workers[@]}" -gt 0 ] || workers=(strong:0.8:800 middle:0.4:200 weak:0.2:50)
[ "$(id -u)" -eq 0 ] || { printf 'uneven-fleet: namespaces and quotas need root\n' >&2; exit 1; }

place="$(mktemp -d)"
# Of this process, so that two of them do not meet.
tag="ox$((BASHPID % 10000))"
export XDG_CACHE_HOME="$place/cache"

# Everything that was made is removed, however this ends.
clean_up() {
    local pids
    pids="$(jobs -p)"
    # shellcheck disable=SC2086
    [ -z "$pids" ] || kill $pids 2>/dev/null || true
    wait || true
    local index
    for index in core "${!workers[@]}"; do
        ip netns del "$tag-$index" 2>/dev/null || true
        rmdir "/sys/fs/cgroup/cpu/$tag-$index" "/sys/fs/cgroup/$tag-$index" 2>/dev/null || true
    done
    ip link del "$tag" 2>/dev/null || true
    rm -rf "$place"
}
trap clean_up EXIT

# A namespace at the bridge with a link of so many Mbit/s each way.
join() {
    local name="$1" address="$2" mbit="$3" short="$4"
    # A burst passes at any rate: small beside a message, so that it does not count.
    local shape=(tbf rate "${mbit}mbit" burst "$((mbit * 250 > 16384 ? mbit * 250 : 16384))" latency 200ms)
    ip netns add "$name"
    ip link add "$tag.$short" type veth peer name eth0 netns "$name"
    ip link set "$tag.$short" master "$tag" up
    ip -n "$name" addr add "$address/24" dev eth0
    ip -n "$name" link set eth0 up
    ip -n "$name" link set lo up
    tc qdisc add dev "$tag.$short" root "${shape[@]}"
    tc -n "$name" qdisc add dev eth0 root "${shape[@]}"
}

# A cgroup with a share of one processor; prints the file that takes its members.
quota() {
    local name="$1" share="$2" period=10000 quota
    quota="$(python3 -c "print(max(1000, round($period * $share)))")"
    if [ -e /sys/fs/cgroup/cpu/cpu.cfs_quota_us ]; then
        mkdir "/sys/fs/cgroup/cpu/$name"
        printf '%s' "$period" >"/sys/fs/cgroup/cpu/$name/cpu.cfs_period_us"
        printf '%s' "$quota" >"/sys/fs/cgroup/cpu/$name/cpu.cfs_quota_us"
        printf '%s' "/sys/fs/cgroup/cpu/$name/cgroup.procs"
    else
        mkdir "/sys/fs/cgroup/$name"
        printf '%s %s' "$quota" "$period" >"/sys/fs/cgroup/$name/cpu.max"
        printf '%s' "/sys/fs/cgroup/$name/cgroup.procs"
    fi
}

# Before any quota: workers read what was measured here.
printf 'measuring this machine\n'
"$oxbow" doctor >/dev/null || true

ip link add "$tag" type bridge
ip link set "$tag" up
join "$tag-core" 10.213.77.1 "$core_mbit" core
members=()
for index in "${!workers[@]}"; do
    IFS=: read -r _ share mbit <<<"${workers[$index]}"
    join "$tag-$index" "10.213.77.$((index + 10))" "$mbit" "$index"
    members[index]="$(quota "$tag-$index" "$share")"
done

printf 'width: %s\n' "$width" >"$place/model.yaml"
helper="$root/ops/bench/uneven_fleet.py"

# Runs with the cuts of a plan and prints a line.
measure() {
    local name="$1"
    python3 "$helper" experiment "$place" "$name" "$width" "$steps" "${workers[@]}" >"$place/experiment.yaml"
    ip netns exec "$tag-core" "$oxbow" broker --bind tcp://10.213.77.1:5555 --insecure --insecure-anywhere --closed --log-level error \
        --experiment "$place/experiment.yaml" >"$place/$name.jsonl" &
    local broker=$! connect=(worker --connect tcp://10.213.77.1:5555 --insecure --insecure-anywhere --log-level error)
    ip netns exec "$tag-core" "$oxbow" "${connect[@]}" --role core --id core &
    local index tier
    for index in "${!workers[@]}"; do
        tier="${workers[$index]%%:*}"
        # shellcheck disable=SC2016
        bash -c 'echo $$ >"$1"; shift; exec "$@"' - "${members[$index]}" ip netns exec "$tag-$index" \
            "$oxbow" "${connect[@]}" --id "$tier-1" --tier "$tier" --domain mnist &
    done
    wait "$broker"
    wait
    python3 "$helper" result "$place" "$name"
}

for name in least most exact; do
    python3 "$helper" fleet "$place" "$name" "$core_mbit" "${workers[@]}" >"$place/fleet.yaml"
    "$oxbow" plan "$place/fleet.yaml" --model "$place/model.yaml" --batch 64 --steps-per-round "$steps" --format json \
        >"$place/$name.plan.json"
done
printf '%-6s %12s %12s %8s  %s\n' plan 'modelled s' 'measured s' ratio cuts
for name in least most exact; do measure "$name"; done
