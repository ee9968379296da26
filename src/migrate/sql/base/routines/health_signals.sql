-- What the health functions measure, from the server's own statistics. Nothing here is a constant: each value is read when asked.
--
-- A module adds its own signals with a function <schema>.health_signals() of the same result (module_signals.sql). The functions here
-- run as the owner of base, because a login role may not see what other sessions do; they show counts and ages, never statements of
-- others.

-- Sessions of other roles show their state only to members of pg_read_all_stats.
create or replace function base.sees_activity() returns boolean
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return pg_has_role(current_user, 'pg_read_all_stats', 'usage');
end
$$;
comment on function base.sees_activity() is 'Whether the current role may see what other sessions are doing.';

create or replace function base.connection_signals() returns setof base.health_signal
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    usable constant integer := current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer;
begin
    return query
    select 'connections', 'connections_used', round(100.0 * count(*) / usable, 1), '%', 80::numeric, 95::numeric,
           'Put PgBouncer in front of the server, lower database.connections, or raise max_connections.',
           jsonb_build_object('client_backends', count(*), 'usable', usable,
                              'of_this_database', count(*) filter (where datname = current_database()))
    from pg_stat_activity
    where backend_type = 'client backend';
end
$$;
comment on function base.connection_signals() is 'Signals of the server''s connections.';

create or replace function base.transaction_signals() returns setof base.health_signal
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    is_visible constant boolean := base.sees_activity();
begin
    return query
    select 'transactions', oldest.name,
           case when is_visible then round(coalesce(oldest.seconds, 0)::numeric, 1) end, 's', oldest.warning_at, oldest.critical_at,
           'Find it in pg_stat_activity and end it with pg_terminate_backend(pid): it keeps dead rows from being removed.',
           jsonb_build_object('sessions', oldest.sessions, 'pid', oldest.pid)
    from (
        select 'longest_transaction' as name, max(extract(epoch from now() - xact_start)) as seconds, count(xact_start) as sessions,
               (array_agg(pid order by xact_start) filter (where xact_start is not null))[1] as pid, 300::numeric as warning_at, 3600::numeric as critical_at
        from pg_stat_activity
        where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
        union all
        select 'longest_idle_in_transaction', max(extract(epoch from clock_timestamp() - state_change)), count(*),
               (array_agg(pid order by state_change))[1], 60, 900
        from pg_stat_activity
        where datname = current_database() and state like 'idle in transaction%'
        union all
        select 'longest_lock_wait', max(extract(epoch from clock_timestamp() - l.waitstart)), count(distinct l.pid),
               (array_agg(l.pid order by l.waitstart))[1], 10, 60
        from pg_locks l
        join pg_stat_activity a on a.pid = l.pid and a.datname = current_database()
        where not l.granted
    ) as oldest;

    return query
    select 'transactions', 'xid_age_used', round(100.0 * greatest(age(datfrozenxid), mxid_age(datminmxid)) / 2000000000, 2), '%', 25::numeric, 50::numeric,
           'Let autovacuum run, end what holds it up (old transactions, replication slots), then VACUUM FREEZE the oldest tables.',
           jsonb_build_object('xid_age', age(datfrozenxid), 'multixact_age', mxid_age(datminmxid),
                              'autovacuum_freeze_max_age', current_setting('autovacuum_freeze_max_age')::bigint)
    from pg_database
    where datname = current_database();
end
$$;
comment on function base.transaction_signals() is 'Signals of transactions and locks in this database, and of how near transaction ids are to wrapping around.';

