"""The history of Git repositories: what is stored of it, run by run, and what it answers."""
import pathlib
import tempfile

from product import ProductTest, git, write


class HistoryTest(ProductTest):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=self.product.folder))
        git(self.folder, "init", "-q")

    def commit(self, files: dict[str, str], author: str = "Ada <ada@example.org>", message: str = "change") -> None:
        write(self.folder, files)
        git(self.folder, "add", "-A")
        git(self.folder, "commit", "-q", "--allow-empty", "--author", author, "-m", message)

    def index(self, *options: str, folder=None) -> dict:
        answer = self.product.run("index", "--json", str(folder or self.folder), *options)
        self.assertEqual(answer.code, 0, answer)
        return answer.json["codebases"][0]

    def ask(self, *arguments: str) -> dict:
        answer = self.product.run("code", *arguments, "--codebase", self.folder.name, "--json")
        self.assertEqual(answer.code, 0, answer)
        return answer.json

    def commits(self, codebase: dict) -> list[tuple]:
        rows = self.product.sql("select number, subject, files_changed, lost_at is not null as lost from codebase.commits "
                                f"where codebase_id = '{codebase['codebase_id']}' order by number")
        return [(r["number"], r["subject"], r["files_changed"], r["lost"]) for r in rows]


LINES = "".join(f"x{i} = {i}\n" for i in range(20))


class Stored(HistoryTest):
    def test_each_run_adds_what_is_new(self):
        self.commit({"a.py": LINES, "b.py": LINES}, message="first\n\nbody")
        first = self.index()
        self.assertEqual({k: first["history"][k] for k in ("refs", "commits_new", "changes")}, {"refs": 1, "commits_new": 1, "changes": 2})
        self.assertEqual(self.index()["history"]["commits_new"], 0)
        git(self.folder, "mv", "a.py", "c.py")
        self.commit({"b.py": LINES + "y = 1\n"}, message="second")
        second = self.index()
        self.assertEqual(second["history"]["commits_new"], 1)
        self.assertEqual(self.commits(second), [(1, "first", 2, False), (2, "second", 2, False)])
        changes = self.product.sql(f"select path, kind, lines_added, lines_removed, old_path from codebase.file_changes "
                                   f"where codebase_id = '{second['codebase_id']}' and commit_number = 2 order by path")
        self.assertEqual([tuple(r.values()) for r in changes], [("b.py", "modified", 1, 0, None), ("c.py", "renamed", 0, 0, "a.py")])
        refs = self.product.sql(f"select kind, name, is_default from codebase.refs where codebase_id = '{second['codebase_id']}'")
        self.assertEqual(refs, [{"kind": "branch", "name": "main", "is_default": True}])

    def test_a_rebase_loses_commits_and_a_reset_finds_them_again(self):
        self.commit({"a.py": "a = 1\n"}, message="kept")
        self.commit({"a.py": "a = 2\n"}, message="dropped")
        self.index()
        dropped = git(self.folder, "rev-parse", "HEAD").strip()
        git(self.folder, "reset", "-q", "--hard", "HEAD~1")
        self.commit({"a.py": "a = 3\n"}, message="instead")
        lost = self.index()
        self.assertEqual(lost["history"]["commits_lost"], 1)
        self.assertEqual(self.commits(lost), [(1, "kept", 1, False), (2, "dropped", 1, True), (3, "instead", 1, False)])
        git(self.folder, "tag", "back", dropped)
        self.assertEqual(self.index()["history"]["commits_found_again"], 1)
        self.assertNotIn(True, [c[3] for c in self.commits(lost)])

    def test_a_shallow_clone_is_made_deep(self):
        for i in range(4):
            self.commit({"a.py": f"a = {i}\n"}, message=f"c{i}")
        clone = self.product.folder / "shallow"
        git(self.product.folder, "clone", "-q", "--depth", "2", f"file://{self.folder}", str(clone))
        shallow = self.index(folder=clone)
        self.assertEqual(self.commits(shallow), [(1, "c2", None, False), (2, "c3", 1, False)])
        git(clone, "fetch", "-q", "--unshallow")
        self.assertEqual([c[1:3] for c in self.commits(self.index(folder=clone))], [("c2", 1), ("c3", 1), ("c0", 1), ("c1", 1)])

    def test_what_the_setting_says(self):
        self.commit({"a.py": "a = 1\n"})
        self.assertIsNone(self.index("--history", "off")["history"])
        self.assertEqual(self.index("--history", "all")["history"]["commits_new"], 1)
        answer = self.product.run("index", "--json", str(self.folder), "--history", "sometimes")
        self.assertEqual((answer.code, answer.error["code"]), (2, "usage.history"), answer)

    def test_bare_and_sha256_repositories(self):
        self.commit({"a.py": "a = 1\n"})
        bare = self.product.folder / "bare.git"
        git(self.product.folder, "clone", "-q", "--bare", str(self.folder), str(bare))
        self.assertEqual(self.index(folder=bare)["history"]["changes"], 1)
        modern = self.product.folder / "modern"
        modern.mkdir()
        git(modern, "init", "-q", "--object-format=sha256")
        write(modern, {"a.py": "a = 1\n"})
        git(modern, "add", "-A")
        git(modern, "commit", "-qm", "x")
        self.assertEqual(self.index(folder=modern)["history"]["changes"], 1)

    def test_detached_unborn_and_no_repository(self):
        write(self.folder, {"a.py": "a = 1\n"})
        self.assertEqual(self.index()["history"]["commits_new"], 0)
        self.commit({"a.py": "a = 2\n"})
        git(self.folder, "checkout", "-q", "--detach")
        self.commit({"a.py": "a = 3\n"})
        self.assertEqual(self.index()["history"]["commits_new"], 2)
        plain = self.product.folder / "plain"
        write(plain, {"a.py": "a = 1\n"})
        self.assertIsNone(self.index(folder=plain)["history"])


