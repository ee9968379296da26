"""What calls what: asked of a folder, for which no database and no home are needed, and of what was indexed."""
import pathlib
import tempfile
import unittest

from product import NewProduct, Product, repository, write

PROGRAM = {
    "app/__init__.py": "from .core import run\n",
    "app/core.py": "def run(step):\n    return step()\n\n\ndef save():\n    print('saved')\n",
    "main.py": "from app import run\nfrom app.core import save\n\n\ndef main():\n    run(save)\n",
    "web/list.js": "import { draw } from './draw.js';\nexport function show(all) {\n  [1, 2].map((one) => draw(one));\n}\n",
    "web/draw.js": "export function draw(one) {}\n",
    "tool.go": "package tool\n\nfunc Run() { step() }\n\nfunc step() {}\n",
}


class Calls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.product = NewProduct()
        cls.folder = pathlib.Path(tempfile.mkdtemp(dir=cls.product.folder))
        write(cls.folder, PROGRAM)

    @classmethod
    def tearDownClass(cls):
        cls.product.__exit__()

    def calls(self, *options: str):
        return self.product.run("code", "calls", *options)

    def test_edges_are_pairs_of_names(self):
        answer = self.calls(str(self.folder), "--format", "edges")
        self.assertEqual(answer.code, 0, answer)
        self.assertEqual([tuple(line.split("\t")) for line in answer.out.splitlines()], [
            ("app.core.run", "app.core.save"), ("main.main", "app.core.run"), ("tool.Run", "tool.step"), ("web.list.show", "web.draw.draw"),
            ("web.list.show", "web.list.show.<arrow1>"), ("web.list.show.<arrow1>", "web.draw.draw")])
        self.assertFalse(self.product.home.exists(), "a look at a folder makes a home")

    def test_json_has_the_place_and_how_it_was_found(self):
        answer = self.calls(str(self.folder), "--json").json
        self.assertEqual(answer["files"], 6)
        self.assertIn({"caller": "main.main", "callee": "app.core.run", "path": "main.py", "line": 6, "column": 5, "method": "import"},
                      answer["calls"])
        self.assertIn({"caller": "app.core.run", "callee": "app.core.save", "path": "app/core.py", "line": 2, "column": 12,
                       "method": "value_flow"}, answer["calls"])
        self.assertEqual(answer["unknown_calls"], 1)

    def test_the_table_says_how_many_were_found(self):
        answer = self.calls(str(self.folder))
        self.assertIn("main.py:6:5", answer.out)
        self.assertIn("of something outside or unknown, in 6 files", answer.out)

    def test_the_number_of_threads_changes_nothing(self):
        one, four = (self.calls(str(self.folder), "--json", "--threads", n).out for n in ("1", "4"))
        self.assertEqual(one, four)

    def test_a_commit_is_read_without_checking_it_out(self):
        with repository({"a.py": "def f(): pass\ndef g(): f()\n"}) as folder:
            write(folder, {"a.py": "def f(): pass\n"})
            self.assertEqual(self.calls(str(folder), "--format", "edges").out, "")
            self.assertEqual(self.calls(str(folder), "--format", "edges", "--revision", "HEAD").out, "a.g\ta.f\n")

    def test_what_is_refused(self):
        for arguments, code in ((["/nowhere"], 5), ([str(self.folder), "--format", "dot"], 2), ([], 2)):
            with self.subTest(arguments=arguments):
                answer = self.calls("--json", *arguments)
                self.assertEqual(answer.code, code, answer)
                self.assertTrue(answer.error["message"], answer)

    def test_files_that_do_not_parse_are_read_as_far_as_they_go(self):
        folder = self.product.folder / "broken"
        write(folder, {"a.py": "def f(): pass\ndef g():\n    f()\n    ((((\ndef h(:\n",
                       "b.js": "function f() {} function g() { f(); } }}} ((\n",
                       "c.py": "x = " + "(" * 20000 + "\n"})
        answer = self.calls(str(folder), "--format", "edges")
        self.assertEqual(answer.code, 0, answer)
        self.assertIn("b.g\tb.f\n", answer.out)


