"""A run whose changes are pull requests, whose issues are in Linear and whose agent is a model, from the command line to the end."""
import json
import signal
import subprocess
import unittest
import urllib.request

from product import ROOT, Product, git, repository

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


class Service:
    """A program of tests/services; its first line is its URL."""

    def __init__(self, name: str, *arguments: str):
        self.process = subprocess.Popen(["node", str(ROOT / "tests/services" / f"{name}.mjs"), *arguments], stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()

    def control(self, what: str, **body):
        request = urllib.request.Request(f"{self.url}/_test/{what}", json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as response:
            return json.loads(response.read() or "{}")

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        self.process.stdout.close()


class WorkflowOnServices(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.product = Product()
        cls.addClassCleanup(cls.product.__exit__)
        cls.folder = cls.enterClassContext(repository({"check.sh": "test -s greeting.txt\n", "greeting.txt": "hello\n"}))
        cls.elsewhere = cls.product.folder / "octo/hello.git"
        cls.elsewhere.mkdir(parents=True)
        git(cls.elsewhere, "init", "-q", "--bare")
        git(cls.folder, "remote", "add", "origin", f"file://{cls.elsewhere}")
        git(cls.folder, "push", "-q", "origin", "HEAD:main")
        cls.services = {"github": Service("github", str(cls.elsewhere), "octo/hello"), "linear": Service("linear"), "models": Service("models")}
        for service in cls.services.values():
            cls.addClassCleanup(service.end)
        cls.product.environment |= {
            "GSDB_SERVICES_NETWORKS": "127.0.0.0/8",
            "GSDB_SERVICES_GITHUB_URL": cls.services["github"].url,
            "GSDB_SERVICES_LINEAR_URL": cls.services["linear"].url,
            "GSDB_SERVICES_ANTHROPIC_URL": cls.services["models"].url,
            "GSDB_SERVICES_LOOK_MILLISECONDS": "200",
        }
        (cls.product.folder / "feature.md").write_text(REQUIREMENT)

    def start(self, *options: str):
        return self.product.run("workflow", "start", "--json", "--repo", str(self.folder), "--requirements", str(self.product.folder / "feature.md"),
                                "--agent", "anthropic:a-model", "--code-host", "github", "--issues", "linear", *options)

    def test_a_requirement_becomes_a_merged_pull_request(self):
        self.assertEqual(self.start().code, 2, "a team is needed")
        refused = self.start("--team", "ENG")
        self.assertEqual(refused.code, 1)
        self.assertIn("gsdb service connect github", refused.out)
        for name, secret in {"github": "token-1", "linear": "lin_api_test", "anthropic": "test-key"}.items():
            connected = self.product.run("service", "connect", name, "--token-file", "-", stdin=secret + "\n")
            self.assertEqual(connected.code, 0, connected)
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
        for secret in ("token-1", "lin_api_test", "test-key"):
            self.assertNotIn(secret, done.out + done.err)
        types = {call["type"] for call in run["operations"]}
        self.assertLessEqual({"agent.run", "issue.create", "pull_request.create", "pull_request.merge"}, types)
        self.assertEqual(self.product.run("service", "disconnect", "github").code, 0)
        self.assertIn("gsdb service connect github", self.start("--team", "ENG").out)


if __name__ == "__main__":
    unittest.main()
