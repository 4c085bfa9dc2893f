#!/usr/bin/env bash
# Runs tests under a sanitizer: those that touch C, threads or sockets, or all that match a filter.
#   ops/sanitize.sh address|thread|undefined [FILTER]
# Builds into a folder of its own, .build-asan, .build-tsan or .build-ubsan, which takes minutes the first time.
# What is known and not ours is in ops/sanitize/*.supp, each with its reason.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
suites='ZeroMQTests|OxbowKernelsTests|OxbowWireTests|OxbowRuntimeTests|OxbowDataTests|OxbowSafetensorsTests|OxbowFetchTests'
suites+='|OxbowProbeTests|OxbowReportTests|OxbowExperimentTests'
# Swift's own report of a crash would hide the sanitizer's.
export SWIFT_BACKTRACE=enable=no
# One thread a primitive, as everywhere else; libgomp's own threads are not seen by ThreadSanitizer.
export OMP_NUM_THREADS=1

usage() {
    printf 'usage: ops/sanitize.sh address|thread|undefined [FILTER]\n' >&2
    exit 2
}

flags=()
case "${1:-}" in
    address)
        scratch=.build-asan
        # Swift's runtime keeps metadata for good, so leaks are told by what our own code allocated (leaks.supp).
        export ASAN_OPTIONS="detect_leaks=1:detect_stack_use_after_return=0:${ASAN_OPTIONS:-}"
        export LSAN_OPTIONS="suppressions=$root/ops/sanitize/leaks.supp:print_suppressions=0:${LSAN_OPTIONS:-}"
        ;;
    thread)
        scratch=.build-tsan
        export TSAN_OPTIONS="suppressions=$root/ops/sanitize/thread.supp:halt_on_error=0:exitcode=66:${TSAN_OPTIONS:-}"
        ;;
    undefined)
        scratch=.build-ubsan
        # swiftc has none for Linux, and Swift traps by itself: C only, which traps as well, since there is no runtime to link.
        flags=(-Xcc -fsanitize=undefined -Xcc -fsanitize-trap=undefined)
        export SWIFT_BACKTRACE=enable=yes
        ;;
    *) usage ;;
esac
[ $# -le 2 ] || usage
filter="${2:-$suites}"
[ "${#flags[@]}" -gt 0 ] || flags=(--sanitize "$1")

# Optimised, since tests train; -enable-testing as in ops/test.sh.
build=(-c release -Xswiftc -enable-testing --scratch-path "$root/$scratch" "${flags[@]}")
printf '== build with the %s sanitizer\n' "$1"
swift build "${build[@]}" --build-tests
export OXBOW_EXECUTABLE="$root/$scratch/release/oxbow"
printf '== tests under the %s sanitizer: %s\n' "$1" "$filter"
swift test "${build[@]}" --disable-xctest --skip-build --filter "$filter"
