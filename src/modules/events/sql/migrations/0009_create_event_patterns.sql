-- What to look for in the stream of events, and where it was found.

create type events.pattern_kind as enum ('sequence', 'burst', 'absence', 'co_occurrence');
comment on type events.pattern_kind is 'What is looked for: types one after the other, many events, none, or types together in any order.';
create type events.event_dimension as enum ('source', 'actor', 'target', 'repository', 'thread', 'reference');
comment on type events.event_dimension is 'The columns of events that tell one story from another.';

create table events.event_patterns (
    organization_id uuid                   not null,
    id              uuid                   not null default base.uuid_v7(),
    name            text                   not null,
    description     text                   not null default '',
    kind            events.pattern_kind    not null,
    event_types     text[]                 not null,
    source_id       uuid,
    same            events.event_dimension,
    time_window     interval               not null,
    events_min      integer,
    paused_at       timestamptz,
    created_at      timestamptz            not null default now(),
    updated_at      timestamptz            not null default now(),
    constraint event_patterns_pkey primary key (organization_id, id),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 100),
    constraint event_types_are_given check (cardinality(event_types) > 0 and array_position(event_types, null) is null and not '' = any (event_types)),
    constraint several_types_are_compared check (kind in ('burst', 'absence') or cardinality(event_types) >= 2),
    constraint only_a_burst_is_counted check ((kind = 'burst') = (events_min is not null)),
    constraint a_burst_is_more_than_one check (events_min >= 2),
    constraint time_window_is_bounded check (time_window > '0' and time_window <= '31 days')
);
create unique index event_patterns_name_key on events.event_patterns (organization_id, lower(name));
create index event_patterns_source_idx on events.event_patterns (organization_id, source_id) where source_id is not null;

comment on table events.event_patterns is 'What to look for in the stream of events.';
comment on column events.event_patterns.organization_id is 'The organization it belongs to.';
comment on column events.event_patterns.id is 'Its id.';
comment on column events.event_patterns.name is 'What people call it; unique, whatever the case.';
comment on column events.event_patterns.description is 'What it means when it is found; Markdown.';
comment on column events.event_patterns.kind is 'What kind of pattern it is.';
comment on column events.event_patterns.event_types is 'The types, whole or as pull_request.*; of a sequence in their order.';
comment on column events.event_patterns.source_id is 'The source to look at; null for every source.';
comment on column events.event_patterns.same is 'What the events must have in common; null for nothing.';
comment on column events.event_patterns.time_window is 'Within which time: between first and last, or without an event.';
comment on column events.event_patterns.events_min is 'How many events make a burst; null for the other kinds.';
comment on column events.event_patterns.paused_at is 'Since when it is not looked for; null while it is.';
comment on column events.event_patterns.created_at is 'When it was created.';
comment on column events.event_patterns.updated_at is 'When it was last changed.';

create table events.event_pattern_occurrences (
    organization_id uuid        not null,
    id              uuid        not null default base.uuid_v7(),
    pattern_id      uuid        not null,
    started_at      timestamptz not null,
    ended_at        timestamptz not null,
    same_value      text        not null default '',
    event_ids       uuid[]      not null,
    found_at        timestamptz not null default now(),
    constraint event_pattern_occurrences_pkey primary key (organization_id, id),
    constraint an_occurrence_is_found_once unique (organization_id, pattern_id, started_at, same_value),
    constraint ended_after_started check (ended_at >= started_at),
    constraint evidence_is_bounded check (cardinality(event_ids) <= 100 and array_position(event_ids, null) is null)
);

comment on table events.event_pattern_occurrences is 'Where patterns were found.';
comment on column events.event_pattern_occurrences.organization_id is 'The organization of the pattern.';
comment on column events.event_pattern_occurrences.id is 'Its id.';
comment on column events.event_pattern_occurrences.pattern_id is 'The pattern.';
comment on column events.event_pattern_occurrences.started_at is 'When its first event occurred, or when none did since.';
comment on column events.event_pattern_occurrences.ended_at is 'When its last event occurred, or when it was clear that none had.';
comment on column events.event_pattern_occurrences.same_value is 'What its events have in common; empty when that was not asked.';
comment on column events.event_pattern_occurrences.event_ids is 'The events, at most the first 100; none for an absence.';
comment on column events.event_pattern_occurrences.found_at is 'When it was found.';

select base.tenant_table('events.event_patterns');
select base.tenant_table('events.event_pattern_occurrences');
alter table events.event_patterns add constraint event_patterns_source_fkey
    foreign key (organization_id, source_id) references events.event_sources (organization_id, id);
alter table events.event_pattern_occurrences add constraint event_pattern_occurrences_pattern_fkey
    foreign key (organization_id, pattern_id) references events.event_patterns (organization_id, id) on delete cascade;

-- migrate: rollback
drop table events.event_pattern_occurrences, events.event_patterns;
drop type events.pattern_kind, events.event_dimension;
