#!/usr/bin/env python3
"""A devnet with real proofs: sealed sectors, WinningPoSt in every block, a window PoSt accepted, stopped and continued."""
import kit
from kit import check

SUBMIT_WINDOWED_POST = 5


def real_proofs(folder):
    """Sparse warp through the whole first proving period, so that the miner's deadline with sectors comes by."""
    net = kit.Devnet(folder, "--proofs", "real", "--warp", "3000", "--sparse", "400").start(seconds=900)
    try:
        genesis = net.api.call("ChainGetGenesis")["Cids"]
        miner = net.api.call("StateListMiners", [])[0]
        power = net.api.call("StateMinerPower", miner, [])["MinerPower"]
        net.wait_epoch(2950, 1500)
        head = net.api.call("ChainHead")
        accepted = window_posts(net, miner, head)
        check(accepted, f"no SubmitWindowedPoSt with exit code 0 up to epoch {head['Height']}")
        print(f"window PoSts accepted at epochs {accepted}")
        now = net.api.call("StateMinerPower", miner, [])["MinerPower"]
        check(now == power, f"power was {power}, is {now}")
    finally:
        net.stop()
    net.start(seconds=300)
    try:
        check(net.api.call("ChainGetGenesis")["Cids"] == genesis, "the genesis changed over a restart")
        net.wait_epoch(head["Height"] + 1, 300)
    finally:
        net.stop()


def window_posts(net, miner, head):
    """Epochs in which a SubmitWindowedPoSt to the miner succeeded."""
    found = []
    tipset = head
    while tipset["Height"] > 0:
        block = tipset["Cids"][0]
        messages = net.api.call("ChainGetParentMessages", block) or []
        receipts = net.api.call("ChainGetParentReceipts", block) or []
        for message, receipt in zip(messages, receipts):
            if message["Message"]["To"] == miner and message["Message"]["Method"] == SUBMIT_WINDOWED_POST:
                check(receipt["ExitCode"] == 0, f"a window PoSt failed with exit code {receipt['ExitCode']} below {tipset['Height']}")
                found.append(tipset["Height"])
        tipset = net.api.call("ChainGetTipSet", tipset["Blocks"][0]["Parents"])
    return found


if __name__ == "__main__":
    kit.main(real_proofs)
