-- Tables partitioned by time. A period has a partition when it is near or when rows of it have come; everything else waits in the
-- default partition, so that a row with an unexpected time is never refused. docs/decisions/0011 says why.

-- Turns the table, still empty and without foreign keys, into one partitioned by `time_column` in periods of `step` (whole months,
-- or a fixed length). Rows older than `retention` are dropped by maintenance. The oid changes, so the new one is returned.
create or replace function base.make_time_partitioned(
    relation regclass, time_column name, step interval,
    retention interval default null, periods_ahead integer default 3, before_drop text default null)
    returns regclass
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set timezone = 'UTC'
as $$
declare
    is_hypertable constant boolean := base.has_extension('timescaledb');
    path constant text := relation::text;
    result regclass;
begin
    perform base.refuse_citus_with_timescaledb();
    perform base.refuse_to_partition(relation, time_column, step);
    if is_hypertable then
        execute format('select %s.create_hypertable(%L, %L, chunk_time_interval => %L::interval, create_default_indexes => false)',
                       base.timescaledb_schema(), relation, time_column, step);
    else
        perform base.recreate_partitioned(relation, time_column);
    end if;
    result := path::regclass;
    insert into base.time_partitions (relation, time_column, step, periods_ahead, retention, strategy, before_drop)
    values (result, time_column, step, periods_ahead, retention, case when is_hypertable then 'hypertable' else 'range' end, before_drop);
    perform base.maintain_time_partitions(result);
    return result;
end
$$;
comment on function base.make_time_partitioned(regclass, name, interval, interval, integer, text) is
    'Partitions a new table by time: native RANGE partitions, or a hypertable where TimescaleDB is.';

create or replace function base.refuse_to_partition(relation regclass, time_column name, step interval) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    reason text;
    has_rows boolean;
begin
    execute format('select exists (select from %s)', relation) into has_rows;
    reason := case
        when has_rows then 'it has rows'
        when (select relkind <> 'r' from pg_class where oid = relation) then 'it is not an ordinary table'
        when (select length(relname) > 45 from pg_class where oid = relation) then 'its name leaves no room for the name of a period'
        when exists (select from pg_constraint where contype = 'f' and relation in (conrelid, confrelid)) then 'it has foreign keys'
        when not exists (select from pg_attribute where attrelid = relation and attname = time_column and attnotnull
                                                    and atttypid = 'timestamptz'::regtype)
            then format('it has no column %I timestamptz not null', time_column)
        when base.months_of(step) > 0 and step <> make_interval(months => base.months_of(step))
            then 'a period is either whole months or a fixed length'
        when base.months_of(step) = 0 and step < interval '1 minute' then 'a period is shorter than a minute'
    end;
    if reason is not null then
        raise exception using errcode = 'GS004',
            message = format('%s cannot be partitioned by time: %s', relation, reason),
            hint = 'Call base.make_time_partitioned right after CREATE TABLE, before base.tenant_table and foreign keys.';
    end if;
end
$$;
comment on function base.refuse_to_partition(regclass, name, interval) is 'Part of base.make_time_partitioned: error GS004 when it cannot be done.';

-- PostgreSQL cannot partition an existing table, so a partitioned one takes its name, definitions and comments.
create or replace function base.recreate_partitioned(relation regclass, time_column name) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    path constant text := relation::text;
    copy constant text := format('%s.partitioning', (select relnamespace::regnamespace from pg_class where oid = relation));
    table_name constant name := (select relname from pg_class where oid = relation);
    definitions text[];
    definition text;
begin
    select array_agg(sql) into definitions from (
        select format('alter table %s add constraint %I %s', path, conname, pg_get_constraintdef(oid)) as sql
        from pg_constraint where conrelid = relation and contype in ('p', 'u', 'x')
        union all
        select pg_get_indexdef(indexrelid)
        from pg_index i where indrelid = relation and not exists (select from pg_constraint where conindid = i.indexrelid)
        union all
        select format('comment on table %s is %L', path, obj_description(relation, 'pg_class'))
    ) as captured;
    execute format('create table %s (like %s including all excluding indexes) partition by range (%I)', copy, relation, time_column);
    execute format('drop table %s', relation);
    execute format('alter table %s rename to %I', copy, table_name);
    foreach definition in array definitions loop
        execute definition;
    end loop;
end
$$;
comment on function base.recreate_partitioned(regclass, name) is 'Part of base.make_time_partitioned: replaces an empty table by a partitioned one.';

create or replace function base.months_of(step interval) returns integer
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return extract(year from step) * 12 + extract(month from step);
end
$$;
comment on function base.months_of(interval) is 'The months in an interval, days and hours left out.';

-- Months count from January, weeks begin on Monday, and all of it in UTC.
create or replace function base.period_start(step interval, moment timestamptz) returns timestamptz
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
    set timezone = 'UTC'
