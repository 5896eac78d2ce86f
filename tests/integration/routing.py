#!/usr/bin/env python3
"""A daemon and a miner that send through a message server. The server is one of the test's own, so that it can go away
and come back; it signs with the daemon's keys."""
import os
import re
import urllib.request

import kit
from fake_server import FakeServer
from kit import check

PERIOD = 2880  # epochs of a proving period
SUBMIT_WINDOWED_POST = 5  # method of the miner actor


def health(net):
    with urllib.request.urlopen(net.info["daemon"]["url"] + "/health/readyz", timeout=10) as answer:
        return answer.read().decode()


def log_of(net, name):
    return open(os.path.join(net.folder, name)).read()


def routing(folder):
    server = FakeServer()
    net = kit.Devnet(os.path.join(folder, "net"), "--proofs", "mock", "--epoch-seconds", "1",
                     env={"LOTUS_MESSAGER_APIINFO": server.info()}).start()
    try:
        server.api = net.api
        default, own = net.info["defaultAddress"], net.lotus("wallet", "new", "secp256k1").strip()
        server.keys.add(default)

        # Of a key that the server has, and of one that it has not.
        cid = net.lotus("send", own, "10").strip().splitlines()[-1]
        check([each["CID"]["/"] for each in server.rows.values()] == [cid], f"the server has {server.rows}, sent was {cid}")
        net.lotus("state", "wait-msg", cid, seconds=120)
        cid = net.lotus("send", "--from", own, default, "1").strip().splitlines()[-1]
        net.lotus("state", "wait-msg", cid, seconds=120)
        check(len(server.rows) == 1, f"the node's own wallet should have sent it: {server.rows}")
        check(len(re.findall(rf"has no key of {own}", log_of(net, "daemon.log"))) == 1, "said once in the log")

        # The daemon reports itself, and tells how the server is.
        kit.wait(lambda: server.reports, 30, "no peers were reported")
        check(server.reports[0][0]["ID"] == net.api.call("ID") and server.reports[0][0]["Addrs"], f"reported: {server.reports}")
        check("messager: 127.0.0.1" in health(net) and "answers" in health(net), health(net))

        # Away, nothing goes another way; back, it goes on.
        server.stop()
        kit.wait(lambda: "does not answer" in health(net), 30, lambda: health(net))
        check(health(net).startswith("OK\n"), health(net))
        for sender in (default, own):
            nonce = net.api.call("MpoolGetNonce", sender)
            refused = net.lotus("send", "--from", sender, own, "1", ok=False)
            check("nothing was sent" in refused, f"send without its server: {refused}")
            check(net.api.call("MpoolGetNonce", sender) == nonce, "a message was made all the same")
        check(re.search(r"error\s+messager\s.*was not sent", log_of(net, "daemon.log")), "no ERROR of messager in the log")
        server.start()
        cid = net.lotus("send", own, "1").strip().splitlines()[-1]
        net.lotus("state", "wait-msg", cid, seconds=120)
    finally:
        net.program.kill_group()
        server.stop()


def window_post(folder):
    """A proving period whose window PoSts all go through the server."""
    server = FakeServer()
    server.every_key = True
    net = kit.Devnet(os.path.join(folder, "net"), "--proofs", "mock", "--epoch-seconds", "1", "--warp", "3000",
                     env={"LOTUS_MESSAGER_APIINFO": server.info()})
    try:
        net.start()
        server.api = net.api
        net.wait_epoch(PERIOD, 600)
        proofs = server.methods().count(SUBMIT_WINDOWED_POST)
        check(proofs >= 1, f"messages through the server: {server.methods()}")
        head = net.api.call("ChainHead")
        miner = net.api.call("StateListMiners", [])[0]
        faults = net.api.call("StateMinerFaults", miner, head["Cids"])
        check(faults in ([0], [], None), f"faulty sectors: {faults}")
        print(f"{proofs} window PoSts through the server, no fault at epoch {head['Height']}")
    finally:
        net.program.kill_group()
        server.stop()


if __name__ == "__main__":
    kit.main(routing, window_post)
