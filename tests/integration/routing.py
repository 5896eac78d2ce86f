#!/usr/bin/env python3
"""A daemon and a miner that send through a message server. The server is one of the test's own, so that it can go away
and come back; it signs with the daemon's keys."""
import http.server
import json
import os
import re
import threading
import urllib.request

import kit
from kit import check

PERIOD = 2880  # epochs of a proving period
SUBMIT_WINDOWED_POST = 5  # method of the miner actor
NO_UUID = "00000000-0000-0000-0000-000000000000"


class FakeServer:
    """Takes messages for `keys` as a message server does: nonces of its own, one message for a uuid."""

    def __init__(self):
        self.api = None  # of the daemon
        self.keys = set()
        self.every_key = False
        self.rows = {}  # uuid -> signed message
        self.reports = []
        self._lock = threading.Lock()
        self._http = None
        self.port = kit.free_port()
        self.start()

    def start(self):
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                answer = {"jsonrpc": "2.0", "id": asked["id"]}
                try:
                    answer["result"] = getattr(server, asked["method"].removeprefix("Filecoin."))(*asked["params"])
                except Exception as error:
                    answer["error"] = {"code": 1, "message": str(error), "data": "not_found" if isinstance(error, KeyError) else "failed"}
                body = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def stop(self):
        self._http.shutdown()
        self._http.server_close()

    def Version(self):
        return {"Version": "fake", "APIVersion": 0x10000, "BlockDelay": 1, "Agent": "fake"}

    def WalletHas(self, address):
        return self.every_key or address in self.keys

    def MpoolPushMessage(self, message, spec):
        with self._lock:
            check(self.WalletHas(message["From"]), f"no key of {message['From']}")
            check(spec["MsgUuid"] not in ("", NO_UUID), f"no id in {spec}")
            if spec["MsgUuid"] not in self.rows:
                message = self.api.call("GasEstimateMessageGas", message, {**spec, "MsgUuid": NO_UUID}, [])
                message["Nonce"] = self.api.call("MpoolGetNonce", message["From"])
                signed = self.api.call("WalletSignMessage", message["From"], message)
                self.api.call("MpoolPush", signed)
                self.rows[spec["MsgUuid"]] = signed
            return self.rows[spec["MsgUuid"]]

    def MessageGet(self, cid):
        with self._lock:
            signed = next((each for each in self.rows.values() if each["CID"] == cid), None)
        if signed is None:
            raise KeyError("no such message")
        return {"CID": cid, "Message": signed, "Kind": "", "Epoch": 0}

    def MessageReportPeers(self, peers):
        self.reports.append(peers)

    def methods(self):
        with self._lock:
            return [each["Message"]["Method"] for each in self.rows.values()]


def health(net):
    with urllib.request.urlopen(net.info["daemon"]["url"] + "/health/readyz", timeout=10) as answer:
        return answer.read().decode()


def log_of(net, name):
    return open(os.path.join(net.folder, name)).read()


def routing(folder):
    server = FakeServer()
    net = kit.Devnet(os.path.join(folder, "net"), "--proofs", "mock", "--epoch-seconds", "1",
                     env={"LOTUS_MESSAGER_APIINFO": f"/ip4/127.0.0.1/tcp/{server.port}/http"}).start()
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
                     env={"LOTUS_MESSAGER_APIINFO": f"/ip4/127.0.0.1/tcp/{server.port}/http"})
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
