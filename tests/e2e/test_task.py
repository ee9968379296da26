"""The queue of tasks, as a person at the command line uses it: done, called off, given up, tried again, and after a kill."""
import http.server
import json
import pathlib
import threading
import time
import unittest

from product import Product, ProductTest, alive, wait_until


class Listener(http.server.BaseHTTPRequestHandler):
    """Says "later" to the first call of a path, and answers the second."""

    seen: list[tuple[str, str, str]] = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.seen.append((self.path, self.headers["Idempotency-Key"], body))
        is_first = sum(1 for path, _, _ in self.seen if path == self.path) == 1
        self.send_response(429 if is_first else 200)
        if is_first:
            self.send_header("Retry-After", "1")
        answer = b'{"taken": true}'
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


class Tasks(ProductTest):
    settings = {"GSDB_TASKS_HTTP_NETWORKS": "127.0.0.0/8"}

    def task(self, *arguments: str) -> dict:
        answer = self.product.run("--json", "task", *arguments)
        self.assertEqual(answer.code, 0, answer)
        return answer.json

    def submit(self, *arguments: str) -> str:
        return self.task("submit", *arguments)["id"]

    def shown(self, task: str) -> dict:
        return self.product.run("task", "show", "--json", task).json

    def ended(self, task: str) -> dict:
        self.product.run("task", "wait", "--at-most", "60s", task)
        return self.shown(task)

    def folder(self) -> pathlib.Path:
        folder = self.product.folder / self.id().rsplit(".", 1)[1]
        folder.mkdir()
        return folder

    def test_a_program_is_run_and_shown_while_it_goes(self):
        folder = self.folder()
        answer = self.product.run("task", "submit", "--wait", "--folder", str(folder), "--env", "COLOUR=green", "--input", '{"n": 3}', "--title", "try it", "--",
                                  "sh", "-c", 'pwd; cat; echo; echo "$COLOUR" >&2; echo "{\\"sum\\": 7}"')
        self.assertEqual(answer.code, 0, answer)
        for line in (f"| {folder}", '| {"n": 3}', "! green", '| {"sum": 7}'):
            self.assertIn(line + "\n", answer.err)
        listed = self.task("list", "--limit", "1000")["tasks"]
        (task,) = [t for t in listed if t["title"] == "try it"]
        shown = self.shown(task["id"][-12:])
        self.assertEqual((shown["status"], shown["output"], shown["attempts"]), ("succeeded", {"sum": 7}, 1))
        (usage,) = shown["usage"]
        self.assertEqual(usage["exit_code"], 0)
        self.assertIn("| ", self.product.run("task", "logs", task["id"]).out)
        self.assertEqual({line["stream"] for line in self.task("logs", task["id"])["lines"]}, {"stdout", "stderr"})

    def test_the_exit_code_is_the_outcome(self):
        answer = self.product.run("task", "submit", "--wait", "--attempts", "1", "--", "sh", "-c", "echo no luck >&2; exit 3")
        self.assertEqual(answer.code, 1, answer)
        self.assertIn("dead: exit_status: sh ended with status 3; it said: no luck", answer.out)

    def test_called_off_it_leaves_no_process(self):
        pids = self.folder() / "pids"
        task = self.submit("--", "sh", "-c", f"trap '' TERM; setsid sleep 1000 & echo $! > {pids}.new; echo $$ >> {pids}.new; mv {pids}.new {pids}; wait; sleep 1000")
        wait_until(pids.exists, 30)
        processes = [int(pid) for pid in pids.read_text().split()]
        self.assertTrue(all(alive(pid) for pid in processes))
        self.assertEqual(self.task("cancel", task, "--reason", "enough")["tasks"][0]["status"], "running")
        shown = self.ended(task)
        self.assertEqual((shown["status"], shown["cancel_reason"]), ("cancelled", "enough"))
        self.assertFalse(any(alive(pid) for pid in processes))

    def test_a_dead_letter_is_replayed(self):
        flag = self.folder() / "flag"
        task = self.submit("--attempts", "1", "--", "test", "-e", str(flag))
        self.assertEqual(self.ended(task)["status"], "dead")
        flag.touch()
        self.assertEqual(self.task("replay", task)["tasks"][0]["status"], "queued")
        self.assertEqual(self.ended(task)["status"], "succeeded")
        self.assertEqual(self.product.run("task", "replay", task).code, 4)

    def test_a_task_out_of_time_is_ended(self):
        task = self.submit("--timeout", "1s", "--attempts", "1", "--", "sleep", "1000")
        shown = self.ended(task)
        self.assertEqual((shown["status"], shown["error_class"]), ("dead", "timeout"))

    def test_the_same_key_is_the_same_task(self):
        first, second = (self.task("submit", "--key", "nightly 7", "--", "true") for _ in range(2))
        self.assertEqual(first["id"], second["id"])
        self.assertEqual((first["is_new"], second["is_new"]), (True, False))

    def test_what_waits_begins_after(self):
        folder = self.folder()
        file, flag = folder / "file", folder / "flag"
        first = self.submit("--", "sh", "-c", f"until test -e {flag}; do sleep 0.1; done; echo first >> {file}")
        second = self.submit("--after", first[-12:], "--", "sh", "-c", f"echo second >> {file}")
        self.assertEqual(self.shown(second)["status"], "blocked")
        flag.touch()
        self.assertEqual(self.ended(second)["status"], "succeeded")
        self.assertEqual(file.read_text(), "first\nsecond\n")
        later = self.submit("--in", "1h", "--", "true")
        self.assertEqual(self.shown(later)["status"], "scheduled")
        self.assertEqual(self.task("cancel", later)["tasks"][0]["status"], "cancelled")

    def test_a_file_of_tasks_is_added_at_once(self):
        folder = self.folder()
        lines = [{"title": f"t{n}", "executor": "command", "configuration": {"arguments": ["sh", "-c", f"echo {n} >> order"], "folder": str(folder)}, "priority": "high",
                  "concurrency_key": "batch", "after": [n - 1] if n > 1 else []} for n in range(1, 6)]
        answer = self.product.run("task", "submit", "--json", "--from", "-", stdin="".join(json.dumps(line) + "\n" for line in lines))
        self.assertEqual(answer.code, 0, answer)
        added = answer.json["tasks"]
        self.assertEqual(len(added), 5)
        self.assertEqual(self.ended(added[-1]["id"])["status"], "succeeded")
        self.assertEqual((folder / "order").read_text().split(), ["1", "2", "3", "4", "5"])
        lines[3]["configuration"]["argument"] = 1
        answer = self.product.run("task", "submit", "--from", "-", stdin="".join(json.dumps(line) + "\n" for line in lines))
        self.assertEqual(answer.code, 2, answer)
        self.assertIn("line 4: argument of the configuration is not known", answer.err)

    def test_a_call_heeds_retry_after(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        task = self.submit("--http", f"http://127.0.0.1:{server.server_port}/build", "--method", "POST", "--input", '{"branch": "main"}')
        shown = self.ended(task)
        self.assertEqual((shown["status"], shown["output"]), ("succeeded", {"body": {"taken": True}, "content_type": "application/json", "status": 200}))
        self.assertEqual((shown["attempts"], shown["attempts_forgiven"]), (2, 1))
        self.assertEqual(Listener.seen, [("/build", task, '{"branch": "main"}')] * 2)

    def test_a_query_reads_and_writes_nothing(self):
        task = self.submit("--sql", "select count(*) as n from tasks.tasks where title = $1", "--db", "task_db", "--parameter", "no such")
        self.assertEqual(self.ended(task)["output"], {"rows": [{"n": 0}], "is_cut": False, "row_count": 1})
        shown = self.ended(self.submit("--sql", "delete from tasks.tasks", "--db", "task_db"))
        self.assertEqual((shown["status"], shown["error_class"], shown["attempts"]), ("failed", "invalid_input", 1))

    def test_limits_hold_tasks_of_a_key_back(self):
        self.assertEqual(self.product.run("task", "limit", "set", "slow", "--running", "0").code, 0)
        task = self.submit("--concurrency-key", "slow", "--", "true")
        (limit,) = [one for one in self.task("limit", "list")["limits"] if one["concurrency_key"] == "slow"]
        self.assertEqual((limit["running_max"], limit["running"]), (0, 0))
        self.assertEqual(self.product.run("task", "wait", "--at-most", "2s", task).code, 3)
        self.assertEqual(self.shown(task)["status"], "queued")
        self.assertEqual(self.product.run("task", "limit", "remove", "slow").code, 0)
        self.assertEqual(self.ended(task)["status"], "succeeded")

    def test_a_schedule_is_kept_and_paused(self):
        added = self.task("schedule", "add", "--name", "tick", "--cron", "* * * * *", "--time-zone", "Europe/Berlin", "--", "true")
        self.assertEqual((added["executor"], added["configuration"]["arguments"]), ("command", ["true"]))
        self.product.psql("task_db", "update tasks.schedules set next_run_at = now() where name = 'tick'")
        wait_until(lambda: any(t["title"] == "tick" and t["status"] == "succeeded" for t in self.task("list", "--limit", "1000")["tasks"]), 30)
        self.assertIsNotNone(self.task("schedule", "pause", "tick")["paused_at"])
        (listed,) = self.task("schedule", "list")["schedules"]
        self.assertIsNotNone(listed["last_run_at"])
        self.assertIsNotNone(self.task("schedule", "resume", "tick")["next_run_at"])
        self.assertEqual(len(self.task("schedule", "next", "tick", "--count", "3")["times"]), 3)
        self.assertEqual(self.task("schedule", "next", "--cron", "0 0 30 2 *")["times"], [])
        self.task("schedule", "remove", "tick")
        for arguments, code, words in ((["add", "--name", "x", "--cron", "61 * * * *", "--", "true"], 2, "'61' is no minute"), (["pause", "tick"], 5, "no schedule tick"),
                                       (["add", "--name", "x", "--cron", "* * * * *", "--time-zone", "Mars/Base", "--", "true"], 2, "knows no time zone Mars/Base"),
                                       (["next"], 2, "name a schedule")):
            answer = self.product.run("task", "schedule", *arguments)
            self.assertEqual(answer.code, code, answer)
            self.assertIn(words, answer.err)

    def test_what_is_wrong_is_said_before_anything_is_queued(self):
        before = len(self.task("list", "--limit", "1000")["tasks"])
        for arguments, code, words in ((["submit"], 2, "nothing says what the task is to do"), (["submit", "--http", "ftp://a/"], 2, "cannot be called"),
                                       (["submit", "--http", "http://a/", "--sql", "select 1"], 2, "of http and of sql"),
                                       (["submit", "--input", "[]", "--", "true"], 2, "no JSON object"), (["submit", "--timeout", "soon", "--", "true"], 2, "soon"),
                                       (["submit", "--configuration", '{"memory": 1}', "--", "true"], 2, "memory of the configuration is not known"),
                                       (["submit", "--after", "ffffffffffff", "--", "true"], 5, "there is no task ffffffffffff"),
                                       (["submit", "--from", "/nowhere.jsonl"], 5, "/nowhere.jsonl"), (["show", "ffffffffffff"], 5, "there is no task"),
                                       (["show", "01890000-0000-7000-8000-000000000001"], 5, "there is no task"), (["cancel", "01890000-0000-7000-8000-000000000001"], 5, "none of these"),
                                       (["replay"], 2, "no task was given")):
            answer = self.product.run("task", *arguments)
            self.assertEqual(answer.code, code, answer)
            self.assertIn(words, answer.err)
        self.assertEqual(len(self.task("list", "--limit", "1000")["tasks"]), before)


class Servers(unittest.TestCase):
    def test_killed_its_task_is_run_again_by_the_next(self):
        with Product() as product:
            product.up()
            file = product.folder / "file"
            task = product.run("task", "submit", "--json", "--", "sh", "-c", f"echo $$ $GSDB_ATTEMPT >> {file}; test $GSDB_ATTEMPT = 2 || sleep 1000").json["id"]
            wait_until(file.exists, 30)
            process = int(file.read_text().split()[0])
            product.kill()
            wait_until(lambda: not alive(process), 30)
            product.up()
            answer = product.run("task", "wait", "--json", "--at-most", "60s", task)
            self.assertEqual(answer.code, 0, answer)
            self.assertEqual((answer.json["status"], answer.json["attempts"], answer.json["attempts_forgiven"]), ("succeeded", 2, 0))
            self.assertEqual([line.split()[1] for line in file.read_text().splitlines()], ["1", "2"])

    def test_stopped_it_hands_back_what_it_has_not_done(self):
        with Product(GSDB_TASKS_CONCURRENT_MAX="1") as product:
            product.up()
            file = product.folder / "file"
            running = product.run("task", "submit", "--json", "--", "sh", "-c", f"echo $$ > {file}; exec sleep 1000").json["id"]
            waiting = product.run("task", "submit", "--json", "--", "true").json["id"]
            wait_until(lambda: file.exists() and file.read_text(), 30)
            began = time.monotonic()
            self.assertEqual(product.run("down").code, 0)
            self.assertLess(time.monotonic() - began, 30)
            self.assertFalse(alive(int(file.read_text())))
            for task, attempts in ((running, 1), (waiting, 0)):
                shown = product.run("task", "show", "--json", task).json
                self.assertEqual((shown["status"], shown["attempts"], shown["attempts_forgiven"]), ("queued", attempts, attempts))

    def test_settings_say_what_is_run(self):
        with Product(GSDB_TASKS_EXECUTORS="http") as product:
            product.up()
            task = product.run("task", "submit", "--json", "--", "true").json["id"]
            self.assertEqual(product.run("task", "wait", "--at-most", "2s", task).code, 3)
        with Product(GSDB_TASKS_EXECUTORS="shell") as product:
            answer = product.run("up", "--detach")
            self.assertEqual(answer.code, 2, answer)
            self.assertIn("tasks.executors names shell", answer.err)


if __name__ == "__main__":
    unittest.main()
