"""Backups: made while the product works, found damaged when they are, and brought back row by row."""
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import time
import unittest

from product import Product, repository, wait_until
from test_external import Server
from test_home import SmallDisk

DATABASES = ["task_db", "projects_db", "prompts_db", "codebase_db", "analytics_db", "events_db", "learning_db", "workflows_db"]
ORPHAN = "0190dead-0000-7000-8000-000000000001"  # a repository that there is not
# Every table, and its rows in an order of their own; but not how the server prints what is in them, which a dump changes.
CONTENT = """
set row_security = off; set timezone = 'UTC';
select format('%I.%I', n.nspname, c.relname) || ' ' ||
       (xpath('/row/h/text()', query_to_xml(format('select md5(coalesce(string_agg(t::text, chr(10) order by t::text), '''')) as h from %I.%I t',
                                                   n.nspname, c.relname), false, true, '')))[1]
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and not c.relispartition and n.nspname not in ('pg_catalog', 'information_schema')
  and c.relname <> 'schema_shapes' order by 1"""


def psql(product: Product, database: str, statement: str) -> str:
    done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", str(product.home / "run/postgres"), "-U", "postgres", "-d", database,
                           "-c", statement], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def content(product: Product, databases: list[str]) -> str:
    """But for what a server writes by itself: the records of maintenance, what it measures, and that it is there."""
    by_itself = (" base.maintenance_", " analytics.metrics ", " analytics.metric_aggregations ", " analytics.stale_buckets ", " tasks.workers ")
    tables = [f"{database} {table}" for database in databases for table in psql(product, database, CONTENT).splitlines()]
    return "\n".join(table for table in tables if not any(name in table for name in by_itself))


def backup(product: Product, *arguments: str) -> dict:
    answer = product.run("db", "backup", "--json", *arguments)
    assert answer.code == 0, answer
    return answer.json


class Case(unittest.TestCase):
    def refused(self, answer, code: int, error: str):
        self.assertEqual((answer.code, answer.error["code"]), (code, error), answer)
        return answer.error

    def assert_clean(self, product: Product):
        for command in ("verify", "status"):
            answer = product.run("db", command)
            self.assertEqual(answer.code, 0, answer)


class Embedded(Case):
    """Saved while it serves, tried, wrecked, brought back."""

    def test_split(self):
        with Product() as product, repository() as folder:
            product.up(str(folder))
            psql(product, "codebase_db", f"update codebase.codebases set repository_id = '{ORPHAN}'")
            place = product.folder / "saved"
            saved = backup(product, "--to", str(place))
            self.assertTrue(saved["one_instant"], "nothing commits meanwhile")
            self.assertEqual([d["database"] for d in saved["databases"]], DATABASES)
            self.refused(product.run("db", "backup", "--json", "--to", str(place)), 4, "backup.exists")
            self.refused(product.run("db", "restore", "--json", str(place), "--replace"), 4, "backup.in_use")
            before = content(product, DATABASES)
            trial = product.run("db", "verify-backup", "--json", "--restore", str(place))
            self.assertEqual((trial.code, trial.json["ok"], trial.json["differences"]), (0, True, []), trial)
            self.assertFalse((product.home / "trial").exists(), "the trial is removed")
            product.run("down")
            product.sql("drop table codebase.blob_elements, codebase.files cascade")
            product.sql("delete from identity.api_keys", "projects_db")
            self.refused(product.run("db", "restore", "--json", str(place)), 4, "backup.holds_data")
            answer = product.run("db", "restore", "--json", "--replace", str(place))
            self.assertEqual(answer.code, 0, answer)
            [fault] = answer.json["findings"]
            self.assertEqual((fault["code"], fault["database"], fault["object"]),
                             ("data.integrity", "codebase_db", "references.codebase.codebases.repository_id -> projects.repositories"))
            self.assertIn(ORPHAN, fault["message"], "what was saved with the data is named, and the restore stands")
            self.assert_clean(product)
            product.up()
            self.assertEqual(content(product, DATABASES), before)
            self.assertTrue(product.api("/api/v1/symbols")["items"], "the key of before still opens")
            reader = "set role analytics_readonly; select count(*) > 0 from codebase.code_elements"
            self.assertEqual(psql(product, "analytics_db", reader), "t\n")
            self.assertNotIn("_gsdb_", psql(product, "postgres", "select string_agg(datname, ' ') from pg_database"))


