-- performance_optimization_recommendations(): what would make this database faster, with the SQL that does it. Each rests on what the
-- server has counted; nothing is recommended on principle. What an index would change is measured where hypopg is installed.

-- Null without hypopg. The cost is the planner's, before and with the index.
create or replace function base.hypothetical_effect(statement text, index_statement text) returns text
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    place constant text := (select extnamespace::regnamespace::text from pg_extension where extname = 'hypopg');
    before_plan json;
    after_plan json;
    index_oid oid;
begin
    if place is null then
        return null;
    end if;
    execute 'explain (format json) ' || statement into before_plan;
    execute format('select h.indexrelid from %s.hypopg_create_index(%L) h', place, index_statement) into index_oid;
    execute 'explain (format json) ' || statement into after_plan;
    execute format('select %s.hypopg_drop_index(%s)', place, index_oid);
    return format('measured by hypopg: planned cost %s before, %s with it', before_plan -> 0 -> 'Plan' ->> 'Total Cost', after_plan -> 0 -> 'Plan' ->> 'Total Cost');
end
$$;
comment on function base.hypothetical_effect(text, text) is 'What a statement is planned to cost without and with an index that does not exist; null without hypopg.';

-- Deleting a referenced row looks for rows that refer to it: that is the statement measured.
create or replace function base.foreign_key_recommendations()
    returns table (recommendation text, object text, priority base.health_status, sql text, reason text, expected_effect text, is_measured boolean, risk text)
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    foreign_key record;
    effect text;
begin
    for foreign_key in
        select k.conname, k.conrelid, k.confrelid, c.relkind = 'p' as is_partitioned, s.n_live_tup as rows, base.blocks_of(k.conrelid::regclass) as blocks,
               (select string_agg(quote_ident(a.attname), ', ' order by u.place) from unnest(k.conkey) with ordinality as u (attnum, place)
                join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.attnum) as columns,
               (select string_agg(format('%I = (select x.%I from %s x limit 1)', a.attname, a.attname, k.conrelid::regclass), ' and ' order by u.place)
                from unnest(k.conkey) with ordinality as u (attnum, place) join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.attnum) as condition,
               format('%I', left(c.relname || '_' || k.conname, 58) || '_idx') as index_name
        from pg_constraint k
        join pg_class c on c.oid = k.conrelid and not c.relispartition
        left join pg_stat_all_tables s on s.relid = k.conrelid
        where k.contype = 'f' and k.conparentid = 0 and k.connamespace = any (base.product_schemas(null)) and not base.has_covering_index(k.oid)
    loop
        effect := base.hypothetical_effect(format('select 1 from %s where %s', foreign_key.conrelid::regclass, foreign_key.condition),
                                           format('create index on %s (%s)', foreign_key.conrelid::regclass, foreign_key.columns));
        return query select 'index_foreign_key', foreign_key.conrelid::regclass::text,
            case when foreign_key.blocks >= 128 then 'critical' else 'warning' end::base.health_status,
            format('create index %sif not exists %s on %s (%s)', case when foreign_key.is_partitioned then '' else 'concurrently ' end,
                   foreign_key.index_name, foreign_key.conrelid::regclass, foreign_key.columns),
            format('No index begins with the columns of foreign key %I, so every delete in %s reads all %s blocks of %s (%s rows).', foreign_key.conname,
                   foreign_key.confrelid::regclass, foreign_key.blocks, foreign_key.conrelid::regclass, coalesce(foreign_key.rows, 0)),
            coalesce(effect, format('not measured: hypopg is not installed; a delete reads a few blocks instead of %s', foreign_key.blocks)), effect is not null,
            case when foreign_key.is_partitioned then 'Writes to the table wait while it is built; each of them is a little slower afterwards.'
                 else 'Built without blocking writes; each write of the table is a little slower afterwards.' end;
    end loop;
end
$$;
comment on function base.foreign_key_recommendations() is 'Part of performance_optimization_recommendations: indexes that foreign keys lack.';

-- Indexes with what the server counted of them, partitions added up. What keeps a rule is needed unread.
create or replace function base.removable_indexes()
    returns table (index_oid oid, relation oid, definition text, scans bigint, bytes bigint, is_partitioned boolean)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select i.indexrelid, i.indrelid, base.index_definition(i), counted.scans, counted.bytes, c.relkind = 'I'
    from pg_index i
    join pg_class c on c.oid = i.indexrelid and not c.relispartition
    join pg_class t on t.oid = i.indrelid and t.relnamespace = any (base.product_schemas(null))
    cross join lateral (
        select coalesce(sum(pg_stat_get_numscans(p.part)), 0)::bigint as scans, coalesce(sum(pg_relation_size(p.part)), 0)::bigint as bytes
        from (select i.indexrelid as part union all select h.inhrelid from pg_inherits h where h.inhparent = i.indexrelid) p
    ) counted
    where i.indisvalid and not i.indisprimary and not i.indisreplident and not i.indisexclusion
      and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x', 'f'));
