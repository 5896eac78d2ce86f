#!/usr/bin/env python3
"""Two processes of one miner actor on a mock-proof devnet that is mined at full speed: one seals, the other proves. They
share a storage path; power grows by what was sealed, also by a sector that came while both ran."""
import json
import os

import kit
from kit import check, wait
from sealing_kit import Miner, funded, make_miner

SECTORS = 2
SECTOR_BYTES = 2048
QUICK_BATCHES = {"LOTUS_SEALING_PRECOMMITBATCHWAIT": "4s", "LOTUS_SEALING_COMMITBATCHWAIT": "4s"}


def pledge(sealer, sectors, count):
    for _ in range(count):
        sealer.json("sectors", "pledge")
    wait(lambda: sealer.api.call("SectorsSummary").get("Proving") == sectors, 120,
         lambda: f"{sealer.run('sectors', 'stuck', '--all')}\n{sealer.program.tail()}")


def wait_power(net, actor, sectors, poster):
    """A sector counts from its first window PoSt; one that came too late for its deadline is declared recovered."""
    def power():
        return int(net.api.call("StateMinerPower", actor, [])["MinerPower"]["RawBytePower"])
    wait(lambda: power() == sectors * SECTOR_BYTES, 300,
         lambda: f"power {power()}, not {sectors} sectors'\n{poster.program.tail()}")
    print(f"epoch {net.nodes[0].height()}: {sectors} sectors count", flush=True)


def roles(folder):
    net = kit.Devnet(os.path.join(folder, "net"), "--proofs", "mock", "--epoch-seconds", "1", "--warp", "100000", "--sparse", "1")
    net.start()
    sealer = Miner(net, os.path.join(folder, "sealer"), LOTUS_SUBSYSTEMS_ENABLEMINING="false", **QUICK_BATCHES)
    poster = Miner(net, os.path.join(folder, "poster"), LOTUS_SUBSYSTEMS_ENABLESEALING="false")
    try:
        actor = make_miner(sealer, funded(net), funded(net))
        sealer.start()
        pledge(sealer, SECTORS, SECTORS)
        backup = os.path.join(folder, "backup")
        sealer.run("backup", "--offline", backup, ok=False)  # the repository is in use
        sealer.program.stop()
        sealer.run("backup", "--offline", backup)
        poster.run("init", "restore", "--nosync", "--storage-config", os.path.join(sealer.folder, "storage.json"), backup,
                   seconds=180)
        sealer.start()
        poster.start()
        refused = poster.run("sectors", "pledge", ok=False)
        check("EnableSealing" in refused, f"the proving process should not pledge: {refused}")
        pledge(sealer, SECTORS + 1, 1)
        wait_power(net, actor, SECTORS + 1, poster)

        check(not any("sealing" in line and "->" in line for line in poster.program.lines), "the proving process sealed")
        check(not any("window PoSt" in line for line in sealer.program.lines), "the sealing process proved")
        faults = json.loads(poster.run("proving", "faults", "--json"))
        check(faults == [], f"faults: {faults}")
    finally:
        for miner in (sealer, poster):
            if miner.program:
                miner.program.kill_group()
        net.stop()


if __name__ == "__main__":
    kit.main(roles)
