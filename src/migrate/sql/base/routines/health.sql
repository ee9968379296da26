-- The health functions that administrators call by name. Each is made of base.health_signals(); none knows an answer beforehand.

create or replace function base.system_health() returns table (component text, status base.health_status, details jsonb, checked_at timestamptz)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select s.component, max(base.judge(s)),
           jsonb_object_agg(s.signal, jsonb_strip_nulls(jsonb_build_object(
               'status', base.judge(s), 'value', s.value, 'unit', s.unit, 'warning_at', s.warning_at, 'critical_at', s.critical_at,
               'remedy', case when base.judge(s) in ('warning', 'critical') then s.remedy end)) || s.details),
           now()
    from base.health_signals() s
    group by s.component
    order by 2 desc, 1;
end
$$;
comment on function base.system_health() is 'How each part of this database and its server is, worst first, and the measurements that say so.';

create or replace function base.database_health_summary() returns table (check_type text, status base.health_status, metrics jsonb, checked_at timestamptz)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select s.component || '.' || s.signal, base.judge(s),
           jsonb_strip_nulls(jsonb_build_object('value', s.value, 'unit', s.unit, 'warning_at', s.warning_at, 'critical_at', s.critical_at)) || s.details, now()
    from base.health_signals() s
    order by 2 desc, 1;
end
$$;
comment on function base.database_health_summary() is 'Every measurement of this database with what it means, worst first.';

create or replace function base.critical_alerts() returns table (alert_type text, severity base.health_status, message text, details jsonb, detected_at timestamptz)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select s.component || '.' || s.signal, base.judge(s),
           format('%s: %s %s, %s from %s on. %s', replace(s.signal, '_', ' '), s.value, s.unit, base.judge(s),
                  case base.judge(s) when 'critical' then s.critical_at else s.warning_at end, s.remedy),
           s.details, now()
    from base.health_signals() s
    where base.judge(s) in ('warning', 'critical')
    order by 2 desc, 1;
end
$$;
comment on function base.critical_alerts() is 'What somebody should look at now: every measurement past its limits, with what to do. No row means that none is.';

create or replace function base.database_health_check() returns jsonb
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    worst base.health_status;
    problems jsonb;
begin
    select max(base.judge(s)), coalesce(jsonb_agg(s.component || '.' || s.signal order by base.judge(s) desc) filter (where base.judge(s) <> 'healthy'), '[]')
    into worst, problems
    from base.health_signals() s;
    return jsonb_build_object(
        'status', worst,
        'problems', problems,
        'timestamp', now(),
        'database_name', current_database(),
        'database_size_mb', round(pg_database_size(current_database()) / 1048576.0, 1),
        'tables_count', (select count(*) from base.managed_tables),
        'indexes_count', (select count(*) from pg_index i join pg_class c on c.oid = i.indrelid where c.relnamespace = any (base.product_schemas(null)) and not c.relispartition),
        'active_connections', (select count(*) from pg_stat_activity where datname = current_database() and backend_type = 'client backend'),
        'modules', (select jsonb_object_agg(module, jsonb_build_object('version', version, 'migrated_at', applied_at))
                    from (select distinct on (module) module, version, applied_at from base.schema_migrations order by module, version desc) as latest));
end
$$;
comment on function base.database_health_check() is 'This database in one object: the worst status, what causes it, its size, and how far each module is migrated.';
