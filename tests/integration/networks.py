#!/usr/bin/env python3
"""One binary, three networks: the real genesis of mainnet and calibration boots and is served; bad input is refused."""
import json
import os
import socket

import kit
from kit import check

GENESIS = {
    "mainnet": "bafy2bzacecnamqgqmifpluoeldx7zzglxcljo6oja4vrmtj7432rphldpdmm2",
    "calibration": "bafy2bzacecyaggy24wol5ruvs6qm73gjibs2l2iyhcqmvi7r7a4ph7zx3yqd4",
}


class Daemon:
    def __init__(self, folder, network, *flags):
        self.repo = os.path.join(folder, network)
        self.port = kit.free_port()
        self.program = kit.Program(os.path.join(kit.BIN, "lotus"), "--repo", self.repo, "daemon", "--network", network,
                                   "--api", self.port, "--bootstrap=false", *flags, name=f"daemon-{network}")
        kit.wait_port(self.port, 60)
        kit.Api(f"http://127.0.0.1:{self.port}/rpc/v1").call("ChainHead")
        token = open(os.path.join(self.repo, "token")).read().strip()
        self.api = kit.Api(f"http://127.0.0.1:{self.port}/rpc/v1", token)

    def lotus(self, *arguments, **more):
        return kit.run("lotus", "--repo", self.repo, *arguments, **more)


def boots(network):
    def test(folder):
        daemon = Daemon(folder, network)
        try:
            head = daemon.api.call("ChainHead")
            check(head["Cids"] == [{"/": GENESIS[network]}], f"the head of an empty {network} is {head['Cids']}")
            actor = daemon.api.call("StateGetActor", "f01", head["Cids"])
            check(actor["Code"]["/"].startswith("bafk"), f"the init actor is {actor}")
            names = daemon.api.call("StateListActors", head["Cids"])
            check(len(names) > 10, f"only {len(names)} actors in {network}'s genesis")
            state = daemon.api.call("StateReadState", "f01", head["Cids"])
            check("NetworkName" in json.dumps(state), f"the init actor's state is {state}")
            letter = "f" if network == "mainnet" else "t"
            check(all(name.startswith(letter) for name in names), f"addresses on {network} start with {letter}: {names[:3]}")
            daemon.lotus("chain", "head")
            daemon.lotus("state", "get-actor", letter + "01")
        finally:
            check(daemon.program.stop() == 0, "the daemon did not end cleanly")
    test.__name__ = f"boots_{network}"
    return test


def bad_input(folder):
    """Wrong tokens, malformed JSON, a busy port, a locked repository: a clear error each, and the daemon lives."""
    daemon = Daemon(folder, "calibration")
    try:
        api = daemon.api
        anonymous = kit.Api(api.url)
        try:
            anonymous.call("WalletNew", "bls")
            raise AssertionError
        except kit.Failure as failure:
            check("permission" in str(failure), f"an anonymous WalletNew said: {failure}")
        status, body = api.raw(b"{}", token="not.a.token")
        check(status == 401, f"a wrong token gave HTTP {status}: {body[:200]}")
        for text in (b"{", b"[" * 100_000, b'{"jsonrpc":"2.0","id":1,"method":7}', b"\xff\xfe", b"",
                     b'{"jsonrpc":"2.0","id":1,"method":"Filecoin.StateGetActor","params":["f0nonsense",[]]}',
                     b'{"jsonrpc":"2.0","id":1,"method":"Filecoin.ChainGetBlock","params":[{"/":"bafynonsense"}]}',
                     b'{"jsonrpc":"2.0","id":1,"method":"Filecoin.NoSuchMethod","params":[]}'):
            status, body = api.raw(text)
            answer = body.decode(errors="replace")
            check(status != 200 or "error" in answer, f"{text[:60]!r} was taken: HTTP {status} {answer[:200]}")
        check(api.call("ChainHead")["Height"] == 0, "the daemon no longer answers after bad input")

        second = kit.run("lotus", "--repo", daemon.repo, "daemon", "--network", "calibration", "--api", kit.free_port(),
                         ok=False)
        check("in use" in second, f"a second daemon on one repository said: {second}")
        busy = kit.run("lotus", "--repo", os.path.join(folder, "other"), "daemon", "--network", "calibration", "--api",
                       daemon.port, ok=False)
        check(str(daemon.port) in busy, f"a daemon on a busy port said: {busy}")
        for wrong in (("state", "get-actor", "f1nonsense"), ("chain", "get-block", "nonsense"), ("send", "f01", "much"),
                      ("wallet", "import", "--format", "hex-lotus", "/dev/null")):
            text = daemon.lotus(*wrong, ok=False)
            check("error" in text.lower() and "Traceback" not in text, f"{wrong} said: {text}")
        missing = kit.run("lotus", "--repo", os.path.join(folder, "nothing"), "chain", "head", ok=False)
        check("error" in missing.lower(), f"the CLI without a daemon said: {missing}")
    finally:
        check(daemon.program.stop() == 0, "the daemon did not end cleanly")


def slow_clients(folder):
    """Half-open and truncated requests hold nothing up."""
    daemon = Daemon(folder, "calibration")
    held = []
    try:
        for i in range(200):
            client = socket.create_connection(("127.0.0.1", daemon.port))
            client.sendall(b"POST /rpc/v1 HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n{"[: 10 + i % 60])
            held.append(client)
        for _ in range(20):
            check(daemon.api.call("ChainHead")["Height"] == 0, "the daemon stopped answering")
    finally:
        for client in held:
            client.close()
        check(daemon.program.stop() == 0, "the daemon did not end cleanly")


if __name__ == "__main__":
    kit.main(boots("mainnet"), boots("calibration"), bad_input, slow_clients)
