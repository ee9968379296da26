#!/usr/bin/env python3
"""The house rules that a machine can check. Each finding names the place, the rule and the repair.

usage: tidy.py [FOLDER]        checks the files git knows below FOLDER (default: the repository); exit 1 on findings
"""
import pathlib
import re
import subprocess
import sys
from typing import Iterator, NamedTuple

LAYERS = ["base", "settings", "observe", "crypto", "process", "pg", "cluster", "migrate", "backup", "http", "modules", "integrations", "engine", "app"]
# The layers that stand side by side on pg and do not use each other.
DIRECTION = "app -> engine -> integrations -> modules -> http, backup -> migrate, cluster -> pg -> crypto, process, observe, settings -> base"
MAY_INCLUDE = {
    "base": [],
    "settings": ["base"],
    "observe": ["settings", "base"],
    "crypto": ["settings", "base"],
    "process": ["base"],
    "pg": ["crypto", "observe", "settings", "base"],
    "cluster": ["pg", "crypto", "observe", "settings", "base"],
    "migrate": ["cluster", "pg", "crypto", "observe", "settings", "base"],
    "backup": ["migrate", "cluster", "pg", "crypto", "observe", "settings", "base"],
    "http": ["pg", "crypto", "observe", "settings", "base"],
}
MAY_INCLUDE["modules"] = ["http", "backup", "migrate", "cluster", "pg", "crypto", "process", "observe", "settings", "base"]
MAY_INCLUDE["integrations"] = ["modules", *MAY_INCLUDE["modules"]]
MAY_INCLUDE["engine"] = ["integrations", *MAY_INCLUDE["integrations"]]
MAY_INCLUDE["app"] = ["engine", *MAY_INCLUDE["engine"]]

FUNCTION_LINES_MAX = 90
VAGUE_NAMES = re.compile(r"(^|_)(utils?|helpers?|misc|common|manager|enhanced|v\d+|new|old|final)(\.|_|$)", re.I)
MACHINE_PATH = re.compile(r"(?<![\w.$}/-])/(?:home|Users)/[\w.-]+/|(?<![\w.$}/-])/work/")


class Finding(NamedTuple):
    path: str
    line: int
    rule: str
    repair: str


def layer_of(path: pathlib.PurePath) -> str | None:
    return path.parts[1] if len(path.parts) > 2 and path.parts[0] == "src" and path.parts[1] in LAYERS else None


def module_of(path: pathlib.PurePath) -> str | None:
    return path.parts[2] if len(path.parts) > 3 and path.parts[:2] == ("src", "modules") else None


def declared_depends(root: pathlib.Path, module: str) -> set[str]:
    """The modules that a module's CMakeLists.txt names as DEPENDS module_X."""
    text = "".join(f.read_text() for f in (root / "src/modules" / module).rglob("CMakeLists.txt"))
    return set(re.findall(r"\bmodule_([a-z]+)", text)) - {module}


def include_findings(root: pathlib.Path, path: pathlib.PurePath, lines: list[str]) -> Iterator[Finding]:
    layer = layer_of(path)
    if layer is None:
        return
    testing = "tests" in path.parts
    for number, line in enumerate(lines, 1):
        match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if not match:
            continue
        target = pathlib.PurePosixPath(match.group(1))
        other = target.parts[0]
        if other not in LAYERS:
            continue
        if other != layer and other not in MAY_INCLUDE[layer] and not testing:
            yield Finding(str(path), number, f"{layer} may not include {other} ({DIRECTION})",
                          f"move the code to a layer above, or let {layer} declare an interface that {other} implements")
        if other == "modules" and len(target.parts) > 2:
            there, here = target.parts[1], module_of(path)
            if layer == "modules" and there != here:
                if target.name != "api.hpp":
                    yield Finding(str(path), number, f"module {here} may include only api.hpp of module {there}",
                                  f"ask for what you need in src/modules/{there}/api.hpp")
                elif here and there not in declared_depends(root, here):
                    yield Finding(str(path), number, f"module {here} does not declare that it depends on {there}",
                                  f"add module_{there} to DEPENDS in src/modules/{here}/CMakeLists.txt")


def header_findings(path: pathlib.PurePath, lines: list[str]) -> Iterator[Finding]:
    if path.suffix == ".hpp" and not any(line.strip() == "#pragma once" for line in lines[:5]):
        yield Finding(str(path), 1, "a header begins with #pragma once", "add it as the first line")


