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

    def states(self):
        """Each sector's state."""
        return {each["Sector"]: each["State"] for each in self.api.call("SectorsWaits")}

    def wait_reason(self, number, texts, seconds, state=None):
        """Until the sector's reason has these texts (in that state): the API, `sectors stuck` and `sectors status` say it."""
        def fits(text):
            return all(each in text for each in texts)

        def said():
            each = next((each for each in self.api.call("SectorsWaits") if each["Sector"] == number), None)
            last[:] = [each]
            if not each or not fits(each["Reason"]) or state not in (None, each["State"]):
                return None
            # A reason may change between two looks, so all three have to say it before the time is over.
            last.append(next((line for line in self.json("sectors", "stuck", "--all") if line["Sector"] == number), None))
            last.append(self.run("sectors", "status", number))
            return each if all(fits(json.dumps(shown, ensure_ascii=False)) for shown in last[1:]) else None
        last = []
        found = kit.wait(said, seconds, lambda: f"sector {number} should say {texts} (API, sectors stuck, sectors status): "
                         f"{last}\n{self.program.tail()}")
        return found

    def state(self, number):
        return self.api.call("SectorsStatus", number, False)["State"]

    def wait_state(self, number, states, seconds):
        """Until the sector is in one of these states; the state."""
        def there():
            state = self.state(number)
            return state if state in states else None
        return kit.wait(there, seconds, lambda: f"sector {number} should come to {states}:\n"
                        f"{self.run('sectors', 'status', '--log', number)}\n{self.program.tail()}")


def funded(net, kind="bls", fil=5):
    """A new account with so many FIL, known on the chain."""
    address = net.lotus("wallet", "new", kind).strip()
    net.lotus("state", "wait-msg", net.lotus("send", address, str(fil)).strip().splitlines()[-1], seconds=300)
    return address


def make_miner(miner, owner, worker, *flags):
    """`lotus-miner init`; the new miner's address."""
    out = miner.run("init", "--network-file", miner.network, "--sector-size", "2KiB", "--nosync", "--owner", owner,
                    "--worker", worker, "--confidence", "1", *flags, seconds=600)
    return out.strip().splitlines()[-1]


# Methods of the miner actor, and where their parameters name sectors.
PRE_COMMIT, PROVE_COMMIT, WINDOW_POST = 28, 34, 5  # PreCommitSectorBatch2, ProveCommitSectors3, SubmitWindowedPoSt
SECTORS_OF = {PRE_COMMIT: "Sectors", PROVE_COMMIT: "SectorActivations"}


def sectors_in(messages, actor, method):
    """The numbers in the miner's messages of a method, as often as they are in one."""
    return sorted(sector["SectorNumber"] for _, message, params, _ in messages
                  if message["To"] == actor and message["Method"] == method for sector in params[SECTORS_OF[method]])


def on_chain_messages(net, **match):
    """Messages on the chain: (CID, message, parameters, exit code) by nonce."""
    out = []
    for cid in net.api.call("StateListMessages", match, [], 0) or []:
        message = net.api.call("ChainGetMessage", cid)
        # What the head holds is executed by the next tipset.
        found = kit.wait(lambda: net.api.call("StateSearchMsg", [], cid, -1, True), 60, f"{cid} is not executed")
        params = net.api.call("StateDecodeParams", message["To"], message["Method"], message["Params"], []) \
            if message["Params"] else None
        out.append((cid["/"], message, params, found["Receipt"]["ExitCode"]))
    return sorted(out, key=lambda each: (each[1]["From"], each[1]["Nonce"]))
