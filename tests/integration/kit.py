"""A small kit for tests of whole programs: starts them, waits for what they print, talks to their APIs.

Nothing here sleeps for a guessed time: a wait ends with the line that was waited for, with the end of the program, or
with a deadline that fails the test and shows what was printed until then.
"""
import json
import os
import queue
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


class Failure(Exception):
    """What a person needs to know about why a test failed."""


def check(condition, text):
    if not condition:
        raise Failure(text)


def free_port():
    """A TCP port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_port(port, seconds):
    """Until something accepts connections on a loopback port."""
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

    def __init__(self, *arguments, env=None, name=None):
        self.name = name or os.path.basename(arguments[0])
        self.lines = []
        self._news = queue.Queue()
        self.process = subprocess.Popen(
            [str(a) for a in arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            text=True, errors="replace", env={**os.environ, **(env or {})}, start_new_session=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            self._news.put(self.lines[-1])
        self._news.put(None)

    def wait_line(self, pattern, seconds):
        """The match of the first line from now on that has the pattern."""
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


def run(program, *arguments, env=None, ok=True, seconds=120):
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

    def raw(self, body, token=None, seconds=120):
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

    def call(self, method, *params, seconds=120):
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

    def __init__(self, folder, *flags):
        self.folder = folder
        self.flags = flags
        self.program = None

    def start(self, seconds=300):
        """Starts, and waits until the API answers and the first epoch line of this run was printed."""
        self.program = Program(os.path.join(BIN, "lotus"), "devnet", "--dir", self.folder, "--api-port", "0",
                               "--miner-port", "0", *self.flags, name="devnet")
        try:
            self.wait_epoch(0, seconds)
            self.info = json.loads(run("lotus", "devnet", "info", "--dir", self.folder, "--json"))
            self.api = Api(self.info["daemon"]["url"] + "/rpc/v1", self.info["daemon"]["token"])
        except BaseException:
            self.program.kill_group()
            raise
        return self

    def wait_epoch(self, at_least, seconds):
        """Waits for the line of an epoch not below at_least; gives the epoch."""
        deadline = time.monotonic() + seconds
        while True:
            match = self.program.wait_line(r"epoch\s+(\d+)", max(1, deadline - time.monotonic()))
            if int(match.group(1)) >= at_least:
                return int(match.group(1))

    def lotus(self, *arguments, **more):
        return run("lotus", *arguments, env={"LOTUS_PATH": self.info["daemon"]["repository"]}, **more)

    def stop(self):
        code = self.program.stop()
        check(code == 0, f"devnet ended with {code} after Ctrl-C\n{self.program.tail()}")


def fresh_folder(name):
    return tempfile.mkdtemp(prefix=f"nelumbo-{name}-")


def main(*tests):
    """Runs the tests given, each in a folder of its own; keeps the folder of one that failed."""
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
        else:
            print(f"passed {test.__name__} in {time.monotonic() - started:.1f} s", flush=True)
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(tests) - failed} passed, {failed} failed", flush=True)
    sys.exit(1 if failed else 0)
