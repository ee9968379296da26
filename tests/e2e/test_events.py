"""Events from their providers to the rows, as a person connects them."""
import collections
import hashlib
import hmac
import json
import os
import pathlib
import shutil
import subprocess
import time
import unittest
import urllib.error
import urllib.request

from product import ROOT, Product, ProductTest, signed_by_github, wait_until
from server import Server
from subscriber import Subscriber

SCRIPT = pathlib.Path(__file__).with_name("deliveries.mjs")


class Events(ProductTest):
    settings = {"GSDB_EVENTS_SUBSCRIBER_NETWORKS": "127.0.0.0/8"}

    def run_events(self, *arguments: str) -> dict:
        answer = self.product.run("events", *arguments, "--json")
        self.assertEqual(answer.code, 0, answer)
        return answer.json

    def add(self, kind: str, name: str, *options: str) -> dict:
        return self.run_events("source", "add", kind, "--name", name, *options)

    def source(self, name: str) -> dict:
        (found,) = [s for s in self.run_events("source", "list")["sources"] if s["name"] == name]
        return found

    def send(self, kind: str, url: str, secret: str) -> list[dict]:
        if shutil.which("node") is None or not (ROOT / "node_modules/@octokit/webhooks-examples").is_dir():
            self.skipTest("the providers' libraries need Node.js and ./dev setup")
        done = subprocess.run(["node", SCRIPT, kind, url, secret], capture_output=True, text=True, cwd=ROOT, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def sql(self, query: str) -> list[dict]:
        return self.product.sql(query, "events_db")

    def test_a_source_takes_what_it_is_sent(self):
        source = self.add("github", "first")
        self.assertEqual(len(source["secret"]), 64)
        tested = self.product.run("events", "source", "test", "first", "--json")
        self.assertEqual((tested.code, tested.json["status"], json.loads(tested.json["answer"])["status"]), (0, 200, "stored"), tested)
        (event,) = self.run_events("list", "--source", "first")["events"]
        self.assertEqual((event["type"], event["source_kind"]), ("ping", "github"))
        self.assertEqual(self.run_events("show", event["id"])["payload"], {"zen": "It is sent by gsdb events source test."})
        wait_until(lambda: self.run_events("stats", "--source", "first")["types"])
        self.assertEqual(self.run_events("stats", "--source", "first")["types"][0]["events"], 1)
        self.assertIsNotNone(self.source("first")["verified_at"])

    def test_no_answer_and_no_list_shows_a_secret_again(self):
        secret = self.add("github", "silent")["secret"]
        for command in (["source", "list"], ["list"], ["stats"]):
            self.assertNotIn(secret, self.product.run("events", *command, "--json").out)
        log = "".join(p.read_text(errors="replace") for p in self.product.home.rglob("*.log"))
        self.assertNotIn(secret, log)
        dump = self.product.sql("select * from identity.credentials", "projects_db")
        self.assertNotIn(secret, json.dumps(dump))

    def test_tail_shows_events_as_they_come(self):
        self.add("generic", "alarm")
        process = self.product.start("events", "tail", "--source", "alarm", "--limit", "2", "--json")
        try:
            time.sleep(1)
            for _ in range(2):
                self.assertEqual(self.product.run("events", "source", "test", "alarm").code, 0)
            out, _ = process.communicate(timeout=30)
        finally:
            process.kill()
        self.assertEqual([json.loads(line)["source"] for line in out.splitlines()], ["alarm", "alarm"])

    def test_pausing_rotating_and_removing(self):
        self.add("ci", "builds")
        self.run_events("source", "pause", "builds")
        time.sleep(2.1)
        self.assertEqual(self.product.run("events", "source", "test", "builds", "--json").json["status"], 503)
        self.run_events("source", "resume", "builds")
        self.assertTrue(self.run_events("source", "rotate-secret", "builds", "--overlap-hours", "0")["secret"])
        time.sleep(2.1)
        self.assertEqual(self.product.run("events", "source", "test", "builds").code, 0)
        self.run_events("source", "remove", "builds")
        gone = self.product.run("events", "source", "test", "builds", "--json")
        self.assertEqual((gone.code, gone.error["code"]), (5, "events.no_such_source"))

    def test_what_is_refused_is_named(self):
        self.add("github", "taken")
        for arguments, code in ((("source", "add", "github", "--name", "Taken"), "events.name_taken"), (("show", "x"), "usage"),
                                (("show", "01a21c31-3647-711c-b482-ccaee419cd64"), "events.no_such_event"),
                                (("source", "token", "taken"), "events.token_not_shown")):
            answer = self.product.run("events", *arguments, "--json")
            self.assertEqual(answer.error["code"], code)
            self.assertTrue(answer.error["hint"])

    def test_githubs_corpus_signed_by_its_library(self):
        source = self.add("github", "corpus")
        answers = self.send("github", source["url"], source["secret"])
        self.assertGreaterEqual(len(answers), 2 * 329)
        self.assertEqual(collections.Counter(a["status"] for a in answers), {200: len(answers)})
        self.assertEqual(collections.Counter(a["body"]["status"] for a in answers), {"stored": len(answers) // 2, "duplicate": len(answers) // 2})
        count = len(answers) // 2
        wait_until(lambda: self.sql(f"select count(*) as n from events.github_events g join events.events e on e.id = g.event_id where e.source_id = '{source['id']}'")[0]["n"] == count)
        self.assertEqual(self.sql("select count(*) as n from events.dead_letters")[0]["n"], 0)
        unknown = self.sql(f"select distinct event_type from events.events where source_id = '{source['id']}' and (event_type = 'unknown' or target is null)")
        self.assertEqual(unknown, [], "every one says what it is about")
        print(f"github corpus: {count} of {count} stored once, projected")

    def test_events_move_to_another_source_by_a_file(self):
        self.add("github", "old")
        self.add("github", "new")
        for _ in range(3):
            self.assertEqual(self.product.run("events", "source", "test", "old").code, 0)
        for name in ("events.jsonl", "events.jsonl.gz", "events.jsonl.zst"):
            file = str(self.product.folder / name)
            self.assertEqual(self.run_events("export", "--source", "old", "--since", "1h", "-o", file)["events"], 3)
            summary = self.run_events("import", file, "--source", "new")
            self.assertEqual((summary["lines"], summary["stored"] + summary["known"], summary["invalid"]), (3, 3, 0), summary)
        self.assertEqual(len(self.run_events("list", "--source", "new")["events"]), 3)
        wrong = self.product.run("events", "import", "-", "--json", stdin='{"source": "new", "type": "x", "payload": {}}\nnonsense\n')
        self.assertEqual((wrong.code, wrong.json["stored"], wrong.json["problems"][0]["line"]), (6, 1, 2), wrong)
        cut = self.product.run("events", "import", str(self.product.home / "nothing"), "--json")
        self.assertEqual((cut.code, cut.error["code"]), (3, "file.not_readable"))
        lines = self.product.run("events", "export", "--source", "new").out.splitlines()
        self.assertEqual([json.loads(line)["source"] for line in lines], ["new"] * 4)

    def test_what_failed_is_listed_retried_and_given_up(self):
        self.add("github", "faulty")
        self.product.run("events", "import", "-", stdin='{"source": "faulty", "type": "issues.opened", "payload": {"action": "opened", "issue": {"number": "many"}}}\n')
        wait_until(lambda: self.run_events("failed", "list")["failed"])
        (failed,) = self.run_events("failed", "list")["failed"]
        self.assertEqual((failed["source"], failed["type"], failed["status"], failed["sqlstate"]), ("faulty", "issues.opened", "waiting", "22P02"))
        self.run_events("failed", "retry", failed["id"])
        wait_until(lambda: self.run_events("failed", "list")["failed"][0]["attempts"] == 2)
        self.assertEqual(self.run_events("replay", failed["event_id"])["replayed"], 1)
        self.run_events("failed", "discard", failed["id"])
        self.assertEqual(self.run_events("failed", "list")["failed"], [])
        self.assertEqual(self.run_events("failed", "list", "--all")["failed"][0]["status"], "discarded")

    def test_a_stream_goes_on_where_it_was_cut(self):
        self.add("generic", "streamed")
        def send(count):
            for _ in range(count):
                self.assertEqual(self.product.run("events", "source", "test", "streamed").code, 0)
        with self.stream() as first:
            send(2)
            seen = [self.next_event(first) for _ in range(2)]
        send(2)
        with self.stream(seen[0][0]) as second:
            rest = [self.next_event(second) for _ in range(3)]
            self.assertEqual(rest[0], seen[1], "what was there already comes again in order")
            self.assertEqual([json.loads(data)["source"] for _, data in rest], ["streamed"] * 3)
        status, _, body = self.product.get("/api/v1/events/stream?after=nonsense", key=self.product.api_key())
        self.assertEqual((status, json.loads(body)["error"]["code"]), (400, "request.bad_cursor"))

    def stream(self, last: str = ""):
        request = urllib.request.Request(self.product.status()["url"] + "/api/v1/events/stream?source=streamed", headers={"Authorization": f"Bearer {self.product.api_key()}"})
        if last:
            request.add_header("Last-Event-ID", last)
        return urllib.request.urlopen(request, timeout=20)

    @staticmethod
    def next_event(stream) -> tuple[str, str]:
        fields = {}
        while not (fields.get("data") and fields.get("id")):
            name, _, value = stream.readline().decode().rstrip("\n").partition(": ")
            fields[name] = value
        return fields["id"], fields["data"]

    def test_a_source_is_compared_with_what_github_says(self):
        self.add("github", "compared")
        token = self.product.folder / "token"
        token.write_text("ghp_secret\n")
        token.chmod(0o600)
        self.run_events("source", "reconcile", "compared", "--hook", "http://127.0.0.1:1/repos/o/h/hooks/1", "--token-file", str(token))
        (known,) = self.run_events("source", "reconcile")["reconciliations"]
        self.assertEqual(known["source"], "compared")
        wait_until(lambda: self.run_events("source", "reconcile")["reconciliations"][0]["error"])
        self.run_events("source", "reconcile", "compared", "--off")
        self.assertEqual(self.run_events("source", "reconcile")["reconciliations"], [])
        wrong = self.product.run("events", "source", "reconcile", "compared", "--json")
        self.assertEqual((wrong.code, wrong.error["code"]), (2, "usage"))

    def test_patterns_are_found_by_the_server(self):
        self.add("generic", "watched")
        self.run_events("pattern", "add", "burst", "--name", "rush", "--type", "test", "--source", "watched", "--within", "10m", "--at-least", "3")
        for _ in range(3):
            self.assertEqual(self.product.run("events", "source", "test", "watched").code, 0)
        self.product.psql("events_db", "select events.find_patterns()")  # the server does it once a minute
        (found,) = self.run_events("pattern", "found", "rush")["occurrences"]
        self.assertEqual(len(found["event_ids"]), 3)
        self.assertEqual(self.run_events("pattern", "list")["patterns"][0]["occurrences"], 1)
        self.run_events("pattern", "remove", "rush")
        self.assertEqual(self.run_events("anomaly", "list")["anomalies"], [])
        self.assertEqual(self.product.run("events", "pattern", "remove", "rush", "--json").error["code"], "events.no_such_pattern")

    def test_what_is_past_its_time_is_in_files_and_comes_back_from_them(self):
        self.add("ci", "nightly")
        folder = self.product.folder / "archive"
        lines = [json.dumps({"type": "build.finished", "delivery_key": f"b-{n}", "actor": "mona", "target": f"job-{n % 3}", "payload": {"n": n}}) for n in range(40)]
        self.product.run("events", "import", "-", "--source", "nightly", stdin="\n".join(lines) + "\n")
        self.assertEqual(self.run_events("retention", "set", "ci", "build", "--days", "20", "--archive")["is_archived"], True)
        (rule,) = self.run_events("retention", "list", "--own")["rules"]
        self.assertEqual((rule["kind"], rule["type"], rule["days"], rule["is_archived"]), ("ci", "build", 20, True))
        self.assertEqual(self.run_events("archive", "--to", str(folder))["archives"], [], "nothing is old")
        wait_until(lambda: self.sql("select count(*) as n from events.events_by_type where event_type = 'build.finished'")[0]["n"] == 40)
        for table in ("events", "events_by_type"):
            self.product.psql("events_db", f"update events.{table} set received_at = received_at - interval '70 days' where event_type = 'build.finished'")
        (archive,) = self.run_events("archive", "--to", str(folder))["archives"]
        self.assertEqual((archive["source"], archive["type"], archive["events"]), ("nightly", "build.finished", 40))
        self.assertEqual(self.run_events("list", "--source", "nightly")["events"], [])
        self.product.psql("events_db", "delete from events.event_keys where delivery_key like 'b-%'")  # as after eight days
        summary = self.run_events("import", archive["file"])
        self.assertEqual((summary["lines"], summary["stored"]), (40, 40))
        self.assertEqual(len(self.run_events("list", "--source", "nightly", "--limit", "100")["events"]), 40)
        (busiest,) = self.run_events("stats", "--by", "actor", "--source", "nightly")["actors"]
        self.assertGreaterEqual((busiest["actor"], busiest["events"]), ("mona", 40))
        self.run_events("retention", "reset", "ci", "build")
        self.assertEqual(self.product.run("events", "retention", "set", "ci", "build", "--days", "soon").code, 2)
        self.assertEqual(self.product.run("events", "archive").code, 2, "nothing says where to")

    def test_subscribers_get_what_the_reference_library_verifies(self):
        self.add("generic", "told")
        with Subscriber() as subscriber:
            added = self.run_events("subscribe", "--to", subscriber.url, "--name", "mine", "--source", "told", "--type", "test")
            time.sleep(1.1)  # until the server looks whether somebody subscribes
            for _ in range(5):
                self.assertEqual(self.product.run("events", "source", "test", "told").code, 0)
            wait_until(lambda: len(subscriber.taken) == 5)
            if shutil.which("node") and (ROOT / "node_modules/standardwebhooks").is_dir():
                done = subprocess.run(["node", SCRIPT.with_name("verify_webhooks.mjs"), added["secret"]], input=json.dumps(subscriber.taken), capture_output=True, text=True, cwd=ROOT)
                self.assertEqual((done.returncode, done.stdout.strip()), (0, "5"), done.stderr)
                print("Standard Webhooks' reference library: 5 of 5 genuine")
            wait_until(lambda: self.subscription("mine")["delivered"] == 5)
            subscriber.status = 500
            self.assertEqual(self.product.run("events", "source", "test", "told").code, 0)
            wait_until(lambda: self.subscription("mine")["state"] == "failing")
            event = self.run_events("subscription", "deliveries", "mine", "--status", "pending")["deliveries"][0]["event_id"]
            self.assertEqual(self.run_events("subscription", "attempts", "mine", event)["attempts"][0]["response_status"], 500)
            subscriber.status = 204
            self.assertEqual(self.run_events("subscription", "retry", "mine", event)["deliveries"], 1)
            wait_until(lambda: self.subscription("mine")["delivered"] == 6)
        for step in ("pause", "resume", "remove"):
            self.run_events("subscription", step, "mine")
        self.assertEqual(self.product.run("events", "subscription", "pause", "mine", "--json").error["code"], "events.no_such_subscription")

    def subscription(self, name: str) -> dict:
        (found,) = [s for s in self.run_events("subscription", "list")["subscriptions"] if s["name"] == name]
        return found

    def test_linears_scheme_as_its_sdk_verifies_it(self):
        source = self.add("linear", "issues")
        answers = self.send("linear", source["url"], source["secret"])
        self.assertEqual([(a["status"], a["body"]["status"]) for a in answers], [(200, "stored")] * 12)
        wait_until(lambda: self.sql(f"select count(*) as n from events.linear_events l join events.events e on e.id = l.event_id where e.source_id = '{source['id']}'")[0]["n"] == 12)

    def test_notions_handshake_and_deliveries_as_its_client_signs_them(self):
        source = self.add("notion", "pages")
        self.assertIsNone(source["secret"])
        answers = self.send("notion", source["url"], "secret_of_notion")
        self.assertEqual([a["body"]["status"] for a in answers], ["token_taken"] + ["stored"] * 5)
        wait_until(lambda: self.sql(f"select count(*) as n from events.notion_events l join events.events e on e.id = l.event_id where e.source_id = '{source['id']}'")[0]["n"] == 5)
        self.assertIsNotNone(self.source("pages")["verified_at"])


class WithoutPostgres(unittest.TestCase):
    """The database is the administrator's own, and goes away."""

    def post(self, source: dict, delivery: str, filler: str = "") -> tuple[int, dict]:
        return self.answer_to(signed_by_github(source, delivery, json.dumps({"sender": {"login": "mona"}, "filler": filler}).encode()))

    def post_generic(self, source: dict, delivery: str, filler: str = "") -> tuple[int, dict]:
        body = json.dumps({"id": delivery, "type": "alarm", "filler": filler}).encode()
        signature = hmac.new(source["secret"].encode(), body, hashlib.sha256).hexdigest()
        return self.answer_to(urllib.request.Request(source["url"], body, {"Content-Type": "application/json", "X-Signature-256": f"sha256={signature}", "X-Delivery-Id": delivery}))

    def answer_to(self, request: urllib.request.Request) -> tuple[int, dict]:
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as problem:
            with problem:
                return problem.code, json.loads(problem.read()) | {"retry_after": problem.headers["Retry-After"]}

    def test_deliveries_of_github_wait_on_disk_and_others_are_put_off(self):
        with Server() as server, Product(GSDB_DATABASE_URL=server.url()) as product:
            product.up()
            source = product.run("events", "source", "add", "github", "--name", "octo", "--json").json
            self.assertEqual(self.post(source, "g-0")[1]["status"], "stored")
            server.stop()
            for delivery in ("g-1", "g-2", "g-1", "g-0"):
                began = time.monotonic()
                self.assertEqual(self.post(source, delivery), (202, {"status": "spooled"}))
                self.assertLess(time.monotonic() - began, 10, "GitHub waits no longer")
            self.assertEqual(self.post(source | {"secret": "another"}, "g-3")[0], 401, "still checked")
            product.kill()
            server.start()
            product.up()
            wait_until(lambda: not list((product.home / "spool").iterdir()), 60)
            rows = product.sql("select delivery_key from events.events order by 1", "events_db")
            self.assertEqual([row["delivery_key"] for row in rows], ["g-0", "g-1", "g-2"])

    def test_a_full_disk_loses_nothing_that_was_acknowledged(self):
        with Server("max_wal_size=64MB", "synchronous_commit=on", disk_megabytes=700) as server, Product(GSDB_DATABASE_URL=server.url()) as product:
            product.up()
            octo = product.run("events", "source", "add", "github", "--name", "octo", "--json").json
            other = product.run("events", "source", "add", "generic", "--name", "other", "--delivery-header", "x-delivery-id", "--json").json
            self.assertEqual(self.post(octo, "g-0")[1]["status"], "stored")
            self.assertEqual(self.post_generic(other, "o-0")[1]["status"], "stored")
            server.disk.fill()
            acknowledged, answers = ["g-0", "o-0"], []
            for number in range(1, 2000):
                server.disk.fill()
                # What no compression makes small: each needs pages that are not there.
                answers.append(self.post(octo, f"g-{number}", os.urandom(60_000).hex()))
                acknowledged.append(f"g-{number}")
                if answers[-1][0] == 202:
                    break
                self.assertEqual(answers[-1][1].get("status"), "stored", answers[-1])
            self.assertEqual(answers[-1], (202, {"status": "spooled"}), "the disk was never full")
            status, body = self.post_generic(other, "o-1", os.urandom(60_000).hex())
            self.assertEqual((status, body["error"]["code"], body["retry_after"]), (503, "events.unavailable", "5"))
            for delivery in ("g-late-1", "g-late-2", "g-0"):
                self.assertIn(self.post(octo, delivery, os.urandom(60_000).hex())[0], (200, 202))
                acknowledged.append(delivery)

            server.disk.free()
            if not self.takes_connections(server):  # it may have ended itself, as its administrator would see
                server.start()
            wait_until(lambda: self.takes_connections(server), 60)
            wait_until(lambda: not list((product.home / "spool").iterdir()), 60)
            self.assertIn(self.post_generic(other, "o-1")[1]["status"], "stored")
            rows = product.sql("select delivery_key, count(*) as times from events.events group by 1", "events_db")
            self.assertEqual({row["delivery_key"]: int(row["times"]) for row in rows}, dict.fromkeys({*acknowledged, "o-1"}, 1))
            print(f"disk full after {len(answers) - 1} deliveries of 120 kB; all {len(set(acknowledged))} acknowledged are there once")

    def takes_connections(self, server: Server) -> bool:
        return server.psql("select 1").returncode == 0


if __name__ == "__main__":
    unittest.main()
