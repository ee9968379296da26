"""From a requirement to a merged change, as a newcomer tries it; killed anywhere; carried on by the server."""
import concurrent.futures
import json
import os
import pathlib
import random
import signal
import subprocess
import time
import unittest
import urllib.error
import urllib.request

import jsonschema

from product import Product, git, repository, wait_until, write
from test_api import schema_of

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples" / "workflows"

REQUIREMENT = """# Two files

## One
- [ ] `$ test -s one.txt` passes
## Two
Depends on: 1
"""
ALL = "/api/v1/workflows"
FILES = {"check.sh": "test -f base.txt\n", "base.txt": "base\n", "a.py": "def one():\n    return 1\n"}


class Workflows(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.product = Product()

    @classmethod
    def tearDownClass(cls):
        cls.product.__exit__()

    def agent(self, folder: pathlib.Path, script: str) -> str:
        path = folder / "agent.sh"
        path.write_text("#!/bin/sh\nset -eu\n" + script)
        path.chmod(0o755)
        return f"command:{path}"

    def start(self, repository_folder, folder, script, *options):
        (folder / "requirement.md").write_text(REQUIREMENT)
        return ["workflow", "start", "--json", "--repo", str(repository_folder), "--requirements", str(folder / "requirement.md"), "--agent", self.agent(folder, script), *options]

    def merged(self, folder) -> list[str]:
        return git(folder, "ls-tree", "-r", "--name-only", "dev").split()

    def traces(self, folder) -> str:
        return git(folder, "branch", "--list", "gsdb/*").strip()

    def example(self, name: str) -> str:
        answer = subprocess.run([str(EXAMPLES / "try.sh"), name], env=self.product.environment | {"GSDB": self.product.command[0], "TMPDIR": str(self.product.folder)},
                                capture_output=True, text=True, timeout=240)
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)
        return answer.stdout + answer.stderr

    def test_the_examples_end_merged(self):
        said = self.example("greeting")
        self.assertIn("8/8 completion:", said)
        self.assertIn("failed (checks_failed); it is tried again", said)
        said = self.example("notes")
        self.assertIn("conflicts with dev: notes.sh", said)
        listed = self.product.run("workflow", "list", "--json").json["runs"]
        self.assertEqual([r["status"] for r in listed[:2]], ["completed", "completed"])
        shown = self.product.run("workflow", "show", listed[0]["id"][-12:])
        self.assertIn("every_change_is_merged", shown.out)
        self.assertIn("mending the conflict", self.product.run("workflow", "logs", listed[0]["id"][-12:]).out)

    def test_the_code_graph_sees_each_change(self):
        with repository(FILES) as folder:
            script = 'echo x > one.txt; printf "\\n\\ndef added_%s():\\n    return 2\\n" $GSDB_STEP >> a.py\n'
            answer = self.product.run(*self.start(folder, folder.parent, script))
            self.assertEqual(answer.code, 0, answer)
            (graph,) = [v for v in answer.json["validations"] if v["validation"] == "code_graph_differences"]
            changes = {(f["step"], c["kind"], c["name"]) for f in graph["findings"] for c in f["changes"]}
            self.assertIn((1, "added", "added_1"), changes)
            self.assertIn((2, "added", "added_2"), changes)
            # What the folder holds is what questions are about afterwards.
            held = self.product.sql(f"select e.name from code_elements e join codebases c on c.id = e.codebase_id where e.kind = 'function' and c.location = '{folder}'")
            self.assertEqual(held, [{"name": "one"}])

    def test_what_is_wrong_is_said_before_anything_begins(self):
        with repository(FILES) as folder:
            requirement = folder.parent / "requirement.md"
            requirement.write_text(REQUIREMENT)
            good = {"--repo": str(folder), "--requirements": str(requirement), "--agent": "command:true"}
            for wrong, code, message in (({"--agent": "command:./nowhere.sh"}, 5, "there is no program"), ({"--requirements": "/none.md"}, 5, "cannot be read"),
                                         ({"--agent": "gpt"}, 2, "is no agent"), ({"--parallel": "0"}, 2, "parallel"), ({"--repo": "/nowhere"}, 5, "/nowhere"),
                                         ({"--step-timeout": "soon"}, 2, "soon"),
                                         ({"--writable": "/nowhere"}, 5, "/nowhere")):
                answer = self.product.run("workflow", "start", *[word for option in (good | wrong).items() for word in option])
                self.assertEqual(answer.code, code, answer)
                self.assertIn(message, answer.err)
            requirement.write_text("# T\n## A\nDepends on: B\n## B\nDepends on: A\n")
            answer = self.product.run("workflow", "start", *[word for option in good.items() for word in option])
            self.assertEqual(answer.code, 2, answer)
            self.assertIn("in a circle", answer.err)

    def test_killed_anywhere_it_comes_to_the_same(self):
        seed = random.SystemRandom().randrange(1 << 32)
        dice = random.Random(seed)
        with self.subTest(seed=seed), repository(FILES) as folder:
            command = self.start(folder, folder.parent, 'sleep 0.3; if [ $GSDB_STEP = 1 ]; then echo 1 > one.txt; else test -s one.txt; echo 2 > two.txt; fi\n')
            command.insert(2, "--key=killed")
            for kills in range(25):
                process = self.product.start(*command)
                try:
                    # Later and later: on a busy machine the program takes seconds to begin.
                    process.communicate(timeout=dice.uniform(0.5, 6) * (1 + kills / 5))
                    break
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    process.communicate()
            else:
                self.fail("it never came to its end")
            self.assertEqual(process.returncode, 0)
            self.assertEqual(self.merged(folder), ["a.py", "base.txt", "check.sh", "one.txt", "two.txt"])
            self.assertEqual(git(folder, "rev-list", "--count", "main..dev").strip(), "2")
            self.assertEqual(self.traces(folder), "")
            self.assertEqual(git(folder, "worktree", "list").count("\n"), 1)
            counted = self.product.sql("select operation_type, count(*) as n from workflows.operations o join workflows.workflow_executions e on e.id = o.execution_id "
                                       "where e.idempotency_key = 'killed' and operation_type <> 'agent.run' and operation_type <> 'commit.create' group by 1 order by 1", "workflows_db")
            self.assertEqual({row["operation_type"]: int(row["n"]) for row in counted}, {"branch.merge": 2, "issue.create": 3})

    def test_the_server_carries_on_what_nobody_does(self):
        with Product() as product, repository(FILES) as folder:
            product.up()
            answer = product.run(*self.start(folder, folder.parent, "echo $GSDB_STEP > one.txt\n", "--detach"))
            self.assertEqual(answer.code, 0, answer)
            run = answer.json["id"]
            wait_until(lambda: product.run("workflow", "show", "--json", run).json["status"] != "running", 120)
            shown = product.run("workflow", "show", "--json", run).json
            self.assertEqual(shown["status"], "completed", shown["reason"])
            self.assertIn("one.txt", self.merged(folder))

    def test_cancelled_it_leaves_nothing(self):
        with repository(FILES) as folder:
            marker = f"gsdb-e2e-{os.getpid()}-{time.monotonic_ns()}"
            process = self.product.start(*self.start(folder, folder.parent, f"echo begun > {folder.parent}/{marker}; MARK={marker} sleep 1000\n"))
            wait_until(lambda: (folder.parent / marker).exists(), 60)
            (run,) = [r for r in self.product.run("workflow", "list", "--json").json["runs"] if r["status"] == "running"]
            self.assertEqual(self.product.run("workflow", "cancel", run["id"][-12:], "--reason", "enough").code, 0)
            out, _ = process.communicate(timeout=60)
            self.assertEqual((process.returncode, json.loads(out)["status"]), (1, "cancelled"))
            self.assertEqual(self.traces(folder), "")
            (folder.parent / marker).unlink()
            for proc in pathlib.Path("/proc").glob("[0-9]*/environ"):
                try:
                    self.assertNotIn(marker.encode(), proc.read_bytes())
                except OSError:
                    pass


