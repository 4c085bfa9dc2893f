#!/usr/bin/env bash
# Installs $OXBOW_EXECUTABLE into a folder of its own and uses what is there: the program, completions, manual pages.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
: "${OXBOW_EXECUTABLE:?names the program to install}"
export OXBOW_EXECUTABLE
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT

fail() {
    printf 'install-test: %s\n' "$*" >&2
    exit 1
}

DESTDIR="$folder" "$root/ops/install.sh" --prefix /opt/oxbow
installed="$folder/opt/oxbow"
export PATH="$installed/bin:$PATH"
oxbow version >/dev/null || fail "the installed program does not start"

# Completes the last word of a command as bash does when TAB is pressed.
completions() {
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    COMP_LINE="$*"
    COMP_POINT=${#COMP_LINE}
    COMPREPLY=()
    _oxbow oxbow "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
    printf '%s\n' "${COMPREPLY[@]}"
}
expect() {
    local want="$1" got
    shift
    got="$(completions "$@" | sort | paste -sd' ')"
    [ "$got" = "$want" ] || fail "'$*' is completed to '$got', not to '$want'"
}
# shellcheck source=/dev/null
source "$installed/share/bash-completion/completions/oxbow"
complete -p oxbow >/dev/null
expect "trace" oxbow tra
expect "show stats" oxbow trace s
expect "onnx" oxbow export --to ""
touch "$folder/generator-0.safetensors"
expect "$folder/generator-0.safetensors" oxbow export --generator "$folder/gen"
if command -v zsh >/dev/null; then
    zsh -n "$installed/share/zsh/site-functions/_oxbow" || fail "zsh cannot read its completions"
else
    printf 'install-test: zsh is not installed; its completions were not read\n'
fi

command -v man >/dev/null || { printf 'install-test: man is not installed; the manual pages were not read\n' && exit 0; }
for page in "$installed"/share/man/man1/*.1; do
    warnings="$(MANROFFSEQ='' man --warnings -E UTF-8 -l "$page" 2>&1 >"$folder/page")"
    [ -z "$warnings" ] || fail "$(basename "$page"): $warnings"
    grep -q . "$folder/page" || fail "$(basename "$page") is empty"
done
# As "man oxbow run" finds it.
MANPATH="$installed/share/man" man -w oxbow-run >/dev/null || fail "there is no page of 'oxbow run'"
for command in $(oxbow --experimental-dump-help | /usr/bin/python3 -c '
import json, sys
print(*(command["commandName"] for command in json.load(sys.stdin)["command"]["subcommands"]))'); do
    [ -s "$installed/share/man/man1/oxbow-$command.1" ] || fail "there is no page of 'oxbow $command'"
done
printf 'install-test: program, completions and manual pages are sound\n'
