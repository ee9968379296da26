-- Changes that wait to be merged into a branch. One at a time is rebased, validated again and merged.

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
