-- Who indexes what is pushed.

insert into events.event_consumers (name, description)
values ('indexing', 'Finds pushes to repositories that are indexed from their URL: read_pushes.');
-- migrate: rollback
delete from events.event_consumers where name = 'indexing';
