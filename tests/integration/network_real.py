#!/usr/bin/env python3
"""Two miners with real proofs on one machine for 20 epochs, a third daemon beside them: one chain, blocks of both."""
import os

import kit
from kit import check

EPOCHS = 20


def real_proofs(folder):
    net = kit.Devnet(os.path.join(folder, "devnet"), "--proofs", "real", "--miners", "2", "--nodes", "2").start(seconds=1200)
    third = None
    try:
        seconds = net.info["epochSeconds"]
        third = kit.Joined(os.path.join(folder, "third"), net.info["beacon"]["url"]).start()
        nodes = net.nodes + third.nodes
        kit.wait_height(nodes[0], EPOCHS, 3 * EPOCHS * seconds)
        head = kit.wait_same_head(nodes, 3 * seconds, at_least=EPOCHS)
        chain = kit.check_same_chain(nodes, head, states=(5, 10, 15))
        blocks = {}
        for tipset in chain:
            for block in tipset["Blocks"]:
                if block["Height"] > 0:
                    blocks[block["Miner"]] = blocks.get(block["Miner"], 0) + 1
        check(set(blocks) == {"t01000", "t01001"}, f"blocks are of {blocks}")
        check(kit.multi_block(chain) > 0, "no tipset has blocks of both miners")
        print(f"epochs of {seconds} s; {len(chain)} tipsets to epoch {head['Height']}, blocks {blocks}, "
              f"{kit.multi_block(chain)} tipsets of two, {kit.null_rounds(chain)} null rounds")
    finally:
        if third:
            third.stop()
        net.stop()


if __name__ == "__main__":
    kit.main(real_proofs)
