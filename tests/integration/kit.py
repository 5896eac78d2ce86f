"""A small kit for tests of whole programs: starts them, waits for what they print, talks to their APIs.

Nothing here sleeps for a guessed time: a wait ends with the line that was waited for, with the end of the program, or
with a deadline that fails the test and shows what was printed until then.
"""
import json
import os
import queue
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.error
import urllib.request

BIN = os.environ.get("NELUMBO_BIN", "build/release/bin")


# A wait ends with what it waits for. One that is given less than this many seconds fails on a machine that stands still for
# a while, which those with other work do.
LEAST_PATIENCE = 120


class Failure(Exception):
    """What a person needs to know about why a test failed."""


def check(condition, text):
    if not condition:
        raise Failure(text)


def free_port():
    """A TCP port nobody listens on now, and that no connection is given: a program may come back to it after a while."""
    with open("/proc/sys/net/ipv4/ip_local_port_range") as file:
        given_from = int(file.read().split()[0])
    while True:
        port = random.randrange(10000, given_from)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


def wait_port(port, seconds):
    """Until something accepts connections on a loopback port."""
    seconds = max(seconds, LEAST_PATIENCE)
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            check(time.monotonic() < deadline, f"nothing listens on port {port} after {seconds} s")
            time.sleep(0.005)  # a port has no event to wait for


