#!/usr/bin/env python3
"""Each house rule is planted once and must be found, beside its harmless twin, which must not."""
import pathlib
import tempfile
import unittest

import tidy


class TidyTest(unittest.TestCase):
    def rules(self, files: dict[str, str]) -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in files.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
            return [f"{f.path}:{f.line}: {f.rule}" for f in tidy.findings(root, list(files)) if "README" not in f.rule]

    def test_a_layer_may_not_include_one_above_it(self):
        self.assertEqual(self.rules({"src/pg/a.cpp": '#include "http/server.hpp"\n'}),
                         [f"src/pg/a.cpp:1: pg may not include http ({tidy.DIRECTION})"])
        self.assertEqual(self.rules({"src/http/a.cpp": '#include "pg/pool.hpp"\n'}), [])

    def test_a_module_sees_only_the_api_of_another_and_declares_it(self):
        code = {"src/modules/tasks/a.cpp": '#include "modules/projects/store.hpp"\n', "src/modules/tasks/CMakeLists.txt": ""}
        self.assertIn("may include only api.hpp", self.rules(code)[0])
        code["src/modules/tasks/a.cpp"] = '#include "modules/projects/api.hpp"\n'
        self.assertIn("does not declare", self.rules(code)[0])
        code["src/modules/tasks/CMakeLists.txt"] = "gsdb_layer(module_tasks DEPENDS module_projects)\n"
        self.assertEqual(self.rules(code), [])

    def test_a_header_has_its_guard(self):
        self.assertEqual(len(self.rules({"src/pg/a.hpp": "struct A {};\n"})), 1)
        self.assertEqual(self.rules({"src/pg/a.hpp": "#pragma once\nstruct A {};\n"}), [])

    def test_a_function_fits_a_screen(self):
        def function(lines: int) -> dict[str, str]:
            return {"src/pg/a.cpp": "void f() {\n" + "    g();\n" * lines + "}\n"}
        self.assertEqual(len(self.rules(function(tidy.FUNCTION_LINES_MAX))), 1)
        self.assertEqual(self.rules(function(10)), [])

    def test_names_say_something(self):
        for name in ("utils", "store_v2", "task_manager"):
            self.assertEqual(len(self.rules({f"src/pg/{name}.cpp": ""})), 1, name)
        self.assertEqual(self.rules({"src/pg/connection.cpp": ""}), [])

    def test_migrations_are_numbered_and_named(self):
        self.assertEqual(len(self.rules({"src/modules/tasks/sql/migrations/0012.sql": ""})), 1)
        self.assertEqual(self.rules({"src/modules/tasks/sql/migrations/0012_add_task_deadline.sql": ""}), [])

    def test_no_path_of_one_machine(self):
        self.assertEqual(len(self.rules({"docs/a.md": "see /home/" + "somebody/notes\n"})), 1)
        self.assertEqual(self.rules({"docs/a.md": "see /usr/lib/postgresql\n"}), [])

    def test_links_lead_somewhere(self):
        self.assertEqual(len(self.rules({"docs/a.md": "[x](gone.md)\n"})), 1)
        self.assertEqual(self.rules({"docs/a.md": "[x](b.md)\n", "docs/b.md": "\n"}), [])

    def test_a_quoted_test_is_there(self):
        file = {"src/a.pg.sql": "select pass('a tenant''s rows');\n"}
        self.assertEqual(self.rules({"docs/a.md": "[a](../src/a.pg.sql) *a tenant's rows*\n", **file}), [])
        self.assertEqual(len(self.rules({"docs/a.md": "[a](../src/a.pg.sql) *a tenant's cows*\n", **file})), 1)

    def test_white_space_at_the_end_of_a_line(self):
        self.assertEqual(len(self.rules({"src/pg/a.cpp": "int a; \n"})), 1)


if __name__ == "__main__":
    unittest.main()
