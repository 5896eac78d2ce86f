#!/usr/bin/env python3
"""lotus-message beside a mock devnet, on SQLite: keys, nonces, what lands on chain, what it refuses, how it comes back."""
import json
import os
import re
import signal
import sqlite3
import uuid

import kit
from kit import check

EXIT = {"configuration": 10, "database": 11, "passphrase": 12, "signer": 13, "port": 14, "repository": 15, "node": 16}


class MessageServer:
    """`lotus-message daemon` in a repository of its own."""

    def __init__(self, home, node_info=None, config="", env=None, port=0):
        self.home = home
        self.port = port  # 0: any
        self.env = {"LOTUS_MESSAGE_PATH": home, "LOTUS_PATH": os.path.join(home, "no-daemon"),
                    **({"FULLNODE_API_INFO": node_info} if node_info else {}), **(env or {})}
        self.set_config(config)
        self.program = None

    def set_config(self, text):
        os.makedirs(self.home, exist_ok=True)
        with open(os.path.join(self.home, "config.toml"), "w") as file:
            file.write(text)

    def start(self, wait=r"message server on"):
        self.program = kit.Program(os.path.join(kit.BIN, "lotus-message"), "daemon", "--api", self.port, env=self.env)
        try:
            self.program.wait_line(wait, 120)
        except BaseException:
            self.program.kill_group()
            raise
        return self

    def refused(self, reason, *texts, **env):
        """Starts it, which must end with the reason's exit status and one line that has the texts."""
        program = kit.Program(os.path.join(kit.BIN, "lotus-message"), "daemon", "--api", "0", env={**self.env, **env})
        code = program.wait_end(60)
        errors = [line for line in program.lines if line.startswith("ERROR: ")]
        check(code == EXIT[reason] and len(errors) == 1, f"exit {code} instead of {EXIT[reason]}:\n{program.tail()}")
        for text in texts:
            check(text in errors[0], f"no {text!r} in {errors[0]!r}")

    def run(self, *arguments, **more):
        return kit.run("lotus-message", *arguments, env=self.env, **more)

    def json(self, *arguments):
        return json.loads(self.run(*arguments, "--json"))

    def url(self):
        port = re.search(r"/tcp/(\d+)", open(os.path.join(self.home, "api")).read()).group(1)
        return f"http://127.0.0.1:{port}"

    def api(self, token=None):
        return kit.Api(self.url() + "/rpc/v1", token or open(os.path.join(self.home, "token")).read())

    def wallet(self, address):
        return next(each for each in self.json("wallet", "list") if each["Address"] == address)

    def rows(self):
        with sqlite3.connect(os.path.join(self.home, "messages.db"), timeout=30) as database:
            return {nonce: (cid, epoch) for nonce, cid, epoch in
                    database.execute("SELECT nonce, cid, epoch FROM signed_msgs")}

    def stop(self):
        check(self.program.stop() == 0, f"its end:\n{self.program.tail()}")

    def kill(self):
        os.kill(self.program.process.pid, signal.SIGKILL)
        self.program.process.wait()


def devnet(folder):
    return kit.Devnet(os.path.join(folder, "net"), "--proofs", "mock", "--epoch-seconds", "1").start()


def node_info(net):
    return net.lotus("auth", "api-info", "--perm", "write").strip().split("=", 1)[-1]


def give_key(net, server):
    """A funded key of the devnet goes over to the server; its address."""
    address = net.lotus("wallet", "new", "bls").strip()
    net.lotus("state", "wait-msg", net.lotus("send", address, "100").strip().splitlines()[-1], seconds=120)
    net.give_key(address, server.run)
    return address


