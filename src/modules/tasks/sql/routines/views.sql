-- Views that are an API. What belongs to a row is counted in a lateral sub-select of its own, so that no count multiplies another and
-- a page of rows costs a page of look-ups.

create or replace view tasks.active_tasks as
select t.organization_id, t.id, t.title, t.task_type, t.status, t.executor, t.priority, t.project_id, t.decomposed_step_id, t.workflow_id,
       t.workflow_execution_id, t.parent_id, t.depth, t.assignee_id, t.definition_id, f.name as definition_name, f.version as definition_version,
       t.attempts, t.attempts_max, t.progress_percentage, t.awaited_event, t.run_at, t.due_at, t.created_at, t.started_at,
       coalesce(t.due_at < now(), false) as is_overdue,
       t.cancel_requested_at is not null as is_being_cancelled,
       d.dependencies, d.open_dependencies, s.subtasks, s.open_subtasks
from tasks.tasks t
left join tasks.task_definitions f on f.organization_id = t.organization_id and f.id = t.definition_id
cross join lateral (
    select count(*) as dependencies, count(*) filter (where p.satisfied_at is null) as open_dependencies
    from tasks.task_dependencies p
    where p.organization_id = t.organization_id and p.successor_id = t.id
) d
cross join lateral (
    select count(*) as subtasks, count(*) filter (where c.finished_at is null) as open_subtasks
    from tasks.tasks c
    where c.organization_id = t.organization_id and c.parent_id = t.id
) s
where t.finished_at is null and t.status <> 'draft';
comment on view tasks.active_tasks is 'Tasks that are under way or waiting, with the number of tasks that each waits for and consists of.';
select base.tenant_view('tasks.active_tasks');

create or replace view tasks.task_dependency_graph as
select d.organization_id, d.id, d.kind, d.condition, d.is_hard, d.delay_seconds, d.satisfied_at,
       d.source_task_id, s.title as source_title, s.status as source_status,
       d.target_task_id, t.title as target_title, t.status as target_status,
       d.predecessor_id, d.successor_id,
       d.successor_id is not null and d.satisfied_at is null
           and case when d.successor_id = s.id then s.finished_at else t.finished_at end is null as holds_back
from tasks.task_dependencies d
join tasks.tasks s on s.organization_id = d.organization_id and s.id = d.source_task_id
join tasks.tasks t on t.organization_id = d.organization_id and t.id = d.target_task_id;
comment on view tasks.task_dependency_graph is 'Every dependency with both its tasks, and whether it holds one of them back.';
select base.tenant_view('tasks.task_dependency_graph');

-- What came to its end in the last seven days, which the index on finished_at finds.
create or replace view tasks.task_statistics as
select t.organization_id, t.task_type,
       count(*) as finished,
       count(*) filter (where t.finished_at >= now() - interval '24 hours') as finished_24_hours,
       count(*) filter (where t.status = 'succeeded') as succeeded,
       count(*) filter (where t.status in ('dead', 'failed')) as failed,
       count(*) filter (where t.status = 'cancelled') as cancelled,
       count(*) filter (where t.attempts > 1) as retried,
       round(avg(extract(epoch from t.finished_at - t.started_at)), 3) as average_seconds,
       round(percentile_cont(0.5) within group (order by extract(epoch from t.finished_at - t.started_at))::numeric, 3) as median_seconds,
       round(percentile_cont(0.95) within group (order by extract(epoch from t.finished_at - t.started_at))::numeric, 3) as p95_seconds
from tasks.tasks t
where t.finished_at >= now() - interval '7 days'
group by t.organization_id, t.task_type;
comment on view tasks.task_statistics is 'How many tasks of each type ended in the last seven days and how, and how long their last attempts took; null when none began.';
select base.tenant_view('tasks.task_statistics');

create or replace view tasks.task_definition_statistics as
select f.organization_id, f.id as definition_id, f.name, f.version, f.retired_at,
       u.tasks, u.finished, u.succeeded, u.failed, u.last_used_at,
       round(100.0 * u.succeeded / nullif(u.succeeded + u.failed, 0), 2) as success_percentage
from tasks.task_definitions f
cross join lateral (
    select count(*) as tasks,
           count(t.finished_at) as finished,
           count(*) filter (where t.status = 'succeeded') as succeeded,
           count(*) filter (where t.status in ('dead', 'failed')) as failed,
           max(t.created_at) as last_used_at
    from tasks.tasks t
    where t.organization_id = f.organization_id and t.definition_id = f.id
) u;
comment on view tasks.task_definition_statistics is 'Every version of a definition with how often it was used and how that ended; cancelled tasks count neither way in the percentage.';
select base.tenant_view('tasks.task_definition_statistics');

create or replace view tasks.workflow_statistics as
select w.organization_id, w.id as workflow_id, w.name, w.retired_at, n.nodes, e.edges,
       r.runs, r.active, r.succeeded, r.failed, r.last_started_at,
       round(100.0 * r.succeeded / nullif(r.succeeded + r.failed, 0), 2) as success_percentage
