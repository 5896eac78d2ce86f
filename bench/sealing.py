#!/usr/bin/env python3
"""What the miner's way to a sealed and proven sector costs over the engine called directly, step by step.

    bench/sealing.py [--size 2KiB] [--pairs 10] [--steps AP,PC1,PC2,C1,POST] [--folder FOLDER]

Each pair is two sectors of the same data, sealed step by step in turn in one process (bench/sealing_bench.cpp): one through
sealing::LocalSealer and its storage, with its syncs, one by the engine's calls on bare files. Printed are medians, the
ratio ours / direct pair by pair (median, least and most) of wall and of processor time, and the machine's load. A step
C2 needs the PoRep parameters; POST makes those of window PoSt where they are missing, so name another parameter cache
(FIL_PROOFS_PARAMETER_CACHE) for sizes that public networks have.
"""
import argparse
import collections
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(HERE, "..", "build", "release", "bin", "bench_sealing")


def ratio_text(ratios):
    return f"{statistics.median(ratios):6.3f} ({min(ratios):.3f} to {max(ratios):.3f})"


def row(name, lines):
    ours = statistics.median(each["ours"] for each in lines)
    direct = statistics.median(each["direct"] for each in lines)
    wall = ratio_text([each["ours"] / each["direct"] for each in lines])
    cpu = ratio_text([each["ours_cpu"] / each["direct_cpu"] for each in lines])
    return f"{name:6} {ours:10.4f} s {direct:10.4f} s   wall {wall}   cpu {cpu}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="2KiB")
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--steps", default="AP,PC1,PC2,C1,POST")
    parser.add_argument("--folder", help="where the sectors are made (default: the system's temporary folder)")
    options = parser.parse_args()
    print(f"{options.size}, {options.pairs} pairs, load before {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    arguments = [PROGRAM, options.size, str(options.pairs), options.steps] + ([options.folder] if options.folder else [])
    steps, pairs = collections.defaultdict(list), collections.defaultdict(list)
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as program:
        for text in program.stdout:
            if not text.startswith("{"):
                continue
            line = json.loads(text)
            steps[line["step"]].append(line)
            pairs[line["pair"]].append(line)
    if program.returncode:
        sys.exit(f"{PROGRAM} ended with {program.returncode}")
    print(f"{'step':6} {'ours':>12} {'direct':>12}   ours / direct: median (least to most)")
    for name, lines in steps.items():
        print(row(name, lines))
    figures = ("ours", "direct", "ours_cpu", "direct_cpu")
    print(row("all", [{each: sum(line[each] for line in lines) for each in figures} for lines in pairs.values()]))
    print(f"load after {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
