-- data_quality_metrics(): how complete, valid and fresh what is stored is. Of every table what the server's statistics say; of their
-- own tables modules say more (<schema>.quality_signals()).

-- A table partitioned by time is judged by the partition with the most rows. From 1,000 rows on: of fewer nothing follows.
create or replace function base.described_tables() returns table (relation regclass, sampled regclass, live_rows bigint, changed_rows bigint, analysed_at timestamptz)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select m.relation, largest.relid::regclass, largest.n_live_tup, largest.n_mod_since_analyze, greatest(largest.last_analyze, largest.last_autoanalyze)
    from base.managed_tables m
    cross join lateral (
        select s.relid, s.n_live_tup, s.n_mod_since_analyze, s.last_analyze, s.last_autoanalyze
        from pg_stat_all_tables s
        where s.relid = m.relation or s.relid in (select i.inhrelid from pg_inherits i where i.inhparent = m.relation)
        order by s.n_live_tup desc limit 1
    ) largest
    where largest.n_live_tup >= 1000;
end
$$;
comment on function base.described_tables() is 'The tables of the product with 1,000 rows or more, and how old the statistics of their rows are.';

create or replace function base.freshness_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select t.relation::text, 'changed_since_analysis',
           round(100.0 * case when t.analysed_at is null then greatest(t.changed_rows, t.live_rows) else t.changed_rows end / t.live_rows, 1), '%', 50::numeric, 200::numeric,
           format('analyze %s', t.sampled),
           jsonb_build_object('live_rows', t.live_rows, 'analysed_at', t.analysed_at, 'statistics_age_seconds', round(extract(epoch from now() - t.analysed_at)))
    from base.described_tables() t;
end
$$;
comment on function base.freshness_signals() is 'How much of each table has changed since its statistics were made; all of it when they never were.';

-- Statistics mix the values of all organizations, so the server shows them only to those whom no policy holds back.
create or replace function base.completeness_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    if not (select r.rolsuper or r.rolbypassrls from pg_roles r where r.rolname = current_user) then
        return query select 'statistics', 'not_measured', null::numeric, 'signals', 1::numeric, null::numeric,
                            'Ask as a superuser: statistics mix the values of all organizations.', jsonb_build_object('reason', format('role %s is held back by policies', current_user));
        return;
    end if;
    return query
    with columns as (
        select t.relation, t.analysed_at, s.attname, s.null_frac, s.n_distinct
        from base.described_tables() t
        join pg_class c on c.oid = t.sampled
        join pg_stats s on s.schemaname = c.relnamespace::regnamespace::text and s.tablename = c.relname and not s.inherited
    ), figures as (
        select c.relation, round((100 * avg(1 - c.null_frac))::numeric, 1) as filled, round(100.0 * count(*) filter (where c.n_distinct = 1 or c.null_frac = 1) / count(*), 1) as same,
               coalesce(jsonb_agg(c.attname order by c.attname) filter (where c.null_frac = 1), '[]') as empty,
               coalesce(jsonb_agg(c.attname order by c.attname) filter (where c.n_distinct = 1), '[]') as constant,
               round(extract(epoch from now() - max(c.analysed_at))) as age
        from columns c
        group by c.relation
    )
    select f.relation::text, m.signal, m.value, '%', m.warning_at, m.critical_at, m.remedy, m.details || jsonb_build_object('statistics_age_seconds', f.age)
    from figures f
    cross join lateral (values
        ('filled_values', f.filled, 10::numeric, 2::numeric, 'Look whether what writes the table knows more than it says: columns that are always empty are named.', jsonb_build_object('empty_columns', f.empty)),
        ('columns_without_variety', f.same, 95, null, 'Nothing can be told apart by these columns: look whether what writes the table fills them.', jsonb_build_object('constant_columns', f.constant))
    ) as m (signal, value, warning_at, critical_at, remedy, details);
end
$$;
comment on function base.completeness_signals() is 'How much of each table is filled and how many of its columns have more than one value, by the server''s statistics.';

create or replace function base.data_quality_metrics()
    returns table (table_name text, metric text, value numeric, unit text, warning_at numeric, critical_at numeric, status base.health_status,
                   remedy text, details jsonb, checked_at timestamptz)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    return query
    select s.component, s.signal, s.value, s.unit, s.warning_at, s.critical_at, base.judge(s), case when base.judge(s) <> 'healthy' then s.remedy end, s.details, now()
    from (
        select * from base.freshness_signals()
        union all
        select * from base.completeness_signals()
        union all
        select * from base.module_signals('quality_signals')
    ) s
    order by base.judge(s) desc, 1, 2;
end
$$;
comment on function base.data_quality_metrics() is 'How complete, valid and fresh each table is, with the limits that the status follows from. Worst first; unknown is what the caller may not see.';