from tasks.workflows w
cross join lateral (
    select count(*) as nodes from tasks.workflow_nodes o where o.organization_id = w.organization_id and o.workflow_id = w.id
) n
cross join lateral (
    select count(*) as edges from tasks.workflow_edges o where o.organization_id = w.organization_id and o.workflow_id = w.id
) e
cross join lateral (
    select count(*) as runs,
           count(*) filter (where t.finished_at is null) as active,
           count(*) filter (where t.status = 'succeeded') as succeeded,
           count(*) filter (where t.status in ('dead', 'failed')) as failed,
           max(t.created_at) as last_started_at
    from tasks.tasks t
    where t.organization_id = w.organization_id and t.workflow_id = w.id and t.workflow_node_id is null
) r;
comment on view tasks.workflow_statistics is 'Every workflow with its size, its runs and how they ended.';
select base.tenant_view('tasks.workflow_statistics');

-- A step is as far as its tasks are; those that were cancelled do not count.
create or replace view tasks.step_execution_progress as
select s.organization_id, q.github_project_id, q.id as requirement_id, s.decomposition_id, c.status as decomposition_status,
       s.id as step_id, s.step_number, s.name, s.complexity_score, s.estimated_hours, s.issue_provider, s.issue_key, s.issue_url, s.pull_request_url,
       t.tasks, t.succeeded_tasks, t.failed_tasks, t.running_tasks,
       case when t.tasks = 0 then 'planned'
            when t.succeeded_tasks = t.tasks then 'completed'
            when t.failed_tasks > 0 then 'failed'
            when t.running_tasks > 0 or t.succeeded_tasks > 0 then 'running'
            else 'pending' end as state,
       coalesce(t.progress_percentage, 0) as progress_percentage,
       d.dependencies, t.started_at,
       case when t.succeeded_tasks = t.tasks then t.finished_at end as completed_at
from tasks.decomposed_steps s
join tasks.requirement_decompositions c on c.organization_id = s.organization_id and c.id = s.decomposition_id
join tasks.requirements q on q.organization_id = c.organization_id and q.id = c.requirement_id
cross join lateral (
    select count(*) as tasks,
           count(*) filter (where o.status = 'succeeded') as succeeded_tasks,
           count(*) filter (where o.status in ('dead', 'failed')) as failed_tasks,
           count(*) filter (where o.status in ('running', 'waiting')) as running_tasks,
           round(avg(o.progress_percentage), 2) as progress_percentage,
           min(o.started_at) as started_at,
           max(o.finished_at) as finished_at
    from tasks.tasks o
    where o.organization_id = s.organization_id and o.decomposed_step_id = s.id and o.status <> 'cancelled'
) t
cross join lateral (
    select count(*) as dependencies
    from tasks.step_dependencies o
    where o.organization_id = s.organization_id and o.decomposition_id = s.decomposition_id and o.step_id = s.id
) d;
comment on view tasks.step_execution_progress is
    'Every step with how far it is: planned (no task yet), pending, running, failed or completed. Progress is the mean of its tasks.';
select base.tenant_view('tasks.step_execution_progress');

-- The steps are those of the accepted decomposition of the last requirements that have one.
create or replace view tasks.dashboard_projects as
select g.organization_id, g.id, g.repository_id, g.project_id, g.pinned_at, g.pinned_by, g.pin_order, g.grid_column, g.grid_row,
       q.requirement_versions, q.requirements_version, q.requirements_saved_at,
       a.decomposition_id, a.quality_score, a.issue_key, a.issue_url,
       s.steps, s.completed_steps, s.failed_steps, s.running_steps, s.tasks, s.progress_percentage, s.estimated_hours
from tasks.github_projects g
cross join lateral (
    select count(*) as requirement_versions, max(o.version) as requirements_version, max(o.created_at) as requirements_saved_at
    from tasks.requirements o
    where o.organization_id = g.organization_id and o.github_project_id = g.id
) q
left join lateral (
    select c.id as decomposition_id, c.quality_score, c.issue_key, c.issue_url
    from tasks.requirements o
    join tasks.requirement_decompositions c on c.organization_id = o.organization_id and c.requirement_id = o.id and c.status = 'accepted'
    where o.organization_id = g.organization_id and o.github_project_id = g.id
    order by o.version desc
    limit 1
) a on true
cross join lateral (
    select count(*) as steps,
           count(*) filter (where p.state = 'completed') as completed_steps,
           count(*) filter (where p.state = 'failed') as failed_steps,
           count(*) filter (where p.state = 'running') as running_steps,
           coalesce(sum(p.tasks), 0)::bigint as tasks,
           round(avg(p.progress_percentage), 2) as progress_percentage,
           sum(p.estimated_hours) as estimated_hours
    from tasks.step_execution_progress p
    where p.organization_id = g.organization_id and p.decomposition_id = a.decomposition_id
) s;
comment on view tasks.dashboard_projects is
    'Every project of the dashboard with its place, its requirements and how far the steps of its accepted decomposition are. Progress is the mean of the steps; null without any.';
select base.tenant_view('tasks.dashboard_projects');
