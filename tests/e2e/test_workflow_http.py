"""Workflows over HTTP: started, followed as they go, changed; and by whom."""
import concurrent.futures
import json
import pathlib
import unittest
import urllib.request

from description import validate
from product import Product, git, json_answer, repository, wait_until
from test_workflow import FILES, REQUIREMENT

ALL = "/api/v1/workflows"


class WorkflowsOverHttp(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.product = Product()
        cls.url = cls.product.up()["url"]

    @classmethod
    def tearDownClass(cls):
        cls.product.__exit__()

    def request(self, method: str, path: str, body: dict | None = None, key: str = "", **headers: str) -> urllib.request.Request:
        return urllib.request.Request(self.url + path, json.dumps(body).encode() if body is not None else None, method=method,
                                         headers={"Authorization": f"Bearer {key or self.product.api_key()}"} | headers)

    def ask(self, method: str, path: str, expected: int, described: str, body: dict | None = None, key: str = "", **headers: str) -> dict:
        """The answer, held against the description."""
        status, document = json_answer(self.request(method, path, body, key, **headers))
        self.assertEqual(status, expected, document)
        validate(document, described, status, method)
        return document

    def get(self, path: str, rest: str = "", expected: int = 200, key: str = "") -> dict:
        return self.ask("GET", path + rest, expected, ALL + "/{workflow}" + rest.split("?")[0] if path != ALL else ALL, key=key)

    def change(self, run: str, verb: str, expected: int = 200, body: dict | None = None, key: str = "") -> dict:
        return self.ask("POST", f"{ALL}/{run}/{verb}", expected, ALL + "/{workflow}/" + verb, body, key)

    def order(self, folder: pathlib.Path, script: str, **more) -> dict:
        agent = self.product.script(f"agent-{folder.name}.sh", script)
        return {"repository": str(folder), "requirements": REQUIREMENT, "agent": f"command:{agent}"} | more

    def start(self, order: dict, expected: int = 202, key: str = "", **headers: str) -> dict:
        return self.ask("POST", ALL, expected, ALL, order, key, **headers)

    def events(self, run: str, last: str = "") -> list[tuple[str, str, dict]]:
        """Id, name and data of each event until the stream ends."""
        seen, fields = [], {}
        with urllib.request.urlopen(self.request("GET", f"{ALL}/{run}/events", **({"Last-Event-ID": last} if last else {})), timeout=120) as stream:
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
            plan = self.get(f"{ALL}/{run}", "/plan")
            self.assertEqual([step["name"] for step in plan["plan"]["steps"]], ["One", "Two"])
            self.assertEqual((plan["can_be_edited"], plan["versions"][0]["status"]), (False, "accepted"))
            self.assertEqual(self.product.run("workflow", "plan", run, "--json").json, plan)
            refused = self.ask("PUT", f"{ALL}/{run}/plan", 409, ALL + "/{workflow}/plan", plan["plan"])
            self.assertEqual(refused["error"]["code"], "workflows.execution_is_over")
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
