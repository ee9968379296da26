"""The administrator's own PostgreSQL: installing there, and everything that can be wrong with it."""
import contextlib
import json
import socket
import subprocess
import threading
import time
import unittest

from product import Product, alive, repository, wait_until
from server import Server, free_port


class Between:
    """A TCP proxy before a server: passes on, delays, changes what the server says, or falls silent for good."""

    def __init__(self, port: int, delay_seconds: float = 0, silent_at: bytes | None = None, changes: tuple[bytes, bytes] | None = None):
        self.server_port, self.delay_seconds, self.silent_at, self.changes = port, delay_seconds, silent_at, changes
        self.is_silent = False
        self.sockets: list[socket.socket] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def url(self, options: str = "") -> str:
        return f"postgresql://admin:top-secret@127.0.0.1:{self.port}/postgres?sslmode=disable{options}"

    def accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.sockets.append(client)
            if self.is_silent:
                continue
            server = socket.create_connection(("127.0.0.1", self.server_port))
            self.sockets.append(server)
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=self.forward, args=(source, target, source is client), daemon=True).start()

    def forward(self, source: socket.socket, target: socket.socket, from_client: bool) -> None:
        try:
            while data := source.recv(1 << 16):
                time.sleep(self.delay_seconds)
                if from_client and self.silent_at and self.silent_at in data:
                    self.is_silent = True
                if self.is_silent:
                    return
                if self.changes and not from_client:
                    data = data.replace(*self.changes)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def speak_again(self) -> None:
        """New connections pass; the old ones end."""
        self.silent_at, self.is_silent = None, False
        self.close_connections()

    def close_connections(self) -> None:
        for each in self.sockets:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            each.close()
        self.sockets.clear()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.close_connections()


class Installing(unittest.TestCase):
    def install(self, layout: str):
        with Server() as server, Product(GSDB_DATABASE_URL=server.url(), GSDB_DATABASE_LAYOUT=layout) as product, repository() as folder:
            first = product.run("db", "init", "--json")
            self.assertEqual(first.code, 0, first)
            self.assertTrue(first.json["changes"] and first.json["applied"])
            second = product.run("db", "init", "--json")
            self.assertEqual((second.json["changes"], second.json["applied"]), ([], []), "a second run changes nothing")
            for command in ("status", "verify", "lint"):
                self.assertEqual(product.run("db", command).code, 0)
            indexed = product.run("index", str(folder))
            self.assertEqual(indexed.code, 0, indexed)
            database = "codebase_db" if layout == "split" else "gsdb"
            self.assertGreater(product.sql("select count(*) from codebase.code_elements", database)[0]["count"], 0)
            self.assert_least_privilege(server, product, database)
            self.assert_reader_sees_all(server, product, "analytics_db" if layout == "split" else "gsdb")
            product.up()
            self.assertTrue(product.api("/api/v1/symbols")["items"])

    def assert_least_privilege(self, server: Server, product: Product, database: str):
        secret = product.home / "secrets/codebase_user.secret"
        self.assertEqual(secret.stat().st_mode & 0o777, 0o600)
        password = secret.read_text().strip()
        self.assertEqual(server.psql("select count(*) from codebase.files", "codebase_user", password, database).stdout, "0\n",
                         "without an organization nothing is seen")
        for forbidden in ("drop table codebase.files", "set role codebase_owner", "create table codebase.x ()", "select * from pg_authid"):
            self.assertNotEqual(server.psql(forbidden, "codebase_user", password, database).returncode, 0, forbidden)
        for published in ("codebase_secure_2024!", "admin_secure_2024!"):
            self.assertNotEqual(server.psql("select 1", "codebase_user", published, database).returncode, 0)
        if database == "codebase_db":
            self.assertNotEqual(server.psql("select 1", "codebase_user", password, "task_db").returncode, 0)

    def assert_reader_sees_all(self, server: Server, product: Product, database: str):
        def password_of(role: str) -> str:
            return (product.home / f"secrets/{role}.secret").read_text().strip()

        def read(statement: str, role: str = "analytics_readonly") -> subprocess.CompletedProcess:
            return server.psql(statement, role, password_of(role), database)

        answer = read("select count(*) > 0 from codebase.code_elements where kind = 'function'")
        self.assertEqual(answer.stdout, "t\n", answer.stderr)
        self.assertEqual(read("select status from projects.projects").stdout, "active\n")
        self.assertEqual(read("select count(*) from identity.organizations").stdout, "1\n")
        for forbidden in ("delete from codebase.files", "update projects.projects set name = 'x'", "create table codebase.x ()"):
            self.assertNotEqual(read(forbidden).returncode, 0, forbidden)
        self.assertNotEqual(read("select count(*) from codebase.files", "analytics_user").returncode, 0, "nobody else reads everything")
        self.assertNotIn(password_of("analytics_readonly"), (server.folder / "log").read_text(errors="replace"))

    def test_the_reader_spares_what_somebody_else_made(self):
        with Server() as server, Product(GSDB_DATABASE_URL=server.url()) as product:
            self.assertEqual(product.run("db", "init").code, 0)
            self.assertEqual(server.psql("drop server gsdb_task_db cascade; create table tasks.precious (n int); insert into tasks.precious values (1)",
                                         database="analytics_db").returncode, 0)
            answer = product.run("db", "init")
            self.assertEqual(answer.code, 0, answer)
            self.assertIn("schema tasks holds objects that gsdb did not make", answer.out + answer.err)
            self.assertEqual(server.psql("select n from tasks.precious", database="analytics_db").stdout, "1\n")
            server.psql("drop table tasks.precious", database="analytics_db")
            self.assertEqual(product.run("db", "init").code, 0)
            self.assertEqual(server.psql("select count(*) from tasks.tasks", database="analytics_db").stdout, "0\n")

    def test_split_layout(self):
        self.install("split")

    def test_unified_layout(self):
        self.install("unified")

    def test_the_variables_of_the_founding_documents(self):
        with Server() as server, Product(POSTGRES_HOST="127.0.0.1", POSTGRES_PORT=str(server.port), POSTGRES_ADMIN_USER="admin",
                                         POSTGRES_ADMIN_PASSWORD="top-secret") as product:
            self.assertEqual(product.run("db", "init").code, 0)
            self.assertEqual(product.run("db", "verify").code, 0)

    def test_an_administrator_without_superuser(self):
        with Server() as server:
            server.psql("create role dba login createdb createrole password 'dba'")
            with Product(GSDB_DATABASE_URL=server.url("dba", "dba")) as product:
                answer = product.run("db", "init", "--json")
                self.assertEqual(answer.code, 0, answer)
                self.assertEqual(product.run("db", "verify").code, 0)


