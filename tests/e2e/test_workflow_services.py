"""A run whose changes are pull requests, whose issues are in Linear and whose agent is a model, from the command line to the end."""
import unittest

from product import Product, git, repository
from services import TOKENS, connect, services_for

REQUIREMENT = """# Greet

## Say good morning
The greeting is to be "good morning".
- [ ] `$ grep -q 'good morning' greeting.txt` passes
"""
ANSWER = """I change the greeting.
FILE: greeting.txt
<<<<<<< SEARCH
hello
=======
good morning
>>>>>>> REPLACE
```json
{"summary": "Greets in the morning.", "status": "done"}
```
"""


class WorkflowOnServices(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.product = Product()
        cls.addClassCleanup(cls.product.__exit__)
        cls.folder = cls.enterClassContext(repository({"check.sh": "test -s greeting.txt\n", "greeting.txt": "hello\n"}))
        cls.services, cls.elsewhere = services_for(cls.product, cls.folder)
        for service in cls.services.values():
            cls.addClassCleanup(service.end)
        (cls.product.folder / "feature.md").write_text(REQUIREMENT)

    def start(self, *options: str):
        return self.product.run("workflow", "start", "--json", "--repo", str(self.folder), "--requirements", str(self.product.folder / "feature.md"),
                                "--agent", "anthropic:a-model", "--code-host", "github", "--issues", "linear", *options)

    def test_a_requirement_becomes_a_merged_pull_request(self):
        self.assertEqual(self.start().code, 2, "a team is needed")
        refused = self.start("--team", "ENG")
        self.assertEqual(refused.code, 1)
        self.assertIn("gsdb service connect github", refused.out)
        connect(self.product, "github", "linear", "anthropic")
        listed = {one["service"]: one["connected_at"] for one in self.product.run("service", "list", "--json").json["services"]}
        self.assertTrue(listed["github"] and listed["linear"] and listed["anthropic"])
        self.assertIsNone(listed["codegen"])
        self.services["models"].control("script", answers=[{"text": ANSWER}])
        done = self.start("--team", "ENG", "--tokens-max", "100000", "--usd-max", "1", "--price-in", "1", "--price-out", "2")
        self.assertEqual(done.code, 0, done)
        run = done.json
        self.assertEqual(git(self.elsewhere, "show", "dev:greeting.txt"), "good morning\n")
        pulls = self.services["github"].control("state")["pulls"]
        self.assertEqual([pull["merged"] for pull in pulls], [True])
        issues = self.services["linear"].control("told")["issues"]
        self.assertEqual([issue["state"] for issue in issues], ["Done", "Done"])
        for secret in TOKENS.values():
            self.assertNotIn(secret, done.out + done.err)
        types = {call["type"] for call in run["operations"]}
        self.assertLessEqual({"agent.run", "issue.create", "pull_request.create", "pull_request.merge"}, types)
        self.assertEqual(self.product.run("service", "disconnect", "github").code, 0)
        self.assertIn("gsdb service connect github", self.start("--team", "ENG").out)


if __name__ == "__main__":
    unittest.main()
