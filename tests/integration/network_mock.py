#!/usr/bin/env python3
"""Four daemons, two of them mining, for 200 epochs with mock proofs: a crash, a late start, null rounds, one chain."""
import os

import kit
from kit import check

EPOCHS = 200


def one_chain(folder):
    net = kit.Devnet(os.path.join(folder, "devnet"), "--proofs", "mock", "--miners", "2", "--nodes", "3",
                     "--sparse", "1").start()
    late = None
    try:
        check(len(net.info["miners"]) == 2 and len(net.nodes) == 3, f"devnet info tells of {net.info['miners']}")
        for node in net.nodes:
            kit.wait(node.peers, 60, f"{node.name} has no peers")
        # The first block waits until each daemon has compiled the actors.
        kit.wait_same_head(net.nodes, 300, at_least=20)

        # A daemon with a miner is killed, and comes back with what it had.
        height = net.nodes[1].height()
        net.kill("daemon-2")
        check(net.nodes[1].height() >= height - 5, f"daemon-2 was at epoch {height}, after kill -9 at {net.nodes[1].height()}")
        kit.wait_same_head(net.nodes, 60, at_least=height + 10)

        # With one of two miners away every twelfth election has no winner (two together: every 150th).
        net.pause("miner-2")
        start = net.nodes[0].height()
        try:
            kit.wait(lambda: kit.null_rounds(net.nodes[0].chain(start, net.nodes[0].height())) > 0, 150,
                     lambda: f"no null round from epoch {start} on although one miner of two was away:\n"
                             f"{kit.heads_text(net.nodes)}\n{net.nodes[0].api.call('SyncState')}", every=1)
        finally:
            net.resume("miner-2")

        # One node begins from nothing.
        kit.wait_height(net.nodes[0], 120, 240)
        late = kit.Joined(os.path.join(folder, "late"), net.info["beacon"]["url"]).start()
        nodes = net.nodes + late.nodes
        head = kit.wait_same_head(nodes, 120, at_least=late.nodes[0].height() + 3)

        kit.wait_height(net.nodes[0], EPOCHS, 400)
        head = kit.wait_same_head(nodes, 60, at_least=EPOCHS)
        chain = kit.check_same_chain(nodes, head, states=range(10, EPOCHS, 38))
        nulls, multi = kit.null_rounds(chain), kit.multi_block(chain)
        check(nulls > 0, "no null round")
        # What was caught up while the daemons began has one block each.
        check(multi > len(chain) / 10, f"only {multi} tipsets of {len(chain)} have two blocks")
        miners = {block["Miner"] for tipset in chain for block in tipset["Blocks"]}
        check({"t01000", "t01001"} <= miners, f"blocks are of {miners}")
        print(f"{len(nodes)} daemons on one chain of {len(chain)} tipsets to epoch {head['Height']}: "
              f"{nulls} null rounds, {multi} tipsets of two blocks")
    finally:
        if late:
            late.stop()
        net.stop()


if __name__ == "__main__":
    kit.main(one_chain)
