-- data_integrity_checks(): what constraints cannot carry. References between modules, what the catalog says of constraints, indexes and
-- partitions, and figures that modules keep twice (<schema>.integrity_signals()).

-- One orphan is a warning; ten and one in a hundred are critical. An id that is missing in a hundred rows is one orphan.
create or replace function base.reference_signals(ids_max integer) returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    return query
    with referred as materialized (
        select * from base.all_references(ids_max)
    ), wanted as (
        select w.target, array_agg(w.organization_id order by w.organization_id, w.id) as organizations, array_agg(w.id order by w.organization_id, w.id) as ids
        from (select distinct r.target, r.organization_id, r.id from referred r where r.id is not null and r.ids_there is null) w
        group by w.target
    ), missing as materialized (
        select t.target, m.organization_id, m.id, m.problem
        from (select distinct r.target from referred r where r.ids_there is null) t
        left join wanted w on w.target = t.target
        cross join lateral base.missing_targets(t.target, coalesce(w.organizations, '{}'), coalesce(w.ids, '{}')) m
    ), followed as (
        select r.relation, r.column_name, r.target, count(r.id) + coalesce(sum(r.ids_there), 0) as checked, bool_and(r.is_complete) as is_complete,
               count(r.id) filter (where m.id is not null or r.ids_there is not null) as orphans,
               min(r.id::text) filter (where m.id is not null or r.ids_there is not null) as example,
               coalesce(min(r.problem), (select min(p.problem) from missing p where p.target = r.target)) as problem
        from referred r
        left join missing m on m.target = r.target and m.organization_id = r.organization_id and m.id = r.id
        group by r.relation, r.column_name, r.target
    )
    select 'references', format('%s.%s -> %s', f.relation, f.column_name, f.target), case when f.problem is null then f.orphans::numeric end, 'ids',
           1::numeric, greatest(10, ceil(f.checked / 100.0)),
           format('Restore the rows of %s, or correct %s.%s where it names them.', f.target, f.relation, f.column_name),
           jsonb_strip_nulls(jsonb_build_object('checked', case when f.problem is null then f.checked end, 'is_complete', f.problem is null and f.is_complete,
                                                'example', f.example, 'reason', f.problem))
    from followed f;
end
$$;
comment on function base.reference_signals(integer) is 'A signal for each column that holds ids of another module: how many of its ids name nothing.';

create or replace function base.catalog_integrity_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    spaces constant oid[] := base.product_schemas(null);
begin
    return query
    select 'catalog', 'constraints_not_validated', count(*) filter (where not k.convalidated)::numeric, 'constraints', 1::numeric, null::numeric,
           'alter table ... validate constraint ...; what it refuses breaks the rule already.',
           jsonb_strip_nulls(jsonb_build_object('checked', count(*), 'is_complete', true,
                                                'example', min(format('%s: %I', k.conrelid::regclass, k.conname)) filter (where not k.convalidated)))
    from pg_constraint k where k.connamespace = any (spaces) and k.contype in ('c', 'f');

    return query
    select 'catalog', 'invalid_indexes', count(*) filter (where not i.indisvalid)::numeric, 'indexes', 1::numeric, null::numeric,
           'gsdb db migrate builds them anew; a unique one does not hold until then.',
           jsonb_strip_nulls(jsonb_build_object('checked', count(*), 'is_complete', true, 'example', min(c.oid::regclass::text) filter (where not i.indisvalid)))
    from pg_index i join pg_class c on c.oid = i.indexrelid where c.relnamespace = any (spaces);

    return query
    select 'catalog', 'tables_without_current_partition', count(*) filter (where p.partition is null)::numeric, 'tables', 1::numeric, 1::numeric,
           'select * from base.maintain_time_partitions();',
           jsonb_strip_nulls(jsonb_build_object('checked', count(*), 'is_complete', true, 'example', min(t.relation::text) filter (where p.partition is null)))
    from base.time_partitions t
    left join lateral (select * from base.time_partitions_of(t.relation) o where o.lower_bound <= now() and now() < o.upper_bound) p on true
    where t.strategy = 'range';

    return query
    select 'catalog', 'tables_with_triggers_off', count(distinct g.tgrelid) filter (where g.tgenabled = 'D')::numeric, 'tables', 1::numeric, 1::numeric,
           'alter table ... enable trigger all; meanwhile foreign keys were not checked, so check what was written.',
           jsonb_strip_nulls(jsonb_build_object('checked', count(distinct g.tgrelid), 'is_complete', true, 'example', min(g.tgrelid::regclass::text) filter (where g.tgenabled = 'D')))
    from pg_trigger g join pg_class c on c.oid = g.tgrelid where c.relnamespace = any (spaces);
end
$$;
comment on function base.catalog_integrity_signals() is 'Signals of constraints, indexes, partitions and triggers that do not do what they are there for.';

create or replace function base.data_integrity_checks(ids_max integer default 500)
    returns table (check_name text, status text, severity base.health_status, rows_checked bigint, is_complete boolean, violations bigint,
                   example_id text, remedy text, details jsonb, checked_at timestamptz)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select s.component || '.' || s.signal,
           case when s.value is null then 'not_checked' when s.value > 0 then 'violated' else 'ok' end,
           base.judge(s), (s.details ->> 'checked')::bigint, coalesce((s.details ->> 'is_complete')::boolean, false), s.value::bigint, s.details ->> 'example',
           case when s.value is null then coalesce(s.details ->> 'reason', s.remedy) when s.value > 0 then s.remedy end,
           s.details - array['checked', 'is_complete', 'example'], now()
    from (
        select * from base.reference_signals(ids_max)
        union all
        select * from base.catalog_integrity_signals()
        union all
        select * from base.module_signals('integrity_signals')
    ) s
    order by base.judge(s) desc, 1;
end
$$;
comment on function base.data_integrity_checks(integer) is
    'What constraints cannot carry: every reference between modules, the catalog, figures kept twice. rows_checked counts ids or rows looked at, is_complete says whether that is all of them; not_checked is what could not be looked at from here.';
