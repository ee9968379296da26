#!/usr/bin/env bash
# Installs or updates all databases of gsdb with psql alone. Can be run again; stops at the first error.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

usage() {
    cat <<'TEXT'
usage: ./setup_all_databases.sh [--layout split|unified] [--database NAME] [--secrets FOLDER] [--quiet]

Creates or updates the databases and roles of gsdb on a PostgreSQL server, with psql alone.

  --layout split      eight databases: task_db, projects_db ... (default)
  --layout unified    one database with the same schemas
  --database NAME     its name (default: gsdb)
  --secrets FOLDER    where passwords are kept, a file of mode 0600 to each role that logs in
                      (default: $GSDB_HOME/secrets, ~/.local/share/gsdb/secrets). A file that is there is used, the
                      others are made.
  --quiet             say only what went wrong

  POSTGRES_HOST  POSTGRES_PORT  POSTGRES_ADMIN_USER  POSTGRES_ADMIN_PASSWORD
                      the server and an administrator of it (default: what psql takes; PGHOST and so on hold, too)

Exit code: 0 when everything is there and current, 1 for a refusal of the server, 2 for wrong arguments.
TEXT
}

die() {
    echo "setup_all_databases.sh: $1" >&2
    [ -z "${2:-}" ] || echo "  remedy: $2" >&2
    exit "${3:-1}"
}

layout=split database=gsdb quiet=
secrets=${GSDB_HOME:-${XDG_DATA_HOME:-${HOME:?HOME is not set}/.local/share}/gsdb}/secrets
while [ $# -gt 0 ]; do
    case "$1" in
    -h | --help) usage; exit ;;
    --layout | --database | --secrets) [ -n "${2:-}" ] || die "$1 wants a value" "see --help" 2; declare "${1#--}=$2"; shift 2 ;;
    --quiet) quiet=yes; shift ;;
    *) die "there is no option $1" "see --help" 2 ;;
    esac
done
case "$layout" in split | unified) ;; *) die "there is no layout '$layout'" "split or unified" 2 ;; esac
[[ $database =~ ^[a-z_][a-z0-9_]*$ ]] || die "'$database' will not do as the name of a database" "small letters, digits and _" 2
command -v psql >/dev/null || die "there is no psql" "install PostgreSQL's client (Debian: postgresql-client)"

export PGHOST=${POSTGRES_HOST:-${PGHOST:-}} PGPORT=${POSTGRES_PORT:-${PGPORT:-}} PGUSER=${POSTGRES_ADMIN_USER:-${PGUSER:-}}
export PGPASSWORD=${POSTGRES_ADMIN_PASSWORD:-${PGPASSWORD:-}}
export PGDATABASE=postgres PGAPPNAME=setup_all_databases.sh PGCONNECT_TIMEOUT=${PGCONNECT_TIMEOUT:-10} PGCLIENTENCODING=UTF8
for variable in PGHOST PGPORT PGUSER PGPASSWORD; do [ -n "${!variable}" ] || unset "$variable"; done

# psql without the user's own settings, which may be anything, and without asking for a password.
run_psql() { psql -X -w -q -v ON_ERROR_STOP=1 "$@"; }
say() { [ -n "$quiet" ] || echo "$@"; }
run_file() {
    local output
    output=$(run_psql "$@" 2>&1) || die "$(printf '%s\n' "$output" | grep -A9 -m1 -E 'ERROR|FATAL|error:' || printf '%s' "$output")" \
        "nothing of the step that failed was kept; run this again when the reason is gone"
    [ -z "$output" ] || say "$output"
}

use_password() {
    file=$1 run_psql -v role="$2" >/dev/null <<'SQL'
\ir sql/engine.sql
\set secret `cat "$file"`
select pg_temp.gsdb_hide_secrets();
select pg_temp.gsdb_use_secret(:'role', :'secret');
SQL
}

# The new password is in its file before the server's transaction ends, and takes its place after that: a run that is killed in between leaves
# a file .next, and the next run makes another.
make_password() {
    run_psql -v role="$2" -v next="$1.next" >/dev/null <<'SQL'
\ir sql/engine.sql
begin;
select pg_temp.gsdb_new_secret(:'role') \g :next
commit;
SQL
    mv "$1.next" "$1"
}

roles_that_log_in() {
    run_psql -At -F ' ' -c "select rolname, coalesce(shobj_description(oid, 'pg_authid') = 'gsdb: no password yet', false) from pg_roles
                            where rolname ~ '^(task|projects|prompts|codebase|analytics|events|learning|workflows)_user$|^analytics_readonly$' order by 1"
}

give_passwords() {
    local role is_without file
    umask 077
    mkdir -p "$secrets"
    while read -r role is_without; do
        file=$secrets/$role.secret
        if [ "$is_without" = t ] && [ -f "$file" ]; then use_password "$file" "$role"
        elif [ "$is_without" = t ] || { [ -f "$file.next" ] && [ ! -f "$file" ]; }; then make_password "$file" "$role"
        elif [ -f "$file" ]; then continue
        else say "note: role $role existed and keeps its password, which is not known here: put it into $file"; continue; fi
        say "gave $role a password: $file"
    done < <(roles_that_log_in)
}

show_all_to_reader() {
    file=$secrets/analytics_readonly.secret run_file <<'SQL'
\set reader_password `cat "$file" 2>/dev/null`
\ir sql/reader.sql
SQL
}

cd "$here"
run_psql -c 'select 1' >/dev/null 2>/dev/null || die "the server cannot be reached" \
    "check POSTGRES_HOST, POSTGRES_PORT, POSTGRES_ADMIN_USER and POSTGRES_ADMIN_PASSWORD"
if [ "$layout" = split ]; then
    run_file -f init_databases.sql
    give_passwords
    for file in 01_task_db 02_projects_db 03_prompts_db 04_codebase_db 05_analytics_db 06_events_db 07_learning_db 08_workflows_db; do
        run_file -f "schemas/$file.sql"
    done
    show_all_to_reader
    names="task_db projects_db prompts_db codebase_db analytics_db events_db learning_db workflows_db"
else
    run_file -f sql/roles.sql
    give_passwords
    run_file -v name="$database" <<'SQL'
\ir sql/engine.sql
select pg_temp.gsdb_create_database(:'name') \gexec
SQL
    run_file -d "$database" -f init/00_comprehensive_init.sql
    names=$database
fi
for name in $names; do
    say "$name: $(run_psql -At -d "$name" -c "select count(*) || ' migrations, ' || (select count(*) from system_health() where status <> 'healthy') || ' health signals to look at' from base.schema_migrations")"
done
say "everything is there and current"