-- A ratio of few reads says nothing, so the cache is judged after 100,000 blocks (800 MB), a table's dead rows from 10,000 on.
create or replace function base.storage_signals() returns setof base.health_signal
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select 'storage', 'cache_hit', round(100.0 * blks_hit / nullif(blks_hit + blks_read, 0), 2), '%',
           case when blks_hit + blks_read >= 100000 then 95::numeric end, case when blks_hit + blks_read >= 100000 then 80::numeric end,
           'Raise shared_buffers, or look for statements that read much more than they return.',
           jsonb_build_object('blocks_hit', blks_hit, 'blocks_read', blks_read, 'since', stats_reset)
    from pg_stat_database
    where datname = current_database() and blks_hit + blks_read > 0;

    return query
    select 'storage', 'database_size', pg_database_size(current_database())::numeric, 'bytes', null::numeric, null::numeric, null, '{}'::jsonb;

    return query
    with tables as (
        select s.relid, s.schemaname, s.relname, s.n_dead_tup, s.n_live_tup, greatest(s.last_vacuum, s.last_autovacuum) as vacuumed_at,
               100.0 * s.n_dead_tup / nullif(s.n_dead_tup + s.n_live_tup, 0) as dead_percentage
        from pg_stat_all_tables s
        join pg_class c on c.oid = s.relid and c.relnamespace = any (base.product_schemas(null))
        where s.n_dead_tup >= 10000
    )
    select 'vacuum', 'dead_rows', round(coalesce(max(dead_percentage), 0), 1), '%', 30::numeric, 60::numeric,
           'VACUUM the tables named; if it does not help, an old transaction or replication slot holds the rows.',
           jsonb_build_object('tables', coalesce(jsonb_agg(jsonb_build_object('table', format('%I.%I', schemaname, relname), 'dead_rows', n_dead_tup,
                                                                              'live_rows', n_live_tup, 'vacuumed_at', vacuumed_at)
                                                           order by dead_percentage desc) filter (where dead_percentage >= 30), '[]'))
    from tables;

    return query
    select 'vacuum', 'autovacuum_off', count(*)::numeric, 'tables', 1::numeric, null::numeric,
           'alter system set autovacuum = on, or reset autovacuum_enabled of the tables named.',
           jsonb_build_object('tables', coalesce(jsonb_agg(c.oid::regclass::text order by c.oid::regclass::text), '[]'))
    from pg_class c
    where c.relnamespace = any (base.product_schemas(null)) and c.relkind = 'r'
      and (not current_setting('autovacuum')::boolean or 'autovacuum_enabled=false' = any (c.reloptions));

    return query
    select 'indexes', 'invalid_indexes', count(*)::numeric, 'indexes', 1::numeric, null::numeric, 'gsdb db migrate builds them anew; or REINDEX INDEX CONCURRENTLY.',
           jsonb_build_object('indexes', coalesce(jsonb_agg(c.oid::regclass::text order by c.oid::regclass::text), '[]'))
    from pg_index i
    join pg_class c on c.oid = i.indexrelid and c.relnamespace = any (base.product_schemas(null))
    where not i.indisvalid;
end
$$;
comment on function base.storage_signals() is 'Signals of the cache, dead rows, autovacuum and indexes of this database.';

create or replace function base.partition_signals() returns setof base.health_signal
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    with coverage as (
        select t.relation, t.step, max(p.upper_bound) as covered_until
        from base.time_partitions t
        left join lateral base.time_partitions_of(t.relation) p on not p.is_default
        where t.strategy = 'range'
        group by t.relation, t.step
    ), judged as (
        select c.*, floor(extract(epoch from coalesce(c.covered_until, now()) - now()) / extract(epoch from c.step)) as periods
        from coverage c
    )
    select 'partitions', 'periods_ahead', greatest(min(periods), 0)::numeric, 'periods', 1::numeric, 0::numeric,
           'Let the server run, whose scheduler makes them; or select * from base.maintain_time_partitions().',
           jsonb_build_object('tables', count(*),
                              'behind', coalesce(jsonb_agg(jsonb_build_object('table', relation::text, 'covered_until', covered_until)
                                                           order by covered_until) filter (where periods <= 1), '[]'))
    from judged
    having count(*) > 0;

    return query
    select 'partitions', 'rows_in_default', coalesce(sum(s.n_live_tup), 0)::numeric, 'rows', 1000::numeric, null::numeric,
           'select * from base.maintain_time_partitions() moves them to partitions of their own.',
           jsonb_build_object('tables', coalesce(jsonb_agg(jsonb_build_object('table', t.relation::text, 'rows', s.n_live_tup) order by s.n_live_tup desc)
                                                 filter (where s.n_live_tup > 0), '[]'))
    from base.time_partitions t
    cross join lateral base.time_partitions_of(t.relation) p
    join pg_stat_all_tables s on s.relid = p.partition
    where p.is_default
    having count(*) > 0;
