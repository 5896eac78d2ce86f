#!/usr/bin/env python3
"""A hostile peer against a daemon that mines: blocks and messages that break each rule, garbage, frames, slow readers, a
thousand connections. What is wrong is not taken, its sender is scored down, and the node goes on within its bounds."""
import json
import os
import resource
import signal
import socket
import time

import kit
from kit import check

PROGRAM = os.path.join(kit.BIN, "..", "tests", "hostile_peer")
MEMORY = 600 << 20  # bytes that a daemon may grow by under attack
FILES = 600  # descriptors that it may have open


class Victim:
    """A devnet with a miner of its own, and a second one whose key the attacker has."""

    def __init__(self, folder):
        self.net = kit.Devnet(os.path.join(folder, "devnet"), "--proofs", "mock", "--miners", "2", "--nodes", "1")
        self.net.start()
        self.node = self.net.nodes[0]
        self.stolen = self.net.info["miners"][1]
        self.net.lotus("wallet", "import", "--format", "hex-lotus", self.stolen["workerKeyFile"])
        self.pid = self.net.info["daemon"]["pid"]
        kit.wait_height(self.node, 12, 120)
        # While its miner makes up for lost time, a block of the attacker comes too late for any tipset.
        kit.wait(lambda: time.time() - self.node.head()["Blocks"][0]["Timestamp"] < 1.5 * self.net.info["epochSeconds"], 120,
                 "the devnet did not catch up with the clock")
        self.memory = self.rss()

    def rss(self):
        with open(f"/proc/{self.pid}/status") as status:
            return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmRSS"))

    def files(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def attack(self, *words):
        info = self.net.info
        head = ",".join(cid["/"] for cid in self.node.head()["Cids"])
        return kit.Program(PROGRAM, "--network", info["networkName"], "--genesis", info["genesisCid"], "--peer",
                           ",".join(info["p2pAddresses"]), "--head", head, "--api",
                           f"{info['daemon']['token']}:{info['daemon']['multiaddr']}", "--miner", self.stolen["address"],
                           "--key", self.stolen["workerKeyFile"], *words, name="hostile", stdin=True)

    def scores(self):
        return {each["ID"]: each["Score"] for each in self.node.api.call("NetPubsubScores") or []}

    def blamed(self, peer):
        """Its score is below zero, or it is banned."""
        score = self.scores().get(peer)
        if score is not None and (score["Score"] < 0 or score["AppSpecificScore"] < 0):
            return True
        return peer in (self.node.api.call("NetBlockList")["Peers"] or [])

    def unharmed(self, text):
        """It makes epochs, and holds no more than it may."""
        height = self.node.height()
        kit.wait_height(self.node, height + 3, 60)
        grown = self.rss() - self.memory
        check(grown < MEMORY, f"{text}: the daemon grew by {grown >> 20} MiB")
        check(self.files() < FILES, f"{text}: the daemon has {self.files()} files open")
        print(f"  after {text}: {self.rss() >> 20} MiB ({grown >> 20} more), {self.files()} files, epoch {self.node.height()}")


def told(program, seconds):
    """The JSON objects that the attacker prints until it is done."""
    out = []
    while True:
        line = json.loads(program.wait_line(r"^(\{.*\}|\[.*\])$", seconds).group(1))
        if isinstance(line, dict) and line.get("done"):
            return out
        out.append(line)


def blocks(victim):
    attacker = victim.attack("blocks")
    try:
        cases = told(attacker, 120)
        check(len(cases) > 30, f"only {len(cases)} cases")
        kit.wait_height(victim.node, victim.node.height() + 3, 60)
        head = victim.node.head()
        chain = victim.node.chain(min(case["epoch"] for case in cases) - 1, head["Height"], head["Cids"])
        taken = {cid["/"] for tipset in chain for cid in tipset["Cids"]}
        for case in cases:
            name = f"a block with {case['case']}"
            if case["outcome"] == "good":
                check(case["cid"] in taken, "an unspoilt block of the attacker's miner is not in the chain")
                check(not victim.blamed(case["peer"]), "the sender of an unspoilt block is blamed")
                continue
            check(case["cid"] not in taken, f"{name} is in the chain")
            if case["outcome"] == "bad":
                reason = kit.wait(lambda: victim.node.api.call("SyncCheckBad", {"/": case["cid"]}), 20, f"{name} is not known as bad")
                check(f'"{case["rule"]}"' in reason, f"{name} was refused for another reason: {reason}")
            if case["outcome"] in ("bad", "rejected"):
                kit.wait(lambda: victim.blamed(case["peer"]), 20, f"nobody is blamed for {name}")
        print(f"  {len(cases)} blocks: {sorted(set(case['rule'] for case in cases if case['rule']))}")
    finally:
        attacker.kill_group()
    victim.unharmed("bad blocks")


def messages(victim):
    attacker = victim.attack("messages")
    try:
        cases = told(attacker, 60)
        good = next(case for case in cases if case["outcome"] == "good")

        def pending():
            return [(m["Message"]["From"], m["Message"]["Nonce"]) for m in victim.node.api.call("MpoolPending", []) or []]

        def arrived():  # in the pool, or mined already
            actor = victim.node.api.call("StateGetActor", good["from"], [])
            return (good["from"], good["nonce"]) in pending() or actor["Nonce"] > good["nonce"]

        kit.wait(arrived, 30, "an unspoilt message is not taken")
        for case in cases:
            if case["outcome"] == "rejected":
                kit.wait(lambda: victim.blamed(case["peer"]), 20, f"nobody is blamed for a message with {case['case']}")
        strangers = [each for each in pending() if each != (good["from"], good["nonce"])]
        check(not strangers, f"the pool holds {strangers}")
        check(not victim.blamed(good["peer"]), "the sender of an unspoilt message is blamed")
        print(f"  {len(cases)} messages")
    finally:
        attacker.kill_group()
    victim.unharmed("bad messages")


def flood(victim):
    attacker = victim.attack("flood", 20_000)
    try:
        said = json.loads(attacker.wait_line(r"^(\{.*\})$", 180).group(1))
        kit.wait(lambda: victim.blamed(said["peer"]), 30, f"nobody is blamed for a flood: {said}")
        print(f"  flood: {said}")
    finally:
        attacker.kill_group()
    victim.unharmed("a flood of garbage")


def frames(victim):
    attacker = victim.attack("frames")
    try:
        sent = json.loads(attacker.wait_line(r"^(\[.*\])$", 240).group(1))
        for each in sent:
            good_answer = each["answered"] and (each["protocol"].startswith("/fil/hello") or each["status"] in (0, 101))
            check(not good_answer, f"a frame was taken: {each}")
        print(f"  {len(sent)} frames on hello and chain exchange")
    finally:
        attacker.kill_group()
    victim.unharmed("giant, truncated and lying frames")


def slow_readers(victim):
    """Many long answers are asked for, and then not read: the asking process is stopped in the middle."""
    attackers = [victim.attack("requests", 16) for _ in range(4)]
    try:
        for attacker in attackers:
            attacker.wait_line(r"answered", 120)
        for attacker in attackers:
            os.kill(attacker.process.pid, signal.SIGSTOP)
        victim.unharmed("slow readers")
    finally:
        for attacker in attackers:
            attacker.kill_group()


def connections(victim):
    """1,000 connections that say nothing, and peers with identities of their own on top."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 8192)), hard))
    port = int(victim.net.info["p2pAddresses"][0].split("/tcp/")[1].split("/")[0])
    held = []
    attacker = None
    try:
        for i in range(1000):
            client = socket.create_connection(("127.0.0.1", port), timeout=20)
            client.sendall(b"\x13/multistream/1.0.0\n"[: i % 21])
            held.append(client)
        attacker = victim.attack("connections", 60)
        made = told(attacker, 240)
        victim.unharmed("1,000 connections")
        print(f"  1,000 half-open connections, then {made[0]}")
    finally:
        for client in held:
            client.close()
        if attacker:
            attacker.kill_group()
    kit.wait(lambda: victim.files() < FILES / 2, 90, lambda: f"{victim.files()} files are open after all connections closed")


def hostile_peer(folder):
    victim = Victim(folder)
    try:
        for attack in (blocks, messages, frames, flood, slow_readers, connections):
            attack(victim)
        victim.net.learn()
        check(victim.net.info["daemon"]["pid"] == victim.pid, "the daemon ended and was started again")
    finally:
        victim.net.stop()


if __name__ == "__main__":
    kit.main(hostile_peer)
