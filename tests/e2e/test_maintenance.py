"""The server maintains its databases by itself and shows it: the log, /metrics, the dashboards."""
import json
import re
import shutil
import subprocess
import unittest

from product import ROOT, Product, wait_until

DASHBOARDS = ROOT / "database/monitoring/grafana"


def settled(product: Product) -> list[dict]:
    """The log once nothing is due any more."""
    def schedule():
        return product.run("db", "maintenance", "--json", "--limit", "1000").json["schedule"]
    [now] = product.sql("select to_char(now() at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') as now")
    wait_until(lambda: all(routine["due_at"] > now["now"] for routine in schedule()), 60)
    return product.run("db", "maintenance", "--json", "--limit", "1000").json["log"]


SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (\S+)')


def samples(text: str) -> dict[str, dict[tuple, float]]:
    """Prometheus's text format, read strictly: by name of sample and values of the labels in the order of their names."""
    found, types = {}, {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            assert name not in types, f"{name} is in two places"
            types[name] = kind
        elif not line.startswith("# HELP "):
            match = SAMPLE.fullmatch(line)
            assert match, line
            name, labels = match[1], dict(re.findall(r'([a-zA-Z_0-9]+)="((?:[^"\\]|\\.)*)"', match[2] or ""))
            family = list(types)[-1]
            assert name == family or types[family] == "histogram" and name in (family + "_bucket", family + "_sum", family + "_count"), line
            key = tuple(value for _, value in sorted(labels.items()))
            assert key not in found.setdefault(name, {}), line
            found[name][key] = float(match[3])
    return found


def metrics(product: Product) -> dict[str, dict[tuple, float]]:
    status, headers, body = product.get("/metrics")
    assert status == 200 and headers["Content-Type"].startswith("text/plain; version=0.0.4"), headers
    return samples(body.decode())


def values(product: Product, name: str) -> dict[tuple, float]:
    return metrics(product).get(name, {})


def panels(file: str) -> list[dict]:
    return json.loads((DASHBOARDS / file).read_text())["panels"]


def expanded(text: str) -> str:
    """The SQL of a panel as Grafana would send it."""
    text = re.sub(r"\$__timeFilter\(((?:[^()]|\(\))*)\)", r"\1 between now() - interval '7 days' and now()", text)
    text = re.sub(r"\$__timeGroupAlias\(([^,()]+), \$__interval\)", r"""date_bin(interval '1 hour', \1, timestamptz '2001-01-01') as "time" """, text)
    text = text.replace("$organization", "00000000-0000-7000-8000-000000000001").replace("$metric", "delivery.deployments")
    assert "$" not in text, text
    return text


def statements(file: str) -> list[str]:
    dashboard = json.loads((DASHBOARDS / file).read_text())
    texts = [variable["query"] for variable in dashboard["templating"]["list"]]
    return texts + [target["rawSql"] for panel in dashboard["panels"] for target in panel["targets"]]


class Dashboards:
    """In each layout: every statement runs as the reader, every metric is there."""

    def test_every_statement_of_the_dashboard_runs_as_the_reader(self):
        texts = statements("gsdb-work.json")
        self.assertGreater(len(texts), 20)
        script = "".join(f"{expanded(text)};\n" for text in texts)
        database = "gsdb" if self.product.environment.get("GSDB_DATABASE_LAYOUT") == "unified" else "analytics_db"
        answer = self.product.run("db", "psql", database, "--", "-XqA", "-U", "analytics_readonly", "-v", "ON_ERROR_STOP=1", stdin=script)
        self.assertEqual(answer.code, 0, answer)
        self.assertEqual(len(re.findall(r"^\(\d+ rows?\)$", answer.out, re.M)), len(texts))

    def test_every_metric_of_the_dashboard_is_there(self):
        settled(self.product)
        wait_until(lambda: "gsdb_health_status" in metrics(self.product))
        there = set(metrics(self.product))
        wanted = {name for panel in panels("gsdb-server.json") for target in panel["targets"]
                  for name in re.findall(r"\b(?:gsdb|process)_[a-z0-9_]+", target["expr"])}
        self.assertGreater(len(wanted), 15)
        self.assertEqual(wanted - there, set())

    @unittest.skipUnless(shutil.which("promtool"), "promtool is not installed")
    def test_promtool_finds_nothing(self):
        wait_until(lambda: "gsdb_health_status" in metrics(self.product))
        done = subprocess.run(["promtool", "check", "metrics"], input=self.product.get("/metrics")[2], capture_output=True)
        self.assertEqual((done.returncode, done.stderr), (0, b""))

    def test_the_server_ran_everything_that_was_due_once(self):
        log = settled(self.product)
        self.assertEqual([entry for entry in log if entry["state"] != "succeeded"], [])
        schedule = self.product.run("db", "maintenance", "--json").json["schedule"]
        self.assertEqual({(entry["database"], entry["routine"]) for entry in log}, {(routine["database"], routine["routine"]) for routine in schedule})
        rare = [(entry["database"], entry["routine"]) for entry in log if entry["routine"] == "base.verify_audit_log"]
        self.assertEqual(len(rare), len(set(rare)), "once in each database, whichever login role came first")
        [status] = self.product.sql("select status from base.system_health() where component = 'maintenance'")
        self.assertEqual(status["status"], "healthy")


class Split(Dashboards, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.product = Product(GSDB_METRICS_HEALTH_SECONDS="1", GSDB_METRICS_STATEMENTS_SECONDS="1").__enter__()
        cls.product.up()

    @classmethod
    def tearDownClass(cls):
        cls.product.__exit__()

    def test_what_three_months_without_a_server_have_missed_is_made_good_at_start(self):
        product = self.product
        settled(product)
        product.run("down")
        product.sql("""do $$
            declare p record;
            begin
                for p in select * from base.time_partitions_of('events.events') where not is_default loop execute format('drop table %s', p.partition); end loop;
                perform base.create_partition('events.deliveries', '2020_01', 'for values from (''2020-01-01 00:00+00'') to (''2020-02-01 00:00+00'')');
                update base.maintenance_procedures set due_at = due_at - interval '90 days';
                delete from base.maintenance_log;
            end $$""", "events_db")
        self.assertEqual(product.sql("select status from base.system_health() where component in ('partitions', 'maintenance')", "events_db"), [{"status": "critical"}] * 2)
        product.up()
        log = [entry for entry in settled(product) if entry["routine"] == "events.maintain_partitions"]
        self.assertEqual([entry["state"] for entry in log], ["succeeded"])
        done = product.sql("select o ->> 'action' as action, o ->> 'partition' as partition from base.maintenance_log, jsonb_array_elements(objects) o where routine = 'events.maintain_partitions'", "events_db")
        self.assertIn({"action": "dropped", "partition": "events.deliveries_2020_01"}, done)
        self.assertEqual(len([entry for entry in done if entry["action"] == "created" and entry["partition"].startswith("events.events_")]), 4)
        self.assertEqual(product.sql("select status from base.system_health() where component in ('partitions', 'maintenance')", "events_db"), [{"status": "healthy"}] * 2)

    def test_by_hand(self):
        answer = self.product.run("db", "maintain", "daily", "--json")
        self.assertEqual(answer.code, 0, answer)
        runs = answer.json["runs"]
        self.assertIn(("events_db", "events.cleanup_old_events"), {(run["database"], run["routine"]) for run in runs})
        self.assertEqual(len([run for run in runs if run["routine"] == "base.maintain_partitions"]), 8)
        [run] = self.product.run("db", "maintain", "tasks.maintain_partitions", "--json").json["runs"]
        self.assertEqual((run["database"], run["state"], run["objects"]), ("task_db", "succeeded", []))
        self.assertIn("tasks.maintain_partitions", self.product.run("db", "maintenance").out)
        self.assertIn("weekly", self.product.run("db", "maintenance", "--schedule").out)
        unknown = self.product.run("db", "maintain", "hourly", "--json")
        self.assertEqual((unknown.code, unknown.error["code"]), (5, "maintenance.unknown"))

    def test_a_failure_is_seen_everywhere_and_stops_nothing_else(self):
        settled(self.product)  # what the server does at its start would fail as well
        body = "create or replace function prompts.cleanup_expired_context_data() returns integer language plpgsql security definer set search_path = pg_catalog, pg_temp as $$ begin %s end $$"
        self.product.sql(body % "raise exception 'on purpose';", "prompts_db")
        try:
            answer = self.product.run("db", "maintain", "frequent", "--json")
            self.assertEqual(answer.code, 1, answer)
            states = {run["routine"]: run["state"] for run in answer.json["runs"]}
            self.assertEqual(states["prompts.cleanup_expired_context_data"], "failed")
            self.assertEqual(states["base.flush_gin_pending_lists"], "succeeded")
            [failed] = [entry for entry in self.product.run("db", "maintenance", "--failed", "--json").json["log"] if entry["database"] == "prompts_db"]
            self.assertEqual(failed["error"], "on purpose")
            wait_until(lambda: values(self.product, "gsdb_health_maintenance_failures_in_a_row").get(("prompts_db",), 0) >= 1)
            self.assertEqual(values(self.product, "gsdb_health_status")["maintenance", "prompts_db", "failures_in_a_row"], 2)
            self.assertEqual(values(self.product, "gsdb_health_maintenance_failures_in_a_row")["events_db",], 0)
        finally:
            self.product.sql(body % "return 0;", "prompts_db")
        self.assertEqual(self.product.run("db", "maintain", "prompts.cleanup_expired_context_data").code, 0)
        self.product.sql("delete from base.maintenance_log where state = 'failed'", "prompts_db")

    def test_metrics_say_when_a_database_cannot_be_read_and_do_not_wait_for_it(self):
        wait_until(lambda: values(self.product, "gsdb_health_readable").get(("learning_db",)) == 1)
        self.product.sql("alter role learning_user connection limit 0")
        self.product.sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'learning_user'")
        try:
            wait_until(lambda: values(self.product, "gsdb_health_readable").get(("learning_db",)) == 0)
            self.assertNotIn(("learning_db",), values(self.product, "gsdb_health_storage_database_size_bytes"))
            self.assertGreater(values(self.product, "gsdb_health_storage_database_size_bytes")["task_db",], 1_000_000)
        finally:
            self.product.sql("alter role learning_user connection limit -1")

    def test_the_statements_of_the_program_are_logged_by_name(self):
        self.product.api("/api/v1/codebases")
        query = "select sum(calls)::int as calls, min(row_count)::int as rows, max(max_ms) > 0 as timed from analytics.query_performance_log where statement = 'codebase.list_codebases'"
        wait_until(lambda: self.product.sql(query, "analytics_db")[0]["calls"])
        [logged] = self.product.sql(query, "analytics_db")
        self.assertTrue(logged["timed"])
        names = {row["statement"] for row in self.product.sql("select distinct statement from analytics.query_performance_log", "analytics_db")}
        self.assertLessEqual({"identity.authenticate_api_key", "analytics.log_statements"}, names)
        self.assertEqual([name for name in names if not re.fullmatch(r"[a-z_]+(\.[a-z_]+)?", name)], [])


class Unified(Dashboards, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.product = Product(GSDB_DATABASE_LAYOUT="unified", GSDB_METRICS_HEALTH_SECONDS="1").__enter__()
        cls.product.up()

    @classmethod
    def tearDownClass(cls):
        cls.product.__exit__()


if __name__ == "__main__":
    unittest.main()
