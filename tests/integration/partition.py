#!/usr/bin/env python3
"""Two daemons against two, a miner on each side, in network namespaces: both sides go on for 30 epochs, then the cut heals
and all are on the heavier chain."""
import os

import kit
import namespaces
from kit import check

CUT = 30  # epochs


def weight(node, head):
    return int(node.api.call("ChainTipSetWeight", head["Cids"]))


def heals(folder):
    hosts = namespaces.Hosts(4)
    everywhere = {"LOTUS_API_LISTENADDRESS": "/ip4/0.0.0.0/tcp/0/http"}

    def host(number):
        return dict(prefix=hosts.prefix(number), env=everywhere, host=hosts.control(number))

    running = []
    try:
        first = kit.Devnet(os.path.join(folder, "one"), "--proofs", "mock", "--miners", "2", "--nodes", "1", "--beacon-listen",
                           "0.0.0.0", "--p2p-listen", hosts.peers(1), name="one", **host(1))
        running.append(first.start())
        port = first.info["beacon"]["url"].rsplit(":", 1)[1]
        url = f"http://{hosts.control(1)}:{port}"

        def join(number, name, *flags):
            node = kit.Joined(os.path.join(folder, name), url, "--p2p-listen", hosts.peers(number), *flags, **host(number))
            running.append(node.start())
            return node

        second = join(2, "two")
        third = join(3, "three", "--from", first.folder, "--miner", "t01001")
        # Both sides must hang together when the cut comes: the fourth knows the first and the third.
        fourth = join(4, "four", *third.info["p2pAddresses"], *first.info["p2pAddresses"])
        nodes = [each.nodes[0] for each in running]
        kit.wait(lambda: all(len(node.peers()) >= 1 for node in nodes), 60, "nodes without peers")
        start = kit.wait_same_head(nodes, 90, at_least=nodes[0].height() + 5)["Height"]

        hosts.cut(3, 4)
        a, b = first.nodes[0], third.nodes[0]
        for node in (a, b):
            kit.wait_height(node, start + CUT * 2 // 3, 240)
        # The outcome shall not hang on luck: one side stops until the other is ahead in weight by ten epochs.
        third.pause("miner")
        kit.wait_height(a, start + CUT, 240)
        kit.wait(lambda: weight(a, a.head()) - weight(b, b.head()) > 10 * (weight(a, a.head()) // a.height()), 240,
                 "the side that mines alone did not get ahead in weight")
        heavier, lighter = a.head(), b.head()
        kit.wait_same_head([a, second.nodes[0]], 30)
        kit.wait_same_head([b, fourth.nodes[0]], 30)
        check(a.tipset_at(start + CUT // 2)["Cids"] != b.tipset_at(start + CUT // 2)["Cids"], "the cut cut nothing")

        hosts.heal(3, 4)
        third.resume("miner")
        head = kit.wait_same_head(nodes, 180, at_least=heavier["Height"] + 5)
        chain = kit.check_same_chain(nodes, head, first=start - 5, states=range(start - 3, head["Height"] - 2, 9))
        check(any(tipset["Cids"] == heavier["Cids"] for tipset in chain), "the heavier side's head is not in the chain")
        check(all(tipset["Cids"] != lighter["Cids"] for tipset in chain), "the lighter side's head is in the chain")
        print(f"cut at epoch {start}, healed at {heavier['Height']} (the lighter side at {lighter['Height']}), one chain "
              f"again at {head['Height']}")
    finally:
        for each in reversed(running):
            each.stop()


if __name__ == "__main__":
    namespaces.enter()
    kit.main(heals)
