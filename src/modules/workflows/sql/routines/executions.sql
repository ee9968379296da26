-- The life of a run. Each routine locks the run, refuses what its state does not allow, changes it and notes why, all in one
-- transaction; so two callers come one after the other, and the second one sees what the first one did.

-- The same idempotency key gives the run that it started, changed or not.
create or replace function workflows.start_execution(
    project uuid, repository uuid, name text, template uuid default null, base_branch text default 'main', parameters jsonb default '{}',
    priority base.priority default 'normal', cost_usd_max numeric default null, idempotency_key text default null, created_by uuid default null)
    returns uuid
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    version constant uuid := workflows.newest_template_version(organization, template);
    execution uuid;
    stage text;
begin
    insert into workflows.workflow_executions (organization_id, template_version_id, project_id, repository_id, name, priority, base_branch,
                                               parameters, cost_usd_max, idempotency_key, created_by)
    values (organization, version, project, repository, name, priority, base_branch, parameters, cost_usd_max, idempotency_key, created_by)
    on conflict do nothing
    returning id into execution;
    if execution is null then
        select e.id into strict execution from workflows.workflow_executions e
        where e.organization_id = organization and e.idempotency_key = start_execution.idempotency_key;
        return execution;
    end if;
    stage := workflows.open_stage(organization, execution, version, 0, 1);
    perform workflows.note_transition(organization, execution, 'started', 'running', stage, '');
    return execution;
end
$$;
comment on function workflows.start_execution(uuid, uuid, text, uuid, text, jsonb, base.priority, numeric, text, uuid) is
    'Starts a run of a template, null for the default one, in its newest version; returns its id.';

-- What becomes known while it runs. What is null stays as it is.
create or replace function workflows.change_execution(
    execution uuid, name text default null, priority base.priority default null, requirement uuid default null,
    dev_branch text default null, cost_usd_max numeric default null)
    returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    found_status constant workflows.execution_status := workflows.lock_execution(organization, execution);
begin
    if found_status in ('completed', 'cancelled') then
        perform workflows.refuse_execution('GS906', execution, found_status, 'Start another one.');
    end if;
    update workflows.workflow_executions e
    set name = coalesce(change_execution.name, e.name),
        priority = coalesce(change_execution.priority, e.priority),
        requirement_id = coalesce(requirement, e.requirement_id),
        dev_branch = coalesce(change_execution.dev_branch, e.dev_branch),
        cost_usd_max = coalesce(change_execution.cost_usd_max, e.cost_usd_max),
        updated_at = now()
    where e.organization_id = organization and e.id = execution;
end
$$;
comment on function workflows.change_execution(uuid, text, base.priority, uuid, text, numeric) is 'Changes what is given of a run that is not over.';

-- Does what was asked for once; asked again when it is done, it refuses.
create or replace function workflows.begin_stage(execution uuid, stage text) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    current_stage record;
begin
    perform workflows.require_running(organization, execution);
    select * into current_stage from workflows.require_current_stage(organization, execution, stage);
    if current_stage.status <> 'pending' then
        raise exception using errcode = 'GS908',
            message = format('stage %s of run %s has begun already', stage, execution), hint = 'Go on with it.';
    end if;
    perform workflows.refuse_unmet_validations(current_stage.id, 'entry');
    update workflows.workflow_stage_executions s
    set status = 'running', started_at = now(), deadline_at = now() + current_stage.timeout, updated_at = now()
    where s.organization_id = organization and s.id = current_stage.id;
    perform workflows.note_transition(organization, execution, 'stage_begun', 'running', stage, '');
end
$$;
comment on function workflows.begin_stage(uuid, text) is 'Begins a stage whose entry validations have passed. One without any has begun when the run comes to it.';

create or replace function workflows.advance_stage(execution uuid, stage text, output jsonb default '{}') returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    current_stage record;
    next_stage text;
begin
    perform workflows.require_running(organization, execution);
    select * into current_stage from workflows.require_current_stage(organization, execution, stage);
    if current_stage.is_last then
        raise exception using errcode = 'GS911',
            message = format('stage %s is the last one of run %s', stage, execution), hint = 'Complete the run.';
    end if;
    perform workflows.complete_stage(organization, execution, stage, output);
    next_stage := workflows.open_stage(organization, execution, current_stage.template_version_id, current_stage.position, 1);
    perform workflows.note_transition(organization, execution, 'stage_completed', 'running', stage, format('It goes on with %s.', next_stage));
    return next_stage;
end
$$;
comment on function workflows.advance_stage(uuid, text, jsonb) is
    'Completes the stage that a run is in, once its exit validations have passed, and goes on to the next one, whose key it returns.';

