-- Calls to the outside, one table for each kind of service. They are three tables and not one with three views, because rows are
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
