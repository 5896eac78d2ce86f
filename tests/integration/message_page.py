#!/usr/bin/env python3
"""The message server's page in a real browser: a wallet, a message that waits with its reason, and then among what is
done; and a daemon that sends through the server."""
import functools
import os

import browser
import kit
from kit import check


def lotus_message(net, *arguments, **more):
    return kit.run("lotus-message", "--message-repo", net.info["message"]["repository"], *arguments, **more)


def send(api, sender, to):
    """The message; nothing while the node is still busy compiling the actors, its first work."""
    try:
        return api.call("MpoolPushMessage", {"Version": 0, "To": to, "From": sender, "Nonce": 0, "Value": str(10**18), "GasLimit": 0,
                                             "GasFeeCap": "0", "GasPremium": "0", "Method": 0, "Params": ""}, None)
    except kit.Failure as failed:
        check("no full node answers" in str(failed), str(failed))
        return None


def message_page(folder):
    net = kit.Devnet(os.path.join(folder, "net"), "--proofs", "mock", "--epoch-seconds", "1", message=True).start()
    try:
        server = net.info["message"]
        sender, to = net.info["defaultAddress"], net.lotus("wallet", "new", "bls").strip()
        net.give_key(sender, functools.partial(lotus_message, net))
        api = kit.Api(server["url"] + "/rpc/v1", server["token"])

        with browser.Browser(folder) as page:
            page.open(server["url"] + "/")
            page.wait("document.querySelector('#wallets tbody code')", 30, "no wallet is shown")
            check(page.rows("wallets")[0][0] == sender, f"wallets: {page.rows('wallets')}")
            page.wait("document.querySelector('#nodes tbody')?.innerText.includes('answers')", 30, "no node is shown that answers")

            # Nobody mines: what is sent waits, and the page says why.
            net.pause("miner")
            before = int(page.rows("wallets")[0][2])
            sent = kit.wait(lambda: send(api, sender, to), 120, "no node has estimated the message's gas")
            cid = sent["CID"]["/"]
            page.wait(f"[...document.querySelectorAll('#pending tbody tr')].some(row => row.innerText.includes('{cid}'))", 30,
                      "the message is not among what waits")
            row = next(each for each in page.rows("pending") if each[0] == cid)
            check(row[3] == "Send" and row[5] not in ("", "not said"), f"the row of what waits: {row}")
            print(f"waits: {row[5]}")
            page.wait(f"document.querySelector('#wallets tbody tr').cells[2].innerText === '{before + 1}'", 20, "the next nonce")

            net.resume("miner")
            page.wait(f"[...document.querySelectorAll('#history tbody tr')].some(row => row.innerText.includes('{cid}') && row.innerText.includes('done'))",
                      120, "the message is not among what is done")
            page.wait(f"![...document.querySelectorAll('#pending tbody tr')].some(row => row.innerText.includes('{cid}'))", 30,
                      "the message still waits")

            # A token is kept for the tab; a wrong one is said plainly.
            page.check_quiet()
            page.fill("#token input", "nonsense")
            page.click("#token button")
            page.wait("document.querySelector('#notice').innerText.includes('refuses the token')", 20, "no word of the wrong token")
            page.click("#forget")
            page.wait("document.querySelector('#notice').hidden", 20, "the page does not come back")
    finally:
        net.stop()


if __name__ == "__main__":
    kit.main(message_page)
