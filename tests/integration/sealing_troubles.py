#!/usr/bin/env python3
"""Troubles while sectors are sealed on a mock devnet: each is named as a sector's reason while it lasts, and the sectors
go on by themselves when it is gone. Disks are small file systems of this program's own mount namespace.
"""
import os
import signal
import subprocess
import threading
import time

import kit
import namespaces
from kit import check
from message_server import MessageServer, node_info
from sealing_kit import PRE_COMMIT, Miner, funded, make_miner, on_chain_messages

OPTIONS = {"LOTUS_SEALING_PRECOMMITBATCHWAIT": "1s", "LOTUS_SEALING_COMMITBATCHWAIT": "1s"}
PROVEN = ("SubmitCommitAggregate", "CommitAggregateWait", "FinalizeSector", "Proving")
SENT = ("PreCommitBatchWait", "WaitSeed", "Committing") + PROVEN
FULL_BLOCK = 9_000_000_000  # gas of a message that leaves no room for another of its kind


def mount(folder, kib):
    os.makedirs(folder)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", folder], check=True)


class Ballast:
    """Takes the space of a file system, but for so many bytes."""

    def __init__(self, folder, leave=0):
        disk = os.statvfs(folder)
        self.path = os.path.join(folder, "ballast")
        with open(self.path, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, disk.f_bavail * disk.f_frsize - leave)

    def drop(self):
        os.remove(self.path)


class Scene:
    """A devnet, a message server with the worker's key, a miner whose paths and repository are on disks of their own."""

    def __init__(self, folder):
        self.seal, self.store, self.disk = (os.path.join(folder, name) for name in ("seal", "store", "disk"))
        self.away = os.path.join(folder, "away")
        mount(self.seal, 512)
        mount(self.disk, 131072)
        os.makedirs(self.store)
        self.net = kit.Devnet(os.path.join(folder, "net"), "--proofs", "mock", "--epoch-seconds", "1").start(seconds=900)
        self.server = MessageServer(os.path.join(folder, "message"), node_info(self.net), "[Publish]\nConfidence = 1\n",
                                    port=kit.free_port()).start()
        self.miner = Miner(self.net, os.path.join(self.disk, "miner"), **OPTIONS)
        owner, self.worker = funded(self.net), funded(self.net, fil=100)
        self.net.give_key(self.worker, self.server.run)
        make_miner(self.miner, owner, self.worker, "--no-local-storage")
        info = self.server.run("auth", "api-info", "--perm", "sign").strip().split("=", 1)[-1]
        self.miner.env["LOTUS_MESSAGER_APIINFO"] = info
        self.miner.start()
        self.miner.run("storage", "attach", "--init", "--seal", self.seal)
        self.miner.run("storage", "attach", "--init", "--store", self.store)

    def pledge(self):
        return self.miner.json("sectors", "pledge")["Number"]

    def end(self):
        for each in (self.miner.program, self.server.program):
            if each:
                each.kill_group()
        self.net.stop()
        for each in (self.seal, self.away, self.disk):  # one of them is not mounted
            subprocess.run(["umount", "--lazy", "--quiet", each], stderr=subprocess.DEVNULL)


def while_waiting_for_seed(scene, make, undo):
    """Makes the trouble while a new sector waits for its seed; the sector. A chain that catches up may have the seed first:
    then the next sector is taken.
    """
    for _ in range(5):
        number = scene.pledge()
        scene.miner.wait_state(number, ("WaitSeed",) + PROVEN, 240)
        make()
        if scene.miner.state(number) == "WaitSeed":
            return number
        undo()
        scene.miner.wait_state(number, PROVEN, 240)
    raise kit.Failure("five sectors had their seed before the trouble was made")


def timed(scene, trouble):
    started = time.monotonic()
    trouble(scene)
    print(f"{trouble.__name__}: named, and over by itself, {time.monotonic() - started:.1f} s", flush=True)


def sealing_disk_full(scene):
    """The path for sealing has no space: no sector begins."""
    ballast = Ballast(scene.seal)
    number = scene.pledge()
    scene.miner.wait_reason(number, ["no storage path takes", scene.seal, "free"], 240, "Packing")
    ballast.drop()
    scene.miner.wait_state(number, ("SubmitPreCommitBatch",) + SENT, 240)


def repository_disk_full(scene):
    """The disk of the miner's own database is full: no state can be stored, so none is entered."""
    ballast = []
    number = while_waiting_for_seed(scene, lambda: ballast.append(Ballast(scene.disk, leave=1 << 20)),
                                    lambda: ballast.pop().drop())
    scene.miner.wait_reason(number, ["storing the next state", "no space left on the disk"], 240, "WaitSeed")
    refused = scene.miner.run("sectors", "pledge", ok=False)
    check("no space left on the disk" in refused, f"a pledge on a full disk: {refused}")
    ballast.pop().drop()
    scene.miner.wait_state(number, PROVEN, 120)


