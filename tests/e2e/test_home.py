"""Where the program lives: a full disk, a user that nobody told /etc/passwd of, files that user may not read."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from product import PROGRAM, NewProduct, Product, repository, wait_until, write

NAMELESS = 12345


class SmallDisk(NewProduct):
    """A product whose home is a file system of this size, in a mount namespace of its own."""

    def __init__(self, megabytes: int):
        super().__init__()
        self.home.mkdir()
        mount = 'mount -t tmpfs -o size="$1"m,mode=0700 small "$2" && echo mounted && exec sleep infinity'
        self.holder = subprocess.Popen(["unshare", "--mount", "sh", "-c", mount, "sh", str(megabytes), str(self.home)],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if self.holder.stdout.readline() != "mounted\n":
            reason = self.holder.communicate()[1].strip()
            self.folder.joinpath("home").rmdir()
            self.folder.rmdir()
            raise unittest.SkipTest(f"no small disk can be mounted here: {reason}")
        self.command = ["nsenter", "--mount", f"--target={self.holder.pid}", *self.command]
        self.inside = pathlib.Path(f"/proc/{self.holder.pid}/root{self.home}")

    def resize(self, megabytes: int) -> None:
        subprocess.run([*self.command[:-1], "mount", "-o", f"remount,size={megabytes}m", str(self.home)], check=True)

    def fill(self, leave_megabytes: float) -> None:
        free = shutil.disk_usage(self.inside).free - int(leave_megabytes * 1e6)
        with open(self.inside / "ballast", "wb") as file:
            os.posix_fallocate(file.fileno(), 0, free)

    def __exit__(self, *_):
        self.run("down", timeout=60)
        self.holder.kill()
        self.holder.communicate()
        super().__exit__()


class Closed(unittest.TestCase):
    """Root's own folder is such a one: the server runs as another user, who cannot enter it."""

    def test_the_reader_sees_every_module_from_a_home_that_the_server_cannot_enter(self):
        with NewProduct() as product, repository() as folder:
            closed = product.folder / "closed"
            closed.mkdir(mode=0o700)
            product.home = closed / "home"
            product.environment["GSDB_HOME"] = str(product.home)
            product.up(str(folder))
            read = "set role analytics_readonly; select count(*) > 0 as found from codebase.code_elements"
            self.assertEqual(product.psql("analytics_db", read), "t\n")


class DiskFull(unittest.TestCase):
    def refused(self, answer, product: Product):
        self.assertEqual(answer.code, 3, answer)
        error = answer.error
        text = error["message"] + error["detail"]
        self.assertRegex(text.lower(), "no space left|disk full|disk is full", answer)
        self.assertIn(str(product.home), text, "the folder is named")
        self.assertRegex(error["hint"].lower(), "free.*space", answer)

    def test_before_there_is_a_cluster(self):
        with SmallDisk(12) as product:
            self.refused(product.run("up", "--json"), product)
            self.assertEqual(list((product.inside / "cluster").iterdir()), [], "nothing half made is left")
            product.resize(600)
            product.up()
            self.assertEqual(product.run("db", "verify").code, 0)

    def test_while_the_databases_are_made(self):
        with SmallDisk(70) as product:
            self.refused(product.run("up", "--json"), product)
            self.assertEqual(product.run("status").code, 3)
            product.resize(600)
            product.up()
            self.assertEqual(product.run("db", "verify").code, 0)

    def test_while_a_repository_is_indexed(self):
        big = {f"d{i % 20}/f{i}.py": "".join(f"def f{i}_{j}(a, b):\n    return a + b\n" for j in range(80)) for i in range(600)}
        with SmallDisk(700) as product, repository({"a.py": "def kept(): pass\n"}) as folder:
            product.up(str(folder))
            write(folder, big)
            product.fill(leave_megabytes=3)
            self.refused(product.run("index", "--json", str(folder)), product)
            (product.inside / "ballast").unlink()
            wait_until(lambda: product.get("/ready")[0] == 200)
            self.assertEqual(product.sql("select name from code_elements"), [{"name": "kept"}], "the last complete run stands")
            answer = product.run("index", "--json", str(folder))
            self.assertEqual(answer.code, 0, answer)
            self.assertEqual(answer.json["codebases"][0]["files_seen"], 601)


class Nameless(unittest.TestCase):
    """The program as containers run it: an uid without an entry in /etc/passwd, without a home folder."""

    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("only root can become another user")
        self.product = NewProduct(HOME="/nowhere")
        self.addCleanup(self.product.__exit__)
        self.product.home.mkdir()
        os.chown(self.product.home, NAMELESS, NAMELESS)
        # The build folder may be closed to others.
        program = shutil.copy(PROGRAM, self.product.folder / "gsdb")
        self.product.command = ["setpriv", f"--reuid={NAMELESS}", f"--regid={NAMELESS}", "--clear-groups", program]

    def test_a_user_without_a_passwd_entry(self):
        with repository() as folder:
            folder.chmod(0o755)
            codebase = self.product.up(str(folder))["codebases"][0]
            self.assertEqual(codebase["files_parsed"], 7)
            self.assertEqual(self.product.get("/ready")[0], 200)
            self.assertEqual({p.stat().st_uid for p in self.product.home.rglob("*")}, {NAMELESS})
            self.assertEqual(self.product.run("down").code, 0)
            self.assertEqual(self.product.up(str(folder))["codebases"][0]["files_parsed"], 0)

    def test_what_the_user_may_not_read(self):
        with repository() as folder, tempfile.TemporaryDirectory(dir="/dev/shm") as closed:
            folder.chmod(0o755)
            (folder / "app/greet.py").chmod(0)
            self.product.up(str(folder))
            skipped = self.product.sql("select path, skip_reason from files where skip_reason is not null")
            self.assertEqual(skipped, [{"path": "app/greet.py", "skip_reason": "unreadable"}])
            inner = pathlib.Path(closed) / "inner"
            inner.mkdir()
            for place in (closed, str(inner)):
                answer = self.product.run("index", "--json", place)
                self.assertEqual((answer.code, answer.error["code"]), (3, "source.not_readable"), answer)
                self.assertIn(place, answer.error["message"])
                self.assertTrue(answer.error["detail"] and answer.error["hint"], answer)
            self.product.run("down")
            answer = self.product.run("up", "--json", str(inner))
            self.assertEqual((answer.code, answer.error["code"]), (3, "source.not_readable"), answer)

    def test_a_home_of_somebody_else(self):
        os.chown(self.product.home, 0, 0)
        answer = self.product.run("up", "--json")
        self.assertEqual(answer.code, 3, answer)
        self.assertIn(str(self.product.home), answer.error["message"])
        self.assertIn("GSDB_HOME", answer.error["hint"])
        self.assertEqual(list(self.product.home.iterdir()), [])


if __name__ == "__main__":
    unittest.main()
