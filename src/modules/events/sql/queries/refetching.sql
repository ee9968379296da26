-- name: take_notion_entities :many
-- scope: cross
-- column organization_id: not null
-- column source_id: not null
-- column refetch_credential_id: not null
-- column entity_type: not null
-- column entity_id: not null
-- column last_event_id: not null
-- column attempts: not null
-- type refetch_credential_id: CredentialId
select t.organization_id, t.source_id, t.refetch_credential_id, t.entity_type, t.entity_id, t.last_event_id, t.attempts from events.take_notion_entities(:lease) t;

-- name: note_notion_entity :exec
-- param is_in_trash: nullable
-- param title: nullable
-- param url: nullable
-- param parent_id: nullable
-- param last_edited_at: nullable
-- param content: nullable
-- What an event told of meanwhile is asked for again. Without content there is no such thing.
update events.notion_entities n
set wanted_at = case when n.last_event_id = :last_event_id then null else now() end, attempts = 0, error = null, fetched_at = now(), is_gone = :content::text is null,
    is_in_trash = :is_in_trash, title = :title, url = :url, parent_id = :parent_id, last_edited_at = :last_edited_at, content = :content::text::jsonb
where n.organization_id = :organization_id and n.source_id = :source_id and n.entity_type = :entity_type and n.entity_id = :entity_id;

-- name: note_notion_failure :exec
-- param pause: nullable
-- After the pause it is asked for again; without one only when another event tells of it.
update events.notion_entities n
set wanted_at = case when n.last_event_id = :last_event_id then now() + :pause::interval else now() end, error = :error
where n.organization_id = :organization_id and n.source_id = :source_id and n.entity_type = :entity_type and n.entity_id = :entity_id;

-- name: return_notion_entities :exec
-- What was taken and not asked for, because the provider put us off.
update events.notion_entities n
set wanted_at = now(), attempts = greatest(n.attempts - 1, 0)
where n.organization_id = :organization_id and n.source_id = :source_id and (n.entity_type, n.entity_id) in (select * from unnest(:entity_types::text[], :entity_ids::text[]));

-- name: note_refetching :exec
-- param error: nullable
update events.event_sources s
set refetch_not_before = greatest(s.refetch_not_before, now() + :pause::interval), refetch_error = :error
where s.organization_id = :organization_id and s.id = :source_id and s.refetch_credential_id is not null;

-- name: set_refetching :optional
-- param credential_id: nullable
-- type credential_id: CredentialId
-- type previous_credential_id: CredentialId
-- Answers the token that was used before.
with previous as (
    select s.refetch_credential_id from events.event_sources s where s.organization_id = :organization_id and s.id = :source_id)
update events.event_sources s
set refetch_credential_id = :credential_id, refetch_not_before = case when :credential_id::uuid is not null then now() end, refetch_error = null, updated_at = now()
from previous p
where s.organization_id = :organization_id and s.id = :source_id
returning p.refetch_credential_id as previous_credential_id;

-- name: refetchings :many
-- column source_name: not null
-- column known: not null
-- column wanted: not null
-- column failed: not null
select s.name as source_name, s.refetch_error, count(n.entity_id) filter (where n.fetched_at is not null) as known, count(n.entity_id) filter (where n.wanted_at is not null) as wanted,
       count(n.entity_id) filter (where n.error is not null) as failed, max(n.fetched_at) as last_fetched_at
from events.event_sources s
left join events.notion_entities n on n.organization_id = s.organization_id and n.source_id = s.id
where s.organization_id = :organization_id and s.refetch_credential_id is not null and s.deleted_at is null
group by s.organization_id, s.id, s.name, s.refetch_error
order by lower(s.name);
