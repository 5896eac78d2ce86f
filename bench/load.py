"""What the benchmarks of JSON-RPC servers share: a load by wrk, and its figures."""
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def need_wrk():
    if not shutil.which("wrk"):
        sys.exit("wrk is needed (Debian package wrk)")


def load(url, bodies, clients, seconds, token="", explain=lambda: ""):
    """Requests a second and the 99th percentile in ms, of requests with these bodies in turn. Ends the program when an
    answer is wrong, with what `explain` gives."""
    environment = {**os.environ, "RPC_BODY": "\n".join(bodies), **({"RPC_TOKEN": token} if token else {})}
    out = subprocess.run(["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "30s", "--latency",
                          "-s", os.path.join(HERE, "rpc.lua"), url], env=environment, capture_output=True, text=True)
    line = [each for each in out.stdout.splitlines() if each.startswith("RESULT ")]
    if not line:
        sys.exit(f"wrk gave no result at {url}:\n{out.stdout}{out.stderr}{explain()}")
    rate, p99, wrong = line[0].split()[1:]
    if int(wrong):
        sys.exit(f"{wrong} wrong answers at {url}, {bodies[0]}: {explain()}")
    return float(rate), float(p99)