as $$
declare
    months constant integer := base.months_of(step);
    month_number integer;
begin
    if months = 0 then
        return date_bin(step, moment, '2001-01-01 00:00:00+00');
    end if;
    month_number := extract(year from moment) * 12 + extract(month from moment) - 1;
    month_number := month_number - month_number % months;
    return make_timestamptz(month_number / 12, month_number % 12 + 1, 1, 0, 0, 0);
end
$$;
comment on function base.period_start(interval, timestamptz) is 'The beginning of the period of the given length that the moment lies in.';

create or replace function base.time_partitions_of(relation regclass)
    returns table (partition regclass, lower_bound timestamptz, upper_bound timestamptz, is_default boolean)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set timezone = 'UTC'
    set datestyle = 'ISO'
as $$
begin
    return query
    select c.oid::regclass, bound[1]::timestamptz, bound[2]::timestamptz, bound is null
    from pg_inherits i
    join pg_class c on c.oid = i.inhrelid
    left join lateral regexp_match(pg_get_expr(c.relpartbound, c.oid), $re$FROM \('(.+)'\) TO \('(.+)'\)$re$) as bound on true
    where i.inhparent = relation
    order by 2 nulls last;
end
$$;
comment on function base.time_partitions_of(regclass) is 'The partitions of a table and the times they cover; the default partition last.';

-- Makes partitions for the coming periods and for rows that wait in the default partition, and drops what is older than the retention,
-- of every table that the caller owns. `moment` is there for tests. Safe to run at any time and after any pause.
create or replace function base.maintain_time_partitions(
    only_table regclass default null, only_schema name default null, moment timestamptz default now())
    returns table (action text, partition text, rows_affected bigint)
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    partitioned record;
begin
    perform base.refuse_citus_with_timescaledb();
    for partitioned in
        select t.relation, t.strategy
        from base.time_partitions t
        join pg_class c on c.oid = t.relation
        where (only_table is null or t.relation = only_table)
          and (only_schema is null or c.relnamespace = to_regnamespace(quote_ident(only_schema)))
          and (c.relowner = to_regrole(quote_ident(current_user)) or (select rolsuper from pg_roles where rolname = current_user))
        order by c.oid
    loop
        perform pg_advisory_xact_lock('base.time_partitions'::regclass::oid::integer, partitioned.relation::oid::integer);
        if partitioned.strategy = 'hypertable' then
            return query select * from base.drop_expired_chunks(partitioned.relation, moment);
        else
            return query select * from base.make_period_partitions(partitioned.relation, moment);
            return query select * from base.drop_expired_partitions(partitioned.relation, moment);
        end if;
    end loop;
end
$$;
comment on function base.maintain_time_partitions(regclass, name, timestamptz) is
    'Creates the partitions that are due and drops those past their retention; returns what it did.';

create or replace function base.make_period_partitions(relation regclass, moment timestamptz)
    returns table (action text, partition text, rows_affected bigint)
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set timezone = 'UTC'
    set lock_timeout = '5s'
as $$
declare
    plan base.time_partitions;
    default_partition regclass;
    waiting timestamptz[];
    period timestamptz;
    moved bigint;
begin
    select * into strict plan from base.time_partitions t where t.relation = make_period_partitions.relation;
    select p.partition into default_partition from base.time_partitions_of(relation) p where p.is_default;
    if default_partition is null then
        default_partition := base.create_partition(relation, 'default', 'default');
    end if;
    if not exists (select from base.missing_periods(plan, moment, base.periods_in_default(plan, default_partition, moment))) then
        return;
    end if;
    -- Asked again under the lock: a row may have come since.
    perform base.as_if_deletable(relation, format('lock table %s in access exclusive mode', relation));
    waiting := base.periods_in_default(plan, default_partition, moment);
    -- Rows would overlap the new partitions, so the default is set aside while they move.
    if waiting <> '{}' then
        execute format('alter table %s detach partition %s', relation, default_partition);
    end if;
    for period in select * from base.missing_periods(plan, moment, waiting) loop
        partition := base.create_partition(relation, base.period_name(plan.step, period),
                                           format('for values from (%L) to (%L)', period, period + plan.step));
        action := 'created';
        rows_affected := null;
        return next;
        if period = any (waiting) then
            moved := base.move_period(plan, default_partition, period);
            action := 'filled';
            rows_affected := moved;
            return next;
        end if;
    end loop;
    if waiting <> '{}' then
        execute format('alter table %s attach partition %s default', relation, default_partition);
    end if;
end
$$;
comment on function base.make_period_partitions(regclass, timestamptz) is 'Part of base.maintain_time_partitions: creates partitions and fills them from the default one.';

