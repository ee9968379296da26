"""Quality gates: at the command line, over HTTP, and on the changes of a run."""
import json
import unittest
import urllib.request

from description import validate
from product import Product, json_answer, repository

GATES = "/api/v1/workflow-gates"
SHOP = 'def sell():\n    """Sells."""\n    return 1\n'
ROB = "\\n\\ndef rob(a, b, c):\\n    if a and b and c:\\n        return eval(a)\\n    return 2\\n"


class WorkflowGates(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.product = Product()

    @classmethod
    def tearDownClass(cls):
        cls.product.__exit__()

    def gate(self, *words: str, code: int = 0):
        answer = self.product.run("workflow", "gate", *words, "--json")
        self.assertEqual(answer.code, code, answer)
        return answer

    def listed(self, *options: str) -> dict[tuple[str, bool], tuple]:
        return {(g["metric"], g["project"] is not None): (g["comparison"], g["threshold"], g["is_blocking"]) for g in self.gate("list", *options).json["gates"]}

    def test_gates_are_set_and_removed_for_all_or_for_one_project(self):
        self.assertEqual({m for m, _ in self.listed()}, {"complexity", "documentation", "duplication", "new_issues", "new_risks", "recent_failures", "tested_functions"})
        self.assertFalse(any(blocks for _, _, blocks in self.listed().values()))
        with repository({"shop.py": SHOP}) as folder:
            for _ in range(2):
                self.gate("set", "complexity", "at_most", "4", "--blocking", "--repo", str(folder))
            own = self.listed("--repo", str(folder))
            self.assertEqual((own["complexity", True], own["complexity", False]), (("at_most", 4, True), ("at_most", 7, False)))
            self.assertNotIn(("complexity", True), self.listed())
            self.assertEqual(self.gate("remove", "complexity", "--project", "default").json, {"metric": "complexity", "removed": True})
            self.assertEqual(self.gate("remove", "complexity", "--repo", str(folder)).json["removed"], False)
        for words, code, said in ((("set", "beauty", "at_most", "4"), 2, "complexity, documentation, duplication"), (("set", "documentation", "at_least", "101"), 2, "from 0 to 100"),
                                  (("set", "complexity", "about", "4"), 2, "at_least"), (("remove", "beauty"), 2, "nobody measures beauty"),
                                  (("list", "--project", "nowhere"), 5, "nowhere"), (("list", "--repo", "/nowhere"), 5, "/nowhere")):
            answer = self.product.run("workflow", "gate", *words)
            self.assertEqual(answer.code, code, answer)
            self.assertIn(said, answer.err)

    def test_gates_from_before_follow_unless_somebody_has_changed_them(self):
        self.assertEqual(self.product.run("db", "rollback", "workflows").code, 0)
        gates = "select metric, threshold, is_blocking from workflows.quality_gates order by metric"
        before = {row["metric"]: bool(row["is_blocking"]) for row in self.product.sql(gates, "workflows_db")}
        self.assertEqual(before, dict.fromkeys(("complexity", "dependency_health", "documentation", "duplication", "performance", "recent_failures", "security", "test_coverage"), True))
        self.product.sql("update workflows.quality_gates set threshold = 50 where metric in ('security', 'documentation') returning metric", "workflows_db")
        self.assertEqual(self.product.run("db", "migrate").code, 0)
        try:
            after = self.listed()
            self.assertEqual({metric for metric, _ in after}, {"complexity", "documentation", "duplication", "new_issues", "new_risks", "recent_failures", "security", "tested_functions"})
            self.assertEqual({metric for (metric, _), (_, _, blocks) in after.items() if blocks}, {"documentation", "security"})
            self.assertEqual(after["documentation", False][1], 50)
            (former,) = [g for g in self.gate("list").json["gates"] if g["metric"] == "security"]
            self.assertFalse(former["is_measured"])
        finally:
            self.gate("remove", "security")
            self.gate("set", "documentation", "at_least", "70")

    def test_a_run_is_warned_of_what_its_change_misses(self):
        with repository({"shop.py": SHOP, "check.sh": "true\n"}) as folder:
            requirement = self.product.folder / "requirement.md"
            requirement.write_text("# T\n## One\n")
            agent = self.product.script("agent.sh", f"printf '{ROB}' >> shop.py\n")
            answer = self.product.run("workflow", "start", "--json", "--repo", str(folder), "--requirements", str(requirement), "--agent", f"command:{agent}")
            self.assertEqual(answer.code, 0, answer)
            (gates,) = [v for v in answer.json["validations"] if v["validation"] == "quality_gates_pass"]
            self.assertEqual(gates["status"], "passed")
            found = {f["metric"]: f for f in gates["findings"]}
            self.assertEqual((found["complexity"]["outcome"], found["complexity"]["value"], found["complexity"]["step"]), ("passed", 4, 1))
            self.assertEqual((found["documentation"]["outcome"], found["documentation"]["value"]), ("missed", 0))
            self.assertEqual(found["documentation"]["where"], [{"name": "rob", "file": "shop.py", "line": 6, "detail": "has no description"}])
            self.assertEqual(found["new_risks"]["where"][0]["name"], "risk/dynamic-code")
            shown = self.product.run("workflow", "show", answer.json["id"][-12:]).out
            self.assertIn("warning: quality gate missed by step 1: documentation is 0 percent, at least 70 wanted; rob at shop.py:6", shown)
            report = answer.json["stages"][-1]["output"]
            self.assertIn("step 1: new_risks is 1 issues, at most 0 wanted; risk/dynamic-code at shop.py:8", report["missed_gates"][-2])

    def test_over_http_administrators_change_them(self):
        url = self.product.up()["url"]
        key = self.product.api_key()
        reader = self.product.run("key", "create", "reader", "--role", "member", "--scope", "workflows:read", "--scope", "workflows:write", "--json").json["key"]

        def ask(method: str, path: str, described: str, expected: int = 200, body: dict | None = None, key: str = key) -> dict:
            request = urllib.request.Request(url + path, json.dumps(body).encode() if body is not None else None, method=method, headers={"Authorization": f"Bearer {key}"})
            status, document = json_answer(request)
            self.assertEqual(status, expected, document)
            validate(document, described, status, method)
            return document

        one, wanted = GATES + "/complexity", {"comparison": "at_most", "threshold": 9.5, "is_blocking": True}
        for _ in range(2):
            gate = ask("PUT", one, GATES + "/{metric}", body=wanted)
            self.assertEqual((gate["threshold"], gate["is_blocking"], gate["unit"], gate["project"]), (9.5, True, "points", None))
        (listed,) = [g for g in ask("GET", GATES, GATES, key=reader)["items"] if g["metric"] == "complexity"]
        self.assertEqual(listed, gate)
        self.assertEqual(ask("PUT", one, GATES + "/{metric}", 403, wanted, reader)["error"]["code"], "identity.forbidden")
        self.assertEqual(ask("DELETE", one, GATES + "/{metric}", 403, key=reader)["error"]["code"], "identity.forbidden")
        for path, body, status, code in ((GATES + "/beauty", wanted, 400, "workflows.unknown_metric"), (one, {"threshold": 1}, 400, "request.bad_body"), (one, wanted | {"x": 1}, 400, "request.bad_body"),
                                         (one, wanted | {"threshold": -1}, 400, "workflows.bad_threshold"), (one + "?project=x", wanted, 400, "request.bad_project"),
                                         (one + "?project=01900000-0000-7000-8000-000000000000", wanted, 404, "projects.project_unknown")):
            self.assertEqual(ask("PUT", path, GATES + "/{metric}", status, body)["error"]["code"], code)
        self.assertEqual(ask("DELETE", one, GATES + "/{metric}"), {"metric": "complexity", "removed": True})
        self.assertEqual(ask("DELETE", one, GATES + "/{metric}"), {"metric": "complexity", "removed": False})


if __name__ == "__main__":
    unittest.main()