class Asked(HistoryTest):
    def setUp(self):
        super().setUp()
        self.commit({"src/hot.py": LINES, "src/cold.py": LINES, "README.md": "x\n"})
        for i in range(4):
            self.commit({"src/hot.py": LINES + f"y = {i}\n", "README.md": f"{i}\n"}, author=f"Bob <bob{i % 2}@example.org>")
        git(self.folder, "mv", "src/cold.py", "src/colder.py")
        self.commit({}, author="Cem <cem@example.org>")
        self.index()

    def test_two_runs_are_compared(self):
        self.commit({"a.py": "def one(x):\n    return x\n\n\ndef two():\n    one(1)\n", "b.py": "def gone(): pass\ndef moved(): pass\n"})
        self.index()
        self.commit({"a.py": "def one(x, y):\n    return x if y else 0\n\n\ndef two():\n    one(1, 2)\n    three()\n\n\ndef three(): pass\n",
                     "b.py": "# nothing\n", "c.py": "def moved(): pass\n"})
        self.index()
        answer = self.ask("diff")
        self.assertEqual([(item["change"], item["path"], item["name"], item["breaks_api"]) for item in answer["items"]],
                         [("changed", "a.py", "one", True), ("added", "a.py", "three", False), ("removed", "b.py", "gone", True),
                          ("moved", "c.py", "moved", True)])
        one = answer["items"][0]
        self.assertEqual((one["old_signature"], one["new_signature"], one["old_complexity"], one["new_complexity"]),
                         ("def one(x)", "def one(x, y)", 0, 1))
        self.assertEqual(answer["relationships"], [{"relationship": "call", "added": 1, "removed": 0}])
        before, after = (str(answer[side]["run"]) for side in ("before", "after"))
        backwards = self.ask("diff", answer["after"]["commit_id"][:10], before)
        self.assertEqual([item["change"] for item in backwards["items"]], ["changed", "removed", "added", "moved"])
        self.assertEqual(self.ask("diff", after, after)["items"], [])
        self.assertEqual([item["name"] for item in self.ask("diff", "--api")["items"]], ["one", "gone", "moved"])
        text = self.product.run("code", "diff", "--codebase", self.folder.name).out
        self.assertIn("1 added, 1 removed, 1 moved, 1 with another signature or other figures; cognitive complexity +1; 3 that may break what uses them", text)
        refused = self.product.run("code", "diff", "never", "--codebase", self.folder.name, "--json")
        self.assertEqual((refused.code, refused.error["code"]), (5, "codebase.run_not_found"))

    def test_hotspots_are_changed_often(self):
        items = self.ask("hotspots")["items"]
        self.assertEqual([(i["path"], i["commits"], i["authors"]) for i in items], [("src/hot.py", 5, 3), ("src/colder.py", 1, 1), ("README.md", 5, 3)],
                         "what has no lines of code comes last")
        self.assertIn("src/hot.py", self.product.run("code", "hotspots", "--codebase", self.folder.name).out)

    def test_owners_of_a_file_a_folder_and_all(self):
        answer = self.ask("owners", "src/colder.py")
        self.assertEqual([(i["email"], i["lines_added"], i["share"]) for i in answer["items"]], [("ada@example.org", 20, 1.0), ("cem@example.org", 0, 0.0)])
        self.assertEqual((answer["bus_factor"], answer["authors"]), (1, 2))
        self.assertEqual(self.ask("owners", "src/")["authors"], 4)
        self.assertEqual(self.ask("owners")["path"], "")
        self.assertIn("bus factor 1 of 3 authors", self.product.run("code", "owners", "src/hot.py", "--codebase", self.folder.name).out)

    def test_files_that_change_together(self):
        items = self.ask("cochange", "src/hot.py")["items"]
        self.assertEqual([(i["path"], i["commits_together"], i["commits_of_file"], i["is_current"]) for i in items],
                         [("README.md", 5, 5, True), ("src/cold.py", 1, 5, False)])
        self.assertEqual(self.ask("cochange", "src/hot.py", "--files-max", "2")["items"][0]["commits_of_file"], 4)

    def test_what_is_not_there_or_not_clear(self):
        for arguments, code, error in ((("owners", "nowhere.py"), 5, "codebase.path_not_found"), (("cochange", "src/hot.py", "--codebase", "nothing"), 5, "codebase.not_found"),
                                       (("cochange",), 2, "usage")):
            with self.subTest(arguments=arguments):
                answer = self.product.run("code", *arguments, "--json")
                self.assertEqual(answer.code, code, answer)
                self.assertTrue(answer.error["code"].startswith(error), answer)
        copy = self.product.folder / f"{self.folder.name}-copy"
        write(copy, {"src/hot.py": LINES})
        self.index(folder=copy)
        answer = self.product.run("code", "owners", "src/hot.py", "--json")
        self.assertEqual((answer.code, answer.error["code"]), (2, "codebase.path_is_ambiguous"), answer)
        answer = self.product.run("code", "owners", "src/hot.py", "--codebase", copy.name)
        self.assertIn("no history is stored", answer.out)