def tour(folder):
    net = devnet(folder)
    server = MessageServer(os.path.join(folder, "message"), node_info(net))
    server.start()
    try:
        check(any("vault.key" in line for line in server.program.lines), "it should say that it made a key file")
        address = give_key(net, server)
        to = net.lotus("wallet", "default").strip()
        check(server.wallet(address)["NextNonce"] == 0, f"the first nonce: {server.wallet(address)}")

        # One nonce up, and the row's epoch is filled when it is on chain.
        cid = server.run("send", "--from", address, to, "1").strip().splitlines()[-1]
        check(server.wallet(address)["NextNonce"] == 1, f"after one message: {server.wallet(address)}")
        record = json.loads(server.run("message", "wait", cid, "--json", seconds=180))
        check(record["ExitCode"] == 0 and record["Epoch"] > 0 and record["Kind"] == "Send", f"on chain: {record}")
        check(server.rows()[0][1] == record["Epoch"], f"the row: {server.rows()}")
        found = net.api.call("StateSearchMsg", [], {"/": cid}, -1, True)
        # Executed by the tipset after the one that holds it.
        check(found["Height"] > record["Epoch"], f"the chain says {found}, the table {record['Epoch']}")
        check(server.wallet(address)["ChainNonce"] == 1, "the chain's nonce")

        repeated(server, address, to)
        listed(net, server, address)
        tokens(server)
        pages(server)
        crash(net, server, address, to)
        foreign(net, server, address, to)
        second(server)
        server.stop()
    finally:
        server.program.kill_group()
        net.stop()


def repeated(server, address, to):
    """The same uuid gives the same message, over the API and on the command line; another message is refused."""
    name = str(uuid.uuid4())
    message = {"To": to, "From": address, "Value": "5", "Method": 0, "Params": None, "GasLimit": 0, "GasFeeCap": "0",
               "GasPremium": "0", "Nonce": 0, "Version": 0}
    spec = {"MaxFee": "0", "MsgUuid": name, "MaximizeFeeCap": False}
    first = server.api().call("MpoolPushMessage", message, spec)
    again = server.api().call("MpoolPushMessage", message, spec)
    check(first["CID"] == again["CID"], f"a repeated call made {again}, the first {first}")
    check(server.json("message", "show", "--uuid", name)["CID"] == first["CID"], "found by its uuid")
    try:
        server.api().call("MpoolPushMessage", {**message, "Value": "6"}, spec)
    except kit.Failure as refused:
        check(name in str(refused), str(refused))
    else:
        raise kit.Failure("another message under the same uuid must be refused")


def listed(net, server, address):
    """Kinds by name, parameters decoded."""
    kinds = {each["Kind"] for each in server.json("message", "list", "--address", address)}
    check("Send" in kinds, f"kinds: {kinds}")
    check("Send" in server.run("message", "list"), "message list names kinds")


def tokens(server):
    token = server.run("auth", "create-token", "--perm", "read", "--name", "reader", "--expires", "1h").strip()
    reader = server.api(token)
    check(reader.call("MessageStatus")["Database"].startswith("sqlite3"), "a token reads")
    try:
        reader.call("MessagePrune", 0)
    except kit.Failure as refused:
        check("permission" in str(refused), str(refused))
    else:
        raise kit.Failure("a reader must not prune")
    entry = server.json("auth", "list")[-1]
    check(entry["Name"] == "reader" and entry["Expires"], f"auth list: {entry}")
    server.run("auth", "revoke", entry["ID"])
    status, body = reader.raw(b'{"jsonrpc":"2.0","id":1,"method":"Filecoin.MessageStatus","params":[]}')
    check(status == 401 and b"revoked" in body, f"after its revocation: {status} {body}")
    short = server.run("auth", "create-token", "--perm", "read", "--expires", "1s").strip()
    def gone():
        status, body = server.api(short).raw(b'{"jsonrpc":"2.0","id":1,"method":"Filecoin.ID","params":[]}')
        return status == 401 and b"expired" in body
    kit.wait(gone, 30, "a token of one second goes on being good")
    check(server.api().call("AuthVerify", server.api().token) == ["read", "write", "sign", "admin"], "AuthVerify")


def pages(server):
    check(kit.urllib.request.urlopen(server.url() + "/health/readyz").status == 200, "it should be ready")
    check(b"nelumbo_" in kit.urllib.request.urlopen(server.url() + "/debug/metrics").read(), "metrics")
    check(server.json("net", "listen")["Addrs"], "it listens for peers")
    node = server.json("status")["Nodes"][0]
    check(node["Ok"], f"the node's state: {node}")


