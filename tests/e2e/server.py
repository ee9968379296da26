"""A PostgreSQL of the administrator's own, as tests need it."""
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile


def binaries() -> pathlib.Path:
    given = os.environ.get("GSDB_TEST_POSTGRES_BINDIR")
    return pathlib.Path(given) if given else sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A PostgreSQL on loopback that wants passwords, as an administrator would run it."""

    def __init__(self, *settings: str):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gsdb-pg-", dir="/dev/shm"))
        self.port = free_port()
        self.as_user = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            self.as_user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
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
        subprocess.run([binaries() / program, *arguments], check=True, capture_output=True, cwd="/", **self.as_user)

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
        shutil.rmtree(self.folder, ignore_errors=True)
