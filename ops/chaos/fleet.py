"""Processes of a real fleet, and the places that they live in. Standard library only."""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time


class Wrong(Exception):
    """Something is not as it should be."""


class Journal:
    """What was done and when, on standard output and in a file."""

    def __init__(self, path):
        self.file, self.start = open(path, "w"), time.monotonic()

    def say(self, text):
        line = f"{time.monotonic() - self.start:8.2f} s  {text}"
        print(line, flush=True)
        self.file.write(line + "\n")
        self.file.flush()


class Place:
    """The temporary folder, the executable, the data, and everything that must be undone at the end."""

    def __init__(self, options):
        self.oxbow = os.environ["OXBOW_EXECUTABLE"]
        if not os.access(self.oxbow, os.X_OK):
            sys.exit(f"chaos: no executable '{self.oxbow}'. Build it, or name one in OXBOW_EXECUTABLE.")
        self.path = tempfile.mkdtemp(prefix="oxbow-chaos-")
        self.journal = Journal(self.path + "/chaos.log")
        self.say = self.journal.say
        self.random = random.Random(options.seed)
        self.environment = dict(os.environ, XDG_CACHE_HOME=options.cache or self.path + "/cache")
        self.processes, self.undo = [], []
        self.keep = False
        self.data, self.domains = self.find_data(options.data)

    def find_data(self, folder):
        """Two domains of images of one form."""
        found = self.run([self.oxbow, "data", "info", *([folder] if folder else []), "--format", "json"])
        facts = json.loads(found.stdout) if found.returncode == 0 else {"domains": []}
        names = {domain["name"] for domain in facts["domains"]}
        usual = [name for name in ("mnist", "fashion_mnist", "kmnist") if name in names]
        if not usual:
            shutil.rmtree(self.path)
            sys.exit("chaos: there is no data set mnist, fashion_mnist or kmnist. Run ops/setup.sh, or name a folder by --data.")
        return facts["path"], (usual * 2)[:2]

    def run(self, command, seconds=60):
        return subprocess.run(command, capture_output=True, text=True, timeout=seconds, env=self.environment)

    def start(self, name, command, log):
        """A process that is ended at the end, whatever happens. Its standard error goes to the log."""
        with open(log, "a") as errors:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, env=self.environment)
        self.processes.append(process)
        return process

    def mount(self, path, megabytes):
        """A small disk of memory; False where that is not allowed."""
        os.makedirs(path, exist_ok=True)
        done = self.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "oxbow-chaos", path])
        if done.returncode == 0:
            self.undo.append(["umount", "-l", path])
        return done.returncode == 0

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait(10)
        for command in reversed(self.undo):
            subprocess.run(command, capture_output=True)
        if self.keep:
            print(f"chaos: kept in {self.path}", flush=True)
        else:
            shutil.rmtree(self.path, ignore_errors=True)


class Links:
    """Network namespaces, one for the broker and one for each member, joined by a bridge; or loopback."""

    def __init__(self, place, names):
        self.place, self.spaces, self.why = place, {}, ""
        self.tag = f"oxc{os.getpid() % 100000}"
        if os.geteuid() != 0 or not shutil.which("ip"):
            self.why = "network namespaces need root and iproute2"
        else:
            self.make(names)
        self.host = "10.93.0.1" if self.spaces else "127.0.0.1"

    def make(self, names):
        hub = self.tag + "h"
        commands = [
            f"ip netns add {hub}", f"ip -n {hub} link set lo up", f"ip -n {hub} link add br0 type bridge",
            f"ip -n {hub} addr add 10.93.0.1/24 dev br0", f"ip -n {hub} link set br0 up"]
        spaces = {}
        for number, name in enumerate(names):
            space, spaces[name] = f"{self.tag}m{number}", f"{self.tag}m{number}"
            commands += [
                f"ip netns add {space}", f"ip -n {space} link set lo up",
                f"ip -n {hub} link add v{number} type veth peer name e0 netns {space}",
                f"ip -n {hub} link set v{number} master br0 up", f"ip -n {space} addr add 10.93.0.{number + 2}/24 dev e0",
                f"ip -n {space} link set e0 up"]
        for command in commands:
            if command.startswith("ip netns add"):
                self.place.undo.append(["ip", "netns", "del", command.split()[-1]])
            done = self.place.run(command.split())
            if done.returncode != 0:
                self.why = f"'{command}' failed: {done.stderr.strip()}"
                return
        self.hub, self.spaces, self.numbers = hub, spaces, {name: number for number, name in enumerate(names)}

    def wrap(self, name, command):
        """The command in a member's namespace; of the broker and operators in the hub's."""
        if not self.spaces:
            return command
        return ["ip", "netns", "exec", self.spaces.get(name, self.hub), *command]

    def cut(self, name, isCut):
        self.place.run(["ip", "-n", self.hub, "link", "set", f"v{self.numbers[name]}", "down" if isCut else "up"])

    def free_port(self):
        # A namespace of its own has all ports.
        if self.spaces:
            return 5555
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]


