#!/usr/bin/env bash
# What other programs make of what a run leaves: trains shortly on real data, lets onnxruntime draw with the exported model and
# compares, and reads the report into a table. onnxruntime is fetched on first use; says SKIPPED where it cannot be.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
oxbow="${OXBOW_EXECUTABLE:?names the program to try}"
python=/usr/bin/python3
# Kept between runs, beside what is built.
libraries="$root/.build-onnx"
packages=(onnxruntime==1.23.2 numpy==2.2.6)
# Between -1 and 1; float32 in another order of sums.
tolerance=2e-5
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT

say() { printf 'export-test: %s\n' "$*"; }
fail() {
    printf 'export-test: %s\n' "$*" >&2
    exit 1
}

train() {
    "$oxbow" run --preset smoke --out "$folder/$1" --set rounds=1 --set steps_per_round=30 --set evaluation.samples=50 "${@:2}" \
        >"$folder/log" 2>&1 || fail "the run failed: $(tail -n 1 "$folder/log")"
}

train usual
train wide --set model.width=0.5 --set model.noise=17

table="$("$python" "$root/ops/examples/report_table.py" "$folder"/*/report.json)"
printf '%s\n' "$table"
for run in usual wide; do
    grep -q "$run/report.json.* mnist " <<<"$table" || fail "the table lacks the run '$run'"
done

if ! PYTHONPATH="$libraries" "$python" -c 'import onnxruntime' 2>/dev/null; then
    say "fetching ${packages[*]}"
    rm -rf "$libraries"
    "$python" -m pip install -q --disable-pip-version-check --root-user-action ignore --only-binary=:all: \
        --target "$libraries" "${packages[@]}" || {
        say "SKIPPED, ${packages[*]} cannot be fetched: no model was compared"
        exit 0
    }
fi
for run in usual wide; do
    "$oxbow" export --generator "$folder/$run/generator-0.safetensors" --to onnx --out "$folder/$run.onnx" >/dev/null
    "$oxbow" generate --generator "$folder/$run/generator-0.safetensors" --count 60 --seed 5 --out "$folder/$run.png" \
        --tensors "$folder/$run.safetensors" >/dev/null
    PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$libraries" "$python" "$root/ops/onnx/compare.py" "$folder/$run.onnx" \
        "$folder/$run.safetensors" "$tolerance"
done
