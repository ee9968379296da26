"""Drives the built program as a user would. Every Product has a home of its own, below /dev/shm, and leaves nothing behind."""
import contextlib
import fcntl
import hashlib
import hmac
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("GSDB_BUILD_DIR", ROOT / "build/release"))
PROGRAM = BUILD / "src/app/gsdb"


class Answer:
    """What a finished command said."""

    def __init__(self, done: subprocess.CompletedProcess):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def error(self) -> dict:
        return self.json["error"]

    def __repr__(self) -> str:
        return f"exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


class Product:
    """Its home is a copy of one that has just been installed: installing takes the most part of a short test's time. What tests
    of installing start from is NewProduct."""
    is_installed = True

    def __init__(self, **environment: str):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gsdb-e2e-", dir="/dev/shm"))
        self.folder.chmod(0o755)
        self.home = self.folder / "home"
        self.command = [str(PROGRAM)]
        keep = {k: v for k, v in os.environ.items() if not k.startswith(("GSDB_", "POSTGRES_", "PG"))}
        self.environment = keep | {"GSDB_HOME": str(self.home), "GSDB_HTTP_PORT": "0"} | environment
        # Another setting or server may make a difference to what is installed.
        if self.is_installed and environment.keys() <= {"GSDB_DATABASE_LAYOUT"}:
            copy_folder(installed_home(environment.get("GSDB_DATABASE_LAYOUT", "split")), self.home)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.run("down", timeout=60)
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *arguments: str, timeout: float = 240, stdin: str | None = None, **environment: str) -> Answer:
        return Answer(subprocess.run([*self.command, *arguments], env=self.environment | environment, input=stdin,
                                     stdin=subprocess.DEVNULL if stdin is None else None,
                                     capture_output=True, text=True, timeout=timeout))

    def start(self, *arguments: str) -> subprocess.Popen:
        """A command that goes on; the caller ends it."""
        return subprocess.Popen([*self.command, *arguments], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                stdin=subprocess.DEVNULL, text=True)

    def up(self, *arguments: str) -> dict:
        answer = self.run("up", "--detach", "--json", *arguments)
        assert answer.code == 0, answer
        return answer.json

    def sql(self, query: str, database: str = "codebase_db") -> list[dict]:
        answer = self.run("sql", "--json", "--db", database, query)
        assert answer.code == 0, answer
        return answer.json["rows"]

    def psql(self, database: str, statement: str) -> str:
        """As the superuser of the embedded server, past the program."""
        return subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", str(self.home / "run/postgres"), "-U", "postgres", "-d", database, "-c", statement],
                              capture_output=True, text=True, check=True).stdout

    def status(self) -> dict:
        return self.run("status", "--json").json

    def pid(self) -> int:
        return self.status()["pid"]

    def get(self, path: str, key: str | None = None, **headers: str) -> tuple[int, dict, bytes]:
        request = urllib.request.Request(self.status()["url"] + path, headers=headers)
        if key:
            request.add_header("Authorization", f"Bearer {key}")
        try:
            with urllib.request.urlopen(request, timeout=20) as response:
                return response.status, dict(response.headers), response.read()
        except urllib.error.HTTPError as problem:
            with problem:
                return problem.code, dict(problem.headers), problem.read()

    def api(self, path: str) -> dict:
        status, _, body = self.get(path, key=self.api_key())
        assert status == 200, (status, body)
        return json.loads(body)

    def api_key(self) -> str:
        return (self.home / "secrets/api-key").read_text().strip()

    def postmaster(self) -> int:
        """The process of the embedded PostgreSQL."""
        return int((self.home / "cluster/data/postmaster.pid").read_text().split()[0])

    def script(self, name: str, text: str) -> pathlib.Path:
        """A program for the shell, in the product's folder: no other test has one there."""
        path = self.folder / name
        path.write_text("#!/bin/sh\nset -eu\n" + text)
        path.chmod(0o755)
        return path

    def kill(self, process: int = 0) -> None:
        """SIGKILL, as a power cut would; waits until the process is gone."""
        process = process or self.pid()
        os.kill(process, signal.SIGKILL)
        wait_until(lambda: not alive(process))


