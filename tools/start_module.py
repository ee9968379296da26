#!/usr/bin/env python3
"""Starts a module: a folder that builds, with a first migration, a statement and a test to go on from.

usage: start_module.py NAME DATABASE      NAME is the name of its schema, DATABASE the one of the eight that holds it
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]


def files(name: str) -> dict[str, str]:
    title = name.capitalize()
    return {
        "README.md": f"# {name}\nWhat it is for, which tables and events it has, what others may call (`api.hpp`), what must always be true.\n",
        "CMakeLists.txt": f"gsdb_layer(module_{name} DEPENDS migrate pg observe base TEST_DEPENDS migrated_testing)\n"
                          f"gsdb_embed_sql(gsdb_module_{name} gsdb::{name}::embedded_sql sql)\ngsdb_queries(gsdb_module_{name} . {name}::Database)\n",
        "database.hpp": f"#pragma once\n\nnamespace gsdb::{name} {{\n\n/// Names the module's database where types must not be mixed up.\nstruct Database;\n\n}}  // namespace gsdb::{name}\n",
        "api.hpp": f"#pragma once\n// What others may use of the {name} module.\n\n#include \"migrate/module_schema.hpp\"\n#include \"modules/{name}/database.hpp\"\n\n"
                   f"namespace gsdb::{name} {{\n\nmigrate::ModuleSchema schema();\n\n}}  // namespace gsdb::{name}\n",
        "module.cpp": f"#include \"modules/{name}/api.hpp\"\n\nnamespace gsdb::{name} {{\n\nextern const migrate::ModuleSql embedded_sql;\n\n"
                      f"migrate::ModuleSchema schema() {{\n    return {{.name = \"{name}\", .schemas = {{\"{name}\"}}, .sql = embedded_sql}};\n}}\n\n}}  // namespace gsdb::{name}\n",
        "sql/migrations/0001_create_things.sql":
            f"-- What a thing is, and why it is kept.\n\ncreate table {name}.things (\n    organization_id uuid not null,\n    id              uuid not null,\n"
            f"    name            text not null,\n    constraint things_pkey primary key (organization_id, id),\n    constraint thing_name_is_not_blank check (btrim(name) <> '')\n);\n\n"
            f"comment on table {name}.things is 'Say what a row is';\ncomment on column {name}.things.organization_id is 'Tenant that owns the row';\n"
            f"comment on column {name}.things.id is 'Version 7 UUID';\ncomment on column {name}.things.name is 'For people';\n\nselect base.tenant_table('{name}.things');\n\n"
            f"-- migrate: rollback\ndrop table {name}.things;\n",
        "sql/queries/things.sql": f"-- name: list_things :many\n-- By name.\nselect id, name from {name}.things where organization_id = :organization_id order by name;\n",
        f"tests/things_pgtest.cpp":
            f"#include <gtest/gtest.h>\n\n#include \"base/run_task.hpp\"\n#include \"modules/{name}/api.hpp\"\n#include \"modules/{name}/queries.hpp\"\n#include \"pg/database.hpp\"\n"
            f"#include \"queryc/testing/migrated_databases.hpp\"\n\nnamespace gsdb::{name} {{\nnamespace {{\n\nTEST({title}, StartsEmpty) {{\n"
            f"    queryc::ModuleDatabase module_database(\"{name}\");\n    pg::Database<Database> database{{pg::Pool({{.connect = module_database.login()}})}};\n"
            f"    auto things = run_task(database.query<sql::ListThings>({{.organization = default_organization()}},\n"
            f"                                                          {{.organization_id = default_organization()}}));\n    EXPECT_TRUE(things.empty());\n}}\n\n}}  // namespace\n}}  // namespace gsdb::{name}\n",
    }


def add_to_lists(name: str) -> None:
    cmake = ROOT / "src/modules/CMakeLists.txt"
    cmake.write_text(re.sub(r"(foreach\(module [^)]*)\)", rf"\1 {name})", cmake.read_text(), count=1))
    app = ROOT / "src/app/CMakeLists.txt"
    app.write_text(app.read_text().replace(" module_codebase", f" module_codebase module_{name}", 1))
    modules = ROOT / "src/app/module_list.cpp"
    text = modules.read_text().replace("schema()};", f"schema(),\n            {name}::schema()}};", 1)
    include = f'#include "modules/{name}/api.hpp"\n'
    includes = sorted(re.findall(r'#include "modules/\w+/api.hpp"\n', text) + [include])
    text = re.sub(r'(#include "modules/\w+/api.hpp"\n)+', "".join(includes), text, count=1)
    modules.write_text(text)


def add_to_database(name: str, database: str) -> None:
    layout = ROOT / "src/migrate/layout.cpp"
    text, found = re.subn(rf'(\{{"{database}", \{{[^}}]*)\}}', rf'\1, "{name}"}}', layout.read_text(), count=1)
    if not found:
        sys.exit(f"there is no database '{database}'; src/migrate/layout.cpp lists the eight")
    layout.write_text(text)


def main() -> int:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    name, database = sys.argv[1:]
    folder = ROOT / "src/modules" / name
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        sys.exit(f"'{name}' is no name for a schema: lower-case letters, digits and underscores")
    if folder.exists():
        sys.exit(f"{folder.relative_to(ROOT)} exists already")
    add_to_database(name, database)
    for path, text in files(name).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    add_to_lists(name)
    print(f"made src/modules/{name}; next: ./dev gen, then ./dev test module_{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
