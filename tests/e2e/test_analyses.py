"""Runs that the server makes: asked for over HTTP, for the present and the past, and by pushes."""
import json
import unittest
import urllib.request

from description import validate
from product import SOURCES, Product, git, json_answer, repository, signed_by_github, wait_until, write


class Analyses(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = [Product(), repository()]
        cls.product, cls.folder = (part.__enter__() for part in cls.stack)
        cls.bare = cls.product.folder / "served.git"
        git(cls.folder, "clone", "-q", "--bare", str(cls.folder), str(cls.bare))
        cls.product.up()

    @classmethod
    def tearDownClass(cls):
        for part in cls.stack:
            part.__exit__(None, None, None)

    def post(self, path: str, body: dict | None = None, key: str | None = None) -> tuple[int, dict]:
        request = urllib.request.Request(self.product.status()["url"] + path, json.dumps(body).encode() if body is not None else b"", method="POST",
                                         headers={"Authorization": f"Bearer {key or self.product.api_key()}", "Content-Type": "application/json"})
        return json_answer(request, timeout=20)

    def get(self, path: str, described: str) -> dict:
        document = self.product.api(path)
        validate(document, described, 200)
        return document

    def ended(self, request: dict) -> dict:
        def look():
            return self.get(f"/api/v1/analyses/{request['id']}", "/api/v1/analyses/{analysis_id}")
        wait_until(lambda: look()["state"] in ("completed", "failed"), 60)
        return look()

    def test_the_present_and_the_past_are_analysed_and_compared(self):
        with repository({"a.py": "def one():\n    return 1\n"}) as folder:
            git(folder, "tag", "v1")
            write(folder, {"b.py": "def two(x):\n    if x:\n        return 2\n    return 1\n"})
            git(folder, "add", "-A")
            git(folder, "commit", "-q", "-m", "two")
            status, answer = self.post("/api/v1/analyses", {"location": str(folder)})
            self.assertEqual((status, answer["items"][0]["state"]), (202, "waiting"))
            first = self.ended(answer["items"][0])
            self.assertEqual((first["state"], first["run"], first["error"]), ("completed", 1, None))
            name = next(c["name"] for c in self.product.api("/api/v1/codebases")["items"] if c["id"] == first["codebase_id"])
            status, answer = self.post(f"/api/v1/codebases/{name}/analyses", {"revisions": ["v1", "HEAD"]})
            self.assertEqual(status, 202)
            ends = [self.ended(request) for request in answer["items"]]
            self.assertEqual([(e["state"], e["revision"], e["run"]) for e in ends], [("completed", "v1", 2), ("completed", "HEAD", 3)])
            runs = self.get(f"/api/v1/codebases/{name}/runs", "/api/v1/codebases/{codebase}/runs")["items"]
            self.assertEqual([(r["number"], r["files"]) for r in runs], [(3, 2), (2, 1), (1, 2)])
            (trend,) = self.get(f"/api/v1/codebases/{name}/trends?metric=quality_score", "/api/v1/codebases/{codebase}/trends")["items"]
            self.assertEqual([p["run"] for p in trend["points"]], [1, 2, 3])
            self.assertGreater(len(self.product.api(f"/api/v1/codebases/{name}/trends")["items"]), 5)
            added = self.product.api(f"/api/v1/graph/diff?codebase={name}&before=2&after=3")["items"]
            self.assertEqual([(e["change"], e["name"]) for e in added if e["name"] == "two"], [("added", "two")])
            page = self.product.api(f"/api/v1/codebases/{name}/runs?limit=2")
            rest = self.product.api(f"/api/v1/codebases/{name}/runs?limit=2&cursor={page['next_cursor']}")
            self.assertEqual([r["number"] for r in page["items"] + rest["items"]], [3, 2, 1])

    def test_what_cannot_be_analysed_says_why(self):
        status, answer = self.post("/api/v1/analyses", {"location": "/nowhere/at/all"})
        self.assertEqual(status, 202)
        failed = self.ended(answer["items"][0])
        self.assertEqual((failed["state"], failed["error"]["code"]), ("failed", "source.not_found"))
        for path, body, code in (("/api/v1/analyses", {}, "request.bad_body"), ("/api/v1/analyses", {"location": 1}, "request.bad_body"),
                                 ("/api/v1/analyses", {"place": "x"}, "request.bad_body"), ("/api/v1/codebases/none/analyses", {}, "codebase.not_found")):
            status, answer = self.post(path, body)
            self.assertEqual(answer["error"]["code"], code, (status, answer))
        self.assertEqual(self.product.get("/api/v1/analyses/00000000-0000-7000-8000-000000000000", key=self.product.api_key())[0], 404)

    def test_a_push_to_what_is_indexed_from_a_url_is_indexed(self):
        url = f"file://{self.bare}"
        answer = self.product.run("index", url, "--json")
        self.assertEqual(answer.code, 0, answer)
        codebase = answer.json["codebases"][0]["name"]
        source = self.product.run("events", "source", "add", "github", "--name", "pushed", "--json").json
        write(self.folder, {"app/added.py": "def added():\n    return 1\n"})
        git(self.folder, "add", "-A")
        git(self.folder, "commit", "-q", "-m", "add")
        git(self.folder, "push", "-q", str(self.bare), "HEAD:main")
        for number, ref in enumerate(("refs/heads/other", "refs/heads/main")):
            body = json.dumps({"ref": ref, "repository": {"clone_url": url, "default_branch": "main"}}).encode()
            urllib.request.urlopen(signed_by_github(source, f"p-{number}", body), timeout=20).close()
        wait_until(lambda: any(s["name"] == "added" for s in self.product.api(f"/api/v1/symbols?codebase={codebase}&name=added")["items"]), 60)
        pushed = [a for a in self.get("/api/v1/analyses", "/api/v1/analyses")["items"] if a["cause"] == "push"]
        self.assertEqual([(a["location"], a["state"]) for a in pushed], [(url, "completed")], "once, and not for the other branch")

    def test_a_run_that_was_killed_is_made_by_the_next_server(self):
        with repository(SOURCES | {f"big/{i}.py": "\n".join(f"def f{i}_{j}(x):\n    return f{i}_{j - 1 if j else j}(x)" for j in range(150)) for i in range(120)}) as folder:
            _, answer = self.post("/api/v1/analyses", {"location": str(folder)})
            request = answer["items"][0]
            wait_until(lambda: self.product.api(f"/api/v1/analyses/{request['id']}")["state"] == "running")
            self.product.kill()
            wait_until(lambda: self.product.run("up", "--detach").code == 0)  # its threads take a moment to end
            self.product.psql("codebase_db", "update codebase.index_requests set taken_until = now() where state = 'running'")  # what a minute does
            self.assertEqual(self.ended(request)["state"], "completed")


if __name__ == "__main__":
    unittest.main()
