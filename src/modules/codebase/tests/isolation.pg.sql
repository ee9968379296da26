-- What each login role can do to each tenant table of codebase, in a transaction of one of two organizations: exactly this.
begin;
set local search_path = public;  -- names of tables are printed whole, because other roles read them
\ir ../../../migrate/sql/tests/as_role.psql
\ir two_tenants.psql
select plan(33);

-- What base.tenant_table was told to allow.
create temporary table allowed (relation regclass primary key, privileges text[]) on commit drop;
insert into allowed
select relation, '{select,insert,update,delete}'
from unnest('{codebase.codebases,codebase.analysis_runs,codebase.blobs,codebase.blob_elements,codebase.blob_imports,codebase.blob_references,codebase.blob_flows,codebase.blob_findings,codebase.blob_directives,codebase.blob_tokens,codebase.files,codebase.snapshots,codebase.refs,codebase.symbols,codebase.relationships,codebase.file_resolutions,codebase.blob_metrics,codebase.duplicates,codebase.run_metrics,codebase.quality_parts,codebase.rules,codebase.issues,codebase.external_dependencies,codebase.commits,codebase.file_changes}'::regclass[]) as relation;
insert into allowed values ('codebase.issue_suppressions', '{select,insert,update}'), ('codebase.index_requests', '{select,insert,update}'), ('codebase.names', '{select,insert}'), ('base.audit_log', '{select}'), ('base.audit_chains', '{select}');
select set_eq($$select m.relation from base.managed_tables m join pg_class c on c.oid = m.relation
                where m.kind = 'tenant' and c.relnamespace in ('base'::regnamespace, 'codebase'::regnamespace)$$,
              'select relation from allowed', 'every tenant table is tried');

\ir ../../../migrate/sql/tests/isolation.psql

create function pg_temp.rows_of_umbrella(relation regclass) returns bigint language plpgsql as $$
declare
    found bigint;
begin
    execute format('select count(*) from %s where organization_id = ''b0000000-0000-7000-8000-000000000002''', relation) into found;
    return found;
end $$;
select is_empty('select relation from allowed where pg_temp.rows_of_umbrella(relation) = 0', 'and has a row of the other organization');

create temporary table login_roles on commit drop as
select rolname from pg_roles where rolname in ('task_user', 'projects_user', 'prompts_user', 'codebase_user', 'analytics_user', 'events_user', 'learning_user', 'workflows_user');
grant select on login_roles to public;
select is((select count(*) from login_roles), 8::bigint, 'there are eight login roles');
select is_empty(format('select * from pg_temp.surprises(%L)', rolname), format('%s can do what it may and nothing else', rolname)) from login_roles order by rolname;
select results_eq($$select oid::regprocedure::text from pg_proc where prosecdef and pronamespace = 'codebase'::regnamespace order by 1$$,
                  array['codebase.analyze_grown_tables()', 'codebase.cleanup_index_requests(integer)', 'codebase.codebases_with_urls()', 'codebase.names_like(text,uuid,integer)',
                        'codebase.take_index_request(interval,integer)'], 'five routines have more rights than their caller');
create function pg_temp.codebases_with(role name, organization uuid, wanted uuid) returns uuid[] language plpgsql as $$
begin
    perform set_config('app.organization_id', organization::text, true);
    execute format('set local role %I', role);
    return array(select distinct n.codebase_id from codebase.names_like('f', wanted) n);
end $$;
select is(pg_temp.codebases_with('codebase_user', :acme, null), array[:acme_codebase::uuid], 'and shows names of the organization alone');
reset role;
select is(pg_temp.codebases_with('codebase_user', :acme, :umbrella_codebase), '{}', 'also when another''s codebase is asked for');
reset role;

-- Views and what is derived. A file of another folder is used, for those that show how files hang together.
insert into codebase.symbols (organization_id, id, codebase_id, path, language, kind, qualified_name) select organization, symbol + 40, codebase, 'lib/b.py', 'python', 'function', 'h' from tenants;
insert into codebase.relationships (organization_id, source_id, target_id, ordinal, first_run, kind, method, confidence, line_offset, "column", length_bytes)
select organization, symbol, symbol + 40, 9, 1, 'call', 'import', 1, 1, 1, 1 from tenants;
create temporary table views on commit drop as
select c.oid::regclass as view from pg_class c where c.relkind = 'v' and c.relnamespace = 'codebase'::regnamespace;
grant select on views to public;
create function pg_temp.rows_of_view(role name, organization uuid, view regclass) returns text language plpgsql as $$
begin
    -- A row of module_references that names no id tells only that there is such a column.
    return pg_temp.outcome(role, organization, format('select from %s where organization_id is distinct from %L%s', view, organization,
                                                      case when view::text = 'codebase.module_references' then ' and id is not null' end));