create or replace function workflows.complete_execution(execution uuid, output jsonb default '{}') returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    current_stage record;
begin
    perform workflows.require_running(organization, execution);
    select * into current_stage from workflows.require_current_stage(organization, execution, null);
    if not current_stage.is_last then
        raise exception using errcode = 'GS912',
            message = format('run %s is in stage %s, which is not its last one', execution, current_stage.stage_key),
            hint = 'Advance through the stages that are left.';
    end if;
    perform workflows.complete_stage(organization, execution, current_stage.stage_key, output);
    update workflows.workflow_executions e set status = 'completed', finished_at = now(), updated_at = now()
    where e.organization_id = organization and e.id = execution;
    perform workflows.note_transition(organization, execution, 'completed', 'completed', current_stage.stage_key, '');
end
$$;
comment on function workflows.complete_execution(uuid, jsonb) is 'Completes a run from its last stage, once the exit validations of that have passed.';

-- Rows of steps, operations and validations remain, so that the next attempt begins where this one ended.
create or replace function workflows.fail_stage(
    execution uuid, stage text, error_message text, status workflows.stage_status default 'failed')
    returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    current_stage record;
begin
    perform workflows.require_running(organization, execution);
    select * into current_stage from workflows.require_current_stage(organization, execution, stage);
    if current_stage.status = 'pending' then
        perform workflows.refuse_stage_not_begun(execution, stage);
    end if;
    if fail_stage.status = 'timed_out' and now() < current_stage.deadline_at then
        raise exception using errcode = 'GS918',
            message = format('stage %s of run %s has time until %s', stage, execution, current_stage.deadline_at), hint = 'Say failed, or wait.';
    end if;
    update workflows.workflow_stage_executions s
    set status = case when fail_stage.status = 'timed_out' then fail_stage.status else 'failed' end,
        error_message = fail_stage.error_message, finished_at = now(), updated_at = now()
    where s.organization_id = organization and s.id = current_stage.id;
    perform workflows.stop_waiting(organization, execution);
    update workflows.workflow_executions e set status = 'failed', status_reason = fail_stage.error_message, finished_at = now(), updated_at = now()
    where e.organization_id = organization and e.id = execution;
    perform workflows.note_transition(organization, execution, 'stage_failed', 'failed', stage, error_message);
end
$$;
comment on function workflows.fail_stage(uuid, text, text, workflows.stage_status) is
    'Ends the stage that a run is in, and with it the run, as failed or timed_out; workflows.retry_stage takes it up again.';

create or replace function workflows.retry_stage(execution uuid, reason text, beyond_limit boolean default false) returns integer
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    found_status constant workflows.execution_status := workflows.lock_execution(organization, execution);
    last_stage record;
    stage text;
begin
    if found_status <> 'failed' then
        perform workflows.refuse_execution('GS905', execution, found_status, 'Let it go on, or cancel it.');
    end if;
    select s.*, t.stage_key, t.attempts_max into strict last_stage
    from workflows.workflow_stage_executions s
    join workflows.template_stages t on t.organization_id = s.organization_id and t.template_version_id = s.template_version_id and t.position = s.position
    where s.organization_id = organization and s.execution_id = execution
    order by s.position desc, s.attempt desc limit 1;
    if last_stage.attempt >= last_stage.attempts_max and not beyond_limit then
        raise exception using errcode = 'GS913',
            message = format('stage %s of run %s was tried %s times', last_stage.stage_key, execution, last_stage.attempt),
            hint = 'A person may try it beyond the limit.';
    end if;
    update workflows.workflow_executions e set status = 'running', status_reason = null, finished_at = null, updated_at = now()
    where e.organization_id = organization and e.id = execution;
    stage := workflows.open_stage(organization, execution, last_stage.template_version_id, last_stage.position - 1, last_stage.attempt + 1);
    perform workflows.note_transition(organization, execution, 'stage_retried', 'running', stage, reason);
    return last_stage.attempt + 1;
end
$$;
comment on function workflows.retry_stage(uuid, text, boolean) is
    'Tries the stage that a run failed in again; returns which attempt it is. Steps that have committed are not run again.';

create or replace function workflows.pause_execution(execution uuid, reason text) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    perform workflows.require_running(organization, execution);
    update workflows.workflow_executions e set status = 'paused', status_reason = reason, paused_at = now(), updated_at = now()
    where e.organization_id = organization and e.id = execution;
    perform workflows.note_transition(organization, execution, 'paused', 'paused', null, reason);
end
$$;
comment on function workflows.pause_execution(uuid, text) is 'Lets a run begin no further step until it is resumed.';

-- Time stands still for a paused run: its deadlines move by the time it was paused for. They are computed here and not in the UPDATE,
-- because adding to a timestamptz column is not immutable, and Citus refuses that.
create or replace function workflows.resume_execution(execution uuid, reason text default '') returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    found_status constant workflows.execution_status := workflows.lock_execution(organization, execution);
    paused_for interval;
    due record;
