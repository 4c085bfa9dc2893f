"""Prints reports as a table, a line for each domain of each run; Python's own library is enough.

python report_table.py runs/*/report.json
"""
import json
import sys

if len(sys.argv) < 2:
    sys.exit(__doc__.strip())
columns = ["run", "method", "seed", "rounds", "domain", "image_score", "fid", "label_accuracy", "accuracy", "samples_per_second"]
table = [columns]
for path in sys.argv[1:]:
    with open(path) as file:
        report = json.load(file)
    # A run that was stopped early, or a fleet's, may lack scores.
    for domain, scores in (report.get("domains") or {"-": {}}).items():
        row = {**scores, **(scores.get("classification") or {}), **report["throughput"], "run": path, "domain": domain,
               "method": report["experiment"]["method"], "seed": report["seed"], "rounds": len(report["rounds"])}
        values = [row.get(name, "-") for name in columns]
        table.append([f"{value:.4g}" if isinstance(value, float) else str(value) for value in values])
widths = [max(map(len, column)) for column in zip(*table)]
for line in table:
    print("  ".join(value.ljust(width) for value, width in zip(line, widths)).rstrip())
