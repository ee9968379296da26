-- What every database does for itself, whatever modules are in it. It runs as the owner of base, who has the rights of all owners.

create or replace function base.maintain_partitions() returns table (action text, partition text, rows_affected bigint)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query select * from base.maintain_time_partitions(only_schema => 'base');
end
$$;
comment on function base.maintain_partitions() is 'Keeps the partitions of this schema ready and drops those past their retention.';
select base.grant_to_login_roles('base.maintain_partitions()');
select base.declare_maintenance('base.maintain_partitions', 'daily', interval '5 minutes', 'Makes the coming partitions of the audit log.');

-- A search reads the whole pending list of a GIN index, so it is kept short; autovacuum comes for it only when enough rows have changed.
create or replace function base.flush_gin_pending_lists() returns table (action text, index text)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    gin record;
    pages bigint;
begin
    for gin in
        select c.oid, c.oid::regclass::text as name
        from pg_class c
        join pg_index i on i.indexrelid = c.oid and i.indisvalid
        join pg_am a on a.oid = c.relam and a.amname = 'gin'
        where c.relkind = 'i' and c.relnamespace = any (base.product_schemas(null)) and not coalesce('fastupdate=off' = any (c.reloptions), false)
        order by c.oid
    loop
        pages := gin_clean_pending_list(gin.oid);
        continue when pages = 0;
        action := format('flushed %s pages', pages);
        index := gin.name;
        return next;
    end loop;
end
$$;
comment on function base.flush_gin_pending_lists() is 'Moves what waits in the pending lists of GIN indexes into the indexes; returns those where something waited.';
select base.grant_to_login_roles('base.flush_gin_pending_lists()');
select base.declare_maintenance('base.flush_gin_pending_lists', 'frequent', interval '5 minutes', 'Moves what waits in the pending lists of GIN indexes into the indexes.');

create or replace function base.analyze_stale_tables() returns table (action text, relation text)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    stale record;
begin
    action := 'analyzed';
    for stale in
        select s.schemaname, s.relname
        from pg_stat_all_tables s
        join pg_class c on c.oid = s.relid and c.relkind = 'r' and c.relnamespace = any (base.product_schemas(null))
        where s.n_mod_since_analyze > 50 + 0.1 * greatest(c.reltuples, 0)
        order by s.n_mod_since_analyze desc
    loop
        execute format('analyze %I.%I', stale.schemaname, stale.relname);
        relation := format('%I.%I', stale.schemaname, stale.relname);
        return next;
    end loop;
end
$$;
comment on function base.analyze_stale_tables() is 'ANALYZE of tables of which more than a tenth has changed since the last one and autovacuum has not come yet.';
select base.grant_to_login_roles('base.analyze_stale_tables()');
select base.declare_maintenance('base.analyze_stale_tables', 'daily', interval '30 minutes', 'Gathers statistics of tables that have changed by more than a tenth.');

-- Autovacuum analyzes partitions, never the table above them, and it is the table's statistics that plans of queries over several
-- partitions go by.
create or replace function base.analyze_partitioned_tables() returns table (action text, relation text)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    stale record;
begin
    action := 'analyzed';
    for stale in
        select s.schemaname, s.relname
        from pg_stat_all_tables s
        join pg_class c on c.oid = s.relid and c.relkind = 'p' and not c.relispartition and c.relnamespace = any (base.product_schemas(null))
        where exists (
            select from pg_inherits i
            join pg_stat_all_tables p on p.relid = i.inhrelid
            where i.inhparent = s.relid
              and (greatest(p.last_analyze, p.last_autoanalyze) > coalesce(s.last_analyze, '-infinity') and p.n_live_tup > 0 or p.n_mod_since_analyze > 50 + 0.1 * p.n_live_tup))
        order by s.relid
    loop
        execute format('analyze %I.%I', stale.schemaname, stale.relname);
        relation := format('%I.%I', stale.schemaname, stale.relname);
        return next;
    end loop;
end
$$;
comment on function base.analyze_partitioned_tables() is 'ANALYZE of partitioned tables one of whose partitions was analyzed since, or has changed by more than a tenth.';
select base.grant_to_login_roles('base.analyze_partitioned_tables()');
select base.declare_maintenance('base.analyze_partitioned_tables', 'weekly', interval '1 hour', 'Gathers statistics of partitioned tables, which autovacuum does not.');

create or replace function base.cleanup_maintenance_log() returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    deleted bigint;
begin
    delete from base.maintenance_log l
    where l.started_at < now() - interval '2 days' and l.state <> 'running'
      and (l.started_at < now() - interval '400 days'
           or exists (select from base.maintenance_procedures p where p.routine = l.routine and p.cadence = 'frequent' and l.state = 'succeeded'))
      and exists (select from base.maintenance_log newer where newer.routine = l.routine and newer.started_at > l.started_at);
    get diagnostics deleted = row_count;
    return deleted;
end
$$;
comment on function base.cleanup_maintenance_log() is 'Deletes runs of maintenance: successful ones of frequent routines after two days, all others after 400; the newest of each routine stays.';
select base.grant_to_login_roles('base.cleanup_maintenance_log()');
select base.declare_maintenance('base.cleanup_maintenance_log', 'daily', interval '5 minutes', 'Deletes old entries of base.maintenance_log.');

create or replace function base.verify_audit_log() returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    problem record;
begin
    select v.*, count(*) over () as problems into problem from base.audit_log_verify() v limit 1;
    if found then
        raise exception using errcode = 'GS010',
            message = format('the audit log is not as it was written: %s problems, the first in organization %s at entry %s: %s',
                             problem.problems, problem.organization_id, problem.sequence, problem.problem),
            hint = 'select * from base.audit_log_verify() lists them; restore the log from a backup and find out who could write it.';
    end if;
end
$$;
comment on function base.verify_audit_log() is 'Error GS010 when an entry of the audit log was altered, removed or moved.';
select base.grant_to_login_roles('base.verify_audit_log()');
select base.declare_maintenance('base.verify_audit_log', 'monthly', interval '1 hour', 'Checks that nobody has altered the audit log.');
