"""How many events a second reach a local subscriber, and how long after their commit, against what the subscriber takes.

Rate: events are imported in one go and each is sent to one subscriber; from the first arrival to the last. Compared with
wrk that posts a body of the same size to the same subscriber over as many connections. Latency: signed deliveries at an
even pace, from the answer, which comes after the commit, to the arrival. All on the same cores; fsync is on.

usage: python3 bench/deliveries.py [--rounds N] [--events N] [--pace N] [--seconds N] [--folder FOLDER]     needs wrk and node
"""
import argparse
import hashlib
import hmac
import http.client
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
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = pathlib.Path(os.environ.get("GSDB_BUILD_DIR", ROOT / "build/release"))
GSDB = BUILD / "src/app/gsdb"
CONCURRENT = 32

# Counts what it is sent; GET tells and begins anew.
SUBSCRIBER = """
import http from "node:http";
let arrivals = {}, count = 0, bytes = 0, first = 0, last = 0;
http.createServer((request, response) => {
  if (request.method === "GET") {
    response.end(JSON.stringify({arrivals, count, bytes, first, last}));
    if (request.url === "/forget") { arrivals = {}; count = 0; bytes = 0; first = 0; last = 0; }
    return;
  }
  let body = "";
  request.setEncoding("utf8");
  request.on("data", (part) => body += part);
  request.on("end", () => {
    last = performance.timeOrigin + performance.now();
    first ||= last;
    count += 1;
    bytes = body.length;
    const paced = /"paced": ?"([^"]+)"/.exec(body);
    if (paced) arrivals[paced[1]] ??= last;
    response.writeHead(204).end();
  });
}).listen(0, "127.0.0.1", function () { console.log(this.address().port); });
"""

POST = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = string.rep("x", BYTES)
"""


class Subscriber:
    def __init__(self, folder: pathlib.Path):
        script = folder / "subscriber.mjs"
        script.write_text(SUBSCRIBER)
        self.process = subprocess.Popen(["node", script], stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{self.process.stdout.readline().strip()}"

    def told(self, path: str = "/") -> dict:
        with urllib.request.urlopen(self.url + path) as answer:
            return json.load(answer)

    def wait_for(self, count: int) -> dict:
        while True:
            told = self.told()
            if told["count"] >= count:
                return self.told("/forget")
            time.sleep(0.2)


class Server:
    """The program with a source and a subscription, in a home of its own."""

    def __init__(self, folder: pathlib.Path, subscriber: Subscriber):
        self.home = folder / "home"
        self.pid = json.loads(self.gsdb("up", "--detach", "--json", "--port", "0"))["pid"]
        self.source = json.loads(self.gsdb("events", "source", "add", "github", "--name", "bench", "--json"))
        self.gsdb("events", "subscribe", "--to", subscriber.url + "/hook", "--name", "bench", "--source", "bench", "--concurrent", str(CONCURRENT))

    def gsdb(self, *arguments: str) -> str:
        environment = os.environ | {"GSDB_HOME": str(self.home), "GSDB_EVENTS_SUBSCRIBER_NETWORKS": "127.0.0.0/8"}
        return subprocess.run([GSDB, *arguments], env=environment, capture_output=True, text=True, check=True).stdout


def arrival_rate(server: Server, subscriber: Subscriber, folder: pathlib.Path, events: int, name: str) -> tuple[float, int]:
    """Events a second, and the bytes of one as it is sent."""
    file = folder / "events.jsonl"
    file.write_text("".join(json.dumps({"type": "push", "delivery_key": f"{name}-{n}", "actor": "mona", "repository": "octo/hello", "payload": {"message": "x" * 700}}) + "\n"
                            for n in range(events)))
    server.gsdb("events", "import", str(file), "--source", "bench")
    told = subscriber.wait_for(events)
    return (told["count"] - 1) * 1000 / (told["last"] - told["first"]), told["bytes"]


def subscriber_rate(subscriber: Subscriber, folder: pathlib.Path, size: int, seconds: int) -> float:
    script = folder / "post.lua"
    script.write_text(POST.replace("BYTES", str(size)))
    out = subprocess.run(["wrk", "-t1", f"-c{CONCURRENT}", f"-d{seconds}s", "-s", str(script), subscriber.url + "/hook"], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        sys.exit(f"wrk:\n{out}")
    subscriber.told("/forget")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])


def latencies(server: Server, subscriber: Subscriber, pace: int, seconds: int, name: str) -> list[float]:
    """Milliseconds from the answer to the arrival, of so many deliveries a second."""
    url = urllib.parse.urlsplit(server.source["url"])
    connection = http.client.HTTPConnection(url.hostname, url.port)
    answered = {}
    began = time.monotonic()
    for n in range(pace * seconds):
        time.sleep(max(0.0, began + n / pace - time.monotonic()))
        key = f"{name}-{n}"
        body = json.dumps({"paced": key, "message": "x" * 700}).encode()
        signature = "sha256=" + hmac.new(server.source["secret"].encode(), body, hashlib.sha256).hexdigest()
        connection.request("POST", url.path, body, {"X-GitHub-Event": "push", "X-GitHub-Delivery": key, "X-Hub-Signature-256": signature, "Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            sys.exit(f"answered {answer.status}")
        answered[key] = time.time() * 1000
    arrivals = subscriber.wait_for(len(answered))["arrivals"]
    return [max(0.0, arrivals[key] - moment) for key, moment in answered.items()]


def percentile(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--pace", type=int, default=200, help="deliveries a second while latency is measured")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--folder", default=None, help="decides the file system")
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gsdb-bench-", dir=options.folder))
    folder.chmod(0o755)
    subscriber = Subscriber(folder)
    server = Server(folder, subscriber)
    try:
        rates, limits, medians, worst = [], [], [], []
        print(f"{options.rounds} rounds of {options.events} events, {CONCURRENT} at once; latency at {options.pace} a second for {options.seconds} s; on {folder}")
        for number in range(options.rounds):
            rate, size = arrival_rate(server, subscriber, folder, options.events, f"r{number}")
            limit = subscriber_rate(subscriber, folder, size, options.seconds)
            paced = latencies(server, subscriber, options.pace, options.seconds, f"p{number}")
            rates.append(rate), limits.append(limit), medians.append(percentile(paced, 0.5)), worst.append(percentile(paced, 0.99))
            print(f"round {number + 1}: {rate:,.0f} events/s, the subscriber takes {limit:,.0f}/s ({rate / limit:.2f}), from commit p50 {medians[-1]:.1f} ms, p99 {worst[-1]:.1f} ms", flush=True)
        for name, ratios, goal in (("deliveries_vs_what_the_subscriber_takes", [a / b for a, b in zip(rates, limits)], 0.25), ("deliveries_vs_5000_a_second", [r / 5000 for r in rates], 1.0),
                                   ("deliveries_50_ms_vs_p99_from_commit", [50 / w for w in worst], 1.0)):
            print(f"RATIO {name} {statistics.median(ratios):.2f} {min(ratios):.2f} {max(ratios):.2f} goal>={goal:.2f}")
    finally:
        server.gsdb("down")
        subscriber.process.kill()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
