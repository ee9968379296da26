-- What people say about what a version predicted. Opinions stand beside measurements and never in their place.

create type learning.feedback_type as enum ('positive', 'negative', 'neutral', 'correction', 'enhancement', 'bug_report');
comment on type learning.feedback_type is 'What somebody says about a prediction.';

create table learning.feedback (
    organization_id  uuid                   not null,
    id               uuid                   not null default base.uuid_v7(),
    model_version_id uuid                   not null,
    feedback_type    learning.feedback_type not null,
    rating           smallint,
    comment          text                   not null default '',
    predicted_value  jsonb,
    actual_value     jsonb,
    user_id          uuid,
    processed_at     timestamptz,
    created_at       timestamptz            not null default now(),
    constraint feedback_pkey primary key (organization_id, id),
    constraint rating_is_1_to_5 check (rating between 1 and 5),
    constraint correction_says_what_is_right check (feedback_type <> 'correction' or actual_value is not null)
);
create index feedback_version_idx on learning.feedback (organization_id, model_version_id, id);
create index feedback_unprocessed_idx on learning.feedback (organization_id, id) where processed_at is null;

comment on table learning.feedback is 'What people say about what a version predicted.';
comment on column learning.feedback.organization_id is 'The organization of the version.';
comment on column learning.feedback.id is 'Its id.';
comment on column learning.feedback.model_version_id is 'The version that predicted.';
comment on column learning.feedback.feedback_type is 'What is said.';
comment on column learning.feedback.rating is 'From 1, bad, to 5, good; null when not rated.';
comment on column learning.feedback.comment is 'In the person''s words.';
comment on column learning.feedback.predicted_value is 'What was predicted; null when it is not about one prediction.';
comment on column learning.feedback.actual_value is 'What would have been right; null when not said.';
comment on column learning.feedback.user_id is 'Who said it; null when unknown. Id of identity.users.';
comment on column learning.feedback.processed_at is 'When learning took it in; null while it has not.';
comment on column learning.feedback.created_at is 'When it was said.';

select base.tenant_table('learning.feedback');
alter table learning.feedback add constraint feedback_version_fkey
    foreign key (organization_id, model_version_id) references learning.model_versions (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists learning.model_performance_overview;
drop table learning.feedback;
drop type learning.feedback_type;
