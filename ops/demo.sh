#!/usr/bin/env bash
# Sets up, builds and trains on this machine with the preset 'demo'. The last line is the path of the report, a page.
# Options are passed on: ops/demo.sh --out runs/mine --set rounds=3
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
out="$root/runs/demo-$(date +%Y%m%d-%H%M%S)"
arguments=()
while [ "$#" -gt 0 ]; do
    case "$1" in
        --out)
            [ "$#" -ge 2 ] || { printf 'demo: --out needs a folder\n' >&2; exit 2; }
            out="$2"
            shift
            ;;
        --out=*) out="${1#--out=}" ;;
        *) arguments+=("$1") ;;
    esac
    shift
done

"$root/ops/setup.sh"
swift build --package-path "$root" -c release --product oxbow
"$root/.build/release/oxbow" run --preset demo --out "$out" "${arguments[@]}"
printf '%s\n' "$out/report.html"
