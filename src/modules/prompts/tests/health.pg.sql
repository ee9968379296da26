-- Each signal of prompts is well in a database that is well, and not when its fault is planted; each organization sees its own.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir ../../../migrate/sql/tests/signals.psql
select plan(20);
set local client_min_messages = warning;

create function pg_temp.executions(status text, columns text default '', amounts text default '', executions integer default 25) returns text language plpgsql as $$
begin
    return format('insert into prompts.executions (organization_id, prompt, status, provider, model%s) select ''a0000000-0000-7000-8000-000000000001'', ''P'', %L, ''openai'', ''m''%s from generate_series(1, %s) n', columns, status, amounts, executions);
end $$;
create temporary table faults (source text, signal text, fault text, outcome text);
insert into faults values
    ('health', 'executions_without_outcome', pg_temp.executions('running', ', created_at, started_at', ', now() - interval ''2 hours'', now() - interval ''2 hours'''), 'warning'),
    ('health', 'executions_without_outcome', pg_temp.executions('running', ', created_at, started_at', ', now(), now()'), 'healthy'),
    ('health', 'expired_context_data', 'insert into prompts.context_data (organization_id, context_source_id, cache_key, content, content_sha256, fetched_at, expires_at)
        select ''a0000000-0000-7000-8000-000000000001'', base.uuid_v7(), ''k'', ''c'', sha256(''c''), now() - interval ''3 hours'', now() - interval ''2 hours'' from generate_series(1, 10000)', 'warning'),
    ('health', 'failure_rate', pg_temp.executions('failed', ', started_at, finished_at, error_code, error_message', ', now(), now(), ''x'', ''y'''), 'critical'),
    ('health', 'failure_rate', pg_temp.executions('failed', ', started_at, finished_at, error_code, error_message', ', now(), now(), ''x'', ''y''', 3)
        || ';' || pg_temp.executions('completed', ', started_at, finished_at, response', ', now(), now(), ''r'''), 'warning'),
    ('health', 'failure_rate', pg_temp.executions('completed', ', started_at, finished_at, response', ', now(), now(), ''r'''), 'healthy'),
    ('quality', 'executions_without_outcome', pg_temp.executions('running', ', created_at, started_at', ', now() - interval ''2 hours'', now() - interval ''2 hours'''), 'critical'),
    ('quality', 'completed_without_tokens', pg_temp.executions('completed', ', started_at, finished_at, response', ', now(), now(), ''r'''), 'critical'),
    ('quality', 'completed_without_tokens', pg_temp.executions('completed', ', started_at, finished_at, response, input_tokens, output_tokens', ', now(), now(), ''r'', 1, 1'), 'healthy'),
    ('quality', 'completed_without_cost', pg_temp.executions('completed', ', started_at, finished_at, response', ', now(), now(), ''r'''), 'warning');
select ok(pg_temp.judged(format('prompts.%s_signals', source), signal) in ('healthy', 'absent'), format('%s is well', signal)) from (select distinct source, signal from faults) f;
select is(pg_temp.with_fault(format('prompts.%s_signals', source), signal, fault), outcome, format('%s: %s', signal, regexp_replace(left(fault, 160), '\s+', ' ', 'g'))) from faults;

do $$ begin execute pg_temp.executions('failed', ', started_at, finished_at, error_code, error_message', ', now(), now(), ''x'', ''y'''); end $$;
select is(pg_temp.answer(role, organization, 'select status from base.system_health() where component = ''prompts'''), outcome, format('%s for %s: %s', role, organization, outcome))
from (values ('prompts_user'::name, 'a0000000-0000-7000-8000-000000000001'::uuid, 'critical'), ('prompts_user', 'b0000000-0000-7000-8000-000000000002', 'healthy'), ('prompts_user', null, 'unknown'), ('analytics_readonly', null, 'critical')) as v (role, organization, outcome);

select * from finish();
rollback;
