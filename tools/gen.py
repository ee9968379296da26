#!/usr/bin/env python3
"""Makes every generated file of the tree again, or says which are stale.

usage: gen.py BUILD_FOLDER locks|pages [--check]        exit 1 when --check finds a stale one

Locks come first: the program that makes the pages is built from them.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
PSQL_MARKER = "-- Made of the modules' SQL by ./dev gen"


def program_output(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def sections(text: str) -> dict[str, str]:
    """The top-level keys of a YAML text with the lines below each."""
    parts = re.split(r"^(\w+):[ ]*\n", text, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def openapi_document() -> str:
    """The fragments of api/modules as one document: server.yaml with the paths and schemas of the others added."""
    fragments = sorted((ROOT / "api/modules").glob("*.yaml"), key=lambda f: (f.name != "server.yaml", f.name))
    head = fragments[0].read_text()
    paths, schemas = "", ""
    for fragment in fragments[1:]:
        part = sections(fragment.read_text())
        paths += part["paths"]
        schemas += part["components"].split("  schemas:\n", 1)[1]
    head = re.sub(r"\A(#.*\n)+", "", head)
    head = head.replace("components:\n", paths + "components:\n", 1)
    return "# Made of api/modules/*.yaml by ./dev gen; not to be edited.\n" + head.rstrip("\n") + "\n" + schemas.rstrip("\n") + "\n"


def locks(build: pathlib.Path) -> dict[str, str]:
    """What the database says of every module's statements."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([build / "tools/queryc/gsdb_queries_lock", "--out", folder], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        return {str(lock.relative_to(folder)): lock.read_text() for lock in pathlib.Path(folder).rglob("*.lock.json")}


def psql_files(gsdb: str) -> dict[str, str]:
    """What database/ holds of the modules."""
    with tempfile.TemporaryDirectory() as folder:
        program_output(gsdb, "reference", "psql", folder)
        return {f"database/{file.relative_to(folder)}": file.read_text() for file in pathlib.Path(folder).rglob("*.sql")}


def forgotten(made: dict[str, str]) -> list[pathlib.Path]:
    """Files that say they are made here, and no longer are."""
    found = (file for file in (ROOT / "database").rglob("*.sql") if file.read_text().startswith(PSQL_MARKER))
    return [file for file in found if str(file.relative_to(ROOT)) not in made]


def pages(build: pathlib.Path) -> dict[str, str]:
    gsdb = str(build / "src/app/gsdb")
    return {
        "api/openapi.yaml": openapi_document(),
        "docs/reference/settings.md": program_output(gsdb, "reference", "settings"),
        "docs/reference/commands.md": program_output(gsdb, "reference", "commands"),
        "docs/reference/rules.md": program_output(gsdb, "reference", "rules"),
    } | psql_files(gsdb)


def main() -> int:
    build, kind, check = pathlib.Path(sys.argv[1]), sys.argv[2], "--check" in sys.argv
    generated = {"locks": locks, "pages": pages}[kind](build)
    stale = {path: text for path, text in generated.items() if not (ROOT / path).exists() or (ROOT / path).read_text() != text}
    for path, text in stale.items():
        print(f"{path}: {'stale' if check else 'made again'}")
        if not check:
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / path).write_text(text)
    gone = forgotten(generated) if kind == "pages" else []
    for file in gone:
        print(f"{file.relative_to(ROOT)}: {'no longer made' if check else 'removed'}")
        if not check:
            file.unlink()
    if check and (stale or gone):
        print("  repair: ./dev gen")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
