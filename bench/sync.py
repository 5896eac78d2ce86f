#!/usr/bin/env python3
"""Catch-up benchmark: a chain of mock proofs with messages, synced into an empty store without a network.

    bench/sync.py [--epochs 1200] [--messages 10] [--rounds 3] [--chain FOLDER]

The chain is made once (in FOLDER, kept there when given) by build/release/bin/bench_sync; every round is a process of its own.
Printed are the median rate and the highest peak of resident memory, the source's share of it included.
"""
import argparse
import os
import re
import statistics
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(HERE, "..", "build", "release", "bin", "bench_sync")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=1200)
    parser.add_argument("--messages", type=int, default=10, help="in every block")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--chain", help="folder of the chain; made when it is not there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nelumbo-bench-") as temporary:
        chain = options.chain or os.path.join(temporary, "chain")
        if not os.path.exists(chain):
            subprocess.run([PROGRAM, "make", chain, str(options.epochs), str(options.messages)], check=True)
        rounds = []
        for _ in range(options.rounds):
            out = subprocess.run([PROGRAM, "run", chain], check=True, capture_output=True, text=True).stdout
            line = next(each for each in out.splitlines() if each.startswith("RESULT "))
            print(line)
            rounds.append({name: float(value) for name, value in re.findall(r"(\w+)=([0-9.]+)", line)})
    median = {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}
    print(f"{median['epochs']:.0f} epochs, {median['messages']:.0f} messages: {median['seconds']:.2f} s, "
          f"{median['epochs_per_second']:.0f} epochs/s, {median['messages_per_second']:.0f} messages/s, peak "
          f"{max(each['peak_mib'] for each in rounds):.0f} MiB")


if __name__ == "__main__":
    main()
