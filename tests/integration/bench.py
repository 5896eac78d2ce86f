#!/usr/bin/env python3
"""lotus-bench: sealing without its SNARK, and the steps one by one, on sectors of 2 KiB. Needs no parameters."""
import json
import os

import kit
from kit import check

SIZE = ("--sector-size", "2KiB")
STEPS = ("AddPiece", "PreCommit1", "PreCommit2", "Commit1", "Unseal")


def bench(*arguments, **more):
    return kit.run("lotus-bench", *arguments, **more)


def sealing(folder):
    """The numbers of two sectors, and that nothing is left behind."""
    store = os.path.join(folder, "store")
    saved = os.path.join(folder, "input.json")
    result = json.loads(bench("sealing", *SIZE, "--storage-dir", store, "--num-sectors", "2", "--skip-commit2",
                              "--save-commit2-input", saved, "--json"))
    check(result["SectorSize"] == 2048 and result["SectorNumber"] == 2, f"it is of other sectors: {result}")
    check(len(result["SealingResults"]) == 2, f"not two sectors: {result}")
    for step in STEPS:
        times = [each[step] for each in result["SealingResults"]]
        check(all(0 < time < 60e9 for time in times), f"{step} took {times} ns")
        check(result["SealingSum"][step] == sum(times), f"the sum of {step} is {result['SealingSum'][step]}, not of {times}")
    check(result["SealingSum"]["Commit2"] == 0 and result["PostWindowProofCold"] == 0, f"something was proved: {result}")
    check(os.listdir(store) == [], f"it left {os.listdir(store)}")
    check(json.load(open(saved))["SectorNum"] == 1, "the saved input is not that of the last sector")


def sealing_without_unsealing(folder):
    """For people: a line a step with its rate; progress on stderr."""
    out = bench("sealing", *SIZE, "--storage-dir", folder, "--skip-commit2", "--skip-unseal")
    for text in ("SectorSize:(2048), SectorNumber:(1)", "seal: addPiece: ", "seal: preCommit phase 1: ", "KiB/s"):
        check(text in out, f"no {text!r} in:\n{out}")
    check("unseal" not in out and "commit phase 2" not in out, f"steps that were skipped in:\n{out}")


def steps(folder):
    """A sector step by step up to commit1, then an update of it; each step takes what the one before gave."""
    def at(name):
        return os.path.join(folder, name)

    def simple(step, *arguments):
        out = json.loads(bench("simple", step, *SIZE, "--json", *arguments))
        check(any(isinstance(value, int) and value > 0 for value in out.values()), f"{step} gave no time: {out}")
        return out

    zeros = simple("addpiece", "/dev/zero", at("unsealed"))
    check(zeros["Size"] == 2048 and os.path.getsize(at("unsealed")) == 2048, f"the piece is {zeros}")
    zero_cid = zeros["PieceCID"]["/"]
    phase_1 = simple("precommit1", at("unsealed"), at("sealed"), at("cache"), zero_cid, "2048")["PreCommit1Out"]
    sector = simple("precommit2", at("sealed"), at("cache"), phase_1)
    check(sector["UnsealedCID"]["/"] == zero_cid, f"comm D is {sector}")
    sealed = sector["SealedCID"]["/"]
    simple("commit1", at("sealed"), at("cache"), zero_cid, sealed, at("c1.json"))
    saved = json.load(open(at("c1.json")))
    check(saved["SectorNum"] == 1 and saved["SectorSize"] == 2048 and len(saved["Phase1Out"]) > 1000,
          "commit1 wrote something else")

    data = simple("addpiece", "/dev/urandom", at("new"))["PieceCID"]["/"]
    update = simple("replicaupdate", at("sealed"), at("cache"), at("new"), at("update"), at("update-cache"), data, "2048")
    check(update["NewUnsealed"]["/"] == data, f"the update holds other data: {update}")
    simple("provereplicaupdate1", at("sealed"), at("cache"), at("update"), at("update-cache"), sealed,
           update["NewSealed"]["/"], data, at("vanilla.json"))
    check(os.path.getsize(at("vanilla.json")) > 1000, "no vanilla proofs")

    again = bench("simple", "precommit1", *SIZE, at("unsealed"), at("sealed"), at("cache"), zero_cid, "2048", ok=False)
    check("is not empty" in again, f"a cache that holds a seal was taken: {again}")


def parameters_missing(folder):
    """Before anything is sealed: which file, and how to get it."""
    said = bench("sealing", *SIZE, "--storage-dir", os.path.join(folder, "store"),
                 env={"FIL_PROOFS_PARAMETER_CACHE": os.path.join(folder, "none")}, ok=False)
    check("there is no file" in said and "lotus fetch-params --porep 2KiB" in said, f"it said {said}")
    check(not os.path.exists(os.path.join(folder, "store")), "it began before it looked")


if __name__ == "__main__":
    kit.main(sealing, sealing_without_unsealing, steps, parameters_missing)
