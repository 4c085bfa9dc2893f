#!/usr/bin/env python3
"""The modes of ops/chaos.sh."""

import argparse
import heapq
import json
import os
import re
import signal
import sys
import time

from fleet import Fleet, Links, Place, Wrong


def chaos(place, options):
    """Random kills, stops and cuts while strict and elastic runs take turns."""
    links = Links(place, ["core", *Fleet.WORKERS])
    place.say(f"seed {options.seed}, {options.minutes:g} minutes, {place.domains} in {place.data}")
    place.say("each member in a network namespace" if links.spaces else f"SKIPPED link cuts: {links.why}")
    place.say("encrypted" if not options.insecure else "not encrypted (--insecure)")
    fleet = Fleet(place, links, is_encrypted=not options.insecure)
    rounds, steps = options.rounds, options.steps
    start = time.monotonic()
    fleet.submit("calm", "strict", rounds, steps)
    fleet.finish("calm", 120)
    calm, seconds = fleet.hash("calm"), time.monotonic() - start
    place.say(f"undisturbed: {calm} after {seconds:.1f} s")
    end = time.monotonic() + 60 * options.minutes
    runs = turmoil(place, fleet, links, end, rounds, steps)
    for run in runs:
        fleet.finish(run, 120 + 10 * seconds)
    report(place, fleet, runs, calm)
    fleet.check_counters()
    fleet.check_traces()
    fleet.stop()


def report(place, fleet, runs, calm):
    for run in runs:
        isStrict = run.startswith("strict")
        hash = fleet.hash(run)
        place.say(f"{run}: finished, {hash}" + (" as undisturbed" if isStrict and hash == calm else ""))
        if isStrict and hash != calm:
            raise Wrong(f"{run} ended with another hash than the undisturbed run")


class Turmoil:
    """What is to happen when: a heap of times and deeds."""

    def __init__(self, place, fleet, links, end):
        self.place, self.fleet, self.links, self.random, self.end = place, fleet, links, place.random, end
        self.heap, self.count, self.disturbed = [], 0, set()
        self.done = {"kill": 0, "stop": 0, "cut": 0}

    def later(self, seconds, deed):
        self.count += 1
        heapq.heappush(self.heap, (time.monotonic() + seconds, self.count, deed))

    def turn(self):
        while self.heap and self.heap[0][0] <= time.monotonic():
            heapq.heappop(self.heap)[2]()
        self.fleet.check()
        time.sleep(0.02)

    def disturb(self):
        """Somebody who is not disturbed already."""
        names = [name for name in self.fleet.names if name not in self.disturbed]
        if not names:
            return
        name = self.random.choice(names)
        kinds = ["kill", "kill", "stop"] + (["cut", "cut"] if self.links.spaces and name != "broker" else [])
        kind = self.random.choice(kinds)
        self.disturbed.add(name)
        self.done[kind] += 1
        getattr(self, kind)(name)

    def kill(self, name):
        pause = self.random.uniform(0.1, 2)
        self.place.say(f"kill -9 {name}, again after {pause:.1f} s")
        self.fleet.kill(name)
        self.later(pause, lambda: (self.fleet.begin(name), self.disturbed.discard(name)))

    def stop(self, name):
        process = self.fleet.live[name]
        # Most are short; those longer than the lease are losses.
        pause = self.random.choice([self.random.uniform(1, 4), self.random.uniform(1, 20)])
        pause = min(pause, max(1, self.end - time.monotonic()))
        self.place.say(f"SIGSTOP {name} for {pause:.1f} s")
        process.send_signal(signal.SIGSTOP)
        self.later(pause, lambda: (process.send_signal(signal.SIGCONT), self.disturbed.discard(name)))

    def cut(self, name):
        pause = self.random.uniform(1, 6)
        self.place.say(f"link of {name} cut for {pause:.1f} s")
        self.links.cut(name, True)
        self.later(pause, lambda: (self.links.cut(name, False), self.disturbed.discard(name)))


