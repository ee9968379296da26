-- Many organizations with a codebase each and a long history: a commit is found by its number, and not among all of its codebase.
begin;
select plan(2);

create temporary table codebases on commit drop as
select (lpad(to_hex(t), 8, '0') || '-0000-7000-8000-000000000001')::uuid as organization, (lpad(to_hex(t), 8, '0') || '-0000-7000-8000-000000000002')::uuid as codebase from generate_series(1, 100) t;
insert into codebase.codebases (organization_id, id, name, kind, location) select organization, codebase, 'hello', 'folder', '/hello' from codebases;
insert into codebase.commits (organization_id, codebase_id, number, commit_id, parent_ids, author_name, author_email, authored_at, committed_at, subject)
select organization, codebase, n, lpad(n::text, 40, '0'), '{}', 'x', 'x', now(), now() - n * interval '1 hour', 'x' from codebases, generate_series(1, 100) n;
insert into codebase.files (organization_id, codebase_id, path, first_run, mode, size_bytes, skip_reason) select organization, codebase, n || '.md', 1, 'regular', 0, 'unknown_language' from codebases, generate_series(1, 20) n;
insert into codebase.file_changes (organization_id, codebase_id, commit_number, path, kind, lines_added, lines_removed)
select organization, codebase, n, n % 20 || '.md', 'modified', 1, 1 from codebases, generate_series(1, 100) n;
analyze codebase.codebases, codebase.commits, codebase.files, codebase.file_changes;

create function pg_temp.plan_of(statement text) returns text language plpgsql as $$
declare
    plan json;
begin
    execute 'explain (format json) ' || statement into plan;
    return plan;
end $$;
set local plan_cache_mode = force_generic_plan;
prepare check_commit (uuid, uuid, integer) as select 1 from only codebase.commits x where organization_id = $1 and codebase_id = $2 and number = $3 for key share of x;
select matches(pg_temp.plan_of('execute check_commit (null, null, null)'), '"Index Cond": "[^"]*number = ', 'by its number');
select organization from codebases limit 1 \gset
set local app.organization_id = :'organization';
set local role codebase_user;
select matches(pg_temp.plan_of('select * from codebase.file_churn where organization_id = base.current_organization_id() limit 50'), '"Index Cond": "[^"]*number = ', 'and by the churn of a file');
reset role;

select * from finish();
rollback;
