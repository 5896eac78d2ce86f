#!/usr/bin/env python3
"""A reorganisation takes a message off the chain; the message server brings it back by itself."""
import os

import kit
import message_server
from kit import check

LEAD = 5  # epochs' worth of weight by which the other side is ahead when the cut heals


def weight(node):
    head = node.head()
    return int(node.api.call("ChainTipSetWeight", head["Cids"])), head["Height"]


def cut(net):
    """The two nodes hear nothing of each other from here on."""
    ids = [node.api.call("ID") for node in net.nodes]
    for node, other in zip(net.nodes, reversed(ids)):
        node.api.call("NetBlockAdd", {"Peers": [other], "IPAddrs": [], "IPSubnets": []})
    kit.wait(lambda: not any(set(ids) & set(node.peers()) for node in net.nodes), 30, "the nodes are still connected")
    return ids


def reorganise(net, ids):
    """The second node's chain gets heavier, then they meet: the first one's goes. The first miner rests, until resumed."""
    ours, theirs = net.nodes
    net.pause("miner")
    kit.wait(lambda: weight(theirs)[0] - weight(ours)[0] > LEAD * (weight(ours)[0] // weight(ours)[1]), 300,
             lambda: f"weights {weight(ours)}, {weight(theirs)}")
    lost = ours.head()
    for node, other in zip(net.nodes, reversed(ids)):
        node.api.call("NetBlockRemove", {"Peers": [other], "IPAddrs": [], "IPSubnets": []})
    ours.api.call("NetConnect", theirs.api.call("NetAddrsListen"))
    kit.wait_same_head(net.nodes, 120, at_least=lost["Height"])
    check(ours.tipset_at(lost["Height"])["Cids"] != lost["Cids"], "there was no reorganisation")


def holds(node, height, cid):
    """Whether the tipset of that epoch includes the message."""
    tipset = node.tipset_at(height)
    return tipset["Height"] == height and any(
        message["CID"]["/"] == cid for block in tipset["Cids"]
        for message in node.api.call("ChainGetBlockMessages", block)["BlsMessages"] or [])


def comes_back(folder):
    net = kit.Devnet(os.path.join(folder, "net"), "--proofs", "mock", "--epoch-seconds", "1", "--miners", "2", "--nodes", "2").start()
    server = None
    try:
        ours = net.nodes[0]
        kit.wait_same_head(net.nodes, 120, at_least=8)
        server = message_server.MessageServer(os.path.join(folder, "message"), message_server.node_info(net),
                                              "[Publish]\nConfidence = 1\n").start()
        sender = message_server.give_key(net, server)
        kit.wait_same_head(net.nodes, 60)
        server.stop()

        # Two chains from here on. The server, which starts anew, meets only one of the nodes.
        ids = cut(net)
        server.start()
        to = net.lotus("wallet", "default").strip()
        cid = server.run("send", "--from", sender, to, "1").strip().splitlines()[-1]
        first = kit.wait(lambda: server.rows()[0][1], 120, "the message does not land")
        check(holds(ours, first, cid), f"the table says epoch {first}; it is not there")

        # The other side gets heavier, without the message.
        reorganise(net, ids)

        def landed_again():
            now, epoch = server.rows()[0]  # it may have been replaced by fee meanwhile
            return epoch if epoch and holds(ours, epoch, now) else None
        again = kit.wait(landed_again, 240, lambda: f"not back: {server.rows()}\n{server.run('message', 'list')}")
        net.resume("miner")
        record = kit.json.loads(server.run("message", "wait", cid, "--confidence", "3", "--json", seconds=120))
        check(record["ExitCode"] == 0 and record["Epoch"] == again, f"{record}")
        print(f"on chain at epoch {first}, taken off, back at epoch {again} by itself")
        server.stop()
    finally:
        if server and server.program:
            server.program.kill_group()
        net.stop()


if __name__ == "__main__":
    kit.main(comes_back)
