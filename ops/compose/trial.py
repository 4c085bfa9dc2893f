"""A deployed fleet, disturbed and looked at. Called by ops/compose-test.sh, in the engine's network namespace.

    trial.py --compose DIR --work DIR [--pictures DIR] [--insecure]
"""

import argparse
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import panels

PAGE, PROMETHEUS = "http://127.0.0.1:8080", "http://127.0.0.1:9090"
FILES = ["compose.yaml", "compose.observe.yaml"]
# Panels that need not have anything in a short run: judges of thousands of images are trained before there is a score.
MAY_BE_EMPTY = {"Refusals and lost sessions", "Divergence of clusters", "FID"}


class Wrong(Exception):
    pass


class Trial:
    def __init__(self, options):
        self.options, self.start = options, time.monotonic()
        self.checks = 0
        names = FILES + (["compose.insecure.yaml"] if options.insecure else [])
        self.files = [word for name in names for word in ("-f", name)]

    # --- Words

    def say(self, text):
        print(f"{time.monotonic() - self.start:7.1f} s  {text}", flush=True)

    def check(self, is_good, text):
        self.checks += 1
        self.say(("ok    " if is_good else "WRONG ") + text)
        if not is_good:
            raise Wrong(text)

    def until(self, text, look, seconds=240):
        """What `look` gives once that is something; it may fail until then."""
        deadline, last = time.monotonic() + seconds, None
        while time.monotonic() < deadline:
            try:
                found = look()
                if found:
                    self.check(True, text)
                    return found
            except (Wrong, urllib.error.URLError, ConnectionError, KeyError, IndexError, json.JSONDecodeError) as error:
                last = error
            time.sleep(0.5)
        raise Wrong(f"not within {seconds} s: {text} (last: {last})")

    # --- Commands

    def run(self, *words, seconds=300, is_fine=True):
        result = subprocess.run(words, cwd=self.options.compose, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds)
        if is_fine and result.returncode:
            raise Wrong(f"{' '.join(words)}: code {result.returncode}\n{result.stdout[-2000:]}{result.stderr[-2000:]}")
        return result

    def compose(self, *words, **more):
        return self.run("docker", "compose", *self.files, *words, **more)

    def oxbow(self, *words, **more):
        return self.compose("exec", "-T", "broker", "oxbow", *words, **more)

    def status(self):
        return json.loads(self.oxbow("status", "--format", "json", seconds=30).stdout)

    def containers(self, service):
        return self.compose("ps", "-q", service).stdout.split()

    def pid(self, container):
        return int(self.run("docker", "inspect", "-f", "{{.State.Pid}}", container).stdout)

    def get(self, url, token=None):
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
        try:
            with urllib.request.urlopen(request, timeout=20) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, ""

    def up(self, small, *words):
        """All services but those of images that cannot be had here (Grafana), and one that the machine may be too small for."""
        self.compose("up", "-d", "--wait", "--wait-timeout", "300", "--scale", f"worker-small={small}", *words,
                     "broker", "core", "worker-small", "worker-medium", "prometheus", seconds=400)

    # --- What a fleet is

    def members(self, tier):
        return {member["worker_id"]: member for member in self.status()["members"] if member["tier"] == tier}

    def connected(self, tier):
        return {name for name, member in self.members(tier).items() if member["is_connected"]}

    def sessions(self, tier):
        """The number of each worker's session; it rises with each one that begins."""
        return {name: member["session_epoch"] for name, member in self.members(tier).items()}

    def begun_since(self, before, tier):
        """Who has begun a session since then."""
        return {name for name, epoch in self.sessions(tier).items() if epoch > before.get(name, 0)}

    def training(self, name="disturbed"):
        """The names of the workers in the run, its round and its state."""
        status = self.status()
        run = next((run for run in status["runs"] if run["id"] == name), None)
        if not run:
            raise Wrong(f"no run '{name}' is under way")
        return {m["worker_id"] for m in status["members"] if m["id"] in run["members"]}, run["round"], run["state"]

    def rounds_go_on(self, text, more=2):
        first = self.until(f"{text}: the run is under way", lambda: self.training()[2] == "running" and self.training()[1])
        self.until(f"{text}: round {first} and {more} more", lambda: self.training()[1] >= first + more)

    def places(self):
        """What the workers said of their data when they started: slot to (domain, images)."""
        lines = [json.loads(line) for line in self.compose("logs", "--no-log-prefix", "--no-color", "worker-small", "worker-medium").stdout.splitlines() if line.startswith("{")]
        return [(line["worker"], int(line["slot"]), line["domain"], int(line["images"])) for line in lines if line["message"] == "data chosen"]

    # --- The trial, in order

    def everything(self):
        self.images()
        self.deployed()
        self.trained()
        self.scaled_up()
        self.worker_killed()
        self.broker_killed()
        self.scaled_down()
        if not self.options.insecure:
            self.refused()
        self.seen()
        self.reported()
        self.recreated()
        if not self.options.insecure:
            self.revoked()
        self.say(f"all {self.checks} checks passed")

    def images(self):
        self.run("docker", "compose", *self.files, "config", "-q")
        self.compose("build", "broker", seconds=600)
        image = json.loads(self.run("docker", "image", "inspect", "oxbow:0.1.0").stdout)[0]
        base = json.loads(self.run("docker", "image", "inspect", "debian:bookworm-slim").stdout)[0]
        program = self.run("docker", "run", "--rm", "--network=none", "oxbow:0.1.0", "version").stdout
        version = image["Config"]["Labels"]["org.opencontainers.image.version"]
        self.check(f"oxbow {version} " in program, f"the image is labelled with the program's version: {program.strip()}")
        self.check(image["Config"]["User"] == "10001:10001", "it does not run as root")
        self.say(f"      image {image['Size'] / 1e6:.0f} MB, of which the base with its packages is {base['Size'] / 1e6:.0f} MB")

    def deployed(self):
        self.up(3)
        self.check(True, "docker compose up --wait --scale worker-small=3: every container is healthy")
        self.check(len(self.connected("small")) == 3 and len(self.connected("core")) == 1, "3 small workers and a core have joined")
        broker = json.loads(self.run("docker", "inspect", self.containers("broker")[0]).stdout)[0]["HostConfig"]
        self.check(broker["ReadonlyRootfs"] and broker["CapDrop"] == ["ALL"], "the broker's root file system is read-only, without capabilities")
        self.token = self.compose("exec", "-T", "broker", "cat", "http-token").stdout.strip()
        self.check(self.get(PAGE + "/metrics")[0] == 401, "the page asks for a token on the published port")
        self.check(self.get(PAGE + "/healthz")[0] == 200 and self.get(PAGE + "/", self.token)[0] == 200, "with it, it is there")

    def trained(self):
        self.oxbow("submit", "/experiments/disturbed.yaml", "--name", "disturbed")
        self.until("the run trains on 3 small workers and a medium one", lambda: len(self.training()[0]) == 4 and self.training()[1] >= 2)

    def scale(self, count):
        began = time.monotonic()
        self.up(count, "--no-recreate")
        self.say(f"      docker compose up --scale worker-small={count} took {time.monotonic() - began:.1f} s")

    def scaled_up(self):
        self.scale(8)
        self.until("8 small workers are in the run", lambda: len([n for n in self.training()[0] if n.startswith("small")]) == 8)
        self.eight = self.connected("small")
        places = {(slot, domain, images) for _, slot, domain, images in self.places()}
        slots = [slot for slot, _, _ in places]
        self.check(len(places) == 9 and len(set(slots)) == 9, f"9 workers have 9 slots, each with a share of its own: {sorted(places)}")
        self.check({domain for _, domain, _ in places} == {"mnist", "fashion_mnist"}, "both domains are trained on")
        self.rounds_go_on("after scaling up")

    def worker_killed(self):
        victim = self.containers("worker-small")[0]
        restarts, sessions = self.restarts(victim), self.sessions("small")
        os.kill(self.pid(victim), signal.SIGKILL)
        self.until("a worker that was killed is started anew", lambda: self.restarts(victim) > restarts)
        # Before the broker knows of the loss everything looks as it was: only a new session is its return.
        back = self.until("the broker has begun a new session with one of them", lambda: self.begun_since(sessions, "small"))
        self.say(f"      which is {', '.join(sorted(back))}")
        self.until("it is the same worker, and back in the run", lambda: self.connected("small") == self.eight and self.eight <= self.training()[0])
        self.check(len(self.members("small")) == 8, "nobody else was enrolled in its place")

    def restarts(self, container):
        return int(self.run("docker", "inspect", "-f", "{{.RestartCount}}", container).stdout)

    def broker_killed(self):
        _, at, _ = self.training()
        os.kill(self.pid(self.containers("broker")[0]), signal.SIGKILL)
        self.until(f"the broker, killed in round {at}, goes on with the run", lambda: self.training()[1] >= at and self.training()[2] == "running")
        self.until("all workers are back in it", lambda: self.connected("small") == self.eight and self.eight <= self.training()[0])
        self.rounds_go_on("after the broker's death")

    def scaled_down(self):
        self.scale(4)
        self.until("4 small workers are left in the run", lambda: len(self.connected("small")) == 4 and len([n for n in self.training()[0] if n.startswith("small")]) == 4)
        self.check(self.connected("small") <= self.eight, "they are 4 of the 8")
        self.rounds_go_on("after scaling down")

    def refused(self):
        """Those who may not take part, or not like that."""
        public = self.compose("exec", "-T", "broker", "cat", "keys/broker.pub").stdout.strip()
        self.refuses("a stranger's key is refused", "does not know this key",
                     f"oxbow keys new --worker --state /tmp/stranger --broker-key {public} >/tmp/public && "
                     "exec oxbow worker --state /tmp/stranger --domain mnist --tier small", OXBOW_JOIN_FILE="", OXBOW_STATE_POOL="")
        self.refuses("a token is not for another tier", "tier", "exec oxbow worker --tier huge --emulate pi4")
        away = sorted(self.eight - self.connected("small"))[0]
        slot = f"/var/lib/oxbow/slot-{int(away.split('-')[1]):04d}"
        self.refuses(f"{away}, enrolled as small, may not claim to be large", "tier 'small'", f"exec oxbow worker --tier large --state {slot} --emulate pi4",
                     OXBOW_STATE_POOL="")
        found = re.search(r"^oxbow_handshakes_refused_total (\d+)", self.get(PAGE + "/metrics", self.token)[1], re.M)
        self.check(found and int(found[1]) >= 1, f"the broker has counted {found and found[1]} refused handshakes")
        self.rounds_go_on("after strangers were refused")

    def refuses(self, text, words, script, **variables):
        settings = [word for name, value in variables.items() for word in ("-e", f"{name}={value}")]
        result = self.compose("run", "--rm", "-T", "--no-deps", "--entrypoint", "sh", *settings, "worker-small", "-euc", script, is_fine=False)
        sentence = result.stderr.strip().splitlines()[-1] if result.stderr.strip() else ""
        self.check(result.returncode == 6 and words in sentence, f"{text}: code {result.returncode}, {sentence}")

    def revoked(self):
        name = sorted(self.connected("small"))[0]
        self.compose("exec", "-T", "broker", "oxbow", "keys", "revoke", name, "--state", "/var/lib/oxbow")
        self.until(f"{name} was revoked, and is cut off at once", lambda: self.connected("small") == self.eight - {name}, seconds=30)
        self.until("it is told why", lambda: "does not know this key" in self.compose("logs", "--no-color", "worker-small").stdout)

    def seen(self):
        status, text = self.get(PAGE + "/metrics", self.token)
        result = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=60)
        self.check(status == 200 and result.returncode == 0, f"promtool check metrics: {len(text.splitlines())} lines are sound {result.stderr}")
        rules = self.run("promtool", "check", "rules", "observe/alerts.yml").returncode + self.run("promtool", "test", "rules", "observe/alerts.test.yml").returncode
        self.check(rules == 0, "promtool: the alerts are sound, fire on what they are for, and not otherwise")
        self.until("Prometheus scrapes the broker", lambda: panels.ask(PROMETHEUS, "query", query='up{job="oxbow"}')["result"][0]["value"][1] == "1")
        wrong = [rule["name"] for group in panels.ask(PROMETHEUS, "rules")["groups"] for rule in group["rules"] if rule["health"] == "err"]
        self.check(not wrong, f"its rules are evaluated {wrong or ''}")
        self.dashboard()

    def dashboard(self):
        dashboard = panels.load(pathlib.Path(self.options.compose) / "observe/dashboards/fleet.json")
        end = time.time()
        start = end - (time.monotonic() - self.start)
        found = panels.series(PROMETHEUS, dashboard, start, end)
        empty = {title for title, lines in found.items() if not any(points for _, points in lines)} - MAY_BE_EMPTY
        self.check(not empty, f"each of the dashboard's {len(found)} panels has data {empty or ''}")
        if self.options.pictures:
            path = pathlib.Path(self.options.pictures) / "panels.svg"
            path.write_text(panels.picture(dashboard, found, start, end))
            (path.parent / "metrics.txt").write_text(self.get(PAGE + "/metrics", self.token)[1])

    def reported(self):
        self.oxbow("stop", "disturbed", "--timeout", "120")
        self.oxbow("submit", "/experiments/whole.yaml", "--name", "whole", "--watch", seconds=600)
        self.check(True, "another run came to its end: submit --watch ended with 0")
        for name, least in (("disturbed", 8), ("whole", 2)):
            out = pathlib.Path(self.options.work) / "fetched" / name
            out.mkdir(parents=True)
            self.compose("cp", f"broker:/var/lib/oxbow/runs/{name}/.", str(out))
            report = json.loads((out / "report.json").read_text())
            losses = [round_["loss"][key] for round_ in report["rounds"] for key in ("d_real", "d_fake", "g")]
            self.check(len(report["rounds"]) >= least and all(abs(loss) < 100 for loss in losses),
                       f"report of '{name}': {len(report['rounds'])} rounds, losses are numbers, {len(report['workers'])} workers, state hash {report['state_hash'][:12]}")
            self.check(all(worker["bytes_sent"] > 0 for worker in report["workers"]), "each of its workers has sent something")
            pictures = sorted((out / "samples").glob("*.png"))
            generators = sorted(out.glob("generator-*.safetensors"))
            self.check(bool(pictures and generators) and (out / "report.html").stat().st_size > 10_000,
                       f"with a page, {len(pictures)} grids and {len(generators)} generators")

    def recreated(self):
        before = self.connected("small")
        # A busy engine lets go of a container's address a moment after the container, and does not remove the network before.
        for is_last in (False, False, True):
            if self.compose("down", "--timeout", "20", seconds=200, is_fine=is_last).returncode == 0:
                break
            time.sleep(2)
        self.check(not self.run("docker", "ps", "-aq").stdout.strip(), "docker compose down leaves no container")
        self.up(8)
        self.until("new containers of the same volumes are the same 8 workers", lambda: self.connected("small") == self.eight)
        self.check(before < self.eight and len(self.members("small")) == 8, "nobody was enrolled anew")
        runs = {run["id"] for run in json.loads(self.oxbow("ls", "--format", "json").stdout)}
        self.check(runs == {"disturbed", "whole"}, "the runs are still there")
        self.used()

    def used(self):
        lines = self.run("docker", "stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}").stdout.splitlines()
        self.say("      memory: " + "; ".join(sorted(lines)))

    def tell_what_happened(self):
        """Where something went wrong: the last words of each container."""
        print(self.compose("ps", "-a", is_fine=False).stdout, flush=True)
        print(self.compose("logs", "--no-color", "--tail", "15", is_fine=False).stdout, flush=True)


def main():
    parser = argparse.ArgumentParser()
    for name in ("--compose", "--work"):
        parser.add_argument(name, required=True)
    parser.add_argument("--pictures")
    parser.add_argument("--insecure", action="store_true")
    trial = Trial(parser.parse_args())
    try:
        trial.everything()
    except (Wrong, subprocess.TimeoutExpired) as error:
        trial.tell_what_happened()
        sys.exit(f"compose-test: {error}")


main()