class NewProduct(Product):
    """Nothing is installed yet."""
    is_installed = False


def copy_folder(source: pathlib.Path, target: pathlib.Path) -> None:
    """With owners and rights, which PostgreSQL looks at."""
    subprocess.run(["cp", "-a", "--reflink=auto", str(source), str(target)], check=True)


def installed_home(layout: str) -> pathlib.Path:
    """A home as the program of this build leaves it after its first `up` and a `down`. The first who asks makes it, the
    others wait meanwhile; those of earlier builds are removed."""
    program = PROGRAM.stat()  # GSDB_BUILD_DIR names the build folder that has it
    homes = BUILD / "installed-homes"
    homes.mkdir(exist_ok=True)
    build = hashlib.sha256(repr((str(PROGRAM), program.st_size, program.st_mtime_ns)).encode()).hexdigest()[:16]
    home = homes / f"{build}-{layout}"
    with (homes / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.exists():
            for outdated in homes.glob("*-*"):
                if not outdated.name.startswith(build + "-"):
                    shutil.rmtree(outdated)
            with NewProduct(GSDB_DATABASE_LAYOUT=layout) as product:
                product.up()
                assert product.run("down").code == 0
                for left in [path for folder in ("log", "run") for path in (product.home / folder).rglob("*") if path.is_file()]:
                    left.unlink()
                draft = homes / "draft"
                shutil.rmtree(draft, ignore_errors=True)
                copy_folder(product.home, draft)
                draft.rename(home)
    return home


def json_answer(request: urllib.request.Request, timeout: float = 120) -> tuple[int, dict]:
    """The status and the document, of refusals as well."""
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as problem:
        with problem:
            return problem.code, json.loads(problem.read())


def signed_by_github(source: dict, delivery: str, body: bytes) -> urllib.request.Request:
    """A push as GitHub sends it to a source that `events source add` answered."""
    signature = hmac.new(source["secret"].encode(), body, hashlib.sha256).hexdigest()
    return urllib.request.Request(source["url"], body, {"X-GitHub-Event": "push", "X-GitHub-Delivery": delivery, "Content-Type": "application/json",
                                                        "X-Hub-Signature-256": "sha256=" + signature})


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
        return "Z" not in pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False


class ProductTest(unittest.TestCase):
    """One running product for all cases of a class."""

    settings: dict[str, str] = {}

    @classmethod
    def setUpClass(cls):
        cls.product = Product(**cls.settings)
        cls.product.up()

    @classmethod
    def tearDownClass(cls):
        cls.product.__exit__()


def wait_until(condition, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def git(folder: pathlib.Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "init.defaultBranch=main",
               "-c", "protocol.file.allow=always", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


SOURCES = {
    "app/main.py": '"""Start."""\nfrom app.greet import greet\n\n\nclass App:\n    """The program."""\n\n    def run(self, name: str) -> str:\n        return greet(name)\n',
    "app/greet.py": "def greet(name):\n    return f'hello {name}'\n",
    "web/index.ts": "import { x } from './x';\nexport class View { render(): string { return x(); } }\n",
    "web/x.ts": "export const x = (): string => 'x';\n",
    "src/a.c": "#include <stdio.h>\n#include \"a.h\"\nint twice(int n) { return 2 * n; }\n",
    "src/a.h": "#pragma once\nint twice(int n);\n",
    "README.md": "# A sample\n",
}


@contextlib.contextmanager
def repository(files: dict[str, str | bytes] | None = None):
    """A committed Git work tree of the given files."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gsdb-repo-", dir="/dev/shm"))
    try:
        write(folder, SOURCES if files is None else files)
        git(folder, "init", "-q")
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "--allow-empty", "-m", "sample")
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write(folder: pathlib.Path, files: dict[str, str | bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
