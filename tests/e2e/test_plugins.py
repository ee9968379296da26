"""Languages and checks as plug-ins: the examples are used as they are, and those that go wrong are left out of the run."""
import pathlib
import shutil
import tempfile
import unittest

from product import BUILD, ProductTest, write

EXAMPLES = BUILD / "examples/plugins"
FAULTY = BUILD / "tests/e2e/plugins"

SOURCES = {
    "game/player.lua": "local world = require(\"game.world\")\n\n-- Moves it.\nfunction Player:move(x, y)\n\tif x > 0 and y > 0 then world.step(x) end\n"
                       "end\n\nfunction spawn(name) return Player.new(name) end\n",
    "tool.py": "def f():\n\treturn 1\n",
}


class Plugins(ProductTest):
    settings = {"GSDB_INDEX_PLUGIN_SECONDS": "2"}

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=self.product.folder))
        self.plugins = pathlib.Path(tempfile.mkdtemp(dir=self.product.folder))
        write(self.folder, SOURCES)

    def add(self, *folders: pathlib.Path) -> None:
        for folder in folders:
            shutil.copytree(folder, self.plugins / folder.name)

    def index(self) -> dict:
        answer = self.product.run("index", str(self.folder), "--json", "--threads", "1", "--plugins", str(self.plugins))
        self.assertEqual(answer.code, 0, answer)
        return answer.json["codebases"][0]

    def issues(self, codebase: dict) -> list[tuple]:
        return [(row["path"], row["start_line"], row["rule_id"], row["severity"]) for row in self.product.sql(
            f"select path, start_line, rule_id, severity from codebase.code_issues where codebase_id = '{codebase['codebase_id']}' and state = 'open' order by path, start_line")]

    def facts(self, codebase: dict) -> list[tuple]:
        return [(row["kind"], row["qualified_name"]) for row in self.product.sql(
            f"select kind, qualified_name from codebase.code_elements where codebase_id = '{codebase['codebase_id']}' order by path, ordinal")]

    def test_the_examples_add_a_language_and_a_check(self):
        self.add(EXAMPLES / "lua", EXAMPLES / "tabs")
        codebase = self.index()
        self.assertEqual(codebase["plugins_disabled"], [])
        self.assertEqual(self.facts(codebase), [("method", "Player.move"), ("function", "spawn"), ("function", "f")])
        self.assertEqual(self.issues(codebase), [("game/player.lua", 5, "tabs/indentation", "note"), ("tool.py", 2, "tabs/indentation", "note")])
        found = self.product.run("code", "definition", "spawn", "--json")
        self.assertIn("game/player.lua", found.out)
        complexity = self.product.sql(f"select cyclomatic_complexity from codebase.element_metrics where codebase_id = '{codebase['codebase_id']}' and qualified_name = 'Player.move'")
        self.assertEqual(complexity, [{"cyclomatic_complexity": 3}])

    def test_without_the_folder_nothing_of_it_stays(self):
        self.add(EXAMPLES / "lua", EXAMPLES / "tabs")
        self.index()
        for name in ("lua", "tabs"):
            shutil.rmtree(self.plugins / name)
        codebase = self.index()
        self.assertEqual(self.facts(codebase), [("function", "f")])
        self.assertEqual(self.issues(codebase), [])

    def test_a_changed_plugin_analyses_again(self):
        self.add(EXAMPLES / "lua")
        self.index()
        queries = self.plugins / "lua/symbols.scm"
        queries.write_text(queries.read_text().replace("@definition.function", "@definition.macro"))
        self.assertEqual(self.facts(self.index()), [("method", "Player.move"), ("macro", "spawn"), ("function", "f")])

    def test_what_goes_wrong_is_named_and_left_out(self):
        for name, reason in {"crashing": "it crashed at z.py: Segmentation fault", "looping": "it took longer than 2 s at z.py",
                             "nonsense": "it answered nonsense at z.py", "mad": "it answered nonsense at z.py"}.items():
            with self.subTest(name):
                write(self.folder, {"z.py": "FAULT = 1\n"})
                self.add(FAULTY / name, EXAMPLES / "tabs")
                codebase = self.index()
                self.assertEqual(codebase["plugins_disabled"], [{"plugin": name, "reason": reason}])
                self.assertIn(("constant", "FAULT"), self.facts(codebase), "the run is complete without it")
                self.assertIn(("tool.py", 2, "tabs/indentation", "note"), self.issues(codebase))
                self.assertEqual(self.index()["plugins_disabled"], [{"plugin": name, "reason": reason}], "the next run tries again")
                write(self.folder, {"z.py": "fine = 1\n"})
                self.assertEqual(self.index()["plugins_disabled"], [])
                for plugin in (name, "tabs"):
                    shutil.rmtree(self.plugins / plugin)

    def test_list_and_check_say_what_is_wrong(self):
        self.add(EXAMPLES / "lua", EXAMPLES / "tabs")
        answer = self.product.run("code", "plugin", "list", "--json", GSDB_INDEX_PLUGINS=str(self.plugins))
        self.assertEqual([(i["name"], i["kind"], i["fault"]) for i in answer.json["items"]], [("lua", "language", None), ("tabs", "check", None)])
        self.assertEqual(self.product.run("code", "plugin", "check", str(self.plugins / "lua")).code, 0)
        faults = {
            "lua/symbols.scm": ("(comment) @comment\n(nothing) @definition.class", "symbols.scm:2: the grammar has no such node: nothing"),
            "lua/metrics.scm": ("(comment) @what", "metrics.scm:1: there is no capture among @what"),
            "lua/language.yaml": ("name: lua\nlibrary: lua.so\nextensions: [lua]\nsymbol: nothing", "the library has no function nothing"),
            "tabs/check.yaml": ("name: tabs\nlibrary: tabs.so\nrules:\n  - id: other/x\n    name: N\n    description: D\n", "a rule's id is tabs/ and a word"),
            "tabs/tabs.so": ("no library", "the library cannot be loaded"),
        }
        for file, (text, fault) in faults.items():
            with self.subTest(file):
                path = self.plugins / file
                before = path.read_bytes()
                path.write_text(text)
                answer = self.product.run("code", "plugin", "check", str(path.parent))
                self.assertEqual(answer.code, 6, answer)
                self.assertIn(fault, answer.err)
                path.write_bytes(before)
        self.assertIn("neither language.yaml nor check.yaml", self.product.run("code", "plugin", "check", str(self.folder)).err)


if __name__ == "__main__":
    unittest.main()
