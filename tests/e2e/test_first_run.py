"""What the README promises: one command, and everything is there; the second time only what changed is done."""
import json
import pathlib
import re
import socket
import subprocess
import unittest

from product import PROGRAM, NewProduct, repository, write


class FirstRun(unittest.TestCase):
    def test_up_brings_databases_filled_from_the_repository(self):
        with NewProduct() as product, repository() as folder:
            answer = product.up(str(folder))
            [codebase] = answer["codebases"]
            self.assertEqual(codebase["files_parsed"], 7)
            self.assertEqual({l["language"] for l in codebase["languages"]}, {"python", "typescript", "c", "markdown"})
            databases = product.sql("select datname from pg_database where datname like '%\\_db' order by 1")
            self.assertEqual([row["datname"] for row in databases], [
                "analytics_db", "codebase_db", "events_db", "learning_db", "projects_db", "prompts_db", "task_db", "workflows_db"])
            [count] = product.sql("select count(*) from code_elements")
            self.assertEqual(count["count"], codebase["symbols"])
            names = {row["qualified_name"] for row in product.sql("select qualified_name from code_elements")}
            self.assertLessEqual({"App", "App.run", "greet", "View.render", "twice"}, names)

    def test_the_second_run_parses_only_what_changed(self):
        with NewProduct() as product, repository() as folder:
            first = product.up(str(folder))["codebases"][0]
            product.run("down")
            write(folder, {"app/greet.py": "def greet(name):\n    return name\n\ndef part():\n    pass\n"})
            (folder / "web/x.ts").unlink()
            second = product.up(str(folder))["codebases"][0]
            self.assertEqual((second["files_parsed"], second["files_removed"]), (1, 1))
            self.assertEqual(second["run_number"], first["run_number"] + 1)
            names = {row["name"] for row in product.sql("select name from code_elements")}
            self.assertIn("part", names)
            self.assertNotIn("x", names)
            third = json.loads(product.run("index", "--json", str(folder)).out)["codebases"][0]
            self.assertEqual((third["files_parsed"], third["files_removed"]), (0, 0))

    def test_installing_leaves_no_error_in_the_servers_log(self):
        for layout in ("split", "unified"):
            with self.subTest(layout), NewProduct(GSDB_DATABASE_LAYOUT=layout) as product:
                product.up()
                log = "".join(path.read_text() for path in (product.home / "log/postgres").glob("*.log"))
                self.assertIn("ready to accept connections", log)
                # A server that takes its time is asked whether it is recovering; that it is still starting is an answer.
                errors = [line for line in log.splitlines() if re.search("ERROR: |FATAL: (?! the database system is starting up)|PANIC: ", line)]
                self.assertEqual(errors, [])

    def test_every_database_is_verified_and_lint_clean(self):
        with NewProduct() as product:
            product.up()
            for check in ("status", "verify", "lint"):
                answer = product.run("db", check)
                self.assertEqual(answer.code, 0, answer)

    def test_down_is_clean_and_may_be_said_twice(self):
        with NewProduct() as product:
            product.up()
            process = product.pid()
            self.assertEqual(product.run("down").code, 0)
            self.assertFalse(pathlib.Path(f"/proc/{process}").exists())
            self.assertEqual(product.run("status", "--json").code, 3)
            self.assertEqual(product.run("down").out, "nothing was running\n")
            self.assertFalse(list(product.home.rglob("postmaster.pid")))

    def test_the_unified_layout_does_the_same_in_one_database(self):
        with NewProduct(GSDB_DATABASE_LAYOUT="unified") as product, repository() as folder:
            product.up(str(folder))
            self.assertGreater(product.sql("select count(*) from codebase.code_elements")[0]["count"], 0)
            databases = product.sql("select count(*) from pg_database where datname like '%\\_db'")
            self.assertEqual(databases[0]["count"], 0)
            self.assertEqual(product.run("db", "verify").code, 0)


