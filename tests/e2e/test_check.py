"""gsdb code check, issues, suppress and rule: what a CI job and the people behind it do."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

from product import ProductTest, write

ROOT = pathlib.Path(__file__).resolve().parents[2]
#: The JSON schema of SARIF 2.1.0, which OASIS publishes as sarif-schema-2.1.0.json.
SARIF_SCHEMA = os.environ.get("GSDB_SARIF_SCHEMA", "")

SOURCES = {
    "shop/cart.py": "import os\n\n\ndef total(items):\n    try:\n        return sum(items)\n    except:\n        return 0\n",
    "shop/ü.py": "from .cart import total\n\n\ndef show():\n    größe, unused = 1, 2\n    spare = total([größe])\n",
}


class CheckTest(ProductTest):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=self.product.folder))
        write(self.folder, SOURCES)

    def check(self, *options: str):
        return self.product.run("code", "check", str(self.folder), *options)

    def found(self, *options: str) -> list[tuple]:
        answer = self.check("--format", "json", *options)
        self.assertIn(answer.code, (0, 6), answer)
        return [(i["path"], i["start_line"], i["rule"]) for i in json.loads(answer.out)["items"]]


class Checks(CheckTest):
    def test_ends_with_6_for_what_is_new_and_with_0_for_what_a_baseline_has(self):
        answer = self.check()
        self.assertEqual(answer.code, 6, answer)
        self.assertIn("shop/cart.py:1:8: warning: os is imported and not used [unused/import]\n", answer.out)
        self.assertIn("3 issues, 3 of them warning or worse; 0 suppressed\n", answer.out)
        self.assertEqual(self.check("--fail-on", "error").code, 0)
        baseline = str(self.folder.parent / f"{self.folder.name}.sarif")
        self.assertEqual(self.check("--write-baseline", baseline).code, 0)
        self.assertEqual(self.check("--baseline", baseline).code, 0)
        write(self.folder, {"shop/new.py": "def f(a=[]):\n    return a\n", "shop/cart.py": "\n" + SOURCES["shop/cart.py"]})
        self.assertEqual(self.found("--baseline", baseline), [("shop/new.py", 1, "bug/mutable-default")])
        self.assertEqual(self.check("--baseline", baseline).code, 6)
        self.assertEqual(self.found("--baseline", "1"), [("shop/new.py", 1, "bug/mutable-default")])
        (self.folder / "shop/new.py").unlink()
        (self.folder / "shop/cart.py").rename(self.folder / "shop/basket.py")
        self.assertEqual(self.found("--baseline", baseline), [])

    def test_says_what_is_wrong_with_how_it_was_called(self):
        self.assertEqual(self.check("--baseline", "none.sarif").code, 5)
        self.assertEqual(self.check("--baseline", "12345").code, 5)
        self.assertEqual(self.check("--fail-on", "never").code, 2)
        self.assertEqual(self.product.run("code", "check", "no-such-codebase").code, 5)
        write(self.folder, {"no.sarif": "{}"})
        self.assertEqual(self.check("--baseline", str(self.folder / "no.sarif")).code, 2)

    def test_sarif_has_code_points_for_columns(self):
        answer = self.check("--format", "sarif")
        log = json.loads(answer.out)
        spare = [r for r in log["runs"][0]["results"] if r["ruleId"] == "unused/variable"]
        self.assertEqual([r["locations"][0]["physicalLocation"]["region"] for r in spare], [{"startLine": 6, "startColumn": 5, "endLine": 6, "endColumn": 10}])
        self.assertEqual(spare[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "shop/%C3%BC.py")

    def test_sarif_is_as_oasis_describes_it(self):
        if not pathlib.Path(SARIF_SCHEMA).is_file():
            self.skipTest("GSDB_SARIF_SCHEMA names no file: the schema of SARIF 2.1.0 is not at hand")
        write(self.folder, {"shop/a.py": "import shop.b\nimport sys  # noqa: F401\n", "shop/b.py": "import shop.a\n"})
        baseline = str(self.folder.parent / f"{self.folder.name}.sarif")
        self.check("--write-baseline", baseline)
        for options in ((), ("--baseline", baseline)):
            answer = self.check("--format", "sarif", *options)
            checked = subprocess.run(["node", "tests/e2e/validate_sarif.mjs", SARIF_SCHEMA], cwd=ROOT, input=answer.out, capture_output=True, text=True)
            self.assertEqual(checked.returncode, 0, checked.stderr)


class Decisions(CheckTest):
    def test_a_suppressed_issue_is_shown_as_such_until_it_is_taken_back(self):
        self.check()
        name = self.folder.name
        [issue] = self.product.run("code", "issues", name, "--rule", "risk/bare-except", "--json").json["items"]
        self.assertEqual(self.product.run("code", "suppress", issue["fingerprint"], "--because", " ").code, 2)
        self.assertEqual(self.product.run("code", "suppress", issue["fingerprint"], "--because", "x", "--until", "2020-01-01").code, 2)
        self.assertEqual(self.product.run("code", "suppress", issue["fingerprint"], "--because", "it ends anyway", "--until", "2999-12-31").code, 0)
        answer = self.check()
        self.assertIn("2 issues, 2 of them warning or worse; 1 suppressed\n", answer.out)
        shown = self.product.run("code", "issues", name, "--state", "suppressed")
        self.assertIn("(suppressed)\n    it ends anyway\n", shown.out)
        self.assertEqual(self.product.run("code", "unsuppress", issue["fingerprint"]).code, 0)
        self.assertEqual(self.product.run("code", "unsuppress", issue["fingerprint"]).code, 5)
        self.assertIn("3 issues", self.check().out)

    def test_rules_are_listed_set_disabled_and_added(self):
        rules = self.product.run("code", "rule", "list", "--json").json["items"]
        self.assertIn("dead_code/unreached", [r["id"] for r in rules])
        self.assertEqual(self.product.run("code", "rule", "set", "size/function-lines", "limit=4").code, 0)
        self.assertIn(("shop/cart.py", 4, "size/function-lines"), self.found())
        self.assertEqual(self.product.run("code", "rule", "disable", "size/function-lines", "--because", "a test").code, 0)
        self.assertNotIn(("shop/cart.py", 4, "size/function-lines"), self.found())
        self.assertIn("disabled since", self.product.run("code", "rule", "show", "size/function-lines").out)
        self.assertEqual(self.product.run("code", "rule", "enable", "size/function-lines").code, 0)
        self.assertEqual(self.product.run("code", "rule", "set", "size/function-lines", "limit=100").code, 0)
        self.assertEqual(self.product.run("code", "rule", "set", "size/function-lines", "lines=4").code, 2)
        self.assertEqual(self.product.run("code", "rule", "show", "no/such").code, 5)

    def test_the_example_of_a_rule_finds_what_it_says(self):
        nested = "def f(a):\n" + "".join("    " * (i + 1) + "if a:\n" for i in range(6)) + "    " * 7 + "g()\n"
        write(self.folder, {"nested.py": nested, "said.py": nested.replace(":\n", ":\n    \"\"\"Words.\"\"\"\n", 1)})
        added = self.product.run("code", "rule", "add", str(ROOT / "examples/rules/complicated_without_documentation.sql"))
        self.assertEqual(added.code, 0, added)
        self.assertEqual([f for f in self.found() if f[2].startswith("team/")], [("nested.py", 1, "team/complicated-without-documentation")])
        self.assertEqual(self.product.run("code", "rule", "remove", "team/complicated-without-documentation").code, 0)
        self.assertEqual([f for f in self.found() if f[2].startswith("team/")], [])


if __name__ == "__main__":
    unittest.main()
