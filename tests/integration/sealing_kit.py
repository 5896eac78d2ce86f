"""A miner of its own beside a devnet's: made by `lotus-miner init`, run as a process that can be killed, and watched."""
import json
import os

import kit
from kit import check


class Miner:
    """`lotus-miner` on the devnet's daemon, with a repository of its own."""

    def __init__(self, net, folder, **options):
        self.net = net
        self.folder = folder
        self.network = os.path.join(net.folder, "network.json")
        self.env = {"LOTUS_PATH": net.info["daemon"]["repository"], "LOTUS_MINER_PATH": folder, "FULLNODE_API_INFO": "",
                    "MINER_API_INFO": "", **options}
        self.program = None

    def run(self, *arguments, env=None, **more):
        return kit.run("lotus-miner", *arguments, env={**self.env, **(env or {})}, **more)

    def json(self, *arguments):
        return json.loads(self.run(*arguments, "--json"))

    def start(self, *flags, **options):
        """Starts it; options (environment) are for this run only."""
        self.program = kit.Program(os.path.join(kit.BIN, "lotus-miner"), "run", "--miner-api", "0", "--network-file",
                                   self.network, *flags, env={**self.env, **options}, name="miner")
        self.program.wait_line(r"API on port", 60)
        with open(os.path.join(self.folder, "api")) as file:
            port = file.read().split("/")[4]
        with open(os.path.join(self.folder, "token")) as file:
            self.api = kit.Api(f"http://127.0.0.1:{port}/rpc/v0", file.read().strip())

    def kill(self):
        self.program.kill_group()


def funded(net, kind="bls", fil=5):
    """A new account with so many FIL, known on the chain."""
    address = net.lotus("wallet", "new", kind).strip()
    net.lotus("state", "wait-msg", net.lotus("send", address, str(fil)).strip().splitlines()[-1], seconds=300)
    return address


def make_miner(miner, owner, worker):
    """`lotus-miner init`; the new miner's address."""
    out = miner.run("init", "--network-file", miner.network, "--sector-size", "2KiB", "--nosync", "--owner", owner,
                    "--worker", worker, "--confidence", "1", seconds=600)
    return out.strip().splitlines()[-1]


def on_chain_messages(net, **match):
    """What a miner's messages on the chain are: (CID, message, parameters, exit code) by nonce."""
    out = []
    for cid in net.api.call("StateListMessages", match, [], 0) or []:
        message = net.api.call("ChainGetMessage", cid)
        found = net.api.call("StateSearchMsg", [], cid, -1, True)
        check(found, f"{cid} is on the chain, and not found there")
        params = net.api.call("StateDecodeParams", message["To"], message["Method"], message["Params"], []) \
            if message["Params"] else None
        out.append((cid["/"], message, params, found["Receipt"]["ExitCode"]))
    return sorted(out, key=lambda each: (each[1]["From"], each[1]["Nonce"]))
