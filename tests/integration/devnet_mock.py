#!/usr/bin/env python3
"""A mock-proof devnet: the tour of the README, then a whole proving period in which power never drops."""
import json
import re

import kit
from kit import check

PERIOD = 2880  # epochs of a proving period


def tour(folder):
    """What a newcomer types: chain list, wallet new, send, get-actor before and after, mpool pending, getmessage."""
    net = kit.Devnet(folder, "--proofs", "mock", "--epoch-seconds", "1").start()
    try:
        net.wait_epoch(5, 300)
        listed = net.lotus("chain", "list", "--count", "5").strip().splitlines()
        check(len(listed) == 5, f"chain list --count 5 printed {len(listed)} lines:\n" + "\n".join(listed))

        address = net.lotus("wallet", "new", "bls").strip()
        check(re.fullmatch(r"t3[a-z2-7]{84}", address), f"not a BLS address of a test network: {address!r}")
        before = net.lotus("state", "get-actor", address, ok=False)
        check("not" in before and address in before, f"get-actor of a new address should say that it is not on chain: {before}")

        cid = net.lotus("send", address, "1.5").strip().splitlines()[-1]
        net.lotus("mpool", "pending")
        net.lotus("state", "wait-msg", cid, seconds=120)
        actor = net.lotus("state", "get-actor", address)
        check("1.5 FIL" in actor, f"the balance should be 1.5 FIL:\n{actor}")
        check(re.search(r"Nonce:\s+0", actor), f"the nonce should be 0:\n{actor}")
        message = json.loads(net.lotus("chain", "getmessage", cid))
        message = message.get("Message", message)  # a secp256k1 message lies on chain with its signature
        check(message["To"] == address and message["Value"] == str(15 * 10**17), f"getmessage gave {message}")

        check("1.5" in net.lotus("wallet", "balance", address), "wallet balance differs from the actor's")
        exported = net.lotus("wallet", "export", address).strip()
        check(json.loads(bytes.fromhex(exported))["Type"] == "bls", "wallet export is not lotus's hex of JSON")
        check("done" in net.lotus("sync", "wait").lower(), "sync wait should say it is done")
        traces(net, cid)
        as_json(net, address)
    finally:
        net.stop()


def as_json(net, address):
    """What prints data prints it as JSON where that is asked for."""
    miner = net.api.call("StateListMiners", [])[0]
    for command in ["version", "log list", "info", "mpool pending", "mpool stat", "mpool nonce", "wallet default",
                    f"wallet balance {address}", f"state lookup {address}", "state list-actors", "state network-version",
                    "state actor-cids", "state circulating-supply", "state circulating-supply --vm-supply", "state list-miners",
                    f"state sector {miner} 0", f"state sector-size {miner}", f"state miner-proving-deadline {miner}",
                    f"state market balance {address}", "chain gas-price"]:
        out = net.lotus(*command.split(), "--json")
        try:
            json.loads(out)
        except ValueError:
            raise kit.Failure(f"lotus {command} --json prints no JSON:\n{out}")
    check(json.loads(net.lotus("wallet", "balance", address, "--json")) == str(15 * 10**17), "the balance in attoFIL")


def traces(net, cid):
    """Calls inside calls, in lotus's JSON, and parameters decoded by the methods that they went to."""
    replay = net.api.call("StateReplay", [], {"/": cid})["ExecutionTrace"]
    check(replay["MsgRct"]["ExitCode"] == 0 and replay["GasCharges"], f"StateReplay gave {replay}")
    check(replay["Subcalls"] is None and "Logs" not in replay, f"a plain send calls nothing else: {replay}")
    head = net.api.call("ChainHead")
    computed = net.api.call("StateCompute", head["Height"], None, head["Cids"])["Trace"]
    reward = next(each for each in computed if each["Msg"]["To"] == "t02")
    tree = reward["ExecutionTrace"]
    check(tree["InvokedActor"]["Id"] == 2, f"the reward's own actor: {tree}")
    inner = tree["Subcalls"][0]
    check(inner["Msg"]["From"] == "t02" and inner["Msg"]["Value"] != "0", f"the reward pays the miner: {inner}")
    decoded = net.api.call("StateDecodeParams", "t02", 2, reward["Msg"]["Params"], [])
    check(decoded["Miner"] == head["Blocks"][0]["Miner"] and decoded["WinCount"] >= 1, f"decoded: {decoded}")
    code = net.api.call("StateGetActor", "t02", [])["Code"]
    check(net.api.call("StateEncodeParams", code, 2, decoded) == reward["Msg"]["Params"], "parameters encoded again")


def period(folder):
    """3,000 epochs with every window PoSt: raw power is the genesis power at every deadline of a proving period."""
    net = kit.Devnet(folder, "--proofs", "mock", "--epoch-seconds", "1", "--warp", "3000").start()
    try:
        net.wait_epoch(PERIOD + 60, 1800)
        head = net.api.call("ChainHead")
        check(head["Height"] >= PERIOD + 60, f"head is at {head['Height']}")
        miner = net.api.call("StateListMiners", [])[0]
        genesis = net.api.call("ChainGetGenesis")
        expected = net.api.call("StateMinerPower", miner, genesis["Cids"])
        check(int(expected["MinerPower"]["RawBytePower"]) >= 4096, f"genesis power is {expected}")
        for epoch in range(60, head["Height"], 60):
            tipset = net.api.call("ChainGetTipSetByHeight", epoch, head["Cids"])
            power = net.api.call("StateMinerPower", miner, tipset["Cids"])
            check(power == expected or int(power["MinerPower"]["RawBytePower"]) >= int(expected["MinerPower"]["RawBytePower"]),
                  f"power at epoch {epoch} is {power['MinerPower']}, in genesis {expected['MinerPower']}")
        faults = net.api.call("StateMinerFaults", miner, head["Cids"])
        check(faults in ([0], [], None), f"faulty sectors: {faults}")
        print(f"power {expected['MinerPower']['RawBytePower']} held over {head['Height']} epochs")
    finally:
        net.stop()


def killed(folder):
    """kill -9 of everything, then the same chain goes on."""
    net = kit.Devnet(folder, "--proofs", "mock", "--epoch-seconds", "1").start()
    net.wait_epoch(4, 300)
    genesis = net.api.call("ChainGetGenesis")["Cids"]
    height = net.api.call("ChainHead")["Height"]
    net.program.kill_group()
    net.start()
    try:
        check(net.api.call("ChainGetGenesis")["Cids"] == genesis, "the genesis changed over a restart")
        check(net.wait_epoch(height + 2, 120) > height, "the chain did not go on")
    finally:
        net.stop()


if __name__ == "__main__":
    kit.main(tour, killed, period)
