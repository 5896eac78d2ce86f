#!/usr/bin/env python3
"""kill -9 of lotus-miner a hundred times while twenty sectors are sealed (mock proofs), and of the daemon on the way.

Each state is met at least once by a kill, most often at random. In the end all twenty prove: each was sealed once,
pre-committed once and proven once, no message was sent twice, no deposit is lost and nothing is burnt.
"""
import http.client
import json
import os
import random
import threading
import time

import kit
from kit import check
from sealing_kit import PRE_COMMIT, PROVE_COMMIT, WINDOW_POST, Miner, funded, make_miner, on_chain_messages, sectors_in

KILLS = 100
DAEMON_AFTER = [15, 50, 85]  # kills after which the daemon is killed too; it takes half a minute until blocks come again
# Bursts of sectors: how many, from which kill on, with which options, and the states that only they come through.
BATCHES = {"LOTUS_SEALING_PRECOMMITBATCHWAIT": "2s", "LOTUS_SEALING_COMMITBATCHWAIT": "3s",
           # Before a ticket's end, which an epoch of a second brings in 48 minutes.
           "LOTUS_SEALING_PRECOMMITBATCHSLACK": "1s", "LOTUS_SEALING_COMMITBATCHSLACK": "1s"}
SINGLY = {**BATCHES, "LOTUS_SEALING_AGGREGATECOMMITS": "false", "LOTUS_SEALING_FINALIZEEARLY": "true"}
ALWAYS = ["Packing", "GetTicket", "PreCommit1", "PreCommit2", "SubmitPreCommitBatch", "PreCommitBatchWait", "WaitSeed",
          "Committing", "FinalizeSector"]
BURSTS = [(6, 0, BATCHES, [*ALWAYS, "SubmitCommitAggregate", "CommitAggregateWait"]), (6, 30, BATCHES, []),
          (4, 60, SINGLY, ["CommitFinalize", "SubmitCommit", "CommitWait"]), (4, 80, SINGLY, [])]
SECTORS = sum(count for count, *_ in BURSTS)


class Journal:
    """The miner's journal, read on as it grows: each sector's state, and how often each state was entered."""

    def __init__(self, miner):
        self.path = os.path.join(miner.folder, "journal", "lotus-journal.ndjson")
        self.states, self.rest, self.file = {}, b"", None

    def news(self):
        """The states entered since the last call."""
        if self.file is None:
            if not os.path.exists(self.path):
                return []
            self.file = open(self.path, "rb")
        *lines, self.rest = (self.rest + self.file.read()).split(b"\n")
        events = [json.loads(line)["Data"] for line in lines if b"sealing_states" in line]
        self.states.update((each["SectorNumber"], each["After"]) for each in events)
        return [each["After"] for each in events]


class Killer:
    def __init__(self, net, miner):
        self.net, self.miner, self.journal = net, miner, Journal(miner)
        self.random = random.Random(20)
        self.kills, self.daemons = 0, list(DAEMON_AFTER)
        self.met = {}  # state: kills of a miner that had a sector in it
        self.wanted = []

    def pledge(self, up_to):
        """As many as are missing. What a kill makes of the last call is seen in the next life: a number is stored or not."""
        api = self.miner.api

        def ask():
            try:
                for _ in range(up_to - len(api.call("SectorsList"))):
                    api.call("PledgeSector")
            except (OSError, http.client.HTTPException, kit.Failure):
                return  # it was killed
        asking = threading.Thread(target=ask)
        asking.start()
        return asking

    def life(self, options, sectors):
        """Starts the miner, and kills it: in a state that was not met yet, or at random."""
        self.miner.start(**options)
        asking = self.pledge(sectors)
        end = time.monotonic() + self.random.uniform(0.02, 1.6)
        while time.monotonic() < end:
            if any(state in self.wanted for state in self.journal.news()):
                break
            time.sleep(0.0005)  # a state has no event outside of the process but its line in the journal
        self.miner.kill()
        asking.join()
        self.kills += 1
        self.journal.news()
        for state in set(self.journal.states.values()):
            self.met[state] = self.met.get(state, 0) + 1
        self.wanted = [state for state in self.wanted if state not in self.met]

    def kill_daemon(self):
        before = self.net.nodes[0].height()
        self.net.kill(self.net.info["daemons"][0]["name"])
        kit.wait(self.daemon_answers, 120, "the daemon does not come back")
        return before

    def daemon_answers(self):
        try:
            return self.net.nodes[0].height() > 0
        except (OSError, http.client.HTTPException):
            return False

    def run(self):
        """Until each state was met; the options of the last life."""
        left, sectors, options, height = list(BURSTS), 0, {}, 0
        deadline = time.monotonic() + 540
        while self.kills < KILLS or self.wanted or left:
            check(time.monotonic() < deadline, f"after {self.kills} kills never met {self.wanted}; {self.journal.states}")
            if left and self.kills >= left[0][1]:
                count, _, options, wanted = left.pop(0)
                sectors += count
                self.wanted += wanted
            self.life(options, sectors)
            # Not again before blocks have come: it compiles the actors first.
            if self.daemons and self.kills >= self.daemons[0] and self.net.nodes[0].height() > height + 5:
                self.daemons.pop(0)
                height = self.kill_daemon()
        return options