SHOP = {
    "shop/cart.py": "from shop.price import Price\n\n\nclass Cart:\n    def total(self):\n        return Price().sum()\n",
    "shop/price.py": "import shop.cart\n\n\nclass Base:\n    pass\n\n\nclass Price(Base):\n    def sum(self):\n        return 1\n\n\ndef _forgotten():\n    Price()\n",
    "main.py": "from shop.cart import Cart\n\n\ndef main():\n    Cart().total()\n",
}


class Questions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.product = Product()
        cls.folder = cls.product.folder / "shop"
        write(cls.folder, SHOP)
        indexed = cls.product.run("index", str(cls.folder), "--json")
        assert indexed.code == 0, indexed
        cls.links = indexed.json["codebases"][0]["links"]

    @classmethod
    def tearDownClass(cls):
        cls.product.__exit__()

    def ask(self, *arguments: str):
        return self.product.run("code", *arguments)

    def labels(self, *arguments: str) -> list[str]:
        return [item["symbol"]["path"] + ":" + item["symbol"]["name"] for item in self.ask(*arguments, "--json").json["items"]]

    def test_indexing_says_what_was_linked(self):
        self.assertEqual((self.links["files"], self.links["calls"]), (3, 5))

    def test_who_calls_and_who_is_called(self):
        self.assertEqual(self.labels("callers", "sum"), ["shop/cart.py:Cart.total"])
        self.assertEqual(self.labels("callers", "sum", "--depth", "5"), ["shop/cart.py:Cart.total", "main.py:main"])
        self.assertEqual(self.labels("path", "main", "Price.sum"), ["shop/cart.py:Cart.total", "shop/price.py:Price.sum"])
        self.assertIn("shop/cart.py:6:24", self.ask("callers", "sum").out)

    def test_trees_and_drawings(self):
        self.assertEqual(self.ask("callers", "sum", "--depth", "5", "--format", "tree").out,
                         "shop/price.py:Price.sum\n└─ shop/cart.py:Cart.total  shop/cart.py:6\n   └─ main.py:main  main.py:5\n")
        self.assertTrue(self.ask("impact", "sum", "--format", "dot").out.startswith("digraph code {"))
        self.assertTrue(self.ask("impact", "sum", "--format", "mermaid").out.startswith("flowchart LR"))

    def test_types_files_and_mentions(self):
        hierarchy = self.ask("hierarchy", "Price", "--json").json
        self.assertEqual([item["symbol"]["name"] for item in hierarchy["supertypes"]], ["Base"])
        deps = self.ask("deps", "shop/cart.py", "--json").json
        self.assertEqual([item["symbol"]["path"] for item in deps["dependencies"]], ["shop/price.py"])
        self.assertEqual([item["symbol"]["path"] for item in deps["dependents"]], ["main.py", "shop/price.py"])
        self.assertEqual([(item["relationship"], item["at"]["line"]) for item in self.ask("references", "Cart", "--json").json["items"]],
                         [("import", 1), ("instantiate", 5)])
        self.assertIn("shop/price.py:9  method Price.sum\n    def sum(self)\n", self.ask("definition", "sum").out)

    def test_searching_names_and_source(self):
        self.assertEqual([i["name"] for i in self.ask("search", "forg", "--json").json["items"]], ["_forgotten"])
        self.assertEqual([i["name"] for i in self.ask("search", "forgoten", "--json").json["items"]], ["_forgotten"], "one that is alike")
        self.assertIn("def _forgotten()", self.ask("search", "forgotten", "--in", "docs").out)
        self.assertEqual(self.ask("search", "Price()", "--in", "source", "--codebase", "shop").out.splitlines(),
                         ["shop/cart.py:6:16  return Price().sum()", "shop/price.py:14:5  Price()", "2 lines in 3 files"])
        nothing = self.ask("search", "zebra", "--in", "source", "--codebase", "shop")
        self.assertEqual((nothing.code, nothing.out), (5, "0 lines in 3 files\n"))

    def test_circles_of_imports_are_a_problem(self):
        answer = self.ask("cycles", "--codebase", "shop", "--json")
        self.assertEqual((answer.code, answer.json["cycles"]), (6, [["shop/cart.py", "shop/price.py"]]))

    def test_what_nothing_reaches(self):
        dead = self.ask("dead", "--codebase", "shop", "--json").json
        self.assertEqual([(item["name"], item["is_exported"], item["dead_callers"]) for item in dead["items"]], [("_forgotten", False, 0)])
        self.assertIn("1 functions and classes, 2 lines", self.ask("dead", "--codebase", "shop", "--private").out)

    def test_a_place_names_what_is_there(self):
        self.assertEqual(self.labels("callers", "shop/price.py:10"), ["shop/cart.py:Cart.total"])

    def test_the_code_around_a_function(self):
        answer = self.ask("context", "total", "--json").json
        self.assertEqual([(item["role"], item["symbol"]["name"], item["is_whole"]) for item in answer["items"]],
                         [("subject", "Cart.total", True), ("around", "Cart", False), ("callee", "Price.sum", True), ("callee", "Price", False),
                          ("caller", "main", True)])
        self.assertEqual((answer["left_out"], answer["unreadable"]), (0, []))
        text = self.ask("context", "total").out
        self.assertIn("### shop/cart.py:5-6 method Cart.total (subject)\n```python\n    def total(self):\n        return Price().sum()\n```\n", text)
        small = self.ask("context", "total", "--tokens", "60", "--json").json
        self.assertLessEqual(small["tokens"], 60)
        self.assertGreater(small["left_out"], 0)

    def test_code_that_changed_since_is_not_shown(self):
        folder = self.product.folder / "moving"
        write(folder, {"a.py": "def one():\n    return two()\n\n\ndef two():\n    return 2\n"})
        self.assertEqual(self.product.run("index", str(folder)).code, 0)
        write(folder, {"a.py": "# another line\ndef one():\n    return two()\n\n\ndef two():\n    return 2\n"})
        answer = self.ask("context", "one", "--codebase", "moving", "--json").json
        self.assertEqual([(item["text"], item["is_source"]) for item in answer["items"]], [("def one()\n", False), ("def two()\n", False)])
        self.assertEqual([(p["path"], p["reason"]) for p in answer["unreadable"]], [("a.py", "vanished")])

    def test_what_is_known_of_a_function(self):
        answer = self.ask("explain", "sum", "--json").json
        self.assertEqual((answer["callers"], answer["callers_in_all"], answer["tests"], answer["callees"]), (1, 2, 0, 0))
        self.assertEqual((answer["figures"]["functions_of_codebase"], answer["figures"]["simpler_functions"], answer["owners"]), (4, 0, None))
        self.assertIn("called by    1 symbol directly, 2 in all, 0 tests among them", self.ask("explain", "sum").out)

    def test_what_is_not_there_or_not_clear(self):
        for arguments, code, error in ((["callers", "nobody"], 5, "codebase.symbol_not_found"),
                                       (["callers", "sum", "--codebase", "nothing"], 5, "codebase.not_found"),
                                       (["path", "sum", "main"], 5, None),
                                       (["context", "shop/cart.py"], 2, "codebase.not_an_element"),
                                       (["context", "sum", "--tokens", "0"], 2, "usage"),
                                       (["explain", "shop/cart.py:1"], 5, "codebase.symbol_not_found"),
                                       (["callers", "sum", "--depth", "0"], 2, "usage"),
                                       (["callers"], 2, "usage")):
            with self.subTest(arguments=arguments):
                answer = self.ask(*arguments, "--json")
                self.assertEqual(answer.code, code, answer)
                if error:
                    self.assertTrue(answer.error["code"].startswith(error), answer)


