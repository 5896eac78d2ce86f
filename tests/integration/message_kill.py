#!/usr/bin/env python3
"""Eight clients send through lotus-message while it, its database and its node are killed at random instants: every
acknowledged message is stored once, nonces are 0…n-1, and all of them land on the chain.

    message_kill.py [--messages 240] [--kills 6] [--database-restarts 2] [--node-restarts 1] [--driver sqlite3|mysql|both]

The whole of it (make soak): --messages 20000 --kills 200 --database-restarts 20 --node-restarts 20.
"""
import argparse
import os
import random
import sqlite3
import threading
import time
import uuid

import kit
import message_server
from kit import check
from mariadb import MariaDb, NAME

SENDERS = CLIENTS = 8
LAND_SECONDS = 600  # for all that was acknowledged to be on the chain
QUESTION = "SELECT address, nonce, cid, uuid, epoch FROM signed_msgs"


class Server(message_server.MessageServer):
    """On one port through all its lives."""

    def __init__(self, home, node, config):
        self.port = kit.free_port()
        super().__init__(home, node, f'[API]\nListenAddress = "/ip4/127.0.0.1/tcp/{self.port}/http"\n' + config)

    def start(self, wait=r"message server on"):
        self.program = kit.Program(os.path.join(kit.BIN, "lotus-message"), "daemon", env=self.env)
        self.program.wait_line(wait, 120)
        return self


