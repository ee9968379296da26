-- Maintenance runs what modules have declared: each routine when it is due, by whoever comes first, with its outcome in base.maintenance_log.
-- A run claims its routine in one transaction, so that all can see it, and does its work in a second.

create or replace function base.declare_maintenance(
    routine text, cadence base.maintenance_cadence, timeout interval, description text, rows_max bigint default null) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    known record;
begin
    if not base.may_maintain(routine) then
        raise exception using errcode = 'GS007',
            message = format('%s cannot be declared as maintenance', routine),
            detail = 'There is no SECURITY DEFINER function of that name that can be called without arguments and that the current role may execute.',
            hint = 'Declare it in the file that creates it, after the function and its grants.';
    end if;
    delete from base.maintenance_procedures p where p.routine = declare_maintenance.routine returning p.due_at, p.failures into known;
    insert into base.maintenance_procedures (routine, cadence, timeout, rows_max, description, due_at, failures)
    values (routine, cadence, timeout, rows_max, description, coalesce(known.due_at, now()), coalesce(known.failures, 0));
end
$$;
comment on function base.declare_maintenance(text, base.maintenance_cadence, interval, text, bigint) is
    'Makes a SECURITY DEFINER function without arguments part of maintenance. It returns how many rows it affected, or a table with columns named rows_...';

create or replace function base.maintenance_period(cadence base.maintenance_cadence) returns interval
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return case cadence when 'frequent' then interval '1 minute' when 'daily' then interval '1 day'
                        when 'weekly' then interval '7 days' when 'monthly' then interval '1 month' end;
end
$$;
comment on function base.maintenance_period(base.maintenance_cadence) is 'The time from the beginning of one run to the next.';

create or replace function base.maintenance_pause(failures integer) returns interval
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return least(interval '1 hour', interval '1 minute' * power(2, least(greatest(failures, 1), 10) - 1));
end
$$;
comment on function base.maintenance_pause(integer) is 'How long a routine waits after so many failures in a row: a minute, then twice as long each time, up to an hour.';

-- In a transaction block it stops at the first commit: each routine commits its work and its record by itself.
create or replace procedure base.run_maintenance(what text default null, only_if_due boolean default false)
    language plpgsql
as $$
declare
    routine text;
    run uuid;
    code text;
    failed text[] := array[]::text[];
begin
    perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    foreach routine in array base.maintenance_to_run(what, only_if_due) loop
        perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
        run := base.begin_maintenance(routine, only_if_due or what is null);
        commit;
        continue when run is null;
        call base.carry_out_maintenance(run, code);
        if code is not null then
            failed := failed || routine;
        end if;
    end loop;
    if pg_catalog.cardinality(failed) > 0 then
        raise exception using errcode = 'GS008',
            message = pg_catalog.format('maintenance failed: %s', pg_catalog.array_to_string(failed, ', ')),
            hint = 'select routine, finished_at, error from base.maintenance_log where state = ''failed'' order by started_at desc';
    end if;
end
$$;
comment on procedure base.run_maintenance(text, boolean) is
    'Runs maintenance: what is due; or all routines of a cadence, or the one named, now (with only_if_due only what is due of them). What one routine does not survive the others do; error GS008 at the end names those that failed.';

-- Whoever cancels it is told so, by the error they wait for, but only when the run is on record.
create or replace procedure base.carry_out_maintenance(run uuid, inout code text default null)
    language plpgsql
as $$
begin
    perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    code := base.perform_maintenance(run);
    commit;
    if code = '57014' then
        raise exception using errcode = code, message = 'the run of maintenance was cancelled';
    end if;
end
$$;
comment on procedure base.carry_out_maintenance(uuid, text) is
    'Part of base.run_maintenance, and how the program runs a routine that base.begin_maintenance() has claimed: does its work; code is the SQLSTATE it failed with, and a cancelled one raises it.';

create or replace function base.maintenance_to_run(what text, only_if_due boolean) returns text[]
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    is_cadence constant boolean := what = any (enum_range(null::base.maintenance_cadence)::text[]);
begin
    if what is not null and not is_cadence and not exists (select from base.maintenance_procedures p where p.routine = what) then
        raise exception using errcode = 'GS009',
            message = format('there is no maintenance named %s in database %I', what, current_database()),
            hint = format('Name a cadence (%s) or one of: %s.', array_to_string(enum_range(null::base.maintenance_cadence), ', '),
                          (select string_agg(p.routine, ', ' order by p.routine) from base.maintenance_procedures p));
    elsif not is_cadence and not base.may_maintain(what) then
        raise exception using errcode = 'insufficient_privilege',
            message = format('role %I may not run %s', current_user, what),
            hint = 'Run it as an administrator, or as the login role of its module.';
    end if;
    return array(
        select p.routine
        from base.maintenance_procedures p
        where (what is null or p.routine = what or p.cadence::text = what)
          and (p.due_at <= now() or not (only_if_due or what is null))
          and base.may_maintain(p.routine)
        order by p.cadence, p.due_at, p.routine);
end
$$;
comment on function base.maintenance_to_run(text, boolean) is 'Part of base.run_maintenance: the routines that it means and that the current role may execute.';