end $$;
select is_empty($$select view from views where view::text <> 'codebase.skipped_files' and pg_temp.outcome('codebase_user', 'a0000000-0000-7000-8000-000000000001', format('select from %s', view)) = '0'$$,
                'every view shows a tenant its own');
select is_empty($$select view from views where pg_temp.rows_of_view('codebase_user', 'a0000000-0000-7000-8000-000000000001', view) <> '0'$$, 'and nothing of another');
select is_empty($$select view from views where pg_temp.rows_of_view('codebase_user', null, view) <> '0'$$, 'and without an organization nothing');
select is(pg_temp.outcome('codebase_user', :acme, 'select from codebase.impact(12)'), '0', 'nothing reaches another tenant''s symbol');
select is(pg_temp.outcome('codebase_user', null, 'select from codebase.impact(11)'), 'GS001', 'without an organization nothing is asked');
select is(pg_temp.outcome('codebase_user', :acme, format('select from codebase.co_changes(%L, ''a.py'')', :umbrella_codebase)), '0', 'nor does its history show');

-- References into the other tenant: the key of the row is known, and of no use.
select is(pg_temp.outcome('codebase_user', :acme, format(statement, :acme, :umbrella_codebase, :umbrella_run, :umbrella_snapshot, :acme_codebase)), '23503', what)
from (values
    ('a file in another tenant''s codebase',     'insert into codebase.files (organization_id, codebase_id, path, first_run, mode, size_bytes, skip_reason) values (%1$L, %2$L, ''x'', 1, ''regular'', 0, ''binary'')'),
    ('a run of another tenant''s codebase',      'insert into codebase.analysis_runs (organization_id, id, codebase_id, number, analyser_version) values (%1$L, base.uuid_v7(), %2$L, 7, ''1'')'),
    ('a run that saw another tenant''s snapshot', 'update codebase.analysis_runs set snapshot_id = %4$L'),
    ('a branch of another tenant''s codebase',   'insert into codebase.refs (organization_id, codebase_id, kind, name, commit_id) values (%1$L, %2$L, ''tag'', ''x'', repeat(''ab'', 20))'),
    ('figures about another tenant''s run',      'insert into codebase.run_metrics (organization_id, run_id, metric, value) values (%1$L, %3$L, ''x'', 0)'),
    ('an issue in another tenant''s codebase',   'insert into codebase.issue_suppressions (organization_id, codebase_id, fingerprint, kind, reason, justification) values (%1$L, %2$L, base.uuid_v7(), ''in_source'', ''planned'', ''x'')'),
    ('an issue of a rule that only they have',   'insert into codebase.issues (organization_id, codebase_id, fingerprint, first_run, rule_id, severity, message, path, start_line, start_column, end_line, end_column, effort_minutes) values (%1$L, %5$L, base.uuid_v7(), 1, ''theirs'', ''note'', ''x'', ''x'', 1, 1, 1, 1, 0)'),
    ('a commit in another tenant''s codebase',   'insert into codebase.commits (organization_id, codebase_id, number, commit_id, parent_ids, author_name, author_email, authored_at, committed_at, subject) values (%1$L, %2$L, 9, repeat(''ef'', 20), ''{}'', ''x'', ''x'', now(), now(), ''x'')'),
    ('a change in it',                           'insert into codebase.file_changes (organization_id, codebase_id, commit_number, path, kind) values (%1$L, %2$L, 1, ''x'', ''added'')')
) as attempts (what, statement);
select is(pg_temp.outcome('codebase_user', :acme, format('select codebase.take_snapshot(%L, %L)', :umbrella, :umbrella_run)), 'GS501', 'another tenant''s run is none');
select is(pg_temp.outcome('codebase_user', :acme, format('call codebase.delete_codebase(%L, %L)', :umbrella, :umbrella_codebase)), 'GS503', 'nor can its codebase be deleted');

-- COPY, which is no statement that a function could run.
set local role codebase_user;
set local app.organization_id = :acme;
\copy codebase.files to '/dev/null'
\set copied :ROW_COUNT
savepoint before_copy;
\set ON_ERROR_STOP off
\copy codebase.rules (organization_id, id, name) from '/dev/null'
\set ON_ERROR_STOP on
\set refused :LAST_ERROR_SQLSTATE
rollback to before_copy;
reset role;
select is(:copied, 1, 'copy to gives a tenant its own rows');
select is(:'refused'::text, '0A000', 'copy from, which knows no policy, is refused');

select * from finish();
rollback;