end
$$;
comment on function base.removable_indexes() is 'Part of performance_optimization_recommendations: indexes that no constraint needs, and how often they were read.';

create or replace function base.index_definition(index pg_index) returns text
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return concat_ws(' ', index.indkey, index.indclass, index.indcollation, index.indoption, index.indisunique, index.indnkeyatts,
                     (select c.relam from pg_class c where c.oid = index.indexrelid), pg_get_expr(index.indexprs, index.indrelid), pg_get_expr(index.indpred, index.indrelid));
end
$$;
comment on function base.index_definition(pg_index) is 'What makes two indexes of a table the same, as text.';

create or replace function base.reads_of(relation oid) returns bigint
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select coalesce(sum(pg_stat_get_numscans(p.part) + (select coalesce(sum(pg_stat_get_numscans(i.indexrelid)), 0) from pg_index i where i.indrelid = p.part)), 0)
        from (select relation as part union all select h.inhrelid from pg_inherits h where h.inhparent = relation) p);
end
$$;
comment on function base.reads_of(oid) is 'How often a table and its partitions were scanned, by an index or not, as the server counted.';

create or replace function base.serves_a_foreign_key(index_oid oid) returns boolean
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (
        select from pg_index i
        join pg_constraint k on k.conrelid = i.indrelid and k.contype = 'f'
        where i.indexrelid = index_oid
          and k.conkey @> (i.indkey::int2[])[0:cardinality(k.conkey) - 1] and k.conkey <@ (i.indkey::int2[])[0:cardinality(k.conkey) - 1]);
end
$$;
comment on function base.serves_a_foreign_key(oid) is 'Whether an index begins with the columns of a foreign key of its table.';

