-- Runs of workflows and of their stages. The stage that a run is in is its one stage that has not finished; no column repeats it.

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
