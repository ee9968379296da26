-- Self-healing: what is done about an error of a class, and how that went. Which strategy to try next is learned from the outcomes.

create type learning.healing_action as enum (
    'retry', 'back_off', 'change_model', 'change_prompt_version', 'shrink_context', 'decompose', 'create_fix_task', 'escalate');
comment on type learning.healing_action is 'What is done about an error, from least to most.';

create table learning.healing_strategies (
    organization_id uuid                    not null,
    id              uuid                    not null default base.uuid_v7(),
    name            text                    not null,
    error_class     learning.error_class,
    action          learning.healing_action not null,
    parameters      jsonb                   not null default '{}',
    pattern_id      uuid,
    disabled_at     timestamptz,
    created_at      timestamptz             not null default now(),
    updated_at      timestamptz             not null default now(),
    constraint healing_strategies_pkey primary key (organization_id, id),
    constraint healing_strategies_name_key unique (organization_id, name),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint parameters_is_object check (jsonb_typeof(parameters) = 'object')
);
create index healing_strategies_pattern_idx on learning.healing_strategies (organization_id, pattern_id) where pattern_id is not null;

comment on table learning.healing_strategies is 'What to do about errors: given by people, or learned.';
comment on column learning.healing_strategies.organization_id is 'The organization it belongs to.';
comment on column learning.healing_strategies.id is 'Its id.';
comment on column learning.healing_strategies.name is 'Its name, unique in the organization.';
comment on column learning.healing_strategies.error_class is 'The class of errors it is for; null for all.';
comment on column learning.healing_strategies.action is 'What is done.';
comment on column learning.healing_strategies.parameters is 'How, by the action: attempts, delays, the model to change to.';
comment on column learning.healing_strategies.pattern_id is 'The pattern it was learned from; null when a person gave it.';
comment on column learning.healing_strategies.disabled_at is 'Since when it is no longer tried; null while it is.';
comment on column learning.healing_strategies.created_at is 'When it was created.';
comment on column learning.healing_strategies.updated_at is 'When it was last changed.';

select base.tenant_table('learning.healing_strategies');
alter table learning.healing_strategies add constraint healing_strategies_pattern_fkey
    foreign key (organization_id, pattern_id) references learning.patterns (organization_id, id);

create table learning.healing_applications (
    organization_id uuid           not null,
    id              uuid           not null default base.uuid_v7(),
    strategy_id     uuid           not null,
    error_group_id  uuid           not null,
    task_id         uuid,
    attempt         integer        not null default 1,
    cost_usd        numeric(14, 6) not null default 0,
    started_at      timestamptz    not null default now(),
    finished_at     timestamptz,
    outcome         learning.outcome,
    constraint healing_applications_pkey primary key (organization_id, id),
    constraint attempt_counts_from_1 check (attempt >= 1),
    constraint cost_is_not_negative check (cost_usd >= 0),
    constraint finished_has_an_outcome check ((finished_at is null) = (outcome is null)),
    constraint ends_after_start check (finished_at >= started_at)
);
create index healing_applications_strategy_idx on learning.healing_applications (organization_id, strategy_id, started_at);
create index healing_applications_group_idx on learning.healing_applications (organization_id, error_group_id, started_at);

comment on table learning.healing_applications is 'Each time a strategy was tried on an error, and what came of it.';
comment on column learning.healing_applications.organization_id is 'The organization of the strategy.';
comment on column learning.healing_applications.id is 'Its id.';
comment on column learning.healing_applications.strategy_id is 'The strategy.';
comment on column learning.healing_applications.error_group_id is 'The error.';
comment on column learning.healing_applications.task_id is 'The task that was tried again, or created to fix it; null for none. Id of tasks.tasks.';
comment on column learning.healing_applications.attempt is 'Which attempt on this occasion, from 1.';
comment on column learning.healing_applications.cost_usd is 'What it has cost, in US dollars.';
comment on column learning.healing_applications.started_at is 'When it began.';
comment on column learning.healing_applications.finished_at is 'When its outcome was known; null while it is not.';
comment on column learning.healing_applications.outcome is 'What came of it; null while it is not known.';

select base.tenant_table('learning.healing_applications');
alter table learning.healing_applications add constraint healing_applications_strategy_fkey
    foreign key (organization_id, strategy_id) references learning.healing_strategies (organization_id, id) on delete cascade;
alter table learning.healing_applications add constraint healing_applications_group_fkey
    foreign key (organization_id, error_group_id) references learning.error_groups (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists learning.learning_effectiveness, learning.error_summary, learning.adaptation_effectiveness;
drop table learning.healing_applications, learning.healing_strategies;
drop type learning.healing_action;
