#!/usr/bin/env python3
"""How many messages a second lotus-message accepts through its API: each is checked, numbered, signed and on the disk
before its answer.

    bench/messages.py [--seconds 5] [--rounds 3] [--clients 8] [--driver sqlite3|mysql] [--keys bls|secp256k1]

Beside a mock devnet that goes on on the same machine, which is the node that gas is estimated with. In each round in turn:
with the gas given, and with the gas left to the server. Printed is the median of the rounds. Needs wrk.
"""
import argparse
import json
import os
import shutil
import statistics
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "integration"))
import kit  # noqa: E402
import mariadb  # noqa: E402
from load import load, need_wrk  # noqa: E402
from message_kill import fund  # noqa: E402
from message_server import MessageServer, devnet, node_info  # noqa: E402


def body(sender, to, gas):
    message = {"Version": 0, "To": to, "From": sender, "Nonce": 0, "Value": "1", "Method": 0, "Params": None,
               "GasLimit": 1_000_000 if gas else 0, "GasFeeCap": "100000" if gas else "0",
               "GasPremium": "1000" if gas else "0"}
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "Filecoin.MpoolPushMessage", "params": [message, None]})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--driver", choices=("sqlite3", "mysql"), default="sqlite3")
    parser.add_argument("--keys", choices=("bls", "secp256k1"), default="bls")
    options = parser.parse_args()
    need_wrk()

    folder = kit.fresh_folder("bench-messages")
    database = mariadb.MariaDb(os.path.join(folder, "db")).start() if options.driver == "mysql" else None
    if database:
        database.create()
    net = devnet(folder)
    server = MessageServer(os.path.join(folder, "message"), node_info(net), database.config() if database else "").start()
    try:
        senders = fund(net, server, options.keys)
        to = net.lotus("wallet", "default").strip()
        results = {}
        for _ in range(options.rounds):
            for gas in (True, False):
                bodies = [body(sender, to, gas) for sender in senders]
                rounds = results.setdefault(gas, [])
                rounds.append(load(server.url() + "/rpc/v1", bodies, options.clients, options.seconds,
                                   server.api().token, lambda: f"{server.api().raw(bodies[0].encode())}"))
        for gas, all_rounds in results.items():
            rate = statistics.median(each for each, _ in all_rounds)
            p99 = statistics.median(each for _, each in all_rounds)
            print(f"{options.driver}, {options.clients} clients, gas {'given' if gas else 'estimated'}: "
                  f"{rate:7.0f} messages/s, p99 {p99:6.1f} ms")
    finally:
        server.program.kill_group()
        net.stop()
        if database:
            database.stop()
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
