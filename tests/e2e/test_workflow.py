"""From a requirement to a merged change, as a newcomer tries it; killed anywhere; carried on by the server."""
import json
import os
import pathlib
import random
import signal
import subprocess
import time
import unittest

import jsonschema

from product import ROOT, Product, git, repository, wait_until

EXAMPLES = ROOT / "examples" / "workflows"
PLAN_SCHEMA = ROOT / "docs/reference/plan.schema.json"

REQUIREMENT = """# Two files

## One
- [ ] `$ test -s one.txt` passes
## Two
Depends on: 1
"""
FILES = {"check.sh": "test -f base.txt\n", "base.txt": "base\n", "a.py": "def one():\n    return 1\n"}


class Workflows(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.product = Product()

    @classmethod
    def tearDownClass(cls):
        cls.product.__exit__()

    def start(self, folder: pathlib.Path, script: str, *options: str) -> list[str]:
        return ["workflow", "start", "--json", "--repo", str(folder), "--requirements", self.requirement(REQUIREMENT), "--agent", f"command:{self.product.script('agent.sh', script)}", *options]

    def requirement(self, text: str) -> str:
        path = self.product.folder / "requirement.md"
        path.write_text(text)
        return str(path)

    def merged(self, folder) -> list[str]:
        return git(folder, "ls-tree", "-r", "--name-only", "dev").split()

    def traces(self, folder) -> str:
        return git(folder, "branch", "--list", "gsdb/*").strip()

    def example(self, name: str) -> str:
        answer = subprocess.run([str(EXAMPLES / "try.sh"), name], env=self.product.environment | {"GSDB": self.product.command[0], "TMPDIR": str(self.product.folder)},
                                capture_output=True, text=True, timeout=240)
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)
        return answer.stdout + answer.stderr

    def test_the_examples_end_merged(self):
        said = self.example("greeting")
        self.assertIn("8/8 completion:", said)
        self.assertIn("failed (checks_failed); it is tried again", said)
        said = self.example("notes")
        self.assertIn("conflicts with dev: notes.sh", said)
        listed = self.product.run("workflow", "list", "--json").json["runs"]
        self.assertEqual([r["status"] for r in listed[:2]], ["completed", "completed"])
        shown = self.product.run("workflow", "show", listed[0]["id"][-12:])
        self.assertIn("every_change_is_merged", shown.out)
        self.assertIn("mending the conflict", self.product.run("workflow", "logs", listed[0]["id"][-12:]).out)

    def test_the_code_graph_sees_each_change(self):
        with repository(FILES) as folder:
            script = 'echo x > one.txt; printf "\\n\\ndef added_%s():\\n    return 2\\n" $GSDB_STEP >> a.py\n'
            answer = self.product.run(*self.start(folder, script))
            self.assertEqual(answer.code, 0, answer)
            (graph,) = [v for v in answer.json["validations"] if v["validation"] == "code_graph_differences"]
            changes = {(f["step"], c["kind"], c["name"]) for f in graph["findings"] for c in f["changes"]}
            self.assertIn((1, "added", "added_1"), changes)
            self.assertIn((2, "added", "added_2"), changes)
            # What the folder holds is what questions are about afterwards.
            held = self.product.sql(f"select e.name from code_elements e join codebases c on c.id = e.codebase_id where e.kind = 'function' and c.location = '{folder}'")
            self.assertEqual(held, [{"name": "one"}])

    def test_an_agents_plan_is_edited_before_it_is_worked_by(self):
        plan = {"title": "Two files", "steps": [{"name": "One", "description": "", "acceptance_criteria": ["`$ test -s one.txt` passes"]},
                                                {"name": "Two", "description": "Not wanted", "depends_on": ["One"]}]}
        script = f"if test -n \"${{GSDB_PLAN_FILE:-}}\"; then echo '{json.dumps(plan)}' > \"$GSDB_PLAN_FILE\"; exit 0; fi\necho $GSDB_STEP > one.txt\n"
        with repository(FILES) as folder:
            answer = self.product.run(*self.start(folder, script, "--plan", "agent", "--review-plan"))
            self.assertEqual(answer.json["status"], "paused", answer)
            run = answer.json["id"][-12:]
            shown = self.product.run("workflow", "plan", run, "--json").json
            jsonschema.Draft202012Validator(json.loads(PLAN_SCHEMA.read_text())).validate(shown["plan"])
            self.assertEqual(shown["plan"]["steps"][1]["depends_on"], [1])
            edited = self.product.folder / "plan.md"
            edited.write_text("# No plan\n## A\nDepends on: nobody\n")
            self.assertIn("there is no step nobody", self.product.run("workflow", "plan", run, "--set", str(edited)).err)
            edited.write_text(self.product.run("workflow", "plan", run).out.split("### 2.")[0])
            self.assertIn("version 2 is saved", self.product.run("workflow", "plan", run, "--set", str(edited)).out)
            self.assertEqual([line.split()[:3] for line in self.product.run("workflow", "plan", run, "--versions").out.splitlines()[-2:]],
                             [["1", "agent", "superseded"], ["2", "person", "proposed"]])
            answer = self.product.run("workflow", "plan", run, "--accept", "--json")
            self.assertEqual((answer.code, answer.json["status"]), (0, "completed"), answer)
            self.assertEqual([step["title"] for step in answer.json["steps"]], ["One"])
            self.assertIn("one.txt", self.merged(folder))
            self.assertEqual(self.product.run("workflow", "plan", run, "--accept").code, 4)

    def test_what_is_wrong_is_said_before_anything_begins(self):
        with repository(FILES) as folder:
            good = {"--repo": str(folder), "--requirements": self.requirement(REQUIREMENT), "--agent": "command:true"}
            for wrong, code, message in (({"--agent": "command:./nowhere.sh"}, 5, "there is no program"), ({"--requirements": "/none.md"}, 5, "cannot be read"),
                                         ({"--agent": "gpt"}, 2, "is no agent"), ({"--parallel": "0"}, 2, "parallel"), ({"--repo": "/nowhere"}, 5, "/nowhere"),
                                         ({"--step-timeout": "soon"}, 2, "soon"), ({"--plan": "model"}, 2, "the agent is command"),
                                         ({"--writable": "/nowhere"}, 5, "/nowhere")):
                answer = self.product.run("workflow", "start", *[word for option in (good | wrong).items() for word in option])
                self.assertEqual(answer.code, code, answer)
                self.assertIn(message, answer.err)
            self.requirement("# T\n## A\nDepends on: B\n## B\nDepends on: A\n")
            answer = self.product.run("workflow", "start", *[word for option in good.items() for word in option])
            self.assertEqual(answer.code, 2, answer)
            self.assertIn("in a circle", answer.err)

    def test_killed_anywhere_it_comes_to_the_same(self):
        seed = random.SystemRandom().randrange(1 << 32)
        dice = random.Random(seed)
        with self.subTest(seed=seed), repository(FILES) as folder:
            command = self.start(folder, 'sleep 0.3; if [ $GSDB_STEP = 1 ]; then echo 1 > one.txt; else test -s one.txt; echo 2 > two.txt; fi\n')
            command.insert(2, "--key=killed")
            for kills in range(25):
                process = self.product.start(*command)
                try:
                    # Later and later: on a busy machine the program takes seconds to begin.
                    process.communicate(timeout=dice.uniform(0.5, 6) * (1 + kills / 5))
                    break
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    process.communicate()
            else:
                self.fail("it never came to its end")
            self.assertEqual(process.returncode, 0)
            self.assertEqual(self.merged(folder), ["a.py", "base.txt", "check.sh", "one.txt", "two.txt"])
            self.assertEqual(git(folder, "rev-list", "--count", "main..dev").strip(), "2")
            self.assertEqual(self.traces(folder), "")
            self.assertEqual(git(folder, "worktree", "list").count("\n"), 1)
            counted = self.product.sql("select operation_type, count(*) as n from workflows.operations o join workflows.workflow_executions e on e.id = o.execution_id "
                                       "where e.idempotency_key = 'killed' and operation_type <> 'agent.run' and operation_type <> 'commit.create' group by 1 order by 1", "workflows_db")
            self.assertEqual({row["operation_type"]: int(row["n"]) for row in counted}, {"branch.merge": 2, "issue.create": 3})

    def test_the_server_carries_on_what_nobody_does(self):
        with Product() as product, repository(FILES) as folder:
            product.up()
            answer = product.run(*self.start(folder, "echo $GSDB_STEP > one.txt\n", "--detach"))
            self.assertEqual(answer.code, 0, answer)
            run = answer.json["id"]
            wait_until(lambda: product.run("workflow", "show", "--json", run).json["status"] != "running", 120)
            shown = product.run("workflow", "show", "--json", run).json
            self.assertEqual(shown["status"], "completed", shown["reason"])
            self.assertIn("one.txt", self.merged(folder))
            told = "select event_type, target, payload ->> 'summary' as summary from events.events where event_type like 'workflow.%' order by delivery_key"
            wait_until(lambda: "workflow.completed" in [row["event_type"] for row in product.sql(told, "events_db")], 30)
            events = product.sql(told, "events_db")
            self.assertEqual((events[0]["event_type"], events[0]["target"]), ("workflow.started", "workflow:Two files"))
            self.assertEqual(events[-1]["summary"], "Two files: completed")
            self.assertEqual(len(events), len(shown["history"]), "each once")

    def test_cancelled_it_leaves_nothing(self):
        with repository(FILES) as folder:
            marker = f"gsdb-e2e-{os.getpid()}-{time.monotonic_ns()}"
            process = self.product.start(*self.start(folder, f"echo begun > {folder.parent}/{marker}; MARK={marker} sleep 1000\n"))
            wait_until(lambda: (folder.parent / marker).exists(), 60)
            (run,) = [r for r in self.product.run("workflow", "list", "--json").json["runs"] if r["status"] == "running"]
            self.assertEqual(self.product.run("workflow", "cancel", run["id"][-12:], "--reason", "enough").code, 0)
            out, _ = process.communicate(timeout=60)
            self.assertEqual((process.returncode, json.loads(out)["status"]), (1, "cancelled"))
            self.assertEqual(self.traces(folder), "")
            (folder.parent / marker).unlink()
            for proc in pathlib.Path("/proc").glob("[0-9]*/environ"):
                try:
                    self.assertNotIn(marker.encode(), proc.read_bytes())
                except OSError:
                    pass


if __name__ == "__main__":
    unittest.main()
