-- Each signal of projects is well in a database that is well, and not when its fault is planted; each organization sees its own.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir ../../../migrate/sql/tests/signals.psql
select plan(16);
set local client_min_messages = warning;

create function pg_temp.repositories(columns text default '', amounts text default '') returns text language plpgsql as $$
begin
    return format('insert into projects.repositories (organization_id, provider, namespace, name, clone_url%s) select ''a0000000-0000-7000-8000-000000000001'', ''github'', ''o'', ''r'' || n, ''https://x/y''%s from generate_series(1, 25) n', columns, amounts);
end $$;
create function pg_temp.projects(columns text, amounts text) returns text language plpgsql as $$
begin
    return format('insert into projects.projects (organization_id, name, slug, status%s) select ''a0000000-0000-7000-8000-000000000001'', ''P'', ''p-'' || n, ''active''%s from generate_series(1, 12) n', columns, amounts);
end $$;
create temporary table faults (source text, signal text, fault text, outcome text);
insert into faults values
    ('health', 'repositories_out_of_date', pg_temp.repositories(', synchronized_at', ', now() - interval ''9 days'''), 'warning'),
    ('health', 'repositories_out_of_date', pg_temp.repositories(', synchronized_at', ', now()'), 'healthy'),
    ('health', 'projects_past_their_end', pg_temp.projects(', start_date, end_date', ', current_date - 9, current_date - 1'), 'warning'),
    ('health', 'projects_past_their_end', pg_temp.projects(', start_date, end_date', ', current_date - 9, current_date + 1'), 'healthy'),
    ('quality', 'never_read_from_the_host', pg_temp.repositories(), 'warning'),
    ('quality', 'never_read_from_the_host', pg_temp.repositories(', synchronized_at', ', now()'), 'healthy'),
    ('quality', 'without_language', pg_temp.repositories(), 'warning'),
    ('quality', 'without_language', pg_temp.repositories(', primary_language', ', ''c'''), 'healthy');
select is(pg_temp.judged(format('projects.%s_signals', source), signal), 'healthy', format('%s is well', signal)) from (select distinct source, signal from faults) f;
select is(pg_temp.with_fault(format('projects.%s_signals', source), signal, fault), outcome, format('%s: %s', signal, regexp_replace(left(fault, 160), '\s+', ' ', 'g'))) from faults;

do $$ begin set local session_replication_role = replica; execute pg_temp.repositories(', synchronized_at', ', now() - interval ''9 days'''); end $$;
select is(pg_temp.answer(role, organization, 'select status from base.system_health() where component = ''projects'''), outcome, format('%s for %s: %s', role, organization, outcome))
from (values ('projects_user'::name, 'a0000000-0000-7000-8000-000000000001'::uuid, 'warning'), ('projects_user', 'b0000000-0000-7000-8000-000000000002', 'healthy'), ('projects_user', null, 'unknown'), ('analytics_readonly', null, 'warning')) as v (role, organization, outcome);

select * from finish();
rollback;
