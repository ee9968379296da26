-- Synthetic tasks, dependencies, workflows, requirements: `gsdb db generate`. How to write it: ../../../migrate/sql/README.md.
-- guards: tasks.tasks, tasks.task_definitions, tasks.github_projects
select pg_temp.make_partitions('tasks');

insert into tasks.task_definitions (organization_id, id, name, task_type, executor, created_at)
select o.organization_id, pg_temp.id('task_definition', o.organization, n, 20), 'Definition ' || n, 'code_analysis', 'command', pg_temp.moment(1, 20)
from generated_organizations o, generate_series(1, 20) as n;

insert into tasks.workflows (organization_id, id, name, created_at)
select o.organization_id, pg_temp.id('task_workflow', o.organization, n, 20), 'Workflow ' || n, pg_temp.moment(1, 20)
from generated_organizations o, generate_series(1, 20) as n;

insert into tasks.workflow_nodes (organization_id, id, workflow_id, key, title, definition_id, created_at)
select o.organization_id, pg_temp.id('workflow_node', o.organization, n * 5 + k, 105), pg_temp.id('task_workflow', o.organization, n, 20), 'node_' || k, 'Node ' || k, pg_temp.id('task_definition', o.organization, k, 20), pg_temp.moment(1, 20)
from generated_organizations o, generate_series(1, 20) as n, generate_series(1, 5) as k;

insert into tasks.workflow_edges (organization_id, id, workflow_id, source_node_id, target_node_id, created_at)
select o.organization_id, pg_temp.id('workflow_edge', o.organization, n * 5 + k, 105), pg_temp.id('task_workflow', o.organization, n, 20), pg_temp.id('workflow_node', o.organization, n * 5 + k, 105),
       pg_temp.id('workflow_node', o.organization, n * 5 + k + 1, 105), pg_temp.moment(1, 20)
from generated_organizations o, generate_series(1, 20) as n, generate_series(1, 4) as k;

insert into tasks.schedules (organization_id, id, name, workflow_id, cron, next_run_at, created_at)
select r.organization_id, pg_temp.id('schedule', r.organization, r.n, r.amount), 'Schedule ' || r.n, pg_temp.id('task_workflow', r.organization, 1 + r.n % 20, 20), '0 3 * * *',
       pg_temp.until() + pg_temp.roll(r.dice, 1, 1440) * interval '1 minute', r.moment
from pg_temp.rows_of(3000) r;

insert into tasks.github_projects (organization_id, id, repository_id, project_id, pinned_at, pin_order, created_at)
select r.organization_id, pg_temp.id('github_project', r.organization, r.n, r.amount), pg_temp.id('repository', r.organization, r.n, r.amount), pg_temp.id('project', r.organization, 1 + r.n % p.amount, p.amount),
       case when r.n <= 20 then r.moment end, case when r.n <= 20 then r.n end, r.moment
from pg_temp.rows_of(4000) r, lateral (select pg_temp.amount(2000, r.weight) as amount) p;

insert into tasks.requirements (organization_id, id, github_project_id, version, content, created_at)
select r.organization_id, pg_temp.id('requirement', r.organization, r.n, r.amount), pg_temp.id('github_project', r.organization, r.n, r.amount), 1, '# Requirement' || repeat(E'\n- ' || md5(r.dice::text), 20), r.moment
from pg_temp.rows_of(4000) r;

insert into tasks.requirement_decompositions (organization_id, id, requirement_id, method, status, quality_score, created_at, finished_at)
select r.organization_id, pg_temp.id('decomposition', r.organization, r.n, r.amount), pg_temp.id('requirement', r.organization, r.n, r.amount), 'markdown', 'accepted', 50 + pg_temp.roll(r.dice, 1, 50), r.moment, r.moment
from pg_temp.rows_of(4000) r;

insert into tasks.decomposed_steps (organization_id, id, decomposition_id, step_number, name, estimated_hours, complexity_score, created_at)
select r.organization_id, pg_temp.id('step', r.organization, (r.n - 1) * 10 + k, r.amount * 10), pg_temp.id('decomposition', r.organization, r.n, r.amount), k, 'Step ' || k, 1 + pg_temp.roll(r.dice, k, 16), 1 + pg_temp.roll(r.dice, k, 10), r.moment
from pg_temp.rows_of(4000) r, generate_series(1, 10) as k;

