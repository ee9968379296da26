-- What the routines of executions.sql are made of. They are not for callers: they write tables that only the owner may write.

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
