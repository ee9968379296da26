-- Runs of an evaluator over a program: the queue of a session's workers, and the memory that keeps a text from being evaluated twice.

create type openevolve.evaluation_status as enum ('pending', 'in_progress', 'completed', 'failed', 'timeout', 'cancelled');
comment on type openevolve.evaluation_status is 'Where an evaluation is.';

create table openevolve.evaluations (
    organization_id   uuid                         not null,
    id                uuid                         not null default base.uuid_v7(),
    session_id        uuid                         not null,
    program_id        uuid                         not null,
    evaluator_sha256  bytea                        not null,
    code_sha256       bytea                        not null,
    status            openevolve.evaluation_status not null default 'pending',
    claimed_by        text,
    lease_expires_at  timestamptz,
    metrics           jsonb                        not null default '{}',
    stages_passed     smallint                     not null default 0,
    cpu_ms            bigint,
    memory_peak_bytes bigint,
    cost_usd          numeric(14, 6)               not null default 0,
    error             text,
    started_at        timestamptz,
    finished_at       timestamptz,
    created_at        timestamptz                  not null default now(),
    updated_at        timestamptz                  not null default now(),
    constraint evaluations_pkey primary key (organization_id, id),
    constraint hashes_are_sha256 check (length(evaluator_sha256) = 32 and length(code_sha256) = 32),
    constraint in_progress_is_leased check ((status = 'in_progress') = (lease_expires_at is not null)
                                            and (lease_expires_at is null or claimed_by is not null)),
    constraint in_progress_has_a_start check (status in ('pending', 'cancelled') or started_at is not null),
    constraint finished_has_an_end check ((status in ('completed', 'failed', 'timeout', 'cancelled')) = (finished_at is not null)),
    constraint ends_after_start check (finished_at >= started_at),
    constraint failed_says_why check ((status = 'failed') = (error is not null)),
    constraint metrics_is_object check (jsonb_typeof(metrics) = 'object'),
    constraint sizes_are_not_negative check (stages_passed >= 0 and least(cpu_ms, memory_peak_bytes) >= 0 and cost_usd >= 0)
);
-- What failed or ran out of time may be tried again.
create unique index a_code_is_evaluated_once on openevolve.evaluations (organization_id, evaluator_sha256, code_sha256)
    where status in ('pending', 'in_progress', 'completed');
create index evaluations_queue_idx on openevolve.evaluations (organization_id, session_id, id) where status = 'pending';
create index evaluations_lease_idx on openevolve.evaluations (organization_id, lease_expires_at) where status = 'in_progress';
create index evaluations_program_idx on openevolve.evaluations (organization_id, session_id, program_id);

comment on table openevolve.evaluations is 'Runs of an evaluator over a program, to be done and done.';
comment on column openevolve.evaluations.organization_id is 'The organization of the evolution.';
comment on column openevolve.evaluations.id is 'Its id.';
comment on column openevolve.evaluations.session_id is 'The evolution that asked for it.';
comment on column openevolve.evaluations.program_id is 'The program that is evaluated.';
comment on column openevolve.evaluations.evaluator_sha256 is 'SHA-256 of the evaluator: its text and settings.';
comment on column openevolve.evaluations.code_sha256 is 'SHA-256 of the program''s text; an evaluation of it by this evaluator serves every program of that text.';
comment on column openevolve.evaluations.status is 'Where it is.';
comment on column openevolve.evaluations.claimed_by is 'The worker that runs or last ran it; null before one does.';
comment on column openevolve.evaluations.lease_expires_at is 'When another worker may take it; null while none runs it.';
comment on column openevolve.evaluations.metrics is 'What was measured, by name, as in programs.';
comment on column openevolve.evaluations.stages_passed is 'Stages of the cascade that it passed.';
comment on column openevolve.evaluations.cpu_ms is 'Processor time it took; null while not measured.';
comment on column openevolve.evaluations.memory_peak_bytes is 'The most memory it held; null while not measured.';
comment on column openevolve.evaluations.cost_usd is 'What models asked by the evaluator have cost, in US dollars.';
comment on column openevolve.evaluations.error is 'Why it failed; null when it did not.';
comment on column openevolve.evaluations.started_at is 'When it last began; null before it has.';
comment on column openevolve.evaluations.finished_at is 'When it ended, well or not; null while it has not.';
comment on column openevolve.evaluations.created_at is 'When it was asked for.';
comment on column openevolve.evaluations.updated_at is 'When it was last changed.';

select base.tenant_table('openevolve.evaluations');
alter table openevolve.evaluations add constraint evaluations_program_fkey
    foreign key (organization_id, session_id, program_id) references openevolve.programs (organization_id, session_id, id) on delete cascade;

-- migrate: rollback
drop view if exists openevolve.evolution_progress;
drop table openevolve.evaluations;
drop type openevolve.evaluation_status;