create or replace function base.periods_in_default(plan base.time_partitions, default_partition regclass, moment timestamptz)
    returns timestamptz[]
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    periods timestamptz[];
begin
    execute format('select coalesce(array_agg(distinct base.period_start($1, %1$I)), ''{}'') from %2$s where %1$I >= $2 and %1$I < $3',
                   plan.time_column, default_partition)
    into periods
    using plan.step, coalesce(moment - plan.retention, '-infinity'),
          base.period_start(plan.step, moment) + plan.step * (plan.periods_ahead + 1);
    return periods;
end
$$;
comment on function base.periods_in_default(base.time_partitions, regclass, timestamptz) is
    'Part of base.maintain_time_partitions: the periods, no later than those kept ready, of which rows wait in the default partition.';

create or replace function base.missing_periods(plan base.time_partitions, moment timestamptz, waiting timestamptz[])
    returns setof timestamptz
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set timezone = 'UTC'
as $$
begin
    return query
    select wanted.period
    from (select base.period_start(plan.step, moment) + plan.step * n as period from generate_series(0, plan.periods_ahead) as n
          union
          select unnest(waiting)) as wanted
    where not exists (select from base.time_partitions_of(plan.relation) p where p.lower_bound <= wanted.period and wanted.period < p.upper_bound)
    order by 1;
end
$$;
comment on function base.missing_periods(base.time_partitions, timestamptz, timestamptz[]) is
    'Part of base.maintain_time_partitions: periods that should have a partition and have none.';

create or replace function base.move_period(plan base.time_partitions, default_partition regclass, period timestamptz) returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set timezone = 'UTC'
as $$
declare
    moved bigint;
begin
    execute format('insert into %s select * from %s where %3$I >= %4$L and %3$I < %5$L', plan.relation, default_partition, plan.time_column, period, period + plan.step);
    get diagnostics moved = row_count;
    perform base.as_if_deletable(default_partition,
        format('delete from %s where %2$I >= %3$L and %2$I < %4$L', default_partition, plan.time_column, period, period + plan.step));
    return moved;
end
$$;
comment on function base.move_period(base.time_partitions, regclass, timestamptz) is
    'Part of base.maintain_time_partitions: moves the rows of one period out of the detached default partition.';

-- The owner of a table that is only added to has given up DELETE, which locking the table and moving its rows ask for.
create or replace function base.as_if_deletable(relation regclass, statement text) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set timezone = 'UTC'
as $$
declare
    is_append_only constant boolean := not has_table_privilege(relation, 'delete');
begin
    if is_append_only then
        execute format('grant delete on %s to %I', relation, current_user);
    end if;
    execute statement;
    if is_append_only then
        execute format('revoke delete on %s from %I', relation, current_user);
    end if;
end
$$;
comment on function base.as_if_deletable(regclass, text) is 'Part of base.maintain_time_partitions: runs a statement that asks for DELETE, which the owner may have given up.';

-- Nobody reads or writes a partition directly: row-level security without a policy. What the owner may not do to the table, it may
-- not do to the partition.
create or replace function base.create_partition(relation regclass, suffix text, bound text) returns regclass
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set timezone = 'UTC'
as $$
declare
    owner constant name := (select pg_get_userbyid(relowner) from pg_class where oid = relation);
    path constant text := (select format('%s.%I', relnamespace::regnamespace, relname || '_' || suffix) from pg_class where oid = relation);
    privilege text;
begin
    execute format('create table %s partition of %s %s', path, relation, bound);
    if owner <> current_user then
        execute format('alter table %s owner to %I', path, owner);
    end if;
    execute format('alter table %s enable row level security', path);
    foreach privilege in array array['update', 'delete', 'truncate'] loop
        if not has_table_privilege(owner, relation, privilege) then
            execute format('revoke %s on %s from %I', privilege, path, owner);
        end if;
    end loop;
    perform base.copy_statistics(relation, path::regclass);
    return path::regclass;
end
$$;
comment on function base.create_partition(regclass, text, text) is 'Part of base.maintain_time_partitions: creates one partition, closed to direct use.';

-- Which columns go with which is known to the planner of the table that it is declared for, and of no partition by itself: it would
-- multiply the chances that an organization, one of its sources and a type turn up as if they had nothing to do with each other.
create or replace function base.copy_statistics(relation regclass, partition regclass) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    declared record;
begin
    for declared in
        select s.stxname as name, n.nspname as schema, pg_get_statisticsobjdef(s.oid) as definition,
               format('%s_%s', c.relname, s.stxname)::name as copy
        from pg_statistic_ext s
        join pg_class c on c.oid = partition
        join pg_namespace n on n.oid = c.relnamespace
        where s.stxrelid = relation
          and not exists (select from pg_statistic_ext e where e.stxrelid = partition and e.stxname = format('%s_%s', c.relname, s.stxname)::name)
        order by s.stxname
    loop
        execute format('create statistics %I.%I %s from %s', declared.schema, declared.copy,
                       substring(declared.definition from '^CREATE STATISTICS \S+ (.*) FROM \S+$'), partition);
    end loop;