def turmoil(place, fleet, links, end, rounds, steps):
    """Until then; returns the runs that were begun. Everything is healed afterwards."""
    storm, runs = Turmoil(place, fleet, links, end), []

    def submit():
        kind = "elastic" if len(runs) % 2 else "strict"
        name = f"{kind}-{len(runs) // 2 + 1}"
        fleet.submit(name, kind, rounds, steps)
        runs.append(name)

    def disturb():
        storm.disturb()
        if time.monotonic() < end:
            storm.later(place.random.uniform(0.2, 3), disturb)

    # Both before anything is disturbed: an operator's request may be lost with its broker.
    submit()
    submit()
    storm.later(0.5, disturb)
    while time.monotonic() < end:
        storm.turn()
        # More to do, so that there is always something to disturb.
        if fleet.is_over(runs[-1]) and not storm.disturbed and time.monotonic() < end - 5:
            submit()
    while storm.heap:
        storm.turn()
    place.say("calm again after " + ", ".join(f"{count} {kind}s" for kind, count in storm.done.items()))
    return runs


# MARK: Kills of whole runs


class Run:
    """`oxbow run`, with its processes as its log names them."""

    def __init__(self, place, folder, seconds):
        self.place, self.folder, self.seconds = place, folder, seconds

    def arguments(self, options):
        sets = {
            "data.domains": f"[{', '.join(self.place.domains)}]", "fleet.0.domain": self.place.domains[0],
            "fleet.1.domain": self.place.domains[1], "model.width": "0.0625", "model.batch": "8", "rounds": options.rounds,
            "steps_per_round": options.steps, "evaluation.samples": "0"}
        return ["run", "--preset", "smoke", "--data", self.place.data, "--out", self.folder] + [
            word for key, value in sets.items() for word in ("--set", f"{key}={value}")]

    def begin(self, options):
        isBegun = os.path.exists(self.folder + "/experiment.yaml")
        arguments = ["run", "--resume", self.folder] if isBegun else self.arguments(options)
        log = self.folder + ".log"
        self.process = self.place.start("run", [self.place.oxbow, *arguments], log)

    def pids(self):
        """Of the processes that were started last, by name."""
        try:
            with open(self.folder + "/log.jsonl", errors="replace") as file:
                found = re.findall(r"started ([A-Za-z0-9_-]+), process (\d+)", file.read())
        except OSError:
            return {}
        return {name: int(pid) for name, pid in found if is_alive(int(pid), self.folder)}

    def position(self):
        """Where it is: its last order, as logged."""
        try:
            with open(self.folder + "/log.jsonl", errors="replace") as file:
                text = file.read()
        except OSError:
            return "before the start"
        rounds = re.findall(r'barrier\\*":\{[^}]*?round\\*":(\d+)', text)
        if re.search(r'ended\\*":', text):
            return "after the end"
        return f"after round {rounds[-1]}" if rounds else "in round 1"

    def finish(self):
        """Its hash. One that was killed once its report was there had finished."""
        code = self.process.wait(self.seconds)
        if code != 0 and not (code == -signal.SIGKILL and os.path.exists(self.folder + "/report.json")):
            with open(self.folder + ".log") as log:
                raise Wrong(f"{self.folder} ended with {code}: {log.readlines()[-1].strip()}")
        with open(self.folder + "/report.json") as file:
            return json.load(file)["state_hash"]


def is_alive(pid, words):
    """Whether the process is there, and still the one that works in this folder."""
    try:
        with open(f"/proc/{pid}/cmdline") as file:
            return words in file.read()
    except OSError:
        return False


