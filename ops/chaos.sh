#!/usr/bin/env bash
# Real processes, killed, stopped and cut off at random; the bits must be those of an undisturbed run.
#   ops/chaos.sh [--minutes M] [--seed N] [--insecure]
#                                           an encrypted fleet over TCP, in network namespaces where the machine allows
#   ops/chaos.sh --kills 20                 kill -9 in runs of their own, with a table of their final hashes
#   ops/chaos.sh --full-disk [--members]    a disk that fills up during a run: the broker's, the members' too
# More options: ops/chaos.sh --help. Ends with 1 if anything is not as it should be, and keeps its folder then.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
export OXBOW_EXECUTABLE="${OXBOW_EXECUTABLE:-$root/.build/release/oxbow}"
exec python3 "$root/ops/chaos/chaos.py" "$@"
