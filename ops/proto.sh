#!/bin/sh
# Compiles proto/ with protoc-c into Sources/COxbowWire. With --check: fails when the committed files are stale.
set -eu
cd "$(dirname "$0")/.."
target=Sources/COxbowWire
files="envelope control tensor operator enrolment trace"

case "${1:-}" in
"" | --check) ;;
*)
    echo "usage: ops/proto.sh [--check]" >&2
    exit 64
    ;;
esac
if ! command -v protoc-c >/dev/null; then
    echo "Unable to compile proto/: protoc-c is not installed. Install protobuf-c-compiler." >&2
    exit 69
fi

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for name in $files; do
    protoc-c -I proto --c_out="$out" "oxbow/v1/$name.proto"
done

# The headers are public (include/), the sources are not.
stale=0
for name in $files; do
    for pair in "$name.pb-c.h:include/oxbow/v1" "$name.pb-c.c:oxbow/v1"; do
        fresh="$out/oxbow/v1/${pair%%:*}"
        kept="$target/${pair#*:}/${pair%%:*}"
        if [ "${1:-}" = --check ]; then
            cmp -s "$fresh" "$kept" || { echo "$kept is stale" >&2; stale=1; }
        else
            mkdir -p "$(dirname "$kept")"
            cp "$fresh" "$kept"
        fi
    done
done

# A .proto that is not in the list above, or a generated file that no .proto has any more.
for path in proto/oxbow/v1/*.proto "$target"/oxbow/v1/*.c "$target"/include/oxbow/v1/*.h; do
    name=$(basename "$path")
    case " $files " in
    *" ${name%%.*} "*) ;;
    *)
        echo "$path is not in the list of ops/proto.sh" >&2
        stale=1
        ;;
    esac
done
if [ "$stale" != 0 ]; then
    echo "Run ops/proto.sh and commit what it writes." >&2
    exit 1
fi