insert into tasks.step_dependencies (organization_id, id, decomposition_id, step_id, depends_on_step_id, created_at)
select r.organization_id, pg_temp.id('step_dependency', r.organization, (r.n - 1) * 10 + k, r.amount * 10), pg_temp.id('decomposition', r.organization, r.n, r.amount),
       pg_temp.id('step', r.organization, (r.n - 1) * 10 + k, r.amount * 10), pg_temp.id('step', r.organization, (r.n - 1) * 10 + k - 1, r.amount * 10), r.moment
from pg_temp.rows_of(4000) r, generate_series(2, 10) as k;

insert into tasks.workers (id, host, process_id, started_at, lease_expires_at)
select pg_temp.id('worker', 0, n, 16), 'synthetic-' || n, n, pg_temp.moment(n, 16), pg_temp.until() + interval '1 day' from generate_series(1, 16) as n
on conflict do nothing;

-- Of 100 tasks the oldest 97 have ended. Of those that are open the last three in each ten wait for the one before them; these are the
-- blocked ones. Ten tasks are a parent and its nine parts.
-- slices: 40
insert into tasks.tasks (organization_id, id, title, task_type, status, executor, priority, definition_id, project_id, decomposed_step_id, workflow_id, workflow_execution_id, parent_id, depth,
                         assignee_id, created_by, idempotency_key, concurrency_key, input, run_at, due_at, attempts_max, attempts, started_at, finished_at, progress_percentage, worker_id, worker_epoch, awaited_event, wait_expires_at,
                         cancel_requested_at, error_class, error_message, created_at)
select r.organization_id, pg_temp.id('task', r.organization, r.n, r.amount), 'Task ' || r.n, (array['testing', 'deployment', 'bug_fix', 'code_analysis', 'documentation'])[1 + pg_temp.roll(r.dice, 1, 5)], r.status::tasks.task_status,
       'command', (enum_range(null::base.priority))[1 + pg_temp.roll(r.dice, 2, 5)], pg_temp.id('task_definition', r.organization, 1 + pg_temp.roll(r.dice, 3, 20), 20),
       pg_temp.id('project', r.organization, 1 + r.n / 10 % p.amount, p.amount), case when r.n % 2 = 0 then pg_temp.id('step', r.organization, 1 + r.n / 2 % s.amount, s.amount) end,
       case when r.n % 20 = 0 then pg_temp.id('task_workflow', r.organization, 1 + pg_temp.roll(r.dice, 4, 20), 20) end, case when r.n % 3 = 0 then pg_temp.id('workflow_execution', r.organization, 1 + r.n / 3 % w.amount, w.amount) end,
       case when r.n % 10 > 0 and r.n > 10 then pg_temp.id('task', r.organization, r.n - r.n % 10, r.amount) end, case when r.n % 10 > 0 and r.n > 10 then 1 else 0 end,
       case when r.n % 4 = 0 then pg_temp.id('user', r.organization, 1 + pg_temp.roll(r.dice, 5, u.amount), u.amount) end, pg_temp.id('user', r.organization, 1, u.amount), case when r.n % 2 = 1 then 'synthetic-' || r.n end,
       case when r.n % 5 = 0 then 'limit-' || pg_temp.roll(r.dice, 6, 10) end, jsonb_build_object('number', r.n), r.moment, case when r.n % 7 = 0 then r.moment + interval '3 days' end, 3,
       case when r.is_started then case r.status when 'dead' then 3 else 1 end else 0 end, case when r.is_started then r.moment + interval '1 second' end,
       case when r.status in ('succeeded', 'failed', 'cancelled', 'dead') then r.moment + (2 + pg_temp.roll(r.dice, 8, 600)) * interval '1 second' end, case r.status when 'succeeded' then 100 when 'running' then 40 else 0 end,
       case r.status when 'running' then pg_temp.id('worker', 0, 1 + pg_temp.roll(r.dice, 9, 16), 16) end, case r.status when 'running' then 1 end,
       case r.status when 'waiting' then 'event-' || r.n end, case r.status when 'waiting' then pg_temp.until() + (pg_temp.roll(r.dice, 10, 1000) - 20) * interval '1 minute' end,
       case r.status when 'cancelled' then r.moment end, case when r.status in ('failed', 'dead') then 'timeout' end, case when r.status in ('failed', 'dead') then 'no answer in time' end, r.moment
