#!/usr/bin/env python3
"""RPC benchmark: the five calls of the issue against our daemon on calibration's genesis, and against peers in turn.

    bench/run.py [--seconds 5] [--rounds 3] [--peer NAME=URL]...
    bench/run.py --ours PID=URL --peer NAME=URL…     a daemon of ours that runs already, on the peers' own chain

Each round asks every server each call once (A B A B …), so that a machine that slows down slows all of them; what is
printed is the median over the rounds and, for peers, the ratio ours / theirs. A peer is any running node's /rpc/v1 URL on
loopback that stands on the same genesis. Needs wrk.
"""
import argparse
import json
import os
import shutil
import statistics
import sys
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "integration"))
import kit  # noqa: E402
from load import load, need_wrk  # noqa: E402

CLIENTS = 16


def body(method, params):
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "Filecoin." + method, "params": params})


def rpc(url, method, params):
    request = urllib.request.Request(url, body(method, params).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())["result"]


def calls(url):
    head = rpc(url, "ChainHead", [])
    key = head["Cids"]
    return {
        "ChainHead": [],
        "ChainGetTipSet": [key],
        "StateGetActor": ["t01", key],
        "StateListActors": [key],
        "StateReadState": ["t01", key],
    }


def resident_mib(pid):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024


def start_ours():
    """Our daemon on calibration's genesis, started twice: its folder, itself and its URL."""
    folder = kit.fresh_folder("bench")
    port = kit.free_port()
    started = time.monotonic()
    daemon = kit.Program(os.path.join(kit.BIN, "lotus"), "--repo", folder, "daemon", "--network", "calibration",
                         "--api", str(port), "--bootstrap=false")
    ours = f"http://127.0.0.1:{port}/rpc/v1"
    kit.wait_port(port, 60)
    rpc(ours, "ChainHead", [])
    first_start = time.monotonic() - started
    daemon.stop()
    started = time.monotonic()
    daemon = kit.Program(os.path.join(kit.BIN, "lotus"), "--repo", folder, "daemon", "--network", "calibration",
                         "--api", str(port), "--bootstrap=false")
    kit.wait_port(port, 60)
    rpc(ours, "ChainHead", [])
    print(f"first answer after {first_start:.2f} s from an empty repository, {time.monotonic() - started:.2f} s on the next start")
    return folder, daemon, ours


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ours", metavar="PID=URL")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=URL")
    options = parser.parse_args()
    need_wrk()

    if options.ours:
        pid, ours = options.ours.split("=", 1)
        folder = daemon = None
    else:
        folder, daemon, ours = start_ours()
        pid = daemon.process.pid
    print(f"resident at rest {resident_mib(pid):.0f} MiB")

    servers = {"nelumbo": ours, **dict(peer.split("=", 1) for peer in options.peer)}
    results = {}
    for _ in range(options.rounds):
        for method in calls(ours):
            for name, url in servers.items():
                request = body(method, calls(url)[method])
                results.setdefault((method, name), []).append(load(url, [request], CLIENTS, options.seconds))
    for method in calls(ours):
        mine = statistics.median(rate for rate, _ in results[(method, "nelumbo")])
        for name in servers:
            rate = statistics.median(r for r, _ in results[(method, name)])
            p99 = statistics.median(p for _, p in results[(method, name)])
            ratio = "" if name == "nelumbo" else f"   ours/theirs {mine / rate:.2f}"
            print(f"{method:16} {name:10} {rate:9.0f}/s   p99 {p99:7.2f} ms{ratio}")
    print(f"resident after the load {resident_mib(pid):.0f} MiB")
    if daemon:
        daemon.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
