#!/usr/bin/env bash
# Puts a program that was built on this machine into ops/docker/prebuilt, for the image's target 'prebuilt':
#   ops/docker/prebuilt.sh              builds it with the Swift library linked statically
#   ops/docker/prebuilt.sh PROGRAM      takes this one; Swift libraries that it needs come along
# The machine must have the image's Debian release or an older one.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
out="$root/ops/docker/prebuilt"

fail() {
    printf 'prebuilt: %s\n' "$*" >&2
    exit 1
}

program="${1:-}"
if [ -z "$program" ]; then
    build=(-c release --static-swift-stdlib --scratch-path "$root/.build-image")
    swift build --package-path "$root" "${build[@]}" --product oxbow
    program="$(swift build --package-path "$root" "${build[@]}" --show-bin-path)/oxbow"
fi
[ -x "$program" ] || fail "Unable to take '$program': it is no program. Name the 'oxbow' that swift build made."

rm -rf "$out"
install -D "$program" "$out/oxbow"
strip --strip-debug "$out/oxbow"
# Swift's libraries are of no Debian package; the program looks for them beside itself too.
ldd "$program" | awk '$3 ~ /\/lib\/swift\// { print $3 }' | while read -r library; do install -m 0644 "$library" "$out/"; done
if ldd "$out/oxbow" | grep -q 'not found'; then
    fail "Unable to use '$program': libraries are missing, see 'ldd $program'. Run ops/setup.sh."
fi
printf 'prebuilt: %s in %s\n' "$(du -sh "$out" | cut -f 1)" "$out"
