#!/usr/bin/env python3
"""The faucet on a devnet, asked through its page in a real browser: one grant a wallet, under whatever name, and after
a restart."""
import os
import re

import browser
import kit
from fake_server import FakeServer
from kit import check


def start_fountain(folder, net, env=None):
    """The program, and the address of its page."""
    program = kit.Program(os.path.join(kit.BIN, "lotus-fountain"), "--fountain-repo", folder, "run", "--front",
                          "127.0.0.1:0", "--amount", "3", name="fountain",
                          env={"LOTUS_PATH": net.info["daemon"]["repository"], **(env or {})})
    try:
        return program, program.wait_line(r"gives 3 FIL .* at (http://127\.0\.0\.1:\d+/)", 60).group(1)
    except BaseException:
        program.kill_group()
        raise


def ask(page, wallet):
    page.fill("#ask input", wallet)
    page.click("#ask button.main")


def refusal(page, wallet, reason):
    ask(page, wallet)
    page.wait(f"document.querySelector('#refused').textContent.includes({reason!r})", 30, f"{wallet}: no word of \"{reason}\"")


def fountain(folder):
    net = kit.Devnet(os.path.join(folder, "net"), "--proofs", "mock", "--epoch-seconds", "1").start()
    home = os.path.join(folder, "fountain")
    program, url = start_fountain(home, net)
    try:
        address = net.lotus("wallet", "new", "secp256k1").strip()
        with browser.Browser(folder) as page:
            page.open(url)
            page.wait("document.querySelector('#terms').textContent.includes('3 FIL for a wallet every 10 min')", 20, "no terms")
            ask(page, address)
            page.wait("document.querySelector('#state').textContent.startsWith('on the chain')", 120, "the grant is not on the chain")
            cid = page.run("document.querySelector('#cid').textContent")
            check(re.fullmatch(r"bafy2[a-z2-7]+", cid), f"the message is {cid!r}")
            check("3 FIL" in net.lotus("wallet", "balance", address), "the balance after a grant")

            # Once on chain it has an ID too, and that is the same wallet; so is the other network's letter.
            refusal(page, address, "next grant is possible in 10 min")
            number = net.api.call("StateLookupID", address, [])
            refusal(page, number, "next grant is possible")
            refusal(page, "f" + address[1:], "next grant is possible")
            # Not the last letter: some of its bits lie past the end, and those have a refusal of their own.
            refusal(page, address[:20] + ("a" if address[20] != "a" else "b") + address[21:], "checksum")
            refusal(page, "t099", "not a wallet")
            refusal(page, "hello", "not an address")

            check(program.stop() == 0, f"the faucet's end:\n{program.tail()}")
            program, url = start_fountain(home, net)
            page.problems.clear()  # the page that was left asked in vain
            page.open(url)
            page.wait("document.querySelector('#terms').textContent.includes('59 of 60 grants')", 20, "the hour's grants after a restart")
            refusal(page, address, "next grant is possible")
            page.check_quiet()
    finally:
        program.kill_group()
        net.stop()
    gone = kit.run("lotus-fountain", "--fountain-repo", home, "run", ok=False,
                   env={"LOTUS_PATH": os.path.join(folder, "nowhere"), "FULLNODE_API_INFO": ""})
    check(gone.count("\n") <= 4 and "lotus daemon" in gone, f"without a node: {gone}")


def through_server(folder):
    """Grants go through the message server; one whose answer is lost stays one grant."""
    server = FakeServer()
    net = kit.Devnet(os.path.join(folder, "net"), "--proofs", "mock", "--epoch-seconds", "1").start()
    program = None
    try:
        server.api = net.api
        server.keys.add(net.info["defaultAddress"])
        program, url = start_fountain(os.path.join(folder, "fountain"), net, {"MESSAGE_API_INFO": server.info()})
        api = kit.Api(url + "rpc/v1")
        address = net.lotus("wallet", "new", "bls").strip()
        server.lose_answers = 1
        try:
            api.call("FountainGrant", address)
        except kit.Failure as lost:
            check("asking again is safe" in str(lost), str(lost))
        else:
            raise kit.Failure("the answer was lost, and nobody said so")
        check(api.call("FountainState", address)["State"] == "sending", "a grant without an answer")
        again = api.call("FountainGrant", address)
        check([each["CID"] for each in server.rows.values()] == [again["CID"]], f"one message, not {server.rows}")
        kit.wait(lambda: api.call("FountainState", address)["State"] == "on chain", 120,
                 lambda: str(api.call("FountainState", address)))
        check("3 FIL" in net.lotus("wallet", "balance", address), "the balance after the grant")
    finally:
        if program:
            program.kill_group()
        net.stop()
        server.stop()


if __name__ == "__main__":
    kit.main(fountain, through_server)
