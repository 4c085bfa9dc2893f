"""Looks at a broker's live page in headless Chromium, from an empty fleet to a broker that went away.

    live_page.py --oxbow FILE --data DIR --browser FILE --work DIR [--pictures DIR]
"""

import argparse
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

from chromium import Chromium

WIDTHS = [(375, 812, False), (375, 812, True), (1280, 900, False), (1280, 900, True)]

# What a reader would stumble over.
LOOK = r"""(() => {
  const problems = [], all = s => [...document.querySelectorAll(s)], d = document.documentElement;
  const problem = (is, text) => { if (is) problems.push(text); };
  problem(d.scrollWidth > d.clientWidth, `scrolls sideways: ${d.scrollWidth} > ${d.clientWidth}`);
  problem(!document.title.trim(), 'has no title');
  problem(all('h1').length !== 1, 'has not one h1');
  for (const image of all('img')) problem(image.complete && !image.naturalWidth || !image.alt, `a picture without content or text: ${image.src}`);
  for (const svg of all('svg')) {
    problem(!svg.getAttribute('aria-label'), 'a drawing without a text');
    const frame = svg.getBoundingClientRect();
    if (!frame.width) continue;
    problem(frame.width < 50 || frame.height < 20, `a drawing without room: ${svg.getAttribute('aria-label')}`);
    for (const t of svg.querySelectorAll('text')) {
      const box = t.getBoundingClientRect();
      problem(box.left < frame.left - 1.5 || box.right > frame.right + 1.5, `text is cut off: ${t.textContent}`);
    }
  }
  for (const e of all('main *')) {
    if (e.closest('.scroll,svg,.events') || !e.getClientRects().length) continue;
    problem(e.getBoundingClientRect().right > d.clientWidth + 1, `lies outside: ${e.tagName} ${e.textContent.slice(0, 40)}`);
  }
  problem(/undefined|NaN|\[object/.test(document.body.innerText), 'says undefined or NaN');
  return [...new Set(problems)];
})()"""

EXPERIMENT = """
model: {{ width: 0.125, batch: 8 }}
data: {{ domains: [mnist] }}
membership: elastic
fleet:
  - {{ tier: small, workers: 2, domain: mnist }}
  - {{ tier: large-and-of-a-name-that-is-longer-than-most, workers: 1, domain: mnist }}
rounds: {rounds}
steps_per_round: 6
"""


class Trial:
    def __init__(self, options):
        self.options, self.work = options, pathlib.Path(options.work)
        self.processes, self.failed = {}, 0
        self.browser = Chromium(options.browser, self.work / "profile")
        self.endpoint = self.address = None

    def start(self, name, *arguments):
        errors = open(self.work / f"{name}.log", "wb")
        environment = {**os.environ, "XDG_CACHE_HOME": str(self.work / "cache")}
        self.processes[name] = subprocess.Popen(
            [self.options.oxbow, *arguments], stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, env=environment)

    def end(self, name, number=signal.SIGKILL):
        process = self.processes.pop(name)
        process.send_signal(number)
        process.wait()

    def close(self):
        for name in list(self.processes):
            self.end(name)
        self.browser.close()

    def say(self, is_good, what):
        self.failed += not is_good
        print(f"{'ok   ' if is_good else 'WRONG'} {what}", flush=True)

    def broker(self, *more):
        """A broker at the same places as the one before it."""
        self.start(
            "broker", "broker", "--bind", self.endpoint or "tcp://127.0.0.1:*", "--state", str(self.work / "state"), "--insecure", "--http",
            self.address or "127.0.0.1:*", "--log-format", "json", *more)
        log = self.work / "broker.log"
        deadline = time.monotonic() + 60
        while not (found := re.search(r'"endpoint":"([^"]+)"', log.read_text())):
            if time.monotonic() > deadline or self.processes["broker"].poll() is not None:
                raise RuntimeError("the broker does not start: " + log.read_text())
            time.sleep(0.05)
        self.endpoint = found[1]
        self.address = re.search(r'"address":"http://([^"/]+)/"', log.read_text())[1]

    def oxbow(self, *arguments):
        where = ["--connect", self.endpoint, "--insecure", "--key", str(self.work / "state/operator.key"), "--timeout", "60"]
        subprocess.run([self.options.oxbow, *arguments, *where], check=True, stdout=subprocess.DEVNULL, timeout=100)

    def submit(self, name, rounds):
        path = self.work / f"{name}.yaml"
        path.write_text(EXPERIMENT.format(rounds=rounds))
        self.oxbow("submit", str(path), "--name", name)

    def workers(self):
        common = ["worker", "--connect", self.endpoint, "--insecure"]
        self.start("core", *common, "--role", "core", "--state", str(self.work / "core"))
        for number, tier in enumerate(["small", "small", "large-and-of-a-name-that-is-longer-than-most"], 1):
            self.start(
                f"w{number}", *common, "--id", f"worker-in-the-attic-{number}", "--tier", tier, "--data", self.options.data,
                "--domain", "mnist", "--shard", f"{number}/3")

    def look(self, name, may_fail=""):
        """The page as it is now, on a phone and a desk, by day and night."""
        for width, height, dark in WIDTHS:
            self.browser.size(width, height, dark)
            self.browser.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
            problems = self.browser.run(LOOK)
            place = f"{name} at {width} px{', dark' if dark else ''}"
            self.say(not problems, f"{place}{''.join(chr(10) + '      ' + p for p in problems)}")
            if self.options.pictures:
                kind = ("phone" if width < 600 else "desk") + ("-dark" if dark else "")
                self.browser.picture(pathlib.Path(self.options.pictures) / f"{name.replace(' ', '-')}-{kind}.png")
        said = [p for p in self.browser.problems if not (may_fail and re.search(may_fail, p))]
        self.browser.problems.clear()
        self.say(not said, f"{name}: the console is silent{''.join(chr(10) + '      ' + p for p in said)}")

    def says(self, words, seconds, what):
        quoted = repr(words)
        self.browser.wait(f"document.body.innerText.includes({quoted})", seconds, what)
        self.say(True, what)


