#!/usr/bin/env python3
"""A devnet's chain exported by the command line, and imported by daemons of their own: from a file, from a web server
that breaks off, after kill -9, and by executing all of it."""
import functools
import http.server
import json
import os
import re
import threading

import kit
from kit import check


class Parts(http.server.BaseHTTPRequestHandler):
    """Serves one file with Range requests; every answer ends after `most` bytes."""

    def __init__(self, path, most, asked, *arguments):
        self.path_of_file, self.most, self.asked = path, most, asked
        super().__init__(*arguments)

    def do_GET(self):
        size = os.path.getsize(self.path_of_file)
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", "bytes=0-"))
        first = int(match.group(1))
        self.asked.append(first)
        self.send_response(206 if first else 200)
        if first:
            self.send_header("Content-Range", f"bytes {first}-{size - 1}/{size}")
        self.send_header("Content-Length", str(size - first))
        self.end_headers()
        with open(self.path_of_file, "rb") as file:
            file.seek(first)
            self.wfile.write(file.read(self.most))

    def log_message(self, *_):
        pass


class Web:
    def __init__(self, path, most):
        self.asked = []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Parts, path, most, self.asked))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/snapshot.car.zst"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def daemon(net, repository, *flags):
    return [os.path.join(kit.BIN, "lotus"), "--repo", repository, "daemon", "--network-file",
            os.path.join(net.folder, "network.json"), "--api", "0", *flags]


def import_into(net, repository, *flags, seconds=300):
    program = kit.Program(*daemon(net, repository, *flags, "--halt-after-import"), name="import")
    code = program.wait_end(seconds)
    check(code == 0, f"the import ended with {code}\n{program.tail()}")
    return program


def same_chain(net, repository, head):
    """A daemon on the imported repository has the head and reads the same state."""
    program = kit.Program(*daemon(net, repository), name="daemon")
    try:
        program.wait_line(r"API on port \d+", 120)
        cli = {"LOTUS_PATH": repository}
        found = json.loads(kit.run("lotus", "chain", "head", "--json", env=cli))
        check(found["Cids"] == head["Cids"], f"the head is {found['Cids']}, exported was {head['Cids']}")
        key = ",".join(cid["/"] for cid in head["Cids"])
        for what in (("list-actors",), ("get-actor", "f01"), ("list-miners",)):
            mine = kit.run("lotus", "state", "--tipset", key, *what, env=cli)
            check(mine == net.lotus("state", "--tipset", key, *what), f"state {what} differs")
        low = json.loads(kit.run("lotus", "chain", "list", "--epoch", "20", "--count", "1", "--format",
                                 '{"t":"<tipset>"}', env=cli))
        check(low == json.loads(net.lotus("chain", "list", "--epoch", "20", "--count", "1", "--format",
                                          '{"t":"<tipset>"}')), "old headers differ")
    finally:
        check(program.stop() == 0, program.tail())


