-- Each signal of learning and evolution is well in a database that is well, and not when its fault is planted; each organization sees its own.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir ../../../migrate/sql/tests/signals.psql
select plan(28);
set local client_min_messages = warning;

create function pg_temp.groups(priority text, class text, groups integer default 25) returns text language plpgsql as $$
begin
    return format('insert into learning.error_groups (organization_id, title, priority, error_class, first_seen_at, last_seen_at) select ''a0000000-0000-7000-8000-000000000001'', ''E'', %L, %L, now(), now() from generate_series(1, %s)', priority, class, groups);
end $$;
create function pg_temp.programs(columns text default '', amounts text default '') returns text language plpgsql as $$
begin
    return format('insert into openevolve.programs (organization_id, session_id, id, code_sha256, language, generation, iteration_found, found_at_seconds%s) select ''a0000000-0000-7000-8000-000000000001'', ''e0000000-0000-7000-8000-000000000001'', base.uuid_v7(), sha256(convert_to(''x'' || n, ''UTF8'')), ''c'', 0, 0, 0%s from generate_series(1, 25) n', columns, amounts);
end $$;
create function pg_temp.evaluation(columns text, amounts text) returns text language plpgsql as $$
begin
    return format('insert into openevolve.evaluations (organization_id, session_id, program_id, evaluator_sha256, code_sha256%s) values (''a0000000-0000-7000-8000-000000000001'', base.uuid_v7(), base.uuid_v7(), sha256(''a''), sha256(''b'')%s)', columns, amounts);
end $$;
create temporary table faults (source text, signal text, fault text, outcome text);
insert into faults values
    ('learning.health', 'training_without_progress', 'insert into learning.training_sessions (organization_id, model_id, name, status, started_at, updated_at) values (''a0000000-0000-7000-8000-000000000001'', base.uuid_v7(), ''T'', ''training'', now() - interval ''2 days'', now() - interval ''2 days'')', 'warning'),
    ('learning.health', 'training_without_progress', 'insert into learning.training_sessions (organization_id, model_id, name, status, started_at, updated_at) values (''a0000000-0000-7000-8000-000000000001'', base.uuid_v7(), ''T'', ''training'', now() - interval ''2 days'', now())', 'healthy'),
    ('learning.health', 'urgent_errors_open', pg_temp.groups('critical', 'logic_error'), 'critical'),
    ('learning.health', 'urgent_errors_open', pg_temp.groups('critical', 'logic_error', 1), 'warning'),
    ('learning.health', 'urgent_errors_open', pg_temp.groups('normal', 'logic_error'), 'healthy'),
    ('learning.quality', 'unclassified_share', pg_temp.groups('normal', 'unknown'), 'warning'),
    ('learning.quality', 'unclassified_share', pg_temp.groups('normal', 'logic_error'), 'healthy'),
    ('openevolve.health', 'evaluations_lost_by_workers', pg_temp.evaluation(', status, claimed_by, lease_expires_at, started_at', ', ''in_progress'', ''w'', now() - interval ''10 minutes'', now()'), 'warning'),
    ('openevolve.health', 'evaluations_lost_by_workers', pg_temp.evaluation(', status, claimed_by, lease_expires_at, started_at', ', ''in_progress'', ''w'', now() + interval ''10 minutes'', now()'), 'healthy'),
    ('openevolve.health', 'evaluation_queue_age', pg_temp.evaluation(', created_at', ', now() - interval ''2 hours'''), 'warning'),
    ('openevolve.health', 'evaluation_queue_age', pg_temp.evaluation(', created_at', ', now()'), 'healthy'),
    ('openevolve.health', 'sessions_without_progress', 'insert into openevolve.evolution_sessions (organization_id, name, status, started_at, updated_at) values (''a0000000-0000-7000-8000-000000000001'', ''S'', ''running'', now() - interval ''3 days'', now() - interval ''2 days'')', 'warning'),
    ('openevolve.quality', 'programs_without_metrics', pg_temp.programs(', code', ', ''x'' || n'), 'warning'),
    ('openevolve.quality', 'programs_without_metrics', pg_temp.programs(', code, metrics', ', ''x'' || n, ''{"a": 1}'''), 'healthy'),
    ('openevolve.quality', 'programs_without_embedding', pg_temp.programs(', code, embedding', ', ''x'' || n, case when n = 1 then array[1.0] end'), 'warning'),
    ('openevolve.quality', 'programs_without_embedding', pg_temp.programs(', code', ', ''x'' || n'), 'healthy');
select ok(pg_temp.judged(format('%s_signals', source), signal) in ('healthy', 'absent'), format('%s is well', signal)) from (select distinct source, signal from faults) f;
select is(pg_temp.with_fault(format('%s_signals', source), signal, fault), outcome, format('%s: %s', signal, regexp_replace(left(fault, 160), '\s+', ' ', 'g'))) from faults;

do $$ begin execute pg_temp.groups('critical', 'logic_error'); end $$;
select is(pg_temp.answer(role, organization, 'select string_agg(status::text, '' '' order by component) from base.system_health() where component in (''learning'', ''evolution'')'), outcome, format('%s for %s: %s', role, organization, outcome))
from (values ('learning_user'::name, 'a0000000-0000-7000-8000-000000000001'::uuid, 'healthy critical'), ('learning_user', 'b0000000-0000-7000-8000-000000000002', 'healthy healthy'), ('learning_user', null, 'unknown unknown'), ('analytics_readonly', null, 'healthy critical')) as v (role, organization, outcome);

select * from finish();
rollback;
