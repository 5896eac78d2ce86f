#!/usr/bin/env python3
"""Window PoSt and the miner's actor on a devnet that is mined at full speed: a sector's file goes away and comes back, power
follows (`real_proofs`: the same with real proofs, a quarter of an hour); the commands that move the actor."""
import json
import os

import kit
from kit import check, wait
from sealing_kit import WINDOW_POST, on_chain_messages

SECTOR = 1


class Miner:
    """The first miner of a devnet, with lotus-miner's command line."""

    def __init__(self, net):
        self.net = net
        self.info = net.info["miners"][0]
        self.env = {"LOTUS_MINER_PATH": self.info["repository"], "LOTUS_PATH": net.info["daemon"]["repository"]}
        self.address = self.json("proving", "info")["Miner"]

    def run(self, *arguments, **more):
        return kit.run("lotus-miner", *arguments, env=self.env, **more)

    def json(self, *arguments, **more):
        return json.loads(self.run(*arguments, "--json", **more))

    def act(self, *arguments):
        """An `actor` command that is carried out, after its dry run changed nothing."""
        if "--really-do-it" in arguments:
            dry = self.json("actor", *[each for each in arguments if each != "--really-do-it"])
            check(dry.get("DryRun") is True and "Message" not in dry, f"a dry run of {arguments} said {dry}")
        done = self.json("actor", *arguments, "--confidence", "0")
        check(done["ExitCode"] == 0, f"{arguments}: {done}")
        return done

    def on_chain(self):
        return self.net.api.call("StateMinerInfo", self.address, [])

    def faults(self):
        return [each["Sector"] for each in self.json("proving", "faults")]

    def power(self):
        return int(self.net.api.call("StateMinerPower", self.address, [])["MinerPower"]["RawBytePower"])


def new_account(net, balance):
    """A wallet that is on the chain; its key and its ID address."""
    key = net.lotus("wallet", "new", "bls").strip()
    cid = net.lotus("send", key, str(balance)).strip().splitlines()[-1]
    net.lotus("state", "wait-msg", cid, seconds=120)
    return key, net.api.call("StateLookupID", key, [])


def warped(folder, proofs="mock"):
    """A devnet that mines one block in each deadline."""
    # With real proofs an epoch is as long as the machine's WinningPoSt.
    epochs = ["--epoch-seconds", "1"] if proofs == "mock" else []
    return kit.Devnet(folder, "--proofs", proofs, *epochs, "--warp", "100000", "--sparse", "60").start(seconds=900)


