"""What calls what, asked of a folder: no database and no home are needed for it."""
import pathlib
import tempfile
import unittest

from product import Product, repository, write

PROGRAM = {
    "app/__init__.py": "from .core import run\n",
    "app/core.py": "def run(step):\n    return step()\n\n\ndef save():\n    print('saved')\n",
    "main.py": "from app import run\nfrom app.core import save\n\n\ndef main():\n    run(save)\n",
    "web/list.js": "import { draw } from './draw.js';\nexport function show(all) {\n  [1, 2].map((one) => draw(one));\n}\n",
    "web/draw.js": "export function draw(one) {}\n",
    "tool.go": "package tool\n\nfunc Run() {}\n",
}


class Calls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.product = Product()
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
            ("app.core.run", "app.core.save"), ("main.main", "app.core.run"), ("web.list.show", "web.draw.draw"),
            ("web.list.show", "web.list.show.<arrow1>"), ("web.list.show.<arrow1>", "web.draw.draw")])
        self.assertIn("calls are not followed in the languages of 1 of the files", answer.err)
        self.assertFalse(self.product.home.exists(), "a look at a folder makes a home")

    def test_json_has_the_place_and_how_it_was_found(self):
        answer = self.calls(str(self.folder), "--json").json
        self.assertEqual((answer["files"], answer["files_without_flow"]), (5, 1))
        self.assertIn({"caller": "main.main", "callee": "app.core.run", "path": "main.py", "line": 6, "column": 5, "method": "import"},
                      answer["calls"])
        self.assertIn({"caller": "app.core.run", "callee": "app.core.save", "path": "app/core.py", "line": 2, "column": 12,
                       "method": "value_flow"}, answer["calls"])
        self.assertEqual(answer["unknown_calls"], 1)

    def test_the_table_says_how_many_were_found(self):
        answer = self.calls(str(self.folder))
        self.assertIn("main.py:6:5", answer.out)
        self.assertIn("of something outside or unknown, in 5 files", answer.out)

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