def trial(t):
    page = t.browser
    t.broker()
    page.size(1280, 900)
    page.open(f"http://{t.address}/")
    page.wait("document.getElementById('link')?.textContent === 'live'", 30, "the page is live")
    t.look("no run")
    t.submit("first-light", 3)
    t.submit("the-next-one", 500)
    t.says("first-light", 20, "a run that waits is shown")
    t.says("2 of tier small", 20, "it is said what it waits for")
    t.says("the-next-one", 20, "the queue is shown")
    t.look("a run that waits")
    t.workers()
    page.wait("/Round [123]/.test(document.getElementById('run').innerText)", 120, "the run begins")
    t.say(True, "the run begins")
    page.wait("document.querySelectorAll('#grids img').length > 0 && [...document.querySelectorAll('#grids img')].every(i => i.naturalWidth)",
              180, "pictures")
    t.say(True, "pictures of a barrier are shown")
    page.wait("document.querySelector('#run h3')?.textContent === 'the-next-one' && /Round [^1]/.test(document.getElementById('run').innerText)",
              180, "the next run")
    page.wait("document.querySelectorAll('#loss .line').length === 3", 60, "the curves of the loss")
    page.wait("!!document.querySelector('#divergence .mark')", 60, "the curves of the divergence")
    t.say(True, "curves are drawn")
    page.run("for (const d of document.querySelectorAll('details')) d.open = true")
    page.wait("document.querySelector('#members table')", 10, "members")
    page.wait("!document.getElementById('plan-section').hidden", 10, "the plan")
    t.look("a run under way")
    steps = page.run("document.querySelector('.big').textContent")
    page.wait(f"document.querySelector('.big').textContent !== {steps!r}", 30, "steps")
    t.say(True, "steps go on by themselves")
    # A check that cannot fail is none.
    page.run("document.querySelector('main').append(Object.assign(document.createElement('p'), {textContent: 'x'.repeat(400)}))")
    t.say(any("sideways" in p for p in page.run(LOOK)), "finds out a page that is too wide")
    page.run("document.querySelector('main').lastElementChild.remove()")
    page.run("setTimeout(() => undefinedFunction(), 0)")
    page.run("fetch('https://example.invalid/').catch(() => 0)")
    time.sleep(0.5)
    page.run("1")
    found = " ".join(page.problems)
    t.say("undefinedFunction" in found, "finds out an error of a script")
    t.say("Content Security Policy" in found, "the policy refuses what is fetched elsewhere")
    page.problems.clear()
    t.end("broker")
    t.says("does not answer since", 30, "a broker that went away is missed")
    t.look("no broker", may_fail=r"ERR_|Failed to load")
    t.broker()
    page.wait("document.getElementById('link').textContent === 'live'", 60, "the page finds the broker again")
    t.say(True, "the page finds the broker again")
    page.wait("/Round/.test(document.getElementById('run').innerText) && !/load its state/.test(document.getElementById('run').innerText)",
              120, "the run goes on")
    t.oxbow("stop", "the-next-one", "--reason", "seen enough")
    page.wait("document.querySelector('#run .badge')?.textContent === 'stopped'", 60, "a run that ended is shown")
    t.say(True, "a run that ended is shown")
    page.problems.clear()
    t.look("a run that ended")
    t.end("broker", signal.SIGTERM)
    t.says("has ended its work", 30, "a broker that ended says so")
    t.look("a broker that ended", may_fail=r"ERR_|Failed to load")
    token = t.work / "token"
    token.touch(mode=0o600)
    token.write_text("a-token-that-nobody-guesses\n")
    t.broker("--http-token", str(token))
    t.says("show the token again", 60, "who is not admitted any more is told so")
    page.open(f"http://{t.address}/")
    page.wait("document.querySelector('input')", 10, "the token is asked for")
    t.look("a token is asked for", may_fail="401")
    page.run("document.querySelector('input').value = 'a-token-that-nobody-guesses'; document.querySelector('form').submit()")
    page.wait("document.getElementById('link')?.textContent === 'live'", 30, "the token opens")
    t.say(page.run("location.search") == "" and "nobody" not in page.run("document.cookie"), "the token opens, and leaves no trace")
    t.look("admitted", may_fail="401")


def main():
    parser = argparse.ArgumentParser()
    for name in ["oxbow", "data", "browser", "work"]:
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--pictures")
    options = parser.parse_args()
    t = Trial(options)
    try:
        trial(t)
    except (TimeoutError, RuntimeError, EOFError, subprocess.SubprocessError) as error:
        t.say(False, str(error))
    finally:
        t.close()
    sys.exit(1 if t.failed else 0)


main()
