#!/usr/bin/env python3
"""How the duplicates of gsdb agree with those of jscpd (npm), line by line, on repositories.

usage: duplicates.py JSCPD GSDB REPOSITORY...       e.g. node_modules/.bin/jscpd build/release/src/app/gsdb ~/flask

jscpd compares tokens as they are, gsdb names and values as they recur; both are asked for 100 tokens and 5 lines. Only
files that both analysed count.
"""
import collections
import json
import pathlib
import subprocess
import sys
import tempfile

FORMATS = "python,javascript,typescript,jsx,tsx,java,go,rust,c,cpp,c-header,cpp-header"


def lines_of_jscpd(program: str, repository: pathlib.Path, tokens: int) -> dict[str, set[int]]:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, "-k", str(tokens), "-l", "5", "-x", "1000000", "-z", "10mb", "-r", "json", "-s", "-o", folder, "--format", FORMATS, str(repository)],
                       stdout=subprocess.DEVNULL, check=True)
        found = json.loads((pathlib.Path(folder) / "jscpd-report.json").read_text())["duplicates"]
    lines = collections.defaultdict(set)
    for duplicate in found:
        for place in (duplicate["firstFile"], duplicate["secondFile"]):
            path = pathlib.Path(place["name"]).resolve().relative_to(repository)
            lines[str(path)].update(range(place["start"], place["end"] + 1))
    return lines


def ask(program: str, home: str, statement: str) -> list[dict]:
    done = subprocess.run([program, "--home", home, "sql", "--json", statement], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["rows"]


def lines_of_gsdb(program: str, repository: pathlib.Path) -> tuple[dict[str, set[int]], dict[str, set[int]], set[str]]:
    """All, those of type 1, and the files that were analysed."""
    every, exact = collections.defaultdict(set), collections.defaultdict(set)
    with tempfile.TemporaryDirectory() as home:
        subprocess.run([program, "--home", home, "-q", "index", "--history", "off", str(repository)], stdout=subprocess.DEVNULL, check=True)
        files = {row["path"] for row in ask(program, home, "select path from file_analysis")}
        for row in ask(program, home, "select path, start_line, end_line, clone_type from duplicate_code"):
            lines = range(int(row["start_line"]), int(row["end_line"]) + 1)
            every[row["path"]].update(lines)
            if int(row["clone_type"]) == 1:
                exact[row["path"]].update(lines)
    return every, exact, files


def count(lines: dict[str, set[int]]) -> int:
    return sum(len(of_file) for of_file in lines.values())


def common(a: dict[str, set[int]], b: dict[str, set[int]]) -> int:
    return sum(len(of_file & b.get(path, set())) for path, of_file in a.items())


def share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def main(jscpd: str, gsdb: str, *repositories: str) -> int:
    print("| repository | jscpd, lines | found by gsdb, too | gsdb, lines of type 1 | found by jscpd, too | of type 2 besides |\n|---|---|---|---|---|---|")
    for name in repositories:
        repository = pathlib.Path(name).resolve()
        every, exact, files = lines_of_gsdb(gsdb, repository)
        theirs = {path: lines for path, lines in lines_of_jscpd(jscpd, repository, 100).items() if path in files}
        print(f"| {repository.name} | {count(theirs):,} | {share(common(theirs, every), count(theirs))} | {count(exact):,} | "
              f"{share(common(exact, theirs), count(exact))} | {count(every) - count(exact):,} |")
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
