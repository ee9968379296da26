#!/usr/bin/env python3
"""Adds up what a test run left behind: the cases of the gtest programs, and one for each other test.

usage: test_total.py BUILD_FOLDER      prints "N passed, N failed, N skipped" as its last line
"""
import pathlib
import re
import sys
import xml.etree.ElementTree as ET


def gtest_counts(results: pathlib.Path) -> tuple[dict[str, int], set[str]]:
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    programs = set()
    for file in sorted(results.glob("*.xml")):
        programs.add(file.stem)
        for case in ET.parse(file).getroot().iter("testcase"):
            if case.find("failure") is not None:
                counts["failed"] += 1
            elif case.get("result") == "skipped" or case.get("status") == "notrun":
                counts["skipped"] += 1
            else:
                counts["passed"] += 1
    return counts, programs


def add_unittest(counts: dict[str, int], ran: int, output: str) -> dict[str, int]:
    """What Python's unittest says in its last line: OK (skipped=1), or FAILED (failures=1, errors=2)."""
    notes = dict(re.findall(r"(failures|errors|skipped)=(\d+)", output.split("Ran ")[-1]))
    failed, skipped = int(notes.get("failures", 0)) + int(notes.get("errors", 0)), int(notes.get("skipped", 0))
    return {"passed": counts["passed"] + ran - failed - skipped, "failed": counts["failed"] + failed, "skipped": counts["skipped"] + skipped}


def main() -> None:
    build = pathlib.Path(sys.argv[1])
    counts, programs = gtest_counts(build / "test-results")
    log = (build / "Testing/Temporary/LastTest.log").read_text(errors="replace")
    for name, tail in re.findall(r"^\d+/\d+ Testing: (\S+)\n(.*?)(?=^\d+/\d+ Testing: |\Z)", log, flags=re.M | re.S):
        if name in programs:
            # A program that crashed leaves its results incomplete: the crash itself is a failure.
            if "Test Failed." in tail and not re.search(r"FAILED TEST", tail):
                counts["failed"] += 1
        elif unittest_line := re.search(r"^Ran (\d+) tests? in", tail, flags=re.M):
            counts = add_unittest(counts, int(unittest_line.group(1)), tail)
        elif "Test Passed." in tail:
            plan = re.search(r"^Files=\d+, Tests=(\d+)", tail, flags=re.M)
            counts["passed"] += int(plan.group(1)) if plan else 1
        elif re.search(r"Test (Skipped|Not Run)", tail):
            counts["skipped"] += 1
        else:
            counts["failed"] += 1
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")


if __name__ == "__main__":
    main()
