"""How many signed deliveries a second the program takes, each answered after its commit, against what the machine can do.

Compared with, in turns: COPY of the same rows into a bare table by two connections, and a Node.js server that checks the
signature with GitHub's own library and stores nothing. wrk sends all of it, on the same cores: 64 keep-alive connections,
a body of 1 KB, every delivery with an id of its own. fsync is on.

usage: python3 bench/webhooks.py [--rounds N] [--seconds N] [--folder FOLDER]     needs wrk, node and ./dev setup
"""
import argparse
import hashlib
import hmac
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = pathlib.Path(os.environ.get("GSDB_BUILD_DIR", ROOT / "build/release"))
GSDB = BUILD / "src/app/gsdb"
COPY_ROWS = 60_000

SEND = """
local n = 0
local prefix = string.format("%d-%d-", os.time(), math.random(1000000000))
request = function()
  n = n + 1
  return wrk.format("POST", nil, {["Content-Type"] = "application/json", ["X-GitHub-Event"] = "push",
    ["X-GitHub-Delivery"] = prefix .. n, ["X-Hub-Signature-256"] = "SIGNATURE"}, [==[BODY]==])
end
"""

RECEIVER = """
import http from "node:http";
import {verify} from "@octokit/webhooks-methods";
http.createServer((request, response) => {
  let body = "";
  request.setEncoding("utf8");
  request.on("data", (part) => body += part);
  request.on("end", async () => {
    const genuine = await verify(process.argv[2], body, request.headers["x-hub-signature-256"]);
    if (genuine) JSON.parse(body);
    response.writeHead(genuine ? 200 : 401).end();
  });
}).listen(0, "127.0.0.1", function () { console.log(this.address().port); });
"""


def body_of_1_kb() -> str:
    return json.dumps({"ref": "refs/heads/main", "sender": {"login": "mona"}, "repository": {"full_name": "octo/hello"},
                       "head_commit": {"id": "f" * 40, "timestamp": "2026-01-02T03:04:05Z", "message": "x" * 780}})


def cpu_seconds(pid: int) -> float:
    """Of a process and all below it, ended ones included."""
    total = 0.0
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rsplit(") ", 1)[1].split()
        except OSError:
            continue
        if int(entry.name) == pid or int(fields[1]) == pid:
            total += sum(map(int, fields[11:13 if int(entry.name) != pid else 15]))
    return total / os.sysconf("SC_CLK_TCK")


def wrk(url: str, script: pathlib.Path, seconds: int) -> tuple[float, float]:
    """Requests a second, and the latency that 99 % stay below in milliseconds."""
    out = subprocess.run(["wrk", "-t1", "-c64", f"-d{seconds}s", "--latency", "-s", str(script), url], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        sys.exit(f"wrk on {url}:\n{out}")
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", out).groups()
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), float(value) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]


class Server:
    """The program with a source, in a home of its own."""

    def __init__(self, folder: pathlib.Path):
        self.home = folder / "home"
        started = json.loads(self.gsdb("up", "--detach", "--json", "--port", "0"))
        self.pid = started["pid"]
        self.source = json.loads(self.gsdb("events", "source", "add", "github", "--name", "bench", "--json"))
        self.postgres = int((self.home / "cluster/data/postmaster.pid").read_text().split()[0])

    def gsdb(self, *arguments: str) -> str:
        return subprocess.run([GSDB, *arguments], env=os.environ | {"GSDB_HOME": str(self.home)}, capture_output=True, text=True, check=True).stdout

    def psql(self, *arguments: str, wait: bool = True) -> subprocess.Popen:
        program = next(iter(sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/psql"))), "psql")
        done = subprocess.Popen([program, "-X", "-q", "-h", self.home / "run/postgres", "-U", "postgres", "-d", "events_db", *arguments], stdout=subprocess.PIPE, text=True)
        if wait and done.wait():
            sys.exit("psql failed")
        return done

    def cpu(self) -> float:
        return cpu_seconds(self.pid) + cpu_seconds(self.postgres)


def copy_rate(server: Server, file: pathlib.Path) -> float:
    """Rows a second that two connections copy into a table with nothing but its columns."""
    server.psql("-c", "truncate public.bare")
    began = time.monotonic()
    running = [server.psql("-c", f"\\copy public.bare (id, source_id, event_type, delivery_key, actor, repository, payload) from '{file}'", wait=False) for _ in range(2)]
    if any(r.wait() for r in running):
        sys.exit("COPY failed")
    return 2 * COPY_ROWS / (time.monotonic() - began)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--folder", default=None, help="decides the file system")
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gsdb-bench-", dir=options.folder))
    folder.chmod(0o755)
    body = body_of_1_kb()
    server = Server(folder)
    receiver = None
    try:
        signature = "sha256=" + hmac.new(server.source["secret"].encode(), body.encode(), hashlib.sha256).hexdigest()
        script = folder / "send.lua"
        script.write_text(SEND.replace("SIGNATURE", signature).replace("BODY", body))
        rows = folder / "rows.tsv"
        rows.write_text("".join(f"01941f29-7c00-7000-8000-{i:012d}\t{server.source['id']}\tpush\tkey-{i}\tmona\tocto/hello\t{body}\n" for i in range(COPY_ROWS)))
        server.psql("-c", "create table public.bare (like events.events including defaults including compression); "
                          "alter table public.bare alter organization_id drop not null")
        source = ROOT / "build/webhook_receiver.mjs"
        source.write_text(RECEIVER)
        receiver = subprocess.Popen(["node", source, server.source["secret"]], stdout=subprocess.PIPE, text=True, cwd=ROOT)
        peer = f"http://127.0.0.1:{receiver.stdout.readline().strip()}/"
        wrk(server.source["url"], script, 2)
        wrk(peer, script, 2)
        print(f"body {len(body)} bytes, wrk -t1 -c64, {options.rounds} rounds of {options.seconds} s, on {folder}")
        ours, latencies, peers, copies, per_cpu = [], [], [], [], []
        for _ in range(options.rounds):
            cpu = server.cpu()
            rate, latency = wrk(server.source["url"], script, options.seconds)
            per_cpu.append(rate * options.seconds / (server.cpu() - cpu))
            ours.append(rate), latencies.append(latency)
            peers.append(wrk(peer, script, options.seconds)[0])
            copies.append(copy_rate(server, rows))
            print(f"gsdb {rate:.0f}/s, 99 % within {latency:.1f} ms, {per_cpu[-1]:.0f} per CPU second; Node {peers[-1]:.0f}/s; COPY {copies[-1]:.0f} rows/s")
        stored = int(subprocess.run([GSDB, "sql", "--json", "--db", "events_db", "select count(*) as n from events.events"], env=os.environ | {"GSDB_HOME": str(server.home)},
                                    capture_output=True, text=True, check=True).stdout.split('"n":')[1].split("}")[0].strip('" '))
        print(f"{stored} events stored")
        for name, other, goal in (("webhooks_vs_verifying_node_receiver", peers, 0.75), ("webhooks_vs_copy", copies, 0.25)):
            ratios = [a / b for a, b in zip(ours, other)]
            print(f"RATIO {name} {statistics.median(ratios):.2f} {min(ratios):.2f} {max(ratios):.2f} goal>={goal}")
        print(f"RATIO webhooks_vs_a_million_a_minute {statistics.median(ours) * 60 / 1e6:.2f} {min(ours) * 60 / 1e6:.2f} {max(ours) * 60 / 1e6:.2f} goal>=1.00")
    finally:
        if receiver:
            receiver.terminate()
        server.gsdb("down")
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
