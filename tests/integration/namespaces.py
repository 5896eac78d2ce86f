"""Network namespaces joined by bridges: hosts of a network of their own, which can be cut in two.

Every host has two cards. `control` is for those who watch and for what is not the Filecoin network (the drand beacon);
all hosts and this process stay on it. `peers` is what peer-to-peer connections go over, and what is cut.
"""
import os
import subprocess
import sys

INSIDE = "NELUMBO_TEST_NAMESPACE"


def enter(network=True):
    """Runs this program again in network (if wanted), mount and process namespaces of its own: whatever it makes and
    starts is gone when it ends."""
    if INSIDE in os.environ:
        if network:
            subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
        return
    as_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    os.execvpe("unshare", ["unshare", *as_root, *(["--net"] if network else []), "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
                           sys.executable, *sys.argv], {**os.environ, INSIDE: "1"})


def _ip(*words):
    done = subprocess.run(["ip", *words], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"ip {' '.join(words)}: {done.stderr.strip()}")


class Hosts:
    """`count` hosts, numbered from 1."""

    def __init__(self, count):
        _ip("link", "set", "lo", "up")
        for bridge in ("control", "peers-a", "peers-b"):
            _ip("link", "add", bridge, "type", "bridge")
            _ip("link", "set", bridge, "up")
        _ip("address", "add", "10.77.0.1/24", "dev", "control")
        for number in range(1, count + 1):
            _ip("netns", "add", self.name(number))
            _ip("-n", self.name(number), "link", "set", "lo", "up")
            self._card(number, "control", f"{self.control(number)}/24", "control")
            self._card(number, "peers", f"{self.peers(number)}/24", "peers-a")

    def _card(self, number, card, address, bridge):
        outer = f"{card}{number}"
        _ip("link", "add", outer, "type", "veth", "peer", "name", card, "netns", self.name(number))
        _ip("link", "set", outer, "master", bridge, "up")
        _ip("-n", self.name(number), "address", "add", address, "dev", card)
        _ip("-n", self.name(number), "link", "set", card, "up")

    @staticmethod
    def name(number):
        return f"host{number}"

    @staticmethod
    def control(number):
        return f"10.77.0.{10 + number}"

    @staticmethod
    def peers(number):
        return f"10.78.0.{10 + number}"

    def prefix(self, number):
        """In front of a command that is to run on a host."""
        return ("ip", "netns", "exec", self.name(number))

    def cut(self, *numbers):
        """These hosts hear only each other, and the others only each other."""
        for number in numbers:
            _ip("link", "set", f"peers{number}", "master", "peers-b")

    def heal(self, *numbers):
        for number in numbers:
            _ip("link", "set", f"peers{number}", "master", "peers-a")
