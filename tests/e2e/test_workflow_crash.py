"""Kills the server, its PostgreSQL and agents while a run goes on, at each change of its stage and at random points. What comes
of it must be what comes of a run that nobody disturbed: each step once, each issue and pull request once, the same files.

The seed is printed; GSDB_CHAOS_SEED replays it. GSDB_CHAOS_ROUNDS is how many kills there are at least.
"""
import collections
import contextlib
import os
import pathlib
import random
import signal
import subprocess
import time
import unittest

from product import Product, git, repository, wait_until
from services import connect, services_for

SEED = int(os.environ.get("GSDB_CHAOS_SEED", time.time_ns() % 1_000_000))
ROUNDS = int(os.environ.get("GSDB_CHAOS_ROUNDS", 12))
PATIENCE = 300  # seconds for a run to come to its end
NO_CONNECTION = 2  # exit code of psql

REQUIREMENT = """# Three files

## One
- [ ] `$ test -s one.txt` passes
## Two
## Three
Depends on: 1, 2
- [ ] `$ test -s one.txt` passes
"""
FILES = {"check.sh": "test -f base.txt\n", "base.txt": "base\n", "a.py": "def one():\n    return 1\n"}
# The third step needs what the first two made; what an attempt before it left must not be there.
AGENT = """test ! -e begun.txt
echo begun > begun.txt
sleep 0.3
case $GSDB_STEP in
1) echo 1 > one.txt ;;
2) echo 2 > two.txt ;;
3) cat one.txt two.txt > three.txt ;;
esac
rm begun.txt
"""


class WorkflowsAreKilled(unittest.TestCase):
    def setUp(self):
        print(f"seed {SEED}", flush=True)
        self.random = random.Random(SEED)
        self.product = self.enterContext(Product())
        self.folder = self.enterContext(repository(FILES))
        self.services, self.elsewhere = services_for(self.product, self.folder)
        for service in self.services.values():
            self.addCleanup(service.end)
        self.agent = self.product.script("agent.sh", AGENT)
        (self.product.folder / "feature.md").write_text(REQUIREMENT)
        self.kills = collections.Counter()
        self.seen = ("running", "0")

    def test_what_comes_of_it_is_the_same(self):
        self.product.up()
        connect(self.product, "github", "linear")
        run = self.start("undisturbed")
        wait_until(lambda: self.is_over(run), PATIENCE)
        wanted = self.what_came_of(run, "undisturbed")
        rounds = 0
        while self.kills.total() < ROUNDS:
            rounds += 1
            branch = f"killed-{rounds}"
            run = self.start(branch)
            self.kill_until_over(run)
            with self.subTest(branch=branch, kills=dict(self.kills)):
                self.assertEqual(self.what_came_of(run, branch), wanted)
        print(f"{rounds} runs, kills {dict(self.kills)}", flush=True)

    def start(self, branch: str) -> str:
        answer = self.product.run("workflow", "start", "--json", "--detach", "--repo", str(self.folder), "--requirements",
                                  str(self.product.folder / "feature.md"), "--agent", f"command:{self.agent}", "--dev-branch", branch, "--name", branch,
                                  "--code-host", "github", "--issues", "linear", "--team", "ENG", "--attempts", "10")
        self.assertEqual(answer.code, 0, answer)
        return answer.json["id"]

    def look(self, run: str) -> tuple[str, str]:
        """The run's status, and how many stages it has begun; as last seen while PostgreSQL is away."""
        try:
            found = self.product.psql("workflows_db", "select e.status, count(s.id) from workflows.workflow_executions e left join workflows.workflow_stage_executions s "
                                      f"on s.organization_id = e.organization_id and s.execution_id = e.id where e.id = '{run}' group by e.status").strip()
            self.seen = tuple(found.split("|"))
        except subprocess.CalledProcessError as problem:
            if problem.returncode != NO_CONNECTION and "terminat" not in problem.stderr and "recovery" not in problem.stderr:
                raise
        return self.seen

    def is_over(self, run: str) -> bool:
        status, _ = self.look(run)
        if status not in ("pending", "running", "completed"):
            self.fail(f"{status} after {dict(self.kills)}: {self.product.run('workflow', 'show', run).out}")
        return status == "completed"

    def kill_until_over(self, run: str) -> None:
        """Every second kill when the stage has just changed, the others at any time; then the run is left alone."""
        end = time.monotonic() + PATIENCE
        for kill in range(self.random.randrange(4, 10)):
            if kill % 2:
                time.sleep(self.random.uniform(0, 3))
            else:
                stage = self.look(run)
                until = time.monotonic() + 10
                while self.look(run) == stage and time.monotonic() < until:
                    time.sleep(0.01)
            if self.is_over(run):
                return
            self.random.choice((self.kill_server, self.kill_postgres, self.kill_agents))()
        while not self.is_over(run):
            self.assertLess(time.monotonic(), end, f"{run} is left in {self.seen}")
            time.sleep(0.1)

    def kill_server(self) -> None:
        self.product.kill()
        wait_until(lambda: not (self.product.home / "cluster/data/postmaster.pid").exists())
        self.product.up()
        self.kills["server"] += 1

    def kill_postgres(self) -> None:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            self.product.kill(self.product.postmaster())
            wait_until(lambda: self.product.get("/ready")[0] == 200, 60)
            self.kills["postgres"] += 1

    def kill_agents(self) -> None:
        """Those that are there; none lives for long, so it is waited for a little."""
        end = time.monotonic() + 5
        while not self.agents() and time.monotonic() < end:
            time.sleep(0.01)
        for process in self.agents():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
                self.kills["agent"] += 1

    def agents(self) -> list[int]:
        found = []
        for process in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                if str(self.agent).encode() in process.read_bytes():
                    found.append(int(process.parent.name))
        return found

    def issues_of(self, name: str) -> list[dict]:
        issues = self.services["linear"].control("told")["issues"]
        main = [issue["identifier"] for issue in issues if issue["title"] == name]
        return [issue for issue in issues if issue["identifier"] in main or issue["parent"] in main]

    def what_came_of(self, run: str, branch: str) -> dict:
        """All that may not differ. What there is too much of is told here."""
        shown = self.product.run("workflow", "show", "--json", run).json
        operations = collections.Counter(o["type"] for o in shown["operations"] if o["status"] == "succeeded" and o["type"] != "agent.run")
        pulls = [pull for pull in self.services["github"].control("state")["pulls"] if pull["base"] == branch]
        issues = self.issues_of(branch)
        return {
            "status": shown["status"],
            "files": git(self.elsewhere, "ls-tree", "-r", branch),
            "here_as_there": git(self.folder, "rev-parse", branch) == git(self.elsewhere, "rev-parse", branch),
            "commits": int(git(self.elsewhere, "rev-list", "--count", "--no-merges", f"main..{branch}")),
            "pull_requests": sorted((pull["title"], pull["merged"]) for pull in pulls),
            "issues": sorted((issue["title"].replace(branch, ""), issue["state"]) for issue in issues),
            "made": {kind: operations[kind] for kind in ("issue.create", "pull_request.create", "pull_request.merge")},
            "branches_left": git(self.folder, "branch", "--list", "gsdb/*").split(),
            "folders": git(self.folder, "worktree", "list").count("\n"),
        }


if __name__ == "__main__":
    unittest.main()
