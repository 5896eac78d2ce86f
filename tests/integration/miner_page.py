#!/usr/bin/env python3
"""The miner's page in a real browser: power, sectors by state, deadlines, proofs, storage; and the word of a token."""
import os

import browser
import kit
from kit import check


def miner_page(folder):
    net = kit.Devnet(os.path.join(folder, "net"), "--proofs", "mock", "--epoch-seconds", "1", "--warp", "3000", "--sparse",
                     "60").start()
    try:
        with browser.Browser(folder) as page:
            page.open(net.info["miners"][0]["url"] + "/")
            page.wait("document.querySelector('#power dd')", 60, "no power is shown")
            check("of 4 KiB" in page.text() and "t01000" in page.text(), page.text())
            page.wait("document.querySelector('#states tbody .number')", 60, "no states are shown")
            check(page.rows("states") == [["Proving", "2"]], f"states: {page.rows('states')}")
            page.wait("document.querySelector('#waits-age').innerText.includes('ago')", 60, "what sectors wait for is not known")
            check(page.rows("waits")[0][0] == "No sector waits for anything.", f"waits: {page.rows('waits')}")
            deadlines = page.rows("deadlines")
            check(any(row[5] == "2" and row[6] == "0" for row in deadlines), f"deadlines: {deadlines}")
            page.wait("document.querySelector('#posts tbody code')", 120, "no window PoSt is shown")
            storage = page.rows("storage")
            check(any("pre-sealed" in row[0] and row[6] == "in use" for row in storage), f"storage: {storage}")
            page.check_quiet()
            page.fill("#token input", "nonsense")
            page.click("#token button")
            page.wait("document.querySelector('#notice').innerText.includes('refuses the token')", 20, "no word of the wrong token")
            page.click("#forget")
            page.wait("document.querySelector('#notice').hidden", 20, "the page does not come back")
    finally:
        net.stop()


if __name__ == "__main__":
    kit.main(miner_page)