end
$$;
comment on function base.partition_signals() is 'Signals of the tables partitioned by time: whether the next periods are there, and what waits in default partitions.';

-- On a primary: its standbys and slots. On a standby: how far behind it is.
create or replace function base.replication_signals() returns setof base.health_signal
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    behind constant text := 'Look at the standby and the network between; a slot that nobody will use again: pg_drop_replication_slot(name).';
begin
    if pg_is_in_recovery() then
        return query
        select 'replication', 'replay_delay', round(extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::numeric, 1), 's', 30::numeric, 300::numeric,
               behind, jsonb_build_object('received', pg_last_wal_receive_lsn(), 'replayed', pg_last_wal_replay_lsn())
        where pg_last_wal_receive_lsn() is distinct from pg_last_wal_replay_lsn();
        return;
    end if;
    return query
    select 'replication', 'standby_delay', round(extract(epoch from max(replay_lag))::numeric, 1), 's', 30::numeric, 300::numeric, behind,
           jsonb_build_object('standbys', jsonb_agg(jsonb_build_object('name', application_name, 'state', state, 'replay_lag', replay_lag)))
    from pg_stat_replication
    having count(*) > 0;
    return query
    select 'replication', 'wal_kept_by_slots', max(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)), 'bytes', 1073741824::numeric, 10737418240::numeric, behind,
           jsonb_build_object('slots', jsonb_agg(jsonb_build_object('name', slot_name, 'active', active, 'status', wal_status)))
    from pg_replication_slots
    where restart_lsn is not null
    having count(*) > 0;
end
$$;
comment on function base.replication_signals() is 'Signals of standbys and replication slots; none where there are none.';

create or replace function base.statement_signals() returns setof base.health_signal
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    place constant text := (select n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_stat_statements');
begin
    if place is null or not base.sees_activity() then
        return;
    end if;
    return query execute format($sql$
        select 'statements', 'slow_statements', count(*)::numeric, 'statements', 1::numeric, 10::numeric,
               'EXPLAIN (ANALYZE, BUFFERS) the statements with these query ids; performance_optimization_recommendations() may know the index.',
               jsonb_build_object('statements', coalesce(jsonb_agg(jsonb_build_object('query_id', queryid, 'calls', calls, 'mean_ms', round(mean_exec_time::numeric, 1))
                                                                   order by mean_exec_time desc), '[]'))
        from %I.pg_stat_statements s
        join pg_database d on d.oid = s.dbid and d.datname = current_database()
        where s.mean_exec_time > 1000 and s.calls >= 5$sql$, place);
exception when object_not_in_prerequisite_state then
    return;  -- created, but not preloaded
end
$$;
comment on function base.statement_signals() is 'Statements of this database that take over a second on average (five calls or more); none without pg_stat_statements.';

create or replace function base.judge(measured base.health_signal) returns base.health_status
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
declare
    low_is_bad constant boolean := measured.critical_at < measured.warning_at;
begin
    return case
        when measured.value is null then 'unknown'
        when low_is_bad and measured.value <= measured.critical_at then 'critical'
        when low_is_bad and measured.value < measured.warning_at then 'warning'
        when low_is_bad then 'healthy'
        when measured.value >= measured.critical_at then 'critical'
        when measured.value >= measured.warning_at then 'warning'
        else 'healthy'
    end::base.health_status;
end
$$;
comment on function base.judge(base.health_signal) is 'What a signal''s value means by its own limits; unknown without a value.';

create or replace function base.health_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query select * from base.connection_signals();
    return query select * from base.transaction_signals();
    return query select * from base.storage_signals();
    return query select * from base.partition_signals();
    return query select * from base.replication_signals();
    return query select * from base.statement_signals();
    return query select * from base.maintenance_signals();
    return query select * from base.module_signals('health_signals');
end
$$;
comment on function base.health_signals() is 'Every signal of this database and of the modules in it.';
