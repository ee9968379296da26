"""Every role logs in and tries every table of every database: what it can do is what docs/reference/roles.md says, no more and no less.

usage: test_roles.py --write      puts what is found into the page, for review
"""
import collections
import sys
import unittest

from product import ROOT, Product
from server import Server

PAGE = ROOT / "docs/reference/roles.md"
DATABASES = ["task_db", "projects_db", "prompts_db", "codebase_db", "analytics_db", "events_db", "learning_db", "workflows_db"]
LOGIN_ROLES = {database.replace("_db", "_user"): database for database in DATABASES}
READER = "analytics_readonly"
SCHEMAS = "base tasks projects identity prompts codebase analytics events learning openevolve workflows".split()

# EXPLAIN asks for the privileges as the statement would, and changes nothing. An update may be allowed of some columns alone.
ATTEMPTS = r"""
create function pg_temp.may(statement text) returns boolean language plpgsql as $$
begin
    execute 'explain ' || statement;
    return true;
exception when insufficient_privilege then return false;
end $$;
create function pg_temp.columns_to_update(relation regclass) returns text language sql as $$
    select case when bool_and(may) then 'update' else 'update (' || string_agg(attname, ', ' order by attnum) filter (where may) || ')' end
    from (select attname, attnum, pg_temp.may(format('update %s set %I = default', relation, attname)) as may
          from pg_attribute where attrelid = relation and attnum > 0 and not attisdropped and attgenerated = '' and attidentity = '') as each_column
    having bool_or(may)
$$;
create function pg_temp.other_privileges(relation regclass) returns text language sql as $$
    select string_agg(privilege, ', ') from unnest(array['truncate', 'references', 'trigger']) as privilege where has_table_privilege(relation, privilege)
$$;
select format('%s.%s|%s', n.nspname, c.relname,
              concat_ws(', ', case when pg_temp.may(format('select from %s', c.oid::regclass)) then 'select' end,
                        case when c.relkind in ('r', 'p', 'f') and pg_temp.may(format('insert into %s default values', c.oid::regclass)) then 'insert' end,
                        case when c.relkind in ('r', 'p') then pg_temp.columns_to_update(c.oid) end,
                        case when c.relkind in ('r', 'p', 'f') and pg_temp.may(format('delete from %s', c.oid::regclass)) then 'delete' end,
                        pg_temp.other_privileges(c.oid)))
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = any (string_to_array('{schemas}', ' ')) and c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
order by 1
"""

FORBIDDEN = ["create schema mine", "create table public.mine ()", "create extension pg_stat_statements", "create role mine", "create database mine",
             "select * from pg_authid", "alter system set work_mem = '1GB'", "copy (select 1) to '/tmp/mine'", "select pg_read_file('/etc/passwd')",
             "set role graph_sitter_admin", "set session authorization admin", "alter role {role} superuser"]
FORBIDDEN_IN_SCHEMA = ["create table {schema}.mine ()", "create function {schema}.mine() returns integer language sql as 'select 1'", "drop schema {schema} cascade",
                       "alter schema {schema} rename to mine"]


