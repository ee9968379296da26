-- Each signal of workflows is well in a database that is well, and not when its fault is planted; each organization sees its own.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir ../../../migrate/sql/tests/signals.psql
select plan(26);
set local client_min_messages = warning;

create function pg_temp.executions(status text, columns text default '', amounts text default '', executions integer default 25) returns text language plpgsql as $$
begin
    return format('insert into workflows.workflow_executions (organization_id, template_version_id, project_id, repository_id, name, status%s)
                   select ''a0000000-0000-7000-8000-000000000001'', ''e0000000-0000-7000-8000-000000000001'', base.uuid_v7(), base.uuid_v7(), ''W'', %L%s from generate_series(1, %s) n', columns, status, amounts, executions);
end $$;
create function pg_temp.operations(status text, outcome text, columns text default '', amounts text default '') returns text language plpgsql as $$
begin
    return format('insert into workflows.codegen_operations (organization_id, execution_id, provider, operation_type, idempotency_key, status, outcome, attempts, started_at, finished_at%s)
                   select o.organization_id, o.id, ''codegen'', ''agent_run.create'', ''k'' || n, %L, %L, 1, now(), now()%s from generate_series(1, 25) n, (select organization_id, id from workflows.workflow_executions limit 1) o', columns, status, outcome, amounts);
end $$;
create function pg_temp.merges(status text, age interval, columns text default '', amounts text default '') returns text language plpgsql as $$
begin
    return format('insert into workflows.merge_queue_entries (organization_id, execution_id, repository_id, source_branch, target_branch, head_commit, status, updated_at%s)
                   values (''a0000000-0000-7000-8000-000000000001'', base.uuid_v7(), base.uuid_v7(), ''a'', ''b'', repeat(''a'', 40), %L, now() - interval %L%s)', columns, status, age, amounts);
end $$;
create temporary table faults (source text, signal text, fault text, outcome text);
insert into faults values
    ('health', 'stalled_executions', pg_temp.executions('running', '', '', 1) || '; insert into workflows.template_stages (organization_id, template_version_id, position, stage_key, name, timeout, stall_after)
        values (''a0000000-0000-7000-8000-000000000001'', ''e0000000-0000-7000-8000-000000000001'', 1, ''plan'', ''Plan'', ''1 hour'', ''1 hour'');
        insert into workflows.workflow_stage_executions (organization_id, execution_id, template_version_id, position, status, started_at, deadline_at)
        select organization_id, id, template_version_id, 1, ''running'', now() - interval ''2 hours'', now() - interval ''1 hour'' from workflows.workflow_executions', 'warning'),
    ('health', 'stalled_executions', pg_temp.executions('running', '', '', 1) || '; insert into workflows.template_stages (organization_id, template_version_id, position, stage_key, name, timeout, stall_after)
        values (''a0000000-0000-7000-8000-000000000001'', ''e0000000-0000-7000-8000-000000000001'', 1, ''plan'', ''Plan'', ''1 hour'', ''1 hour'');
        insert into workflows.workflow_stage_executions (organization_id, execution_id, template_version_id, position, status, started_at, deadline_at)
        select organization_id, id, template_version_id, 1, ''running'', now(), now() + interval ''1 hour'' from workflows.workflow_executions', 'healthy'),
    ('health', 'executions_without_a_stage', pg_temp.executions('running', ', started_at, updated_at', ', now() - interval ''1 hour'', now() - interval ''1 hour'''), 'critical'),
    ('health', 'executions_without_a_stage', pg_temp.executions('running'), 'healthy'),
    ('health', 'merges_needing_a_person', pg_temp.merges('needs_person', '1 minute', ', status_reason', ', ''conflict'''), 'warning'),
    ('health', 'merges_waiting', pg_temp.merges('queued', '2 hours'), 'warning'),
    ('health', 'merges_waiting', pg_temp.merges('queued', '2 minutes'), 'healthy'),
    ('health', 'execution_failure_rate', pg_temp.executions('failed', ', status_reason, finished_at', ', ''it broke'', now()'), 'critical'),
    ('health', 'execution_failure_rate', pg_temp.executions('completed', ', finished_at', ', now()'), 'healthy'),
    ('health', 'operation_failure_rate', pg_temp.executions('running') || ';' || pg_temp.operations('failed', 'error', ', error_message', ', ''x'''), 'critical'),
    ('health', 'operation_failure_rate', pg_temp.executions('running') || ';' || pg_temp.operations('succeeded', 'done'), 'healthy'),
    ('quality', 'succeeded_without_response', pg_temp.executions('running') || ';' || pg_temp.operations('succeeded', 'done'), 'critical'),
    ('quality', 'succeeded_without_response', pg_temp.executions('running') || ';' || pg_temp.operations('succeeded', 'done', ', response', ', ''{}'''), 'healthy'),
    ('quality', 'succeeded_without_latency', pg_temp.executions('running') || ';' || pg_temp.operations('succeeded', 'done'), 'critical');
select ok(pg_temp.judged(format('workflows.%s_signals', source), signal) in ('healthy', 'absent'), format('%s is well', signal)) from (select distinct source, signal from faults) f;
select is(pg_temp.with_fault(format('workflows.%s_signals', source), signal, fault), outcome, format('%s: %s', signal, regexp_replace(left(fault, 160), '\s+', ' ', 'g'))) from faults;

do $$ begin set local session_replication_role = replica; execute pg_temp.executions('failed', ', status_reason, finished_at', ', ''it broke'', now()'); end $$;
select is(pg_temp.answer(role, organization, 'select status from base.system_health() where component = ''workflows'''), outcome, format('%s for %s: %s', role, organization, outcome))
from (values ('workflows_user'::name, 'a0000000-0000-7000-8000-000000000001'::uuid, 'critical'), ('workflows_user', 'b0000000-0000-7000-8000-000000000002', 'healthy'), ('workflows_user', null, 'unknown'), ('analytics_readonly', null, 'critical')) as v (role, organization, outcome);

select * from finish();
rollback;