class Program:
    """A child process whose output lines can be waited for."""

    def __init__(self, *arguments, env=None, name=None, stdin=False):
        self.name = name or os.path.basename(arguments[0])
        self.lines = []
        self._news = queue.Queue()
        self.process = subprocess.Popen(
            [str(a) for a in arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL, text=True, errors="replace", env={**os.environ, **(env or {})}, start_new_session=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            self._news.put(self.lines[-1])
        self._news.put(None)

    def wait_line(self, pattern, seconds):
        """The match of the first line from now on that has the pattern."""
        seconds = max(seconds, LEAST_PATIENCE)
        deadline = time.monotonic() + seconds
        while True:
            try:
                line = self._news.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise Failure(f"{self.name}: no line with /{pattern}/ within {seconds} s\n{self.tail()}")
            if line is None:
                self._news.put(None)
                raise Failure(f"{self.name} ended (exit {self.process.wait()}) before a line with /{pattern}/\n{self.tail()}")
            match = re.search(pattern, line)
            if match:
                return match

    def wait_end(self, seconds):
        seconds = max(seconds, LEAST_PATIENCE)
        try:
            code = self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.name} did not end within {seconds} s\n{self.tail()}")
        self._reader.join(timeout=10)
        return code

    def stop(self, seconds=60):
        """Ctrl-C, and its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.wait_end(seconds)

    def kill_group(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()

    def tail(self, count=40):
        return "\n".join(f"  {self.name}| {line}" for line in self.lines[-count:])


def run(program, *arguments, env=None, ok=True, seconds=300):
    """Runs one of our programs to its end; gives standard output. ok=False expects failure and gives both outputs."""
    command = [os.path.join(BIN, program), *[str(a) for a in arguments]]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=seconds,
                          env={**os.environ, **(env or {})})
    shown = f"$ {program} {' '.join(map(str, arguments))}\nexit {done.returncode}\n{done.stdout}{done.stderr}"
    check((done.returncode == 0) == ok, ("expected success:\n" if ok else "expected a failure:\n") + shown)
    return done.stdout if ok else done.stdout + done.stderr


class Api:
    """JSON-RPC over HTTP."""

    def __init__(self, url, token=None):
        self.url = url
        self.token = token
        self._id = 0

    def raw(self, body, token=None, seconds=300):
        """Posts bytes as they are; gives (status, body)."""
        headers = {"Content-Type": "application/json"}
        if token or self.token:
            headers["Authorization"] = f"Bearer {token or self.token}"
        request = urllib.request.Request(self.url, data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=seconds) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def call(self, method, *params, seconds=300):
        self._id += 1
        body = json.dumps({"jsonrpc": "2.0", "id": self._id, "method": f"Filecoin.{method}", "params": list(params)})
        status, text = self.raw(body.encode(), seconds=seconds)
        try:
            answer = json.loads(text)
        except ValueError:
            raise Failure(f"{method}: HTTP {status}, not JSON: {text[:300]!r}")
        if answer.get("error"):
            raise Failure(f"{method}{params}: {answer['error']}")
        check(answer.get("id") == self._id, f"{method}: answer has another id: {text[:300]!r}")
        return answer.get("result")


class Devnet:
    """`lotus devnet` in a folder of its own, on free ports."""

    command = ("devnet",)
    # The PoRep parameters take a quarter of an hour of both cores; those who need them say so.
    settings = ("--no-porep-params",)
    without_message = ("--no-message",)  # most tests need no message server

    def __init__(self, folder, *flags, name="devnet", prefix=(), env=None, host="127.0.0.1", message=False):
        self.folder = folder
        self.flags = flags if message else (*flags, *self.without_message)
        self.name = name
        self.prefix = prefix  # a command in front, such as one that enters a network namespace
        self.env = env
        self.host = host  # where its APIs are reached from here
        # Its own from the first start on: a daemon that was killed comes back to its port.
        self.ports = ("--api-port", free_port(), "--miner-port", free_port())
        self.program = None

    def start(self, seconds=300):
        """Starts, and waits until the API answers and the first epoch line of this run was printed."""
        self.program = Program(*self.prefix, os.path.join(BIN, "lotus"), *self.command, "--dir", self.folder,
                               *self.ports, *self.settings, *self.flags, env=self.env, name=self.name)
        try:
            self.wait_epoch(0, seconds)
            self.learn()
        except BaseException:
            self.program.kill_group()
            raise
        return self

    def learn(self):
        """Reads `devnet info` again: after a restart processes and perhaps ports are others."""
        self.info = json.loads(run("lotus", "devnet", "info", "--dir", self.folder, "--json"))
        self.nodes = [Node(each, self.name, self.host) for each in self.info["daemons"]]
        self.api = self.nodes[0].api

    def wait_epoch(self, at_least, seconds):
        """Waits for the line of an epoch not below at_least; gives the epoch."""
        deadline = time.monotonic() + seconds
        while True:
            match = self.program.wait_line(r"epoch\s+(\d+)", max(1, deadline - time.monotonic()))
            if int(match.group(1)) >= at_least:
                return int(match.group(1))

    def lotus(self, *arguments, **more):
        return run("lotus", *arguments, env={"LOTUS_PATH": self.info["daemon"]["repository"]}, **more)

    def give_key(self, address, run_message):
        """The daemon's key of an address goes over to a lotus-message, whose command line is given."""
        file = os.path.join(self.folder, f"key-{address}")
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            out.write(self.lotus("wallet", "export", address))
        said = run_message("wallet", "import", file)
        check(f"imported key {address} successfully" in said, said)

    def stop(self):
        code = self.program.stop()
        check(code == 0, f"{self.name} ended with {code} after Ctrl-C\n{self.program.tail()}")

    def kill(self, name, seconds=60):
        """kill -9 of one program ("daemon-2", "miner"); waits until the supervisor has started it again."""
        before = self._pid(name)
        os.kill(before, signal.SIGKILL)
        wait(lambda: self._pid(name) not in (None, before), seconds, f"{name} was not started again\n{self.program.tail()}")
        self.learn()

    def pause(self, name):
        os.kill(self._pid(name), signal.SIGSTOP)

    def resume(self, name):
        os.kill(self._pid(name), signal.SIGCONT)

    def _pid(self, name):
        self.learn()
        programs = self.info["daemons"] + [each for each in self.info["miners"] if each["daemon"]]
        return next(each["pid"] for each in programs if each["name"] == name)


class Joined(Devnet):
    """`lotus devnet join`: one more node of a devnet that runs, given by its beacon's URL."""

    command = ("devnet", "join")
    settings = ()
    without_message = ()

    def __init__(self, folder, url, *flags, **more):
        super().__init__(folder, *flags, url, **{"name": os.path.basename(folder), **more})


class Node:
    """A daemon of a network, as `devnet info` tells of it."""

    def __init__(self, info, devnet, host):
        self.name = f"{devnet}/{info['name']}"
        self.repository = info["repository"]
        self.info = info
        self.api = Api(info["url"].replace("127.0.0.1", host) + "/rpc/v1", info["token"])

    def head(self):
        return self.api.call("ChainHead")

    def height(self):
        return self.head()["Height"]

    def tipset_at(self, height, anchor=None):
        """The tipset of an epoch, or the one below when the epoch is null."""
        return self.api.call("ChainGetTipSetByHeight", height, anchor or [])

    def chain(self, first, last, anchor=None):
        """The tipsets from epoch `last` down to `first`, newest first."""
        out = [self.tipset_at(last, anchor)]
        while out[-1]["Height"] > max(first, 0):
            out.append(self.api.call("ChainGetTipSet", out[-1]["Blocks"][0]["Parents"]))
        return [each for each in out if each["Height"] >= first]

    def peers(self):
        return [each["ID"] for each in self.api.call("NetPeers") or []]


def wait(condition, seconds, text, every=0.1):
    """Until condition() is true; its value. `text`: what to say, or a function that gives it, when time is over."""
    seconds = max(seconds, LEAST_PATIENCE)
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure(f"after {seconds} s: {text() if callable(text) else text}")
        time.sleep(every)  # polls what has no event to wait for


def heads_text(nodes):
    heads = [(node, node.head()) for node in nodes]
    return "\n".join(f"  {node.name}: epoch {head['Height']} {[cid['/'][-8:] for cid in head['Cids']]}"
                     for node, head in heads)


def wait_same_head(nodes, seconds, at_least=0):
    """Until all nodes name the same head, not below an epoch; the head."""
    def same():
        heads = [node.head() for node in nodes]
        agree = all(head["Cids"] == heads[0]["Cids"] for head in heads)
        return heads[0] if agree and heads[0]["Height"] >= at_least else None
    return wait(same, seconds, lambda: f"no common head at or above epoch {at_least}:\n{heads_text(nodes)}")


def wait_height(node, at_least, seconds):
    """Until a node's head is not below an epoch."""
    wait(lambda: node.height() >= at_least, seconds, lambda: f"{node.name} is at epoch {node.height()}, not at {at_least}")


def check_same_chain(nodes, head, first=0, states=()):
    """All nodes hold the same tipsets below a head they have in common; at the epochs `states` each computes the state
    anew and all get the root that the chain has. Gives the tipsets, newest first."""
    chains = [node.chain(first, head["Height"], head["Cids"]) for node in nodes]
    for node, chain in zip(nodes[1:], chains[1:]):
        for mine, theirs in zip(chains[0], chain):
            check(mine["Cids"] == theirs["Cids"],
                  f"{nodes[0].name} and {node.name} differ at epoch {mine['Height']}: {mine['Cids']} and {theirs['Cids']}")
        check(len(chain) == len(chains[0]), f"the chain of {node.name} has another length than that of {nodes[0].name}")
    by_height = {tipset["Height"]: place for place, tipset in enumerate(chains[0])}
    for height in states:
        place = next(by_height[h] for h in range(height, -1, -1) if h in by_height)
        tipset, child = chains[0][place], chains[0][place - 1]
        roots = {node.name: node.api.call("StateCompute", tipset["Height"], [], tipset["Cids"])["Root"] for node in nodes}
        # The state a block names is its parents' with the cron of null epochs between not yet run.
        expected = child["Blocks"][0]["ParentStateRoot"]
        check(all(root == expected for root in roots.values()),
              f"the state after epoch {tipset['Height']} is {expected} on the chain, computed {roots}")
    return chains[0]


def null_rounds(chain):
    """How many epochs between the first and the last tipset have none."""
    return chain[0]["Height"] - chain[-1]["Height"] + 1 - len(chain)


def multi_block(chain):
    """How many tipsets have more than one block."""
    return sum(len(tipset["Cids"]) > 1 for tipset in chain)


def fresh_folder(name):
    return tempfile.mkdtemp(prefix=f"nelumbo-{name}-")


def print_logs(folder, lines=25):
    """The end of each program's log below a folder: where a test runs, nobody may be able to look at its files."""
    for here, _, files in sorted(os.walk(folder)):
        for name in sorted(files):
            if not name.endswith(".log") or "datastore" in here:
                continue
            with open(os.path.join(here, name), errors="replace") as file:
                tail = file.readlines()[-lines:]
            print(f"--- the end of {os.path.relpath(os.path.join(here, name), folder)}", flush=True)
            print("".join(f"  {line[:400].rstrip()}\n" for line in tail), end="", flush=True)


def main(*tests):
    """Runs the tests given, or those of them that the command line names, each in a folder of its own; keeps the folder
    of one that failed."""
    if sys.argv[1:]:
        tests = [test for test in tests if test.__name__ in sys.argv[1:]]
    failed = 0
    for test in tests:
        folder = fresh_folder(test.__name__)
        started = time.monotonic()
        try:
            test(folder)
        except Exception as error:
            failed += 1
            text = str(error) if isinstance(error, Failure) else traceback.format_exc()
            print(f"FAILED {test.__name__} (files kept in {folder}): {text}", flush=True)
            print_logs(folder)
        else:
            print(f"passed {test.__name__} in {time.monotonic() - started:.1f} s", flush=True)
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(tests) - failed} passed, {failed} failed", flush=True)
    sys.exit(1 if failed else 0)
