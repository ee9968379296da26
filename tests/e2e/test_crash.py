"""Kills the program and its PostgreSQL at random points; the next start must recover by itself and lose nothing complete.

The seed is printed; GSDB_CHAOS_SEED replays it.
"""
import contextlib
import json
import os
import pathlib
import random
import time
import unittest

from product import Product, alive, repository, wait_until, write

SEED = int(os.environ.get("GSDB_CHAOS_SEED", time.time_ns() % 1_000_000))
ROUNDS = int(os.environ.get("GSDB_CHAOS_ROUNDS", 4))

BIG = {f"d{i % 20}/f{i}.py": "".join(f"def f{i}_{j}(a, b):\n    return a + b\n" for j in range(40)) for i in range(600)}


def postmaster_of(product: Product) -> int:
    return int((product.home / "cluster/data/postmaster.pid").read_text().split()[0])


class Crash(unittest.TestCase):
    def setUp(self):
        self.random = random.Random(SEED)
        print(f"seed {SEED}", flush=True)

    def complete_runs(self, product: Product) -> list[dict]:
        return product.sql("select number, files_seen, elements_seen from analysis_runs where state = 'completed' order by number")

    def assert_whole(self, product: Product):
        """Only complete runs are visible, and what they counted is there."""
        runs = self.complete_runs(product)
        if runs:
            [counts] = product.sql("select count(*) from code_elements")
            self.assertEqual(counts["count"], runs[-1]["elements_seen"])
            [files] = product.sql("select count(*) from files where last_run is null")
            self.assertEqual(files["count"], runs[-1]["files_seen"])
        self.assertEqual(product.run("db", "verify").code, 0)

    def test_gsdb_killed_while_it_indexes(self):
        with Product() as product, repository(BIG) as folder:
            before = []
            for _ in range(ROUNDS):
                write(folder, {"d0/f0.py": f"def changed(): return {self.random.random()}\n"})
                process = product.start("up", "--json", str(folder))
                time.sleep(self.random.uniform(0.05, 2.5))
                process.kill()
                process.communicate()
                wait_until(lambda: not (product.home / "cluster/data/postmaster.pid").exists())
                # What the killed start did not install is installed now; what it did is found as it is.
                self.assertEqual(product.run("db", "init").code, 0)
                after = self.complete_runs(product)
                self.assertEqual(after[:len(before)], before, "a complete run was lost")
                self.assert_whole(product)
                before = after
            final = product.up(str(folder))["codebases"][0]
            self.assertEqual(final["files_seen"], len(BIG))
            self.assert_whole(product)
            states = {row["state"] for row in product.sql("select distinct state from analysis_runs")}
            self.assertLessEqual(states, {"completed", "abandoned"})

    def test_postgres_killed_while_gsdb_indexes(self):
        with Product() as product, repository(BIG) as folder:
            product.up()
            for _ in range(ROUNDS):
                write(folder, {"d0/f0.py": f"def changed(): return {self.random.random()}\n"})
                before = self.complete_runs(product)
                indexing = product.start("index", "--json", str(folder))
                time.sleep(self.random.uniform(0.02, 1.2))
                product.kill(postmaster_of(product))
                out, _ = indexing.communicate(timeout=120)
                self.assertIn(indexing.returncode, (0, 1, 3), out)
                wait_until(lambda: product.get("/ready")[0] == 200)
                self.assertEqual(self.complete_runs(product)[:len(before)], before, "a complete run was lost")
            answer = product.run("index", "--json", str(folder))
            self.assertEqual(answer.code, 0, answer)
            self.assert_whole(product)

    def test_gsdb_killed_while_it_installs(self):
        for _ in range(ROUNDS):
            with Product() as product:
                process = product.start("up", "--json")
                time.sleep(self.random.uniform(0.05, 1.5))
                process.kill()
                process.communicate()
                product.up()
                self.assertEqual(product.run("db", "verify").code, 0)
                self.assertEqual(product.sql("select count(*) from code_elements")[0]["count"], 0)

    def test_postgres_killed_while_gsdb_installs(self):
        for _ in range(ROUNDS):
            with Product() as product:
                process = product.start("up", "--json", "--detach")
                wait_until(lambda: (product.home / "cluster/data/postmaster.pid").exists())
                time.sleep(self.random.uniform(0, 1.5))
                with contextlib.suppress(FileNotFoundError, ValueError, ProcessLookupError):
                    product.kill(postmaster_of(product))
                out, _ = process.communicate(timeout=120)
                self.assertIn(process.returncode, (0, 1, 3), out)
                if process.returncode != 0:
                    error = json.loads(out)["error"]
                    self.assertTrue(error["message"] and error["hint"], out)
                    product.up()
                wait_until(lambda: product.get("/ready")[0] == 200)
                self.assertEqual(product.run("db", "verify").code, 0)

    def test_a_killed_gsdb_takes_its_postgres_along(self):
        with Product() as product:
            product.up()
            postmaster = postmaster_of(product)
            product.kill()
            wait_until(lambda: not alive(postmaster))
            self.assertEqual(product.run("status").code, 3)
            product.up()
            self.assertEqual(product.get("/ready")[0], 200)


if __name__ == "__main__":
    unittest.main()
