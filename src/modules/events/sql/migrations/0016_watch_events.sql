-- From where a source may be sent to, and how far patterns have been looked for.

alter table events.event_sources add column allowed_networks cidr[],
    add constraint allowed_networks_are_given check (cardinality(allowed_networks) > 0 and array_position(allowed_networks, null) is null);
comment on column events.event_sources.allowed_networks is 'The networks from which deliveries are taken; null for any.';

alter table events.event_patterns add column looked_until timestamptz not null default now();
comment on column events.event_patterns.looked_until is 'Events that were received before then have been looked at.';

-- receiving_endpoint() takes its place, which answers more.
drop function if exists events.receiving_source(uuid);

-- migrate: rollback
drop function if exists events.receiving_endpoint(uuid);
alter table events.event_patterns drop column looked_until;
alter table events.event_sources drop constraint allowed_networks_are_given, drop column allowed_networks;
