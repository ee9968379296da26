"""What an administrator with psql alone gets of the folder database/: the founding documents' own commands."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

from product import ROOT, Product, wait_until
from server import Server

DATABASES = {"task_db": ["tasks"], "projects_db": ["identity", "projects"], "prompts_db": ["prompts"], "codebase_db": ["codebase"],
             "analytics_db": ["analytics"], "events_db": ["events"], "learning_db": ["learning"], "workflows_db": ["workflows"]}


class Administrator:
    """Somebody with a shell, psql and the folder, and nothing of the program."""

    def __init__(self, server: Server):
        self.server = server
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gsdb-psql-", dir="/dev/shm"))
        shutil.copytree(ROOT / "database", self.folder / "database")
        keep = {k: v for k, v in os.environ.items() if not k.startswith(("GSDB_", "POSTGRES_", "PG"))}
        self.environment = keep | {"HOME": str(self.folder), "POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": str(server.port),
                                   "POSTGRES_ADMIN_USER": "admin", "POSTGRES_ADMIN_PASSWORD": "top-secret"}
        self.secrets = self.folder / ".local/share/gsdb/secrets"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, script: str, *arguments: str, **environment: str) -> subprocess.Popen:
        return subprocess.Popen([f"./{script}", *arguments], cwd=self.folder / "database", env=self.environment | environment, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True)

    def run(self, script: str, *arguments: str, **environment: str) -> tuple[int, str]:
        running = self.start(script, *arguments, **environment)
        output, _ = running.communicate(timeout=200)
        return running.returncode, output

    def psql(self, file: str, database: str = "postgres", *arguments: str) -> subprocess.CompletedProcess:
        """As the founding documents print it, from the folder above."""
        address = {"PGHOST": "127.0.0.1", "PGPORT": str(self.server.port), "PGUSER": "admin", "PGPASSWORD": "top-secret", "PGDATABASE": database}
        return subprocess.run(["psql", *arguments, "-f", f"database/{file}"], cwd=self.folder, env=self.environment | address, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL)


class PsqlTest(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(Server())
        self.admin = self.enterContext(Administrator(self.server))

    def ask(self, statement: str, database: str) -> str:
        answer = self.server.psql(statement, database=database)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        return answer.stdout.strip()

    def assert_program_has_nothing_to_do(self, layout: str, **environment: str):
        """The program takes what psql installed for its own work, secrets included."""
        with Product(GSDB_DATABASE_URL=self.server.url(), GSDB_DATABASE_LAYOUT=layout, **environment) as product:
            if self.admin.secrets.exists():
                shutil.copytree(self.admin.secrets, product.home / "secrets")
            for command in ("verify", "lint"):
                self.assertEqual(product.run("db", command).code, 0, product.run("db", command))
            answer = product.run("db", "init", "--json").json
            self.assertEqual((answer["changes"], answer["applied"]), ([], []))

    def assert_answers(self, database: str):
        self.assertEqual(self.ask("select count(*) > 5 from system_health()", database), "t")
        for function in ("database_health_summary()", "critical_alerts()", "database_health_check()"):
            self.ask(f"select * from {function}", database)

    def run_file(self, file: str, database: str, *arguments: str) -> str:
        answer = self.admin.psql(file, database, *arguments)
        self.assertEqual((answer.returncode, answer.stderr), (0, ""), f"{file} in {database}")
        return answer.stdout

    def assert_folders_run(self, databases: dict[str, list[str]]):
        """Every file that an administrator runs by hand, found by listing, in every database that it is for."""
        files = {folder: sorted((ROOT / "database" / folder).glob("*.sql")) for folder in ("monitoring", "performance", "examples")}
        self.assertEqual([f.stem for f in files["examples"]], sorted(m for modules in DATABASES.values() for m in modules if m != "identity"))
        for file in sum(files.values(), []):
            self.assertRegex(file.read_text(), rf"\A(--.*\n)+--   psql -d .*database/{file.parent.name}/{file.name}.*\n(--.*\n)*\\set ON_ERROR_STOP on\n")
        for database, modules in databases.items():
            here = files["monitoring"] + files["performance"] + [f for f in files["examples"] if f.stem in modules]
            self.assert_each_says_something(database, here)

    def assert_each_says_something(self, database: str, files: list[pathlib.Path]):
        """In one session, which saves the time of 100 logins and shows that no file is in the way of the next one."""
        words = [word for file in files for word in ("-c", f"\\echo @@ {file.name}", "-f", f"database/{file.parent.name}/{file.name}")]
        output = self.run_file("performance/maintenance.sql", database, *words, "-c", "\\set apply yes", "-c", "\\echo @@ apply")
        *outputs, (name, applied) = [part.split("\n", 1) for part in output.split("@@ ")[1:]]
        self.assertEqual([name for name, _ in outputs], [file.name for file in files])
        for name, said in outputs:
            self.assertNotEqual(said.strip(), "", f"{name} in {database}")
        self.assertIn("\ndone\n", applied)


class Split(PsqlTest):
    def test_the_script_of_the_founding_documents(self):
        code, output = self.admin.run("setup_all_databases.sh")
        self.assertEqual(code, 0, output)
        self.assertNotRegex(output, "ERROR|WARNING")
        self.assertRegex(output, "task_db: applied tasks 0001_create_task_definitions")
        for database in DATABASES:
            self.assert_answers(database)
        code, again = self.admin.run("setup_all_databases_enhanced.sh")
        self.assertEqual(code, 0, again)
        self.assertNotRegex(again, "applied|created|granted|gave|let ", "a second run changes nothing")
        self.assert_program_has_nothing_to_do("split")
        self.assert_secrets_are_kept(output)
        self.assert_reader_reads()
        self.assert_folders_run(DATABASES)

    def assert_secrets_are_kept(self, output: str):
        files = sorted(self.admin.secrets.iterdir())
        self.assertEqual(len(files), 9)
        log = (self.server.folder / "log").read_text(errors="replace")
        for file in files:
            self.assertEqual(file.stat().st_mode & 0o777, 0o600)
            password = file.read_text().strip()
            self.assertGreaterEqual(len(password), 43)
            self.assertNotIn(password, output + log)
            role = file.name.removesuffix(".secret")
            database = "analytics_db" if role == "analytics_readonly" else role.replace("_user", "_db")
            self.assertEqual(self.server.psql("select 1", role, password, database).stdout, "1\n")
            for published in ("_secure_2024!", "_2024!"):
                self.assertNotEqual(self.server.psql("select 1", role, role.removesuffix("_user") + published, database).returncode, 0)

    def assert_reader_reads(self):
        password = (self.admin.secrets / "analytics_readonly.secret").read_text().strip()
        read = self.server.psql("select count(*) from identity.organizations", "analytics_readonly", password, "analytics_db")
        self.assertEqual(read.stdout, "1\n", read.stderr)

    def test_the_files_one_by_one(self):
        for file in ("init_databases.sql", "schemas/01_task_db.sql", "schemas/02_projects_db.sql", "schemas/03_prompts_db.sql",
                     "schemas/04_codebase_db.sql", "schemas/05_analytics_db.sql", "schemas/06_events_db.sql", "schemas/07_learning_db.sql",
                     "init_databases_enhanced.sql", "schemas/01_task_db_enhanced.sql", "schemas/03_prompts_db_enhanced.sql", "schemas/08_workflows_db.sql"):
            answer = self.admin.psql(file)
            self.assertEqual((answer.returncode, answer.stderr), (0, ""), file)
        for database, modules in DATABASES.items():
            self.assert_answers(database)
            applied = self.ask("select string_agg(distinct module, ',' order by module) from base.schema_migrations", database)
            self.assertEqual(applied, ",".join(sorted(["base", *modules])))
        # The program knows that nobody has given these roles a password yet.
        with Product(GSDB_DATABASE_URL=self.server.url()) as product:
            answer = product.run("db", "init", "--json").json
            self.assertEqual(answer["applied"], [])
            self.assertIn("let role task_user log in", answer["changes"])
            password = (product.home / "secrets/task_user.secret").read_text().strip()
            self.assertEqual(self.server.psql("select 1", "task_user", password, "task_db").stdout, "1\n")

    def test_killed_anywhere_it_goes_on(self):
        for seconds in (0.3, 1, 2, 4):
            running = self.admin.start("setup_all_databases.sh")
            time.sleep(seconds)
            os.killpg(running.pid, signal.SIGKILL)
            running.communicate()
        code, output = self.admin.run("setup_all_databases.sh")
        self.assertEqual(code, 0, output)
        self.assertEqual(list(self.admin.secrets.glob("*.next")), [])
        self.assert_secrets_are_kept(output)
        self.assert_program_has_nothing_to_do("split")


class Unified(PsqlTest):
    def test_the_commands_of_the_founding_documents(self):
        answer = self.admin.psql("init/00_comprehensive_init.sql")
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        for family in sorted(f for f in (self.admin.folder / "database/schemas").iterdir() if re.search("_(module|schema).sql$", f.name)):
            again = self.admin.psql(f"schemas/{family.name}")
            self.assertEqual((again.returncode, again.stdout, again.stderr), (0, "", ""), "there is nothing left to do")
        self.assert_answers("gsdb")
        self.assertEqual(self.ask("select datname from pg_database where datname like '%\\_db'", "gsdb"), "", "nothing but the one database")
        self.assert_folders_run({"gsdb": [m for modules in DATABASES.values() for m in modules]})
        self.assert_files_show_what_is_wrong()
        self.server.psql("alter table tasks.tasks drop constraint running_was_started", database="gsdb")
        self.assertEqual(self.admin.psql("examples/tasks.sql", "gsdb").returncode, 3, "an example that does not hold fails")

    def assert_files_show_what_is_wrong(self):
        partition = self.ask("select partition from base.time_partitions_of('events.events') where not is_default order by upper_bound desc limit 1", "gsdb")
        for fault in ("create index a_duplicate on tasks.tasks (organization_id, id)", "drop index tasks.tasks_parent_idx", f"drop table {partition}",
                      "select pg_create_physical_replication_slot('forgotten', true)", "create table tasks.unseen as select n from generate_series(1, 2000) n",
                      "insert into base.managed_tables values ('tasks.unseen', 'local', 'a test')"):
            self.assertEqual(self.server.psql(fault, database="gsdb").returncode, 0, fault)
        indexes = self.run_file("performance/index_usage.sql", "gsdb")
        self.assertRegex(indexes, r"a_duplicate +\| tasks.tasks_pkey")
        self.assertRegex(indexes, r"parent_is_one_level_up")
        self.assertRegex(self.run_file("monitoring/storage.sql", "gsdb"), r"events\.events +\| received_at .* behind: run")
        self.assertRegex(self.run_file("monitoring/replication.sql", "gsdb"), r"forgotten +\| physical")
        self.assertRegex(self.run_file("performance/maintenance.sql", "gsdb"), r"analyze tasks.unseen;")
        self.assert_lock_wait_names_its_blocker()
        self.run_file("performance/maintenance.sql", "gsdb", "-v", "apply=yes")
        self.assertNotIn("behind: run", self.run_file("monitoring/storage.sql", "gsdb"))
        # PostgreSQL 14 tells of what was analysed some time after it was.
        wait_until(lambda: "tasks.unseen" not in self.run_file("performance/maintenance.sql", "gsdb"))

    def assert_lock_wait_names_its_blocker(self):
        def lock_tasks(wait_event: str) -> tuple[threading.Thread, str]:
            session = threading.Thread(target=self.server.psql, args=("begin; lock table tasks.tasks; select pg_sleep(60)", "admin", "top-secret", "gsdb"))
            session.start()
            until = time.monotonic() + 30
            while not (pid := self.ask(f"select pid from pg_stat_activity where wait_event = '{wait_event}' and query ~ 'lock table tasks.tasks'", "gsdb")):
                self.assertLess(time.monotonic(), until, f"a session waits for {wait_event}")
                time.sleep(0.02)
            return session, pid

        (holder, holder_pid), (waiter, waiter_pid) = lock_tasks("PgSleep"), lock_tasks("relation")
        shown = self.run_file("monitoring/activity.sql", "gsdb")
        self.ask(f"select pg_terminate_backend(pid) from unnest(array[{holder_pid}, {waiter_pid}]) as pid", "gsdb")
        holder.join()
        waiter.join()
        self.assertRegex(shown, rf"{waiter_pid} \| admin .* AccessExclusiveLock \| tasks.tasks .* \| +{holder_pid} \| admin")

    def test_module_by_module_in_a_database_of_my_own(self):
        self.server.psql("create database mine")
        for file in ("00_base_schema", "01_projects_module", "02_tasks_module", "03_analytics_module", "04_prompts_module", "05_events_module",
                     "06_openevolve_module", "04_codebase_module", "08_workflows_module"):
            answer = self.admin.psql(f"schemas/{file}.sql", "mine")
            self.assertEqual((answer.returncode, answer.stderr), (0, ""), file)
        self.assert_answers("mine")
        code, output = self.admin.run("setup_all_databases.sh", "--layout", "unified", "--database", "mine")
        self.assertEqual(code, 0, output)
        self.assertNotIn("applied", output)
        self.assert_program_has_nothing_to_do("unified", GSDB_DATABASE_NAME="mine")


class Refusals(PsqlTest):
    def refused(self, *words: str, **environment: str):
        code, output = self.admin.run("setup_all_databases.sh", **environment)
        self.assertEqual(code, 1, output)
        for word in words:
            self.assertIn(word, output)

    def test_what_goes_wrong_is_said_and_stops(self):
        self.refused("cannot be reached", "POSTGRES_ADMIN_PASSWORD", POSTGRES_ADMIN_PASSWORD="wrong")
        self.refused("cannot be reached", POSTGRES_PORT="1")
        self.assertEqual(self.admin.run("setup_all_databases.sh", "--layout", "both")[0], 2)
        self.assertEqual(self.admin.run("setup_all_databases.sh", "--nonsense")[0], 2)
        self.assertEqual(self.admin.run("setup_all_databases.sh", "--help")[0], 0)
        self.server.psql("create database task_db template template0 encoding 'UTF8'")
        self.server.psql("create schema tasks; create table tasks.precious (n int)", database="task_db")
        self.refused("has a schema tasks that gsdb did not make")
        self.server.psql("drop schema tasks cascade", database="task_db")

        self.assertEqual(self.admin.run("setup_all_databases.sh")[0], 0)
        self.assertIn("one of the eight", self.admin.psql("init/00_comprehensive_init.sql", "task_db").stderr)
        self.server.psql("update base.schema_migrations set checksum = sha256('x') where module = 'tasks' and version = 3", database="task_db")
        self.refused("migration tasks 0003_create_schedules was edited after it was applied")
        self.server.psql("delete from base.schema_migrations where module = 'tasks' and version = 3; insert into base.schema_migrations "
                         "(module, version, name, checksum, sql_text, duration_ms, program_version) values ('tasks', 99, 'later', sha256('x'), '', 0, '9.9')",
                         database="task_db")
        self.refused("database task_db is newer than these files", "0099_later")

    def test_an_administrator_without_superuser(self):
        self.server.psql("create role dba login createdb createrole password 'dba'")
        code, output = self.admin.run("setup_all_databases.sh", POSTGRES_ADMIN_USER="dba", POSTGRES_ADMIN_PASSWORD="dba")
        self.assertEqual(code, 0, output)
        self.assertIn("note: analytics_readonly reads one database at a time", output)


if __name__ == "__main__":
    unittest.main()
