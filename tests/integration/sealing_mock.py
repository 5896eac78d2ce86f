#!/usr/bin/env python3
"""A second miner on a mock-proof devnet: made by `lotus-miner init`, it seals sectors and is killed on the way.

`lotus-miner init` refuses what it must, step by step, and leaves nothing behind; then it makes a miner whose worker was
never on the chain. Six sectors are pledged; the process is killed (-9) in several states and started again: all six reach
Proving, every message of theirs was executed once and with success, the journal tells of it. A backup of the stopped
miner, restored into another folder, knows the same sectors.
"""
import json
import os
import time
import urllib.request

import kit
from kit import check
from miner_init import make
from sealing_kit import Miner

SECTORS = 6
# States in which the process is killed, once each, when a sector is seen in them.
KILL_IN = ["PreCommit1", "SubmitPreCommitBatch", "PreCommitBatchWait", "WaitSeed", "SubmitCommitAggregate",
           "CommitAggregateWait"]
OPTIONS = {"LOTUS_SEALING_PRECOMMITBATCHWAIT": "4s", "LOTUS_SEALING_COMMITBATCHWAIT": "4s"}


def seal(miner):
    """Pledges and kills; until all sectors are proving."""
    numbers = [miner.json("sectors", "pledge")["Number"] for _ in range(SECTORS)]
    check(len(set(numbers)) == SECTORS, f"numbers of new sectors: {numbers}")
    to_kill, killed = list(KILL_IN), []
    deadline = time.monotonic() + 240
    while True:
        summary = miner.api.call("SectorsSummary")
        if summary.get("Proving") == SECTORS:
            return numbers, killed
        if time.monotonic() > deadline:
            raise kit.Failure(f"{summary}\n{miner.run('sectors', 'stuck', '--all')}\n{miner.program.tail()}")
        hit = next((state for state in to_kill if summary.get(state)), None)
        if hit:
            to_kill.remove(hit)
            killed.append(hit)
            miner.kill()
            miner.start()
        time.sleep(0.05)  # states have no event over the API


def on_chain(net, actor, numbers, since):
    count = net.api.call("StateMinerSectorCount", actor, [])
    check(count["Live"] == SECTORS and count["Faulty"] == 0, f"sectors on the chain: {count}")
    sectors = net.api.call("StateMinerSectors", actor, None, [])
    check(sorted(each["SectorNumber"] for each in sectors) == sorted(numbers), f"sectors on the chain: {sectors}")
    messages = net.api.call("StateListMessages", {"To": actor}, [], since)
    check(messages, "no message to the miner on the chain")
    for cid in messages:
        found = net.api.call("StateSearchMsg", [], cid, -1, True)
        check(found and found["Receipt"]["ExitCode"] == 0, f"message {cid}: {found}")
    print(f"{len(messages)} messages, all executed with success")


def shown(miner, numbers):
    listed = miner.json("sectors", "list")
    check([each["State"] for each in listed] == ["Proving"] * SECTORS, f"sectors list: {listed}")
    table = miner.run("sectors", "list", "--states", "Proving")
    check(table.count("Proving") == SECTORS, f"sectors list --states:\n{table}")
    text = miner.run("sectors", "status", "--log", "--on-chain-info", numbers[0])
    check("Proving" in text and "Activation" in text and "Event Log" in text, f"sectors status:\n{text}")
    check("Proving: 6" in miner.run("info"), "info should count the sectors")
    paths = miner.json("storage", "list")
    check(len(paths) == 1 and len(paths[0]["Files"]) == SECTORS, f"storage list: {paths}")
    found = miner.run("storage", "find", numbers[0])
    check("sealed" in found and "cache" in found, f"storage find:\n{found}")
    refused = miner.run("sectors", "update-state", numbers[0], "PreCommit1", ok=False)
    check("--really-do-it" in refused, f"update-state: {refused}")
    refused = miner.run("sectors", "update-state", "--really-do-it", numbers[0], "Nonsense", ok=False)
    check("Nonsense" in refused, f"update-state: {refused}")
    meta = miner.json("sectors", "numbers", "info")
    check(meta["Next"] == SECTORS, f"sectors numbers info: {meta}")
    with urllib.request.urlopen(miner.api.url.replace("/rpc/v0", "/debug/metrics"), timeout=30) as answer:
        text = answer.read().decode()
    check('nelumbo_miner_sectors{state="Proving"} 6' in text, f"metrics: {text[-800:]}")
    with open(os.path.join(miner.folder, "journal", "lotus-journal.ndjson")) as file:
        events = [json.loads(line) for line in file]
    for number in numbers:
        after = [e["Data"]["After"] for e in events if e["Data"]["SectorNumber"] == number]
        # A kill right after a step was stored costs its line; in these no process was killed.
        check("Proving" in after and "Committing" in after, f"the journal of sector {number}: {after}")


def restore(net, miner, folder):
    """Everything that the repository knows, in another folder."""
    miner.program.stop()
    file = folder + ".backup"
    miner.run("backup", "--offline", file)
    copy = Miner(net, folder, **OPTIONS)
    cut = file + ".cut"
    with open(file, "rb") as whole, open(cut, "wb") as part:
        part.write(whole.read()[:-7])
    refused = copy.run("init", "restore", "--nosync", cut, ok=False)
    check("backup" in refused and not os.path.exists(folder), f"a cut off backup: {refused}")
    copy.run("init", "restore", "--nosync", "--storage-config", os.path.join(miner.folder, "storage.json"), file,
             seconds=180)
    copy.start()
    listed = copy.json("sectors", "list", "--fast")
    check([each["State"] for each in listed] == ["Proving"] * SECTORS, f"the restored miner's sectors: {listed}")
    copy.program.stop()


def sealing(folder):
    net = kit.Devnet(os.path.join(folder, "net"), "--proofs", "mock", "--epoch-seconds", "1").start()
    miner = Miner(net, os.path.join(folder, "miner"), **OPTIONS)
    try:
        net.wait_epoch(2, 300)
        since = net.nodes[0].height()
        actor = make(net, miner)
        miner.start()
        numbers, killed = seal(miner)
        print(f"{SECTORS} sectors proving after kills in {', '.join(killed)}", flush=True)
        check(len(killed) >= 4, f"killed only in {killed}")
        on_chain(net, actor, numbers, since)
        shown(miner, numbers)
        restore(net, miner, os.path.join(folder, "restored"))
    finally:
        if miner.program:
            miner.program.kill_group()
        net.stop()


if __name__ == "__main__":
    kit.main(sealing)
