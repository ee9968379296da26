"""Kills the program and its PostgreSQL at random points; the next start must recover by itself and lose nothing complete.

The seed is printed; GSDB_CHAOS_SEED replays it.
"""
import collections
import contextlib
import http.client
import json
import os
import random
import socket
import threading
import time
import unittest
import urllib.parse

from product import NewProduct, Product, alive, repository, signed_by_github, wait_until, write

SEED = int(os.environ.get("GSDB_CHAOS_SEED", time.time_ns() % 1_000_000))
ROUNDS = int(os.environ.get("GSDB_CHAOS_ROUNDS", 4))

BIG = {f"d{i % 20}/f{i}.py": "".join(f"def f{i}_{j}(a, b):\n    return a + b\n" for j in range(40)) for i in range(600)}


class Crash(unittest.TestCase):
    def setUp(self):
        self.random = random.Random(SEED)
        print(f"seed {SEED}", flush=True)

    def complete_runs(self, product: Product) -> list[dict]:
        return product.sql("select number, files_seen, elements_seen from analysis_runs where state = 'completed' order by number")

    def assert_whole(self, product: Product):
        """Only complete runs are visible, and what they counted is there."""
        runs = self.complete_runs(product)
        if runs:
            [counts] = product.sql("select count(*) from code_elements")
            self.assertEqual(counts["count"], runs[-1]["elements_seen"])
            [files] = product.sql("select count(*) from files where last_run is null")
            self.assertEqual(files["count"], runs[-1]["files_seen"])
        self.assertEqual(product.run("db", "verify").code, 0)

    def test_gsdb_killed_while_it_indexes(self):
        with NewProduct() as product, repository(BIG) as folder:
            before = []
            for _ in range(ROUNDS):
                write(folder, {"d0/f0.py": f"def changed(): return {self.random.random()}\n"})
                process = product.start("up", "--json", str(folder))
                time.sleep(self.random.uniform(0.05, 2.5))
                process.kill()
                process.communicate()
                wait_until(lambda: not (product.home / "cluster/data/postmaster.pid").exists())
                # What the killed start did not install is installed now; what it did is found as it is.
                self.assertEqual(product.run("db", "init").code, 0)
                after = self.complete_runs(product)
                self.assertEqual(after[:len(before)], before, "a complete run was lost")
                self.assert_whole(product)
                before = after
            final = product.up(str(folder))["codebases"][0]
            self.assertEqual(final["files_seen"], len(BIG))
            self.assert_whole(product)
            states = {row["state"] for row in product.sql("select distinct state from analysis_runs")}
            self.assertLessEqual(states, {"completed", "abandoned"})

    def test_postgres_killed_while_gsdb_indexes(self):
        with NewProduct() as product, repository(BIG) as folder:
            product.up()
            for _ in range(ROUNDS):
                write(folder, {"d0/f0.py": f"def changed(): return {self.random.random()}\n"})
                before = self.complete_runs(product)
                indexing = product.start("index", "--json", str(folder))
                time.sleep(self.random.uniform(0.02, 1.2))
                product.kill(product.postmaster())
                out, _ = indexing.communicate(timeout=120)
                self.assertIn(indexing.returncode, (0, 1, 3), out)
                wait_until(lambda: product.get("/ready")[0] == 200)
                self.assertEqual(self.complete_runs(product)[:len(before)], before, "a complete run was lost")
            answer = product.run("index", "--json", str(folder))
            self.assertEqual(answer.code, 0, answer)
            self.assert_whole(product)

    def test_gsdb_killed_while_it_installs(self):
        for _ in range(ROUNDS):
            with NewProduct() as product:
                process = product.start("up", "--json")
                time.sleep(self.random.uniform(0.05, 1.5))
                process.kill()
                process.communicate()
                product.up()
                self.assertEqual(product.run("db", "verify").code, 0)
                self.assertEqual(product.sql("select count(*) from code_elements")[0]["count"], 0)

    def test_postgres_killed_while_gsdb_installs(self):
        for _ in range(ROUNDS):
            with NewProduct() as product:
                process = product.start("up", "--json", "--detach")
                wait_until(lambda: (product.home / "cluster/data/postmaster.pid").exists())
                time.sleep(self.random.uniform(0, 1.5))
                with contextlib.suppress(FileNotFoundError, ValueError, ProcessLookupError):
                    product.kill(product.postmaster())
                out, _ = process.communicate(timeout=120)
                self.assertIn(process.returncode, (0, 1, 3), out)
                if process.returncode != 0:
                    error = json.loads(out)["error"]
                    self.assertTrue(error["message"] and error["hint"], out)
                    product.up()
                wait_until(lambda: product.get("/ready")[0] == 200)
                self.assertEqual(product.run("db", "verify").code, 0)

    def test_a_killed_gsdb_takes_its_postgres_along(self):
        with NewProduct() as product:
            product.up()
            postmaster = product.postmaster()
            product.kill()
            wait_until(lambda: not alive(postmaster))
            self.assertEqual(product.run("status").code, 3)
            product.up()
            self.assertEqual(product.get("/ready")[0], 200)


