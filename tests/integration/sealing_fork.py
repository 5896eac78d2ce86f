#!/usr/bin/env python3
"""The node of a sealing miner is on a fork that loses: pre-commitments and proofs that were on its chain are taken back.

Both times the sectors see it by themselves, wait for the same messages, and go on; nothing is sent twice.
"""
import os

import kit
from kit import check
from message_reorg import cut, reorganise
from sealing_kit import PRE_COMMIT, PROVE_COMMIT, Miner, funded, make_miner, on_chain_messages, sectors_in

OPTIONS = {"LOTUS_SEALING_PRECOMMITBATCHWAIT": "2s", "LOTUS_SEALING_COMMITBATCHWAIT": "2s",
           "LOTUS_SEALING_PRECOMMITBATCHSLACK": "1s", "LOTUS_SEALING_COMMITBATCHSLACK": "1s"}
SECTORS = 5


def on_chain(net, miner, method):
    """The sectors in successful messages of a method, on the chain as the miner's node has it now."""
    messages = on_chain_messages(net, To=miner.actor)
    check(all(code == 0 for *_, code in messages), f"failed on the chain: {messages}")
    return sectors_in(messages, miner.actor, method)


def lost(net, miner, method, states):
    """Cut until all sectors are in these states, by messages of this method; then the other chain wins."""
    ids = cut(net)
    kit.wait(lambda: set(miner.states().values()) <= states and len(miner.states()) == SECTORS, 180,
             lambda: f"on our side: {miner.states()}")
    on_fork = on_chain(net, miner, method)
    check(on_fork == list(range(SECTORS)), f"on our side are {on_fork}")
    reorganise(net, ids)
    check(not on_chain(net, miner, method), "the messages are on the other chain too")
    net.resume("miner")
    kit.wait(lambda: on_chain(net, miner, method) == on_fork, 240,
             lambda: f"not back: {miner.run('sectors', 'stuck', '--all')}")


def fork(folder):
    net = kit.Devnet(os.path.join(folder, "net"), "--proofs", "mock", "--epoch-seconds", "1", "--miners", "2", "--nodes",
                     "2").start()
    miner = Miner(net, os.path.join(folder, "miner"), **OPTIONS)
    try:
        kit.wait_same_head(net.nodes, 600, at_least=8)
        owner, worker = funded(net), funded(net)
        miner.actor = make_miner(miner, owner, worker)
        miner.start()
        kit.wait_same_head(net.nodes, 60)
        for _ in range(SECTORS):
            miner.api.call("PledgeSector")
        lost(net, miner, PRE_COMMIT, {"WaitSeed"})
        print("pre-commitments were taken off the chain and came back", flush=True)
        kit.wait(lambda: set(miner.states().values()) & {"SubmitCommitAggregate", "CommitAggregateWait"}, 180,
                 lambda: miner.run("sectors", "stuck", "--all"))
        lost(net, miner, PROVE_COMMIT, {"Proving"})
        print("proofs were taken off the chain and came back", flush=True)
        kit.wait(lambda: miner.api.call("SectorsSummary") == {"Proving": SECTORS}, 240,
                 lambda: miner.run("sectors", "stuck", "--all"))
        count = net.api.call("StateMinerSectorCount", miner.actor, [])
        check(count["Live"] == SECTORS, f"sectors on the chain: {count}")
    finally:
        if miner.program:
            miner.program.kill_group()
        net.stop()


if __name__ == "__main__":
    kit.main(fork)
