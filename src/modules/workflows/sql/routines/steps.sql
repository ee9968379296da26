-- Steps that are done once, and waiting. These run with the rights of the caller.

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