class Sender(threading.Thread):
    """Sends deliveries one after the other, each again until it is answered with 200, or 202: it waits on disk."""

    def __init__(self, source: dict, name: str):
        super().__init__()
        self.source, self.url, self.prefix = source, urllib.parse.urlsplit(source["url"]), name
        self.acknowledged, self.answers, self.ends = [], collections.Counter(), threading.Event()

    def run(self) -> None:
        while not self.ends.is_set():
            key = f"{self.prefix}-{len(self.acknowledged)}"
            while not self.send(key) and not self.ends.is_set():
                time.sleep(0.01)

    def send(self, key: str) -> bool:
        request = signed_by_github(self.source, key, json.dumps({"ref": key, "sender": {"login": "mona"}}).encode())
        connection = http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=20)
        try:
            connection.request("POST", request.selector, request.data, dict(request.header_items()))
            answer = connection.getresponse()
            status = json.loads(answer.read()).get("status", answer.status)
        except (OSError, http.client.HTTPException, ValueError):
            status = "no answer"
        finally:
            connection.close()
        self.answers[status] += 1
        if status in ("stored", "duplicate", "spooled"):
            self.acknowledged.append(key)
            return True
        return False


class Deliveries(unittest.TestCase):
    def test_what_was_acknowledged_is_there_once(self):
        chance = random.Random(SEED)
        print(f"seed {SEED}", flush=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with NewProduct(GSDB_HTTP_PORT=str(port)) as product:
            pid = product.up()["pid"]
            source = product.run("events", "source", "add", "github", "--name", "chaos", "--json").json
            senders = [Sender(source, f"s{i}") for i in range(8)]
            for sender in senders:
                sender.start()
            try:
                for _ in range(ROUNDS):
                    time.sleep(chance.uniform(0.2, 1.5))
                    if chance.random() < 0.5:
                        product.kill(pid)
                        wait_until(lambda: not (product.home / "cluster/data/postmaster.pid").exists())
                        pid = product.up()["pid"]
                    else:
                        product.kill(product.postmaster())
                        wait_until(lambda: product.get("/ready")[0] == 200, 60)
                time.sleep(1)
            finally:
                for sender in senders:
                    sender.ends.set()
                for sender in senders:
                    sender.join()
            acknowledged = [key for sender in senders for key in sender.acknowledged]
            wait_until(lambda: not any((product.home / "spool").iterdir()), 60)
            rows = product.sql("select delivery_key, count(*) as times from events.events where event_type = 'push' group by 1", "events_db")
            times = {row["delivery_key"]: int(row["times"]) for row in rows}
            self.assertEqual([key for key in acknowledged if times.get(key) != 1], [], "acknowledged, and not there exactly once")
            self.assertEqual([key for key, count in times.items() if count != 1], [])
            self.assertGreater(len(acknowledged), 100)
            wait_until(lambda: product.sql("select sum(events_pending) as n from events.consumer_progress()", "events_db")[0]["n"] in (0, "0"), 60)
            [counted] = product.sql("select sum(event_count) as n from events.event_aggregations where period = interval '1 day' and event_type = 'push'", "events_db")
            self.assertEqual(int(counted["n"]), len(times), "counted once each")
            answers = sum((sender.answers for sender in senders), collections.Counter())
            print(f"{ROUNDS} kills: {len(acknowledged)} acknowledged, answers {dict(answers)}", flush=True)


if __name__ == "__main__":
    unittest.main()