class Refusing(unittest.TestCase):
    def refused(self, url: str, *words: str, code: int | None = None) -> dict:
        with Product(GSDB_DATABASE_URL=url) as product:
            answer = product.run("db", "init", "--json")
            self.assertNotEqual(answer.code, 0, answer)
            if code is not None:
                self.assertEqual(answer.code, code, answer)
            error = answer.error
            self.assertTrue(error["hint"], answer)
            text = error["message"] + error["detail"] + error["hint"]
            for word in words:
                self.assertIn(word, text)
            self.assertNotIn("top-secret", answer.out + answer.err)
            return error

    @contextlib.contextmanager
    def untouched(self, server: Server):
        """What stands in it changes nothing on the server."""
        made = "select (select count(*) from pg_roles), (select count(*) from pg_database)"
        before = server.psql(made).stdout
        yield
        self.assertEqual(server.psql(made).stdout, before, "nothing may be half done")

    def test_a_server_that_is_down(self):
        self.refused(f"postgresql://admin:x@127.0.0.1:{free_port()}/postgres", "127.0.0.1", code=3)

    def test_a_server_that_does_not_answer(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            self.refused(f"postgresql://admin:x@127.0.0.1:{silent.getsockname()[1]}/postgres?connect_timeout=2", "no answer", "connect_timeout", code=3)

    def test_a_url_that_is_none(self):
        self.refused("postgresql//admin:top-secret@localhost", code=2)

    def test_wrong_password_missing_rights_read_only(self):
        with Server() as server:
            self.refused(server.url(password="wrong"), "password", code=3)
            server.psql("create role nobody login password 'n'")
            server.psql("create role roles_only login createrole password 'n'")
            with self.untouched(server):
                self.refused(server.url("nobody", "n"), "createdb", "createrole")
                error = self.refused(server.url("roles_only", "n"), 'alter role "roles_only" createdb', code=4)
                self.assertEqual(error["code"], "install.no_createdb")
            server.psql("alter system set default_transaction_read_only = on")
            server.psql("select pg_reload_conf()")
            wait_until(lambda: server.psql("show default_transaction_read_only").stdout == "on\n")
            with self.untouched(server):
                self.refused(server.url(), "read")

    def test_a_standby(self):
        with Server() as server:
            server.become_standby()
            error = self.refused(server.url(), f"127.0.0.1:{server.port}", "primary", code=4)
            self.assertEqual(error["code"], "install.standby")

    def test_a_server_of_version_13(self):
        with Server() as server:
            version = server.psql("show server_version").stdout.strip().encode()
            with Between(server.port, changes=(version, b"13" + version[2:])) as old, self.untouched(server):
                error = self.refused(old.url(), "PostgreSQL 13.", f"127.0.0.1:{old.port}", "14 to 18", "upgrade", code=4)
                self.assertEqual(error["code"], "install.server_version")

    def test_a_database_newer_than_the_program_and_an_edited_migration(self):
        with Server() as server, Product(GSDB_DATABASE_URL=server.url()) as product:
            self.assertEqual(product.run("db", "init").code, 0)
            alter = "insert into base.schema_migrations (module, version, name, checksum, sql_text, duration_ms, program_version) " \
                    "values ('codebase', 99, 'from_the_future', decode(repeat('00', 32), 'hex'), 'select 1', 1, '9.9')"
            self.assertEqual(server.psql(alter, database="codebase_db").returncode, 0)
            for command in (["db", "migrate"], ["db", "init"], ["up", "--detach"]):
                answer = product.run("--json", *command)
                self.assertEqual(answer.code, 4, answer)
                self.assertIn("99", json_text(answer.error))
            server.psql("delete from base.schema_migrations where version = 99", database="codebase_db")
            edit = "update base.schema_migrations set sql_text = 'select 2;', checksum = decode(repeat('11', 32), 'hex') where module = 'codebase' and version = 1"
            server.psql(edit, database="codebase_db")
            answer = product.run("--json", "db", "migrate")
            self.assertEqual(answer.code, 4, answer)
            self.assertIn("-select 2;", json_text(answer.error))


class Slow(unittest.TestCase):
    """A server behind a network that delays, or that swallows everything from some moment on."""

    PATIENCE = {"GSDB_DATABASE_SILENCE_SECONDS": "5"}  # a busy machine needs more than a second for some answers

    def test_a_server_that_takes_its_time(self):
        with Server() as server, Between(server.port, delay_seconds=0.005) as far, Product(GSDB_DATABASE_URL=far.url()) as product:
            self.assertEqual(product.run("db", "init").code, 0)
            self.assertEqual(product.run("db", "verify").code, 0)

    def test_a_server_that_falls_silent_is_given_up_and_nothing_is_half_done(self):
        for moment in (b"create role", b"schema_migrations"):
            with self.subTest(moment=moment), Server() as server, Between(server.port, silent_at=moment) as far, \
                    Product(GSDB_DATABASE_URL=far.url("&connect_timeout=5"), **self.PATIENCE) as product:
                begin = time.monotonic()
                answer = product.run("db", "init", "--json", timeout=120)
                self.assertTrue(far.is_silent)
                self.assertLess(time.monotonic() - begin, 60)
                self.assertEqual(answer.code, 3, answer)
                self.assertIn("no answer", json_text(answer.error))
                self.assertTrue(answer.error["hint"], answer)
                far.speak_again()
                for command in ("init", "verify"):
                    self.assertEqual(product.run("db", command, GSDB_DATABASE_SILENCE_SECONDS="30").code, 0)

    def test_a_server_that_falls_silent_while_gsdb_serves(self):
        with Server() as server, Between(server.port) as far, repository() as folder, \
                Product(GSDB_DATABASE_URL=far.url("&connect_timeout=5"), **self.PATIENCE) as product:
            product.up(str(folder))
            far.is_silent = True
            begin = time.monotonic()
            indexing = product.start("index", "--json", str(folder))
            status, _, body = product.get("/ready")
            self.assertEqual(status, 503)
            self.assertTrue(all(check["reason"] for check in json.loads(body)["checks"]), body)
            status, _, body = product.get("/api/v1/symbols", key=product.api_key())
            self.assertEqual(status, 503, body)
            self.assertTrue(json.loads(body)["error"]["hint"], body)
            out, _ = indexing.communicate(timeout=120)
            self.assertEqual(indexing.returncode, 3, out)
            self.assertIn(f"127.0.0.1:{far.port}", json_text(json.loads(out)["error"]))
            self.assertLess(time.monotonic() - begin, 90)
            far.speak_again()
            wait_until(lambda: product.get("/ready")[0] == 200)
            self.assertTrue(product.api("/api/v1/symbols")["items"])
            far.is_silent = True
            process = product.pid()
            self.assertEqual(product.run("down", timeout=60).code, 0)
            self.assertFalse(alive(process))


def json_text(error: dict) -> str:
    return "\n".join(str(v) for v in error.values())


if __name__ == "__main__":
    unittest.main()
