-- What an organization wants kept in files before retention deletes it.

alter table events.event_type_retentions
    add column is_archived boolean not null default false,
    add constraint archived_at_an_end check (not is_archived or retention_days is not null);
comment on column events.event_type_retentions.is_archived is 'Whether such events are written to files before they are deleted: then they stay until that was done, in whole months.';

-- migrate: rollback
alter table events.event_type_retentions drop constraint archived_at_an_end, drop column is_archived;