class WorkflowsOverHttp(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.product = Product()
        cls.url = cls.product.up()["url"]

    @classmethod
    def tearDownClass(cls):
        cls.product.__exit__()

    def open(self, method: str, path: str, body: dict | None = None, key: str = "", **headers: str):
        request = urllib.request.Request(self.url + path, json.dumps(body).encode() if body is not None else None, method=method,
                                         headers={"Authorization": f"Bearer {key or self.product.api_key()}"} | headers)
        return urllib.request.urlopen(request, timeout=120)

    def ask(self, method: str, path: str, expected: int, described: str, body: dict | None = None, key: str = "", **headers: str) -> dict:
        """The answer, held against the description."""
        try:
            with self.open(method, path, body, key, **headers) as answer:
                status, document = answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as problem:
            with problem:
                status, document = problem.code, json.loads(problem.read())
        self.assertEqual(status, expected, document)
        jsonschema.Draft202012Validator(schema_of(described, status, method.lower())).validate(document)
        return document

    def get(self, path: str, rest: str = "", expected: int = 200, key: str = "") -> dict:
        return self.ask("GET", path + rest, expected, ALL + "/{workflow}" + rest.split("?")[0] if path != ALL else ALL, key=key)

    def change(self, run: str, verb: str, expected: int = 200, body: dict | None = None, key: str = "") -> dict:
        return self.ask("POST", f"{ALL}/{run}/{verb}", expected, ALL + "/{workflow}/" + verb, body, key)

    def order(self, folder: pathlib.Path, script: str, **more) -> dict:
        path = self.product.folder / f"agent-{folder.name}.sh"
        path.write_text("#!/bin/sh\nset -eu\n" + script)
        path.chmod(0o755)
        return {"repository": str(folder), "requirements": REQUIREMENT, "agent": f"command:{path}"} | more

    def start(self, order: dict, expected: int = 202, key: str = "", **headers: str) -> dict:
        return self.ask("POST", ALL, expected, ALL, order, key, **headers)

    def events(self, run: str, last: str = "") -> list[tuple[str, str, dict]]:
        """Id, name and data of each event until the stream ends."""
        seen, fields = [], {}
        with self.open("GET", f"{ALL}/{run}/events", **({"Last-Event-ID": last} if last else {})) as stream:
            if stream.status == 204:
                return []
            for line in stream:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name:
                    fields[name] = value
                else:
                    if "data" in fields:
                        seen.append((fields.get("id", ""), fields["event"], json.loads(fields["data"])))
                    fields = {}
        return seen

    def test_a_run_is_started_followed_by_two_and_shown(self):
        script = 'echo said $GSDB_STEP; if [ $GSDB_STEP = 1 ]; then echo 1 > one.txt; else test -s one.txt; echo 2 > two.txt; fi\n'
        with repository(FILES) as folder:
            order = self.order(folder, script)
            run = self.start(order, **{"Idempotency-Key": "once"})["id"]
            self.assertEqual(self.start(order, **{"Idempotency-Key": "once"})["id"], run)
            self.assertEqual(self.start(order | {"parallel": 5}, 409, **{"Idempotency-Key": "once"})["error"]["code"], "workflows.key_taken")
            with concurrent.futures.ThreadPoolExecutor(2) as clients:
                one, other = clients.map(self.events, (run, run))
            shown = self.product.run("workflow", "show", "--json", run).json
            self.assertEqual(self.get(f"{ALL}/{run}"), shown)
            self.assertEqual(shown["status"], "completed", shown["reason"])
            transitions = [(id, data) for id, name, data in one if name == "transition"]
            self.assertEqual([(i, d) for i, name, d in other if name == "transition"], transitions)
            self.assertEqual([{k: v for k, v in data.items() if k != "status"} for _, data in transitions], shown["history"])
            self.assertEqual(one[-1][1:], ("end", {"status": "completed", "reason": ""}))
            for kind, told in (("step", shown["steps"]), ("stage", shown["stages"])):
                latest = {data[kind]: data["status"] for _, name, data in one if name == kind}
                self.assertEqual(latest, {each[kind]: each["status"] for each in told})
            behind = self.events(run, transitions[2][0])
            self.assertEqual([(i, d) for i, name, d in behind if name == "transition"], transitions[3:])
            self.assertEqual(self.events(run, transitions[-1][0]), [])
            self.assertEqual(self.get(ALL)["items"][0]["id"], run)
            self.assertEqual(git(folder, "ls-tree", "-r", "--name-only", "dev").split(), ["a.py", "base.txt", "check.sh", "one.txt", "two.txt"])
            lines, cursor = [], ""
            while cursor is not None:
                page = self.get(f"{ALL}/{run}", f"/logs?limit=1&cursor={cursor}")
                lines, cursor = lines + page["items"], page["next_cursor"]
            self.assertEqual(lines, self.product.run("workflow", "logs", "--json", run).json["lines"])
            self.assertIn("said 2", [line["message"] for line in lines])

    def key(self, role: str, scope: str) -> str:
        answer = self.product.run("key", "create", f"{role} {scope}", "--json", "--role", role, "--scope", scope)
        self.assertEqual(answer.code, 0, answer)
        return answer.json["key"]

    def test_what_a_key_may_not_is_refused_and_changes_nothing(self):
        with repository(FILES) as folder:
            order = self.order(folder, "sleep 1000\n")
            for role, scope in (("viewer", "*"), ("member", "*"), ("admin", "workflows:write"), ("admin", "codebase:admin")):
                self.assertEqual(self.start(order, 403, self.key(role, scope))["error"]["code"], "identity.forbidden")
            self.assertNotIn(str(folder), [line["repository"] for line in self.get(ALL)["items"]])
            run = self.start(order)["id"]
            reader = self.key("viewer", "workflows:read")
            self.assertEqual(self.get(f"{ALL}/{run}", key=reader)["id"], run)
            self.change(run, "pause", 403, key=reader)
            stranger = self.key("owner", "*")
            theirs = "00000000-0000-7000-8000-00000000000c"
            self.product.psql("projects_db", f"insert into identity.organizations (id, name, slug) values ('{theirs}', 'Theirs', 'theirs'); "
                                             f"update identity.api_keys set organization_id = '{theirs}' where name = 'owner *'")
            self.assertEqual(self.start(order, 403, stranger)["error"]["code"], "workflows.start_refused")
            self.assertEqual(self.get(ALL, key=stranger)["items"], [])
            for rest in ("", "/logs", "/events"):
                self.assertEqual(self.get(f"{ALL}/{run}", rest, 404, stranger)["error"]["code"], "workflows.execution_unknown")
            self.change(run, "cancel", 404, key=stranger)
            self.change(run, "cancel")

    def test_paused_and_cancelled_over_http_it_leaves_nothing(self):
        with repository(FILES) as folder:
            marker = self.product.folder / f"{folder.name}-begun"
            run = self.start(self.order(folder, f"touch {marker}; sleep 1000\n"))["id"]
            wait_until(marker.exists, 120)
            self.assertEqual(self.change(run, "pause", body={"reason": "lunch"})["reason"], "lunch")
            self.assertEqual(self.change(run, "pause", 409)["error"]["code"], "workflows.execution_not_running")
            self.assertEqual(self.change(run[-12:], "retry", 409)["error"]["code"], "workflows.execution_not_failed")
            self.assertEqual(self.change(run, "approve", 409)["error"]["code"], "workflows.nothing_to_approve")
            self.assertNotEqual(git(folder, "branch", "--list", "gsdb/*").strip(), "", "a paused run keeps its branches")
            self.assertEqual(self.change(run, "cancel")["status"], "cancelled")
            wait_until(lambda: git(folder, "branch", "--list", "gsdb/*").strip() == "", 60)
            self.assertEqual(self.change(run, "resume", 409)["error"]["code"], "workflows.execution_not_paused")
            self.assertEqual(self.start(self.order(folder, "") | {"agent": "gpt"}, 400)["error"]["code"], "workflows.unknown_agent")


if __name__ == "__main__":
    unittest.main()
