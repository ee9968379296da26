-- Nothing asks events for a source and type any more: see 0012. The statistics were for choosing this index.
drop index events.events_source_type_idx;
do $do$
declare
    declared text;
begin
    for declared in
        select format('%I.%I', n.nspname, s.stxname)
        from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace
        where n.nspname = 'events' and s.stxname ~ 'source_and_type$'
    loop
        execute 'drop statistics ' || declared;
    end loop;
end
$do$;
-- migrate: rollback
create index events_source_type_idx on events.events (organization_id, source_id, event_type, id) with (deduplicate_items = off);
create statistics events.source_and_type (dependencies, mcv) on organization_id, source_id, event_type from events.events;
select base.copy_statistics('events.events', p.partition) from base.time_partitions_of('events.events') as p;
