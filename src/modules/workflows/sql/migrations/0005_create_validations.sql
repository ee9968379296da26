-- What has to be true before and after a stage: gates with thresholds, and the validations that were made.

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
