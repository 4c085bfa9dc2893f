#!/usr/bin/env bash
# Fuzzes every reader of bytes that others wrote: coverage-guided, from the corpus in ops/fuzz/corpus. Fails on a crash, a
# broken property, an input that takes 10 s, or too much memory; leaves the input, and a line that tries it again.
#   ops/fuzz.sh [SECONDS] [TARGET...]     10 seconds each; all targets
#   ops/fuzz.sh --reproduce TARGET FILE   one input
#   ops/fuzz.sh --seeds                   writes the corpus anew, with our own encoders
#   ops/fuzz.sh --targets                 lists them
# What runs find is kept in ops/fuzz/.build/found, and the next run begins with it.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
package="$root/ops/fuzz"
found="$package/.build/found"
crashes="$package/.build/crashes"
program="$package/.build/release/oxbow-fuzz"
# Swift's own report of a crash takes longer than the rest of the run, and would hide libFuzzer's.
export SWIFT_BACKTRACE=enable=no

say() { printf 'fuzz: %s\n' "$*"; }

# libFuzzer and AddressSanitizer come with the toolchain on some systems only.
can_link() {
    local scratch
    scratch="$(mktemp -d)"
    # The name is the one that libFuzzer calls.
    printf '@_cdecl("LLVMFuzzerTestOneInput") public func one(_: UnsafePointer<UInt8>?, _: Int) -> Int32 { 0 }\n' >"$scratch/a.swift"
    local result=0
    swiftc -sanitize=fuzzer,address -parse-as-library "$scratch/a.swift" -o "$scratch/a" 2>/dev/null || result=1
    rm -rf "$scratch"
    return "$result"
}

build() {
    # Not --sanitize, which would give swiftc two options, of which the last one wins. C is left alone: what reads other
    # people's bytes here is Swift, and protobuf-c and zlib are the system's.
    swift build --package-path "$package" -c release -Xswiftc -sanitize=fuzzer,address --product oxbow-fuzz \
        >"$package/build.log" 2>&1 || {
        tail -n 40 "$package/build.log" >&2
        return 1
    }
    rm -f "$package/build.log"
}

# One target for some seconds, in silence unless it fails.
fuzz() {
    local target="$1" seconds="$2"
    local log="$package/.build/$target.log" words="$package/words/$target" arguments=()
    mkdir -p "$found/$target" "$crashes"
    [ ! -f "$words" ] || arguments+=("-dict=$words")
    if OXBOW_FUZZ_TARGET="$target" "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=512 \
        -artifact_prefix="$crashes/$target-" "${arguments[@]}" "$found/$target" "$package/corpus/$target" >"$log" 2>&1; then
        say "$target: $(grep -o 'Done [0-9]* runs in [0-9]*' "$log" | tail -n 1) s, $(coverage "$log")"
        return 0
    fi
    say "$target FAILED:" >&2
    grep -E 'Fatal error|ERROR:|SUMMARY|Test unit written' "$log" >&2 || tail -n 20 "$log" >&2
    local input
    input="$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)"
    [ -z "$input" ] || printf 'try it again: ops/fuzz.sh --reproduce %s %s\n' "$target" "$input" >&2
    return 1
}

coverage() { grep -o 'cov: [0-9]*' "$1" | tail -n 1; }

# As many at a time as there are processors. Whoever fails says so by a file: bash forgets results of jobs that ended early.
fuzz_all() {
    local seconds="$1" target
    shift
    rm -f "$package/.build/failed"
    for target in "$@"; do
        while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n || true; done
        { fuzz "$target" "$seconds" || touch "$package/.build/failed"; } &
    done
    wait
    [ ! -e "$package/.build/failed" ]
}

if ! command -v swiftc >/dev/null || ! can_link; then
    say "SKIPPED: this toolchain cannot link libFuzzer and AddressSanitizer into a Swift program"
    exit 0
fi
build
mapfile -t targets < <(OXBOW_FUZZ_LIST=1 "$program" 2>/dev/null)

case "${1:-}" in
    --targets) printf '%s\n' "${targets[@]}" ;;
    --seeds) OXBOW_FUZZ_SEEDS="$package" "$program" ;;
    --reproduce)
        [ $# -eq 3 ] || { say "--reproduce needs a target and a file" >&2; exit 2; }
        OXBOW_FUZZ_TARGET="$2" "$program" -timeout=10 "$3"
        ;;
    *)
        seconds="${1:-10}"
        [[ "$seconds" =~ ^[0-9]+$ ]] || { say "unknown argument '$1'; the first one is a number of seconds" >&2; exit 2; }
        [ $# -eq 0 ] || shift
        [ $# -gt 0 ] || set -- "${targets[@]}"
        fuzz_all "$seconds" "$@"
        ;;
esac