def kills(place, options):
    """One kill -9 a run, of each kind in turn, at a moment drawn from the undisturbed run's time."""
    run = Run(place, place.path + "/calm", 300)
    # Measures this machine, which is not what is to be disturbed.
    run.begin(options)
    run.finish()
    run = Run(place, place.path + "/calm-2", 300)
    start = time.monotonic()
    run.begin(options)
    calm, seconds = run.finish(), time.monotonic() - start
    place.say(f"undisturbed: {calm} after {seconds:.1f} s")
    kinds = ["broker", "core", "worker", "all of them", "supervisor"]
    rows, tries = [], 0
    while len(rows) < options.kills:
        number, tries = len(rows) + 1, tries + 1
        row = one_kill(place, options, number, f"run-{tries}", kinds[(number - 1) % len(kinds)], seconds)
        hash = row[-1]
        if row[1] is None:
            place.say("    over before anybody was killed; again")
        else:
            rows.append(row)
            place.say("{:2}  kill -9 {:12} at {:5.2f} s, {:16} {}".format(*row))
        if hash != calm:
            raise Wrong(f"run {number} ended with another hash than the undisturbed one")
    print("\n{:>2}  {:12} {:>7}  {:16}  {}".format("", "killed", "at", "which was", "state_hash"))
    for row in rows:
        print("{:2}  {:12} {:5.2f} s  {:16}  {}".format(*row))
    print(f"    {'nobody':12} {'':7}  {'':16}  {calm}", flush=True)


def one_kill(place, options, number, folder, kind, seconds):
    """A row of the table; its kind is None if nobody was there to be killed."""
    run = Run(place, f"{place.path}/{folder}", 120 + 10 * seconds)
    moment = place.random.uniform(0, seconds)
    start = time.monotonic()
    run.begin(options)
    time.sleep(moment)
    # Who is not there yet is waited for.
    name = {"worker": place.random.choice(["small-1", "medium-1"])}.get(kind, kind)
    while kind in ("broker", "core", "worker") and run.process.poll() is None:
        victims = [pid for other, pid in run.pids().items() if other == name or kind == "worker" and other not in ("broker", "core")]
        if victims:
            break
        time.sleep(0.02)
    moment, position = time.monotonic() - start, run.position()
    if run.process.poll() is not None:
        return number, None, moment, position, run.finish()
    if kind in ("broker", "core", "worker"):
        try:
            os.kill(victims[0], signal.SIGKILL)
        except ProcessLookupError:
            kind = None
    else:
        victims = list(run.pids().values()) if kind == "all of them" else []
        run.process.kill()
        for pid in victims:
            if is_alive(pid, run.folder):
                os.kill(pid, signal.SIGKILL)
        run.process.wait(10)
        if not os.path.exists(run.folder + "/report.json"):
            run.begin(options)
    return number, kind, moment, position, run.finish()


# MARK: Full disks


def full_disk(place, options):
    """A small disk is filled during a run, emptied again, and the run ends as if nothing had been."""
    names = ["broker"] + (["core", "w1"] if options.members else [])
    states = {}
    for name in names:
        disk = f"{place.path}/disk-{name}"
        if not place.mount(disk, 24):
            place.say("SKIPPED full disks: this machine does not let us mount a tmpfs")
            return
        states[name] = disk + "/state"
    fleet = Fleet(place, Loopback(place), states)
    fleet.submit("calm", "strict", options.rounds, options.steps)
    fleet.finish("calm", 120)
    calm = fleet.hash("calm")
    place.say(f"undisturbed: {calm}")
    for name in names:
        run = f"full-{name}"
        fleet.submit(run, "strict", options.rounds, options.steps)
        fleet.wait(60, f"{run} comes to its first barrier", lambda: fleet.entry(run)["round"] >= 1)
        disk = os.path.dirname(states[name])
        filler = fill(disk)
        place.say(f"the disk of {name} is full")
        # Again and again: a member frees what it does not need any more.
        fleet.wait(60, "it is said that the disk is full", lambda: says_full(fleet, name) or not fill(disk) or fleet.is_over(run))
        place.say(f"{name} said so: {says_full(fleet, name)}")
        time.sleep(options.hold)
        round = fleet.entry(run)["round"]
        if fleet.is_over(run):
            raise Wrong(f"{run} ended on a full disk: {fleet.entry(run)}")
        os.remove(filler)
        place.say(f"room again, after round {round}")
        fleet.finish(run, 120)
        hash = fleet.hash(run)
        place.say(f"{run}: {hash}")
        if hash != calm:
            raise Wrong(f"{run} ended with another hash than the undisturbed run")
    leftovers = [file for name in names for _, _, files in os.walk(states[name]) for file in files if file.endswith(".tmp")]
    if leftovers:
        raise Wrong(f"files that were half written are left: {leftovers}")
    fleet.check_counters()
    fleet.check_traces()
    fleet.stop()