create or replace function base.index_recommendations()
    returns table (recommendation text, object text, priority base.health_status, sql text, reason text, expected_effect text, is_measured boolean, risk text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    with removable as materialized (
        select * from base.removable_indexes()
    ), useless (kind, index_oid, is_partitioned, bytes, reason, risk) as (
        select 'drop_duplicate_index', d.index_oid, d.is_partitioned, d.bytes, format('%s is defined in the same way and stays.', kept.index_oid::regclass),
               'None for queries: the other one serves them. Commands that name it, as REINDEX does, fail.'
        from removable d
        cross join lateral (
            select k.indexrelid as index_oid
            from pg_index k
            where k.indrelid = d.relation and k.indexrelid <> d.index_oid and k.indisvalid and base.index_definition(k) = d.definition
              and (k.indexrelid < d.index_oid or not k.indexrelid in (select r.index_oid from removable r))
            order by k.indexrelid limit 1
        ) kept
        union all
        select 'drop_unused_index', u.index_oid, u.is_partitioned, u.bytes,
               format('It was never read while %s was read %s times. Counted since %s.', u.relation::regclass, base.reads_of(u.relation),
                      coalesce((select s.stats_reset from pg_stat_database s where s.datname = current_database())::text, 'the database was made')),
               'A statement that runs once a month, or on a standby, which counts for itself, may need it. To have it back: ' || pg_get_indexdef(u.index_oid)
        from removable u
        where u.scans = 0 and u.bytes >= 1048576 and not (select i.indisunique from pg_index i where i.indexrelid = u.index_oid)
          and base.reads_of(u.relation) >= 1000 and not base.serves_a_foreign_key(u.index_oid)
    )
    select u.kind, u.index_oid::regclass::text, 'warning'::base.health_status,
           format('drop index %s%s', case when u.is_partitioned then '' else 'concurrently ' end, u.index_oid::regclass), u.reason,
           format('not measured: each write of the table maintains one index less; %s are given back', pg_size_pretty(u.bytes)), false, u.risk
    from useless u;
end
$$;
comment on function base.index_recommendations() is 'Part of performance_optimization_recommendations: indexes that only cost.';

create or replace function base.table_recommendations()
    returns table (recommendation text, object text, priority base.health_status, sql text, reason text, expected_effect text, is_measured boolean, risk text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    statements constant text := (select e.extnamespace::regnamespace::text from pg_extension e where e.extname = 'pg_stat_statements');
begin
    return query
    with tables as (
        select s.*, s.relid::regclass as relation, greatest(s.last_analyze, s.last_autoanalyze) as analysed_at
        from pg_stat_all_tables s
        join pg_class c on c.oid = s.relid and c.relkind = 'r' and c.relnamespace = any (base.product_schemas(null))
    )
    select 'analyze', t.relation::text, case when t.analysed_at is null then 'critical' else 'warning' end::base.health_status, format('analyze %s', t.relation),
           case when t.analysed_at is null then format('It has about %s rows and was never analysed: the planner guesses.', t.n_live_tup)
                else format('%s of about %s rows have changed since it was analysed at %s.', t.n_mod_since_analyze, t.n_live_tup, t.analysed_at) end,
           format('not measured: plans rest on the %s rows that are there', t.n_live_tup), false, 'Reads a sample of the table; blocks nothing but other maintenance of it.'
    from tables t
    where t.n_live_tup >= 1000 and (t.analysed_at is null or t.n_mod_since_analyze > t.n_live_tup / 2)
    union all
    select 'vacuum', t.relation::text, case when t.n_dead_tup > t.n_live_tup then 'critical' else 'warning' end::base.health_status, format('vacuum (analyze) %s', t.relation),
           format('%s dead rows beside %s live ones; last vacuumed at %s.', t.n_dead_tup, t.n_live_tup, coalesce(greatest(t.last_vacuum, t.last_autovacuum)::text, 'no time')),
           format('not measured: %s %% of the rows that scans step over become free space', round(100.0 * t.n_dead_tup / (t.n_dead_tup + t.n_live_tup))), false,
           'Reads the table and its indexes; writes go on. Not within a transaction. An old transaction may keep the rows.'
    from tables t
    where t.n_dead_tup >= 10000 and t.n_dead_tup > t.n_live_tup / 4
    union all
    select 'look_at_sequential_scans', t.relation::text, 'warning'::base.health_status,
           case when statements is null then format('select seq_scan, seq_tup_read, idx_scan from pg_catalog.pg_stat_all_tables where relid = %L::regclass', t.relation)
                else format('select queryid, calls, mean_exec_time, rows, query from %s.pg_stat_statements where query ~* %L order by total_exec_time desc limit 10', statements, t.relname) end,
           format('%s sequential scans read %s rows each, %s in all; its indexes were used %s times.', t.seq_scan, t.seq_tup_read / t.seq_scan, t.seq_tup_read, coalesce(t.idx_scan, 0)),
           case when statements is null then 'not measured: which statements do it is seen with pg_stat_statements' else 'not measured: the statements found show which columns an index should have' end,
           false, 'None: it only reads statistics.'
    from tables t
    where t.seq_scan >= 100 and t.seq_tup_read / t.seq_scan >= 10000 and t.seq_tup_read > coalesce(t.idx_tup_fetch, 0);
end
$$;
comment on function base.table_recommendations() is 'Part of performance_optimization_recommendations: tables to analyse, to vacuum, and read from end to end.';

create or replace function base.setting_recommendations()
    returns table (recommendation text, object text, priority base.health_status, sql text, reason text, expected_effect text, is_measured boolean, risk text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    counted record;
    buffers_bytes constant numeric := pg_size_bytes(current_setting('shared_buffers'));
begin
    select d.blks_hit + d.blks_read as blocks, round(100.0 * d.blks_hit / nullif(d.blks_hit + d.blks_read, 0), 2) as hits, d.temp_files, d.temp_bytes,
           pg_database_size(d.datname) as bytes
    into counted from pg_stat_database d where d.datname = current_database();
    return query
    select 'setting', s.name, s.priority::base.health_status, s.sql, s.reason, s.effect, false, s.risk
    from (values
        ('shared_buffers', counted.blocks >= 100000 and counted.hits < 95 and counted.bytes > buffers_bytes, 'warning',
         format('alter system set shared_buffers = %L', pg_size_bytes(current_setting('shared_buffers')) * 2 / 1048576 || 'MB'),
         format('Only %s %% of %s blocks were found in shared_buffers (%s); the database has %s.', counted.hits, counted.blocks, current_setting('shared_buffers'), pg_size_pretty(counted.bytes)),
         'not measured: more blocks are found in memory', 'Takes a restart and memory: a quarter of the machine''s is a good limit.'),
        ('random_page_cost', counted.blocks >= 100000 and counted.hits >= 99 and current_setting('random_page_cost')::numeric >= 2, 'warning',
         'alter system set random_page_cost = 1.1',
         format('It is %s, as for disks that turn, but %s %% of %s blocks came from memory.', current_setting('random_page_cost'), counted.hits, counted.blocks),
         'not measured: the planner chooses indexes where it reads whole tables now', 'Plans change. select pg_reload_conf() makes it count; alter system reset takes it back.'),
        ('effective_cache_size', pg_size_bytes(current_setting('effective_cache_size')) < buffers_bytes, 'warning',
         format('alter system set effective_cache_size = %L', (buffers_bytes * 2 / 1048576)::bigint || 'MB'),
         format('It is %s, less than shared_buffers (%s): the planner takes indexes for uncached.', current_setting('effective_cache_size'), current_setting('shared_buffers')),
         'not measured: the planner chooses indexes more often', 'Takes no memory. Plans change; alter system reset takes it back.'),
        ('work_mem', counted.temp_bytes >= 1073741824 and counted.temp_files >= 10, 'warning',
         format('alter database %I set work_mem = %L', current_database(), (pg_size_bytes(current_setting('work_mem')) * 4 / 1024)::text || 'kB'),
         format('Sorts and hashes wrote %s to %s temporary files with work_mem at %s.', pg_size_pretty(counted.temp_bytes), counted.temp_files, current_setting('work_mem')),
         'not measured: fewer sorts and hashes go to disk', 'Each sort of each session may take as much: watch the memory of the machine.'),
        ('autovacuum', not current_setting('autovacuum')::boolean, 'critical', 'alter system set autovacuum = on',
         'It is off: dead rows stay, statistics age, and transaction ids run out.', 'not measured: tables stay as small as their rows', 'None. select pg_reload_conf() makes it count.'),
        ('jit', current_setting('jit')::boolean and counted.bytes < 10737418240 and current_setting('jit_above_cost')::numeric <= 100000, 'healthy',
         format('alter database %I set jit = off', current_database()),
         format('Statements planned above %s are compiled first, which takes longer than most of them do in a database of %s.', current_setting('jit_above_cost'), pg_size_pretty(counted.bytes)),
         'not measured: the time of compiling is saved, some 0.1 to 1 s for such a statement', 'Large aggregations lose some speed; alter database ... reset jit takes it back.')
    ) as s (name, applies, priority, sql, reason, effect, risk)
    where s.applies;
end
$$;
comment on function base.setting_recommendations() is 'Part of performance_optimization_recommendations: settings that do not fit what the server has counted.';

-- `seconds_min` is there for tests.
create or replace function base.session_recommendations(seconds_min numeric default null)
    returns table (recommendation text, object text, priority base.health_status, sql text, reason text, expected_effect text, is_measured boolean, risk text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select 'end_session', format('backend %s', s.details ->> 'pid'), case when s.value >= s.critical_at then 'critical' else 'warning' end::base.health_status,
           format('select pg_terminate_backend(%s)', s.details ->> 'pid'),
           format('%s: %s s, from %s s on to be looked at.', replace(s.signal, '_', ' '), s.value, s.warning_at),
           'not measured: VACUUM can remove what it holds, and others get its locks', false, 'Its transaction is taken back. Look in pg_stat_activity first what it is doing.'
    from base.transaction_signals() s
    where s.signal in ('longest_transaction', 'longest_idle_in_transaction') and s.value >= coalesce(seconds_min, s.warning_at) and s.details ->> 'pid' is not null;

    return query
    select 'create_extension', e.name::text, 'healthy'::base.health_status, format('create extension if not exists %I with schema public', e.name),
           format('The server has it (version %s), this database does not: %s.', e.default_version, w.gives), 'not measured: it shows what to do next', false, w.risk
    from (values
        ('pg_stat_statements', 'it counts what each statement costs, by which slow ones are found', 'A few percent of throughput at most; it has to be in shared_preload_libraries, too.'),
        ('hypopg', 'it tells what an index would change before it is built', 'None: what it makes is seen by the session that made it.')
    ) as w (name, gives, risk)
    join pg_available_extensions e on e.name = w.name
    where e.installed_version is null;
end
$$;
comment on function base.session_recommendations(numeric) is 'Part of performance_optimization_recommendations: sessions that hold others up, and extensions that would show more.';

create or replace function base.performance_optimization_recommendations()
    returns table (recommendation text, object text, priority base.health_status, sql text, reason text, expected_effect text, is_measured boolean, risk text)
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    return query
    select r.* from (
        select * from base.foreign_key_recommendations()
        union all select * from base.index_recommendations()
        union all select * from base.table_recommendations()
        union all select * from base.setting_recommendations()
        union all select * from base.session_recommendations()
    ) r
    order by 3 desc, 1, 2;
end
$$;
comment on function base.performance_optimization_recommendations() is
    'What would make this database faster: SQL that can be run as it stands, why, what it should change, and what it risks. priority healthy: good to have. Most urgent first.';
