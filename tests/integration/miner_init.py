#!/usr/bin/env python3
"""A second miner on a mock-proof devnet, made by `lotus-miner init` with an owner and a worker of its own.

init refuses what it must, step by step, and leaves nothing behind. The miner that it makes runs, its storage paths can be
attached, found and detached, its host keeps to its node, and a backup of it, restored into another folder, is the same miner.
"""
import os

import kit
from kit import check
from sealing_kit import Miner, funded, make_miner


def refusals(net, miner, poor):
    """Each step that can fail here says which one it is, and nothing is left."""
    common = ("--network-file", miner.network, "--sector-size", "2KiB", "--nosync")
    for text, arguments, env in [
            ("--sector-size", ("--sector-size", "3KiB"), {}),
            ("node reachable", common, {"LOTUS_PATH": os.path.join(net.folder, "nobody")}),
            ("worker account", (*common, "--owner", poor, "--confidence", "1"), {}),
            ("--confidence", (*common, "--confidence", "x"), {}),
            ("--deposit-margin-factor", (*common, "--deposit-margin-factor", "0.5"), {})]:
        said = miner.run("init", *arguments, env=env, ok=False)
        check(text in said, f"init {arguments} should name {text}:\n{said}")
        check(not os.path.exists(miner.folder), f"init {arguments} left {miner.folder}")


def make(net, miner):
    """A miner whose worker was never on the chain, after all refusals; then the worker gets the funds for messages."""
    refusals(net, miner, net.lotus("wallet", "new", "bls").strip())
    owner, worker = funded(net), net.lotus("wallet", "new", "bls").strip()
    actor = make_miner(miner, owner, worker)
    info = net.api.call("StateMinerInfo", actor, [])
    check(info["SectorSize"] == 2048 and info["PeerId"], f"the new miner: {info}")
    for name, key in (("Owner", owner), ("Worker", worker)):
        found = net.api.call("StateAccountKey", info[name], [])
        check(found == key, f"{name} is {found}, should be {key}")
    again = miner.run("init", "--network-file", miner.network, "--nosync", ok=False)
    check("already initialized" in again, f"a second init: {again}")
    sent = net.lotus("send", worker, "5").strip().splitlines()[-1]
    net.lotus("state", "wait-msg", sent)
    for name in ("config.toml", "storage.json", "sectorstore.json", "datastore", "keystore"):
        check(os.path.exists(os.path.join(miner.folder, name)), f"the repository has no {name}")
    return actor


def paths(miner, folder):
    """Attach, list, find and detach."""
    first = miner.json("storage", "list")
    check(len(first) == 1 and first[0]["Info"]["CanSeal"] and first[0]["Info"]["CanStore"], f"storage list: {first}")
    more = os.path.join(folder, "more")
    refused = miner.run("storage", "attach", "--init", more, ok=False)
    check("--store or --seal" in refused, f"attach without a use: {refused}")
    refused = miner.run("storage", "attach", more, ok=False)
    check("sectorstore.json" in refused or "more" in refused, f"attach of a folder that is none: {refused}")
    miner.run("storage", "attach", "--init", "--store", "--weight", "3", "--max-storage", "1GiB", more)
    listed = miner.json("storage", "list")
    found = next(each for each in listed if each["Path"] == more)
    check(found["Info"]["Weight"] == 3 and not found["Info"]["CanSeal"] and found["Stat"]["Max"] == 2**30, f"{found}")
    check("Store" in miner.run("storage", "list"), "storage list names what the paths are for")
    refused = miner.run("storage", "detach", more, ok=False)
    check("--really-do-it" in refused, refused)
    miner.run("storage", "redeclare", "--all")
    miner.run("storage", "cleanup")
    miner.run("storage", "locks")
    check("no path has" in miner.run("storage", "find", "7", ok=False), "find of a sector that is none")
    miner.run("storage", "detach", "--really-do-it", more)
    check(len(miner.json("storage", "list")) == 1 and os.path.exists(os.path.join(more, "sectorstore.json")),
          "detach leaves the files")


def peers(net, miner, actor):
    """The miner's host: it keeps to its node, and is found by the peer ID that the chain has."""
    own, node = miner.run("net", "id").strip(), net.api.call("ID")

    def connected():
        return [each["ID"] for each in miner.json("net", "peers")]
    check(own == net.api.call("StateMinerInfo", actor, [])["PeerId"], f"the host's ID is {own}")
    kit.wait(lambda: node in connected(), 60, lambda: f"the node {node} is not among the peers {connected()}")
    check(all(line.endswith("/p2p/" + own) for line in miner.run("net", "listen").splitlines()), "net listen")
    check("success" in net.lotus("net", "connect", actor), "the node finds the miner by its address")
    address = next(line for line in net.lotus("net", "listen").splitlines() if "/ip4/" in line)
    pong = miner.run("net", "ping", "--count", "1", address)
    check("Pong received" in pong, pong)
    check(miner.json("net", "bandwidth")["TotalIn"] > 0, "net bandwidth")

    miner.run("net", "disconnect", node)
    kit.wait(lambda: node in connected(), 60, "a node that was disconnected is dialled again")
    miner.run("net", "block", "add", "ip", "10.9.8.7")
    check(miner.json("net", "block", "list")["IPAddrs"] == ["10.9.8.7"], "net block list")
    miner.program.stop()
    miner.start()
    check(miner.json("net", "block", "list")["IPAddrs"] == ["10.9.8.7"], "the block list is kept")
    miner.run("net", "block", "remove", "ip", "10.9.8.7")


def restore(net, miner, actor, folder):
    """Everything that the repository knows, in another folder."""
    miner.program.stop()
    file = folder + ".backup"
    miner.run("backup", "--offline", file)
    check("is there already" in miner.run("backup", "--offline", file, ok=False), "a backup is not overwritten")
    copy = Miner(net, folder)
    cut = file + ".cut"
    with open(file, "rb") as whole, open(cut, "wb") as part:
        part.write(whole.read()[:-7])
    refused = copy.run("init", "restore", "--nosync", cut, ok=False)
    check("backup" in refused and not os.path.exists(folder), f"a cut off backup: {refused}")
    copy.run("init", "restore", "--nosync", "--storage-config", os.path.join(miner.folder, "storage.json"), file,
             seconds=180)
    copy.start()
    check(copy.api.call("ActorAddress") == actor, "the restored miner is another")
    copy.program.stop()


def configuration(miner):
    """The options that differ are not commented out."""
    name = os.path.join(miner.folder, "config.toml")
    with open(name) as file:
        text = file.read()
    with open(name, "w") as file:
        file.write(text.replace("#ParallelCheckLimit = 32", "ParallelCheckLimit = 7"))
    updated = miner.run("config", "updated")
    check("  ParallelCheckLimit = 7" in updated and "  #SingleCheckTimeout" in updated, updated)
    check("  #ParallelCheckLimit = 32" in miner.run("config", "default"), "config default")


def init(folder):
    net = kit.Devnet(os.path.join(folder, "net"), "--proofs", "mock", "--epoch-seconds", "1").start()
    miner = Miner(net, os.path.join(folder, "miner"))
    try:
        net.wait_epoch(2, 300)
        actor = make(net, miner)
        miner.start()
        check(miner.api.call("ActorAddress") == actor, "the miner that runs is another")
        check(f"Miner: {actor}" in miner.run("info"), "info")
        paths(miner, folder)
        peers(net, miner, actor)
        configuration(miner)
        restore(net, miner, actor, os.path.join(folder, "restored"))
    finally:
        if miner.program:
            miner.program.kill_group()
        net.stop()


if __name__ == "__main__":
    kit.main(init)
