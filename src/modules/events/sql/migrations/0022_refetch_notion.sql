-- Notion's events carry ids only: what they are about is asked for, at the rate that Notion allows an integration, with a token of the operator's.

alter table events.event_sources
    add column refetch_credential_id uuid,
    add column refetch_not_before timestamptz,
    add column refetch_error text,
    add constraint only_notion_is_refetched check (refetch_credential_id is null or kind = 'notion'),
    add constraint refetching_has_a_time check ((refetch_credential_id is null) = (refetch_not_before is null));
comment on column events.event_sources.refetch_credential_id is 'The token with which the provider is asked for what its events are about; null where that is not done. Id of identity.credentials.';
comment on column events.event_sources.refetch_not_before is 'When the provider may be asked again, by its rate limit or its own word; null where it is not asked.';
comment on column events.event_sources.refetch_error is 'Why the provider could not be asked the last time; null where it could.';

create table events.notion_entities (
    organization_id uuid        not null,
    source_id       uuid        not null,
    entity_type     text        not null collate "C",
    entity_id       text        not null collate "C",
    last_event_id   uuid        not null,
    wanted_at       timestamptz,
    attempts        integer     not null default 0,
    error           text,
    fetched_at      timestamptz,
    is_gone         boolean     not null default false,
    is_in_trash     boolean,
    title           text,
    url             text,
    parent_id       text,
    last_edited_at  timestamptz,
    content         jsonb,
    constraint notion_entities_pkey primary key (organization_id, source_id, entity_type, entity_id),
    constraint entity_can_be_asked_for check (entity_type in ('page', 'database', 'data_source', 'comment')),
    constraint attempts_are_counted check (attempts >= 0),
    constraint content_was_fetched check (content is null or fetched_at is not null)
);
create index notion_entities_wanted_idx on events.notion_entities (organization_id, source_id, wanted_at) where wanted_at is not null;

comment on table events.notion_entities is 'What Notion''s events are about, as Notion had it after the last of them. Fetched by the server where the source has a token.';
comment on column events.notion_entities.organization_id is 'The organization of the source.';
comment on column events.notion_entities.source_id is 'The source whose events name it. Id of events.event_sources.';
comment on column events.notion_entities.entity_type is 'What it is: page, database, data_source, comment.';
comment on column events.notion_entities.entity_id is 'Notion''s id of it.';
comment on column events.notion_entities.last_event_id is 'The last event about it. Id of events.events, as long as that is kept.';
comment on column events.notion_entities.wanted_at is 'When it is to be asked for, again after an attempt in vain; null where nothing is to be asked.';
comment on column events.notion_entities.attempts is 'How often it was asked for in vain since the last time that it was told.';
comment on column events.notion_entities.error is 'Why the last attempt was in vain; null where it was not.';
comment on column events.notion_entities.fetched_at is 'When Notion last told it, or that there is no such thing; null before.';
comment on column events.notion_entities.is_gone is 'Whether Notion said that there is no such thing, or none that the integration may see.';
comment on column events.notion_entities.is_in_trash is 'Whether it is in the trash; null where Notion does not say.';
comment on column events.notion_entities.title is 'Its title, or the text of a comment, without its marks.';
comment on column events.notion_entities.url is 'Where people see it.';
comment on column events.notion_entities.parent_id is 'Notion''s id of what holds it.';
comment on column events.notion_entities.last_edited_at is 'When it was last edited, as Notion says.';
comment on column events.notion_entities.content is 'What Notion answered.';

-- Made by process_pending_events.
select base.tenant_table('events.notion_entities', privileges => 'select, update');

-- migrate: rollback
drop table events.notion_entities;
alter table events.event_sources drop constraint refetching_has_a_time, drop constraint only_notion_is_refetched,
    drop column refetch_error, drop column refetch_not_before, drop column refetch_credential_id;
