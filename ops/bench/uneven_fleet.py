#!/usr/bin/env python3
"""The files and sums of ops/bench/uneven-fleet.sh.

fleet PLACE PLAN CORE_MBIT WORKERS...         a fleet file: measured speeds times each worker's share of a processor
experiment PLACE PLAN WIDTH STEPS WORKERS...  an experiment with the cuts of PLACE/PLAN.plan.json
result PLACE PLAN                             a line: what the cost model has for a step, and the median of the run's steps
"""

import json
import os
import statistics
import sys

CUTS = {"least": [0, 0, 0, 0], "most": [1, 1, 1, 1]}
# What headers leave of a link: between namespaces segments are large.
PAYLOAD = 0.98


def parse(workers):
    return [(name, float(share), float(mbit)) for name, share, mbit in (worker.split(":") for worker in workers)]


def speeds():
    """What `oxbow doctor` measured, by task."""
    path = os.path.join(os.environ["XDG_CACHE_HOME"], "oxbow", "speeds.json")
    with open(path) as file:
        return {entry["key"]["task"]: entry["speeds"] for entry in json.load(file)}


def at(known, width):
    return min(known, key=lambda speed: abs(speed["width"] - width))


def model_width(place):
    with open(os.path.join(place, "model.yaml")) as file:
        return float(file.read().split(":")[1])


def bytes_per_second(mbit):
    return mbit * 1e6 / 8 * PAYLOAD


def fleet(place, plan, core_mbit, *workers):
    width, known = model_width(place), speeds()
    edge = at(known["edge"], width)
    core = at(next(value for task, value in known.items() if task.startswith("core")), width)
    tiers = []
    for name, share, mbit in parse(workers):
        tier = {
            "name": name, "workers": 1, "gflops": share * edge["gflops"], "outer_gflops": share * edge["outerGflops"],
            "bytes_per_second": bytes_per_second(mbit),
        }
        if plan in CUTS:
            tier["cuts"] = CUTS[plan]
        tiers.append(tier)
    # JSON is YAML.
    print(json.dumps({
        "core": {"gflops": core["gflops"], "bytes_per_second": bytes_per_second(float(core_mbit))}, "tiers": tiers,
    }))


def read_plan(place, plan):
    with open(os.path.join(place, plan + ".plan.json")) as file:
        return json.load(file)


def experiment(place, plan, width, steps, *workers):
    cuts = read_plan(place, plan)["cuts"]
    print(json.dumps({
        "seed": 1, "model": {"width": float(width), "batch": 64}, "data": {"domains": ["mnist"]},
        "fleet": [
            {"tier": name, "workers": 1, "domain": "mnist", "cuts": cuts[name]} for name, _, _ in parse(workers)
        ],
        "rounds": 1, "steps_per_round": int(steps),
        "evaluation": {"every": 0, "samples": 0, "classification": False},
    }))


def result(place, plan):
    chosen, times = read_plan(place, plan), []
    with open(os.path.join(place, plan + ".jsonl")) as file:
        for line in map(json.loads, file):
            half = (line.get("note") or {}).get("committed", {}).get("_0", {}).get("half")
            if half == 1:
                times.append(line["time"])
    # In the first steps primitives are made and buckets are full.
    steps = [after - before for before, after in zip(times, times[1:])][2:]
    if not steps:
        sys.exit("Unable to measure '%s': the run did not get far enough. See the messages above." % plan)
    measured = statistics.median(steps)
    barrier = sum(
        exchange["up"] + exchange["down"] for exchange in chosen["exchanges"] if exchange["exchange"] == 7)
    modelled = chosen["seconds"] - barrier
    cuts = ", ".join("%s %s" % (name, values) for name, values in sorted(chosen["cuts"].items()))
    print("%-6s %12.4f %12.4f %8.2f  %s" % (plan, modelled, measured, measured / modelled, cuts), flush=True)


if __name__ == "__main__":
    commands = {"fleet": fleet, "experiment": experiment, "result": result}
    if len(sys.argv) < 3 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    commands[sys.argv[1]](*sys.argv[2:])