def documented() -> dict[str, tuple[str, str]]:
    """Table to what its module's login role may and what analytics_readonly may."""
    rows = [[cell.strip().strip("`") for cell in line.strip().strip("|").split("|")] for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    return {row[0]: (row[1], row[2]) for row in rows if "." in row[0]}


class Installed:
    def __init__(self, layout: str):
        self.layout = layout
        self.server = Server()
        self.product = Product(GSDB_DATABASE_URL=self.server.url(), GSDB_DATABASE_LAYOUT=layout)

    def __enter__(self):
        answer = self.product.run("db", "init")
        assert answer.code == 0, answer
        return self

    def __exit__(self, *arguments):
        self.product.__exit__(*arguments)
        self.server.__exit__(*arguments)

    def database_of(self, database: str) -> str:
        return database if self.layout == "split" else "gsdb"

    def ask(self, role: str, database: str, statement: str):
        password = (self.product.home / f"secrets/{role}.secret").read_text().strip()
        return self.server.psql_script(statement, role, password, database)

    def outcomes(self, role: str, database: str, statements: list[str]) -> list[tuple[str, str]]:
        """Each statement with the SQLSTATE that it ends with."""
        script = "\\set ON_ERROR_STOP off\n" + "".join(f"{statement};\n\\echo :SQLSTATE\n" for statement in statements)
        return list(zip(statements, self.ask(role, database, script).stdout.split(), strict=True))

    def privileges(self, role: str, database: str) -> dict[str, str]:
        answer = self.ask(role, database, ATTEMPTS.replace("{schemas}", " ".join(SCHEMAS)))
        assert answer.returncode == 0, answer.stderr
        return dict(line.split("|") for line in answer.stdout.splitlines())


def found(installed: Installed) -> dict[str, tuple[str, str]]:
    """In the split layout a login role sees its own database alone; `base` is the same everywhere."""
    matrix = {}
    for role, database in LOGIN_ROLES.items():
        readers = installed.privileges(READER, database)
        for table, privileges in installed.privileges(role, database).items():
            if table.split(".")[0] in schemas_of(role) + ["base"]:
                matrix[table] = (privileges, readers[table])
    return dict(sorted(matrix.items(), key=lambda item: (SCHEMAS.index(item[0].split(".")[0]), item[0])))


def schemas_of(role: str) -> list[str]:
    special = {"task_user": ["tasks"], "projects_user": ["projects", "identity"], "learning_user": ["learning", "openevolve"]}
    return special.get(role, [role.removesuffix("_user")])


class Roles(unittest.TestCase):
    maxDiff = None

    def test_split_layout(self):
        self.check("split")

    def test_unified_layout(self):
        self.check("unified")

    def check(self, layout: str):
        with Installed(layout) as installed:
            for role in [*LOGIN_ROLES, READER]:
                self.check_doors(installed, role)
                self.check_tables(installed, role)
                self.check_registers(installed, role)
                self.check_what_nobody_may(installed, role)

    def check_doors(self, installed: Installed, role: str):
        """In which databases a role gets at all."""
        if installed.layout == "unified":
            return
        for database in DATABASES:
            may = role == READER or database == LOGIN_ROLES[role]
            self.assertEqual(installed.ask(role, database, "select 1").returncode == 0, may, f"{role} in {database}")

    def check_tables(self, installed: Installed, role: str):
        is_reader = role == READER
        for database in DATABASES if is_reader else [LOGIN_ROLES[role]]:
            tries = collections.Counter()
            for table, privileges in installed.privileges(role, installed.database_of(database)).items():
                own = table.split(".")[0] in schemas_of(role) + ["base"]
                expected = documented()[table][1] if is_reader else documented()[table][0] if own else ""
                self.assertEqual(privileges, expected, f"{role} on {table} of {database}, {installed.layout}")
                tries[table.split(".")[0]] += 1
            everywhere = installed.layout == "unified" or database == "analytics_db"
            self.assertEqual(set(tries), set(SCHEMAS) if everywhere else {"base", *schemas_of(database.replace("_db", "_user"))})

    def check_registers(self, installed: Installed, role: str):
        """Everybody may write to them, and nobody finds a row that is his to write."""
        database = installed.database_of(LOGIN_ROLES.get(role, "analytics_db"))
        for table in ("base.managed_tables", "base.time_partitions"):
            for statement in (f"with gone as (delete from {table} returning 1) select count(*) from gone",
                              f"with moved as (update {table} set relation = relation returning 1) select count(*) from moved"):
                self.assertEqual(installed.ask(role, database, statement).stdout, "0\n", f"{role}: {statement}")
            self.assertGreater(int(installed.ask(role, database, f"select count(*) from {table}").stdout), 0)

    def check_what_nobody_may(self, installed: Installed, role: str):
        database = installed.database_of(LOGIN_ROLES.get(role, "analytics_db"))
        schemas = schemas_of(role) if role in LOGIN_ROLES else ["analytics"]
        owner = role.replace("_user", "_owner") if role in LOGIN_ROLES else "analytics_owner"
        statements = [*FORBIDDEN, f"set role {owner}", *(f.format(schema=schema) for f in FORBIDDEN_IN_SCHEMA for schema in [*schemas, "base"])]
        for statement, sqlstate in installed.outcomes(role, database, [s.replace("{role}", role) for s in statements]):
            self.assertEqual(sqlstate, "42501", f"{role}: {statement}")


def write() -> None:
    with Installed("split") as installed:
        rows = "".join(f"| `{table}` | {own} | {reader} |\n" for table, (own, reader) in found(installed).items())
    head = PAGE.read_text().split("| table |")[0]
    PAGE.write_text(head + "| table | its login role | analytics_readonly |\n|---|---|---|\n" + rows.replace("|  |", "| |"))


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write()
    else:
        unittest.main()