def function_findings(path: pathlib.PurePath, lines: list[str]) -> Iterator[Finding]:
    """Functions at namespace or class level that do not fit a screen, found by the brace that closes at their indent."""
    # A table of data is as long as its data.
    if path.suffix not in (".cpp", ".hpp") or "tests" in path.parts or path.stem.endswith("_table"):
        return
    start = None
    for number, line in enumerate(lines, 1):
        if start is None and re.match(r"^[A-Za-z].*\)[^;]*\{\s*$", line) and not re.match(r"^(namespace|struct|class|enum|extern|union)\b", line):
            start = number
        elif start is not None and line.rstrip() == "}":
            if number - start > FUNCTION_LINES_MAX:
                yield Finding(str(path), start, f"a function of {number - start} lines (at most {FUNCTION_LINES_MAX})",
                              "keep the branching here and move the work into named functions")
            start = None


def text_findings(path: pathlib.PurePath, lines: list[str]) -> Iterator[Finding]:
    for number, line in enumerate(lines, 1):
        if line != line.rstrip() and path.suffix not in (".md", ".expected"):
            yield Finding(str(path), number, "white space at the end of a line", "remove it (./dev fmt does for C++)")
        if MACHINE_PATH.search(line) and path.name not in ("tidy.py", "test_tidy.py"):
            yield Finding(str(path), number, "a path of one machine", "make it relative, or a setting")


def name_findings(path: pathlib.PurePath) -> Iterator[Finding]:
    if VAGUE_NAMES.search(path.stem + ".") and path.parts[0] in ("src", "tools", "bench"):
        yield Finding(str(path), 1, f"'{path.stem}' says nothing about what is inside", "name the noun or verb it holds")
    if path.parts[0] == "src" and "migrations" in path.parts and path.suffix == ".sql" and not re.fullmatch(r"\d{4}_[a-z][a-z0-9_]*", path.stem):
        yield Finding(str(path), 1, "a migration is named NNNN_what_it_does.sql", "rename it; the list tells the story of the schema")


def link_findings(root: pathlib.Path, path: pathlib.PurePath, lines: list[str]) -> Iterator[Finding]:
    if path.suffix != ".md":
        return
    in_code = False
    for number, line in enumerate(lines, 1):
        if line.startswith("```"):
            in_code = not in_code
        if in_code:
            continue
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", line):
            if "://" not in target and not target.startswith("mailto:") and not (root / path.parent / target).exists():
                yield Finding(str(path), number, f"the link {target} leads nowhere", "mend the path or write the page")


def quote_findings(root: pathlib.Path, path: pathlib.PurePath, lines: list[str]) -> Iterator[Finding]:
    """`[a test](file) *its name*`: the words after the link stand in the file."""
    if path.suffix != ".md":
        return
    for number, line in enumerate(lines, 1):
        for target, quote in re.findall(r"\]\(([^)#\s]+)\) \*([^*]+)\*", line):
            file = root / path.parent / target
            if file.is_file() and quote not in file.read_text().replace("''", "'"):
                yield Finding(str(path), number, f"{target} has no '{quote}'", "name what is there now, or write it")


def readme_findings(root: pathlib.Path) -> Iterator[Finding]:
    folders = [f for parent in (root / "src", root / "src/modules", root / "src/integrations") for f in parent.glob("*/")]
    for folder in folders:
        if folder.name in ("modules", "integrations") or not any(folder.rglob("*.?pp")):
            continue
        if not (folder / "README.md").exists():
            yield Finding(str(folder.relative_to(root)), 1, "a folder of code has a README.md", "say what it is for and what must always be true")


def findings(root: pathlib.Path, files: list[str]) -> Iterator[Finding]:
    for name in files:
        path = pathlib.PurePosixPath(name)
        yield from name_findings(path)
        # Test cases and recorded results are data: their text is not ours to polish.
        if "cases" in path.parts or "fixtures" in path.parts or "golden" in path.parts or path.suffix in (".json", ".png"):
            continue
        try:
            lines = (root / path).read_text().split("\n")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
        yield from include_findings(root, path, lines)
        yield from header_findings(path, lines)
        yield from function_findings(path, lines)
        yield from text_findings(path, lines)
        yield from link_findings(root, path, lines)
        yield from quote_findings(root, path, lines)
    yield from readme_findings(root)


def known_files(root: pathlib.Path) -> list[str]:
    command = ["git", "-C", str(root), "ls-files", "--cached", "--others", "--exclude-standard"]
    return sorted(set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()))


def main() -> int:
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2]).resolve()
    found = sorted(set(findings(root, known_files(root))))
    for finding in found:
        print(f"{finding.path}:{finding.line}: {finding.rule}\n  repair: {finding.repair}")
    print(f"tidy: {len(found)} findings" if found else "tidy: nothing found")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