-- Counted as failed before it runs, so that a run that takes the session with it is not repeated in a loop.
create or replace function base.begin_maintenance(routine text, only_if_due boolean) returns uuid
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    run uuid;
begin
    if not pg_try_advisory_xact_lock('base.maintenance_procedures'::regclass::oid::integer, hashtext(routine)) then
        return null;  -- another session is running it
    end if;
    update base.maintenance_procedures p
    set failures = p.failures + 1, due_at = now() + base.maintenance_pause(p.failures + 1)
    where p.routine = begin_maintenance.routine and (p.due_at <= now() or not only_if_due);
    if not found then
        return null;
    end if;
    update base.maintenance_log l
    set state = 'failed', finished_at = clock_timestamp(), error = 'The session that ran it ended before the run did.'
    where l.routine = begin_maintenance.routine and l.state = 'running';
    insert into base.maintenance_log (routine) values (begin_maintenance.routine) returning id into run;
    return run;
end
$$;
comment on function base.begin_maintenance(text, boolean) is 'Part of base.run_maintenance: claims a routine and notes that it runs; null when another session does or did so.';

create or replace function base.perform_maintenance(run uuid) returns text
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set lock_timeout = '10s'
as $$
declare
    called constant text := (select l.routine from base.maintenance_log l where l.id = run);
    result jsonb;
    code text;
    message text;
begin
    perform pg_advisory_xact_lock('base.maintenance_procedures'::regclass::oid::integer, hashtext(called));
    begin
        result := base.call_maintenance(called);
    exception when query_canceled or others then
        code := sqlstate;
        message := sqlerrm;
    end;
    if code is null then
        perform base.note_maintenance_success(run, result);
    else
        update base.maintenance_log l set state = 'failed', finished_at = clock_timestamp(), error_code = code, error = message where l.id = run;
        update base.maintenance_procedures p set due_at = clock_timestamp() + base.maintenance_pause(p.failures) where p.routine = called;
    end if;
    return code;
end
$$;
comment on function base.perform_maintenance(uuid) is 'Part of base.carry_out_maintenance: does the work of a run that has begun and notes how it ended; returns the SQLSTATE it failed with.';

create or replace function base.call_maintenance(routine text) returns jsonb
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    result jsonb;
begin
    if not base.may_maintain(routine) then
        raise exception using errcode = 'GS007',
            message = format('%s cannot be run as maintenance', routine),
            detail = 'It is gone, is not SECURITY DEFINER any more, or the current role may not execute it.';
    end if;
    execute format('select coalesce(jsonb_agg(to_jsonb(r)), ''[]'') from %I.%I() as r', split_part(routine, '.', 1), split_part(routine, '.', 2)) into result;
    return result;
end
$$;
comment on function base.call_maintenance(text) is 'Part of base.perform_maintenance: calls the routine and returns its rows.';

create or replace function base.note_maintenance_success(run uuid, result jsonb) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    affected bigint;
begin
    select coalesce(sum(counted.rows), 0) into affected
    from jsonb_array_elements(result) as element (value)
    cross join lateral (
        select (element.value #>> '{}')::numeric as rows where jsonb_typeof(element.value) = 'number'
        union all
        select field.value::numeric from jsonb_each_text(case jsonb_typeof(element.value) when 'object' then element.value else '{}' end) as field
        where field.key like 'rows\_%') as counted;
    update base.maintenance_log l
    set state = 'succeeded', finished_at = clock_timestamp(), rows_affected = affected,
        objects = case when result = '[]' or jsonb_typeof(result -> 0) = 'object' then jsonb_path_query_array(result, '$[0 to 199]') end
    where l.id = run;
    update base.maintenance_procedures p
    set failures = 0, due_at = case when affected >= p.rows_max then now() else l.started_at + base.maintenance_period(p.cadence) end
    from base.maintenance_log l
    where l.id = run and p.routine = l.routine;
end
$$;
comment on function base.note_maintenance_success(uuid, jsonb) is 'Part of base.perform_maintenance: notes what a run did and when the next one is due.';

create or replace function base.maintenance_signals() returns setof base.health_signal
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    with procedures as (
        select p.routine, p.due_at, extract(epoch from now() - p.due_at) as overdue_seconds, last.error_code,
               -- The run under way has been counted, but has not failed.
               p.failures - (exists (select from base.maintenance_log l where l.routine = p.routine and l.state = 'running'))::integer as failures
        from base.maintenance_procedures p
        left join lateral (select l.error_code from base.maintenance_log l where l.routine = p.routine and l.state = 'failed' order by l.started_at desc limit 1) as last on true
    )
    select 'maintenance', 'failures_in_a_row', greatest(max(failures), 0)::numeric, 'runs', 1::numeric, 5::numeric,
           'base.maintenance_log has the error of the routines named; call base.run_maintenance(name) tries one again.',
           jsonb_build_object('failing', coalesce(jsonb_agg(jsonb_build_object('routine', routine, 'failures', failures, 'sqlstate', error_code, 'next_at', due_at)
                                                            order by failures desc, routine) filter (where failures > 0), '[]'))
    from procedures
    having count(*) > 0
    union all
    select 'maintenance', 'overdue', round(greatest(max(overdue_seconds), 0), 1), 's', 3600::numeric, 86400::numeric,
           'Let gsdb up or gsdb serve run, which does what is due; or call base.run_maintenance().',
           jsonb_build_object('routines', coalesce(jsonb_agg(jsonb_build_object('routine', routine, 'due_at', due_at)
                                                             order by due_at, routine) filter (where overdue_seconds >= 3600), '[]'))
    from procedures
    having count(*) > 0;
end
$$;
comment on function base.maintenance_signals() is 'Signals of maintenance in this database: whether a routine fails, and whether anybody runs them.';
