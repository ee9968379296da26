"""What repositories throw at an indexer. Every run ends with the right rows or with an error that helps; none crashes."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

from product import Product, ProductTest, git, repository, wait_until, write


class IndexTest(ProductTest):
    """One running product for all cases of a class: each indexes a codebase of its own."""

    def index(self, folder, *options: str) -> dict:
        answer = self.product.run("index", "--json", str(folder), *options)
        self.assertEqual(answer.code, 0, answer)
        return answer.json["codebases"][0]

    def refuse(self, folder, exit_code: int, code: str, *options: str) -> dict:
        answer = self.product.run("index", "--json", str(folder), *options)
        self.assertEqual((answer.code, answer.error["code"]), (exit_code, code), answer)
        self.assertTrue(answer.error["message"] and answer.error["hint"], answer)
        return answer.error

    def files(self, codebase: dict) -> dict[str, dict]:
        rows = self.product.sql(f"select * from files where codebase_id = '{codebase['codebase_id']}' and last_run is null")
        return {row["path"]: row for row in rows}

    def skipped(self, codebase: dict) -> dict[str, str]:
        return {path: row["skip_reason"] for path, row in self.files(codebase).items() if row["skip_reason"]}

    def names(self, codebase: dict) -> set[str]:
        return {r["name"] for r in self.product.sql(f"select name from code_elements where codebase_id = '{codebase['codebase_id']}'")}


class Watching(IndexTest):
    def start(self, folder) -> subprocess.Popen:
        process = self.product.start("index", "--watch", "--json", str(folder))
        self.addCleanup(lambda: (process.kill(), process.communicate()))
        return process

    def end(self, process: subprocess.Popen) -> None:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        self.assertEqual((process.returncode, out, err), (0, "", ""))

    def test_runs_again_whenever_something_changes(self):
        with repository({"a.py": "def f(): pass\n"}) as folder:
            process = self.start(folder)
            first = json.loads(process.stdout.readline())
            self.assertEqual(self.names(first), {"f"})
            write(folder, {"a.py": "def g(): pass\n"})
            self.assertEqual(json.loads(process.stdout.readline())["files_parsed"], 1)
            self.assertEqual(self.names(first), {"g"})
            write(folder, {"new/deep/b.py": "def h(): pass\n"})
            wait_until(lambda: self.names(first) == {"g", "h"})
            write(folder, {"new/deep/c.py": "def i(): pass\n"})
            wait_until(lambda: self.names(first) == {"g", "h", "i"})
            shutil.rmtree(folder / "new")
            wait_until(lambda: self.names(first) == {"g"})
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0)

    def test_sees_commits_and_files_that_are_half_saved(self):
        with repository({"a.py": "def f(): pass\n"}) as folder:
            process = self.start(folder)
            first = json.loads(process.stdout.readline())
            with (folder / "a.py").open("w") as file:
                for part in ("def whole(", "x):\n    return x\n", "class Unfini"):
                    file.write(part)
                    file.flush()
                    time.sleep(0.3)
            wait_until(lambda: "whole" in self.names(first))
            git(folder, "commit", "-qam", "half saved")
            head = git(folder, "rev-parse", "HEAD").strip()
            wait_until(lambda: self.product.sql(f"select 1 as one from codebase.commits where commit_id = '{head}'"))
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0)

    def test_runs_nothing_while_nothing_happens(self):
        with repository({"a.py": "def f(): pass\n", ".gitignore": "built/\n"}) as folder:
            process = self.start(folder)
            first = json.loads(process.stdout.readline())
            time.sleep(1)
            write(folder, {"built/a.py": "def built(): pass\n"})
            time.sleep(1)
            runs = self.product.sql(f"select count(*) as runs from codebase.analysis_runs where codebase_id = '{first['codebase_id']}'")
            self.assertLessEqual(int(runs[0]["runs"]), 2, "the folder that was made is looked at once")
            self.end(process)

    def test_what_cannot_be_watched_is_refused(self):
        with repository({"a.py": "def f(): pass\n"}) as folder:
            self.refuse(folder, 2, "usage", "--watch", "--revision", "HEAD")
            self.refuse(folder, 2, "usage", "--watch", str(folder))


class Places(IndexTest):
    def test_what_is_no_repository(self):
        self.refuse("/nowhere", 5, "source.not_found")
        with tempfile.NamedTemporaryFile(dir="/dev/shm") as file:
            self.refuse(file.name, 2, "source.not_a_folder")
        with tempfile.TemporaryDirectory(dir="/dev/shm") as empty:
            self.refuse(empty, 2, "source.empty_folder")

    def test_a_repository_without_a_commit_and_without_a_file(self):
        with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
            git(pathlib.Path(folder), "init", "-q")
            self.refuse(folder, 2, "source.empty_repository")

    def test_a_plain_folder_and_a_bare_repository_say_the_same(self):
        with repository() as folder, tempfile.TemporaryDirectory(dir="/dev/shm") as other:
            work = self.index(folder)
            bare = pathlib.Path(other) / "bare.git"
            git(folder, "clone", "-q", "--bare", str(folder), str(bare))
            plain = pathlib.Path(other) / "plain"
            shutil.copytree(folder, plain, ignore=shutil.ignore_patterns(".git"))
            for place in (bare, plain):
                copy = self.index(place)
                self.assertEqual((copy["symbols"], copy["lines"]), (work["symbols"], work["lines"]))
                self.assertEqual(copy["files_parsed"], 0, "the contents are known from the work tree")
            revision = self.index(bare, "--revision", "main")
            self.assertEqual(revision["symbols"], work["symbols"])
            self.refuse(bare, 5, "source.no_such_revision", "--revision", "nope")

    def test_a_url_is_cloned(self):
        with repository() as folder:
            cloned = self.index(f"file://{folder}")
            self.assertGreater(cloned["symbols"], 0)
            self.refuse("file:///nowhere/x.git", 3, "source.fetch_failed")

    def test_submodules_are_listed_and_indexed_when_asked(self):
        with repository() as inner, repository({"own.py": "def own(): pass\n"}) as folder:
            git(folder, "submodule", "--quiet", "add", str(inner), "lib")
            git(folder, "commit", "-qm", "with lib")
            without = self.index(folder)
            self.assertEqual(self.skipped(without)["lib"], "submodule")
            self.assertNotIn("greet", self.names(without))
            self.assertIn("greet", self.names(self.index(folder, "--submodules")))


class Contents(IndexTest):
    def test_names_and_contents_of_every_kind(self):
        files = {
            "latin\udce9.py".encode("utf-8", "surrogateescape"): b"def accent(): pass\n",
            b"back\\slash.py": b"def slash(): pass\n",
            b"line\nfeed.py": b"def feed(): pass\n",
            b"bad_utf8.py": b"def good(): pass\nx = '\xff\xfe'\n",
            b"nul.py": b"def before(): pass\n\0\0\0",
            b"crlf.py": b"def crlf():\r\n    pass\r\n",
            b"bom.py": b"\xef\xbb\xbfdef bom(): pass\n",
            b"empty.py": b"",
            b"deep.js": b"var x = " + b"[" * 100_000 + b"]" * 100_000 + b";\nfunction after() {}\n",
            b"broken.py": b"def whole(): pass\ndef half(:\n",
        }
        with repository({}) as folder:
            for name, content in files.items():
                (os.fsencode(folder) + b"/" + name).strip()
                with open(os.fsencode(folder) + b"/" + name, "wb") as file:
                    file.write(content)
            codebase = self.index(folder)
            rows = self.files(codebase)
            self.assertEqual(len(rows), len(files))
            self.assertIn("latin\\xe9.py", rows)
            self.assertIn("back\\\\slash.py", rows)
            self.assertIn("line\\x0afeed.py", rows)
            self.assertLessEqual({"accent", "slash", "feed", "good", "crlf", "bom", "whole"}, self.names(codebase))
            self.assertEqual(self.skipped(codebase).get("nul.py"), "binary")

    def test_one_line_of_fifty_megabytes(self):
        with repository({"a.py": "def a(): pass\n"}) as folder:
            (folder / "line.js").write_bytes(b"x=1;" * 13_000_000)
            codebase = self.index(folder)
            self.assertEqual(self.skipped(codebase), {"line.js": "too_large"})
            self.assertEqual(self.names(codebase), {"a"})

    def test_symbolic_links_are_not_followed(self):
        with repository({"real.py": "def real(): pass\n"}) as folder:
            (folder / "loop").symlink_to(".")
            (folder / "out").symlink_to("/etc")
            (folder / "gone").symlink_to("nothing")
            codebase = self.index(folder)
            self.assertEqual(self.skipped(codebase), {"loop": "symlink", "out": "symlink", "gone": "symlink"})
            self.assertEqual(codebase["files_parsed"], 1)

    def test_ignored_files_are_left_out(self):
        with repository({".gitignore": "*.gen.py\n", "a.py": "x = 1\n", "b.gen.py": "y = 1\n"}) as folder:
            self.assertNotIn("b.gen.py", self.files(self.index(folder)))

    def test_an_unreadable_file_is_skipped_with_the_reason(self):
        if os.geteuid() == 0:
            self.skipTest("root reads everything")
        with repository({"a.py": "x = 1\n"}) as folder:
            (folder / "a.py").chmod(0)
            self.assertEqual(self.skipped(self.index(folder)), {"a.py": "unreadable"})


class Changes(IndexTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.forgetful = Product()
        cls.forgetful.up()

    @classmethod
    def tearDownClass(cls):
        cls.forgetful.__exit__()
        super().tearDownClass()

    def rebuilt(self, folder) -> list:
        """What a product that knows nothing of the repository says of it."""
        self.forgetful.psql("codebase_db", "do $$ begin execute (select 'truncate ' || string_agg(oid::regclass::text, ', ') from pg_class "
                            "where relnamespace = 'codebase'::regnamespace and relkind in ('r', 'p')); end $$")
        answer = self.forgetful.run("index", str(folder))
        self.assertEqual(answer.code, 0, answer)
        return self.facts(self.forgetful, folder)

    def facts(self, product: Product, folder) -> list:
        return product.sql("select e.path, e.ordinal, e.kind, e.qualified_name, e.start_line, e.end_line, e.signature, e.language "
                           f"from code_elements e join codebases c on c.id = e.codebase_id where c.location = '{folder}' order by 1, 2")

    def test_an_incremental_index_equals_a_clean_one(self):
        with repository() as folder:
            self.index(folder)
            steps = [
                lambda: write(folder, {"app/greet.py": "def greet(name):\n    return name\ndef second(): pass\n"}),
                lambda: (folder / "app/main.py").rename(folder / "moved.py"),
                lambda: (folder / "web/x.ts").unlink(),
                lambda: write(folder, {"new/a.go": "package a\nfunc A() {}\n", "new/copy.py": (folder / "moved.py").read_text()}),
                lambda: git(folder, "checkout", "-q", "-f", "HEAD"),
                lambda: git(folder, "clean", "-qfd"),
            ]
            for step in steps:
                step()
                self.index(folder)
                self.assertEqual(self.facts(self.product, folder), self.rebuilt(folder))

    def test_every_run_can_be_shown_again(self):
        with repository({"a.py": "def one(): pass\n"}) as folder:
            first = self.index(folder)
            write(folder, {"a.py": "def two(): pass\n"})
            second = self.index(folder)
            at = "select count(*) from files where codebase_id = '{}' and first_run <= {} and coalesce(last_run, {}) >= {}"
            for run in (first, second):
                n = run["run_number"]
                self.assertEqual(self.product.sql(at.format(run["codebase_id"], n, n, n))[0]["count"], 1)
            history = self.product.sql(f"select first_run, last_run from file_history where codebase_id = '{first['codebase_id']}' order by 1")
            self.assertEqual(history, [{"first_run": 1, "last_run": 1}, {"first_run": 2, "last_run": None}])

    def test_a_repository_that_changes_while_it_is_indexed(self):
        with repository({f"f{i}.py": f"def f{i}(): pass\n" for i in range(400)}) as folder:
            done = threading.Event()

            def disturb():
                n = 0
                while not done.is_set():
                    n += 1
                    write(folder, {f"f{n % 400}.py": f"def f{n % 400}(): return {n}\n", f"late{n % 7}.py": "x = 1\n"})
                    with_suppress(lambda: (folder / f"late{(n + 3) % 7}.py").unlink())
            thread = threading.Thread(target=disturb)
            thread.start()
            try:
                for _ in range(3):
                    self.index(folder)
            finally:
                done.set()
                thread.join()
            self.index(folder)
            self.assertEqual(self.facts(self.product, folder), self.rebuilt(folder))

    def test_a_run_that_found_something_is_measured(self):
        with repository({"a.py": "def f(): pass\n\n\nf()\n"}) as folder:
            run = self.index(folder)
            self.index(folder)
            figures = self.product.sql("select metric_name, value from analytics.metric_values where subject_kind = 'codebase' "
                                       f"and subject_id = '{run['codebase_id']}' order by metric_name", "analytics_db")
            self.assertEqual([(f["metric_name"], float(f["value"])) for f in figures],
                             [("codebase.calls", 1), ("codebase.debt_minutes", 0), ("codebase.files", 1), ("codebase.lines", 4), ("codebase.open_issues", 0),
                              ("codebase.quality_score", 87.5), ("codebase.symbols", 1)])

    def events_of(self, name: str) -> list[tuple]:
        rows = self.product.sql("select event_type, payload, delivery_key from events.events where target = 'codebase:" + name + "' order by received_at", "events_db")
        return [(row["event_type"], json.loads(row["payload"]) if isinstance(row["payload"], str) else row["payload"], row["delivery_key"]) for row in rows]

    def test_a_run_that_found_something_is_an_event(self):
        with repository({"a.py": "def f(): pass\n"}) as folder:
            run = self.index(folder)
            self.index(folder)
            ((kind, payload, key),) = self.events_of(run["name"])
            self.assertEqual((kind, key), ("codebase.indexed", run["run_id"]))
            self.assertEqual((payload["symbols"], payload["run_number"]), (run["symbols"], 1))

    def test_a_run_that_failed_is_an_event(self):
        with repository({"a.py": "def f(): pass\n"}) as folder:
            run = self.index(folder)
            self.product.psql("codebase_db", "alter table codebase.files add constraint full_up check (path <> 'b.py')")
            try:
                write(folder, {"b.py": "def g(): pass\n"})
                failed = self.product.run("index", "--json", str(folder))
            finally:
                self.product.psql("codebase_db", "alter table codebase.files drop constraint full_up")
            self.assertEqual((failed.code, failed.error["code"]), (4, "pg.check_violation"), failed)
            kind, payload, _ = self.events_of(run["name"])[-1]
            self.assertEqual((kind, payload["code"]), ("codebase.index_failed", failed.error["code"]))

    def test_two_runs_of_one_codebase_at_once(self):
        with repository({f"f{i}.py": "def f(): pass\n" * 200 + f"# {i}\n" for i in range(300)}) as folder:
            runs = [self.product.start("index", "--json", str(folder)) for _ in range(2)]
            answers = [json.loads(run.communicate(timeout=120)[0]) for run in runs]
            codes = sorted(run.returncode for run in runs)
            self.assertIn(codes, ([0, 0], [0, 4]))
            for answer in answers:
                self.assertEqual(answer.get("error", {}).get("code", "codebase.busy"), "codebase.busy")


class Interruptions(IndexTest):
    def test_ctrl_c_leaves_the_last_complete_run(self):
        files = {f"d{i % 20}/f{i}.py": "".join(f"def f{i}_{j}(a, b):\n    return a + b\n" for j in range(60)) for i in range(1500)}
        with repository({"a.py": "def kept(): pass\n"}) as folder:
            before = self.index(folder)
            write(folder, files)
            run = self.product.start("index", "--json", str(folder))
            state = f"select state from analysis_runs where codebase_id = '{before['codebase_id']}' and number = 2"
            wait_until(lambda: self.product.sql(state) == [{"state": "running"}])
            run.send_signal(signal.SIGINT)
            out, _ = run.communicate(timeout=60)
            self.assertEqual((run.returncode, json.loads(out)["error"]["code"]), (130, "codebase.interrupted"))
            self.assertEqual(self.product.sql(state), [{"state": "cancelled"}])
            self.assertEqual(self.names(before), {"kept"})
            self.assertEqual(self.index(folder)["files_seen"], 1501)


def with_suppress(action) -> None:
    try:
        action()
    except FileNotFoundError:
        pass


if __name__ == "__main__":
    unittest.main()
