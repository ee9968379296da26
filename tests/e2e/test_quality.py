"""gsdb code duplicates, report and explain: what they say, and that HTTP and SQL say the same."""
import pathlib
import tempfile
import unittest
import urllib.parse

from description import validate
from product import ProductTest, git, write

COPY = """def total(items, limit):
    summe = 0
    for item in items:
        if item.price > limit:
            summe += item.price * item.count - item.rebate
        elif item.is_free:
            print("free", item.name, limit)
        else:
            summe = max(summe, item.price, limit)
    while summe > limit and items:
        summe -= items.pop().price
    assert summe >= 0, (summe, limit)
    return {"sum": summe, "limit": limit, "items": [i.name for i in items if i.count]}
"""
RENAMED = COPY.replace("summe", "amount").replace("items", "rows").replace('"free"', '"none"').replace("0", "1")


class Quality(ProductTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = pathlib.Path(tempfile.mkdtemp(dir=cls.product.folder))
        git(cls.folder, "init", "-q")
        write(cls.folder, {"shop/cart.py": COPY, "shop/order.py": "import os\n\n\n" + RENAMED})
        git(cls.folder, "add", "-A")
        git(cls.folder, "commit", "-q", "-m", "Begin.")
        git(cls.folder, "tag", "v1")
        cls.product.run("index", str(cls.folder))
        write(cls.folder, {"shop/order.py": RENAMED})
        git(cls.folder, "commit", "-qam", "Clean up.")
        cls.product.run("index", str(cls.folder))
        cls.name = cls.folder.name

    def graph(self, question: str, **parameters: str) -> dict:
        path = f"/api/v1/graph/{question}"
        answer = self.product.api(path + "?" + urllib.parse.urlencode({"codebase": self.name, **parameters}))
        validate(answer, path, 200)
        return answer

    def test_duplicates_are_shown_in_all_their_places(self):
        shown = self.product.run("code", "duplicates", self.name)
        self.assertIn("13 lines", shown.out)
        self.assertIn("shop/order.py:1-13", shown.out)
        [found] = self.product.run("code", "duplicates", self.name, "--json").json["items"]
        self.assertEqual(found["clone_type"], 2)
        self.assertEqual(self.graph("duplicates")["items"], [found])
        more = str(found["tokens"] + 1)
        self.assertEqual(self.product.run("code", "duplicates", self.name, "--min-tokens", more, "--json").json["items"], [])
        self.assertEqual(self.graph("duplicates", min_tokens=more)["items"], [])
        self.assertEqual(self.graph("duplicates", path="shop/cart.py")["items"], [found])
        self.assertEqual(self.graph("duplicates", path="other")["items"], [])

    def test_a_report_says_what_became_better(self):
        report = self.product.run("code", "report", self.name, "--json").json
        self.assertEqual(report, self.graph("report"))
        self.assertGreater(report["score"], report["score_before"])
        self.assertEqual({p["part"] for p in report["parts"]}, {"complexity", "debt", "documentation", "duplication"})
        self.assertEqual(report["figures"]["duplicated_lines"]["value"], 26)
        self.assertLess(report["figures"]["issues"]["value"], report["figures"]["issues"]["before"])
        [stored] = self.product.sql(f"select score from quality_scores where codebase = '{self.name}' and scope = '' and run_number = 2")
        self.assertAlmostEqual(report["score"], float(stored["score"]), 6)
        self.assertEqual(self.product.run("code", "report", self.name, "--against", "v1", "--json").json["before"]["run"], 1)
        self.assertEqual(self.product.run("code", "report", self.name, "--against", "v9").code, 5)
        text = self.product.run("code", "report", self.name).out
        for part in ("quality ", "debt_minutes", "shop/cart.py", "Code that stands in several places", "bus factor 1 of 1"):
            self.assertIn(part, text)

    def test_an_explanation_has_the_figures_of_the_graph(self):
        explained = self.product.run("code", "explain", "shop/cart.py:total", "--codebase", self.name, "--json").json
        self.assertEqual(explained["figures"]["fan_in"], 0)
        self.assertEqual(explained["file_coupling"], {"afferent": 0, "efferent": 0, "instability": None})


if __name__ == "__main__":
    unittest.main()
