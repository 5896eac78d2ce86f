#!/usr/bin/env python3
"""A devnet whose daemon and miner send through its own lotus-message: window PoSts of a whole proving period, what an
operator does to waiting messages, and pruning what is final."""
import json
import os

import kit
from kit import check

PERIOD = 2880  # epochs of a proving period


class Server:
    """The command line of the devnet's message server."""

    def __init__(self, net):
        self.env = {"LOTUS_MESSAGE_PATH": net.info["message"]["repository"]}

    def run(self, *arguments, **more):
        return kit.run("lotus-message", *arguments, env=self.env, **more)

    def json(self, *arguments, **more):
        return json.loads(self.run(*arguments, "--json", **more))

    def rows(self, *flags):
        return self.json("message", "list", "--limit", "1000", *flags)


def hand_over(net, server):
    """The keys of the daemon go to the server; both keep them, and only the server uses them from now on."""
    for address in net.lotus("wallet", "list", "--addr-only").split():
        net.give_key(address, server.run)


def routed(folder):
    flags = ("--proofs", "mock", "--epoch-seconds", "1", "--warp", "3000")
    net = kit.Devnet(os.path.join(folder, "net"), *flags, message=True)
    try:
        net.start()
        server = Server(net)
        hand_over(net, server)
        info = server.run("auth", "api-info", "--perm", "sign").strip().split("=", 1)[-1]
        net.stop()

        net.env = {"LOTUS_MESSAGER_APIINFO": info}
        net.start()
        server = Server(net)
        net.wait_epoch(PERIOD + 200, 600)
        window_posts(server)
        waiting_messages(net, server)
        peers(net, server)
        pruned(server)
    except BaseException:
        if net.program:
            net.program.kill_group()
        raise
    net.stop()


def window_posts(server):
    posts = server.rows("--kind", "SubmitWindowedPoSt")
    check(posts, f"no window PoSt went through the server: {[each['Kind'] for each in server.rows()]}")
    for each in posts:
        check(each["Params"]["Partitions"] and "Deadline" in each["Params"], f"its parameters, decoded: {each['Params']}")
        check(each["Epoch"] == 0 or each["ExitCode"] == 0, f"it failed: {each}")
    check(any(each["Epoch"] > 0 for each in posts), "none is on chain")
    print(f"{len(posts)} window PoSts through lotus-message")


def waiting_messages(net, server):
    """While nothing is mined: one message is replaced, one cancelled, one published again; each nonce is used once."""
    fresh = [net.lotus("wallet", "new", "secp256k1").strip() for _ in range(3)]
    net.pause("miner")
    try:
        cids = [net.lotus("send", to, "1").strip().splitlines()[-1] for to in fresh]
        records = [server.json("message", "show", cid) for cid in cids]
        check(all(each["Epoch"] == 0 and each["Wait"] for each in records), f"they should wait and say why: {records}")
        replaced = server.json("message", "replace", cids[0])
        check(replaced["CID"]["/"] != cids[0] and replaced["Replaced"] == 1, f"replaced: {replaced}")
        premium = [int(each["Message"]["Message"]["GasPremium"]) for each in (records[0], replaced)]
        check(premium[1] >= premium[0] * 1.25, f"premium {premium[0]}, replaced {premium[1]}: pools take 1.25 times")
        cancelled = server.run("message", "cancel", cids[1]).strip()
        check("published again" in server.run("message", "resend", cids[2]), "resend")
    finally:
        net.resume("miner")
    done = [server.json("message", "wait", cid, "--confidence", "1", seconds=180)
            for cid in (replaced["CID"]["/"], cancelled, cids[2])]
    check(all(each["ExitCode"] == 0 for each in done), f"on chain: {done}")
    nonces = [each["Message"]["Message"]["Nonce"] for each in done]
    check(nonces == [each["Message"]["Message"]["Nonce"] for each in records], f"nonces {nonces}")
    # By the first CID too the server tells what became of the message.
    check(server.json("message", "show", cids[0])["CID"] == replaced["CID"], "found by its first CID")
    kit.wait(lambda: balances(net, fresh) == [10**18, 0, 10**18], 60,
             lambda: f"the balances are {balances(net, fresh)}: of the three the second was cancelled")
    said = server.run("message", "replace", cids[2], ok=False)
    check("on chain" in said, f"what is on chain is not replaced: {said}")


def balances(net, addresses):
    return [int(net.api.call("WalletBalance", each)) for each in addresses]


def peers(net, server):
    daemon = net.api.call("NetAddrsListen")
    address = next(each for each in daemon["Addrs"] if "/tcp/" in each) + "/p2p/" + daemon["ID"]
    server.run("net", "connect", address)
    check(daemon["ID"] in server.run("net", "peers"), "the daemon is among its peers")
    check(server.run("net", "id").strip() in net.api.call("NetPeers").__repr__(), "the daemon knows the server")


def pruned(server):
    """What is final goes, and nothing else: neither what waits nor what is young."""
    server.run("message", "prune", ok=False)
    before = {each["ID"]: each for each in server.rows()}
    head = max(each["Epoch"] + each["Confidence"] for each in before.values())
    final = {number for number, each in before.items() if 0 < each["Epoch"] < head - 900}
    check(final, f"nothing is final at epoch {head}")
    said = server.run("message", "prune", "--older-than", "1s")
    left = {each["ID"] for each in server.rows()}
    gone = set(before) - left
    check(f"{len(gone)} messages removed" in said, f"{said}; {len(gone)} are gone")
    check(gone and gone >= final, f"final were {sorted(final)}, gone are {sorted(gone)}")
    # A few more may have become final meanwhile.
    check(all(before[each]["Epoch"] > 0 and before[each]["Confidence"] >= 890 for each in gone), "what was not final is gone")
    server.run("message", "gaps")


if __name__ == "__main__":
    kit.main(routed)