class Refusals(unittest.TestCase):
    """Each names the thing, the cause and the remedy, and has a stable code and exit code."""

    def assert_refused(self, answer, exit_code: int, code: str, *words: str):
        self.assertEqual(answer.code, exit_code, answer)
        error = answer.error
        self.assertEqual(error["code"], code, answer)
        self.assertTrue(error["hint"], answer)
        for word in words:
            self.assertIn(word, error["message"] + error["detail"], answer)

    def test_a_path_that_does_not_exist(self):
        with NewProduct() as product:
            self.assert_refused(product.run("up", "--json", "/nowhere/at/all"), 5, "source.not_found", "/nowhere/at/all")
            self.assertFalse(product.home.exists(), "nothing may be done before the arguments are checked")

    def test_two_programs_on_one_home(self):
        with NewProduct() as product:
            product.up()
            self.assert_refused(product.run("up", "--json"), 4, "program.in_use", str(product.home), str(product.pid()))

    def test_a_port_that_is_taken(self):
        with NewProduct() as product, socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = str(taken.getsockname()[1])
            self.assert_refused(product.run("up", "--json", "--port", port), 4, "http.port_taken", port)
            self.assertEqual(product.run("status").code, 3)

    def test_an_unknown_option_command_and_setting(self):
        with NewProduct() as product:
            for arguments in (["up", "--nonsense"], ["fly"], ["index"], ["up", "--port", "eighty"], ["db", "migrate", "--to", "x"]):
                answer = product.run("--json", *arguments)
                self.assertEqual(answer.code, 2, answer)
                self.assertTrue(answer.error["message"])

    def test_a_broken_settings_file(self):
        with NewProduct() as product:
            product.home.mkdir()
            (product.home / "gsdb.toml").write_text("[http]\nport = \"many\"\n")
            answer = product.run("--json", "status")
            self.assertEqual(answer.code, 2)
            self.assertIn("gsdb.toml:2", answer.error["message"])

    def test_sql_that_is_wrong(self):
        with NewProduct() as product:
            product.up()
            answer = product.run("--json", "sql", "select nothing_there")
            self.assertEqual(answer.code, 1)
            self.assertIn("nothing_there", answer.error["message"] + answer.error["detail"])
            self.assertEqual(product.run("--json", "sql", "--db", "no_such_db", "select 1").code, 5)


class Surfaces(unittest.TestCase):
    def test_every_command_has_help(self):
        def commands(path: list[str]) -> list[list[str]]:
            text = subprocess.run([PROGRAM, *path, "--help"], capture_output=True, text=True, check=True).stdout
            self.assertIn("Usage:", text)
            below = []
            if "Subcommands:" in text:
                for line in text.split("Subcommands:")[1].splitlines()[1:]:
                    if line.startswith("  ") and line[2] != " ":
                        below += [path + [line.split()[0]]]
            return below
        todo = [[]]
        seen = 0
        while todo:
            todo += commands(todo.pop())
            seen += 1
        self.assertGreater(seen, 15)

    def test_completions_are_scripts_their_shell_accepts(self):
        script = subprocess.run([PROGRAM, "completions", "bash"], capture_output=True, text=True, check=True).stdout
        probe = script + "\nCOMP_WORDS=(gsdb db mi) COMP_CWORD=2; _gsdb; echo \"${COMPREPLY[@]}\"\n"
        done = subprocess.run(["bash", "-u"], input=probe, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout.split()[:1]), (0, ["migrate"]), done.stderr)

    def test_sql_answers_as_table_csv_and_json(self):
        with NewProduct() as product:
            product.run("db", "init")
            query = "select 1 as n, 'a,b' as t, null::int as missing, true as yes"
            self.assertEqual(product.sql(query), [{"n": 1, "t": "a,b", "missing": None, "yes": True}])
            self.assertEqual(product.run("sql", "--csv", query).out, "n,t,missing,yes\n1,\"a,b\",,t\n")
            self.assertIn("(1 row)", product.run("sql", query).out)
            self.assertEqual(product.run("sql", "-", stdin="select 7 as n").out.split(), ["n", "7", "(1", "row)"])

    def test_no_secret_is_shown(self):
        with NewProduct(GSDB_DATABASE_URL="postgresql://me:hunter2@127.0.0.1:1/x") as product:
            shown = [product.run("settings"), product.run("--json", "settings"), product.run("--json", "db", "status")]
            for answer in shown:
                self.assertNotIn("hunter2", answer.out + answer.err)


if __name__ == "__main__":
    unittest.main()
