#!/usr/bin/env python3
"""A second miner, made with `lotus-miner init`, seals with real proofs on a devnet that is mined at full speed.

    sealing_real.py one_sector     one sector to Proving
    sealing_real.py ten_sectors    an hour: six proofs sent singly, four aggregated, ten and more kill -9 on the way, a
                                   whole proving period, power, and blocks of the miner's own

What the chain took is read from its messages and receipts: which sectors were proven by which message, and none twice.
"""
import json
import os
import time

import kit
from kit import check
from sealing_kit import PRE_COMMIT, PROVE_COMMIT, WINDOW_POST, Miner, funded, make_miner, on_chain_messages

SECTOR_BYTES = 2048
SPARSE = 15  # a deadline has four blocks: time for a window PoSt and its message
OPTIONS = {"LOTUS_SEALING_PRECOMMITBATCHWAIT": "15s", "LOTUS_SEALING_COMMITBATCHWAIT": "20m",
           "LOTUS_SUBSYSTEMS_DISABLEWINNINGPOST": "true"}
SINGLY = {**OPTIONS, "LOTUS_SEALING_AGGREGATECOMMITS": "false"}
TOGETHER = {**OPTIONS, "LOTUS_SEALING_AGGREGATECOMMITS": "true", "LOTUS_SEALING_AGGREGATEABOVEBASEFEE": "0",
            "LOTUS_SEALING_MINCOMMITBATCH": "4", "LOTUS_SEALING_MAXCOMMITBATCH": "4"}
# States in which the process is killed, once each, when a sector is seen in them.
FIRST_KILLS = ["Packing", "GetTicket", "PreCommit1", "PreCommit2", "SubmitPreCommitBatch", "PreCommitBatchWait", "WaitSeed",
               "Committing", "SubmitCommit", "CommitWait", "FinalizeSector"]
NEXT_KILLS = ["PreCommit1", "PreCommit2", "SubmitPreCommitBatch", "PreCommitBatchWait", "WaitSeed", "Committing",
              "SubmitCommitAggregate", "CommitAggregateWait", "FinalizeSector"]


def begin(folder):
    net = kit.Devnet(os.path.join(folder, "net"), "--proofs", "real", "--warp", "100000", "--sparse", SPARSE)
    net.start(seconds=900)
    miner = Miner(net, os.path.join(folder, "miner"))
    net.wait_epoch(2, 300)
    return net, miner


def say(started, text):
    print(f"{time.monotonic() - started:6.0f} s  {text}", flush=True)


def restart(miner, options, *flags):
    """`lotus-miner run` with these options instead of those it had."""
    if miner.program:
        check(miner.program.stop() == 0, f"the miner did not end well\n{miner.program.tail()}")
    miner.env.update(options)
    miner.start(*flags)


def seal(miner, proving, kill_in, seconds):
    """Until so many sectors prove; the states in which the process was killed."""
    to_kill, killed = list(kill_in), []
    deadline = time.monotonic() + seconds
    while True:
        summary = miner.api.call("SectorsSummary")
        if summary.get("Proving") == proving:
            return killed
        check(time.monotonic() < deadline, f"{summary}\n{miner.run('sectors', 'stuck', '--all')}\n{miner.program.tail()}")
        hit = next((state for state in to_kill if summary.get(state)), None)
        if hit:
            to_kill.remove(hit)
            killed.append(hit)
            miner.kill()
            miner.start()
        time.sleep(0.05)  # states have no event over the API


def messages(net, actor):
    """The messages to a miner on the chain: method, decoded parameters. Each must have succeeded."""
    out = []
    for cid, message, params, code in on_chain_messages(net, To=actor):
        check(code == 0, f"message {cid} failed with exit code {code}")
        out.append((message["Method"], params))
    return out


def check_proofs(sent, singly, together):
    """Which sectors the chain took with a proof of their own and which in aggregates, each exactly once."""
    committed = [each["SectorNumber"] for method, params in sent if method == PRE_COMMIT for each in params["Sectors"]]
    check(sorted(committed) == sorted(singly + together), f"pre-committed: {committed}")
    alone, aggregated = [], []
    for method, params in sent:
        if method == PROVE_COMMIT:
            numbers = [each["SectorNumber"] for each in params["SectorActivations"]]
            (aggregated if params["AggregateProof"] else alone).extend(numbers)
    check(sorted(alone) == sorted(singly), f"proven singly: {alone}, expected {singly}")
    check(sorted(aggregated) == sorted(together), f"proven in aggregates: {aggregated}, expected {together}")