class Loopback:
    """No namespaces: what is tried has nothing to do with links."""

    spaces, host = {}, "127.0.0.1"

    def __init__(self, place):
        self.place = place

    def wrap(self, name, command):
        return command

    free_port = Links.free_port


def fill(disk):
    path = disk + "/filler"
    with open(path, "ab", buffering=0) as file:
        for size in (1 << 16, 1 << 8, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    return path


def says_full(fleet, name):
    with open(fleet.log(name)) as log:
        lines = [line.strip() for line in log if "No space left" in line]
    return lines[-1] if lines else ""


def check(parser, options):
    """Ends with a usage error for numbers that cannot be."""
    for name, most in ("minutes", 10000), ("hold", 3600):
        if not 0 < getattr(options, name) <= most:
            parser.error(f"unable to use --{name} {getattr(options, name):g}: say a number above 0, {most} at the most")
    for name in "kills", "rounds", "steps":
        value = getattr(options, name)
        if value is not None and not 1 <= value <= 10000:
            parser.error(f"unable to use --{name} {value}: say a number from 1 to 10000")


def main():
    parser = argparse.ArgumentParser(prog="ops/chaos.sh", description="Real processes under kill -9, SIGSTOP, cut links, full disks.")
    parser.add_argument("--minutes", type=float, default=3, help="how long the fleet is disturbed (3)")
    parser.add_argument("--insecure", action="store_true", help="without encryption (it is on, but with --full-disk)")
    parser.add_argument("--seed", type=int, default=1, help="of all that is random (1)")
    parser.add_argument("--kills", type=int, help="kill -9 in so many runs of `oxbow run` instead")
    parser.add_argument("--full-disk", action="store_true", help="fill disks instead")
    parser.add_argument("--members", action="store_true", help="with --full-disk: the core's and a worker's too")
    parser.add_argument("--hold", type=float, default=3, help="with --full-disk: seconds that a disk stays full (3)")
    parser.add_argument("--rounds", type=int, help="of each run (6; 24 where there is time)")
    parser.add_argument("--steps", type=int, default=6, help="of each round (6)")
    parser.add_argument("--data", help="the data folder (the usual one)")
    parser.add_argument("--cache", help="where speeds are remembered (a new folder)")
    options = parser.parse_args()
    check(parser, options)
    if options.rounds is None:
        options.rounds = 6 if options.minutes <= 1 or options.full_disk else 24
    place = Place(options)
    signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(Wrong("the script's own deadline passed")))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    signal.alarm(int(600 + 60 * options.minutes + 60 * (options.kills or 0)))
    try:
        if options.kills:
            kills(place, options)
        elif options.full_disk:
            full_disk(place, options)
        else:
            chaos(place, options)
        place.say("all as it should be")
    except Exception as error:
        place.keep = True
        place.say(f"WRONG: {error}" if isinstance(error, Wrong) else f"WRONG: {error!r}")
        sys.exit(1)
    except BaseException:
        place.keep = True
        raise
    finally:
        place.close()


if __name__ == "__main__":
    main()