def lost_and_found(folder, net, patience):
    """A sector's file is taken away and put back; `patience`: seconds that the chain may take from one state to the next."""
    miner = Miner(net)
    whole = miner.power()
    check(whole == 4096 and miner.faults() == [], f"the miner begins with {whole} bytes, faults {miner.faults()}")
    deadline = next(each["Deadline"] for each in miner.json("proving", "deadlines")["Deadlines"] if each["Sectors"])
    replica = os.path.join(folder, "pre-sealed", "sealed", f"s-t0{miner.address[2:]}-{SECTOR}")

    # Far from the deadline's cutoff, so that the fault is declared and not found by the proof.
    wait(lambda: since_opening(net, miner, deadline) in range(60, 1000), patience, "the deadline never closes")
    os.rename(replica, replica + ".away")
    gone = net.nodes[0].height()
    bad = [each for each in miner.json("proving", "check", deadline) if not each["Good"]]
    check([each["Sector"] for each in bad] == [SECTOR] and "sealed" in bad[0]["Reason"], f"proving check says {bad}")
    wait(lambda: miner.faults() == [SECTOR], patience, lambda: f"faults: {miner.faults()}")
    wait(lambda: miner.power() == whole // 2, patience, lambda: f"power is {miner.power()} with a faulty sector")
    sent = [each["Method"] for each in messages(net, miner.address)]
    check(10 in sent, f"no DeclareFaults among the methods {sent}")
    print(f"epoch {gone}: the file is gone; epoch {net.nodes[0].height()}: the fault is declared, half the power", flush=True)
    posts = miner.json("proving", "compute", "window-post", deadline, seconds=600)["Posts"]
    check(posts[0]["Partitions"][0]["Skipped"] == [SECTOR] and posts[0]["Proofs"], f"computed: {posts}")

    os.rename(replica + ".away", replica)
    back = net.nodes[0].height()
    check(miner.json("proving", "check", deadline, "--only-bad") == [], "the file is back, and the check says bad")
    wait(lambda: miner.faults() == [], patience, lambda: f"faults: {miner.faults()}")
    wait(lambda: miner.power() == whole, patience, lambda: f"power is {miner.power()} after the recovery, not {whole}")
    sent = [each["Method"] for each in messages(net, miner.address)]
    check(11 in sent, f"no DeclareFaultsRecovered among the methods {sent}")
    print(f"epoch {back}: the file is back; epoch {net.nodes[0].height()}: recovered, whole power", flush=True)
    shown = miner.run("proving", "deadline", deadline, "--sector-nums", "--bitfield")
    check("Faulty Sectors:            0" in shown and "[0 1]" in shown, shown)
    return miner


def sector_lost_and_found(folder):
    net = warped(folder)
    try:
        lost_and_found(folder, net, 60)
    finally:
        net.stop()


def real_proofs(folder):
    """The same with real proofs, and a whole proving period after it in which nothing is missed."""
    net = warped(folder, "real")
    try:
        miner = lost_and_found(folder, net, 1800)
        end = net.nodes[0].height() + 2880
        while net.nodes[0].height() < end:
            kit.wait_height(net.nodes[0], net.nodes[0].height() + 60, 600)
            check((miner.power(), miner.faults()) == (4096, []), f"power {miner.power()}, faults {miner.faults()}")
        accepted = [code for _, message, _, code in on_chain_messages(net, To=miner.address)
                    if message["Method"] == WINDOW_POST]
        check(accepted and not any(accepted), f"exit codes of window PoSts: {accepted}")
        print(f"{len(accepted)} window PoSts with real proofs to epoch {net.nodes[0].height()}, all accepted", flush=True)
    finally:
        net.stop()


def since_opening(net, miner, deadline):
    """Epochs since a deadline opened last."""
    info = net.api.call("StateMinerProvingDeadline", miner.address, [])
    return (info["CurrentEpoch"] - info["PeriodStart"] - 60 * deadline) % 2880


def messages(net, address):
    """Messages to an actor that are on the chain."""
    out = []
    for cid in net.api.call("StateListMessages", {"To": address, "From": None}, [], 0) or []:
        out.append(net.api.call("ChainGetMessage", cid))
    return out


def actor(folder):
    net = warped(folder)
    try:
        miner = Miner(net)
        worker_key, worker = new_account(net, 10)
        control_key, control = new_account(net, 10)
        owner_key, owner = new_account(net, 10)

        proposed = miner.act("propose-change-worker", worker_key, "--really-do-it")
        check(miner.on_chain()["NewWorker"] == worker, f"the proposal is not on the chain: {miner.on_chain()}")
        refused = miner.run("actor", "confirm-change-worker", worker_key, "--really-do-it", ok=False)
        check("cannot be confirmed until" in refused or net.api.call("ChainHead")["Height"] > proposed["WorkerChangeEpoch"],
              refused)

        check(miner.act("control", "set", control_key, "--really-do-it")["Add"] == [control_key], "control set adds nothing")
        rows = {each["Name"]: each for each in miner.json("actor", "control", "list")}
        check(rows["control-0"]["ID"] == control and rows["control-0"]["Use"] == "post", f"control list: {rows}")

        miner.act("set-addrs", "/ip4/10.1.2.3/tcp/24001", "/dns4/example.org/udp/4001/quic-v1")
        check(len(miner.on_chain()["Multiaddrs"]) == 2, f"addresses: {miner.on_chain()['Multiaddrs']}")
        peer = "12D3KooWGzxzKZYveHXtpG6AsrUJBcWxHBFS2HsEoGTxrMLvKXtf"
        miner.act("set-peer-id", peer)
        check(miner.on_chain()["PeerId"] == peer, f"peer id: {miner.on_chain()['PeerId']}")

        withdrawn = miner.act("withdraw", "0.01")
        check(withdrawn["Withdrawn"] == str(10**16), f"withdraw said {withdrawn}")
        check("can't withdraw more" in miner.run("actor", "withdraw", "1000000000", ok=False), "withdrew a thousand million FIL")
        check(miner.json("actor", "repay-debt")["Repaid"] == "0", "there is no debt")

        miner.act("propose-change-beneficiary", control_key, "5", "500000", "--really-do-it")
        check("overwrite-pending-change" in miner.run("actor", "propose-change-beneficiary", worker_key, "5", "500000", ok=False),
              "a pending proposal was replaced without a word")
        changed = miner.act("confirm-change-beneficiary", miner.address, "--new-beneficiary", "--really-do-it")
        check(changed["Changed"] and miner.on_chain()["Beneficiary"] == control, f"beneficiary: {changed}")

        wait(lambda: net.api.call("ChainHead")["Height"] >= proposed["WorkerChangeEpoch"], 60, "the change is never due")
        # Whoever proves confirms the change on the way; the command is for a miner without deadlines.
        if miner.on_chain()["Worker"] != worker:
            miner.act("confirm-change-worker", worker_key, "--really-do-it")
        check(miner.on_chain()["Worker"] == worker, f"the worker is {miner.on_chain()['Worker']}, not {worker}")

        before = miner.on_chain()["Owner"]
        first = miner.act("set-owner", owner_key, before, "--really-do-it")
        check(first["Owner"] == before and first["Pending"] == owner, f"proposed: {first}")
        check(miner.act("set-owner", owner_key, owner_key, "--really-do-it")["Owner"] == owner, "the owner did not change")

        # Blocks go on with the new worker, window PoSt from the control address.
        height = net.api.call("ChainHead")["Height"]
        wait(lambda: net.api.call("ChainHead")["Height"] > height + 3000, 60, "the chain stands still")
        posts = [each for each in messages(net, miner.address) if each["Method"] == 5]
        check(posts[0]["From"] in (control, control_key), f"the last window PoSt came from {posts[0]['From']}")
        check(miner.faults() == [], f"faults: {miner.faults()}")

        made = miner.json("actor", "new-miner", "--owner", owner_key, "--from", net.info["defaultAddress"],
                          "--sector-size", "2KiB", "--confidence", "0")
        check(net.api.call("StateMinerInfo", made["IDAddress"], [])["Owner"] == owner, f"the new miner: {made}")
    finally:
        net.stop()


if __name__ == "__main__":
    kit.main(sector_lost_and_found, actor, real_proofs)
