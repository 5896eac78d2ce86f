"""A headless Chromium for tests of web pages, driven through its DevTools protocol with nothing but the standard library.

    with browser.Browser(folder) as page:
        page.open("http://127.0.0.1:7777/")
        page.wait("document.querySelector('#wallets tbody tr')", 20, "no wallet is shown")
        page.check_quiet()
"""
import base64
import json
import os
import shutil
import socket
import struct
import time
import urllib.parse
import urllib.request

import kit
from kit import Failure, check

NAMES = ("chromium", "chromium-browser", "google-chrome")


class WebSocket:
    """The client's side of RFC 6455, as far as DevTools needs it: text messages, in one piece or in many."""

    def __init__(self, url, seconds=30):
        place = urllib.parse.urlsplit(url)
        self._socket = socket.create_connection((place.hostname, place.port), timeout=seconds)
        self._in = b""
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall((f"GET {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\nUpgrade: websocket\r\n"
                              f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        while b"\r\n\r\n" not in self._in:
            self._more()
        head, self._in = self._in.split(b"\r\n\r\n", 1)
        check(b" 101 " in head.split(b"\r\n")[0], f"no WebSocket at {url}: {head[:200]!r}")

    def _more(self):
        piece = self._socket.recv(1 << 16)
        if not piece:
            raise Failure("the browser closed the connection")
        self._in += piece

    def _take(self, count):
        while len(self._in) < count:
            self._more()
        out, self._in = self._in[:count], self._in[count:]
        return out

    def _frame(self):
        first, second = self._take(2)
        size = second & 0x7f
        if size == 126:
            size = struct.unpack(">H", self._take(2))[0]
        elif size == 127:
            size = struct.unpack(">Q", self._take(8))[0]
        return first & 0x80, first & 0x0f, self._take(size)

    def _send(self, kind, data):
        size = len(data)
        if size < 126:
            head = bytes([0x80 | kind, 0x80 | size])
        elif size < 1 << 16:
            head = struct.pack(">BBH", 0x80 | kind, 0x80 | 126, size)
        else:
            head = struct.pack(">BBQ", 0x80 | kind, 0x80 | 127, size)
        mask = os.urandom(4)
        self._socket.sendall(head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(data)))

    def send(self, text):
        self._send(1, text.encode())

    def receive(self, seconds):
        """The next text message."""
        self._socket.settimeout(seconds)
        whole = b""
        while True:
            last, kind, data = self._frame()
            if kind == 8:
                raise Failure("the browser closed the connection")
            if kind == 9:
                self._send(10, data)
            elif kind < 3:
                whole += data
                if last:
                    return whole.decode()

    def close(self):
        self._socket.close()


class Browser:
    """One browser with one page."""

    def __init__(self, folder):
        program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
        check(program, "no Chromium is installed (Debian: apt install chromium)")
        self.program = kit.Program(program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                                   "--no-first-run", "--disable-background-networking", "--disable-component-update",
                                   "--remote-debugging-port=0", f"--user-data-dir={os.path.join(folder, 'browser')}",
                                   "about:blank", name="chromium")
        try:
            port = self.program.wait_line(r"DevTools listening on ws://127\.0\.0\.1:(\d+)/", 60).group(1)
            pages = kit.wait(lambda: self._pages(port), 30, "the browser has no page")
            self._socket = WebSocket(pages[0]["webSocketDebuggerUrl"])
        except BaseException:
            self.program.kill_group()
            raise
        self._id = 0
        self._loads = 0
        self.problems = []  # what the page's console and its requests complained of
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    @staticmethod
    def _pages(port):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=10) as answer:
            return [each for each in json.load(answer) if each["type"] == "page"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()
        self.program.kill_group()

    def _event(self, name, data):
        if name == "Page.loadEventFired":
            self._loads += 1
        elif name == "Runtime.exceptionThrown":
            details = data["exceptionDetails"]
            self.problems.append(f"exception: {details.get('exception', {}).get('description', details['text'])}")
        elif name == "Runtime.consoleAPICalled" and data["type"] in ("error", "warning", "assert"):
            self.problems.append(f"console.{data['type']}: {[each.get('value') for each in data['args']]}")
        elif name == "Log.entryAdded" and data["entry"]["level"] in ("error", "warning"):
            entry = data["entry"]
            self.problems.append(f"{entry['source']} {entry['level']}: {entry['text']} {entry.get('url', '')}")

    def _receive(self, deadline):
        message = json.loads(self._socket.receive(max(0.1, deadline - time.monotonic())))
        if "method" in message:
            self._event(message["method"], message.get("params", {}))
        return message

    def call(self, method, seconds=60, **params):
        """A command of the protocol; its result."""
        self._id += 1
        self._socket.send(json.dumps({"id": self._id, "method": method, "params": params}))
        deadline = time.monotonic() + seconds
        while True:
            message = self._receive(deadline)
            if message.get("id") == self._id:
                check("error" not in message, f"{method}: {message.get('error')}")
                return message["result"]

    def open(self, url, seconds=60):
        """Goes to an address and waits until the page is loaded."""
        before = self._loads
        answer = self.call("Page.navigate", url=url)
        check(not answer.get("errorText"), f"{url}: {answer.get('errorText')}")
        deadline = time.monotonic() + seconds
        while self._loads == before:
            check(time.monotonic() < deadline, f"{url} is not loaded after {seconds} s")
            self._receive(deadline)

    def run(self, expression):
        """The value of a JavaScript expression on the page, awaited when it is a promise."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise Failure(f"{expression}: {answer['exceptionDetails'].get('exception', {}).get('description')}")
        return answer["result"].get("value")

    def wait(self, expression, seconds, text):
        """Until an expression is true on the page; its value."""
        return kit.wait(lambda: self.run(f"(() => {{ const value = {expression}; return value instanceof Node ? true : value; }})()"),
                        seconds, lambda: f"{text}\nthe page shows:\n{self.text()[:3000]}\n{self.problems}")

    def text(self):
        return self.run("document.body.innerText")

    def rows(self, table):
        """The texts of a table's cells, row by row."""
        return self.run(f"[...document.querySelectorAll('#{table} tbody tr')].map(row => [...row.cells].map(cell => cell.innerText))")

    def fill(self, selector, text):
        """Types into a field, as a person does: what was in it goes."""
        place = json.dumps(selector)
        check(self.run(f"(() => {{ const at = document.querySelector({place}); at?.focus(); at?.select?.(); return !!at; }})()"),
              f"there is no {selector}")
        self.call("Input.insertText", text=text)

    def click(self, selector):
        place = json.dumps(selector)
        check(self.run(f"(() => {{ const at = document.querySelector({place}); at?.click(); return !!at; }})()"),
              f"there is no {selector}")

    def picture(self, path):
        """Writes what is seen as PNG."""
        data = self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        with open(path, "wb") as out:
            out.write(base64.b64decode(data))

    def check_quiet(self):
        """Nothing was complained of in the page's console."""
        self.run("1")  # events up to now have arrived with the answer
        check(not self.problems, f"the page complains: {self.problems}")
