"""A PostgreSQL older than any that gsdb supports: GSDB_TEST_POSTGRES_BINDIR names its programs."""
import unittest

from product import Product
from server import Server


class TooOld(unittest.TestCase):
    def test_installing_names_the_version_and_changes_nothing(self):
        with Server() as server, Product(GSDB_DATABASE_URL=server.url()) as product:
            version = server.psql("show server_version").stdout.split()[0]
            for command in (["db", "init"], ["up", "--detach"]):
                answer = product.run("--json", *command)
                self.assertEqual(answer.code, 4, answer)
                self.assertIn(version, answer.error["message"], answer)
                self.assertIn("14 to 18", answer.error["detail"], answer)
                self.assertIn("upgrade", answer.error["hint"], answer)
            self.assertEqual(server.psql("select count(*) from pg_database where not datistemplate").stdout, "1\n")
            self.assertEqual(server.psql("select count(*) from pg_roles where rolname !~ '^pg_'").stdout, "1\n")


if __name__ == "__main__":
    unittest.main()