from (select *, status in ('succeeded', 'failed', 'dead', 'running') as is_started
      from (select *, case when n < pg_temp.amount(970000, weight) / 10 * 10 then (array['failed', 'failed', 'failed', 'failed', 'cancelled', 'cancelled', 'dead'])[1 + pg_temp.roll(dice, 7, 100)]
                           when n % 10 >= 7 then 'blocked'
                           else (array['queued', 'queued', 'queued', 'queued', 'running', 'running', 'scheduled', 'scheduled', 'waiting', 'draft'])[1 + pg_temp.roll(dice, 7, 10)] end as chosen
            from pg_temp.rows_of(1000000)) c,
           lateral (select coalesce(chosen, 'succeeded') as status) s) r,
     lateral (select pg_temp.amount(2000, r.weight) as amount) p, lateral (select pg_temp.amount(4000, r.weight) * 10 as amount) s, lateral (select pg_temp.amount(5000, r.weight) as amount) u,
     lateral (select pg_temp.amount(20000, r.weight) as amount) w;

-- Each task has up to three that come after it, always later ones: no circle. What an ended task asked for is satisfied.
-- `offset 0`: worked out once, and not at each of the seven places that mention it.
-- slices: 40
insert into tasks.task_dependencies (organization_id, id, source_task_id, target_task_id, kind, condition, is_hard, satisfied_at, created_at)
select r.organization_id, pg_temp.id('dependency', r.organization, (r.n - 1) * 3 + g.place, r.amount * 3),
       pg_temp.id('task', r.organization, case k.kind when 'depends_on' then r.n + g.gap else r.n end, r.amount), pg_temp.id('task', r.organization, case k.kind when 'depends_on' then r.n else r.n + g.gap end, r.amount),
       k.kind::tasks.dependency_kind, 'ended', k.kind <> 'related_to', case when k.kind <> 'related_to' and r.n < e.ended then pg_temp.moment(r.n + g.gap, r.amount) end, r.moment
from pg_temp.rows_of(1000000) r,
     lateral (select pg_temp.amount(970000, r.weight) / 10 * 10 as ended offset 0) e,
     (values (1, 1, 'blocks'), (2, 7, 'depends_on'), (3, 23, 'triggers')) as g (place, gap, kind),
     lateral (select case when r.n + g.gap >= e.ended and (g.place <> 1 or (r.n + g.gap) % 10 < 7) then 'related_to' else g.kind end as kind offset 0) k
where r.n + g.gap <= r.amount;

-- What every second of the tasks that have run took: the times of its row above, which looking up would be slow for; see decision 0013.
-- slices: 20
insert into tasks.task_resource_usage (organization_id, id, task_id, attempt, started_at, finished_at, cpu_seconds, memory_peak_bytes, exit_code)
select r.organization_id, pg_temp.id('resource_usage', r.organization, r.n, r.amount), pg_temp.id('task', r.organization, r.n, r.amount), 1, r.moment + interval '1 second',
       r.moment + (2 + pg_temp.roll(r.dice, 8, 600)) * interval '1 second', 1 + pg_temp.roll(r.dice, 8, 600) / 2, 100000000 + pg_temp.roll(r.dice, 11, 1000000000), 0
from pg_temp.rows_of(1000000) r
where r.n % 2 = 0 and r.n < pg_temp.amount(970000, r.weight) / 10 * 10 and pg_temp.roll(r.dice, 7, 100) not in (4, 5);

-- Ten lines each of every tenth task.
-- slices: 20
insert into tasks.task_execution_logs (organization_id, id, task_id, attempt, line_number, logged_at, level, message)
select r.organization_id, pg_temp.id('log_line', r.organization, r.n, r.amount), pg_temp.id('task', r.organization, t.n, a.amount), 1, 1 + (r.n - 1) % 10, pg_temp.moment(t.n, a.amount) + r.n % 10 * interval '1 second',
       case when r.n % 50 = 0 then 'warning' else 'info' end::tasks.log_level, 'line ' || r.n || ' ' || md5(r.dice::text)
from pg_temp.rows_of(1000000) r, lateral (select pg_temp.amount(1000000, r.weight) as amount) a, lateral (select least(a.amount, (r.n - 1) / 10 * 10 + 1) as n) t;

insert into tasks.task_limits (organization_id, id, concurrency_key, running_max, starts_max, starts_window_seconds, created_at)
select o.organization_id, pg_temp.id('limit', o.organization, n, 10), 'limit-' || n - 1, 5, 100, 60, pg_temp.moment(1, 10) from generated_organizations o, generate_series(1, 10) as n;
