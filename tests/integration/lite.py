#!/usr/bin/env python3
"""A lite node beside a devnet: its own keys, everything else through the devnet's daemon."""
import json
import os
import re

import kit
from kit import check


def start_lite(folder, info):
    """`lotus daemon --lite` in a repository of its own; gives the program and its environment for commands."""
    port = kit.free_port()
    program = kit.Program(os.path.join(kit.BIN, "lotus"), "daemon", "--lite", "--api", port, name="lite",
                          env={"LOTUS_PATH": folder, "FULLNODE_API_INFO": info})
    try:
        program.wait_line(r"lite node of", 60)
    except BaseException:
        program.kill_group()
        raise
    return program, {"LOTUS_PATH": folder}


def lite(folder):
    net = kit.Devnet(os.path.join(folder, "net"), "--proofs", "mock", "--epoch-seconds", "1").start()
    home = os.path.join(folder, "lite")
    info = net.lotus("auth", "api-info", "--perm", "write").strip().split("=", 1)[-1]
    program, env = start_lite(home, info)
    try:
        def lotus(*arguments, **more):
            return kit.run("lotus", *arguments, env=env, **more)

        # The chain is the full node's, the keys are not.
        check(len(lotus("chain", "list", "--count", "2").strip().splitlines()) == 2, "chain list through the lite node")
        address = lotus("wallet", "new", "secp256k1").strip()
        check(re.fullmatch(r"t1[a-z2-7]{39}", address), f"not an address of a test network: {address!r}")
        check(address not in net.lotus("wallet", "list"), "the full node has the lite node's key")

        funded = net.lotus("send", address, "10").strip().splitlines()[-1]
        lotus("state", "wait-msg", funded, seconds=120)
        check("10 FIL" in lotus("wallet", "balance", address), "the balance at the lite node")

        # Signed here, sent there; the node's own nonces follow each other without waiting for blocks.
        to = net.lotus("wallet", "default").strip()
        sent = [lotus("send", "--from", address, to, amount).strip().splitlines()[-1] for amount in ("1", "2", "3")]
        for cid in sent:
            lotus("state", "wait-msg", cid, seconds=120)
        nonces = [json.loads(lotus("chain", "getmessage", cid)) for cid in sent]
        check([m.get("Message", m)["Nonce"] for m in nonces] == [0, 1, 2], f"nonces: {nonces}")

        # Streams come through, and what needs the full node's own rights does not.
        api = kit.Api(f"http://127.0.0.1:{json_port(home)}/rpc/v1", open(os.path.join(home, "token")).read())
        check(api.call("Version")["BlockDelay"] == 1, "the lite node's version")
        head = api.call("ChainHead")
        check(head["Height"] > 0 and api.call("StateMinerPower", "t01000", []), "reads through the lite node")
        try:
            api.call("ChainSetHead", head["Cids"])
        except kit.Failure as refused:
            check("a lite node has no ChainSetHead" in str(refused), str(refused))
        else:
            raise kit.Failure("a lite node must not set another node's head")

        # Restarted, it has its key, and goes on numbering.
        check(program.stop() == 0, f"the lite node's end:\n{program.tail()}")
        program, env = start_lite(home, info)
        check(address in lotus("wallet", "list"), "the key is gone after a restart")
        again = lotus("send", "--from", address, to, "1").strip().splitlines()[-1]
        lotus("state", "wait-msg", again, seconds=120)

        # Without the full node it says so, and lives.
        net.stop()
        gone = lotus("chain", "head", ok=False)
        check("the full node at" in gone, f"what a lite node says without its full node: {gone}")
        api = kit.Api(f"http://127.0.0.1:{json_port(home)}/rpc/v1", api.token)
        check(address in api.call("WalletList"), "keys need no full node")
    finally:
        net.program.kill_group()
        program.kill_group()
    message = kit.run("lotus", "daemon", "--lite", env={"LOTUS_PATH": home, "FULLNODE_API_INFO": ""}, ok=False)
    check("FULLNODE_API_INFO" in message, f"without a full node: {message}")


def json_port(home):
    return re.search(r"/tcp/(\d+)", open(os.path.join(home, "api")).read()).group(1)


if __name__ == "__main__":
    kit.main(lite)
