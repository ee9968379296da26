-- How an index run brings in packages, by way of a temporary table as in staging.sql. Staged is all that the manifests and
-- lock files of the codebase say now. Rows that say the same stand, the others end with the run before.

create or replace procedure codebase.begin_packages()
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    create temporary table staged_dependencies (
        manifest_path text, manifest_line integer, lock_path text, ecosystem text, name text, scope codebase.dependency_scope, is_direct boolean,
        requested_range text, condition text, locked_version text, source_url text, licence text, is_local boolean, import_names text[],
        run_by text) on commit drop;
end $$;
comment on procedure codebase.begin_packages() is 'Makes the temporary table of packages; it goes with its transaction';

create or replace function codebase.merge_dependencies(organization uuid, codebase uuid, run_number integer) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    new_rows integer;
begin
    create temporary table standing_dependencies on commit drop as
    select d.id, s.ctid as staged
    from codebase.external_dependencies d
    join pg_temp.staged_dependencies s on s.manifest_path = d.manifest_path and s.ecosystem = d.ecosystem and s.name = d.name
    where d.organization_id = organization and d.codebase_id = codebase and d.last_run is null
      and (s.manifest_line, s.lock_path, s.scope, s.is_direct, s.requested_range, s.condition, s.locked_version, s.source_url, s.licence, s.is_local,
           s.import_names, s.run_by) is not distinct from
          (d.manifest_line, d.lock_path, d.scope, d.is_direct, d.requested_range, d.condition, d.locked_version, d.source_url, d.licence, d.is_local,
           d.import_names, d.run_by);
    update codebase.external_dependencies as d set last_run = run_number - 1
    where d.organization_id = organization and d.codebase_id = codebase and d.last_run is null
      and d.id not in (select st.id from pg_temp.standing_dependencies st);
    insert into codebase.external_dependencies (organization_id, codebase_id, manifest_path, manifest_line, lock_path, ecosystem, name, scope, is_direct,
        requested_range, condition, locked_version, source_url, licence, is_local, import_names, run_by, first_run)
    select organization, codebase, s.manifest_path, s.manifest_line, s.lock_path, s.ecosystem, s.name, s.scope, s.is_direct, s.requested_range, s.condition,
           s.locked_version, s.source_url, s.licence, s.is_local, s.import_names, s.run_by, run_number
    from pg_temp.staged_dependencies s
    where s.ctid not in (select st.staged from pg_temp.standing_dependencies st);
    get diagnostics new_rows = row_count;
    drop table pg_temp.standing_dependencies;
    truncate pg_temp.staged_dependencies;
    return new_rows;
end $$;
comment on function codebase.merge_dependencies(uuid, uuid, integer) is
    'Brings the packages of a codebase to what is staged, as of this run, and empties the staging; returns the number of new rows';

-- The same that packages::import_beginnings() says.
create or replace function codebase.import_beginnings(ecosystem text, imported text) returns setof text
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    separator constant text := case ecosystem when 'go' then '/' when 'pypi' then '.' when 'maven' then '.' end;
    parts constant text[] := string_to_array(imported, separator);
begin
    if separator is null then
        return next case ecosystem when 'cargo' then split_part(imported, '::', 1) else imported end;
        return;
    end if;
    for n in reverse cardinality(parts) .. 1 loop
        return next array_to_string(parts[1:n], separator);
    end loop;
end $$;
comment on function codebase.import_beginnings(text, text) is 'What an import may begin with to be of a package, the longest first: a/b and a of a/b in Go, google.cloud and google of google.cloud in Python';
