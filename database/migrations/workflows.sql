-- Made of the modules' SQL by ./dev gen; not to be edited.
\ir ../sql/engine.sql
select pg_temp.gsdb_take_lock();
select pg_temp.gsdb_begin_module('workflows', array['workflows']::name[], 'workflows_owner', 12, '0.1.0');
insert into pg_temp.gsdb_routine values ('defaults', $gsdb_file$-- What every organization begins with. Each routine can be called again and changes nothing that is there.

create or replace function workflows.install_default_template(organization uuid) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform workflows.refuse_other_organization(organization);
    if exists (select from workflows.workflow_templates t where t.organization_id = organization and t.slug = 'github-project') then
        return;
    end if;
    perform workflows.add_template_version(organization, 'github-project', 'GitHub project', workflows.default_stages(),
                                           'From a requirement to a merged change, in eight stages.', 'The first version.', null, null);
    update workflows.workflow_templates t set is_default = true, updated_at = now()
    where t.organization_id = organization and t.slug = 'github-project'
      and not exists (select from workflows.workflow_templates o where o.organization_id = organization and o.is_default);
end
$$;
comment on function workflows.install_default_template(uuid) is 'Gives an organization the template of eight stages, as its default one unless it has one.';

create or replace function workflows.default_stages() returns jsonb
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return $json$[
        {"stage_key": "project_selection", "name": "Project selection", "timeout": "30 minutes",
         "description": "The project and its repository are chosen and indexed.",
         "exit_validations": ["repository_is_indexed"]},
        {"stage_key": "requirements_input", "name": "Requirements input", "timeout": "60 minutes",
         "description": "The requirements are written and saved as a version.",
         "exit_validations": ["requirements_are_saved"]},
        {"stage_key": "requirements_decomposition", "name": "Requirements decomposition", "timeout": "45 minutes",
         "description": "The requirements become steps with dependencies and acceptance criteria.",
         "required_integrations": ["agent"],
         "exit_validations": ["plan_has_no_cycle", "plan_covers_the_requirements"]},
        {"stage_key": "issue_creation", "name": "Issue creation", "timeout": "45 minutes",
         "description": "One main issue, and a sub-issue for each step.",
         "required_integrations": ["issues"],
         "exit_validations": ["every_step_has_an_issue"]},
        {"stage_key": "task_execution", "name": "Task execution", "timeout": "480 minutes",
         "description": "Agents carry out the steps, each on a branch of its own.",
         "required_integrations": ["agent", "code_host"],
         "exit_validations": ["every_step_has_a_change"]},
        {"stage_key": "pull_request_validation", "name": "Pull request validation", "timeout": "60 minutes",
         "description": "The changes are held against checks, quality gates and acceptance criteria.",
         "required_integrations": ["code_host"],
         "exit_validations": ["checks_pass", "quality_gates_pass", "acceptance_criteria_are_met"]},
        {"stage_key": "dev_branch_management", "name": "Dev branch management", "timeout": "120 minutes",
         "description": "The changes are rebased, validated again and merged into the dev branch.",
         "required_integrations": ["code_host"],
         "entry_validations": ["changes_are_approved"],
         "exit_validations": ["every_change_is_merged"]},
        {"stage_key": "completion", "name": "Completion", "timeout": "15 minutes",
         "description": "What is no longer needed is removed, and the outcome is reported.",
         "exit_validations": ["nothing_is_left_behind"]}
    ]$json$::jsonb;
end
$$;
comment on function workflows.default_stages() is 'The eight stages of the default template, as workflows.publish_template takes them.';

create or replace function workflows.install_default_quality_gates(organization uuid) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform workflows.refuse_other_organization(organization);
    insert into workflows.quality_gates (organization_id, metric, description, comparison, threshold, unit, is_blocking)
    select organization, d.metric, d.description, d.comparison, d.threshold, d.unit, false from workflows.default_quality_gates() d
    on conflict do nothing;
end
$$;
comment on function workflows.install_default_quality_gates(uuid) is 'Gives an organization the quality gates that it has none of its own for; they do not block.';

create or replace function workflows.default_quality_gates()
    returns table (metric text, comparison workflows.comparison, threshold numeric, unit text, description text)
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query values
        ('complexity',       'at_most'::workflows.comparison, 7.0, 'points', 'Mean cyclomatic complexity of the functions that the change adds or touches.'),
        ('documentation',    'at_least', 70.0, 'percent',  'Public functions and types that the change adds or touches and that are described.'),
        ('duplication',      'at_most',   5.0, 'percent',  'Lines that the change adds and that stand elsewhere, too.'),
        ('new_issues',       'at_most',   0.0, 'issues',   'Issues that the change brings.'),
        ('new_risks',        'at_most',   0.0, 'issues',   'Issues of the category risk that the change brings.'),
        ('recent_failures',  'at_most',   3.0, 'failures', 'Attempts at stages that failed in other runs on the repository in the last seven days.'),
        ('tested_functions', 'at_least', 80.0, 'percent',  'Functions that the change adds or touches and that a test reaches.');
end
$$;
comment on function workflows.default_quality_gates() is 'The quality gates that an organization begins with.';

-- Whoever creates an organization may do it without being in a transaction of one.
create or replace function workflows.refuse_other_organization(organization uuid) returns void
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    if organization <> base.current_organization_id() then
        raise exception using errcode = 'GS917',
            message = format('a transaction of organization %s cannot install anything in %s', base.current_organization_id(), organization),
            hint = 'Do it in a transaction of that organization.';
    end if;
end
$$;
comment on function workflows.refuse_other_organization(uuid) is 'Error GS917 when the transaction is another organization''s.';

revoke execute on function workflows.install_default_template(uuid), workflows.install_default_quality_gates(uuid) from public;
grant execute on function workflows.install_default_template(uuid), workflows.install_default_quality_gates(uuid) to workflows_user;
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('error_codes', $gsdb_file$-- The errors that the routines of workflows raise. The code is the API; the words may improve.

create or replace function workflows.error_codes()
    returns table (code text, name text, meaning text, remedy text)
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query values
        ('GS901', 'execution_unknown', 'The organization has no such run.', 'List the runs of the organization.'),
        ('GS902', 'template_unknown', 'The organization has no such template in use, or no default one.', 'Publish a template, or name one that is in use.'),
        ('GS903', 'execution_not_running', 'Only a running run can do that.', 'Resume it when it is paused, retry its stage when it has failed.'),
        ('GS904', 'execution_not_paused', 'Only a paused run can be resumed.', 'Look at its status; a failed one is retried.'),
        ('GS905', 'execution_not_failed', 'Only a failed run can try its stage again.', 'Let it go on, or cancel it.'),
        ('GS906', 'execution_is_over', 'A completed or cancelled run never changes.', 'Start another one.'),
        ('GS907', 'stage_not_current', 'The run is in another stage.', 'Ask which stage it is in; stages are left in order.'),
        ('GS908', 'stage_not_pending', 'The stage has begun already.', 'Go on with it.'),
        ('GS909', 'stage_not_begun', 'The stage waits for its entry validations.', 'Begin it first.'),
        ('GS910', 'validations_not_passed', 'Validations that the stage needs have not passed.', 'Mend what they found and validate again, or have a person skip them with a reason.'),
        ('GS911', 'no_stage_left', 'There is no stage after the last one.', 'Complete the run.'),
        ('GS912', 'stages_left', 'A run is completed from its last stage only.', 'Advance through the stages that are left.'),
        ('GS913', 'attempts_exhausted', 'The stage has been tried as often as its template allows.', 'A person may try it beyond the limit.'),
        ('GS914', 'step_input_differs', 'The step has committed with another input, so the program has changed under the run.', 'Go on with the program that began the run, or start another run.'),
        ('GS915', 'merge_unknown', 'The organization has no such change in a merge queue.', 'List the merge queue.'),
        ('GS916', 'merge_move_refused', 'A change in a merge queue cannot go there from where it is.', 'Ask where it is; sql/routines/merge_queue.sql lists the ways.'),
        ('GS917', 'organization_mismatch', 'A transaction of one organization tried to install something in another.', 'Do it in a transaction of that organization.'),
        ('GS918', 'deadline_not_reached', 'A stage times out at its deadline and not before.', 'Say failed, or wait.');
end
$$;
comment on function workflows.error_codes() is 'The errors of schema workflows: SQLSTATE, name, meaning, remedy.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('executions', $gsdb_file$-- The life of a run. Each routine locks the run, refuses what its state does not allow, changes it and notes why, all in one
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
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('health', $gsdb_file$-- What the health functions say of workflows, with the rights of the caller. Counting stops at 1,000 rows: more is as bad.
--
-- Policies make the planner expect a hundredth of the rows that come (docs/decisions/0013), so what reads an organization at a time is told to
-- follow the indexes.

create or replace function workflows.health_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    if base.reading_scope('workflows.workflow_executions') = 'none' then
        return next base.unread_signal('workflows', 'workflows.workflow_executions');
        return;
    end if;
    return query
    with counted (signal, found, example, warning_at, critical_at, remedy) as (
        select 'stalled_executions', count(*), min(s.execution_id::text), 1, 10, 'select * from stalled_executions says why; retry the stage, or cancel the execution.'
        from (select x.execution_id from workflows.stalled_executions x limit 1000) s
        union all
        select 'executions_without_a_stage', count(*), min(s.id::text), 1, 10, 'Let the server run, which takes them on to their next stage.'
        from (select e.id from workflows.workflow_executions e
              where e.finished_at is null and e.status = 'running' and e.updated_at < now() - interval '10 minutes'
                and not exists (select from workflows.workflow_stage_executions s where s.organization_id = e.organization_id and s.execution_id = e.id and s.finished_at is null)
              limit 1000) s
        union all
        select 'merges_needing_a_person', count(*), min(s.id::text), 1, 100, 'Resolve the conflict on the source branch, or reject the change.'
        from (select m.id from workflows.merge_queue_entries m where m.finished_at is null and m.status = 'needs_person' limit 1000) s
        union all
        select 'merges_waiting', count(*), min(s.id::text), 1, 100, 'Look what holds the branch: an entry that is rebasing, validating or merging for over an hour.'
        from (select m.id from workflows.merge_queue_entries m
              where m.finished_at is null and m.status in ('queued', 'rebasing', 'validating', 'merging') and m.updated_at < now() - interval '1 hour' limit 1000) s
    )
    select 'workflows', c.signal, c.found::numeric, 'rows', c.warning_at::numeric, c.critical_at::numeric, c.remedy, jsonb_strip_nulls(jsonb_build_object('example', c.example))
    from counted c;
    return query select * from workflows.outcome_signals(interval '24 hours');
end
$$;
comment on function workflows.health_signals() is 'Signals of runs and merges that do not go on, and of how calls to the outside and runs end.';

-- Few say nothing of a rate: it is judged from 20 on.
create or replace function workflows.outcome_signals(span interval) returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    return query
    with organizations as materialized (
        select o.id from base.organizations_in('workflows.workflow_executions') as o (id)
    ), ended (signal, has_failed) as (
        select 'operation_failure_rate', c.status = 'failed'
        from organizations o
        cross join lateral (
            (select x.status from workflows.codegen_operations x where x.organization_id = o.id and x.created_at >= now() - span order by x.created_at desc limit 2000)
            union all
            (select x.status from workflows.linear_operations x where x.organization_id = o.id and x.created_at >= now() - span order by x.created_at desc limit 2000)
            union all
            (select x.status from workflows.github_operations x where x.organization_id = o.id and x.created_at >= now() - span order by x.created_at desc limit 2000)
        ) c
        where c.status in ('succeeded', 'failed')
        union all
        select 'execution_failure_rate', e.status = 'failed'
        from organizations o
        cross join lateral (select x.status, x.finished_at from workflows.workflow_executions x where x.organization_id = o.id order by x.id desc limit 1000) e
        where e.status in ('completed', 'failed') and e.finished_at >= now() - span
    )
    select 'workflows', w.signal, round(coalesce(100.0 * count(*) filter (where e.has_failed) / nullif(count(e.signal), 0), 0), 2), '%',
           case when count(e.signal) >= 20 then 10::numeric end, case when count(e.signal) >= 20 then 50::numeric end,
           'Look at error_message of the calls, status_reason of the runs.',
           jsonb_build_object('ended', count(e.signal), 'failed', count(*) filter (where e.has_failed), 'seconds', extract(epoch from span))
    from (values ('operation_failure_rate'), ('execution_failure_rate')) as w (signal)
    left join ended e on e.signal = w.signal
    group by w.signal;
end
$$;
comment on function workflows.outcome_signals(interval) is 'The shares of the calls to the outside and of the runs within a span of time that failed.';

create or replace function workflows.quality_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    if base.reading_scope('workflows.codegen_operations') = 'none' then
        return next base.unread_signal('workflows.codegen_operations', 'workflows.codegen_operations');
        return;
    end if;
    return query
    with recent as materialized (
        select c.*
        from base.organizations_in('workflows.codegen_operations') o
        cross join lateral (
            select x.status, x.response, x.latency_ms, x.prompt_execution_id from workflows.codegen_operations x
            where x.organization_id = o and x.created_at >= now() - interval '7 days' order by x.created_at desc limit 1000
        ) c
        where c.status = 'succeeded'
    ), counted (signal, missing, among, warning_at, critical_at, remedy) as (
        select 'succeeded_without_response', count(*) filter (where r.response is null), count(*), 5, 50, 'Let the provider''s adapter record what was answered.' from recent r
        union all
        select 'succeeded_without_latency', count(*) filter (where r.latency_ms is null), count(*), 5, 50, 'Let the provider''s adapter record how long it took.' from recent r
    )
    select 'workflows.codegen_operations', c.signal, round(coalesce(100.0 * c.missing / nullif(c.among, 0), 0), 2), '%',
           case when c.among >= 20 then c.warning_at::numeric end, case when c.among >= 20 then c.critical_at::numeric end, c.remedy,
           jsonb_build_object('rows', c.missing, 'of', c.among, 'window', '7 days, newest 1000 of each organization')
    from counted c;
end
$$;
comment on function workflows.quality_signals() is 'How complete the records of calls to agents are, of those of the last seven days.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('merge_queue', $gsdb_file$-- The merge queue. A change goes
--     queued -> rebasing -> validating -> merging -> merged,
-- from each of the middle three back to queued when the target branch has moved or the worker has died, to conflicted when it does not
-- apply, from validating to rejected when it does not pass, and from everywhere that is not the end to cancelled.

create or replace function workflows.enqueue_merge(
    execution uuid, repository uuid, source_branch text, target_branch text, head_commit text, priority base.priority default 'normal', task uuid default null)
    returns uuid
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    entry uuid;
begin
    perform workflows.require_running(organization, execution);
    insert into workflows.merge_queue_entries (organization_id, execution_id, repository_id, task_id, source_branch, target_branch, head_commit, priority)
    values (organization, execution, repository, task, source_branch, target_branch, head_commit, priority)
    on conflict do nothing
    returning id into entry;
    if entry is null then
        select m.id into strict entry from workflows.merge_queue_entries m
        where m.organization_id = organization and m.repository_id = repository and m.finished_at is null
          and m.source_branch = enqueue_merge.source_branch and m.target_branch = enqueue_merge.target_branch;
    end if;
    return entry;
end
$$;
comment on function workflows.enqueue_merge(uuid, uuid, text, text, text, base.priority, uuid) is
    'Puts a change into the merge queue of a branch; returns its id, also when it is there already.';

-- Null when the queue is empty or another change is under way. Two workers that ask at once: the index lets one have it.
create or replace function workflows.claim_next_merge(repository uuid, target_branch text) returns uuid
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    entry uuid;
begin
    if exists (select from workflows.merge_queue_entries m
               where m.organization_id = organization and m.repository_id = repository and m.target_branch = claim_next_merge.target_branch
                 and m.status in ('rebasing', 'validating', 'merging')) then
        return null;
    end if;
    select m.id into entry from workflows.merge_queue_entries m
    where m.organization_id = organization and m.repository_id = repository and m.target_branch = claim_next_merge.target_branch and m.status = 'queued'
    order by m.priority desc, m.id limit 1 for update skip locked;
    update workflows.merge_queue_entries m set status = 'rebasing', updated_at = now()
    where m.organization_id = organization and m.id = entry;
    return entry;
exception
    when unique_violation then return null;
end
$$;
comment on function workflows.claim_next_merge(uuid, text) is 'Takes the next change of a branch''s merge queue to rebase it; null for none.';

-- For who carries a run on: takes its change when the branch is free and no running run's change comes before it. What a paused or
-- failed run has in the queue does not hold up the others.
create or replace function workflows.claim_merge(entry uuid) returns boolean
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    change record;
begin
    select m.* into change from workflows.merge_queue_entries m
    where m.organization_id = organization and m.id = entry and m.status = 'queued' for update;
    if not found or exists (
        select from workflows.merge_queue_entries m
        join workflows.workflow_executions e on e.organization_id = m.organization_id and e.id = m.execution_id
        where m.organization_id = organization and m.repository_id = change.repository_id and m.target_branch = change.target_branch
          and (m.status in ('rebasing', 'validating', 'merging')
               or m.status = 'queued' and e.status = 'running' and (m.priority > change.priority or m.priority = change.priority and m.id < change.id)))
    then
        return false;
    end if;
    update workflows.merge_queue_entries m set status = 'rebasing', updated_at = now()
    where m.organization_id = organization and m.id = entry;
    return true;
exception
    when unique_violation then return false;
end
$$;
comment on function workflows.claim_merge(uuid) is 'Takes a change out of its merge queue to rebase it, when it is its turn; whether it could.';

-- `commit` is the new head after a rebase or a repair, and for merged the commit of the target branch. What is conflicted for the fourth
-- time needs a person.
create or replace function workflows.move_merge(entry uuid, to_status workflows.merge_status, commit text default null, reason text default null)
    returns workflows.merge_status
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    change record;
    reached workflows.merge_status := to_status;
begin
    select m.status, m.conflicts_returned into change from workflows.merge_queue_entries m
    where m.organization_id = organization and m.id = entry for update;
    if not found then
        raise exception using errcode = 'GS915',
            message = format('organization %s has no change %s in a merge queue', organization, entry), hint = 'List the merge queue.';
    end if;
    if (change.status, to_status) not in (
        ('rebasing', 'validating'), ('rebasing', 'conflicted'), ('rebasing', 'queued'), ('rebasing', 'cancelled'),
        ('validating', 'merging'), ('validating', 'rejected'), ('validating', 'queued'), ('validating', 'cancelled'),
        ('merging', 'merged'), ('merging', 'conflicted'), ('merging', 'queued'), ('merging', 'cancelled'),
        ('queued', 'cancelled'), ('conflicted', 'queued'), ('conflicted', 'needs_person'), ('conflicted', 'cancelled'),
        ('needs_person', 'queued'), ('needs_person', 'rejected'), ('needs_person', 'cancelled'))
    then
        raise exception using errcode = 'GS916',
            message = format('change %s is %s and cannot become %s', entry, change.status, to_status),
            hint = 'Ask where it is; sql/routines/merge_queue.sql lists the ways.';
    end if;
    if to_status = 'conflicted' and change.conflicts_returned = 3 then
        reached := 'needs_person';
    end if;
    update workflows.merge_queue_entries m
    set status = reached,
        status_reason = case when reached in ('conflicted', 'needs_person', 'rejected', 'cancelled') then reason end,
        conflicts_returned = m.conflicts_returned + case when reached = 'conflicted' then 1 else 0 end,
        head_commit = case when reached = 'merged' then m.head_commit else coalesce(commit, m.head_commit) end,
        merged_commit = case when reached = 'merged' then commit end,
        finished_at = case when reached in ('merged', 'rejected', 'cancelled') then now() end,
        updated_at = now()
    where m.organization_id = organization and m.id = entry;
    return reached;
end
$$;
comment on function workflows.move_merge(uuid, workflows.merge_status, text, text) is
    'Moves a change on, back or out of its merge queue; returns where it is then, which for a fourth conflict is needs_person.';

revoke execute on function
    workflows.enqueue_merge(uuid, uuid, text, text, text, base.priority, uuid), workflows.claim_next_merge(uuid, text), workflows.claim_merge(uuid),
    workflows.move_merge(uuid, workflows.merge_status, text, text)
from public;
grant execute on function
    workflows.enqueue_merge(uuid, uuid, text, text, text, base.priority, uuid), workflows.claim_next_merge(uuid, text), workflows.claim_merge(uuid),
    workflows.move_merge(uuid, workflows.merge_status, text, text)
to workflows_user;
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('partitions', $gsdb_file$-- Creating and dropping partitions is the owner's right; the login role may have it done.

create or replace function workflows.maintain_partitions() returns table (action text, partition text, rows_affected bigint)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query select * from base.maintain_time_partitions(only_schema => 'workflows');
end
$$;
comment on function workflows.maintain_partitions() is 'Keeps the partitions of this schema ready and drops those past their retention.';
revoke execute on function workflows.maintain_partitions() from public;
grant execute on function workflows.maintain_partitions() to workflows_user;
select base.declare_maintenance('workflows.maintain_partitions', 'daily', interval '5 minutes', 'Makes the coming partitions of transitions and metrics.');
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('quality_gates', $gsdb_file$-- Which gates a change of a project has to pass.

create or replace function workflows.quality_gates_of(project uuid)
    returns table (quality_gate_id uuid, metric text, comparison workflows.comparison, threshold numeric, unit text, is_blocking boolean, is_of_project boolean)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    return query
    select distinct on (g.metric) g.id, g.metric, g.comparison, g.threshold, g.unit, g.is_blocking, g.project_id is not null
    from workflows.quality_gates g
    where g.organization_id = organization and (g.project_id is null or g.project_id = project)
    order by g.metric, g.project_id nulls last;
end
$$;
comment on function workflows.quality_gates_of(uuid) is 'The gates that hold for a project: its own ones, and those of the organization for other metrics.';

-- What says how often runs on a repository fail: history, not the change.
create or replace function workflows.recent_failures(execution uuid)
    returns table (execution_id uuid, stage_key text, finished_at timestamptz, error_message text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    return query
    select o.id, t.stage_key, s.finished_at, s.error_message
    from workflows.workflow_executions e
    join workflows.workflow_executions o on o.organization_id = e.organization_id and o.project_id = e.project_id and o.repository_id = e.repository_id and o.id <> e.id
    join workflows.workflow_stage_executions s on s.organization_id = o.organization_id and s.execution_id = o.id
    join workflows.template_stages t on t.organization_id = s.organization_id and t.template_version_id = s.template_version_id and t.position = s.position
    where e.organization_id = organization and e.id = execution
      and s.status in ('failed', 'timed_out') and s.finished_at > now() - interval '7 days'
    order by s.finished_at desc, o.id;
end
$$;
comment on function workflows.recent_failures(uuid) is
    'Attempts at stages that failed or timed out in the last seven days, in other runs of the project on the repository of a run; the newest first.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('references', $gsdb_file$-- What this module's tables refer to, for data_integrity_checks().

select base.show_module_references('workflows');
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('running', $gsdb_file$-- What a server carries on when it starts: of every organization, which the login role alone does not see at once.
create or replace function workflows.running_executions() returns table (organization_id uuid, execution_id uuid)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select e.organization_id, e.id from workflows.workflow_executions e
    where e.finished_at is null and e.status = 'running'
    order by e.priority desc, e.id limit 100;
end
$$;
comment on function workflows.running_executions() is 'Runs that are under way and not paused, of every organization: the most urgent first, at most 100.';

revoke execute on function workflows.running_executions() from public;
grant execute on function workflows.running_executions() to workflows_user;

create or replace function workflows.executions_to_clean_up() returns table (organization_id uuid, execution_id uuid)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select e.organization_id, e.id from workflows.workflow_executions e
    where e.status = 'cancelled' and e.cleaned_up_at is null
    order by e.id limit 100;
end
$$;
comment on function workflows.executions_to_clean_up() is 'Cancelled runs whose folders, branches and tasks may be left, of every organization, at most 100.';

create or replace function workflows.note_clean_up(execution uuid) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    update workflows.workflow_executions e set cleaned_up_at = now(), updated_at = now()
    where e.organization_id = organization and e.id = execution and e.status = 'cancelled' and e.cleaned_up_at is null;
end
$$;
comment on function workflows.note_clean_up(uuid) is 'Notes that nothing of a cancelled run is left; once.';

revoke execute on function workflows.executions_to_clean_up(), workflows.note_clean_up(uuid) from public;
grant execute on function workflows.executions_to_clean_up(), workflows.note_clean_up(uuid) to workflows_user;

create or replace function workflows.untold_transitions()
    returns table (organization_id uuid, execution_id uuid, execution_name text, transition_id uuid, occurred_at timestamptz, kind workflows.transition_kind,
                   status workflows.execution_status, stage_key text, reason text, actor text)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select e.organization_id, e.id, e.name, t.id, t.occurred_at, t.kind, t.status, t.stage_key, t.reason, t.actor
    from (
        select x.organization_id, x.id, x.name, x.told_transition_id from workflows.workflow_executions x
        where x.has_untold_transitions
        order by x.organization_id, x.id limit 100
    ) e
    join workflows.workflow_transitions t on t.organization_id = e.organization_id and t.execution_id = e.id
    where e.told_transition_id is null or t.id > e.told_transition_id
    order by e.organization_id, e.id, t.id limit 1000;
end
$$;
comment on function workflows.untold_transitions() is 'What was done to runs that events were not told of, of every organization: at most 1,000, those of one run in their order.';

create or replace function workflows.note_told(execution uuid, transition uuid) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    -- The lock is had before the next statement begins, so that it sees what was done until then.
    perform from workflows.workflow_executions e where e.organization_id = organization and e.id = execution for update;
    update workflows.workflow_executions e
    set told_transition_id = transition,
        has_untold_transitions = exists (
            select from workflows.workflow_transitions t where t.organization_id = organization and t.execution_id = execution and t.id > transition)
    where e.organization_id = organization and e.id = execution and (e.told_transition_id is null or e.told_transition_id < transition);
end
$$;
comment on function workflows.note_told(uuid, uuid) is 'Notes that events were told of all that was done to a run up to a transition.';

revoke execute on function workflows.untold_transitions(), workflows.note_told(uuid, uuid) from public;
grant execute on function workflows.untold_transitions(), workflows.note_told(uuid, uuid) to workflows_user;
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('stages', $gsdb_file$-- What the routines of executions.sql are made of. They are not for callers: they write tables that only the owner may write.

create or replace function workflows.lock_execution(organization uuid, execution uuid) returns workflows.execution_status
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    found_status workflows.execution_status;
begin
    select e.status into found_status from workflows.workflow_executions e
    where e.organization_id = organization and e.id = execution for update;
    if not found then
        raise exception using errcode = 'GS901',
            message = format('organization %s has no run %s', organization, execution), hint = 'List the runs of the organization.';
    end if;
    return found_status;
end
$$;
comment on function workflows.lock_execution(uuid, uuid) is 'The status of a run, which is locked until the transaction ends; error GS901 when there is none.';

create or replace function workflows.refuse_execution(code text, execution uuid, found_status workflows.execution_status, remedy text) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception using errcode = code, message = format('run %s is %s', execution, found_status), hint = remedy;
end
$$;
comment on function workflows.refuse_execution(text, uuid, workflows.execution_status, text) is 'Raises the error for a run whose status does not allow what was asked for.';

create or replace function workflows.require_running(organization uuid, execution uuid) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    found_status constant workflows.execution_status := workflows.lock_execution(organization, execution);
begin
    if found_status <> 'running' then
        perform workflows.refuse_execution('GS903', execution, found_status, 'Resume it when it is paused, retry its stage when it has failed.');
    end if;
end
$$;
comment on function workflows.require_running(uuid, uuid) is 'Locks a run; error GS903 unless it is running.';

-- `stage` is the key that the caller believes the run to be in, null for whichever it is.
create or replace function workflows.require_current_stage(organization uuid, execution uuid, stage text)
    returns table (id uuid, template_version_id uuid, "position" integer, stage_key text, status workflows.stage_status,
                   deadline_at timestamptz, timeout interval, is_last boolean)
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select s.id, s.template_version_id, s.position, t.stage_key, s.status, s.deadline_at, t.timeout,
           not exists (select from workflows.template_stages n
                       where n.organization_id = organization and n.template_version_id = s.template_version_id and n.position > s.position)
    from workflows.workflow_stage_executions s
    join workflows.template_stages t on t.organization_id = s.organization_id and t.template_version_id = s.template_version_id and t.position = s.position
    where s.organization_id = organization and s.execution_id = execution and s.finished_at is null
      and (stage is null or t.stage_key = stage);
    if not found then
        raise exception using errcode = 'GS907',
            message = format('run %s is not in stage %s', execution, stage),
            hint = 'Ask which stage it is in; stages are left in order.';
    end if;
end
$$;
comment on function workflows.require_current_stage(uuid, uuid, text) is 'The stage that a run is in; error GS907 when it is another one.';

create or replace function workflows.refuse_stage_not_begun(execution uuid, stage text) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception using errcode = 'GS909',
        message = format('stage %s of run %s waits for its entry validations', stage, execution), hint = 'Begin it first.';
end
$$;
comment on function workflows.refuse_stage_not_begun(uuid, text) is 'Raises error GS909.';

-- Puts a run into the first stage behind a position. It has begun at once when nothing has to pass before.
create or replace function workflows.open_stage(organization uuid, execution uuid, version uuid, behind integer, attempt integer) returns text
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    stage record;
    begins timestamptz;
begin
    select t.* into strict stage from workflows.template_stages t
    where t.organization_id = organization and t.template_version_id = version and t.position > behind
    order by t.position limit 1;
    begins := case when stage.entry_validations = '{}' then now() end;
    insert into workflows.workflow_stage_executions (organization_id, execution_id, template_version_id, position, attempt, status, started_at, deadline_at)
    values (organization, execution, version, stage.position, attempt,
            case when begins is null then 'pending' else 'running' end::workflows.stage_status, begins, begins + stage.timeout);
    return stage.stage_key;
end
$$;
comment on function workflows.open_stage(uuid, uuid, uuid, integer, integer) is 'Puts a run into the first stage behind a position; returns its key.';

create or replace function workflows.complete_stage(organization uuid, execution uuid, stage text, output jsonb) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    current_stage record;
begin
    select * into current_stage from workflows.require_current_stage(organization, execution, stage);
    if current_stage.status = 'pending' then
        perform workflows.refuse_stage_not_begun(execution, stage);
    end if;
    perform workflows.refuse_unmet_validations(current_stage.id, 'exit');
    perform workflows.stop_waiting(organization, execution);
    update workflows.workflow_stage_executions s
    set status = 'completed', output = complete_stage.output, finished_at = now(), updated_at = now()
    where s.organization_id = organization and s.id = current_stage.id;
end
$$;
comment on function workflows.complete_stage(uuid, uuid, text, jsonb) is 'Completes the stage that a run is in; errors GS907, GS909 and GS910 when it cannot be.';

-- What still has to pass: the keys that the template names and no validation was made for, and blocking validations whose last attempt
-- has neither passed nor was skipped.
create or replace function workflows.unmet_validations(stage_execution uuid, checkpoint workflows.checkpoint)
    returns table (validation_key text, status workflows.validation_status)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    return query
    with stage as (
        select case unmet_validations.checkpoint when 'entry' then t.entry_validations else t.exit_validations end as required
        from workflows.workflow_stage_executions s
        join workflows.template_stages t on t.organization_id = s.organization_id and t.template_version_id = s.template_version_id and t.position = s.position
        where s.organization_id = organization and s.id = stage_execution
    ), last_attempts as (
        select distinct on (v.validation_key) v.validation_key, v.status, v.is_blocking
        from workflows.workflow_validations v
        where v.organization_id = organization and v.stage_execution_id = stage_execution
          and v.checkpoint = unmet_validations.checkpoint
        order by v.validation_key, v.attempt desc
    )
    select r.key, null::workflows.validation_status
    from stage, unnest(stage.required) as r (key)
    where not exists (select from last_attempts l where l.validation_key = r.key)
    union all
    select l.validation_key, l.status
    from last_attempts l
    where l.status not in ('passed', 'skipped') and (l.is_blocking or l.status <> 'failed')
    order by 1;
end
$$;
comment on function workflows.unmet_validations(uuid, workflows.checkpoint) is
    'What still has to pass before an attempt at a stage may begin or be complete; the status is null when no validation was made.';

create or replace function workflows.refuse_unmet_validations(stage_execution uuid, checkpoint workflows.checkpoint) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    unmet text;
begin
    select string_agg(format('%s (%s)', u.validation_key, coalesce(u.status::text, 'missing')), ', ' order by u.validation_key) into unmet
    from workflows.unmet_validations(stage_execution, checkpoint) u;
    if unmet is not null then
        raise exception using errcode = 'GS910',
            message = format('%s validations of stage execution %s have not passed', checkpoint, stage_execution),
            detail = unmet,
            hint = 'Mend what they found and validate again, or have a person skip them with a reason.';
    end if;
end
$$;
comment on function workflows.refuse_unmet_validations(uuid, workflows.checkpoint) is 'Error GS910, with their names, while validations have not passed.';

create or replace function workflows.stop_waiting(organization uuid, execution uuid) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    update workflows.workflow_events_awaited w set status = 'cancelled', finished_at = now(), updated_at = now()
    where w.organization_id = organization and w.execution_id = execution and w.status = 'waiting';
end
$$;
comment on function workflows.stop_waiting(uuid, uuid) is 'Ends everything that a run waits for.';

create or replace function workflows.note_transition(
    organization uuid, execution uuid, kind workflows.transition_kind, status workflows.execution_status, stage text, reason text)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    insert into workflows.workflow_transitions (organization_id, execution_id, kind, status, stage_key, reason, actor)
    values (organization, execution, kind, status, stage, coalesce(reason, ''), coalesce(nullif(current_setting('app.actor', true), ''), 'system'));
    update workflows.workflow_executions e set has_untold_transitions = true
    where e.organization_id = organization and e.id = execution and not e.has_untold_transitions;
end
$$;
comment on function workflows.note_transition(uuid, uuid, workflows.transition_kind, workflows.execution_status, text, text) is
    'Notes what was done to a run by whom and why.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('steps', $gsdb_file$-- Steps that are done once, and waiting. These run with the rights of the caller.

-- The result that counts: the one given, or the one of before when the step has committed already. Call it in the transaction of what
-- the step does in this database, or after its outside effect, which has an operation of its own.
create or replace function workflows.commit_step(
    execution uuid, step_key text, input_hash bytea, result jsonb, started_at timestamptz default now(),
    occurrence integer default 1)
    returns jsonb
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    committed record;
begin
    insert into workflows.workflow_steps (organization_id, execution_id, step_key, occurrence, input_hash, result, started_at)
    values (organization, execution, step_key, occurrence, input_hash, result, started_at)
    on conflict do nothing;
    if found then
        return result;
    end if;
    select s.input_hash, s.result into strict committed from workflows.workflow_steps s
    where s.organization_id = organization and s.execution_id = execution
      and s.step_key = commit_step.step_key and s.occurrence = commit_step.occurrence;
    if committed.input_hash <> input_hash then
        raise exception using errcode = 'GS914',
            message = format('step %s of run %s has committed with another input', step_key, execution),
            hint = 'Go on with the program that began the run, or start another run.';
    end if;
    return committed.result;
end
$$;
comment on function workflows.commit_step(uuid, text, bytea, jsonb, timestamptz, integer) is
    'Records that a step is done; returns the result that counts, which is the first one. Error GS914 when its input was another one.';

-- The same step finds its row again after a crash, whether it still waits or not.
create or replace function workflows.await_event(
    execution uuid, stage_execution uuid, step_key text, kind workflows.wait_kind, deadline_at timestamptz,
    correlation_key text default '', event_type text default '', occurrence integer default 1)
    returns uuid
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    wait_id uuid;
begin
    insert into workflows.workflow_events_awaited (organization_id, execution_id, stage_execution_id, step_key, occurrence, kind, event_type,
                                                   correlation_key, deadline_at)
    values (organization, execution, stage_execution, step_key, occurrence, kind, event_type, correlation_key, deadline_at)
    on conflict do nothing
    returning id into wait_id;
    if wait_id is null then
        select w.id into strict wait_id from workflows.workflow_events_awaited w
        where w.organization_id = organization and w.execution_id = execution
          and w.step_key = await_event.step_key and w.occurrence = await_event.occurrence;
    end if;
    return wait_id;
end
$$;
comment on function workflows.await_event(uuid, uuid, text, workflows.wait_kind, timestamptz, text, text, integer) is
    'Lets a step wait for a time, a signal, an approval or an event; returns the id of the wait.';

-- An answer that nobody waits for changes nothing, and one that comes twice is taken once.
create or replace function workflows.answer_waits(
    correlation_key text, event_type text default '', event_id uuid default null, answer jsonb default '{}')
    returns table (wait_id uuid, execution_id uuid)
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    return query
    update workflows.workflow_events_awaited w
    set status = 'fulfilled', event_id = answer_waits.event_id, answer = answer_waits.answer, finished_at = now(), updated_at = now()
    where w.organization_id = organization and w.correlation_key = answer_waits.correlation_key and w.event_type = answer_waits.event_type
      and w.status = 'waiting' and w.kind <> 'time'
    returning w.id, w.execution_id;
end
$$;
comment on function workflows.answer_waits(text, text, uuid, jsonb) is
    'Gives what came to every run that waits for it: an event with its type, a signal or an approval without; returns which.';

-- Several servers may sweep at once: each takes other rows.
create or replace function workflows.end_due_waits(page_size integer default 100)
    returns table (wait_id uuid, execution_id uuid, status workflows.wait_status)
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    return query
    update workflows.workflow_events_awaited w
    set status = case w.kind when 'time' then 'fulfilled'::workflows.wait_status else 'expired' end, finished_at = now(), updated_at = now()
    where w.organization_id = organization and w.id in (
        select due.id from workflows.workflow_events_awaited due
        where due.organization_id = organization and due.status = 'waiting' and due.deadline_at <= now()
        order by due.deadline_at limit page_size for update skip locked)
    returning w.id, w.execution_id, w.status;
end
$$;
comment on function workflows.end_due_waits(integer) is 'Ends a page of the waits whose time has come: a time is there, anything else has expired.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('templates', $gsdb_file$-- Making templates. A version never changes, so a change is the next version; what runs goes on by the version it began with.

-- Makes the template when the slug is new, and its next version. `stages` is an array of objects in the order of the stages, with the
-- names of the columns of workflows.template_stages; what is left out is as the table says.
create or replace function workflows.publish_template(
    slug text, name text, stages jsonb, description text default '', changes_summary text default '', source text default null,
    created_by uuid default null)
    returns uuid
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return workflows.add_template_version(base.require_organization_id(), slug, name, stages, description, changes_summary, source, created_by);
end
$$;
comment on function workflows.publish_template(text, text, jsonb, text, text, text, uuid) is
    'Makes a template, or the next version of one, in the transaction''s organization; returns the id of the version.';

create or replace function workflows.add_template_version(
    organization uuid, slug text, name text, stages jsonb, description text, changes_summary text, source text, created_by uuid)
    returns uuid
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    template uuid;
    version constant uuid := base.uuid_v7();
    number integer;
    stage jsonb;
    place integer := 0;
begin
    insert into workflows.workflow_templates (organization_id, slug, name, description, created_by)
    values (organization, slug, name, description, created_by)
    on conflict do nothing;
    update workflows.workflow_templates t
    set name = add_template_version.name, description = add_template_version.description, archived_at = null, updated_at = now()
    where t.organization_id = organization and t.slug = add_template_version.slug
    returning t.id into strict template;
    select coalesce(max(v.version_number), 0) + 1 into number
    from workflows.template_versions v where v.organization_id = organization and v.template_id = template;
    insert into workflows.template_versions (organization_id, id, template_id, version_number, changes_summary, source, created_by)
    values (organization, version, template, number, changes_summary, source, created_by);
    for stage in select element from jsonb_array_elements(stages) as element loop
        place := place + 1;
        insert into workflows.template_stages (organization_id, template_version_id, position, stage_key, name, description, timeout,
                                               stall_after, attempts_max, required_integrations, entry_validations, exit_validations)
        values (organization, version, place, stage ->> 'stage_key', stage ->> 'name', coalesce(stage ->> 'description', ''),
                (stage ->> 'timeout')::interval, coalesce((stage ->> 'stall_after')::interval, interval '30 minutes'),
                coalesce((stage ->> 'attempts_max')::integer, 3),
                workflows.words_of(stage -> 'required_integrations')::workflows.integration[],
                workflows.words_of(stage -> 'entry_validations'), workflows.words_of(stage -> 'exit_validations'));
    end loop;
    if place = 0 then
        raise exception using errcode = 'check_violation', constraint = 'version_has_stages',
            message = format('a version of template %s has no stages', slug),
            hint = 'Give an array with an object for each stage.';
    end if;
    return version;
end
$$;
comment on function workflows.add_template_version(uuid, text, text, jsonb, text, text, text, uuid) is 'Part of workflows.publish_template.';

create or replace function workflows.words_of(words jsonb) returns text[]
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return array(select element from jsonb_array_elements_text(coalesce(words, '[]')) as element);
end
$$;
comment on function workflows.words_of(jsonb) is 'Part of workflows.publish_template: a JSON array of words as an array of text.';

create or replace function workflows.make_template_default(template uuid) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    perform workflows.newest_template_version(organization, template);
    update workflows.workflow_templates t set is_default = false, updated_at = now()
    where t.organization_id = organization and t.is_default and t.id <> template;
    update workflows.workflow_templates t set is_default = true, updated_at = now()
    where t.organization_id = organization and t.id = template;
end
$$;
comment on function workflows.make_template_default(uuid) is 'Makes a template the one that is taken when nobody names one.';

create or replace function workflows.archive_template(template uuid) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    perform workflows.newest_template_version(organization, template);
    update workflows.workflow_templates t set archived_at = now(), is_default = false, updated_at = now()
    where t.organization_id = organization and t.id = template;
end
$$;
comment on function workflows.archive_template(uuid) is 'Lets nothing more be started from a template. What runs goes on; publishing a version takes it back.';

create or replace function workflows.newest_template_version(organization uuid, template uuid) returns uuid
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    version uuid;
begin
    select v.id into version
    from workflows.workflow_templates t
    join workflows.template_versions v on v.organization_id = t.organization_id and v.template_id = t.id
    where t.organization_id = organization and t.archived_at is null
      and (t.id = template or (template is null and t.is_default))
    order by v.version_number desc limit 1;
    if version is null then
        raise exception using errcode = 'GS902',
            message = case when template is null then format('organization %s has no default template', organization)
                           else format('organization %s has no template %s in use', organization, template) end,
            hint = 'Publish a template, or name one that is in use.';
    end if;
    return version;
end
$$;
comment on function workflows.newest_template_version(uuid, uuid) is 'The version that a run of the template, null for the default one, follows; error GS902 for none.';

revoke execute on function
    workflows.publish_template(text, text, jsonb, text, text, text, uuid), workflows.make_template_default(uuid), workflows.archive_template(uuid)
from public;
grant execute on function
    workflows.publish_template(text, text, jsonb, text, text, text, uuid), workflows.make_template_default(uuid), workflows.archive_template(uuid)
to workflows_user;
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('views', $gsdb_file$-- Views that are an API. Each counts in a sub-select of its own, so that no count multiplies another: for each row where the rows are
-- few (lateral), grouped before it is joined where all are counted.

create or replace view workflows.template_summary as
select t.organization_id, t.id as template_id, t.slug, t.name, t.is_default, t.archived_at,
       v.id as newest_version_id, v.version_number as newest_version_number,
       coalesce(s.stages, 0) as stages,
       coalesce(e.executions, 0) as executions,
       e.last_started_at
from workflows.workflow_templates t
left join lateral (
    select n.id, n.version_number from workflows.template_versions n
    where n.organization_id = t.organization_id and n.template_id = t.id
    order by n.version_number desc limit 1
) v on true
left join lateral (
    select count(*) as stages from workflows.template_stages n
    where n.organization_id = t.organization_id and n.template_version_id = v.id
) s on true
left join (
    select n.organization_id, n.template_id, count(*) as executions, max(x.started_at) as last_started_at
    from workflows.workflow_executions x
    join workflows.template_versions n on n.organization_id = x.organization_id and n.id = x.template_version_id
    group by n.organization_id, n.template_id
) e on e.organization_id = t.organization_id and e.template_id = t.id;
comment on view workflows.template_summary is 'Every template with its newest version and how often it was used.';
select base.tenant_view('workflows.template_summary');

-- All calls to the outside. What a call is about is called its subject here: an agent's run, an issue, a pull request or a branch.
create or replace view workflows.operations as
select o.organization_id, o.id, 'agent'::workflows.integration as integration, o.execution_id, o.stage_execution_id, o.provider,
       o.operation_type, o.status, o.outcome, o.response_code, o.error_message, o.attempts, o.attempts_max, o.next_attempt_at, o.latency_ms,
       o.cost_usd, o.agent_run_id as subject, o.agent_run_url as subject_url, o.created_at, o.started_at, o.finished_at, o.updated_at
from workflows.codegen_operations o
union all
select o.organization_id, o.id, 'issues', o.execution_id, o.stage_execution_id, o.provider,
       o.operation_type, o.status, o.outcome, o.response_code, o.error_message, o.attempts, o.attempts_max, o.next_attempt_at, o.latency_ms,
       o.cost_usd, coalesce(o.issue_key, o.issue_id), o.issue_url, o.created_at, o.started_at, o.finished_at, o.updated_at
from workflows.linear_operations o
union all
select o.organization_id, o.id, 'code_host', o.execution_id, o.stage_execution_id, o.provider,
       o.operation_type, o.status, o.outcome, o.response_code, o.error_message, o.attempts, o.attempts_max, o.next_attempt_at, o.latency_ms,
       o.cost_usd, coalesce('#' || o.pull_request_number, o.branch), o.pull_request_url, o.created_at, o.started_at, o.finished_at, o.updated_at
from workflows.github_operations o;
comment on view workflows.operations is 'All calls to the outside, whatever the service.';
select base.tenant_view('workflows.operations');

create or replace view workflows.execution_costs as
select e.organization_id, e.id as execution_id, e.cost_usd_max,
       o.cost_usd, o.operations, o.operations_open, o.operations_failed, a.input_tokens, a.output_tokens
from workflows.workflow_executions e
cross join lateral (
    select coalesce(sum(c.cost_usd), 0) as cost_usd, count(*) as operations,
           count(*) filter (where c.status in ('pending', 'running')) as operations_open,
           count(*) filter (where c.status = 'failed') as operations_failed
    from workflows.operations c
    where c.organization_id = e.organization_id and c.execution_id = e.id
) o
cross join lateral (
    select coalesce(sum(c.input_tokens), 0)::bigint as input_tokens, coalesce(sum(c.output_tokens), 0)::bigint as output_tokens
    from workflows.codegen_operations c
    where c.organization_id = e.organization_id and c.execution_id = e.id
) a;
comment on view workflows.execution_costs is 'What each run has cost so far: the sum over its calls to the outside.';
select base.tenant_view('workflows.execution_costs');

create or replace function workflows.last_progress_at(organization uuid, execution uuid, stage_execution uuid) returns timestamptz
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return greatest(
        (select x.updated_at from workflows.workflow_stage_executions x where x.organization_id = organization and x.id = stage_execution),
        (select max(x.committed_at) from workflows.workflow_steps x where x.organization_id = organization and x.execution_id = execution),
        (select max(x.updated_at) from workflows.operations x
         where x.organization_id = organization and x.execution_id = execution and x.stage_execution_id = stage_execution),
        (select max(x.updated_at) from workflows.workflow_validations x where x.organization_id = organization and x.stage_execution_id = stage_execution),
        (select max(x.updated_at) from workflows.workflow_events_awaited x
         where x.organization_id = organization and x.execution_id = execution and x.stage_execution_id = stage_execution),
        (select max(x.updated_at) from workflows.merge_queue_entries x where x.organization_id = organization and x.execution_id = execution));
end
$$;
comment on function workflows.last_progress_at(uuid, uuid, uuid) is 'When a run that is in a stage was last seen to go on.';

-- A run that waits for something has not stalled before the wait is overdue.
create or replace view workflows.stalled_executions as
select e.organization_id, e.id as execution_id, e.name, e.project_id, s.id as stage_execution_id, t.stage_key, s.attempt, s.deadline_at,
       workflows.last_progress_at(e.organization_id, e.id, s.id) as last_progress_at, w.waits_open, w.next_wait_deadline_at,
       case when s.deadline_at <= now() then 'deadline_passed'
            when w.next_wait_deadline_at <= now() then 'wait_overdue'
            else 'no_progress' end as reason
from workflows.workflow_executions e
join workflows.workflow_stage_executions s on s.organization_id = e.organization_id and s.execution_id = e.id and s.finished_at is null
join workflows.template_stages t on t.organization_id = s.organization_id and t.template_version_id = s.template_version_id and t.position = s.position
cross join lateral (
    select count(*) as waits_open, min(x.deadline_at) as next_wait_deadline_at
    from workflows.workflow_events_awaited x
    where x.organization_id = e.organization_id and x.execution_id = e.id and x.status = 'waiting'
) w
where e.status = 'running' and e.finished_at is null
  and (s.deadline_at <= now() or w.next_wait_deadline_at <= now()
       or (w.waits_open = 0 and workflows.last_progress_at(e.organization_id, e.id, s.id) <= now() - t.stall_after));
comment on view workflows.stalled_executions is
    'Running runs that do not go on: past their stage''s deadline, waiting for what is overdue, or without any progress for as long as their stage allows.';
select base.tenant_view('workflows.stalled_executions');

-- A single value is a sub-select, because that is planned by itself; each table more to join multiplies the orders that are planned. Stalled
-- is what is in stalled_executions, said again for the same reason.
create or replace view workflows.active_workflows_dashboard as
select e.organization_id, e.id as execution_id, e.name, e.project_id, e.repository_id, e.status, e.status_reason, e.priority, e.dev_branch,
       e.started_at, e.paused_at,
       (select t.slug from workflows.workflow_templates t
        join workflows.template_versions v on v.organization_id = t.organization_id and v.template_id = t.id
        where t.organization_id = e.organization_id and v.id = e.template_version_id) as template_slug,
       (select v.version_number from workflows.template_versions v
        where v.organization_id = e.organization_id and v.id = e.template_version_id) as template_version_number,
       t.stage_key, t.name as stage_name, s.status as stage_status, s.attempt as stage_attempt, s.started_at as stage_started_at,
       s.deadline_at as stage_deadline_at,
       n.stages, n.stages_completed,
       round(100.0 * n.stages_completed / n.stages, 2) as progress_percentage,
       (select count(*) from workflows.workflow_steps x where x.organization_id = e.organization_id and x.execution_id = e.id) as steps_committed,
       w.waits_open,
       (select count(*) from workflows.workflow_validations x
        where x.organization_id = e.organization_id and x.stage_execution_id = s.id and x.status = 'failed'
          and not exists (select from workflows.workflow_validations later
                          where later.organization_id = x.organization_id and later.stage_execution_id = x.stage_execution_id
                            and later.checkpoint = x.checkpoint and later.validation_key = x.validation_key and later.attempt > x.attempt)) as validations_failed,
       m.merges_open, m.merges_needing_person,
       k.operations, k.operations_open, k.operations_failed, k.cost_usd, e.cost_usd_max, k.input_tokens, k.output_tokens,
       coalesce(e.status = 'running' and (s.deadline_at <= now() or w.next_wait_deadline_at <= now()
                or (w.waits_open = 0 and workflows.last_progress_at(e.organization_id, e.id, s.id) <= now() - t.stall_after)), false) as is_stalled
from workflows.workflow_executions e
left join workflows.workflow_stage_executions s on s.organization_id = e.organization_id and s.execution_id = e.id and s.finished_at is null
left join workflows.template_stages t on t.organization_id = s.organization_id and t.template_version_id = s.template_version_id and t.position = s.position
cross join lateral (
    select count(*) as stages, count(x.id) as stages_completed
    from workflows.template_stages y
    left join workflows.workflow_stage_executions x
        on x.organization_id = y.organization_id and x.execution_id = e.id and x.template_version_id = y.template_version_id
       and x.position = y.position and x.status = 'completed'
    where y.organization_id = e.organization_id and y.template_version_id = e.template_version_id
) n
cross join lateral (
    select count(*) as merges_open, count(*) filter (where x.status = 'needs_person') as merges_needing_person
    from workflows.merge_queue_entries x
    where x.organization_id = e.organization_id and x.execution_id = e.id and x.finished_at is null
) m
cross join lateral (
    select coalesce(sum(c.cost_usd), 0) as cost_usd, count(*) as operations,
           count(*) filter (where c.status in ('pending', 'running')) as operations_open,
           count(*) filter (where c.status = 'failed') as operations_failed,
           coalesce(sum(c.input_tokens), 0)::bigint as input_tokens, coalesce(sum(c.output_tokens), 0)::bigint as output_tokens
    from (select o.organization_id, o.execution_id, o.status, o.cost_usd, o.input_tokens, o.output_tokens from workflows.codegen_operations o
          union all
          select o.organization_id, o.execution_id, o.status, o.cost_usd, null, null from workflows.linear_operations o
          union all
          select o.organization_id, o.execution_id, o.status, o.cost_usd, null, null from workflows.github_operations o) c
    where c.organization_id = e.organization_id and c.execution_id = e.id
) k
cross join lateral (
    select count(*) as waits_open, min(x.deadline_at) as next_wait_deadline_at
    from workflows.workflow_events_awaited x
    where x.organization_id = e.organization_id and x.execution_id = e.id and x.status = 'waiting'
) w
where e.finished_at is null;
comment on view workflows.active_workflows_dashboard is
    'Runs that are running or paused: the stage they are in, how far they are, what waits, what failed in the stage, what they have cost, whether they have stalled.';
select base.tenant_view('workflows.active_workflows_dashboard');

create or replace view workflows.project_workflow_status as
select distinct on (e.organization_id, e.project_id)
       e.organization_id, e.project_id, e.id as execution_id, e.name, e.status, e.status_reason, t.stage_key, s.status as stage_status,
       e.started_at, e.finished_at
from workflows.workflow_executions e
join workflows.workflow_stage_executions s on s.organization_id = e.organization_id and s.execution_id = e.id
join workflows.template_stages t on t.organization_id = s.organization_id and t.template_version_id = s.template_version_id and t.position = s.position
order by e.organization_id, e.project_id, e.id desc, s.position desc, s.attempt desc;
comment on view workflows.project_workflow_status is 'The latest run of every project, and the stage that it came to.';
select base.tenant_view('workflows.project_workflow_status');

create or replace view workflows.workflow_performance_summary as
select t.organization_id, t.id as template_id, t.slug, t.name,
       count(e.execution_id) as executions,
       count(*) filter (where e.status in ('running', 'paused')) as executions_open,
       count(*) filter (where e.status = 'completed') as executions_completed,
       count(*) filter (where e.status = 'failed') as executions_failed,
       count(*) filter (where e.status = 'cancelled') as executions_cancelled,
       round(100.0 * count(*) filter (where e.status = 'completed')
             / nullif(count(*) filter (where e.status in ('completed', 'failed')), 0), 2) as success_percentage,
       avg(e.took) filter (where e.status = 'completed') as completion_mean,
       percentile_cont(0.5) within group (order by e.took) filter (where e.status = 'completed') as completion_p50,
       percentile_cont(0.95) within group (order by e.took) filter (where e.status = 'completed') as completion_p95,
       coalesce(sum(e.cost_usd), 0) as cost_usd,
       round(avg(e.cost_usd) filter (where e.status = 'completed'), 6) as cost_usd_mean
from workflows.workflow_templates t
left join (
    select v.organization_id, v.template_id, x.id as execution_id, x.status, x.finished_at - x.started_at as took, coalesce(o.cost_usd, 0) as cost_usd
    from workflows.workflow_executions x
    join workflows.template_versions v on v.organization_id = x.organization_id and v.id = x.template_version_id
    left join (
        select organization_id, execution_id, sum(cost_usd) as cost_usd
        from workflows.operations
        group by organization_id, execution_id
    ) o on o.organization_id = x.organization_id and o.execution_id = x.id
) e on e.organization_id = t.organization_id and e.template_id = t.id
group by t.organization_id, t.id, t.slug, t.name;
comment on view workflows.workflow_performance_summary is
    'Every template with how its runs ended, how long the completed ones took and what they cost. Success is of those that completed or failed.';
select base.tenant_view('workflows.workflow_performance_summary');

create or replace view workflows.stage_success_rates as
select s.organization_id, v.template_id, t.stage_key,
       count(*) as attempts,
       count(distinct s.execution_id) as executions,
       count(*) filter (where s.finished_at is null) as attempts_open,
       count(*) filter (where s.status = 'completed') as attempts_completed,
       count(*) filter (where s.status = 'failed') as attempts_failed,
       count(*) filter (where s.status = 'timed_out') as attempts_timed_out,
       count(*) filter (where s.status = 'cancelled') as attempts_cancelled,
       count(*) filter (where s.status = 'completed' and s.attempt = 1) as completed_at_first_attempt,
       round(100.0 * count(*) filter (where s.status = 'completed')
             / nullif(count(*) filter (where s.status in ('completed', 'failed', 'timed_out')), 0), 2) as success_percentage,
       avg(s.finished_at - s.started_at) filter (where s.status = 'completed') as completion_mean,
       percentile_cont(0.95) within group (order by s.finished_at - s.started_at) filter (where s.status = 'completed') as completion_p95
from workflows.workflow_stage_executions s
join workflows.template_stages t on t.organization_id = s.organization_id and t.template_version_id = s.template_version_id and t.position = s.position
join workflows.template_versions v on v.organization_id = s.organization_id and v.id = s.template_version_id
group by s.organization_id, v.template_id, t.stage_key;
comment on view workflows.stage_success_rates is
    'How attempts at each stage of each template ended and how long the completed ones took. Success is of those that completed, failed or timed out.';
select base.tenant_view('workflows.stage_success_rates');

create or replace view workflows.integration_operation_outcomes as
select o.organization_id, o.integration, o.provider, o.operation_type,
       count(*) as operations,
       count(*) filter (where o.status in ('pending', 'running')) as operations_open,
       count(*) filter (where o.outcome = 'done') as operations_done,
       count(*) filter (where o.outcome = 'already_done') as operations_already_done,
       count(*) filter (where o.status = 'failed') as operations_failed,
       count(*) filter (where o.status = 'cancelled') as operations_cancelled,
       count(*) filter (where o.outcome = 'rate_limited') as last_rate_limited,
       round(100.0 * count(*) filter (where o.status = 'succeeded')
             / nullif(count(*) filter (where o.status in ('succeeded', 'failed')), 0), 2) as success_percentage,
       sum(o.attempts) as attempts,
       percentile_cont(0.5) within group (order by o.latency_ms) as latency_ms_p50,
       percentile_cont(0.95) within group (order by o.latency_ms) as latency_ms_p95,
       sum(o.cost_usd) as cost_usd,
       max(o.finished_at) as last_finished_at
from workflows.operations o
where o.created_at >= now() - interval '30 days'
group by o.organization_id, o.integration, o.provider, o.operation_type;
comment on view workflows.integration_operation_outcomes is
    'What came of the calls of the last 30 days, by service, provider and type; how often they were tried, how long they took, what they cost. last_rate_limited counts those whose last attempt was.';
select base.tenant_view('workflows.integration_operation_outcomes');

-- A validation judges one operation, so an operation with several counts once and its score is their mean.
create or replace view workflows.agent_response_quality as
select o.organization_id, o.provider, o.model, o.operation_type,
       count(*) as operations,
       count(v.codegen_operation_id) as operations_judged,
       round(avg(v.score), 2) as score_mean,
       round(100.0 * count(*) filter (where v.failed = 0) / nullif(count(v.codegen_operation_id), 0), 2) as passed_percentage,
       sum(o.cost_usd) as cost_usd,
       sum(o.input_tokens)::bigint as input_tokens,
       sum(o.output_tokens)::bigint as output_tokens
from workflows.codegen_operations o
left join (
    select organization_id, codegen_operation_id, avg(score) as score, count(*) filter (where status = 'failed') as failed
    from workflows.workflow_validations
    where codegen_operation_id is not null and status in ('passed', 'failed')
    group by organization_id, codegen_operation_id
) v on v.organization_id = o.organization_id and v.codegen_operation_id = o.id
where o.created_at >= now() - interval '30 days' and o.status = 'succeeded'
group by o.organization_id, o.provider, o.model, o.operation_type;
comment on view workflows.agent_response_quality is
    'How good the answers of agents in the last 30 days were, as the validations that judge them say, and what they cost.';
select base.tenant_view('workflows.agent_response_quality');
$gsdb_file$);
select pg_temp.gsdb_migrate(1, 'create_templates', 'plain', '5000ms', 1, 8589, 8611, 208, $gsdb_file$-- What a workflow is: a template with versions, a version with ordered stages. Versions and stages are written once, because
-- executions go on by the version they began with.

create type workflows.integration as enum ('agent', 'issues', 'code_host');
comment on type workflows.integration is 'A kind of outside service behind one interface: coding agents, issue trackers, hosts of code. Which provider serves it is the project''s choice.';

create table workflows.workflow_templates (
    organization_id uuid        not null,
    id              uuid        not null default base.uuid_v7(),
    slug            text        not null,
    name            text        not null,
    description     text        not null default '',
    is_default      boolean     not null default false,
    created_by      uuid,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    archived_at     timestamptz,
    constraint workflow_templates_pkey primary key (organization_id, id),
    constraint slug_is_unique unique (organization_id, slug),
    constraint slug_is_lowercase_words_with_hyphens check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 100),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint default_is_in_use check (not is_default or archived_at is null)
);
create unique index an_organization_has_one_default_template on workflows.workflow_templates (organization_id) where is_default;

comment on table workflows.workflow_templates is 'Kinds of workflows. What one does is said by its versions; how often and how well, by views.';
comment on column workflows.workflow_templates.organization_id is 'The organization it belongs to.';
comment on column workflows.workflow_templates.id is 'Its id.';
comment on column workflows.workflow_templates.slug is 'Its name in commands and URLs, unique in the organization.';
comment on column workflows.workflow_templates.name is 'What people call it.';
comment on column workflows.workflow_templates.description is 'What it is for; Markdown.';
comment on column workflows.workflow_templates.is_default is 'Whether it is taken when nobody names one; one of an organization is at most.';
comment on column workflows.workflow_templates.created_by is 'Who made it; null for the product. Id of identity.users.';
comment on column workflows.workflow_templates.created_at is 'When it was created.';
comment on column workflows.workflow_templates.updated_at is 'When it was last changed; a new version counts.';
comment on column workflows.workflow_templates.archived_at is 'Since when nothing is started from it; null while in use.';

select base.tenant_table('workflows.workflow_templates', privileges => 'select');

create table workflows.template_versions (
    organization_id uuid        not null,
    id              uuid        not null default base.uuid_v7(),
    template_id     uuid        not null,
    version_number  integer     not null,
    changes_summary text        not null default '',
    source          text,
    created_by      uuid,
    created_at      timestamptz not null default now(),
    constraint template_versions_pkey primary key (organization_id, id),
    constraint version_number_is_unique unique (organization_id, template_id, version_number),
    constraint version_number_is_positive check (version_number > 0)
);

comment on table workflows.template_versions is 'Versions of templates, the highest number being the present one. Only ever added to.';
comment on column workflows.template_versions.organization_id is 'The organization of the template.';
comment on column workflows.template_versions.id is 'Its id.';
comment on column workflows.template_versions.template_id is 'The template.';
comment on column workflows.template_versions.version_number is 'Counts 1, 2, 3 within the template.';
comment on column workflows.template_versions.changes_summary is 'What is different from the version before.';
comment on column workflows.template_versions.source is 'The document it was read from, YAML, as it was written; null when it was made without one.';
comment on column workflows.template_versions.created_by is 'Who made it; null for the product. Id of identity.users.';
comment on column workflows.template_versions.created_at is 'When it was made.';

select base.tenant_table('workflows.template_versions', privileges => 'select');
select base.make_append_only('workflows.template_versions');
-- To check a foreign key PostgreSQL locks the row referred to, as the owner of its table, and a lock needs UPDATE on some column.
grant update (organization_id) on workflows.template_versions to workflows_owner;
alter table workflows.template_versions add constraint template_versions_template_fkey
    foreign key (organization_id, template_id) references workflows.workflow_templates (organization_id, id);

create table workflows.template_stages (
    organization_id       uuid                    not null,
    template_version_id   uuid                    not null,
    position              integer                 not null,
    stage_key             text                    not null,
    name                  text                    not null,
    description           text                    not null default '',
    timeout               interval                not null,
    stall_after           interval                not null default interval '30 minutes',
    attempts_max          integer                 not null default 3,
    required_integrations workflows.integration[] not null default '{}',
    entry_validations     text[]                  not null default '{}',
    exit_validations      text[]                  not null default '{}',
    constraint template_stages_pkey primary key (organization_id, template_version_id, position),
    constraint stage_key_is_unique unique (organization_id, template_version_id, stage_key),
    constraint position_is_positive check (position > 0),
    constraint stage_key_is_a_word check (stage_key ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint times_are_positive check (timeout > interval '0' and stall_after > interval '0'),
    constraint attempts_are_few check (attempts_max between 1 and 100),
    constraint integrations_are_given check (array_position(required_integrations, null) is null),
    constraint validations_are_words check (
        array_position(entry_validations || exit_validations, null) is null
        and array_to_string(entry_validations || exit_validations, ' ') ~ '^([a-z][a-z0-9_]{0,62}( [a-z][a-z0-9_]{0,62})*)?$')
);

comment on table workflows.template_stages is 'The stages of a version of a template, in the order in which they run. Only ever added to.';
comment on column workflows.template_stages.organization_id is 'The organization of the template.';
comment on column workflows.template_stages.template_version_id is 'The version.';
comment on column workflows.template_stages.position is 'Its place in the order, from 1.';
comment on column workflows.template_stages.stage_key is 'What the program calls it, unique in the version.';
comment on column workflows.template_stages.name is 'What people call it.';
comment on column workflows.template_stages.description is 'What happens in it; Markdown.';
comment on column workflows.template_stages.timeout is 'How long one attempt may take, pauses not counted.';
comment on column workflows.template_stages.stall_after is 'How long nothing may happen in it, and nothing be awaited, before it counts as stalled.';
comment on column workflows.template_stages.attempts_max is 'How often it is tried before only a person may try it again.';
comment on column workflows.template_stages.required_integrations is 'The outside services that it cannot do without.';
comment on column workflows.template_stages.entry_validations is 'Keys of the validations that must have passed before it begins.';
comment on column workflows.template_stages.exit_validations is 'Keys of the validations that must have passed before it is complete.';

select base.tenant_table('workflows.template_stages', privileges => 'select');
select base.make_append_only('workflows.template_stages');
grant update (organization_id) on workflows.template_stages to workflows_owner;  -- as above
alter table workflows.template_stages add constraint template_stages_version_fkey
    foreign key (organization_id, template_version_id) references workflows.template_versions (organization_id, id);

-- migrate: rollback
drop view if exists workflows.template_summary;
drop table workflows.template_stages;
drop table workflows.template_versions;
drop table workflows.workflow_templates;
drop type workflows.integration cascade;
$gsdb_file$);
select pg_temp.gsdb_migrate(2, 'create_executions', 'plain', '5000ms', 1, 11032, 11054, 431, $gsdb_file$-- Runs of workflows and of their stages. The stage that a run is in is its one stage that has not finished; no column repeats it.

create type workflows.execution_status as enum ('running', 'paused', 'completed', 'failed', 'cancelled');
comment on type workflows.execution_status is 'Where a run is in its life. A failed one may be tried again; a completed or cancelled one never changes.';
create type workflows.stage_status as enum ('pending', 'running', 'completed', 'failed', 'timed_out', 'cancelled');
comment on type workflows.stage_status is 'Where one attempt at a stage is in its life; pending while its entry validations have not passed.';

create table workflows.workflow_executions (
    organization_id     uuid                       not null,
    id                  uuid                       not null default base.uuid_v7(),
    template_version_id uuid                       not null,
    project_id          uuid                       not null,
    repository_id       uuid                       not null,
    requirement_id      uuid,
    name                text                       not null,
    status              workflows.execution_status not null default 'running',
    status_reason       text,
    priority            base.priority              not null default 'normal',
    base_branch         text                       not null default 'main',
    dev_branch          text,
    parameters          jsonb                      not null default '{}',
    cost_usd_max        numeric(14, 6),
    idempotency_key     text,
    created_by          uuid,
    started_at          timestamptz                not null default now(),
    paused_at           timestamptz,
    finished_at         timestamptz,
    updated_at          timestamptz                not null default now(),
    constraint workflow_executions_pkey primary key (organization_id, id),
    constraint execution_keeps_its_version unique (organization_id, id, template_version_id),
    constraint an_idempotency_key_starts_one_execution unique (organization_id, idempotency_key),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint paused_says_since_when check ((status = 'paused') = (paused_at is not null)),
    constraint finished_has_an_end check ((status in ('completed', 'failed', 'cancelled')) = (finished_at is not null)),
    constraint stopped_says_why check ((status in ('paused', 'failed', 'cancelled')) = (btrim(coalesce(status_reason, '')) <> '')),
    constraint ends_after_start check (finished_at >= started_at),
    constraint branches_are_not_blank check (btrim(base_branch) <> '' and btrim(dev_branch) <> ''),
    constraint parameters_is_object check (jsonb_typeof(parameters) = 'object'),
    constraint cost_limit_is_positive check (cost_usd_max > 0),
    constraint idempotency_key_is_short check (length(idempotency_key) between 1 and 255)
);
create index workflow_executions_version_idx on workflows.workflow_executions (organization_id, template_version_id, id);
create index workflow_executions_project_idx on workflows.workflow_executions (organization_id, project_id, id);
create index workflow_executions_open_idx on workflows.workflow_executions (organization_id, priority, id) where finished_at is null;

comment on table workflows.workflow_executions is 'Runs of workflows: one from a requirement to a merged change each. Changed by routines only.';
comment on column workflows.workflow_executions.organization_id is 'The organization it runs for.';
comment on column workflows.workflow_executions.id is 'Its id.';
comment on column workflows.workflow_executions.template_version_id is 'The version of the template that it follows to its end, whatever comes after.';
comment on column workflows.workflow_executions.project_id is 'The project it works for. Id of projects.projects.';
comment on column workflows.workflow_executions.repository_id is 'The repository it changes. Id of projects.repositories.';
comment on column workflows.workflow_executions.requirement_id is 'The version of the requirements that it fulfils; null until it is saved. Id of tasks.requirements.';
comment on column workflows.workflow_executions.name is 'What people call it.';
comment on column workflows.workflow_executions.status is 'Where it is in its life.';
comment on column workflows.workflow_executions.status_reason is 'Why it is paused, failed or cancelled; null otherwise.';
comment on column workflows.workflow_executions.priority is 'How much it matters.';
comment on column workflows.workflow_executions.base_branch is 'The branch of the repository that it starts from.';
comment on column workflows.workflow_executions.dev_branch is 'The branch that its changes are merged into; null until it is there.';
comment on column workflows.workflow_executions.parameters is 'What it was started with besides: the agent, limits and so on. No secrets.';
comment on column workflows.workflow_executions.cost_usd_max is 'US dollars at which it is paused; null for no limit. What it has cost is said by execution_costs.';
comment on column workflows.workflow_executions.idempotency_key is 'Given by who starts it: the same key starts it once only; null for none.';
comment on column workflows.workflow_executions.created_by is 'Who started it; null for the product. Id of identity.users.';
comment on column workflows.workflow_executions.started_at is 'When it was started.';
comment on column workflows.workflow_executions.paused_at is 'Since when it is paused; null while it is not.';
comment on column workflows.workflow_executions.finished_at is 'When it was completed, failed or cancelled; null before.';
comment on column workflows.workflow_executions.updated_at is 'When the row was last changed.';

select base.tenant_table('workflows.workflow_executions', privileges => 'select');
alter table workflows.workflow_executions add constraint workflow_executions_version_fkey
    foreign key (organization_id, template_version_id) references workflows.template_versions (organization_id, id);

create table workflows.workflow_stage_executions (
    organization_id     uuid                   not null,
    id                  uuid                   not null default base.uuid_v7(),
    execution_id        uuid                   not null,
    template_version_id uuid                   not null,
    position            integer                not null,
    attempt             integer                not null default 1,
    status              workflows.stage_status not null default 'pending',
    error_message       text,
    output              jsonb                  not null default '{}',
    created_at          timestamptz            not null default now(),
    started_at          timestamptz,
    deadline_at         timestamptz,
    finished_at         timestamptz,
    updated_at          timestamptz            not null default now(),
    constraint workflow_stage_executions_pkey primary key (organization_id, id),
    constraint an_attempt_at_a_stage_is_made_once unique (organization_id, execution_id, template_version_id, position, attempt),
    constraint stage_stays_in_its_execution unique (organization_id, execution_id, id),
    constraint attempt_is_positive check (attempt > 0),
    constraint pending_has_not_begun check (status <> 'pending' or started_at is null),
    constraint only_pending_and_cancelled_have_not_begun check (started_at is not null or status in ('pending', 'cancelled')),
    constraint begun_has_a_deadline check ((started_at is null) = (deadline_at is null)),
    constraint deadline_after_start check (deadline_at > started_at),
    constraint finished_has_an_end check ((status in ('completed', 'failed', 'timed_out', 'cancelled')) = (finished_at is not null)),
    constraint ends_after_start check (finished_at >= coalesce(started_at, created_at)),
    constraint timed_out_after_its_deadline check (status <> 'timed_out' or finished_at >= deadline_at),
    constraint failed_says_why check ((status in ('failed', 'timed_out')) = (btrim(coalesce(error_message, '')) <> '')),
    constraint output_is_object check (jsonb_typeof(output) = 'object'),
    constraint only_completed_has_output check (status = 'completed' or output = '{}')
);
create unique index an_execution_is_in_one_stage on workflows.workflow_stage_executions (organization_id, execution_id) where finished_at is null;
create index workflow_stage_executions_stage_idx on workflows.workflow_stage_executions (organization_id, template_version_id, position);
create index workflow_stage_executions_deadline_idx on workflows.workflow_stage_executions (organization_id, deadline_at) where finished_at is null;

comment on table workflows.workflow_stage_executions is 'Attempts at the stages of a run. Changed by routines only.';
comment on column workflows.workflow_stage_executions.organization_id is 'The organization of the run.';
comment on column workflows.workflow_stage_executions.id is 'Its id.';
comment on column workflows.workflow_stage_executions.execution_id is 'The run.';
comment on column workflows.workflow_stage_executions.template_version_id is 'The version of the template that the run follows.';
comment on column workflows.workflow_stage_executions.position is 'The stage''s place in that version.';
comment on column workflows.workflow_stage_executions.attempt is 'Which attempt at the stage it is, from 1.';
comment on column workflows.workflow_stage_executions.status is 'Where it is in its life.';
comment on column workflows.workflow_stage_executions.error_message is 'Why it failed or what it was still doing at its deadline; null otherwise.';
comment on column workflows.workflow_stage_executions.output is 'What later stages need of it; empty unless it is completed.';
comment on column workflows.workflow_stage_executions.created_at is 'When the run came to it.';
comment on column workflows.workflow_stage_executions.started_at is 'When its entry validations had passed and it began; null before.';
comment on column workflows.workflow_stage_executions.deadline_at is 'When it has to have finished: the start, the timeout of its stage and the time it was paused for; null before it began.';
comment on column workflows.workflow_stage_executions.finished_at is 'When it ended, however it did; null before.';
comment on column workflows.workflow_stage_executions.updated_at is 'When the row was last changed.';

select base.tenant_table('workflows.workflow_stage_executions', privileges => 'select');
alter table workflows.workflow_stage_executions add constraint stage_follows_the_version_of_its_execution
    foreign key (organization_id, execution_id, template_version_id)
    references workflows.workflow_executions (organization_id, id, template_version_id) on delete cascade;
alter table workflows.workflow_stage_executions add constraint stage_is_in_the_template
    foreign key (organization_id, template_version_id, position)
    references workflows.template_stages (organization_id, template_version_id, position);

-- migrate: rollback
drop view if exists workflows.active_workflows_dashboard, workflows.stalled_executions, workflows.project_workflow_status,
    workflows.workflow_performance_summary, workflows.stage_success_rates, workflows.execution_costs, workflows.template_summary;
drop table workflows.workflow_stage_executions;
drop table workflows.workflow_executions;
drop type workflows.stage_status cascade;
drop type workflows.execution_status cascade;
$gsdb_file$);
select pg_temp.gsdb_migrate(3, 'create_steps_and_awaited_events', 'plain', '5000ms', 1, 7944, 7966, 251, $gsdb_file$-- What makes a run go on where it was: the journal of steps that have committed, and the events that it waits for.

-- Written for every step of every run, so it has one index and no id of its own.
create table workflows.workflow_steps (
    organization_id uuid        not null,
    execution_id    uuid        not null,
    step_key        text        not null,
    occurrence      integer     not null default 1,
    input_hash      bytea       not null,
    result          jsonb       not null default '{}',
    started_at      timestamptz not null,
    committed_at    timestamptz not null default now(),
    constraint a_step_commits_once primary key (organization_id, execution_id, step_key, occurrence),
    constraint step_key_is_a_path check (step_key ~ '^[a-z0-9_.-]+(/[a-z0-9_.-]+)*$' and length(step_key) <= 200),
    constraint occurrence_is_positive check (occurrence > 0),
    constraint input_hash_is_sha256 check (length(input_hash) = 32),
    constraint committed_after_start check (committed_at >= started_at)
);

comment on table workflows.workflow_steps is 'The journal of runs: a step is here when it has committed, and is then never run again, in whatever attempt at its stage. Rows are never changed.';
comment on column workflows.workflow_steps.organization_id is 'The organization of the run.';
comment on column workflows.workflow_steps.execution_id is 'The run.';
comment on column workflows.workflow_steps.step_key is 'What the program calls the step within the run: words separated by slashes, the first one being the stage.';
comment on column workflows.workflow_steps.occurrence is 'Which of the steps of this key it is, from 1; more than one in loops.';
comment on column workflows.workflow_steps.input_hash is 'SHA-256 of what the step was given. Another hash on replay means that the program has changed under the run.';
comment on column workflows.workflow_steps.result is 'What came of it; any JSON. On replay it is used instead of running the step.';
comment on column workflows.workflow_steps.started_at is 'When the step began.';
comment on column workflows.workflow_steps.committed_at is 'When its result was recorded.';

select base.tenant_table('workflows.workflow_steps', privileges => 'select, insert');
alter table workflows.workflow_steps add constraint workflow_steps_execution_fkey
    foreign key (organization_id, execution_id) references workflows.workflow_executions (organization_id, id) on delete cascade;

create type workflows.wait_kind as enum ('time', 'signal', 'approval', 'event');
comment on type workflows.wait_kind is 'What is waited for: a time, a word of the program or a command, a person''s consent, an event from outside.';
create type workflows.wait_status as enum ('waiting', 'fulfilled', 'expired', 'cancelled');
comment on type workflows.wait_status is 'Whether what is waited for has come; expired when it had not at its deadline.';

create table workflows.workflow_events_awaited (
    organization_id    uuid                  not null,
    id                 uuid                  not null default base.uuid_v7(),
    execution_id       uuid                  not null,
    stage_execution_id uuid                  not null,
    step_key           text                  not null,
    occurrence         integer               not null default 1,
    kind               workflows.wait_kind   not null,
    event_type         text                  not null default '',
    correlation_key    text                  not null default '',
    status             workflows.wait_status not null default 'waiting',
    deadline_at        timestamptz           not null,
    event_id           uuid,
    answer             jsonb                 not null default '{}',
    created_at         timestamptz           not null default now(),
    finished_at        timestamptz,
    updated_at         timestamptz           not null default now(),
    constraint workflow_events_awaited_pkey primary key (organization_id, id),
    constraint a_step_waits_once unique (organization_id, execution_id, step_key, occurrence),
    constraint step_key_is_a_path check (step_key ~ '^[a-z0-9_.-]+(/[a-z0-9_.-]+)*$' and length(step_key) <= 200),
    constraint occurrence_is_positive check (occurrence > 0),
    constraint only_time_is_not_correlated check ((kind = 'time') = (correlation_key = '')),
    constraint only_an_event_has_a_type check ((kind = 'event') = (event_type <> '')),
    constraint event_type_is_dotted_words check (event_type ~ '^([a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*)?$'),
    constraint time_does_not_expire check (kind <> 'time' or status <> 'expired'),
    constraint finished_has_an_end check ((status <> 'waiting') = (finished_at is not null)),
    constraint expired_after_its_deadline check (status <> 'expired' or finished_at >= deadline_at),
    constraint time_comes_at_its_deadline check (kind <> 'time' or status <> 'fulfilled' or finished_at >= deadline_at),
    constraint only_fulfilled_is_answered check (status = 'fulfilled' or (event_id is null and answer = '{}')),
    constraint answer_is_object check (jsonb_typeof(answer) = 'object')
);
create index workflow_events_awaited_stage_idx on workflows.workflow_events_awaited (organization_id, execution_id, stage_execution_id);
create index workflow_events_awaited_correlation_idx on workflows.workflow_events_awaited (organization_id, correlation_key) where status = 'waiting';
create index workflow_events_awaited_deadline_idx on workflows.workflow_events_awaited (organization_id, deadline_at) where status = 'waiting';

comment on table workflows.workflow_events_awaited is 'What runs wait for. Waiting costs a row, not a job that asks again and again; it always has an end.';
comment on column workflows.workflow_events_awaited.organization_id is 'The organization of the run.';
comment on column workflows.workflow_events_awaited.id is 'Its id.';
comment on column workflows.workflow_events_awaited.execution_id is 'The run that waits.';
comment on column workflows.workflow_events_awaited.stage_execution_id is 'The attempt at a stage that waits.';
comment on column workflows.workflow_events_awaited.step_key is 'The step that waits, as in workflow_steps; on replay it finds its row by it.';
comment on column workflows.workflow_events_awaited.occurrence is 'Which of the steps of this key it is, from 1.';
comment on column workflows.workflow_events_awaited.kind is 'What is waited for.';
comment on column workflows.workflow_events_awaited.event_type is 'The type of event, subject first: check_suite.completed and so on; empty for other kinds.';
comment on column workflows.workflow_events_awaited.correlation_key is 'What an answer has to carry: github:octo/hello#12, the name of a signal; empty for a time.';
comment on column workflows.workflow_events_awaited.status is 'Whether it has come.';
comment on column workflows.workflow_events_awaited.deadline_at is 'When waiting ends: the time waited for, or the time at which it expires.';
comment on column workflows.workflow_events_awaited.event_id is 'The event that came; null for none. Id of events.events.';
comment on column workflows.workflow_events_awaited.answer is 'What came: what the step needs of the event, the words of the signal, who consented.';
comment on column workflows.workflow_events_awaited.created_at is 'Since when it waits.';
comment on column workflows.workflow_events_awaited.finished_at is 'When waiting ended; null while it waits.';
comment on column workflows.workflow_events_awaited.updated_at is 'When the row was last changed.';

select base.tenant_table('workflows.workflow_events_awaited', privileges => 'select, insert, update');
alter table workflows.workflow_events_awaited add constraint wait_is_in_a_stage_of_its_execution
    foreign key (organization_id, execution_id, stage_execution_id)
    references workflows.workflow_stage_executions (organization_id, execution_id, id) on delete cascade;

-- migrate: rollback
drop view if exists workflows.active_workflows_dashboard, workflows.stalled_executions;
drop table workflows.workflow_events_awaited;
drop table workflows.workflow_steps;
drop type workflows.wait_status cascade;
drop type workflows.wait_kind cascade;
$gsdb_file$);
select pg_temp.gsdb_migrate(4, 'create_operations', 'plain', '5000ms', 1, 13734, 13756, 455, $gsdb_file$-- Calls to the outside, one table for each kind of service. They are three tables and not one with three views, because rows are
-- added to them by name and Citus cannot write through a view, and because what a call is about differs: an agent's run, an issue,
-- a branch and its pull request. What they share is written once, below, and copied.

create type workflows.operation_status as enum ('pending', 'running', 'succeeded', 'failed', 'cancelled');
comment on type workflows.operation_status is 'Where a call to the outside is in its life; pending before the first attempt and between two.';
create type workflows.operation_outcome as enum (
    'done', 'already_done', 'rate_limited', 'unreachable', 'timed_out', 'unauthorized', 'not_found', 'conflict', 'invalid', 'error');
comment on type workflows.operation_outcome is 'What came of the last attempt; already_done when the other side had it from an attempt whose answer was lost.';

create table workflows.codegen_operations (
    organization_id    uuid                       not null,
    id                 uuid                       not null default base.uuid_v7(),
    execution_id       uuid                       not null,
    stage_execution_id uuid,
    provider           text                       not null,
    operation_type     text                       not null,
    idempotency_key    text                       not null,
    request            jsonb                      not null default '{}',
    status             workflows.operation_status not null default 'pending',
    outcome            workflows.operation_outcome,
    response           jsonb,
    response_code      integer,
    error_message      text,
    attempts           integer                    not null default 0,
    attempts_max       integer                    not null default 5,
    next_attempt_at    timestamptz,
    latency_ms         integer,
    cost_usd           numeric(14, 6)             not null default 0,
    created_at         timestamptz                not null default now(),
    started_at         timestamptz,
    finished_at        timestamptz,
    updated_at         timestamptz                not null default now(),
    constraint provider_is_a_word check (provider ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint operation_type_is_dotted_words check (operation_type ~ '^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$'),
    constraint idempotency_key_is_given check (length(idempotency_key) between 1 and 255),
    constraint request_is_object check (jsonb_typeof(request) = 'object'),
    constraint response_is_a_document check (jsonb_typeof(response) in ('object', 'array')),
    constraint response_code_is_of_http check (response_code between 100 and 599),
    constraint attempts_stay_below_their_limit check (attempts between 0 and attempts_max and attempts_max between 1 and 1000),
    constraint started_was_attempted check (status not in ('running', 'succeeded', 'failed') or (attempts > 0 and started_at is not null)),
    constraint finished_has_an_end check ((status in ('succeeded', 'failed', 'cancelled')) = (finished_at is not null)),
    constraint ends_after_start check (finished_at >= coalesce(started_at, created_at)),
    constraint succeeded_is_done check ((status = 'succeeded') = (coalesce(outcome in ('done', 'already_done'), false))),
    constraint failed_has_an_outcome check (status <> 'failed' or outcome is not null),
    constraint failed_says_why check (status <> 'failed' or btrim(coalesce(error_message, '')) <> ''),
    constraint only_pending_is_due_again check (status = 'pending' or next_attempt_at is null),
    constraint measures_are_not_negative check (latency_ms >= 0 and cost_usd >= 0)
);

comment on table workflows.codegen_operations is 'Calls to coding agents: Codegen and whatever else serves as the agent.';
comment on column workflows.codegen_operations.organization_id is 'The organization of the run.';
comment on column workflows.codegen_operations.id is 'Its id.';
comment on column workflows.codegen_operations.execution_id is 'The run that it was made for.';
comment on column workflows.codegen_operations.stage_execution_id is 'The attempt at a stage that it was made in; null when in none, as in cleaning up after a cancellation.';
comment on column workflows.codegen_operations.provider is 'Who serves it: codegen, linear, github; command, builtin, git and so on.';
comment on column workflows.codegen_operations.operation_type is 'What it does, subject first: agent_run.create, issue.create, pull_request.merge and so on.';
comment on column workflows.codegen_operations.idempotency_key is 'The same key is the same call, whatever happens: made of run, step and occurrence; known to the other side where it can know one.';
comment on column workflows.codegen_operations.request is 'What was asked, secrets removed.';
comment on column workflows.codegen_operations.status is 'Where it is in its life.';
comment on column workflows.codegen_operations.outcome is 'What came of the last attempt; null before one was answered.';
comment on column workflows.codegen_operations.response is 'What the last attempt was answered, secrets removed; null for no answer.';
comment on column workflows.codegen_operations.response_code is 'The HTTP status of that answer; null when there was none.';
comment on column workflows.codegen_operations.error_message is 'What was wrong with the last attempt; null for nothing.';
comment on column workflows.codegen_operations.attempts is 'How often it was tried, counted before trying; one that is rate limited is given back.';
comment on column workflows.codegen_operations.attempts_max is 'How often it may be tried.';
comment on column workflows.codegen_operations.next_attempt_at is 'When it may be tried again; null for at once.';
comment on column workflows.codegen_operations.latency_ms is 'How long the last attempt took, in milliseconds; null before one was answered.';
comment on column workflows.codegen_operations.cost_usd is 'What all attempts have cost, in US dollars.';
comment on column workflows.codegen_operations.created_at is 'When it was intended.';
comment on column workflows.codegen_operations.started_at is 'When it was first tried; null before.';
comment on column workflows.codegen_operations.finished_at is 'When it succeeded, failed for good or was cancelled; null before.';
comment on column workflows.codegen_operations.updated_at is 'When the row was last changed.';

-- LIKE copies columns, defaults, checks and comments.
create table workflows.linear_operations (like workflows.codegen_operations including defaults including constraints including comments);
create table workflows.github_operations (like workflows.codegen_operations including defaults including constraints including comments);
comment on table workflows.linear_operations is 'Calls to issue trackers: Linear and whatever else serves as one.';
comment on table workflows.github_operations is 'Calls to hosts of code: GitHub and whatever else serves as one.';

alter table workflows.codegen_operations
    add column model               text,
    add column agent_run_id        text,
    add column agent_run_url       text,
    add column prompt_execution_id uuid,
    add column input_tokens        bigint not null default 0,
    add column output_tokens       bigint not null default 0,
    add constraint codegen_operations_pkey primary key (organization_id, id),
    add constraint an_agent_is_called_once_for_a_key unique (organization_id, idempotency_key),
    add constraint agent_run_url_is_http check (agent_run_url ~ '^https?://'),
    add constraint tokens_are_not_negative check (input_tokens >= 0 and output_tokens >= 0);
create index codegen_operations_execution_idx on workflows.codegen_operations (organization_id, execution_id, stage_execution_id);
create index codegen_operations_created_idx on workflows.codegen_operations (organization_id, created_at);
create index codegen_operations_agent_run_idx on workflows.codegen_operations (organization_id, agent_run_id) where agent_run_id is not null;
comment on column workflows.codegen_operations.model is 'The model that worked; null when unknown.';
comment on column workflows.codegen_operations.agent_run_id is 'The agent''s run in the words of the provider; null before it is known.';
comment on column workflows.codegen_operations.agent_run_url is 'Where people look at that run; null for nowhere.';
comment on column workflows.codegen_operations.prompt_execution_id is 'The prompt that was sent; null for none. Id of prompts.executions.';
comment on column workflows.codegen_operations.input_tokens is 'Tokens read, all attempts together.';
comment on column workflows.codegen_operations.output_tokens is 'Tokens written, all attempts together.';

alter table workflows.linear_operations
    add column issue_id           text,
    add column issue_key          text,
    add column issue_url          text,
    add column parent_issue_id    text,
    add column decomposed_step_id uuid,
    add constraint linear_operations_pkey primary key (organization_id, id),
    add constraint an_issue_tracker_is_called_once_for_a_key unique (organization_id, idempotency_key),
    add constraint issue_url_is_http check (issue_url ~ '^https?://'),
    add constraint an_issue_is_not_its_own_parent check (issue_id <> parent_issue_id);
create index linear_operations_execution_idx on workflows.linear_operations (organization_id, execution_id, stage_execution_id);
create index linear_operations_created_idx on workflows.linear_operations (organization_id, created_at);
create index linear_operations_issue_idx on workflows.linear_operations (organization_id, issue_id) where issue_id is not null;
comment on column workflows.linear_operations.issue_id is 'The issue in the words of the tracker; null before it is known.';
comment on column workflows.linear_operations.issue_key is 'What people call the issue: ENG-12; null before it is known.';
comment on column workflows.linear_operations.issue_url is 'Where people look at the issue; null for nowhere.';
comment on column workflows.linear_operations.parent_issue_id is 'The main issue when it is about a sub-issue; null otherwise.';
comment on column workflows.linear_operations.decomposed_step_id is 'The step of the plan that the issue stands for; null for none. Id of tasks.decomposed_steps.';

alter table workflows.github_operations
    add column branch              text,
    add column commit_id           text,
    add column pull_request_number integer,
    add column pull_request_url    text,
    add constraint github_operations_pkey primary key (organization_id, id),
    add constraint a_code_host_is_called_once_for_a_key unique (organization_id, idempotency_key),
    add constraint branch_is_not_blank check (btrim(branch) <> ''),
    add constraint commit_id_is_a_git_id check (commit_id ~ '^([0-9a-f]{40}|[0-9a-f]{64})$'),
    add constraint pull_request_number_is_positive check (pull_request_number > 0),
    add constraint pull_request_url_is_http check (pull_request_url ~ '^https?://');
create index github_operations_execution_idx on workflows.github_operations (organization_id, execution_id, stage_execution_id);
create index github_operations_created_idx on workflows.github_operations (organization_id, created_at);
create index github_operations_pull_request_idx on workflows.github_operations (organization_id, pull_request_number) where pull_request_number is not null;
comment on column workflows.github_operations.branch is 'The branch it is about; null for none.';
comment on column workflows.github_operations.commit_id is 'The commit it is about, in hexadecimal; null for none.';
comment on column workflows.github_operations.pull_request_number is 'The pull request it is about, in the repository of the run; null before it is known.';
comment on column workflows.github_operations.pull_request_url is 'Where people look at the pull request; null for nowhere.';

select base.tenant_table('workflows.codegen_operations', privileges => 'select, insert, update');
select base.tenant_table('workflows.linear_operations', privileges => 'select, insert, update');
select base.tenant_table('workflows.github_operations', privileges => 'select, insert, update');
alter table workflows.codegen_operations add constraint codegen_operations_execution_fkey
    foreign key (organization_id, execution_id) references workflows.workflow_executions (organization_id, id) on delete cascade;
alter table workflows.codegen_operations add constraint operation_is_in_a_stage_of_its_execution
    foreign key (organization_id, execution_id, stage_execution_id)
    references workflows.workflow_stage_executions (organization_id, execution_id, id) on delete cascade;
alter table workflows.linear_operations add constraint linear_operations_execution_fkey
    foreign key (organization_id, execution_id) references workflows.workflow_executions (organization_id, id) on delete cascade;
alter table workflows.linear_operations add constraint operation_is_in_a_stage_of_its_execution
    foreign key (organization_id, execution_id, stage_execution_id)
    references workflows.workflow_stage_executions (organization_id, execution_id, id) on delete cascade;
alter table workflows.github_operations add constraint github_operations_execution_fkey
    foreign key (organization_id, execution_id) references workflows.workflow_executions (organization_id, id) on delete cascade;
alter table workflows.github_operations add constraint operation_is_in_a_stage_of_its_execution
    foreign key (organization_id, execution_id, stage_execution_id)
    references workflows.workflow_stage_executions (organization_id, execution_id, id) on delete cascade;

-- migrate: rollback
drop view if exists workflows.active_workflows_dashboard, workflows.stalled_executions, workflows.workflow_performance_summary,
    workflows.execution_costs, workflows.agent_response_quality, workflows.integration_operation_outcomes, workflows.operations;
drop table workflows.github_operations;
drop table workflows.linear_operations;
drop table workflows.codegen_operations;
drop type workflows.operation_outcome;
drop type workflows.operation_status;
$gsdb_file$);
select pg_temp.gsdb_migrate(5, 'create_validations', 'plain', '5000ms', 1, 9381, 9403, 363, $gsdb_file$-- What has to be true before and after a stage: gates with thresholds, and the validations that were made.

create type workflows.comparison as enum ('at_least', 'at_most');
comment on type workflows.comparison is 'On which side of its threshold a measured value is good.';
create type workflows.checkpoint as enum ('entry', 'exit');
comment on type workflows.checkpoint is 'Whether a validation stands before a stage or behind it.';
create type workflows.validation_status as enum ('pending', 'running', 'passed', 'failed', 'skipped');
comment on type workflows.validation_status is 'Where a validation is in its life; its end is its result.';

create table workflows.quality_gates (
    organization_id uuid                 not null,
    id              uuid                 not null default base.uuid_v7(),
    project_id      uuid,
    metric          text                 not null,
    description     text                 not null default '',
    comparison      workflows.comparison not null,
    threshold       numeric(14, 4)       not null,
    unit            text                 not null,
    is_blocking     boolean              not null default true,
    created_at      timestamptz          not null default now(),
    updated_at      timestamptz          not null default now(),
    constraint quality_gates_pkey primary key (organization_id, id),
    constraint metric_is_a_word check (metric ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint unit_is_not_blank check (btrim(unit) <> ''),
    constraint percentages_end_at_100 check (unit <> 'percent' or threshold between 0 and 100)
);
create unique index an_organization_has_one_gate_for_a_metric on workflows.quality_gates (organization_id, metric) where project_id is null;
create unique index a_project_has_one_gate_for_a_metric on workflows.quality_gates (organization_id, project_id, metric) where project_id is not null;

comment on table workflows.quality_gates is 'Thresholds that a change has to keep: those of the organization, and those of projects that differ. quality_gates_of says which hold for a project.';
comment on column workflows.quality_gates.organization_id is 'The organization it belongs to.';
comment on column workflows.quality_gates.id is 'Its id.';
comment on column workflows.quality_gates.project_id is 'The project that it holds for instead of the organization''s gate; null for all others. Id of projects.projects.';
comment on column workflows.quality_gates.metric is 'What is measured.';
comment on column workflows.quality_gates.description is 'How it is measured; Markdown.';
comment on column workflows.quality_gates.comparison is 'Whether the value has to be at least or at most the threshold.';
comment on column workflows.quality_gates.threshold is 'The value that is just good enough, in unit.';
comment on column workflows.quality_gates.unit is 'What the threshold counts: percent (0 to 100), score (0 to 100), points, failures.';
comment on column workflows.quality_gates.is_blocking is 'Whether a change that misses it goes back; otherwise that is only said.';
comment on column workflows.quality_gates.created_at is 'When it was created.';
comment on column workflows.quality_gates.updated_at is 'When it was last changed.';

select base.tenant_table('workflows.quality_gates');

create table workflows.workflow_validations (
    organization_id      uuid                        not null,
    id                   uuid                        not null default base.uuid_v7(),
    stage_execution_id   uuid                        not null,
    codegen_operation_id uuid,
    checkpoint           workflows.checkpoint        not null default 'exit',
    validation_key       text                        not null,
    attempt              integer                     not null default 1,
    is_blocking          boolean                     not null default true,
    criteria             jsonb                       not null default '{}',
    comparison           workflows.comparison,
    threshold            numeric(14, 4),
    measured_value       numeric(14, 4),
    status               workflows.validation_status not null default 'pending',
    score                numeric(5, 2),
    findings             jsonb                       not null default '[]',
    skip_reason          text,
    created_at           timestamptz                 not null default now(),
    finished_at          timestamptz,
    updated_at           timestamptz                 not null default now(),
    constraint workflow_validations_pkey primary key (organization_id, id),
    constraint a_validation_is_made_once_in_an_attempt unique (organization_id, stage_execution_id, checkpoint, validation_key, attempt),
    constraint validation_key_is_a_word check (validation_key ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint attempt_is_positive check (attempt > 0),
    constraint criteria_is_object check (jsonb_typeof(criteria) = 'object'),
    constraint findings_is_array check (jsonb_typeof(findings) = 'array'),
    constraint threshold_has_a_side check ((threshold is null) = (comparison is null)),
    constraint measured_against_a_threshold check (measured_value is null or threshold is not null),
    constraint result_against_a_threshold_was_measured check (threshold is null or status not in ('passed', 'failed') or measured_value is not null),
    constraint result_follows_from_the_measurement check (
        threshold is null or status not in ('passed', 'failed')
        or (status = 'passed') = (case comparison when 'at_least' then measured_value >= threshold else measured_value <= threshold end)),
    constraint finished_has_an_end check ((status in ('passed', 'failed', 'skipped')) = (finished_at is not null)),
    constraint ends_after_start check (finished_at >= created_at),
    constraint score_is_of_100 check (score between 0 and 100),
    constraint only_results_have_a_score check (score is null or status in ('passed', 'failed')),
    constraint failed_says_what check (status <> 'failed' or threshold is not null or findings <> '[]'),
    constraint skipped_says_why check ((status = 'skipped') = (btrim(coalesce(skip_reason, '')) <> ''))
);
create index workflow_validations_operation_idx on workflows.workflow_validations (organization_id, codegen_operation_id) where codegen_operation_id is not null;

comment on table workflows.workflow_validations is 'What was checked before and after the stages of runs. The last attempt counts; its status is its result.';
comment on column workflows.workflow_validations.organization_id is 'The organization of the run.';
comment on column workflows.workflow_validations.id is 'Its id.';
comment on column workflows.workflow_validations.stage_execution_id is 'The attempt at a stage that it belongs to.';
comment on column workflows.workflow_validations.codegen_operation_id is 'The agent''s work that it judges; null when it judges none.';
comment on column workflows.workflow_validations.checkpoint is 'Whether the stage may begin or may be complete by it.';
comment on column workflows.workflow_validations.validation_key is 'Which validation: a key that the template names, the metric of a quality gate, or a check of the project.';
comment on column workflows.workflow_validations.attempt is 'Which attempt at it in this attempt at the stage, from 1: a change that goes back is checked again.';
comment on column workflows.workflow_validations.is_blocking is 'Whether the stage waits for it to pass; otherwise its result is only said.';
comment on column workflows.workflow_validations.criteria is 'What had to be true, as it was then.';
comment on column workflows.workflow_validations.comparison is 'Which side of the threshold is good; null without threshold.';
comment on column workflows.workflow_validations.threshold is 'The threshold of the quality gate, as it was then; null when it is not about a number.';
comment on column workflows.workflow_validations.measured_value is 'What was measured against the threshold; null before, and when nothing is.';
comment on column workflows.workflow_validations.status is 'Where it is in its life, and its result.';
comment on column workflows.workflow_validations.score is 'How good it is, 0 to 100; null when it is not scored.';
comment on column workflows.workflow_validations.findings is 'What is wrong or could be better, one object each: what goes back to the agent.';
comment on column workflows.workflow_validations.skip_reason is 'Why it was not made, and who said so; null unless it was skipped.';
comment on column workflows.workflow_validations.created_at is 'When it was begun.';
comment on column workflows.workflow_validations.finished_at is 'When its result was known; null before.';
comment on column workflows.workflow_validations.updated_at is 'When the row was last changed.';

select base.tenant_table('workflows.workflow_validations', privileges => 'select, insert, update');
alter table workflows.workflow_validations add constraint workflow_validations_stage_fkey
    foreign key (organization_id, stage_execution_id) references workflows.workflow_stage_executions (organization_id, id) on delete cascade;
alter table workflows.workflow_validations add constraint workflow_validations_operation_fkey
    foreign key (organization_id, codegen_operation_id) references workflows.codegen_operations (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists workflows.active_workflows_dashboard, workflows.stalled_executions, workflows.stage_success_rates,
    workflows.agent_response_quality;
drop table workflows.workflow_validations;
drop table workflows.quality_gates;
drop type workflows.validation_status cascade;
drop type workflows.checkpoint cascade;
drop type workflows.comparison cascade;
$gsdb_file$);
select pg_temp.gsdb_migrate(6, 'create_transitions', 'plain', '5000ms', 1, 2629, 2651, 88, $gsdb_file$-- Why each run is where it is. Written by the routine that makes the change, in the same transaction, so that neither is without the other.

create type workflows.transition_kind as enum (
    'started', 'stage_begun', 'stage_completed', 'stage_failed', 'stage_retried', 'paused', 'resumed', 'cancelled', 'completed');
comment on type workflows.transition_kind is 'What was done to a run.';

create table workflows.workflow_transitions (
    organization_id uuid                       not null,
    id              uuid                       not null default base.uuid_v7(),
    execution_id    uuid                       not null,
    occurred_at     timestamptz                not null default now(),
    kind            workflows.transition_kind  not null,
    status          workflows.execution_status not null,
    stage_key       text,
    reason          text                       not null default '',
    actor           text                       not null,
    constraint workflow_transitions_pkey primary key (organization_id, id, occurred_at),
    constraint actor_is_not_blank check (btrim(actor) <> '')
);
create index workflow_transitions_execution_idx on workflows.workflow_transitions (organization_id, execution_id, occurred_at, id);

comment on table workflows.workflow_transitions is 'What was done to runs, by whom and why. Written by routines only.';
comment on column workflows.workflow_transitions.organization_id is 'The organization of the run.';
comment on column workflows.workflow_transitions.id is 'Its id.';
comment on column workflows.workflow_transitions.execution_id is 'The run.';
comment on column workflows.workflow_transitions.occurred_at is 'When it was done.';
comment on column workflows.workflow_transitions.kind is 'What was done.';
comment on column workflows.workflow_transitions.status is 'Where the run was in its life afterwards.';
comment on column workflows.workflow_transitions.stage_key is 'The stage it was about; null for none.';
comment on column workflows.workflow_transitions.reason is 'Why; empty when it goes without saying.';
comment on column workflows.workflow_transitions.actor is 'Who did it, as in the audit log: user:<id>, api_key:<id>, system.';

select base.make_time_partitioned('workflows.workflow_transitions', 'occurred_at', interval '1 month');
select base.tenant_table('workflows.workflow_transitions', privileges => 'select');
alter table workflows.workflow_transitions add constraint workflow_transitions_execution_fkey
    foreign key (organization_id, execution_id) references workflows.workflow_executions (organization_id, id) on delete cascade;

-- migrate: rollback
drop table workflows.workflow_transitions;
drop type workflows.transition_kind cascade;
$gsdb_file$);
select pg_temp.gsdb_migrate(7, 'create_metrics', 'plain', '5000ms', 1, 2568, 2590, 39, $gsdb_file$-- Measurements of runs over time. What can be counted from rows is a view, not a metric.

create table workflows.workflow_metrics (
    organization_id uuid           not null,
    id              uuid           not null default base.uuid_v7(),
    execution_id    uuid           not null,
    measured_at     timestamptz    not null default now(),
    stage_key       text,
    metric_name     text           not null,
    value           numeric(20, 6) not null,
    unit            text           not null,
    labels          jsonb          not null default '{}',
    constraint workflow_metrics_pkey primary key (organization_id, id, measured_at),
    constraint metric_name_is_dotted_words check (metric_name ~ '^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$'),
    constraint unit_is_not_blank check (btrim(unit) <> ''),
    constraint labels_is_object check (jsonb_typeof(labels) = 'object')
);
-- Metrics are read by name over a window or by run; nothing searches their labels, so they have no GIN index to pay for.
create index workflow_metrics_name_idx on workflows.workflow_metrics (organization_id, metric_name, measured_at);
create index workflow_metrics_execution_idx on workflows.workflow_metrics (organization_id, execution_id, measured_at);

comment on table workflows.workflow_metrics is 'What was measured in runs, a time series.';
comment on column workflows.workflow_metrics.organization_id is 'The organization of the run.';
comment on column workflows.workflow_metrics.id is 'Its id.';
comment on column workflows.workflow_metrics.execution_id is 'The run.';
comment on column workflows.workflow_metrics.measured_at is 'When it was measured.';
comment on column workflows.workflow_metrics.stage_key is 'The stage it was measured in; null for the run as a whole.';
comment on column workflows.workflow_metrics.metric_name is 'What was measured.';
comment on column workflows.workflow_metrics.value is 'The value, in unit.';
comment on column workflows.workflow_metrics.unit is 'What the value counts: seconds, bytes, percent, usd, count and so on.';
comment on column workflows.workflow_metrics.labels is 'What tells it from others of its name.';

select base.make_time_partitioned('workflows.workflow_metrics', 'measured_at', interval '1 month');
select base.tenant_table('workflows.workflow_metrics', privileges => 'select, insert');
alter table workflows.workflow_metrics add constraint workflow_metrics_execution_fkey
    foreign key (organization_id, execution_id) references workflows.workflow_executions (organization_id, id) on delete cascade;

-- migrate: rollback
drop table workflows.workflow_metrics;
$gsdb_file$);
select pg_temp.gsdb_migrate(8, 'create_merge_queue', 'plain', '5000ms', 1, 5266, 5288, 172, $gsdb_file$-- Changes that wait to be merged into a branch. One at a time is rebased, validated again and merged.

create type workflows.merge_status as enum (
    'queued', 'rebasing', 'validating', 'merging', 'conflicted', 'needs_person', 'merged', 'rejected', 'cancelled');
comment on type workflows.merge_status is 'Where a change is on its way into a branch; conflicted while the agent mends it, rejected when it does not pass after the rebase.';

create table workflows.merge_queue_entries (
    organization_id    uuid                   not null,
    id                 uuid                   not null default base.uuid_v7(),
    execution_id       uuid                   not null,
    repository_id      uuid                   not null,
    task_id            uuid,
    source_branch      text                   not null,
    target_branch      text                   not null,
    head_commit        text                   not null,
    priority           base.priority          not null default 'normal',
    status             workflows.merge_status not null default 'queued',
    status_reason      text,
    conflicts_returned integer                not null default 0,
    merged_commit      text,
    created_at         timestamptz            not null default now(),
    finished_at        timestamptz,
    updated_at         timestamptz            not null default now(),
    constraint merge_queue_entries_pkey primary key (organization_id, id),
    constraint branches_differ check (btrim(source_branch) <> '' and btrim(target_branch) <> '' and source_branch <> target_branch),
    constraint commits_are_git_ids check (head_commit ~ '^([0-9a-f]{40}|[0-9a-f]{64})$' and merged_commit ~ '^([0-9a-f]{40}|[0-9a-f]{64})$'),
    constraint a_conflict_goes_back_three_times check (conflicts_returned between 0 and 3),
    constraint conflicted_went_back check (status <> 'conflicted' or conflicts_returned > 0),
    constraint stopped_says_why check ((status in ('conflicted', 'needs_person', 'rejected', 'cancelled')) = (btrim(coalesce(status_reason, '')) <> '')),
    constraint merged_has_a_commit check ((status = 'merged') = (merged_commit is not null)),
    constraint finished_has_an_end check ((status in ('merged', 'rejected', 'cancelled')) = (finished_at is not null)),
    constraint ends_after_start check (finished_at >= created_at)
);
create unique index a_branch_is_queued_once on workflows.merge_queue_entries (organization_id, repository_id, source_branch, target_branch) where finished_at is null;
create unique index a_branch_takes_one_change_at_a_time on workflows.merge_queue_entries (organization_id, repository_id, target_branch)
    where status in ('rebasing', 'validating', 'merging');
create index merge_queue_entries_queue_idx on workflows.merge_queue_entries (organization_id, repository_id, target_branch, priority desc, id) where status = 'queued';
create index merge_queue_entries_execution_idx on workflows.merge_queue_entries (organization_id, execution_id);

comment on table workflows.merge_queue_entries is 'Changes on their way into a branch, most urgent and oldest first. Changed by routines only.';
comment on column workflows.merge_queue_entries.organization_id is 'The organization of the run.';
comment on column workflows.merge_queue_entries.id is 'Its id.';
comment on column workflows.merge_queue_entries.execution_id is 'The run that made the change.';
comment on column workflows.merge_queue_entries.repository_id is 'The repository. Id of projects.repositories.';
comment on column workflows.merge_queue_entries.task_id is 'The task that made the change and mends its conflicts; null for none. Id of tasks.tasks.';
comment on column workflows.merge_queue_entries.source_branch is 'The branch that the change is on.';
comment on column workflows.merge_queue_entries.target_branch is 'The branch that it is to be merged into.';
comment on column workflows.merge_queue_entries.head_commit is 'The commit of the source branch that is to be merged, in hexadecimal; a rebase changes it.';
comment on column workflows.merge_queue_entries.priority is 'How much it matters.';
comment on column workflows.merge_queue_entries.status is 'Where it is on its way.';
comment on column workflows.merge_queue_entries.status_reason is 'Why it does not go on: the conflict, what failed, who cancelled; null otherwise.';
comment on column workflows.merge_queue_entries.conflicts_returned is 'How often a conflict went back to the agent; after three times a person is needed.';
comment on column workflows.merge_queue_entries.merged_commit is 'The commit of the target branch that has it, in hexadecimal; null before it is merged.';
comment on column workflows.merge_queue_entries.created_at is 'When it came.';
comment on column workflows.merge_queue_entries.finished_at is 'When it was merged, rejected or cancelled; null before.';
comment on column workflows.merge_queue_entries.updated_at is 'When the row was last changed.';

select base.tenant_table('workflows.merge_queue_entries', privileges => 'select');
alter table workflows.merge_queue_entries add constraint merge_queue_entries_execution_fkey
    foreign key (organization_id, execution_id) references workflows.workflow_executions (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists workflows.active_workflows_dashboard, workflows.stalled_executions;
drop table workflows.merge_queue_entries;
drop type workflows.merge_status cascade;
$gsdb_file$);
select pg_temp.gsdb_migrate(9, 'install_defaults', 'plain', '5000ms', 1, 310, 332, 1520, $gsdb_file$-- The default organization has the eight stages and the quality gates from the start; for others the same routines are called when
-- they are created.

select workflows.install_default_template(base.default_organization_id());
select workflows.install_default_quality_gates(base.default_organization_id());

-- migrate: rollback
delete from workflows.quality_gates g
where g.organization_id = base.default_organization_id() and g.project_id is null
  and g.metric in (select d.metric from workflows.default_quality_gates() d);
-- The template goes unless somebody has used it or made another version of it.
grant delete on workflows.template_versions, workflows.template_stages to workflows_owner;
create temporary table unused on commit drop as
select t.id as template_id, v.id as version_id
from workflows.workflow_templates t
join workflows.template_versions v on v.organization_id = t.organization_id and v.template_id = t.id
where t.organization_id = base.default_organization_id() and t.slug = 'github-project'
  and not exists (select from workflows.workflow_executions e where e.organization_id = v.organization_id and e.template_version_id = v.id)
  and not exists (select from workflows.template_versions o where o.organization_id = t.organization_id and o.template_id = t.id and o.id <> v.id);
delete from workflows.template_stages where organization_id = base.default_organization_id() and template_version_id in (select version_id from unused);
delete from workflows.template_versions where organization_id = base.default_organization_id() and id in (select version_id from unused);
delete from workflows.workflow_templates where organization_id = base.default_organization_id() and id in (select template_id from unused);
drop table unused;
revoke delete on workflows.template_versions, workflows.template_stages from workflows_owner;
$gsdb_file$);
select pg_temp.gsdb_migrate(10, 'note_when_cancelled_runs_are_cleaned_up', 'plain', '5000ms', 1, 828, 850, 69, $gsdb_file$-- A run that nobody has in hand can be cancelled, too. What it has left is then the server's to remove, however often the server is killed
-- meanwhile.

alter table workflows.workflow_executions
    add column cleaned_up_at timestamptz,
    add constraint only_cancelled_is_cleaned_up check (cleaned_up_at is null or status = 'cancelled');
comment on column workflows.workflow_executions.cleaned_up_at is 'When the folders, branches and tasks of a cancelled run were removed; null before, and for every other run.';
-- So far whoever cancelled a run cleaned up at once.
update workflows.workflow_executions set cleaned_up_at = finished_at where status = 'cancelled';
create index workflow_executions_left_behind_idx on workflows.workflow_executions (organization_id, id) where status = 'cancelled' and cleaned_up_at is null;

-- migrate: rollback
alter table workflows.workflow_executions drop column cleaned_up_at;
$gsdb_file$);
select pg_temp.gsdb_migrate(11, 'tell_of_transitions', 'plain', '5000ms', 1, 770, 792, 110, $gsdb_file$-- Events, and with them subscriptions, patterns and rollups, are told of what is done to runs. They are kept in another database, so
-- that a run remembers how far it was told. What was done before this is not told.

alter table workflows.workflow_executions
    add column told_transition_id uuid,
    add column has_untold_transitions boolean not null default false;
comment on column workflows.workflow_executions.told_transition_id is 'The last of its transitions that events were told of; null before the first.';
comment on column workflows.workflow_executions.has_untold_transitions is 'Whether there are transitions after that.';
create index workflow_executions_untold_idx on workflows.workflow_executions (organization_id, id) where has_untold_transitions;

-- migrate: rollback
alter table workflows.workflow_executions drop column told_transition_id, drop column has_untold_transitions;
$gsdb_file$);
select pg_temp.gsdb_migrate(12, 'have_default_gates_that_are_measured', 'plain', '5000ms', 1, 3977, 3999, 3173, $gsdb_file$-- Gates are measured now, on what the code graph knows of a change. Of the defaults, four named what nothing in the product can tell honestly:
-- test_coverage (which lines tests run: checks are commands of the repository, whose reports are as many as there are tools), security (a score of
-- unknown make), performance (benchmarks that the repository may not have) and dependency_health (which needs a register of vulnerabilities).
-- What the graph does know comes in their place: functions that no test reaches, issues that a change brings, and those of them that are risks.
-- The defaults do not block: nobody has chosen them. Rows that somebody has changed stay, also where nobody can measure them; runs say so. An organization
-- in which none was left as it was gets nothing new.

create temporary table former_default_gates on commit drop as
select * from (values
    ('test_coverage',     'at_least'::workflows.comparison, 80.0, 'percent', 'Lines of the change that tests run.'),
    ('complexity',        'at_most',   7.0, 'points',   'Mean cyclomatic complexity of the functions changed.'),
    ('security',          'at_least', 85.0, 'score',    'How free of known weaknesses the change is.'),
    ('performance',       'at_least', 75.0, 'score',    'How the change does in the project''s benchmarks.'),
    ('dependency_health', 'at_least', 90.0, 'score',    'How current and free of known vulnerabilities the dependencies are.'),
    ('recent_failures',   'at_most',   3.0, 'failures', 'Failed checks of the branch in the last seven days.'),
    ('documentation',     'at_least', 70.0, 'percent',  'Public elements of the change that are described.'),
    ('duplication',       'at_most',   5.0, 'percent',  'Lines of the change that are elsewhere, too.')
) as d (metric, comparison, threshold, unit, description);
create temporary table default_gates on commit drop as
select * from (values
    ('complexity',       'at_most'::workflows.comparison, 7.0, 'points', 'Mean cyclomatic complexity of the functions that the change adds or touches.'),
    ('documentation',    'at_least', 70.0, 'percent',   'Public functions and types that the change adds or touches and that are described.'),
    ('duplication',      'at_most',   5.0, 'percent',   'Lines that the change adds and that stand elsewhere, too.'),
    ('new_issues',       'at_most',   0.0, 'issues',    'Issues that the change brings.'),
    ('new_risks',        'at_most',   0.0, 'issues',    'Issues of the category risk that the change brings.'),
    ('recent_failures',  'at_most',   3.0, 'failures',  'Attempts at stages that failed in other runs on the repository in the last seven days.'),
    ('tested_functions', 'at_least', 80.0, 'percent',   'Functions that the change adds or touches and that a test reaches.')
) as d (metric, comparison, threshold, unit, description);
create temporary table unchanged_gates on commit drop as
select g.organization_id, g.id, g.metric
from workflows.quality_gates g
join former_default_gates d on (d.metric, d.comparison, d.threshold, d.unit, d.description) = (g.metric, g.comparison, g.threshold, g.unit, g.description)
where g.project_id is null and g.is_blocking;

delete from workflows.quality_gates g using unchanged_gates u where u.organization_id = g.organization_id and u.id = g.id;
insert into workflows.quality_gates (organization_id, metric, description, comparison, threshold, unit, is_blocking)
select o.organization_id, d.metric, d.description, d.comparison, d.threshold, d.unit, false
from (select distinct u.organization_id from unchanged_gates u) o
cross join default_gates d
where not exists (select from former_default_gates f where f.metric = d.metric)
   or exists (select from unchanged_gates u where u.organization_id = o.organization_id and u.metric = d.metric)
on conflict do nothing;
comment on column workflows.quality_gates.unit is 'What the threshold counts: percent (0 to 100), score (0 to 100), points, failures, issues.';

-- migrate: rollback
create temporary table former_default_gates on commit drop as
select * from (values
    ('test_coverage',     'at_least'::workflows.comparison, 80.0, 'percent', 'Lines of the change that tests run.'),
    ('complexity',        'at_most',   7.0, 'points',   'Mean cyclomatic complexity of the functions changed.'),
    ('security',          'at_least', 85.0, 'score',    'How free of known weaknesses the change is.'),
    ('performance',       'at_least', 75.0, 'score',    'How the change does in the project''s benchmarks.'),
    ('dependency_health', 'at_least', 90.0, 'score',    'How current and free of known vulnerabilities the dependencies are.'),
    ('recent_failures',   'at_most',   3.0, 'failures', 'Failed checks of the branch in the last seven days.'),
    ('documentation',     'at_least', 70.0, 'percent',  'Public elements of the change that are described.'),
    ('duplication',       'at_most',   5.0, 'percent',  'Lines of the change that are elsewhere, too.')
) as d (metric, comparison, threshold, unit, description);
create temporary table default_gates on commit drop as
select * from (values
    ('complexity',       'at_most'::workflows.comparison, 7.0, 'points', 'Mean cyclomatic complexity of the functions that the change adds or touches.'),
    ('documentation',    'at_least', 70.0, 'percent',   'Public functions and types that the change adds or touches and that are described.'),
    ('duplication',      'at_most',   5.0, 'percent',   'Lines that the change adds and that stand elsewhere, too.'),
    ('new_issues',       'at_most',   0.0, 'issues',    'Issues that the change brings.'),
    ('new_risks',        'at_most',   0.0, 'issues',    'Issues of the category risk that the change brings.'),
    ('recent_failures',  'at_most',   3.0, 'failures',  'Attempts at stages that failed in other runs on the repository in the last seven days.'),
    ('tested_functions', 'at_least', 80.0, 'percent',   'Functions that the change adds or touches and that a test reaches.')
) as d (metric, comparison, threshold, unit, description);
create temporary table unchanged_gates on commit drop as
select g.organization_id, g.id, g.metric
from workflows.quality_gates g
join default_gates d on (d.metric, d.comparison, d.threshold, d.unit, d.description) = (g.metric, g.comparison, g.threshold, g.unit, g.description)
where g.project_id is null and not g.is_blocking;

delete from workflows.quality_gates g using unchanged_gates u where u.organization_id = g.organization_id and u.id = g.id;
insert into workflows.quality_gates (organization_id, metric, description, comparison, threshold, unit, is_blocking)
select o.organization_id, d.metric, d.description, d.comparison, d.threshold, d.unit, true
from (select distinct u.organization_id from unchanged_gates u) o
cross join former_default_gates d
where not exists (select from default_gates f where f.metric = d.metric)
   or exists (select from unchanged_gates u where u.organization_id = o.organization_id and u.metric = d.metric)
on conflict do nothing;
comment on column workflows.quality_gates.unit is 'What the threshold counts: percent (0 to 100), score (0 to 100), points, failures.';
$gsdb_file$);
select pg_temp.gsdb_end_module();
