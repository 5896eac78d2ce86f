#!/usr/bin/env python3
"""The later life of sectors on a mock-proof devnet that is mined at full speed: one is extended, one is offered to deals and
taken back, one is terminated while the process is killed, and goes from the chain, the partition and the disk."""
import os
import time

import kit
from kit import check
from sealing_kit import Miner, funded, make_miner, on_chain_messages

OPTIONS = {"LOTUS_SEALING_PRECOMMITBATCHWAIT": "1s", "LOTUS_SEALING_COMMITBATCHWAIT": "1s",
           "LOTUS_SEALING_TERMINATEBATCHWAIT": "1s"}
TERMINATE, COMPACT, EXTEND = 9, 19, 32  # methods of the miner actor
KILL_IN = ("Terminating", "TerminateWait", "TerminateFinality", "Removing")


def executed(net, actor, method):
    """The parameters of the miner's messages of a method; each must have succeeded."""
    found = [(cid, params, code) for cid, message, params, code in on_chain_messages(net, To=actor)
             if message["Method"] == method]
    for cid, _, code in found:
        check(code == 0, f"message {cid} failed with exit code {code}")
    return [params for _, params, _ in found]


def count(bits):
    """How many are in a bit field, which JSON gives as lengths of runs, of those that are not in it first."""
    return sum(bits[1::2])


def extended(net, miner, actor, number):
    def expiration():
        return net.api.call("StateSectorGetInfo", actor, number, [])["Expiration"]
    # What was never proven cannot be extended.
    kit.wait(lambda: number in [each["SectorNumber"] for each in net.api.call("StateMinerActiveSectors", actor, [])], 300,
             f"sector {number} is not active")
    before = expiration()
    wanted = before + 40 * 2880
    dry = miner.run("sectors", "extend", "--new-expiration", wanted, number)
    check(expiration() == before, f"a dry run extended the sector: {dry}")
    listed = miner.json("sectors", "check-expire", "--cutoff", 3000000)
    check(number in [each["SectorNumber"] for each in listed], f"check-expire: {listed}")
    miner.run("sectors", "extend", "--new-expiration", wanted, "--really-do-it", number)
    kit.wait(lambda: expiration() == wanted, 120, lambda: f"the expiration is {expiration()}, not {wanted}")
    check(len(executed(net, actor, EXTEND)) == 1, "not one message extended the sector")
    print(f"sector {number} lasts until {wanted} instead of {before}", flush=True)


def offered(miner, number):
    miner.run("sectors", "snap-up", number)
    miner.wait_state(number, ("Available",), 120)
    refused = miner.run("sectors", "abort-upgrade", number, ok=False)
    check("--really-do-it" in refused, refused)
    miner.run("sectors", "abort-upgrade", "--really-do-it", number)
    miner.wait_state(number, ("Proving",), 120)


def terminated(net, miner, actor, number):
    refused = miner.run("sectors", "terminate", number, ok=False)
    check("--really-do-it" in refused, refused)
    where = net.api.call("StateSectorPartition", actor, number, [])
    miner.run("sectors", "terminate", "--really-do-it", number)
    to_kill, killed, deadline = list(KILL_IN), [], time.monotonic() + 900
    while (state := miner.state(number)) != "Removed":
        check(time.monotonic() < deadline, f"{miner.run('sectors', 'status', '--log', number)}\n{miner.program.tail()}")
        if state in to_kill:
            to_kill.remove(state)
            killed.append(state)
            miner.kill()
            miner.start()
        time.sleep(0.05)  # states have no event over the API
    numbers = [params["Terminations"] for params in executed(net, actor, TERMINATE)]
    check(len(numbers) == 1, f"terminated by {numbers}")
    check(net.api.call("StateMinerSectorCount", actor, [])["Live"] == 2, "the chain counts the terminated sector")
    check("no path has" in miner.run("storage", "find", number, ok=False), "files of the removed sector")
    # Not compacted yet, and gone for the chain all the same.
    kit.wait(lambda: miner.json("sectors", "expired", "--show-removed") ==
             [{"Sector": number, "State": "Removed", "Removing": False}], 120,
             lambda: f"sectors expired: {miner.json('sectors', 'expired', '--show-removed')}")
    print(f"sector {number} is terminated, killed in {', '.join(killed)}; one message", flush=True)
    return where


def compacted(net, miner, actor, where):
    """The terminated sector goes from its partition, at a time when the deadline may change."""
    def dead():
        parts = net.api.call("StateMinerPartitions", actor, where["Deadline"], [])
        return sum(count(each["AllSectors"]) - count(each["LiveSectors"]) for each in parts)
    check(dead() == 1, f"{dead()} dead sectors in the deadline")

    def compact():
        try:
            miner.run("sectors", "compact-partitions", "--deadline", where["Deadline"], "--partitions", where["Partition"],
                      "--really-do-it")
        except kit.Failure as refused:
            # While the deadline is open, next, or may still be disputed.
            check("exit" in str(refused) and dead() == 1, str(refused))
            return False
        kit.wait(lambda: dead() == 0, 120, lambda: f"{dead()} dead sectors")
        return True
    kit.wait(compact, 600, lambda: f"{dead()} dead sectors")


def life(folder):
    net = kit.Devnet(os.path.join(folder, "net"), "--proofs", "mock", "--epoch-seconds", "1", "--warp", "200000", "--sparse", "15")
    net.start()
    miner = Miner(net, os.path.join(folder, "miner"), **OPTIONS)
    try:
        actor = make_miner(miner, funded(net), funded(net, fil=100))
        miner.start()
        numbers = [miner.json("sectors", "pledge")["Number"] for _ in range(3)]
        kit.wait(lambda: miner.api.call("SectorsSummary").get("Proving") == 3, 300,
                 lambda: miner.run("sectors", "stuck", "--all"))
        extended(net, miner, actor, numbers[0])
        offered(miner, numbers[1])
        where = terminated(net, miner, actor, numbers[2])
        compacted(net, miner, actor, where)
        check(miner.json("proving", "faults") == [], "there are faults")
    except BaseException:
        if miner.program:
            print(miner.program.tail(), flush=True)
        raise
    finally:
        if miner.program:
            miner.program.kill_group()
        net.stop()


if __name__ == "__main__":
    kit.main(life)