SHOP_PACKAGES = {
    "package.json": '{\n  "name": "shop",\n  "scripts": {"build": "vite build"},\n  "dependencies": {\n    "react": "^18.0.0",\n    "lodash": "^4.0.0",\n    "vite": "^5.0.0",\n    "old": "^2.0.0"\n  }\n}\n',
    "package-lock.json": '{"lockfileVersion": 3, "packages": {"node_modules/react": {"version": "18.2.0", "license": "MIT"},\n'
                         '"node_modules/vite": {"version": "5.1.0"}, "node_modules/old": {"version": "1.9.0"}, "node_modules/rollup": {"version": "4.0.0"}}}',
    "src/app.js": "import React from 'react';\nimport { rollup } from 'rollup';\nimport pad from 'left-pad';\n",
    "requirements.txt": "PyYAML>=6\nflask @ git+https://user:secret@host.test/flask.git\nboto3\n",
    "tool.py": "import os\nimport yaml\nimport flask\nimport helper\n",
    "lib/helper.py": "",
    "broken/pyproject.toml": "[project\n",
}


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.product = Product()
        cls.folder = cls.product.folder / "shop"
        write(cls.folder, SHOP_PACKAGES)
        indexed = cls.product.run("index", str(cls.folder), "--json")
        assert indexed.code == 0, indexed
        cls.packages = indexed.json["codebases"][0]["packages"]

    @classmethod
    def tearDownClass(cls):
        cls.product.__exit__()

    def ask(self, *arguments: str):
        return self.product.run("code", "packages", *arguments)

    def test_indexing_says_what_was_read_and_what_could_not_be(self):
        self.assertEqual({k: self.packages[k] for k in ("manifests", "lock_files", "packages")}, {"manifests": 3, "lock_files": 1, "packages": 8})
        self.assertEqual([(p["path"], p["line"]) for p in self.packages["problems"]], [("broken/pyproject.toml", 1)])
        self.assertIsNone(self.product.run("index", str(self.folder), "--json").json["codebases"][0]["packages"], "nothing changed")

    def test_what_is_asked_for_locked_and_used(self):
        items = {item["name"]: item for item in self.ask("shop", "--json").json["items"]}
        react = items["react"]
        self.assertEqual((react["requested_range"], react["locked_version"], react["licence"], react["at"], react["usage"], react["files_using"]),
                         ("^18.0.0", "18.2.0", "MIT", {"path": "package.json", "line": 5}, "used", 1))
        self.assertEqual((items["rollup"]["is_direct"], items["vite"]["usage"], items["vite"]["reason"], items["pyyaml"]["usage"]),
                         (False, "run", "script build", "used"))
        self.assertEqual(items["flask"]["source_url"], "git+https://host.test/flask.git")
        answer = self.ask("shop", "--direct")
        self.assertEqual(answer.code, 0, answer)
        self.assertIn("package.json:5", answer.out)
        self.assertNotIn("rollup", answer.out)
        self.assertIn("shop:package.json:5", self.ask().out, "of all codebases the place names its own")

    def test_what_is_wrong_is_a_problem(self):
        unused = self.ask("shop", "--unused", "--json")
        self.assertEqual((unused.code, [(i["name"], i["at"]["line"], i["is_certain"]) for i in unused.json["items"]]),
                         (6, [("lodash", 6, True), ("old", 8, True), ("boto3", 3, False)]))
        missing = self.ask("shop", "--missing", "--json")
        self.assertEqual((missing.code, [(i["name"], i["at"]["path"], i["at"]["line"]) for i in missing.json["missing"]]),
                         (6, [("left-pad", "src/app.js", 3), ("rollup", "src/app.js", 2)]))
        outdated = self.ask("shop", "--outdated-locks", "--json")
        self.assertEqual((outdated.code, [(i["name"], i["outdated"]) for i in outdated.json["items"]]),
                         (6, [("lodash", "package-lock.json has no version of it"),
                              ("old", "package-lock.json has 1.9.0, which is not among ^2.0.0")]))
        self.assertIn("src/app.js:3", self.ask("shop", "--missing").out)

    def test_sql_says_the_same(self):
        rows = self.product.sql("select name, files_using from codebase.dependency_usage where is_direct order by name")
        self.assertEqual([tuple(r.values()) for r in rows],
                         [("boto3", 0), ("flask", 1), ("lodash", 0), ("old", 0), ("pyyaml", 1), ("react", 1), ("vite", 0)])

    def test_a_codebase_that_is_not_there(self):
        self.assertEqual(self.ask("nowhere", "--json").code, 5)
