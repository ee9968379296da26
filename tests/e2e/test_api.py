"""The HTTP interface against its own description: every answer is held against api/openapi.yaml."""
import json
import pathlib
import re
import socket
import subprocess
import time
import unittest
import urllib.parse

import yaml

from description import DOCUMENT, validate
from product import ROOT, Product, repository, wait_until


class Api(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = [Product(), repository()]
        cls.product = cls.stack[0].__enter__()
        folder = cls.stack[1].__enter__()
        cls.product.up(str(folder))
        cls.key = cls.product.api_key()

    @classmethod
    def tearDownClass(cls):
        for part in cls.stack:
            part.__exit__(None, None, None)

    def ask(self, endpoint: str, expected: int = 200, key: str | None = "own", described: str = "", **query) -> dict:
        target = endpoint + ("?" + urllib.parse.urlencode(query) if query else "")
        status, headers, body = self.product.get(target, key=self.key if key == "own" else key)
        self.assertEqual(status, expected, body)
        self.assertEqual(headers["Content-Type"], "application/json")
        document = json.loads(body)
        folder = endpoint.rsplit("/", 1)[0]
        described = described or (endpoint if endpoint in DOCUMENT["paths"] else next(p for p in DOCUMENT["paths"] if p.rsplit("/", 1)[0] == folder and p.endswith("}")))
        validate(document, described, status)
        return document

    def test_every_path_of_the_description_answers_and_fits_it(self):
        for path in (path for path, operations in DOCUMENT["paths"].items() if "get" in operations):
            with self.subTest(path=path):
                if "text/event-stream" in DOCUMENT["paths"][path]["get"]["responses"]["200"]["content"]:
                    continue  # test_events.py and test_workflow.py read them
                if "{analysis_id}" in path or "{workflow}" in path:
                    continue  # test_analyses.py and test_workflow.py ask for some
                if path in ("/metrics", "/api/openapi.yaml"):
                    self.assertEqual(self.product.get(path)[0], 200)
                else:
                    name = self.ask("/api/v1/codebases")["items"][0]["name"]
                    symbol = self.ask("/api/v1/symbols", kind="function")["items"][0]
                    values = {"text": "def", "codebase": name} | dict.fromkeys(("symbol", "from", "to"), symbol["path"] + ":" + symbol["qualified_name"])
                    needed = [p["name"] for p in DOCUMENT["paths"][path]["get"].get("parameters", ()) if p.get("required") and p["in"] == "query"]
                    event = self.ask("/api/v1/events")["items"][0]["id"]
                    self.ask(path.replace("{codebase}", name).replace("{event_id}", event), described=path, **{p: values[p] for p in needed})

    def test_the_description_is_what_the_server_hands_out(self):
        self.assertEqual(yaml.safe_load(self.product.get("/api/openapi.yaml")[2]), DOCUMENT)

    def test_the_description_is_valid_openapi(self):
        done = subprocess.run(["node", str(pathlib.Path(__file__).with_name("validate_openapi.mjs"))], input=json.dumps(DOCUMENT),
                              capture_output=True, text=True, cwd=ROOT)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_without_a_key_or_with_a_wrong_one_nothing_is_told(self):
        for key in (None, "gsdb_x_y", self.key[:-1] + ("0" if self.key[-1] != "0" else "1"), "", "x" * 5000):
            error = self.ask("/api/v1/symbols", 401, key=key)["error"]
            self.assertTrue(error["code"])

    def test_pages_by_key_give_every_row_once(self):
        everything = self.ask("/api/v1/symbols", limit=1000)["items"]
        paged, cursor = [], ""
        while cursor is not None:
            page = self.ask("/api/v1/symbols", limit=2, cursor=cursor)
            paged += page["items"]
            cursor = page["next_cursor"]
        self.assertGreater(len(everything), 5)
        self.assertEqual(paged, everything)

    def test_filters_find_by_name_kind_and_path(self):
        self.assertEqual([s["path"] for s in self.ask("/api/v1/symbols", name="greet")["items"]], ["app/greet.py"])
        self.assertEqual({s["name"] for s in self.ask("/api/v1/symbols", kind="class")["items"]}, {"App", "View"})
        self.assertEqual({f["path"] for f in self.ask("/api/v1/files", path="web/")["items"]}, {"web/index.ts", "web/x.ts"})
        self.assertEqual(self.ask("/api/v1/symbols", name="nobody")["items"], [])

    def test_bad_requests_have_their_codes(self):
        for query, code in (({"limit": "0"}, "request.bad_limit"), ({"limit": "x"}, "request.bad_limit"), ({"cursor": "???"}, "request.bad_cursor")):
            self.assertEqual(self.ask("/api/v1/symbols", 400, **query)["error"]["code"], code)
        self.assertEqual(self.ask("/api/v1/symbols", 404, codebase="nope")["error"]["code"], "codebase.not_found")

    def test_metrics_count_the_requests(self):
        def served() -> float:
            lines = self.product.get("/metrics")[2].decode().splitlines()
            return sum(float(l.rsplit(" ", 1)[1]) for l in lines if l.startswith("gsdb_http_request") and "_count" in l)
        before = served()
        self.ask("/api/v1/codebases")
        wait_until(lambda: served() > before)


class BadClients(unittest.TestCase):
    """What no client library sends. Each is refused with words, and the server goes on."""

    @classmethod
    def setUpClass(cls):
        cls.product = Product()
        cls.product.up()
        cls.port = int(cls.product.status()["url"].rsplit(":", 1)[1])
        cls.slow = cls.connect()  # its time runs while the others are tested
        cls.slow.sendall(b"GET /live HTTP/1.1\r\nHost: x\r\nX-")

    @classmethod
    def tearDownClass(cls):
        cls.slow.close()
        cls.product.__exit__()

    @classmethod
    def connect(cls) -> socket.socket:
        return socket.create_connection(("127.0.0.1", cls.port), timeout=30)

    def talk(self, request: bytes) -> bytes:
        """All that the server answers until it closes."""
        with self.connect() as client:
            client.sendall(request)
            return b"".join(iter(lambda: client.recv(1 << 16), b""))

    def assert_refused(self, answer: bytes, status: int, code: str):
        head, _, body = answer.partition(b"\r\n\r\n")
        self.assertEqual(head.split()[:2], [b"HTTP/1.1", str(status).encode()], answer)
        error = json.loads(body)["error"]
        self.assertEqual(error["code"], code)
        self.assertTrue(error["message"] and error["hint"], answer)
        self.assertEqual(self.product.get("/live")[0], 200)

    def test_malformed_requests(self):
        for request, status, code in ((b"GARBAGE\r\n\r\n", 400, "http.malformed_request"),
                                      (b"GET /live HTTP/1.1\r\n\r\n", 400, "http.bad_host"),
                                      (b"GET /live HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
                                       "http.ambiguous_length"),
                                      (b"GET /../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", 400, "http.path_traversal"),
                                      (b"GET /live HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 20_000, 431, "http.headers_too_large")):
            with self.subTest(code=code):
                self.assert_refused(self.talk(request), status, code)

    def test_an_oversized_body(self):
        request = b"GET /api/v1/codebases HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n" + b"x" * 100_000
        self.assert_refused(self.talk(request), 413, "http.body_too_large")

    def test_pipelined_requests_are_answered_in_order(self):
        get = b"GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n"
        answer = self.talk(get % (b"/live", b"") + get % (b"/nothing", b"") + get % (b"/live", b"Connection: close\r\n"))
        self.assertEqual(re.findall(rb"HTTP/1.1 (\d+)", answer), [b"200", b"404", b"200"])

    def test_slowly_sent_heads_end_at_their_deadline(self):
        answer = b""
        while not answer:
            time.sleep(0.1)
            try:
                self.slow.sendall(b"y")
                answer = self.slow.recv(1 << 16, socket.MSG_DONTWAIT)
            except BlockingIOError:
                pass
        self.assert_refused(answer, 408, "http.head_timeout")


class Readiness(unittest.TestCase):
    def test_ready_says_why_not_while_postgres_is_down_and_recovers(self):
        with Product() as product:
            product.up()
            self.assertEqual(product.get("/ready")[0], 200)
            postmaster = product.postmaster()
            product.kill(postmaster)

            def unready() -> bool:
                status, _, body = product.get("/ready")
                return status == 503 and any(c.get("reason") for c in json.loads(body)["checks"])
            # It may be back within milliseconds; then it was restarted, which the pid shows.
            wait_until(lambda: unready() or product.get("/ready")[0] == 200)
            wait_until(lambda: product.get("/ready")[0] == 200)
            self.assertNotEqual(product.postmaster(), postmaster)
            self.assertEqual(product.get("/live")[0], 200)


if __name__ == "__main__":
    unittest.main()