def sealed_once(miner, numbers):
    """Each sector was sealed with one ticket, and each step of it was finished once."""
    for number in numbers:
        events = [line["Kind"] for line in miner.api.call("SectorsStatus", number, False)["Log"]]
        for event in ("ticket_drawn", "pre_committed_1", "pre_committed_2", "seed_drawn", "finalized"):
            at_all = events.count(f"event;{event}")
            check(at_all == 1, f"sector {number}: {event} {at_all} times: {events}")
        check(not any("failed" in each or "refused" in each for each in events), f"sector {number}: {events}")


def messages_once(net, actor, worker, numbers):
    """The worker's nonces are its messages on the chain, all executed; each sector is in one of each kind."""
    messages = on_chain_messages(net, From=worker)
    nonces = [message["Nonce"] for _, message, _, _ in messages]
    actor_nonce = net.api.call("StateGetActor", worker, [])["Nonce"]
    check(nonces == list(range(actor_nonce)), f"nonces on the chain: {nonces}, the account's: {actor_nonce}")
    waiting = [each for each in net.api.call("MpoolPending", []) if each["Message"]["From"] == worker]
    check(not waiting, f"still in the pool: {waiting}")
    failed = [(cid, code) for cid, _, _, code in messages if code != 0]
    check(not failed, f"failed on the chain: {failed}")
    for method in (PRE_COMMIT, PROVE_COMMIT):
        found = sectors_in(messages, actor, method)
        check(found == numbers, f"sectors in messages of method {method}: {found}")
    posts = [json.dumps(params, sort_keys=True) for _, message, params, _ in messages if message["Method"] == WINDOW_POST]
    check(len(set(posts)) == len(posts), f"a window PoSt twice: {posts}")
    others = [message["Method"] for _, message, _, _ in messages
              if message["Method"] not in (PRE_COMMIT, PROVE_COMMIT, WINDOW_POST)]
    check(not others, f"other messages: methods {others}")
    return messages


def nothing_lost(net, actor, messages, before, numbers):
    """No deposit is left over, the pledge is the sectors', and what came in is what is there."""
    count = net.api.call("StateMinerSectorCount", actor, [])
    check(count["Live"] == SECTORS and count["Faulty"] == 0, f"sectors on the chain: {count}")
    sectors = net.api.call("StateMinerSectors", actor, None, [])
    check(sorted(each["SectorNumber"] for each in sectors) == numbers, f"sectors on the chain: {sectors}")
    read = net.api.call("StateReadState", actor, [])
    state, balance = read["State"], int(read["Balance"])
    pledge = sum(int(each["InitialPledge"]) for each in sectors)
    check(state["PreCommitDeposits"] == "0" and state["FeeDebt"] == "0", f"deposits or debt are left: {state}")
    check(int(state["InitialPledge"]) == pledge, f"pledge {state['InitialPledge']}, of the sectors {pledge}")
    brought = sum(int(message["Value"]) for _, message, _, _ in messages if message["To"] == actor)
    # FIP-0100: each deadline that passes with sectors in it takes their daily fee.
    most_fee = sum(int(each["DailyFee"]) for each in sectors)
    check(0 <= before + brought - balance <= most_fee,
          f"it had {before}, {brought} came, {balance} is there: {before + brought - balance} is gone (a day's fee: {most_fee})")
    locked = int(state["LockedFunds"])
    available = int(net.api.call("StateMinerAvailableBalance", actor, []))
    check(available == balance - pledge - locked, f"available {available}, should be {balance} - {pledge} - {locked}")
    return before + brought - balance


def kills(folder):
    net = kit.Devnet(os.path.join(folder, "net"), "--proofs", "mock", "--epoch-seconds", "1").start()
    miner = Miner(net, os.path.join(folder, "miner"))
    try:
        net.wait_epoch(2, 300)
        owner, worker = funded(net), funded(net)
        actor = make_miner(miner, owner, worker)
        before = int(net.api.call("StateGetActor", actor, [])["Balance"])
        killer = Killer(net, miner)
        started = time.monotonic()
        options = killer.run()
        check(not killer.daemons, f"the daemon was to be killed {len(killer.daemons)} more times")
        print(f"{killer.kills} kills of the miner and {len(DAEMON_AFTER) - len(killer.daemons)} of the daemon in {time.monotonic() - started:.0f} s; "
              f"kills with a sector in the state: {killer.met}", flush=True)
        miner.start(**options)
        kit.wait(lambda: miner.api.call("SectorsSummary").get("Proving") == SECTORS, 240,
                 lambda: f"{miner.run('sectors', 'stuck', '--all')}\n{miner.program.tail()}")
        numbers = sorted(miner.api.call("SectorsList"))
        check(numbers == list(range(SECTORS)), f"sectors: {numbers}")
        sealed_once(miner, numbers)
        messages = messages_once(net, actor, worker, numbers)
        lost = nothing_lost(net, actor, messages, before, numbers)
        print(f"{len(messages)} messages with {SECTORS} sectors, all executed with success; fees of the sectors' days {lost} aFIL")
    finally:
        if miner.program:
            miner.program.kill_group()
        net.stop()


if __name__ == "__main__":
    kit.main(kills)
