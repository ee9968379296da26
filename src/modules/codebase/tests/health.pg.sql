-- Each signal of codebases is well in a database that is well, and not when its fault is planted; each organization sees its own.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir ../../../migrate/sql/tests/signals.psql
select plan(23);
set local client_min_messages = warning;

create function pg_temp.indexed(state text, age interval, error text default null, last_run integer default 1) returns text language plpgsql as $$
begin
    return format('insert into codebase.codebases (organization_id, id, name, kind, location, last_run_number, current_run_id)
                   values (''a0000000-0000-7000-8000-000000000001'', ''e0000000-0000-7000-8000-000000000001'', ''C'', ''folder'', ''/c'', %s, %s);
                   insert into codebase.analysis_runs (organization_id, id, codebase_id, number, state, analyser_version, started_at, finished_at, error_code, error_message, files_seen, files_parsed, files_reused, files_skipped,
                                                       files_removed, bytes_seen, bytes_parsed, lines_seen, elements_seen)
                   values (''a0000000-0000-7000-8000-000000000001'', ''e0000000-0000-7000-8000-000000000002'', ''e0000000-0000-7000-8000-000000000001'', 1, %L, ''1'', now() - interval %L, %s, %L, %L, 0, 0, 0, 0, 0, 0, 0, 0, 0)',
                  last_run, case when state = 'completed' then '''e0000000-0000-7000-8000-000000000002''' else 'null' end, state, age, case when state = 'running' then 'null' else format('now() - interval %L', age) end, error, error);
end $$;
create function pg_temp.blobs(parse_status text) returns text language plpgsql as $$
begin
    return format('insert into codebase.blobs (organization_id, id, git_id, language, analyser_version, parse_status, size_bytes, lines, code_lines, comment_lines, blank_lines, error_count, error_bytes, element_count, import_count, reference_count)
                   select ''a0000000-0000-7000-8000-000000000001'', base.uuid_v7(), ''g'' || n, ''c'', ''1'', %L, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0 from generate_series(1, 25) n', parse_status);
end $$;
create temporary table faults (source text, signal text, fault text, outcome text);
insert into faults values
    ('health', 'runs_without_end', pg_temp.indexed('running', '2 hours'), 'warning'),
    ('health', 'runs_without_end', pg_temp.indexed('running', '2 minutes'), 'healthy'),
    ('health', 'newest_run_failed', pg_temp.indexed('failed', '2 minutes', 'x'), 'warning'),
    ('health', 'newest_run_failed', pg_temp.indexed('completed', '2 minutes'), 'healthy'),
    ('quality', 'contents_not_parsed', pg_temp.blobs('timed_out'), 'critical'),
    ('quality', 'contents_not_parsed', pg_temp.blobs('ok'), 'healthy'),
    ('quality', 'contents_with_errors', pg_temp.blobs('has_errors'), 'warning'),
    ('quality', 'oldest_current_run_age', pg_temp.indexed('completed', '40 days'), 'warning'),
    ('quality', 'oldest_current_run_age', pg_temp.indexed('completed', '2 minutes'), 'healthy'),
    ('integrity', 'last_run_number_is_behind', pg_temp.indexed('completed', '2 minutes', null, 0), 'critical'),
    ('integrity', 'last_run_number_is_behind', pg_temp.indexed('completed', '2 minutes'), 'healthy'),
    ('integrity', 'current_run_is_not_complete', pg_temp.indexed('completed', '2 minutes') || '; delete from codebase.analysis_runs', 'critical');
select ok(pg_temp.judged(format('codebase.%s_signals', source), signal) in ('healthy', 'absent'), format('%s is well', signal)) from (select distinct source, signal from faults) f;
select is(pg_temp.with_fault(format('codebase.%s_signals', source), signal, fault), outcome, format('%s: %s', signal, regexp_replace(left(fault, 160), '\s+', ' ', 'g'))) from faults;

do $$ begin execute pg_temp.indexed('failed', '2 minutes', 'x'); end $$;
select is(pg_temp.answer(role, organization, 'select status from base.system_health() where component = ''codebase'''), outcome, format('%s for %s: %s', role, organization, outcome))
from (values ('codebase_user'::name, 'a0000000-0000-7000-8000-000000000001'::uuid, 'warning'), ('codebase_user', 'b0000000-0000-7000-8000-000000000002', 'healthy'), ('codebase_user', null, 'unknown'), ('analytics_readonly', null, 'warning')) as v (role, organization, outcome);

select * from finish();
rollback;