def crash(net, server, address, to):
    """kill -9 right after messages were stored: nothing is lost, the nonces go on, all lands."""
    before = server.wallet(address)["NextNonce"]
    cids = [server.run("send", "--from", address, to, "0.1").strip().splitlines()[-1] for _ in range(3)]
    server.kill()
    server.start()
    check(server.wallet(address)["NextNonce"] == before + 3, f"after the crash: {server.wallet(address)}")
    cids.append(server.run("send", "--from", address, to, "0.1").strip().splitlines()[-1])
    for cid in cids:
        record = json.loads(server.run("message", "wait", cid, "--confidence", "1", "--json", seconds=180))
        check(record["ExitCode"] == 0, f"{record}")
    check(sorted(server.rows()) == list(range(before + 4)), f"nonces: {sorted(server.rows())}")
    check("no gaps" in server.run("message", "gaps"), "gaps")


def foreign(net, server, address, to):
    """The same key used at the node: found out, said, nothing sent until sync-nonce."""
    net.lotus("state", "wait-msg", net.lotus("send", "--from", address, to, "0.5").strip().splitlines()[-1], seconds=120)
    kit.wait(lambda: server.wallet(address)["Halted"], 120, lambda: f"not halted: {server.wallet(address)}")
    said = server.run("send", "--from", address, to, "1", ok=False)
    check("sync-nonce" in said, f"a halted sender's answer: {said}")
    server.run("wallet", "sync-nonce", address)
    check(not server.wallet(address)["Halted"], f"still halted: {server.wallet(address)}")
    cid = server.run("send", "--from", address, to, "1").strip().splitlines()[-1]
    record = json.loads(server.run("message", "wait", cid, "--confidence", "1", "--json", seconds=180))
    check(record["ExitCode"] == 0, f"{record}")


def second(server):
    """Another server on the same repository, and on the same port."""
    MessageServer.refused(server, "repository", "is in use")
    other = MessageServer(server.home + "-2", server.env["FULLNODE_API_INFO"],
                          f'[API]\nListenAddress = "/ip4/127.0.0.1/tcp/{server.url().rsplit(":", 1)[1]}/http"\n')
    program = kit.Program(os.path.join(kit.BIN, "lotus-message"), "daemon", env=other.env)
    check(program.wait_end(60) == EXIT["port"], f"a taken port:\n{program.tail()}")


def refusals(folder):
    """What it does not start with: one line, and a status for each reason."""
    home = os.path.join(folder, "m")
    node = '[Nodes]\nApiInfo = ["/ip4/127.0.0.1/tcp/1/http"]\n'
    server = MessageServer(home)
    server.refused("configuration", "Nodes.ApiInfo")
    server.set_config(node + '[Fees]\nKinds = ["Send"]\n')
    server.refused("configuration", "Fees.Kinds")
    server.set_config(node + '[Database]\nDriver = "oracle"\n')
    server.refused("database", "oracle")
    server.set_config(node + '[Database]\nDSN = "/nonexistent/folder/x.db"\n')
    server.refused("database", "/nonexistent/folder")
    server.set_config(node + '[Database]\nDriver = "mysql"\nDSN = "host=127.0.0.1 port=1 db=x user=x password=geheim"\nPatience = "1s"\n')
    server.refused("database")
    server.set_config(node + '[Keys]\nPassphraseFile = "/nonexistent/words"\n')
    server.refused("passphrase", "/nonexistent/words")
    server.set_config(node + '[Keys]\nRequiredSigners = ["t1d2xrzcslx7xlbbylc5c3d5lvandqw4iwl6epxba"]\n')
    server.refused("signer", "RequiredSigners", LOTUS_MESSAGE_PASSPHRASE="words")
    server.set_config(node)
    server.refused("passphrase", "another passphrase", LOTUS_MESSAGE_PASSPHRASE="other words")
    server.refused("passphrase", "vault.key")
    check(not os.path.exists(os.path.join(home, "vault.key")), "a key file that opens nothing stays behind")

    # Without a node it waits, says so, and is not ready.
    server.env["LOTUS_MESSAGE_PASSPHRASE"] = "words"
    server.start()
    try:
        said = server.run("wallet", "list", ok=False)
        check("no full node has answered yet" in said, said)
        check("not known yet" in server.run("status"), "status")
        try:
            kit.urllib.request.urlopen(server.url() + "/health/readyz")
        except kit.urllib.error.HTTPError as answer:
            check(answer.code == 503 and b"no full node" in answer.read(), "readyz")
        else:
            raise kit.Failure("it is not ready without a node")
        server.stop()
    finally:
        server.program.kill_group()


if __name__ == "__main__":
    kit.main(refusals, tour)