def path_unplugged(scene):
    """The path with the sector's files goes while the sector waits for its seed."""
    def move(source, target):
        subprocess.run(["mount", "--move", source, target], check=True)
    os.makedirs(scene.away)
    number = while_waiting_for_seed(scene, lambda: move(scene.seal, scene.away), lambda: move(scene.away, scene.seal))
    scene.miner.wait_reason(number, [scene.seal, "is away", "is the disk mounted?"], 240, "Committing")
    info = scene.miner.run("info")
    check(f"Storage path {scene.seal}" in info, f"info:\n{info}")
    move(scene.away, scene.seal)
    scene.miner.wait_state(number, PROVEN, 120)


def node_gone(scene):
    """The daemon is killed, and nobody starts it again for a while."""
    supervisor = scene.net.program.process.pid

    def make():
        scene.net.learn()
        os.kill(supervisor, signal.SIGSTOP)
        os.kill(scene.net.info["daemons"][0]["pid"], signal.SIGKILL)

    def undo():
        os.kill(supervisor, signal.SIGCONT)
    try:
        number = while_waiting_for_seed(scene, make, undo)
        scene.miner.wait_reason(number, ["the node does not answer", "cannot connect"], 240, "WaitSeed")
    finally:
        undo()
    # It compiles the actors first.
    scene.miner.wait_state(number, PROVEN, 600)


def message_server_gone(scene):
    """The server that has the worker's key is killed; nothing goes around it."""
    def pool():
        return {each["CID"]["/"] for each in scene.net.api.call("MpoolPending", [])
                if each["Message"]["From"] in (scene.worker, worker_id)}
    worker_id = scene.net.api.call("StateLookupID", scene.worker, [])
    scene.server.kill()
    before = pool()
    number = scene.pledge()
    scene.miner.wait_reason(number, ["not sent", "message server"], 240, "SubmitPreCommitBatch")
    check(pool() <= before, "the message went around the message server")
    scene.server.start()
    scene.miner.wait_state(number, SENT, 240)


def base_fee(node):
    return int(node.head()["Blocks"][0]["ParentBaseFee"])


class FullBlocks:
    """While this lasts every block is full: some messages that leave no room for another of their kind always wait."""

    def __init__(self, net, to, base_fee):
        self.api = kit.Api(net.api.url, net.api.token)  # of the thread's own
        self.message = {"Version": 0, "To": to, "From": net.info["defaultAddress"], "Nonce": 0, "Value": "0", "Method": 0,
                        "Params": None, "GasLimit": FULL_BLOCK, "GasFeeCap": str(1000 * base_fee),
                        "GasPremium": str(100 * base_fee)}
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._fill)

    def _fill(self):
        while not self.over.is_set():
            waiting = [each for each in self.api.call("MpoolPending", []) if each["Message"]["GasLimit"] == FULL_BLOCK]
            if len(waiting) < 6:
                self.api.call("MpoolPushMessage", self.message, None)
            else:
                self.over.wait(0.2)  # for the next block

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def base_fee_spike(scene):
    """Blocks are full until the base fee is above what a pre-commitment may cost, and the sector says so."""
    net, node = scene.net, scene.net.nodes[0]
    earlier = next(message for _, message, _, _ in on_chain_messages(net, From=scene.worker)
                   if message["Method"] == PRE_COMMIT)
    low = base_fee(node)
    scene.miner.program.stop()
    scene.miner.env["LOTUS_FEES_MAXPRECOMMITBATCHGASFEE_PERSECTOR"] = f"{2 * low * earlier['GasLimit']} aFIL"
    scene.miner.start()
    with FullBlocks(net, scene.worker, low):
        kit.wait(lambda: base_fee(node) > 3 * low, 240, lambda: f"the base fee is {base_fee(node)}, it was {low}")
        number = scene.pledge()
        said = scene.miner.wait_reason(number, ["base fee"], 240)
    print(f"  base fee {base_fee(node)}, was {low}: {said['Reason']}")
    # The base fee falls by an eighth with each empty block.
    scene.miner.wait_state(number, SENT[1:], 600)


def troubles(folder):
    scene = Scene(folder)
    try:
        for trouble in (sealing_disk_full, message_server_gone, base_fee_spike, path_unplugged, repository_disk_full,
                        node_gone):
            timed(scene, trouble)
        kit.wait(lambda: set(scene.miner.api.call("SectorsSummary")) == {"Proving"}, 240,
                 lambda: scene.miner.run("sectors", "stuck", "--all"))
        codes = [code for _, _, _, code in on_chain_messages(scene.net, From=scene.worker)]
        check(set(codes) == {0}, f"exit codes of the worker's messages: {codes}")
    except BaseException:
        print(scene.miner.program.tail(), scene.server.program.tail(), flush=True)
        raise
    finally:
        scene.end()


if __name__ == "__main__":
    namespaces.enter(network=False)
    kit.main(troubles)
