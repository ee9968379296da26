-- The merge queue. A change goes
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
