-- How a version of the requirements is cut into steps. Whoever edits a decomposition makes a new one that is based on it. How far
-- a step is follows from its tasks.

create type tasks.decomposition_method as enum ('markdown', 'model', 'agent', 'person');
comment on type tasks.decomposition_method is 'Who cut the requirements into steps: the structure of the text; a language model; a coding agent; a person.';
create type tasks.decomposition_status as enum ('running', 'failed', 'proposed', 'superseded', 'accepted');
comment on type tasks.decomposition_status is 'Where a decomposition is: being made; not made; waiting for a decision; replaced by another one; the one that is worked by.';

create table tasks.requirement_decompositions (
    organization_id       uuid                       not null,
    id                    uuid                       not null default base.uuid_v7(),
    requirement_id        uuid                       not null,
    based_on_id           uuid,
    method                tasks.decomposition_method not null,
    status                tasks.decomposition_status not null default 'running',
    codegen_operation_id  uuid,
    prompt_execution_id   uuid,
    quality_score         numeric(5, 2),
    quality_findings      jsonb                      not null default '[]',
    error_message         text,
    issue_provider        text,
    issue_key             text,
    issue_url             text,
    created_by            uuid,
    created_at            timestamptz                not null default now(),
    updated_at            timestamptz                not null default now(),
    finished_at           timestamptz,
    constraint requirement_decompositions_pkey primary key (organization_id, id),
    constraint not_based_on_itself check (based_on_id <> id),
    constraint finished_has_an_end check ((status <> 'running') = (finished_at is not null)),
    constraint ends_after_start check (finished_at >= created_at),
    constraint failed_has_a_message check ((status = 'failed') = (error_message is not null)),
    constraint score_is_within_0_and_100 check (quality_score between 0 and 100),
    constraint only_a_result_has_a_score check (quality_score is null or status not in ('running', 'failed')),
    constraint findings_are_a_list check (jsonb_typeof(quality_findings) = 'array'),
    constraint issue_is_whole check ((issue_provider is null) = (issue_key is null) and (issue_url is null or issue_key is not null)),
    constraint issue_provider_is_a_word check (issue_provider ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint issue_url_is_http check (issue_url ~ '^https?://')
);
create index requirement_decompositions_requirement_idx on tasks.requirement_decompositions (organization_id, requirement_id, id);
create index requirement_decompositions_based_on_idx on tasks.requirement_decompositions (organization_id, based_on_id) where based_on_id is not null;
create unique index one_decomposition_is_accepted on tasks.requirement_decompositions (organization_id, requirement_id) where status = 'accepted';

comment on table tasks.requirement_decompositions is 'Ways to cut a version of the requirements into steps; one at most is worked by.';
comment on column tasks.requirement_decompositions.organization_id is 'The organization of the requirements.';
comment on column tasks.requirement_decompositions.id is 'Its id.';
comment on column tasks.requirement_decompositions.requirement_id is 'The version of the requirements.';
comment on column tasks.requirement_decompositions.based_on_id is 'The decomposition that it was edited from; null for none.';
comment on column tasks.requirement_decompositions.method is 'Who made it.';
comment on column tasks.requirement_decompositions.status is 'Where it is.';
comment on column tasks.requirement_decompositions.codegen_operation_id is 'The agent''s run that it came of; null for none. Id of workflows.codegen_operations.';
comment on column tasks.requirement_decompositions.prompt_execution_id is 'The prompt that it came of; null for none. Id of prompts.executions.';
comment on column tasks.requirement_decompositions.quality_score is 'How good it is by the stated rules, 0 to 100, higher is better; null before it was judged.';
comment on column tasks.requirement_decompositions.quality_findings is 'What took points away: a list of objects with rule, step number and explanation.';
comment on column tasks.requirement_decompositions.error_message is 'Why it could not be made; null unless it failed.';
comment on column tasks.requirement_decompositions.issue_provider is 'Where its main issue is: builtin, linear, github and so on; null before there is one.';
comment on column tasks.requirement_decompositions.issue_key is 'The main issue''s name there, such as ABC-12; null before there is one.';
comment on column tasks.requirement_decompositions.issue_url is 'The main issue''s page; null for none.';
comment on column tasks.requirement_decompositions.created_by is 'Who asked for it; null for the system. Id of identity.users.';
comment on column tasks.requirement_decompositions.created_at is 'When it was begun.';
comment on column tasks.requirement_decompositions.updated_at is 'When it was last changed.';
comment on column tasks.requirement_decompositions.finished_at is 'When it was there, or had failed; null while it is being made.';

select base.tenant_table('tasks.requirement_decompositions');
alter table tasks.requirement_decompositions add constraint requirement_decompositions_requirement_fkey
    foreign key (organization_id, requirement_id) references tasks.requirements (organization_id, id) on delete cascade;
alter table tasks.requirement_decompositions add constraint requirement_decompositions_based_on_fkey
    foreign key (organization_id, based_on_id) references tasks.requirement_decompositions (organization_id, id);

create table tasks.decomposed_steps (
    organization_id         uuid        not null,
    id                      uuid        not null default base.uuid_v7(),
    decomposition_id        uuid        not null,
    step_number             integer     not null,
    name                    text        not null,
    description             text        not null default '',
    acceptance_criteria     text[]      not null default '{}',
    implementation_approach text        not null default '',
    technical_requirements  text        not null default '',
    estimated_hours         numeric(7, 2),
    complexity_score        integer,
    issue_provider          text,
    issue_key               text,
    issue_url               text,
    pull_request_url        text,
    created_at              timestamptz not null default now(),
    updated_at              timestamptz not null default now(),
    constraint decomposed_steps_pkey primary key (organization_id, id),
    constraint decomposed_steps_decomposition_key unique (organization_id, decomposition_id, id),
    -- Deferrable, so that one statement can renumber several steps.
    constraint decomposed_steps_number_key unique (organization_id, decomposition_id, step_number) deferrable initially immediate,
    constraint step_number_is_positive check (step_number > 0),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 500),
    constraint criteria_are_given check (array_position(acceptance_criteria, null) is null and not '' = any (acceptance_criteria)),
    constraint estimate_is_not_negative check (estimated_hours >= 0),
    constraint complexity_is_within_1_and_10 check (complexity_score between 1 and 10),
    constraint issue_is_whole check ((issue_provider is null) = (issue_key is null) and (issue_url is null or issue_key is not null)),
    constraint issue_provider_is_a_word check (issue_provider ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint urls_are_http check (coalesce(issue_url, 'http://') ~ '^https?://' and coalesce(pull_request_url, 'http://') ~ '^https?://')
);

comment on table tasks.decomposed_steps is 'The steps of a decomposition, each small enough for one change.';
comment on column tasks.decomposed_steps.organization_id is 'The organization of the decomposition.';
comment on column tasks.decomposed_steps.id is 'Its id.';
comment on column tasks.decomposed_steps.decomposition_id is 'The decomposition it belongs to.';
comment on column tasks.decomposed_steps.step_number is 'Its number in the decomposition, from 1; for reading, the order of work is in step_dependencies.';
comment on column tasks.decomposed_steps.name is 'What it is called.';
comment on column tasks.decomposed_steps.description is 'What is to be done; Markdown.';
comment on column tasks.decomposed_steps.acceptance_criteria is 'How one sees that it is done, one criterion each.';
comment on column tasks.decomposed_steps.implementation_approach is 'How it may be done; Markdown.';
comment on column tasks.decomposed_steps.technical_requirements is 'What must be kept to while doing it; Markdown.';
comment on column tasks.decomposed_steps.estimated_hours is 'Hours of work expected; null while not estimated.';
comment on column tasks.decomposed_steps.complexity_score is 'How hard it is, from 1, easy, to 10; null while not judged.';
comment on column tasks.decomposed_steps.issue_provider is 'Where its issue is: builtin, linear, github and so on; null before there is one.';
comment on column tasks.decomposed_steps.issue_key is 'The issue''s name there, such as ABC-13; null before there is one.';
comment on column tasks.decomposed_steps.issue_url is 'The issue''s page; null for none.';
comment on column tasks.decomposed_steps.pull_request_url is 'The page of the pull request that does it; null before there is one.';
comment on column tasks.decomposed_steps.created_at is 'When it was added.';
comment on column tasks.decomposed_steps.updated_at is 'When it was last changed.';

select base.tenant_table('tasks.decomposed_steps');
alter table tasks.decomposed_steps add constraint decomposed_steps_decomposition_fkey
    foreign key (organization_id, decomposition_id) references tasks.requirement_decompositions (organization_id, id) on delete cascade;

create table tasks.step_dependencies (
    organization_id    uuid        not null,
    id                 uuid        not null default base.uuid_v7(),
    decomposition_id   uuid        not null,
    step_id            uuid        not null,
    depends_on_step_id uuid        not null,
    created_at         timestamptz not null default now(),
    constraint step_dependencies_pkey primary key (organization_id, id),
    constraint step_dependencies_steps_key unique (organization_id, decomposition_id, step_id, depends_on_step_id),
    constraint no_step_depends_on_itself check (step_id <> depends_on_step_id)
);
create index step_dependencies_depends_on_idx on tasks.step_dependencies (organization_id, decomposition_id, depends_on_step_id);

comment on table tasks.step_dependencies is 'Which step needs which other one done first. Added by tasks.add_step_dependency alone, so that there is no cycle.';
comment on column tasks.step_dependencies.organization_id is 'The organization of the decomposition.';
comment on column tasks.step_dependencies.id is 'Its id.';
comment on column tasks.step_dependencies.decomposition_id is 'The decomposition of both steps.';
comment on column tasks.step_dependencies.step_id is 'The step that has to wait.';
comment on column tasks.step_dependencies.depends_on_step_id is 'The step it waits for.';
comment on column tasks.step_dependencies.created_at is 'When it was added.';

select base.tenant_table('tasks.step_dependencies', privileges => 'select, delete');
alter table tasks.step_dependencies add constraint step_is_of_the_decomposition
    foreign key (organization_id, decomposition_id, step_id) references tasks.decomposed_steps (organization_id, decomposition_id, id) on delete cascade;
alter table tasks.step_dependencies add constraint depends_on_a_step_of_the_decomposition
    foreign key (organization_id, decomposition_id, depends_on_step_id) references tasks.decomposed_steps (organization_id, decomposition_id, id) on delete cascade;

-- migrate: rollback
drop view if exists tasks.dashboard_projects;
drop view if exists tasks.step_execution_progress;
drop table tasks.step_dependencies;
drop table tasks.decomposed_steps;
drop table tasks.requirement_decompositions;
drop type tasks.decomposition_status;
drop type tasks.decomposition_method;
