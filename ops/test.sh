#!/usr/bin/env bash
# Sets up, builds and runs every check. Ends non-zero if any of them fails, after all have run.
#   ops/test.sh --sanitize    also under the address and thread sanitizers, which takes many minutes more
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
# Warnings in our own code are errors.
export OXBOW_STRICT="${OXBOW_STRICT:-1}"
# Of each reader that ops/fuzz.sh tries; as many at a time as there are processors.
fuzz_seconds=3
# Of disturbing a fleet.
chaos_minutes=0.25
case "${1:-}" in
    "" | --sanitize) ;;
    *)
        printf "test: unknown option '%s'; there is --sanitize\n" "$1" >&2
        exit 2
        ;;
esac
# Optimised, since tests train; and in a folder of its own, since -enable-testing would rebuild what .build holds.
build=(-c release -Xswiftc -enable-testing --scratch-path "$root/.build-test")
# End-to-end tests start this executable.
export OXBOW_EXECUTABLE="$root/.build-test/release/oxbow"
failed=()

check() {
    local name="$1"
    shift
    printf '== %s\n' "$name"
    "$@" || failed+=("$name")
}

shell_scripts() {
    find ops .ci -name '.build*' -prune -o -type f \( -name '*.sh' -o -path '.ci/run' \) -print0
}

# Each line says what to do when it fails: "set -e" does not hold in a function whose result is asked for.
check_shell() {
    shell_scripts | xargs -0 -n 1 bash -n || return 1
    if command -v shellcheck >/dev/null; then
        shell_scripts | xargs -0 shellcheck || return 1
    else
        printf 'shellcheck is not installed; only the syntax was checked\n'
    fi
}

# Of units, all but that the program is not installed here.
check_units() {
    if ! command -v systemd-analyze >/dev/null; then
        printf 'systemd-analyze is not installed; the units were not checked\n'
        return 0
    fi
    local found
    found="$(systemd-analyze verify ops/systemd/*.service 2>&1 | grep -v 'Command /usr/local/bin/oxbow is not executable' || true)"
    [ -z "$found" ] || { printf '%s\n' "$found" && return 1; }
}

./ops/setup.sh
check "shell scripts" check_shell
check "generated wire code" ./ops/proto.sh --check
check "format" swift format lint --strict --recursive Package.swift Sources Tests ops/fuzz/Package.swift ops/fuzz/Sources
printf '== build\n'
swift build "${build[@]}" --build-tests
# The tests of the report leave pages there, which a browser then opens.
OXBOW_PAGES="$(mktemp -d)"
export OXBOW_PAGES
trap 'rm -rf "$OXBOW_PAGES"' EXIT
# What was built just now: without --skip-build everything would be built a second time.
check "tests" swift test "${build[@]}" --disable-xctest --skip-build
check "fuzzing" ./ops/fuzz.sh "$fuzz_seconds"
check "chaos" ./ops/chaos.sh --minutes "$chaos_minutes"
check "a full disk" ./ops/chaos.sh --full-disk
if [ "${1:-}" = --sanitize ]; then
    check "address sanitizer" ./ops/sanitize.sh address
    check "thread sanitizer" ./ops/sanitize.sh thread
fi
check "systemd units" check_units
check "a fleet with compose" ./ops/compose-test.sh
check "an installation" ./ops/install-test.sh
check "exports in other programs" ./ops/export-test.sh
check "pages in a browser" ./ops/page-test.sh "$OXBOW_PAGES"/*.html
check "the live page in a browser" ./ops/live-page-test.sh

if [ "${#failed[@]}" -gt 0 ]; then
    printf 'failed: %s\n' "${failed[@]}" >&2
    exit 1
fi
printf 'all checks passed\n'
