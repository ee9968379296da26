"""The embedded server taken back to a moment."""
import unittest

from product import Product, wait_until


class PointInTime(unittest.TestCase):
    def moment(self, product: Product) -> dict:
        return product.sql("select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00' as time, pg_current_wal_lsn()::text as lsn",
                           "projects_db")[0]

    def bases(self, product: Product) -> list[str]:
        return sorted(p.name for p in (product.home / "archive/base").glob("[!.]*"))

    def names(self, product: Product) -> list[str]:
        return [row["name"] for row in product.sql("select name from identity.organizations where name like 'kept %' order by 1", "projects_db")]

    def restore(self, product: Product, *arguments: str):
        answer = product.run("db", "restore", "--json", *arguments)
        self.assertEqual((answer.code, answer.json.get("findings")), (0, []), answer)

    def test_back_and_forth(self):
        with Product(GSDB_POSTGRES_ARCHIVE="true", GSDB_DATABASE_LAYOUT="unified") as product:
            add = "insert into identity.organizations (id, name, slug) values (gen_random_uuid(), 'kept {0}', 'kept-{0}')"
            product.up()
            wait_until(lambda: self.bases(product))
            product.sql(add.format("one"), "projects_db")
            first = self.moment(product)
            product.sql("select pg_switch_wal()", "projects_db")
            product.sql(add.format("two"), "projects_db")
            product.sql("delete from identity.organizations where name like 'kept %'", "projects_db")
            self.assertEqual(product.run("db", "restore", "--json", "--latest").error["code"], "backup.in_use")
            product.run("down")
            self.restore(product, "--to-time", first["time"])
            self.assertEqual(self.names(product), ["kept one"])
            self.assertEqual(product.run("db", "verify").code, 0)

            self.assertEqual(product.run("db", "restore", "--json", "--to-time", "2020-01-01 00:00:00Z").error["code"], "backup.no_base")
            self.assertEqual(product.run("db", "restore", "--json", "--to-time", "2999-01-01 00:00:00Z").error["code"], "backup.target_unreached")
            self.assertEqual(self.names(product), ["kept one"], "a recovery that fails changes nothing")
            self.assertEqual(product.run("db", "restore", "--to-time", "2026-01-01 00:00").code, 2, "without an offset it could be any moment")

            before = self.bases(product)
            product.up()
            wait_until(lambda: len(self.bases(product)) > len(before))
            product.run("down")
            self.restore(product, "--latest")
            self.assertEqual(self.names(product), ["kept one"])

            there = self.moment(product)["lsn"]
            product.sql("delete from identity.organizations where name like 'kept %'", "projects_db")
            self.assertEqual(self.names(product), [])
            self.restore(product, "--to-lsn", there)
            self.assertEqual(self.names(product), ["kept one"])

    def test_not_without_the_log(self):
        with Product() as product:
            answer = product.run("db", "restore", "--json", "--latest")
            self.assertEqual((answer.code, answer.error["code"]), (5, "backup.no_base"))
            self.assertIn("postgres.archive", answer.error["hint"])


if __name__ == "__main__":
    unittest.main()