def one_sector(folder):
    started = time.monotonic()
    net, miner = begin(folder)
    try:
        actor = make_miner(miner, funded(net), funded(net))
        say(started, f"{actor} was made")
        restart(miner, SINGLY)
        number = miner.json("sectors", "pledge")["Number"]
        seal(miner, 1, [], 1800)
        say(started, "the sector is proving")
        check_proofs(messages(net, actor), [number], [])
        check(net.api.call("StateMinerSectorCount", actor, [])["Live"] == 1, "the chain does not count the sector")
    finally:
        if miner.program:
            miner.program.kill_group()
        net.stop()


def ten_sectors(folder):
    started = time.monotonic()
    net, miner = begin(folder)
    try:
        actor = make_miner(miner, funded(net), funded(net, fil=100))
        say(started, f"{actor} was made")

        restart(miner, SINGLY)
        singly = [miner.json("sectors", "pledge")["Number"] for _ in range(6)]
        killed = seal(miner, 6, FIRST_KILLS, 5400)
        say(started, f"six sectors are proving, killed in {', '.join(killed)}")
        restart(miner, TOGETHER)
        together = [miner.json("sectors", "pledge")["Number"] for _ in range(4)]
        again = seal(miner, 10, NEXT_KILLS, 5400)
        say(started, f"ten sectors are proving, killed in {', '.join(again)}")
        check(len(killed + again) >= 10, f"only {len(killed + again)} kills")
        sent = messages(net, actor)
        check_proofs(sent, singly, together)
        say(started, f"{len(sent)} messages, each executed once and with success")

        # Winning looks back 900 epochs.
        kit.wait_height(net.nodes[0], first_post(net, actor) + 905, 3600)
        go_on_alone(net, miner, actor, started)
        posts = [each for each in messages(net, actor) if each[0] == WINDOW_POST]
        say(started, f"{len(posts)} window PoSts, all accepted")
    finally:
        if miner.program:
            miner.program.kill_group()
        net.stop()


def first_post(net, actor):
    """The epoch of the first window PoSt: from it on the miner has power."""
    def found():
        return [net.api.call("StateSearchMsg", [], {"/": cid}, -1, True)["Height"]
                for cid, message, _, _ in on_chain_messages(net, To=actor) if message["Method"] == WINDOW_POST]
    while not found():
        kit.wait_height(net.nodes[0], net.nodes[0].height() + SPARSE, 300)
    return min(found())


def go_on_alone(net, miner, actor, started):
    """The other miner is stopped. This one mines on its own power, from deadline to deadline, until all its sectors count:
    each from its first window PoSt on."""
    net.pause("miner")
    try:
        height = net.nodes[0].height()
        restart(miner, {"LOTUS_SUBSYSTEMS_DISABLEWINNINGPOST": "false"}, "--catch-up", "--sparse", "200")
        shown, deadline = -1, time.monotonic() + 3600
        while shown < 10 * SECTOR_BYTES:
            power = int(net.api.call("StateMinerPower", actor, [])["MinerPower"]["RawBytePower"])
            if power != shown:
                say(started, f"epoch {net.nodes[0].height()}: power {power} bytes")
            shown = power
            check(time.monotonic() < deadline, f"power is {power}\n{miner.program.tail()}")
            kit.wait_height(net.nodes[0], net.nodes[0].height() + 1, 300)
        check(shown == 10 * SECTOR_BYTES, f"power is {shown}")
        check(json.loads(miner.run("proving", "faults", "--json")) == [], "there are faults")
        chain = net.nodes[0].chain(height + 1, net.nodes[0].height())
        makers = {block["Miner"] for tipset in chain for block in tipset["Blocks"] if block["Height"] > height}
        check(makers == {actor}, f"blocks are of {makers}")
        say(started, f"{len(chain)} blocks in a row are the new miner's")
    finally:
        net.resume("miner")


if __name__ == "__main__":
    kit.main(one_sector, ten_sectors)
