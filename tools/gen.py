#!/usr/bin/env python3
"""Makes every generated file of the tree again, or says which are stale.

usage: gen.py BUILD_FOLDER [--check]        exit 1 when --check finds a stale one
"""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]


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


def generated(build: pathlib.Path) -> dict[str, str]:
    """Path below the root -> text, for every generated file that is committed."""
    gsdb = str(build / "src/app/gsdb")
    files = {
        "api/openapi.yaml": openapi_document(),
        "docs/reference/settings.md": program_output(gsdb, "reference", "settings"),
        "docs/reference/commands.md": program_output(gsdb, "reference", "commands"),
    }
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([build / "tools/queryc/gsdb_queries_lock", "--out", folder], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        for lock in pathlib.Path(folder).rglob("*.lock.json"):
            files[str(lock.relative_to(folder))] = lock.read_text()
    return files


def main() -> int:
    build, check = pathlib.Path(sys.argv[1]), "--check" in sys.argv
    stale = [path for path, text in generated(build).items() if not (ROOT / path).exists() or (ROOT / path).read_text() != text]
    for path in stale:
        print(f"{path}: {'stale' if check else 'made again'}")
    if not check:
        for path, text in generated(build).items():
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / path).write_text(text)
    elif stale:
        print("  repair: ./dev gen")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
