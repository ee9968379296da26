-- Why each run is where it is. Written by the routine that makes the change, in the same transaction, so that neither is without the other.

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
