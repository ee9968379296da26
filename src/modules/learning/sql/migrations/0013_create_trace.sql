-- What an evolution did, iteration by iteration. A trace stands for itself: it keeps the texts of programs that a checkpoint has lost,
-- and has no foreign key to programs.

create table openevolve.trace (
    organization_id            uuid             not null,
    session_id                 uuid             not null,
    iteration                  integer          not null,
    parent_id                  uuid             not null,
    child_id                   uuid             not null,
    traced_at_seconds          double precision not null,
    parent_metrics             jsonb            not null,
    child_metrics              jsonb            not null,
    improvement_delta          jsonb,
    parent_code                text,
    child_code                 text,
    parent_changes_description text,
    child_changes_description  text,
    code_diff                  text,
    prompt                     jsonb,
    llm_response               text,
    island_number              integer,
    generation                 integer,
    artifacts                  jsonb,
    metadata                   jsonb,
    created_at                 timestamptz      not null default now(),
    constraint trace_pkey primary key (organization_id, session_id, iteration, parent_id, child_id),
    constraint child_is_another_program check (parent_id <> child_id),
    constraint counts_are_not_negative check (least(iteration, island_number, generation) >= 0),
    constraint documents_are_objects check (jsonb_typeof(parent_metrics) = 'object' and jsonb_typeof(child_metrics) = 'object'
                                            and coalesce(jsonb_typeof(improvement_delta), 'object') = 'object'
                                            and coalesce(jsonb_typeof(prompt), 'object') = 'object'
                                            and coalesce(jsonb_typeof(artifacts), 'object') = 'object'
                                            and coalesce(jsonb_typeof(metadata), 'object') = 'object')
);

comment on table openevolve.trace is 'What an evolution did, iteration by iteration. Only ever added to; the same entry twice is one row.';
comment on column openevolve.trace.organization_id is 'The organization of the evolution.';
comment on column openevolve.trace.session_id is 'The evolution.';
comment on column openevolve.trace.iteration is 'The iteration.';
comment on column openevolve.trace.parent_id is 'The program it began with; it may be in no other table.';
comment on column openevolve.trace.child_id is 'The program it made; it may be in no other table.';
comment on column openevolve.trace.traced_at_seconds is 'When it was traced, in seconds since 1970, as exact as the files; entries are listed in this order.';
comment on column openevolve.trace.parent_metrics is 'What the parent''s evaluation measured.';
comment on column openevolve.trace.child_metrics is 'What the child''s evaluation measured.';
comment on column openevolve.trace.improvement_delta is 'By metric, child less parent; null when not traced, as in the columns below.';
comment on column openevolve.trace.parent_code is 'The parent''s text.';
comment on column openevolve.trace.child_code is 'The child''s text.';
comment on column openevolve.trace.parent_changes_description is 'What the parent changes.';
comment on column openevolve.trace.child_changes_description is 'What the child changes.';
comment on column openevolve.trace.code_diff is 'The difference of the two texts.';
comment on column openevolve.trace.prompt is 'What the model was asked: system, user and so on.';
comment on column openevolve.trace.llm_response is 'What it answered.';
comment on column openevolve.trace.island_number is 'The island it happened on.';
comment on column openevolve.trace.generation is 'The generation of the child.';
comment on column openevolve.trace.artifacts is 'Artifacts of the child''s evaluation, by name.';
comment on column openevolve.trace.metadata is 'What else was traced: iteration_time, changes.';
comment on column openevolve.trace.created_at is 'When the row was written.';

-- Not base.make_append_only: the entries go with their session, and the login role cannot delete them otherwise.
select base.tenant_table('openevolve.trace', privileges => 'select, insert');
alter table openevolve.trace add constraint trace_session_fkey
    foreign key (organization_id, session_id) references openevolve.evolution_sessions (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists openevolve.trace_documents;
drop table openevolve.trace;
