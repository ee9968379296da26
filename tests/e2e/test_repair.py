"""gsdb db doctor --fix: each fault is planted, shown, left alone without consent, and put right with it."""
import unittest

from product import Product, repository

FAULTS = {
    "projects_db": ["revoke connect on database codebase_db from codebase_user", "grant connect on database task_db to public",
                    "alter role task_user bypassrls", "create database task_db_gsdb_draft_0123abcd",
                    "do $$ begin for i in 1..1500 loop update identity.organizations set updated_at = now(); end loop; end $$"],
    "codebase_db": ["revoke usage on schema codebase from codebase_user", "alter function base.set_updated_at() security definer",
                    "update pg_index set indisvalid = false where indexrelid = (select c.oid from pg_class c join pg_index i on i.indexrelid = c.oid "
                    "join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'codebase' and c.relkind = 'i' and not i.indisunique order by c.relname limit 1)",
                    "alter table codebase.files add column stray integer"],
    "task_db": ["do $$ declare victim text; begin select format('drop index %s', i.indexrelid::regclass) into victim from pg_index i join pg_class c on c.oid = i.indrelid "
                "join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'tasks' and not i.indisunique and c.relkind = 'r' "
                "and length(pg_get_indexdef(i.indexrelid)) < 250 order by 1 limit 1; execute victim; end $$",
                "do $$ declare victim regclass; begin for victim in select p.partition from base.time_partitions t, base.time_partitions_of(t.relation) p "
                "where not p.is_default and p.lower_bound > now() loop execute format('drop table %s', victim); end loop; end $$"],
    "analytics_db": ["drop schema tasks cascade"],
}
EXPECTED = {"repair.installation", "repair.leftover", "repair.partitions", "repair.statistics", "schema.reader", "schema.drift", "schema.invalid_index", "doctor.role"}


class Repairs(unittest.TestCase):
    def test_every_fault_is_repaired_or_named(self):
        with Product() as product, repository() as folder:
            product.up(str(folder))
            healthy = product.run("db", "doctor", "--fix", "--json")
            self.assertEqual((healthy.code, healthy.json["repairs"]), (0, []), healthy)
            for database, statements in FAULTS.items():
                for statement in statements:
                    product.sql(statement, database)

            asked = product.run("db", "doctor", "--fix", "--json")
            self.assertEqual(asked.code, 6, asked)
            self.assertEqual({r["state"] for r in asked.json["repairs"]}, {"declined"})
            self.assertEqual({r["code"] for r in asked.json["repairs"]}, EXPECTED)
            self.assertEqual(product.sql("select rolbypassrls from pg_roles where rolname = 'task_user'"), [{"rolbypassrls": True}], "nothing is done unasked")
            told = product.run("db", "doctor", "--fix")
            self.assertIn("--yes", told.out)
            self.assertIn("before: ", told.out)

            done = product.run("db", "doctor", "--fix", "--yes", "--json")
            self.assertEqual(done.code, 6, "what it cannot repair is left")
            self.assertEqual([r for r in done.json["repairs"] if r["state"] != "repaired"], [])
            self.assertEqual([f["object"] for f in done.json["left"]], ["column codebase.files.stray"])
            self.assertTrue(done.json["left"][0]["remedy"])

            product.sql("alter table codebase.files drop column stray")
            again = product.run("db", "doctor", "--fix", "--yes", "--json")
            self.assertEqual((again.code, [r["code"] for r in again.json["repairs"]]), (0, ["schema.reader"]), "what the reader sees had that column, too")
            for command in (["doctor", "--fix"], ["verify"], ["status"]):
                answer = product.run("db", *command, "--json")
                self.assertEqual(answer.code, 0, answer)


if __name__ == "__main__":
    unittest.main()