class Files(Case):
    """One product, and what can happen to the files of its backups."""

    @classmethod
    def setUpClass(cls):
        cls.product = cls.enterClassContext(Product(GSDB_DATABASE_LAYOUT="unified"))
        cls.repository = cls.enterClassContext(repository({"secret.py": "def marked_zebra(): pass\n"}))
        cls.product.up(str(cls.repository))
        cls.plain, cls.sealed = cls.product.folder / "plain", cls.product.folder / "sealed"
        cls.key = cls.product.folder / "key"
        cls.key.write_text("7f" * 32 + "\n")
        cls.key.chmod(0o600)
        backup(cls.product, "--to", str(cls.plain))
        backup(cls.product, "--to", str(cls.sealed), "--encrypt", "--key-file", str(cls.key))

    def verify(self, place: pathlib.Path, *arguments: str):
        return self.product.run("db", "verify-backup", "--json", str(place), *arguments)

    def test_a_flipped_byte_in_any_file_is_found(self):
        seed = int(os.environ.get("GSDB_TEST_SEED", time.time_ns()))
        print(f"GSDB_TEST_SEED={seed}")
        dice = random.Random(seed)
        for place, key in ((self.plain, []), (self.sealed, ["--key-file", str(self.key)])):
            self.assertEqual(self.verify(place, *key).code, 0)
            for file in sorted(place.iterdir()):
                with self.subTest(file=file.name):
                    whole = file.read_bytes()
                    at = dice.randrange(len(whole))
                    file.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << dice.randrange(8))]) + whole[at + 1:])
                    error = self.refused(self.verify(place, *key), 6, "backup.damaged")
                    self.assertIn(str(place), error["message"])
                    file.write_bytes(whole)
        (self.plain / "gsdb.dump.zst").rename(self.plain / "away")
        self.refused(self.verify(self.plain), 6, "backup.damaged")
        (self.plain / "away").rename(self.plain / "gsdb.dump.zst")

    def test_a_file_cut_off_with_a_checksum_made_anew_is_found(self):
        """What only the format itself can tell: a backup whose checksums somebody made fit."""
        place = self.product.folder / "cut"
        shutil.copytree(self.plain, place)
        file = place / "gsdb.dump.zst"
        file.write_bytes(file.read_bytes()[:-20])
        manifest = json.loads((place / "manifest.json").read_text())
        entry = next(d for d in manifest["databases"] if d["file"] == file.name)
        entry["bytes"], entry["sha256"] = file.stat().st_size, sha256(file)
        (place / "manifest.json").write_text(json.dumps(manifest))
        (place / "manifest.sha256").write_text(f"# gsdb backup {manifest['id']}\n{sha256(place / 'manifest.json')}  manifest.json\n")
        self.assertIn("end is missing", self.refused(self.verify(place), 6, "backup.damaged")["detail"])

    def test_keys(self):
        for file in self.sealed.iterdir():
            self.assertNotIn(b"marked_zebra", file.read_bytes())
        dump = subprocess.run(["zstd", "-dc", str(self.plain / "gsdb.dump.zst")], capture_output=True)
        if dump.returncode == 0:
            self.assertIn(b"marked_zebra", dump.stdout, "an administrator's own tools read a plain backup")
        wrong = self.product.folder / "wrong"
        wrong.write_text("80" * 32 + "\n")
        wrong.chmod(0o600)
        self.refused(self.verify(self.sealed), 3, "backup.key_needed")
        self.refused(self.verify(self.sealed, "--key-file", str(wrong)), 3, "backup.wrong_key")
        wrong.chmod(0o644)
        self.refused(self.verify(self.sealed, "--key-file", str(wrong)), 3, "crypto.secret_file_exposed")
        shutil.move(self.sealed / "gsdb.dump.zst.sealed", self.product.folder / "other")
        again = self.product.folder / "again"
        backup(self.product, "--to", str(again), "--encrypt", "--key-file", str(self.key))
        shutil.copy(again / "gsdb.dump.zst.sealed", self.sealed)
        self.refused(self.verify(self.sealed, "--key-file", str(self.key)), 6, "backup.damaged")
        shutil.move(self.product.folder / "other", self.sealed / "gsdb.dump.zst.sealed")
        answer = self.verify(self.sealed, "--key-file", str(self.key))
        self.assertEqual(answer.code, 0, answer)
        self.assertNotIn("7f7f7f", answer.out + answer.err)

    def test_no_password_is_in_it(self):
        for role in ("task_user", "analytics_readonly"):
            secret = (self.product.home / f"secrets/{role}.secret").read_text().strip().encode()
            for file in self.plain.glob("*.zst"):
                dump = subprocess.run(["zstd", "-dc", str(file)], capture_output=True)
                if dump.returncode != 0:
                    self.skipTest("the zstd program is not installed")
                self.assertNotIn(secret, dump.stdout)
                self.assertNotIn(b"SCRAM-SHA-256$", dump.stdout)

    def test_ctrl_c_leaves_nothing(self):
        place = self.product.folder / "stopped/here"
        running = self.product.start("db", "backup", "--to", str(place))
        wait_until(lambda: place.parent.exists() and any(place.parent.iterdir()))
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=60)
        self.assertEqual(running.returncode, 130)
        self.assertEqual(list(place.parent.iterdir()), [])

    def test_a_killed_one_is_cleared_away_by_the_next(self):
        place = self.product.folder / "killed/here"
        running = self.product.start("db", "backup", "--to", str(place))
        wait_until(lambda: place.parent.exists() and any(place.parent.iterdir()))
        running.kill()
        running.communicate()
        self.assertFalse(place.exists())
        backup(self.product, "--to", str(place))
        self.assertEqual([p.name for p in place.parent.iterdir()], ["here"])

    def test_no_space(self):
        with SmallDisk(1) as small:
            product = self.product
            small.fill(leave_megabytes=0.2)
            command = ["nsenter", "--mount", f"--target={small.holder.pid}", *product.command]
            answer = subprocess.run([*command, "db", "backup", "--json", "--to", str(small.home / "saved")], env=product.environment,
                                    capture_output=True, text=True, timeout=120)
            error = json.loads(answer.stdout)["error"]
            self.assertEqual((answer.returncode, error["code"]), (3, "backup.disk_full"), error)
            self.assertIn(str(small.home), error["message"])
            self.assertEqual([p.name for p in small.inside.iterdir()], ["ballast"])

    def test_what_is_no_backup(self):
        self.refused(self.verify(self.product.folder / "nowhere"), 5, "backup.not_found")
        self.refused(self.verify(self.product.home), 5, "backup.not_a_backup")
        self.assertEqual(self.product.run("db", "restore", str(self.plain), "--into", "Bad Name").code, 2)


