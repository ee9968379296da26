#!/usr/bin/env python3
"""Runs the benchmarks and prints one row for each ratio, with its goal.

usage: bench.py [NAME]      those whose name contains NAME (default: all)

A benchmark is a program bench_* of the release build, or an executable script bench/*.sh. It measures its peer or its
limit in the same run and prints, for each ratio:   RATIO NAME MEDIAN MIN MAX goal>=X   (or goal<=X, or goal: words)
The table goes to bench/results/latest.md with the machine's description.
"""
import datetime
import os
import pathlib
import platform
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = ROOT / "build/release"
RATIO = re.compile(r"^RATIO (\S+) (\S+) (\S+) (\S+)(?: goal(>=|<=)(\S+))?", re.M)


def build() -> None:
    steps = [["cmake", "--preset", "release", "-DGSDB_BENCH=ON", "-DGSDB_TESTS=OFF"], ["cmake", "--build", str(BUILD)]]
    for step in steps:
        done = subprocess.run(step, cwd=ROOT, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(step)} failed:\n{done.stdout[-4000:]}{done.stderr[-2000:]}")


def benchmarks(name: str) -> list[pathlib.Path]:
    programs = [p for p in BUILD.rglob("bench_*") if p.is_file() and os.access(p, os.X_OK)]
    scripts = [p for p in (ROOT / "bench").glob("*.sh") if os.access(p, os.X_OK)]
    return sorted(p for p in programs + scripts if name in p.name)


def machine() -> str:
    cpu = re.search(r"^model name\s*:\s*(.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    memory = int(re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text()).group(1)) / 2**20
    return f"{cpu.group(1) if cpu else platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, Linux {platform.release()}"


def met(median: str, relation: str, goal: str) -> str:
    if not relation:
        return ""
    value, bound = float(median), float(goal)
    return "met" if (value >= bound if relation == ">=" else value <= bound) else "MISSED"


def main() -> int:
    build()
    rows, failures = [], []
    chosen = benchmarks(sys.argv[1] if len(sys.argv) > 1 else "")
    if not chosen:
        sys.exit(f"no benchmark's name contains '{sys.argv[1]}'; there are: {', '.join(p.name for p in benchmarks(''))}")
    for program in chosen:
        print(f"== {program.name}", flush=True)
        run = subprocess.Popen([str(program)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        output = ""
        for line in run.stdout:
            print("   " + line, end="", flush=True)
            output += line
        if run.wait() != 0:
            failures.append(program.name)
        rows += RATIO.findall(output)
    table = ["| ratio | median | min | max | goal | |", "|---|---|---|---|---|---|"]
    table += [f"| {n} | {med} | {low} | {high} | {rel}{goal} | {met(med, rel, goal)} |" for n, med, low, high, rel, goal in rows]
    text = f"Measured {datetime.date.today()} on {machine()}.\n\n" + "\n".join(table) + "\n"
    print("\n" + text)
    if len(sys.argv) == 1 and rows:
        (ROOT / "bench/results").mkdir(exist_ok=True)
        (ROOT / "bench/results/latest.md").write_text("# Benchmark results\n\nMade by `./dev bench`.\n\n" + text)
    if failures:
        print("failed: " + ", ".join(failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