def snapshots(folder):
    net = kit.Devnet(os.path.join(folder, "net"), "--proofs", "mock", "--epoch-seconds", "1", "--warp", "150").start()
    at = functools.partial(os.path.join, folder)
    try:
        net.wait_epoch(160, 600)
        head = json.loads(net.lotus("chain", "head", "--json"))
        key = ",".join(cid["/"] for cid in head["Cids"])
        refused = net.lotus("chain", "export", "--recent-stateroots", "10", at("x.car"), ok=False)
        check("900" in refused, refused)
        done = json.loads(net.lotus("chain", "export", "--tipset", key, "--recent-stateroots", "900", "--skip-old-msgs",
                                    "--json", at("s.car.zst")))
        check(done["Epoch"] == head["Height"] and done["Head"]["Cids"] == head["Cids"], str(done))
        net.lotus("chain", "export", "--tipset", key, at("all.car"))
        net.lotus("chain", "export-range", "--head", key, "--tail", "@10", "--messages")
        repository = net.info["daemon"]["repository"]
        # Named for its two ends; epoch 10 may be a null round, then the tail is the tipset before.
        ranges = [n.split("_") for n in os.listdir(repository) if n.startswith("snapshot_")]
        check(any(int(n[1]) <= 10 and int(n[2]) == head["Height"] for n in ranges), os.listdir(repository))
        check(not [n for n in os.listdir(folder) if n.endswith(".part")], os.listdir(folder))

        import_into(net, at("file"), "--import-snapshot", at("s.car.zst"))
        same_chain(net, at("file"), head)
        again = kit.run("lotus", "--repo", at("file"), "daemon", "--network-file", at("net", "network.json"), "--api",
                        "0", "--import-snapshot", at("s.car.zst"), "--halt-after-import", ok=False)
        check("--remove-existing-chain" in again, again)
        import_into(net, at("file"), "--import-snapshot", at("s.car.zst"), "--remove-existing-chain")
        same_chain(net, at("file"), head)

        web = Web(at("s.car.zst"), max(100_000, os.path.getsize(at("s.car.zst")) // 4))
        import_into(net, at("url"), "--import-snapshot", web.url)
        check(len(web.asked) > 3 and web.asked[-1] > 0, f"asked from {web.asked}")
        web.stop()
        same_chain(net, at("url"), head)

        import_into(net, at("executed"), "--import-chain", at("all.car"), seconds=600)
        same_chain(net, at("executed"), head)

        # Half a file: the import ends, the daemon says what is left undone, and the whole file goes on.
        with open(at("all.car"), "rb") as whole, open(at("half.car"), "wb") as half:
            half.write(whole.read(os.path.getsize(at("all.car")) // 2))
        cut = kit.run("lotus", "--repo", at("cut"), "daemon", "--network-file", at("net", "network.json"), "--api", "0",
                      "--import-snapshot", at("half.car"), "--halt-after-import", ok=False)
        check("cut off" in cut or "breaks off" in cut, cut)
        import_into(net, at("cut"), "--import-snapshot", at("s.car.zst"))
        same_chain(net, at("cut"), head)
    finally:
        net.stop()


def pruned(folder):
    """A running chain of 4,000 epochs loses the states older than 2,000 and goes on, also after a restart."""
    net = kit.Devnet(folder, "--proofs", "mock", "--epoch-seconds", "1", "--warp", "4000", "--sparse", "20").start()
    try:
        net.wait_epoch(4010, 900)
        head = net.api.call("ChainHead")
        old = net.api.call("ChainGetTipSetByHeight", 200, head["Cids"])["Blocks"][0]["ParentStateRoot"]
        new = head["Blocks"][0]["ParentStateRoot"]
        check(net.api.call("ChainHasObj", old), "the old state should be there before the prune")
        before = net.api.call("ChainStatObj", new, None)
        said = net.lotus("chain", "prune", "compact-cold", seconds=300)
        check(int(said.split()[0]) > 1000, said)
        check(not net.api.call("ChainHasObj", old), "the old state is still there")
        check(net.api.call("ChainStatObj", new, None) == before, "the state changed")
        net.lotus("chain", "prune", "hot", "--threshold", "0")
        check("Moving GC took" in net.lotus("chain", "prune", "hot-moving"), "hot-moving should say how long it took")
        check("really-do-it" in net.lotus("chain", "delete-obj", new["/"], ok=False), "delete-obj without its flag")
        height = net.api.call("ChainHead")["Height"]
        net.wait_epoch(height + 5, 120)
    finally:
        net.stop()
    net.start()
    try:
        net.wait_epoch(net.api.call("ChainHead")["Height"] + 3, 120)
        check(net.api.call("ChainGetTipSetByHeight", 200, [])["Height"] <= 200, "old headers stay")
    finally:
        net.stop()


def prunes_by_itself(folder):
    """With EnableSplitstore old states go while the chain grows."""
    net = kit.Devnet(folder, "--proofs", "mock", "--epoch-seconds", "1", "--warp", "4000", "--sparse", "20",
                     env={"LOTUS_CHAINSTORE_ENABLESPLITSTORE": "true"}).start()
    try:
        net.wait_epoch(4010, 900)
        head = net.api.call("ChainHead")
        old = net.api.call("ChainGetTipSetByHeight", 200, head["Cids"])["Blocks"][0]["ParentStateRoot"]
        kit.wait(lambda: not net.api.call("ChainHasObj", old), 60, "the state of epoch 200 is still there")
        status = net.api.call("ChainPruneStatus")
        check(status["Error"] == "", str(status))
        net.wait_epoch(head["Height"] + 5, 120)
    finally:
        net.stop()


if __name__ == "__main__":
    kit.main(snapshots, pruned, prunes_by_itself)