end
$$;
comment on function base.copy_statistics(regclass, regclass) is
    'Gives a partition the extended statistics that are declared for its table. For a table that has partitions already call it for each.';

create or replace function base.period_name(step interval, period timestamptz) returns text
    language plpgsql immutable
    set search_path = pg_catalog, pg_temp
    set timezone = 'UTC'
as $$
begin
    return to_char(period, case
        when base.months_of(step) > 0 and base.months_of(step) % 12 = 0 then 'YYYY'
        when base.months_of(step) > 0 then 'YYYY_MM'
        when step = date_trunc('day', step) then 'YYYY_MM_DD'
        else 'YYYY_MM_DD_HH24MI' end);
end
$$;
comment on function base.period_name(interval, timestamptz) is 'How the partition of a period is named: 2026_11 for a month, 2026_11_21 for a day.';

create or replace function base.drop_expired_partitions(relation regclass, moment timestamptz)
    returns table (action text, partition text, rows_affected bigint)
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set timezone = 'UTC'
    set lock_timeout = '5s'
as $$
declare
    plan base.time_partitions;
    expired record;
    has_expired_rows boolean;
begin
    select * into strict plan from base.time_partitions t where t.relation = drop_expired_partitions.relation;
    if plan.retention is null then
        return;
    end if;
    for expired in select * from base.time_partitions_of(relation) p where p.is_default or p.upper_bound <= moment - plan.retention loop
        partition := expired.partition;
        rows_affected := null;
        if not expired.is_default then
            perform base.before_drop(plan, expired.partition);
            execute format('drop table %s', expired.partition);
            action := 'dropped';
            return next;
            continue;
        end if;
        execute format('select exists (select from %s where %I < $1)', expired.partition, plan.time_column)
        into has_expired_rows using moment - plan.retention;
        if has_expired_rows then
            execute format('delete from %s where %I < $1', expired.partition, plan.time_column) using moment - plan.retention;
            get diagnostics rows_affected = row_count;
            action := 'emptied';
            return next;
        end if;
    end loop;
end
$$;
comment on function base.drop_expired_partitions(regclass, timestamptz) is 'Part of base.maintain_time_partitions: drops partitions past the retention, and such rows of the default one.';

create or replace function base.drop_expired_chunks(relation regclass, moment timestamptz)
    returns table (action text, partition text, rows_affected bigint)
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    plan base.time_partitions;
    chunk regclass;
begin
    select * into strict plan from base.time_partitions t where t.relation = drop_expired_chunks.relation;
    if plan.retention is null then
        return;
    end if;
    for chunk in execute format('select %s.show_chunks(%L, older_than => %L::timestamptz)',
                                base.timescaledb_schema(), relation, moment - plan.retention) loop
        perform base.before_drop(plan, chunk);
    end loop;
    return query execute format('select ''dropped'', %s.drop_chunks(%L, older_than => %L::timestamptz), null::bigint',
                                base.timescaledb_schema(), relation, moment - plan.retention);
end
$$;
comment on function base.drop_expired_chunks(regclass, timestamptz) is 'Part of base.maintain_time_partitions: drops a hypertable''s chunks past the retention.';

-- Unlike Citus, TimescaleDB does not put its functions into pg_catalog.
create or replace function base.timescaledb_schema() returns text
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return (select extnamespace::regnamespace::text from pg_extension where extname = 'timescaledb');
end
$$;
comment on function base.timescaledb_schema() is 'The schema, quoted for SQL, that TimescaleDB is installed in; null where it is not.';

create or replace function base.before_drop(plan base.time_partitions, partition regclass) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    if plan.before_drop is not null then
        execute format('select %s($1)', plan.before_drop) using partition;
    end if;
end
$$;
comment on function base.before_drop(base.time_partitions, regclass) is 'Part of base.maintain_time_partitions: calls what a table wants called before rows go.';

-- How long the rows of a table partitioned by time are kept; null for ever. Takes effect with the next maintenance.
create or replace function base.set_retention(relation regclass, retention interval) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    update base.time_partitions t set retention = set_retention.retention where t.relation = set_retention.relation;
    if not found then
        raise exception using errcode = 'GS004',
            message = format('%s is not partitioned by time, or belongs to somebody else', relation),
            hint = 'select * from base.time_partitions lists the tables that are.';
    end if;
end
$$;
comment on function base.set_retention(regclass, interval) is 'Sets how long the rows of a table partitioned by time are kept.';