class Clients:
    """Each sends one message after the other, each with an id of its own, and asks again with the same id until it is
    acknowledged."""

    def __init__(self, servers, senders, to, count):
        self.servers = [(server.url(), server.api().token) for server in servers]
        self.senders, self.to = senders, to
        self.left = count
        self.lock = threading.Lock()
        self.acknowledged = {}  # uuid -> (sender, nonce, cid)
        self.tries = 0
        self.broken = []
        self.threads = [threading.Thread(target=self.work, args=(i,), daemon=True) for i in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def work(self, number):
        luck = random.Random(number)
        while not self.broken:
            with self.lock:
                if self.left == 0:
                    return
                self.left -= 1
            self.send(luck)

    def send(self, luck):
        name = str(uuid.uuid4())
        estimated = luck.random() < 0.1
        message = {"Version": 0, "To": self.to, "From": luck.choice(self.senders), "Nonce": 0, "Value": str(luck.randrange(1, 1000)),
                   "GasLimit": 0 if estimated else 2_000_000, "GasFeeCap": "0" if estimated else "1000000000",
                   "GasPremium": "0" if estimated else "200000", "Method": 0, "Params": None}
        spec = {"MaxFee": "0", "MsgUuid": name, "MaximizeFeeCap": False}
        end = time.monotonic() + 600
        while True:
            self.tries += 1
            url, token = luck.choice(self.servers)
            api = kit.Api(url + "/rpc/v1", token)
            try:
                made = api.call("MpoolPushMessage", message, spec, seconds=60)
                break
            except Exception as error:  # killed in the middle, away, its node away: all of it is to be tried again
                if time.monotonic() > end:
                    self.broken.append(f"{name} was not acknowledged in 600 s: {error}")
                    return
                time.sleep(0.05)
        with self.lock:
            self.acknowledged[name] = (message["From"], made["Message"]["Nonce"], made["CID"]["/"])

    def done(self):
        return self.broken or not any(thread.is_alive() for thread in self.threads)

    def progress(self):
        with self.lock:
            return len(self.acknowledged)


def plan(options, driver):
    """What is killed after which share of the messages."""
    events = ["server"] * options.kills + ["node"] * options.node_restarts
    if driver == "mysql":
        events += ["database"] * options.database_restarts
    random.shuffle(events)
    return [(int(options.messages * (i + random.random()) / len(events)), event) for i, event in enumerate(events)]


def check_table(rows, clients, senders):
    """Every sender's nonces are 0…n-1, each once; every acknowledged message is there under its nonce."""
    by_sender = {sender: sorted(int(row[1]) for row in rows if row[0][1:] == sender[1:]) for sender in senders}
    for sender, nonces in by_sender.items():
        check(nonces == list(range(len(nonces))), f"nonces of {sender}: {len(nonces)}, {nonces[:5]} … {nonces[-5:]}")
    check(len(rows) == len(clients.acknowledged), f"{len(rows)} rows, {len(clients.acknowledged)} acknowledged")
    by_uuid = {row[3]: row for row in rows}
    check(len(by_uuid) == len(rows), "an id stands in two rows")
    for name, (sender, nonce, cid) in clients.acknowledged.items():
        row = by_uuid.get(name)
        check(row is not None, f"acknowledged and not stored: {name} {sender} {nonce} {cid}")
        check((row[0][1:], int(row[1])) == (sender[1:], nonce), f"acknowledged as {sender} {nonce}, stored as {row}")
    return {sender: len(nonces) for sender, nonces in by_sender.items()}


def check_chain(net, rows, senders):
    """Each nonce is on the chain once, with the row's message. Addresses are compared without the network's letter."""
    chain = {}
    node = net.nodes[0]
    for tipset in node.chain(0, node.height()):
        for block in tipset["Cids"]:
            found = node.api.call("ChainGetBlockMessages", block)
            for message in (found["BlsMessages"] or []):
                if message["From"] in senders:
                    chain.setdefault((message["From"][1:], message["Nonce"]), set()).add(message["CID"]["/"])
    for row in rows:
        there = chain.get((row[0][1:], int(row[1])), set())
        check(there == {row[2]}, f"nonce {row[1]} of {row[0]}: the table says {row[2]}, the chain {there}")
    check(len(chain) == len(rows), f"{len(chain)} nonces on the chain, {len(rows)} in the table")


def killed(folder, options, driver):
    net = message_server.devnet(folder)
    database = servers = None
    try:
        config = '[Publish]\nConfidence = 1\n'
        if driver == "mysql":
            database = MariaDb(os.path.join(folder, "mariadb")).start()
            database.create()
            config += database.config()
        node = message_server.node_info(net)
        secret = os.path.join(folder, "passphrase")
        with open(secret, "w") as file:
            file.write("the passphrase of the test\n")
        os.chmod(secret, 0o600)
        config += f'[Keys]\nPassphraseFile = "{secret}"\n'
        # Two servers on one MariaDB; the clients ask either.
        servers = [Server(os.path.join(folder, f"message{i}"), node, config).start() for i in range(2 if driver == "mysql" else 1)]
        senders = fund(net, servers[0])
        clients = Clients(servers, senders, net.lotus("wallet", "default").strip(), options.messages)
        started = time.monotonic()
        events = plan(options, driver)
        for after, event in events:
            kit.wait(lambda: clients.done() or clients.progress() >= after, 1200, lambda: f"stuck at {clients.progress()} messages")
            check(not clients.broken, clients.broken)
            if event == "server":
                server = random.choice(servers)
                server.kill()
                server.start()
            elif event == "database":
                database.kill()
                database.start()
            else:
                net.kill("daemon")
        kit.wait(clients.done, 1200, lambda: f"{clients.left} messages are left")
        check(not clients.broken, clients.broken)
        took = time.monotonic() - started

        def rows():
            if database:
                return database.sql(f"USE {NAME}; {QUESTION}")
            with sqlite3.connect(os.path.join(servers[0].home, "messages.db"), timeout=30) as table:
                return [[str(value) for value in row] for row in table.execute(QUESTION)]

        counts = check_table(rows(), clients, senders)
        kit.wait(lambda: all(int(row[4]) > 0 for row in rows()), LAND_SECONDS,
                 lambda: f"not on chain: {[row for row in rows() if int(row[4]) == 0][:5]}\n{servers[0].program.tail(30)}", every=1)
        for sender, count in counts.items():
            nonce = net.api.call("StateGetActor", sender, [])["Nonce"]
            check(nonce == count, f"{sender}: nonce {nonce} on the chain, {count} messages")
        check_chain(net, rows(), senders)
        print(f"{driver}: {options.messages} messages of {SENDERS} senders in {took:.0f} s, {clients.tries} tries; "
              f"{len(events)} kills; all stored once, all on the chain")
        for server in servers:
            server.stop()
    finally:
        for server in servers or []:
            server.program.kill_group()
        if database:
            database.stop()
        net.stop()


def fund(net, server, kind="bls"):
    """Eight funded keys, given to the message server."""
    senders = [net.lotus("wallet", "new", kind).strip() for _ in range(SENDERS)]
    sent = [net.lotus("send", sender, "1000").strip().splitlines()[-1] for sender in senders]
    for cid in sent:
        net.lotus("state", "wait-msg", "--confidence", "1", cid, seconds=180)
    for sender in senders:
        net.give_key(sender, server.run)
    return senders


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=240)
    parser.add_argument("--kills", type=int, default=6)
    parser.add_argument("--database-restarts", type=int, default=2)
    parser.add_argument("--node-restarts", type=int, default=1)
    parser.add_argument("--driver", choices=("sqlite3", "mysql", "both"), default="both")
    chosen = parser.parse_args()

    def on_sqlite(folder):
        killed(folder, chosen, "sqlite3")

    def on_mariadb(folder):
        killed(folder, chosen, "mysql")

    kit.main(*{"sqlite3": [on_sqlite], "mysql": [on_mariadb], "both": [on_sqlite, on_mariadb]}[chosen.driver])
