-- At scale the queries of sql/workload.sql are answered from the indexes that they name, as the login role runs them, with the values
-- at hand and with a plan made for any. One organization has nearly all rows, the usual case.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
select plan(43);
set local client_min_messages = warning;
\set acme '''a0000000-0000-7000-8000-000000000001'''

create function pg_temp.numbered(kind text, number bigint) returns uuid language plpgsql immutable as $$
begin
    return (kind || '000000-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid;
end $$;
create temporary table tenant on commit drop as
select ('a' || (n - 1) || '000000-0000-7000-8000-000000000001')::uuid as organization, case n when 1 then 15000 when 2 then 2000 else 300 end as tasks from generate_series(1, 4) n;
insert into tasks.task_definitions (organization_id, id, name, executor)
select organization, pg_temp.numbered('d1', n), 'Definition ' || n, 'command' from tenant, generate_series(1, 20) n;
insert into tasks.workflows (organization_id, id, name) select organization, pg_temp.numbered('d2', n), 'Workflow ' || n from tenant, generate_series(1, 20) n;
insert into tasks.schedules (organization_id, name, workflow_id, cron, next_run_at)
select organization, 'Schedule ' || n, pg_temp.numbered('d2', 1 + n % 20), '0 3 * * *', now() + n * interval '1 minute' - interval '10 minutes' from tenant, generate_series(1, 2000) n;
insert into tasks.github_projects (organization_id, id, repository_id, pinned_at, pin_order)
select organization, pg_temp.numbered('d3', n), pg_temp.numbered('d9', n), case when n <= 20 then now() end, case when n <= 20 then n end from tenant, generate_series(1, 500) n;
insert into tasks.requirements (organization_id, id, github_project_id, version, content)
select organization, pg_temp.numbered('d4', n), pg_temp.numbered('d3', n), 1, 'x' from tenant, generate_series(1, 500) n;
insert into tasks.requirement_decompositions (organization_id, id, requirement_id, method, status, finished_at)
select organization, pg_temp.numbered('d5', n), pg_temp.numbered('d4', n), 'markdown', 'accepted', now() from tenant, generate_series(1, 500) n;
insert into tasks.decomposed_steps (organization_id, id, decomposition_id, step_number, name)
select organization, pg_temp.numbered('d6', n), pg_temp.numbered('d5', 1 + n / 10), 1 + n % 10, 'x' from tenant, generate_series(0, 4999) n;
-- Of 100 tasks 70 have ended, 10 are in the queue, 5 are to come, 5 wait, 5 run, 5 are dead letters; of 20 one is a workflow's run.
insert into tasks.tasks (organization_id, id, title, task_type, status, executor, priority, definition_id, project_id, decomposed_step_id, workflow_id, workflow_execution_id,
                         parent_id, depth, assignee_id, idempotency_key, concurrency_key, run_at, attempts, started_at, finished_at, progress_percentage, worker_id, worker_epoch,
                         awaited_event, wait_expires_at, error_class, created_at)
select organization, pg_temp.numbered('e0', n), 'Task ' || n, (array['testing', 'deployment', 'bug_fix'])[1 + n % 3], status::tasks.task_status, 'command',
       (enum_range(null::base.priority))[1 + n % 5], pg_temp.numbered('d1', 1 + n % 20), pg_temp.numbered('d8', n % 300), case when n % 2 = 0 then pg_temp.numbered('d6', n % 5000) end,
       case when n % 20 = 0 then pg_temp.numbered('d2', 1 + n % 7) end, case when n % 3 = 0 then pg_temp.numbered('d7', n / 30) end,
       case when n % 10 > 0 and n > 10 then pg_temp.numbered('e0', n - n % 10) end, case when n % 10 > 0 and n > 10 then 1 else 0 end,
       case when n % 4 = 0 then pg_temp.numbered('db', n % 200) end, case when n % 2 = 1 then 'key ' || n end, case when n % 5 = 0 then 'limit ' || n % 500 end,
       now() + interval '1 minute' * (n % 100 - 80), case when status in ('queued', 'scheduled', 'waiting') then 0 when status = 'dead' then 3 else 1 end,
       case when status not in ('queued', 'scheduled', 'waiting') then moment - interval '1 minute' end,
       case when status in ('succeeded', 'dead') then moment end, case status when 'succeeded' then 100 else 0 end,
       case status when 'running' then pg_temp.numbered('da', n % 50) end, case status when 'running' then 1 end,
       case status when 'waiting' then 'event ' || n end, case status when 'waiting' then now() + interval '1 minute' * (n % 1000 - 20) end, case status when 'dead' then 'timeout' end, moment
from tenant, lateral generate_series(1, tasks) n,
     lateral (select case when n % 100 < 70 then 'succeeded' when n % 100 < 80 then 'queued' when n % 100 < 85 then 'scheduled' when n % 100 < 90 then 'waiting' when n % 100 < 95 then 'running' else 'dead' end as status,
                     now() - interval '1 day' * (n % 365) as moment) s
order by n;
insert into tasks.task_dependencies (organization_id, source_task_id, target_task_id, kind)
select organization, pg_temp.numbered('e0', n), pg_temp.numbered('e0', n + gap), 'blocks' from tenant, lateral generate_series(1, tasks - 10) n, unnest(array[1, 7]) gap;
insert into tasks.task_execution_logs (organization_id, task_id, attempt, line_number, logged_at, message)
select organization, pg_temp.numbered('e0', 1 + n % 300), 1, 1 + n / 300, now() - interval '1 minute' * n, 'x' from tenant, generate_series(0, 9999) n;
insert into tasks.task_limits (organization_id, concurrency_key, starts_max, starts_window_seconds)
select organization, 'limit ' || n * 5, 10, 60 from tenant, generate_series(0, 99) n;
analyze tasks.task_definitions, tasks.workflows, tasks.schedules, tasks.github_projects, tasks.requirements, tasks.requirement_decompositions, tasks.decomposed_steps,
        tasks.tasks, tasks.task_dependencies, tasks.task_execution_logs, tasks.task_limits;
\ir ../sql/workload.sql

create temporary table expectations (name text, indexes text[], arguments text) on commit drop;
insert into expectations
values ('list_project_tasks', '{tasks_project_idx}', format('%L, %L, %L', :acme, pg_temp.numbered('d8', 7), pg_temp.numbered('e0', 10000))),
       ('list_assigned_tasks', '{tasks_assignee_idx}', format('%L, %L, %L', :acme, pg_temp.numbered('db', 4), pg_temp.numbered('e0', 10000))),
       ('list_subtasks', '{tasks_parent_idx}', format('%L, %L', :acme, pg_temp.numbered('e0', 500))),
       ('list_tasks_of_execution', '{tasks_workflow_execution_idx}', format('%L, %L', :acme, pg_temp.numbered('d7', 5))),
       ('list_workflow_runs', '{tasks_workflow_idx}', format('%L, %L, %L', :acme, pg_temp.numbered('d2', 3), pg_temp.numbered('e0', 10000))),
       ('find_task_by_idempotency_key', '{tasks_idempotency_key}', format('%L, ''key 77''', :acme)),
       ('claim_tasks', '{tasks_claim_idx}', format('%L, 2, %L, 1, 10', :acme, pg_temp.numbered('da', 1))),
       ('next_tasks_of_key', '{tasks_claim_of_key_idx}', format('%L, 12, ''limit 5'', 10', :acme)),
       ('complete_task', '{tasks_pkey}', format('%L, %L, %L, 1, 1, ''{}''', :acme, pg_temp.numbered('e0', 90), pg_temp.numbered('da', 40))),
       ('queue_due_tasks', '{tasks_scheduled_idx}', format('%L', :acme)),
       ('take_back_tasks', '{tasks_running_idx}', format('%L, %L', :acme, array[pg_temp.numbered('da', 40)])),
       ('wake_waiting_tasks', '{tasks_awaited_event_idx}', format('%L, ''event 85''', :acme)),
       ('list_expired_waits', '{tasks_wait_expiry_idx}', format('%L', :acme)),
       ('limit_use', '{tasks_running_of_key_idx,tasks_concurrency_idx}', format('%L, ''limit 5''', :acme)),
       ('list_dead_letters', '{tasks_dead_letters_idx}', format('%L, %L', :acme, pg_temp.numbered('e0', 10000))),
       ('list_neighbours', '{task_dependencies_predecessor_idx,task_dependencies_successor_idx}', format('%L, %L', :acme, pg_temp.numbered('e0', 500))),
       ('task_figures', '{tasks_finished_idx}', format('%L', :acme)),
       ('read_log', '{task_execution_logs_task_idx}', format('%L, %L, 1, 5', :acme, pg_temp.numbered('e0', 7))),
       ('list_due_schedules', '{schedules_due_idx}', format('%L', :acme)),
       ('list_pinned_projects', '{github_projects_pin_order_key,tasks_step_idx}', format('%L', :acme)),
       ('list_step_progress', '{decomposed_steps_number_key,tasks_step_idx}', format('%L, %L', :acme, pg_temp.numbered('d5', 5)));
select set_eq('select name from pg_prepared_statements', 'select name from expectations', 'every query of the workload is looked at');

-- Indexes of partitions count as their parent's.
create function pg_temp.indexes_left_out(statement text, arguments text, wanted text[], mode text) returns text language plpgsql as $$
declare
    plan json;
    used text[];
begin
    perform set_config('plan_cache_mode', mode, true), set_config('app.organization_id', 'a0000000-0000-7000-8000-000000000001', true);
    set local role task_user;
    execute format('explain (format json) execute %I (%s)', statement, arguments) into plan;
    reset role;
    select array_agg(coalesce(p.relname, c.relname)) into used
    from regexp_matches(plan::text, '"Index Name": "([^"]+)"', 'g') as found (names)
    join pg_class c on c.relname = found.names[1] and c.relnamespace = 'tasks'::regnamespace
    left join pg_inherits i on i.inhrelid = c.oid
    left join pg_class p on p.oid = i.inhparent;
    return coalesce((select string_agg(w, ', ') || ' of ' || plan::text from unnest(wanted) w where w <> all (coalesce(used, '{}'))), '');
end $$;
select is(pg_temp.indexes_left_out(name, arguments, indexes, mode), '', format('%s uses %s (%s)', name, indexes, mode))
from expectations, unnest(array['force_custom_plan', 'force_generic_plan']) as mode
order by name, mode;

select * from finish();
rollback;
