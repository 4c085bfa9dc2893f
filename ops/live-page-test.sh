#!/usr/bin/env bash
# Opens a broker's live page in headless Chromium, on a phone and a desk, from an empty fleet to a broker that went away:
#   ops/live-page-test.sh [PICTURES]     with a folder: pictures of what was seen are left there
# Ends non-zero if something is wrong with the page, or if a page that was broken on purpose is not found out.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
oxbow="${OXBOW_EXECUTABLE:-$root/.build/release/oxbow}"
data="${OXBOW_DATA:-${XDG_DATA_HOME:-$HOME/.local/share}/oxbow/data}"
browser="$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)"
if [ -z "$browser" ]; then
    printf 'live-page-test: SKIPPED, Chromium is not installed: the live page was not opened in a browser\n'
    exit 0
fi
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
pictures=()
if [ "$#" -gt 0 ]; then
    mkdir -p "$1"
    pictures=(--pictures "$1")
fi
PYTHONDONTWRITEBYTECODE=1 timeout 600 /usr/bin/python3 "$root/ops/page/live_page.py" --oxbow "$oxbow" --data "$data" \
    --browser "$browser" --work "$work" "${pictures[@]}"
