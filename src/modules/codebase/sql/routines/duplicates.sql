-- How a run brings in the copies that it found, by way of a temporary table as in staging.sql. Staged is all that was
-- found. Rows that say the same stand, the others end with the run before.

create or replace procedure codebase.begin_duplicates()
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    create temporary table staged_duplicates (digest uuid, path text, start_line integer, end_line integer, tokens integer, clone_type smallint) on commit drop;
end $$;
comment on procedure codebase.begin_duplicates() is 'Makes the temporary table of copies; it goes with its transaction';

create or replace function codebase.merge_duplicates(organization uuid, codebase uuid, run_number integer) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    new_rows integer;
begin
    analyze pg_temp.staged_duplicates;
    update codebase.duplicates as d set last_run = run_number - 1
    where d.organization_id = organization and d.codebase_id = codebase and d.last_run is null
      and not exists (select from pg_temp.staged_duplicates s
                      where (s.digest, s.path, s.start_line, s.end_line, s.tokens, s.clone_type) = (d.digest, d.path, d.start_line, d.end_line, d.tokens, d.clone_type));
    insert into codebase.duplicates (organization_id, codebase_id, digest, path, start_line, first_run, end_line, tokens, clone_type)
    select organization, codebase, s.digest, s.path, s.start_line, run_number, s.end_line, s.tokens, s.clone_type
    from pg_temp.staged_duplicates s
    where not exists (select from codebase.duplicates d
                      where d.organization_id = organization and d.codebase_id = codebase and d.digest = s.digest and d.path = s.path
                        and d.start_line = s.start_line and d.last_run is null);
    get diagnostics new_rows = row_count;
    truncate pg_temp.staged_duplicates;
    return new_rows;
end $$;
comment on function codebase.merge_duplicates(uuid, uuid, integer) is
    'Brings the copies of a codebase to what is staged, as of this run, and empties the staging; returns the number of new rows';
