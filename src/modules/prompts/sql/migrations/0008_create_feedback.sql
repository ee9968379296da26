-- What people, judges and checks think of an execution. Whether its facts were verified, how good it is and how it was rated are rows
-- here, by aspect, with who says so.

create type prompts.feedback_source as enum ('user', 'reviewer', 'judge', 'check');
comment on type prompts.feedback_source is 'Who gives feedback: who asked, who was asked to review, a model, a program.';

create table prompts.feedback (
    organization_id uuid                    not null,
    id              uuid                    not null default base.uuid_v7(),
    execution_id    uuid                    not null,
    source          prompts.feedback_source not null,
    aspect          text                    not null default 'quality',
    score           numeric(5, 4),
    comment         text                    not null default '',
    user_id         uuid,
    judge           text,
    created_at      timestamptz             not null default now(),
    updated_at      timestamptz             not null default now(),
    constraint feedback_pkey primary key (organization_id, id),
    constraint aspect_is_a_word check (aspect ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint score_is_from_0_to_1 check (score between 0 and 1),
    constraint something_is_said check (score is not null or btrim(comment) <> ''),
    constraint person_or_judge_is_named check (case when source in ('user', 'reviewer') then user_id is not null and judge is null
                                                    else user_id is null and judge is not null and btrim(judge) <> '' end)
);
-- Who has said something about an aspect changes it and does not say it twice; a mean then counts each voice once.
create unique index one_voice_on_each_aspect on prompts.feedback (organization_id, execution_id, aspect, source, coalesce(user_id::text, judge));
create index feedback_aspect_idx on prompts.feedback (organization_id, aspect, id);

comment on table prompts.feedback is 'What people, judges and checks think of executions.';
comment on column prompts.feedback.organization_id is 'The organization of the execution.';
comment on column prompts.feedback.id is 'Its id.';
comment on column prompts.feedback.execution_id is 'The execution it is about.';
comment on column prompts.feedback.source is 'Who gives it.';
comment on column prompts.feedback.aspect is 'What is judged: quality, factual_accuracy, format, helpfulness, or a word of one''s own.';
comment on column prompts.feedback.score is 'How good it is, 0 to 1; null when only the comment says something.';
comment on column prompts.feedback.comment is 'What there is to say; Markdown.';
comment on column prompts.feedback.user_id is 'The user or reviewer; null for a judge or check. Id of identity.users.';
comment on column prompts.feedback.judge is 'The model or program that judged, with its version; null for a person.';
comment on column prompts.feedback.created_at is 'When it was given.';
comment on column prompts.feedback.updated_at is 'When it was last changed.';

select base.tenant_table('prompts.feedback');
alter table prompts.feedback add constraint feedback_execution_fkey
    foreign key (organization_id, execution_id) references prompts.executions (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists prompts.template_performance, prompts.enhancement_performance;
drop table prompts.feedback;
drop type prompts.feedback_source;