class Fleet:
    """A broker with a state folder, a core and four workers. Who was killed on purpose is known; other deaths are faults."""

    WORKERS = ["w1", "w2", "w3", "w4"]

    def __init__(self, place, links, states=None, is_encrypted=False):
        self.place, self.links, self.live, self.expected = place, links, {}, set()
        self.security = [] if is_encrypted else ["--insecure", "--insecure-anywhere"]
        self.states = {name: f"{place.path}/state-{name}" for name in ["broker", "core", *self.WORKERS]} | (states or {})
        self.endpoint = f"tcp://{links.host}:{links.free_port()}"
        # A token for all of them; the broker may find it there before its first start.
        self.joining = self.make_token() if is_encrypted else []
        self.begin("broker")
        self.wait(30, "the broker listens", lambda: os.path.exists(self.states["broker"] + "/operator.key"))
        # One after the other, so that each run of this script gives them the same places.
        for count, name in enumerate(["core", *self.WORKERS], 1):
            self.begin(name)
            self.wait(90, f"{name} joins", lambda count=count: self.connected() >= count)

    @property
    def names(self):
        return list(self.states)

    def log(self, name):
        return f"{self.place.path}/{name}.log"

    def command(self, name):
        oxbow, state = self.place.oxbow, self.states[name]
        if name == "broker":
            return [oxbow, "broker", "--bind", self.endpoint, "--state", state, *self.security]
        common = [oxbow, "worker", "--connect", self.endpoint, "--id", name, "--state", state, *self.security, *self.joining]
        if name == "core":
            return common + ["--role", "core"]
        number = self.WORKERS.index(name)
        return common + ["--tier", "small", "--data", self.place.data, "--domain", self.place.domains[number // 2],
                         "--shard", f"{number % 2 + 1}/2"]

    def make_token(self):
        file = self.place.path + "/join.token"
        done = self.place.run([self.place.oxbow, "keys", "new", "--state", self.states["broker"], "--role", "core", "--role", "edge",
                               "--uses", str(1 + len(self.WORKERS)), "--out", file])
        if done.returncode != 0:
            raise Wrong(f"no token was made: {done.stderr.strip()}")
        return ["--join", "@" + file]

    def begin(self, name):
        self.live[name] = self.place.start(name, self.links.wrap(name, self.command(name)), self.log(name))

    def kill(self, name):
        process = self.live[name]
        self.expected.add(process.pid)
        process.kill()
        process.wait(10)

    def check(self):
        """Who died without having been killed?"""
        for name, process in self.live.items():
            if process.poll() is not None and process.pid not in self.expected:
                with open(self.log(name)) as log:
                    last = "".join(log.readlines()[-3:]).strip()
                raise Wrong(f"{name} ended by itself with {process.returncode}: {last}")

    def operate(self, *arguments, seconds=30):
        command = [self.place.oxbow, *arguments, "--connect", self.endpoint, *self.security,
                   "--timeout", str(seconds - 5), "--key", self.states["broker"] + "/operator.key"]
        return self.place.run(self.links.wrap("broker", command), seconds + 30)

    def status(self):
        """None while the broker is away."""
        answer = self.operate("status", "--format", "json", seconds=8)
        return json.loads(answer.stdout) if answer.returncode == 0 else None

    def connected(self):
        status = self.status()
        return sum(member["is_connected"] for member in status["members"]) if status else 0

    def submit(self, name, membership, rounds, steps):
        """The cuts are given, so that nothing depends on how fast the machine seems to be."""
        file = f"{self.place.path}/{name}.yaml"
        with open(file, "w") as out:
            json.dump({  # JSON is YAML
                "membership": membership, "model": {"width": 0.0625, "batch": 8}, "rounds": rounds, "steps_per_round": steps,
                "quorum": 0.5, "requires": {"small": {"min_workers": 2}}, "data": {"domains": sorted(set(self.place.domains))},
                "fleet": [{"tier": "small", "workers": 4, "cuts": [0, 0, 0, 0]}]}, out)
        answer = self.operate("submit", file, "--name", name)
        if answer.returncode != 0:
            raise Wrong(f"'{name}' was not taken: {answer.stderr.strip()}")

    def entry(self, run):
        """What the broker keeps of a run, as on its disk."""
        try:
            with open(f"{self.states['broker']}/runs/{run}/run.json") as file:
                return json.load(file)["summary"]
        except (OSError, ValueError):
            return {"state": "unknown", "round": 0}

    def hash(self, run):
        try:
            with open(f"{self.states['broker']}/runs/{run}/report.json") as file:
                return json.load(file)["state_hash"]
        except (OSError, ValueError, KeyError) as error:
            raise Wrong(f"run {run} has no report with a hash: {error}")

    def is_over(self, run):
        return self.entry(run)["state"] in ("finished", "stopped", "failed")

    def wait(self, seconds, what, condition, pause=0.2):
        deadline = time.monotonic() + seconds
        while not condition():
            self.check()
            if time.monotonic() > deadline:
                raise Wrong(f"not within {seconds:.0f} s: {what}; the status is {self.awaited()}")
            time.sleep(pause)

    def awaited(self):
        status = self.status()
        runs = [run for run in (status or {"runs": []})["runs"] if run["state"] in ("waiting", "running")]
        return [(run["id"], run.get("awaited_what"), run["awaited"], run.get("awaited_seconds")) for run in runs]

    def finish(self, run, seconds):
        self.wait(seconds, f"run {run} ends", lambda: self.is_over(run))
        if self.entry(run)["state"] != "finished":
            raise Wrong(f"run {run} ended as {self.entry(run)}")

    def check_counters(self):
        """received = delivered + refused + dropped, once nothing is under way."""
        def balance():
            all = (self.status() or {}).get("counters")
            return all and all["received"] == all["delivered"] + all["refused"] + all["dropped"] and all
        self.wait(20, "the counters balance", balance)
        all = balance()
        self.place.say(f"counters: {all['received']} received = {all['delivered']} delivered + {all['refused']} refused + "
                       f"{all['dropped']} dropped (of the broker's last process)")

    def check_traces(self):
        count = 0
        for folder, _, files in os.walk(self.states["broker"] + "/runs"):
            for file in (file for file in files if file.endswith(".oxtrace")):
                path, count = f"{folder}/{file}", count + 1
                for command in ("stats", "show"):
                    done = self.place.run([self.place.oxbow, "trace", command, path])
                    if done.returncode != 0:
                        raise Wrong(f"oxbow trace {command} {path} ended with {done.returncode}: {done.stderr.strip()}")
        if count == 0:
            raise Wrong("there is no trace")
        self.place.say(f"{count} traces can be shown and counted")

    def stop(self):
        """Asks all to end; nobody may need to be killed."""
        for name in reversed(self.names):
            self.expected.add(self.live[name].pid)
            self.live[name].terminate()
        for name, process in self.live.items():
            try:
                code = process.wait(20)
            except subprocess.TimeoutExpired:
                raise Wrong(f"{name} did not end within 20 s of SIGTERM")
            if code not in (0, 130):
                raise Wrong(f"{name} ended with {code} after SIGTERM")