class External(Case):
    """From one server of an administrator to another, with passwords, strangers' roles and the other layout."""

    def test_to_another_server(self):
        with Server() as old, Server() as new, Product(GSDB_DATABASE_URL=old.url(), GSDB_DATABASE_LAYOUT="unified") as product, repository() as folder:
            self.assertEqual(product.run("db", "init").code, 0)
            indexed = product.run("index", "--json", str(folder))
            self.assertEqual(indexed.code, 0, indexed)
            old.psql("create role grafana login password 'g'")
            for statement in ("grant connect on database gsdb to grafana", "create schema reports",
                              "create view reports.languages as select language, count(*) from codebase.file_analysis group by 1",
                              "grant usage on schema reports to grafana; grant select on reports.languages to grafana"):
                done = old.psql(statement, database="gsdb")
                self.assertEqual(done.returncode, 0, done.stderr)
            before = old.psql(CONTENT, database="gsdb").stdout
            place = str(product.folder / "saved")
            backup(product, "--to", place, "--encrypt")
            key = product.home / "secrets/backup.key"
            self.assertEqual(key.stat().st_mode & 0o777, 0o600)
            trial = product.run("db", "verify-backup", "--json", "--restore", place)
            self.assertEqual(trial.code, 0, trial)
            self.assertNotIn("_gsdb_", old.psql("select string_agg(datname, ' ') from pg_database").stdout)
            self.refused(product.run("db", "restore", "--json", place, GSDB_DATABASE_LAYOUT="split"), 4, "backup.other_layout")
            aside = product.run("db", "restore", "--json", place, "--into", "monday")
            self.assertEqual(aside.code, 0, aside)
            self.assertEqual(old.psql(CONTENT, database="gsdb_monday").stdout, before)

            with Product(GSDB_DATABASE_URL=new.url(), GSDB_DATABASE_LAYOUT="unified") as other:
                self.refused(other.run("db", "restore", "--json", place), 3, "backup.key_needed")
                answer = other.run("db", "restore", "--json", place, "--key-file", str(key))
                self.assertEqual(answer.code, 0, answer)
                self.assertIn("grafana", " ".join(answer.json["notes"]))
                self.assertNotIn("top-secret", answer.out + answer.err)
                self.assert_clean(other)
                self.assertEqual(new.psql(CONTENT, database="gsdb").stdout, before)
                password = (other.home / "secrets/codebase_user.secret").read_text().strip()
                self.assertEqual(new.psql("select 1", "codebase_user", password, "gsdb").stdout, "1\n", "with a secret of its own")
                rights = "select has_table_privilege('grafana', 'reports.languages', 'select'), has_database_privilege('grafana', 'gsdb', 'connect')"
                self.assertEqual(new.psql(rights, database="gsdb").stdout, "t|t\n")
                self.ctrl_c_in_a_restore(new, other, [place, "--key-file", str(key)], before)
                again = other.run("db", "restore", "--json", "--replace", place, "--key-file", str(key))
                self.assertEqual((again.code, again.json["findings"]), (0, []), again)
                self.assertEqual(new.psql(CONTENT, database="gsdb").stdout, before)

    def ctrl_c_in_a_restore(self, server: Server, product: Product, arguments: list[str], before: str):
        running = product.start("db", "restore", "--replace", *arguments)
        drafts = "select count(*) from pg_database where datname like '%\\_gsdb\\_%'"
        wait_until(lambda: server.psql(drafts).stdout == "1\n")
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=60)
        self.assertEqual(running.returncode, 130)
        self.assertEqual(server.psql(drafts).stdout, "0\n")
        self.assertEqual(server.psql(CONTENT, database="gsdb").stdout, before)

    def test_an_administrator_who_does_not_see_all_rows(self):
        with Server() as server:
            server.psql("create role plain login createdb createrole password 'p'")
            with Product(GSDB_DATABASE_URL=server.url("plain", "p"), GSDB_DATABASE_LAYOUT="unified") as product:
                error = self.refused(product.run("db", "backup", "--json"), 4, "backup.no_rights")
                self.assertIn("bypassrls", error["hint"])


def sha256(file: pathlib.Path) -> str:
    return subprocess.run(["sha256sum", str(file)], check=True, capture_output=True, text=True).stdout.split()[0]


if __name__ == "__main__":
    unittest.main()
