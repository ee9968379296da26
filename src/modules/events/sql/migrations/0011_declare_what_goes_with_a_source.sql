-- A source belongs to one organization and has types of its own. Not knowing it, the planner expected a hundredth of the events of a type
-- that there were, and sorted all of them where reading the last fifty from the index would have done. Partitions to come copy it.
create statistics events.source_and_type (dependencies, mcv) on organization_id, source_id, event_type from events.events;
select base.copy_statistics('events.events', p.partition) from base.time_partitions_of('events.events') as p;
-- migrate: rollback
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
