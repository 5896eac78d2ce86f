"""A message server of the tests' own, that can go away, come back and lose answers. It signs with a daemon's keys."""
import http.server
import json
import threading

import kit
from kit import check

NO_UUID = "00000000-0000-0000-0000-000000000000"


class FakeServer:
    """Takes messages for `keys` as a message server does: nonces of its own, one message for a uuid."""

    def __init__(self):
        self.api = None  # of the daemon
        self.keys = set()
        self.every_key = False
        self.rows = {}  # uuid -> signed message
        self.reports = []
        self.lose_answers = 0  # so many messages are stored without their sender hearing of it
        self._lock = threading.Lock()
        self._http = None
        self.port = kit.free_port()
        self.start()

    def start(self):
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                answer = {"jsonrpc": "2.0", "id": asked["id"]}
                try:
                    answer["result"] = getattr(server, asked["method"].removeprefix("Filecoin."))(*asked["params"])
                except Exception as error:
                    answer["error"] = {"code": 1, "message": str(error), "data": "not_found" if isinstance(error, KeyError) else "failed"}
                if asked["method"].endswith("MpoolPushMessage") and server.lose_answers > 0:
                    server.lose_answers -= 1
                    self.close_connection = True
                    return
                body = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def info(self):
        """For FULLNODE_API_INFO's sister, MESSAGE_API_INFO."""
        return f"/ip4/127.0.0.1/tcp/{self.port}/http"

    def stop(self):
        self._http.shutdown()
        self._http.server_close()

    def Version(self):
        return {"Version": "fake", "APIVersion": 0x10000, "BlockDelay": 1, "Agent": "fake"}

    def WalletList(self):
        return sorted(self.keys)

    def WalletHas(self, address):
        return self.every_key or address in self.keys

    def MpoolPushMessage(self, message, spec):
        with self._lock:
            check(self.WalletHas(message["From"]), f"no key of {message['From']}")
            check(spec["MsgUuid"] not in ("", NO_UUID), f"no id in {spec}")
            if spec["MsgUuid"] not in self.rows:
                message = self.api.call("GasEstimateMessageGas", message, {**spec, "MsgUuid": NO_UUID}, [])
                message["Nonce"] = self.api.call("MpoolGetNonce", message["From"])
                signed = self.api.call("WalletSignMessage", message["From"], message)
                self.api.call("MpoolPush", signed)
                self.rows[spec["MsgUuid"]] = signed
            return self.rows[spec["MsgUuid"]]

    def MessageGet(self, cid):
        with self._lock:
            signed = next((each for each in self.rows.values() if each["CID"] == cid), None)
        if signed is None:
            raise KeyError("no such message")
        found = self.api.call("StateSearchMsg", [], cid, 900, True)
        return {"CID": cid, "Message": signed, "Kind": "", "Epoch": found["Height"] if found else 0,
                "ExitCode": found["Receipt"]["ExitCode"] if found else None, "Wait": "" if found else "it is not in a block yet"}

    def MessageReportPeers(self, peers):
        self.reports.append(peers)

    def methods(self):
        with self._lock:
            return [each["Message"]["Method"] for each in self.rows.values()]