begin
    if found_status <> 'paused' then
        perform workflows.refuse_execution('GS904', execution, found_status, 'Look at its status; a failed one is retried.');
    end if;
    select now() - e.paused_at into paused_for from workflows.workflow_executions e where e.organization_id = organization and e.id = execution;
    update workflows.workflow_executions e set status = 'running', status_reason = null, paused_at = null, updated_at = now()
    where e.organization_id = organization and e.id = execution;
    for due in
        select s.id, s.deadline_at + paused_for as deadline_at from workflows.workflow_stage_executions s
        where s.organization_id = organization and s.execution_id = execution and s.finished_at is null
    loop
        update workflows.workflow_stage_executions s set deadline_at = due.deadline_at, updated_at = now()
        where s.organization_id = organization and s.id = due.id;
    end loop;
    for due in
        select w.id, w.deadline_at + paused_for as deadline_at from workflows.workflow_events_awaited w
        where w.organization_id = organization and w.execution_id = execution and w.status = 'waiting' and w.kind <> 'time'
        order by w.id for update
    loop
        update workflows.workflow_events_awaited w set deadline_at = due.deadline_at, updated_at = now()
        where w.organization_id = organization and w.id = due.id;
    end loop;
    perform workflows.note_transition(organization, execution, 'resumed', 'running', null, reason);
end
$$;
comment on function workflows.resume_execution(uuid, text) is 'Lets a paused run go on, with as much time left as it had.';

-- What is under way outside ends by itself and is still recorded; nothing new begins.
create or replace function workflows.cancel_execution(execution uuid, reason text) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    found_status constant workflows.execution_status := workflows.lock_execution(organization, execution);
begin
    if found_status in ('completed', 'cancelled') then
        perform workflows.refuse_execution('GS906', execution, found_status, 'Start another one.');
    end if;
    update workflows.workflow_executions e
    set status = 'cancelled', status_reason = reason, paused_at = null, finished_at = now(), updated_at = now()
    where e.organization_id = organization and e.id = execution;
    update workflows.workflow_stage_executions s set status = 'cancelled', finished_at = now(), updated_at = now()
    where s.organization_id = organization and s.execution_id = execution and s.finished_at is null;
    perform workflows.stop_waiting(organization, execution);
    update workflows.codegen_operations o set status = 'cancelled', next_attempt_at = null, finished_at = now(), updated_at = now()
    where o.organization_id = organization and o.execution_id = execution and o.status = 'pending';
    update workflows.linear_operations o set status = 'cancelled', next_attempt_at = null, finished_at = now(), updated_at = now()
    where o.organization_id = organization and o.execution_id = execution and o.status = 'pending';
    update workflows.github_operations o set status = 'cancelled', next_attempt_at = null, finished_at = now(), updated_at = now()
    where o.organization_id = organization and o.execution_id = execution and o.status = 'pending';
    update workflows.merge_queue_entries m set status = 'cancelled', status_reason = reason, finished_at = now(), updated_at = now()
    where m.organization_id = organization and m.execution_id = execution and m.finished_at is null;
    perform workflows.note_transition(organization, execution, 'cancelled', 'cancelled', null, reason);
end
$$;
comment on function workflows.cancel_execution(uuid, text) is 'Ends a run that is not over, also a failed one, and everything of it that waits.';

revoke execute on function
    workflows.start_execution(uuid, uuid, text, uuid, text, jsonb, base.priority, numeric, text, uuid),
    workflows.change_execution(uuid, text, base.priority, uuid, text, numeric), workflows.begin_stage(uuid, text),
    workflows.advance_stage(uuid, text, jsonb), workflows.complete_execution(uuid, jsonb),
    workflows.fail_stage(uuid, text, text, workflows.stage_status), workflows.retry_stage(uuid, text, boolean),
    workflows.pause_execution(uuid, text), workflows.resume_execution(uuid, text), workflows.cancel_execution(uuid, text)
from public;
grant execute on function
    workflows.start_execution(uuid, uuid, text, uuid, text, jsonb, base.priority, numeric, text, uuid),
    workflows.change_execution(uuid, text, base.priority, uuid, text, numeric), workflows.begin_stage(uuid, text),
    workflows.advance_stage(uuid, text, jsonb), workflows.complete_execution(uuid, jsonb),
    workflows.fail_stage(uuid, text, text, workflows.stage_status), workflows.retry_stage(uuid, text, boolean),
    workflows.pause_execution(uuid, text), workflows.resume_execution(uuid, text), workflows.cancel_execution(uuid, text)
to workflows_user;
