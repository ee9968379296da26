"""A PostgreSQL of the administrator's own, as tests need it."""
import contextlib
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile
import unittest


def binaries() -> pathlib.Path:
    given = os.environ.get("GSDB_TEST_POSTGRES_BINDIR")
    return pathlib.Path(given) if given else sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class SmallDisk:
    """A file system of a few megabytes on a folder, in a mount namespace of its own; needs to be root."""

    def __init__(self, folder: pathlib.Path, megabytes: int):
        self.folder = folder
        folder.mkdir()
        if os.geteuid() != 0:
            raise unittest.SkipTest("only root mounts a disk")
        mount = f"mount -t tmpfs -o size={megabytes}m,mode=0700,uid={pwd.getpwnam('postgres').pw_uid} small {folder} && echo mounted && exec sleep infinity"
        self.holder = subprocess.Popen(["unshare", "-m", "sh", "-c", mount], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        if self.holder.stdout.readline().strip() != "mounted":
            self.remove()
            raise unittest.SkipTest("cannot mount here")

    def enter(self, as_user: dict) -> list[str]:
        return ["nsenter", "-t", str(self.holder.pid), "-m", "-S", str(as_user["user"]), "-G", str(as_user["group"])]

    def path(self, name: str) -> pathlib.Path:
        """As this process reaches it."""
        return pathlib.Path(f"/proc/{self.holder.pid}/root{self.folder}/{name}")

    def fill(self) -> None:
        """Until there is no room for another byte."""
        with open(self.path("ballast"), "ab", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))

    def free(self) -> None:
        self.path("ballast").unlink()

    def remove(self) -> None:
        self.holder.kill()
        self.holder.communicate()


class Server:
    """A PostgreSQL on loopback that wants passwords, as an administrator would run it; with `disk_megabytes` its data
    are alone on a disk of that size, which only its own processes see."""

    def __init__(self, *settings: str, disk_megabytes: int = 0):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gsdb-pg-", dir="/dev/shm"))
        self.port = free_port()
        self.as_user = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            self.as_user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        self.disk = SmallDisk(self.folder / "data", disk_megabytes) if disk_megabytes else None
        (self.folder / "password").write_text("top-secret")
        (self.folder / "password").chmod(0o644)
        self.call("initdb", "-N", "-A", "scram-sha-256", "-U", "admin", "--pwfile", str(self.folder / "password"), "--locale=C.UTF-8",
                  "-E", "UTF8", "-D", str(self.folder / "data"))
        self.settings = settings
        self.start()

    def start(self) -> None:
        options = [f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories={self.folder} -c fsync=off"]
        options += [f"-c {s}" for s in self.settings]
        self.call("pg_ctl", "-D", str(self.folder / "data"), "-o", " ".join(options), "-l", str(self.folder / "log"), "-w", "start")

    def call(self, program: str, *arguments: str) -> None:
        command, how = [str(binaries() / program), *arguments], self.as_user
        if self.disk:
            command, how = [*self.disk.enter(self.as_user), *command], {}
        subprocess.run(command, check=True, capture_output=True, cwd="/", **how)

    def url(self, user: str = "admin", password: str = "top-secret") -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/postgres"

    def psql(self, statement: str, user: str = "admin", password: str = "top-secret", database: str = "postgres") -> subprocess.CompletedProcess:
        return self.run_psql(user, password, database, "-c", statement)

    def psql_script(self, script: str, user: str = "admin", password: str = "top-secret", database: str = "postgres") -> subprocess.CompletedProcess:
        """Statements one by one, and what only psql itself understands."""
        return self.run_psql(user, password, database, "-f", "-", stdin=script)

    def run_psql(self, user: str, password: str, database: str, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess:
        return subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port), "-U", user, "-d", database, *arguments],
                              capture_output=True, text=True, input=stdin, env=os.environ | {"PGPASSWORD": password})

    def stop(self, mode: str = "immediate") -> None:
        self.call("pg_ctl", "-D", str(self.folder / "data"), "-m", mode, "-w", "stop")

    def become_standby(self) -> None:
        self.stop("fast")
        (self.folder / "data/standby.signal").touch()
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.stop()
        except subprocess.CalledProcessError:
            pass
        if self.disk:
            self.disk.remove()
        shutil.rmtree(self.folder, ignore_errors=True)
