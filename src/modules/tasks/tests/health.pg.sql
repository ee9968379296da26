-- Each signal of tasks is well in a database that is well, and not when its fault is planted; each organization sees its own.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir ../../../migrate/sql/tests/signals.psql
select plan(57);
set local client_min_messages = warning;

-- Twenty-five tasks of acme in the given state, with the columns that differ.
create function pg_temp.tasks(status text, columns text default '', amounts text default '', tasks integer default 25) returns text language plpgsql as $$
begin
    return format('insert into tasks.tasks (organization_id, title, executor, status%s) select ''a0000000-0000-7000-8000-000000000001'', ''T'' || n, ''command'', %L%s from generate_series(1, %s) n',
                  columns, status, amounts, tasks);
end $$;
create temporary table faults (source text, signal text, fault text, outcome text);
insert into faults values
    ('health', 'queue_age', pg_temp.tasks('queued', ', run_at', ', now() - interval ''10 minutes'''), 'warning'),
    ('health', 'queue_age', pg_temp.tasks('queued', ', run_at', ', now() - interval ''2 hours'''), 'critical'),
    ('health', 'queue_age', pg_temp.tasks('queued', ', run_at', ', now() + interval ''2 hours'''), 'healthy'),
    ('health', 'queue_length', pg_temp.tasks('queued', '', '', 10000), 'warning'),
    ('health', 'lost_by_workers', pg_temp.tasks('running', ', attempts, started_at, worker_id, worker_epoch', ', 1, now(), ''e0000000-0000-7000-8000-000000000001'', 1'), 'critical'),
    ('health', 'lost_by_workers', 'insert into tasks.workers (id, host, process_id, lease_expires_at) values (''e0000000-0000-7000-8000-000000000001'', ''h'', 1, now() + interval ''1 minute'');'
        || pg_temp.tasks('running', ', attempts, started_at, worker_id, worker_epoch', ', 1, now(), ''e0000000-0000-7000-8000-000000000001'', 1'), 'healthy'),
    ('health', 'past_their_timeout', pg_temp.tasks('running', ', attempts, started_at, worker_id, worker_epoch', ', 1, now() - interval ''2 hours'', ''e0000000-0000-7000-8000-000000000001'', 1', 2), 'warning'),
    ('health', 'scheduled_overdue', pg_temp.tasks('scheduled', ', run_at', ', now() - interval ''5 minutes'''), 'warning'),
    ('health', 'waits_overdue', pg_temp.tasks('waiting', ', awaited_event, wait_expires_at', ', ''x'', now() - interval ''5 minutes'''), 'warning'),
    ('health', 'schedules_overdue', 'insert into tasks.schedules (organization_id, name, definition_id, cron, next_run_at) values (''a0000000-0000-7000-8000-000000000001'', ''S'', base.uuid_v7(), ''0 * * * *'', now() - interval ''1 hour'')', 'warning'),
    ('health', 'dead_letters', pg_temp.tasks('dead', ', attempts, attempts_max, started_at, finished_at, error_class', ', 1, 1, now(), now(), ''boom'''), 'warning'),
    ('health', 'failure_rate', pg_temp.tasks('failed', ', attempts, started_at, finished_at, error_class', ', 1, now(), now(), ''boom'''), 'critical'),
    ('health', 'failure_rate', pg_temp.tasks('failed', ', attempts, started_at, finished_at, error_class', ', 1, now(), now(), ''boom''', 19), 'healthy'),
    ('health', 'failure_rate', pg_temp.tasks('failed', ', attempts, started_at, finished_at, error_class', ', 1, now() - interval ''3 hours'', now() - interval ''2 hours'', ''boom'''), 'healthy'),
    ('quality', 'failed_without_message', pg_temp.tasks('failed', ', attempts, started_at, finished_at, error_class', ', 1, now(), now(), ''boom'''), 'critical'),
    ('quality', 'failed_without_message', pg_temp.tasks('failed', ', attempts, started_at, finished_at, error_class, error_message', ', 1, now(), now(), ''boom'', ''it broke'''), 'healthy'),
    ('quality', 'succeeded_without_output', pg_temp.tasks('succeeded', ', attempts, started_at, finished_at, progress_percentage', ', 1, now(), now(), 100'), 'warning'),
    ('quality', 'attempts_without_measurement', pg_temp.tasks('succeeded', ', attempts, started_at, finished_at, progress_percentage', ', 1, now(), now(), 100'), 'warning'),
    ('quality', 'attempts_without_measurement', pg_temp.tasks('succeeded', ', attempts, started_at, finished_at, progress_percentage', ', 1, now(), now(), 100')
        || '; insert into tasks.task_resource_usage (organization_id, task_id, attempt, started_at, finished_at) select organization_id, id, 1, now(), now() from tasks.tasks', 'healthy'),
    ('integrity', 'begun_before_what_they_wait_for', pg_temp.tasks('queued', '', '', 2) || '; insert into tasks.task_dependencies (organization_id, source_task_id, target_task_id, kind)
        select organization_id, min(id::text)::uuid, max(id::text)::uuid, ''blocks'' from tasks.tasks group by 1', 'warning'),
    ('integrity', 'blocked_by_nothing', pg_temp.tasks('blocked', '', '', 2) || '; insert into tasks.task_dependencies (organization_id, source_task_id, target_task_id, kind, satisfied_at)
        select organization_id, min(id::text)::uuid, max(id::text)::uuid, ''blocks'', now() from tasks.tasks group by 1', 'warning'),
    ('integrity', 'blocked_by_nothing', pg_temp.tasks('blocked', '', '', 2) || '; insert into tasks.task_dependencies (organization_id, source_task_id, target_task_id, kind)
        select organization_id, min(id::text)::uuid, max(id::text)::uuid, ''blocks'' from tasks.tasks group by 1', 'healthy'),
    ('performance', 'queue_wait_p95', pg_temp.tasks('succeeded', ', attempts, run_at, created_at, started_at, finished_at, progress_percentage', ', 1, now() - interval ''3 hours'', now() - interval ''3 hours'', now() - interval ''1 hour'', now(), 100'), 'critical'),
    ('performance', 'timeout_used_p95', pg_temp.tasks('succeeded', ', attempts, timeout_seconds, started_at, finished_at, progress_percentage', ', 1, 100, now() - interval ''90 s'', now(), 100'), 'warning'),
    ('performance', 'timeout_used_p95', pg_temp.tasks('succeeded', ', attempts, timeout_seconds, started_at, finished_at, progress_percentage', ', 1, 100, now() - interval ''10 s'', now(), 100'), 'healthy'),
    ('performance', 'failure_rate', pg_temp.tasks('failed', ', attempts, started_at, finished_at, error_class', ', 1, now(), now(), ''boom'''), 'critical'),
    ('performance', 'repeated_share', pg_temp.tasks('succeeded', ', attempts, started_at, finished_at, progress_percentage', ', 2, now(), now(), 100'), 'critical');
select ok(pg_temp.judged(format('tasks.%s_signals', source), signal) in ('healthy', 'absent'), format('%s is well', signal)) from (select distinct source, signal from faults) f;
select is(pg_temp.with_fault(format('tasks.%s_signals', source), signal, fault), outcome, format('%s: %s', signal, regexp_replace(left(fault, 160), '\s+', ' ', 'g'))) from faults;

-- What callers see of it.
select is((select count(*) from base.system_health() h where h.component = 'tasks' and h.status = 'healthy'), 1::bigint, 'system_health() has a row for tasks');
select is((select count(*) from base.data_quality_metrics() m where m.table_name = 'tasks.tasks' and m.metric like '%without%'), 3::bigint, 'data_quality_metrics() has the figures of tasks');
select is((select count(*) from base.data_integrity_checks() c where c.check_name like 'tasks.%' and c.status = 'ok'), 2::bigint, 'data_integrity_checks() has the checks of tasks');
do $$ begin set local session_replication_role = replica; end $$;
do $$ begin execute pg_temp.tasks('failed', ', attempts, started_at, finished_at, error_class', ', 1, now() - interval ''10 s'', now(), ''boom'''); end $$;
select is((select h.status::text from base.system_health() h where h.component = 'tasks'), 'critical', 'system_health() shows what fails');
select is((select count(*) from base.critical_alerts() a where a.alert_type = 'tasks.failure_rate'), 1::bigint, 'and critical_alerts() alerts');
select results_eq($$select metric, round(value, 1), unit, status::text from tasks.tasks_performance_analysis() where subject = 'custom' and metric in ('duration_p95', 'failure_rate') order by 1$$,
                  $$values ('duration_p95', 10.0, 's', 'healthy'), ('failure_rate', 100.0, '%', 'critical')$$, 'the analysis computes what happened');

-- Each its own, and the operator all.
create function pg_temp.answers(role name, organization uuid) returns text language plpgsql as $$
begin
    return pg_temp.answer(role, organization, $q$select concat_ws(' ', (select status from base.system_health() where component = 'tasks'),
        (select status from tasks.tasks_performance_analysis() where subject = 'all types' and metric = 'failure_rate'),
        (select status from base.data_quality_metrics() where metric = 'failed_without_message'),
        (select status from base.data_integrity_checks() where check_name = 'tasks.blocked_by_nothing'))$q$);
end $$;
select is(pg_temp.answers('task_user', 'a0000000-0000-7000-8000-000000000001'), 'critical critical critical ok', 'acme sees what fails');
select is(pg_temp.answers('task_user', 'b0000000-0000-7000-8000-000000000002'), 'healthy healthy ok', 'umbrella sees nothing of it');
select is(pg_temp.answers('task_user', null), 'unknown', 'without an organization there is nothing to see, which is not well');
select is(pg_temp.answers('analytics_readonly', null), 'critical critical critical ok', 'the reader sees all organizations');
select is(pg_temp.answers('graph_sitter_admin', null), 'unknown', 'the administrator has no organization of its own');
select is(pg_temp.answer('task_user', null, 'select count(*) from tasks.tasks_performance_analysis() where status = ''unknown'' and metric = ''not_measured'''), '1', 'and the analysis says so');

select * from finish();
rollback;
