#!/usr/bin/env bash
# Installs the program, completions for bash and zsh, and manual pages below a prefix:
#   ops/install.sh [--prefix DIR]           /usr/local, if none is said; $DESTDIR goes before, to pack it for other machines
# Builds the program with the Swift library in it, or takes $OXBOW_EXECUTABLE. Other machines need Debian's libraries that
# ops/docker/Dockerfile names, and no toolchain.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
prefix=/usr/local

fail() {
    printf 'install: %s\n' "$*" >&2
    exit "${code:-1}"
}

while [ "$#" -gt 0 ]; do
    case "$1" in
        --prefix)
            [ "$#" -ge 2 ] || code=2 fail "--prefix needs a folder"
            prefix="$2"
            shift
            ;;
        --prefix=*) prefix="${1#--prefix=}" ;;
        *) code=2 fail "unknown option '$1'; there is --prefix" ;;
    esac
    shift
done
[[ "$prefix" = /* ]] || code=2 fail "Unable to use '--prefix $prefix': it must begin with /."
target="${DESTDIR:-}$prefix"
mkdir -p "$target" 2>/dev/null || true
[ -w "$target" ] || fail "Unable to write to '$target'. Run this as a user who may, or choose another --prefix."

"$root/ops/docker/prebuilt.sh" ${OXBOW_EXECUTABLE:+"$OXBOW_EXECUTABLE"}
trap 'rm -rf "$root/ops/docker/prebuilt"' EXIT
rm -rf "$target/lib/oxbow"
mkdir -p "$target/lib/oxbow" "$target/bin" "$target/share/man/man1"
cp "$root"/ops/docker/prebuilt/* "$target/lib/oxbow/"
ln -sf ../lib/oxbow/oxbow "$target/bin/oxbow"
oxbow="$target/bin/oxbow"

# Where either shell looks by itself.
install -d "$target/share/bash-completion/completions" "$target/share/zsh/site-functions"
"$oxbow" --generate-completion-script bash >"$target/share/bash-completion/completions/oxbow"
"$oxbow" --generate-completion-script zsh >"$target/share/zsh/site-functions/_oxbow"

# The argument parser's own tool makes the pages from what the program says of itself.
manual="$(dirname "${OXBOW_EXECUTABLE:-/}")/generate-manual"
if [ ! -x "$manual" ]; then
    build=(-c release --package-path "$root" --scratch-path "$root/.build-image")
    swift build "${build[@]}" --product generate-manual
    manual="$(swift build "${build[@]}" --show-bin-path)/generate-manual"
fi
pages="$target/share/man/man1"
rm -f "$pages"/oxbow.1 "$pages"/oxbow-*.1
"$manual" "$oxbow" --multi-page --output-directory "$pages"
# "man oxbow run" looks for oxbow-run; the tool writes oxbow.run.
for page in "$pages"/oxbow.*.1; do
    name="$(basename "$page" .1)"
    mv "$page" "$pages/${name//./-}.1"
done
# A line of text must not begin as a request does.
sed -i -E "s/^'/\\\\\&'/" "$pages"/oxbow*.1
sed -i -E '/^\.(Dt|Xr) /{:again; s/^(\.(Dt|Xr) [A-Za-z-]+)\.([A-Za-z])/\1-\3/; t again}' "$pages"/oxbow*.1
printf 'install: oxbow %s in %s, with completions and %s manual pages\n' "$("$oxbow" --version)" "$target" \
    "$(find "$pages" -name 'oxbow*.1' | wc -l)"
