-- Maintenance: what is due runs once, whoever comes first; what fails waits, says why and stops nobody else; a long pause is made good at once.
begin;
\ir ../../tests/as_role.psql
select plan(51);

create role scratch_owner nologin;
create role scratch_user nologin;
create role other_owner nologin;
create schema scratch authorization scratch_owner;
grant usage on schema scratch to scratch_user;
grant usage on schema base to scratch_owner, scratch_user, other_owner;
set local role scratch_owner;
create table scratch.calls (routine text, called_at timestamptz default clock_timestamp());
create function scratch.works() returns integer language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin insert into scratch.calls values ('works'); return 7; end $$;
create function scratch.lists() returns table (action text, relation text, rows_moved bigint) language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin return query select 'moved', 'relation ' || n, n::bigint from generate_series(1, 300) n; end $$;
create function scratch.fails() returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin insert into scratch.calls values ('fails'); raise exception using errcode = 'GS999', message = 'on purpose'; end $$;
create function scratch.is_cancelled() returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin raise exception using errcode = 'query_canceled', message = 'cancelled'; end $$;
create function scratch.invoker() returns void language plpgsql set search_path = pg_catalog, pg_temp as $$ begin end $$;
create function scratch.with_parameter(n integer) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$ begin end $$;
revoke execute on all functions in schema scratch from public;
grant execute on function scratch.works(), scratch.fails() to scratch_user;
reset role;

-- Nothing of the modules' own is due while these tests run.
update base.maintenance_procedures set due_at = now() + interval '1 hour', failures = 0;
create function pg_temp.declare(routine text, cadence text default 'daily', rows_max bigint default null) returns text language plpgsql as $$
begin
    return pg_temp.outcome('scratch_owner', null, format('select base.declare_maintenance(%L, %L, interval ''1 minute'', ''A test.'', %L)', routine, cadence, rows_max));
end $$;
create function pg_temp.declared(routine text, cadence text default 'daily', rows_max bigint default null) returns void language plpgsql as $$
begin
    perform pg_temp.answer('scratch_owner', null, format('select base.declare_maintenance(%L, %L, interval ''1 minute'', ''A test.'', %L)', routine, cadence, rows_max));
end $$;
-- What base.run_maintenance does of one routine, without its commits.
create function pg_temp.run(routine text, role name default 'scratch_owner', only_if_due boolean default true) returns text language plpgsql as $$
begin
    return pg_temp.answer(role, null, format(
        'select case when r.run is null then ''not run'' else coalesce(base.perform_maintenance(r.run), ''done'') end from (select base.begin_maintenance(%L, %L) as run offset 0) r', routine, only_if_due));
end $$;
create function pg_temp.newest(routine text) returns base.maintenance_log language plpgsql as $$
begin
    return (select l from base.maintenance_log l where l.routine = newest.routine order by l.id desc limit 1);
end $$;
create function pg_temp.due_in(routine text) returns interval language plpgsql as $$
begin
    return (select date_trunc('minute', p.due_at - now()) from base.maintenance_procedures p where p.routine = due_in.routine);
end $$;
create function pg_temp.make_due(routine text) returns void language plpgsql as $$
begin
    update base.maintenance_procedures p set due_at = now() where p.routine = make_due.routine;
end $$;

-- Declaring.
select is(pg_temp.declare('scratch.works'), '1', 'the owner of a schema declares a routine of it');
select is(pg_temp.declare(routine), 'GS007', format('%s cannot be declared', routine)) from unnest(array['scratch.invoker', 'scratch.with_parameter', 'scratch.none']) as routine;
select is(pg_temp.outcome('scratch_user', null, $$select base.declare_maintenance('scratch.works', 'daily', interval '1 minute', 'x')$$), '42501', 'who may only execute it may not declare it');
select is(pg_temp.outcome('other_owner', null, $$delete from base.maintenance_procedures where routine like 'base.%'$$), '0', 'nor may another owner take declarations away');
select is(pg_temp.outcome('scratch_user', null, $$update base.maintenance_procedures set cadence = 'monthly'$$), '42501', 'nor change how often it runs');
select is((select count(*) from base.maintenance_procedures p where not base.may_maintain(p.routine)), 0::bigint, 'all that the modules declare can be run');
select is_empty($$select p.oid::regprocedure from pg_proc p join base.maintenance_procedures m on m.routine = p.pronamespace::regnamespace || '.' || p.proname
                  where has_function_privilege('analytics_readonly', p.oid, 'execute') and has_schema_privilege('analytics_readonly', p.pronamespace, 'usage')$$, 'and none of it by the reader');

-- What is due.
select pg_temp.declared('scratch.works'), pg_temp.declared('scratch.lists'), pg_temp.declared('scratch.fails', 'frequent');
select is(base.maintenance_to_run(null, false), array['scratch.fails', 'scratch.lists', 'scratch.works'], 'what was never run is due, the frequent first');
select is(base.maintenance_to_run('daily', true), array['scratch.lists', 'scratch.works'], 'of a cadence');
select cmp_ok(cardinality(base.maintenance_to_run('daily', false)), '>', 3, 'all of a cadence when asked for it');
select is(base.maintenance_to_run('scratch.works', false), array['scratch.works'], 'and one by name');
select throws_ok($$select base.maintenance_to_run('hourly', false)$$, 'GS009', null, 'an unknown name is refused');
select is(pg_temp.answer('scratch_user', null, $$select base.maintenance_to_run(null, false)$$), '{scratch.fails,scratch.works}', 'a role runs what it may execute');
select is(pg_temp.answer('scratch_user', null, $$select base.maintenance_to_run('scratch.lists', false)$$), '42501', 'and is told what it may not');

-- A run that succeeds.
select is(pg_temp.run('scratch.works', 'scratch_user'), 'done', 'the login role runs it');
select is(row((pg_temp.newest('scratch.works')).state, (pg_temp.newest('scratch.works')).rows_affected, (pg_temp.newest('scratch.works')).run_by)::text, '(succeeded,7,scratch_user)', 'the log has state, rows and role');
select is(pg_temp.due_in('scratch.works'), interval '1 day', 'it is due again a day later');
select is(pg_temp.run('scratch.works'), 'not run', 'until then it does not run');
select is(pg_temp.run('scratch.works', only_if_due => false), 'done', 'unless it is asked for');
select is((select count(*) from scratch.calls where routine = 'works'), 2::bigint, 'each run was one call');
select is(pg_temp.run('scratch.lists'), 'done', 'a routine may return what it did');
select is(row((pg_temp.newest('scratch.lists')).rows_affected, jsonb_array_length((pg_temp.newest('scratch.lists')).objects), (pg_temp.newest('scratch.lists')).objects -> 0 ->> 'relation')::text,
          '(45150,200,"relation 1")', 'all rows are counted and the first 200 objects kept');
select is((pg_temp.newest('scratch.works')).objects, null, 'there are none when it returns a number');
select pg_temp.declared('scratch.lists', rows_max => 45150);
select is(pg_temp.due_in('scratch.lists'), interval '1 day', 'declared again, it keeps its time');
select pg_temp.run('scratch.lists', only_if_due => false);
select is(pg_temp.due_in('scratch.lists'), interval '0', 'a run that stopped at its limit is due again at once');

-- A run that fails.
select is(pg_temp.run('scratch.fails'), 'GS999', 'a failure is caught');
select is(row((pg_temp.newest('scratch.fails')).state, (pg_temp.newest('scratch.fails')).error_code, (pg_temp.newest('scratch.fails')).error)::text, '(failed,GS999,"on purpose")', 'the log has the error');
select is((select count(*) from scratch.calls where routine = 'fails'), 0::bigint, 'what it had done is taken back');
select is(pg_temp.due_in('scratch.fails'), interval '1 minute', 'it waits a minute');
select is(pg_temp.run('scratch.fails'), 'not run', 'and is not tried before');
select pg_temp.make_due('scratch.fails'), pg_temp.run('scratch.fails') from generate_series(1, 3);
select is(pg_temp.due_in('scratch.fails'), interval '8 minutes', 'then longer each time');
select is(base.maintenance_pause(1000), interval '1 hour', 'but an hour at most');
select is((select base.judge(s)::text || ' ' || (s.details -> 'failing' -> 0 ->> 'routine') from base.maintenance_signals() s where s.signal = 'failures_in_a_row'), 'warning scratch.fails', 'health says so');
select pg_temp.make_due('scratch.fails'), pg_temp.run('scratch.fails');
select is((select h.status::text from base.system_health() h where h.component = 'maintenance'), 'critical', 'and louder after five');
create or replace function scratch.fails() returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$ begin end $$;
select pg_temp.make_due('scratch.fails');
select is(pg_temp.run('scratch.fails'), 'done', 'once mended, it runs');
select is((select h.status::text from base.system_health() h where h.component = 'maintenance'), 'healthy', 'and health is well again');
select pg_temp.declared('scratch.is_cancelled');
select is(pg_temp.run('scratch.is_cancelled'), '57014', 'a run that is cancelled, as at its timeout, has failed');
drop function scratch.is_cancelled();
select pg_temp.make_due('scratch.is_cancelled');
select is(pg_temp.run('scratch.is_cancelled', 'postgres'), 'GS007', 'so has one whose routine is gone');
alter function scratch.works() security invoker;
select is(pg_temp.run('scratch.works', 'postgres', false), 'GS007', 'what is no longer SECURITY DEFINER is not run with the caller''s rights');
alter function scratch.works() security definer;

-- A run whose session was killed.
select base.begin_maintenance('scratch.works', false);
select is((pg_temp.newest('scratch.works')).state::text, 'running', 'a run that has begun is seen');
select is(pg_temp.run('scratch.works', only_if_due => false), 'done', 'the next one does not wait for the dead');
select is((select array_agg(l.error order by l.id) from base.maintenance_log l where l.routine = 'scratch.works' and l.error ~ 'session'), array['The session that ran it ended before the run did.'], 'and says what became of it');

-- Nobody ran it for long.
update base.maintenance_procedures set due_at = now() - interval '90 days' where routine = 'scratch.works';
select is((select base.judge(s)::text || ' ' || (s.details -> 'routines' -> 0 ->> 'routine') from base.maintenance_signals() s where s.signal = 'overdue'), 'critical scratch.works', 'health says what is overdue');
select is(pg_temp.run('scratch.works'), 'done', 'it runs when somebody comes');
select is(pg_temp.due_in('scratch.works'), interval '1 day', 'once, not ninety times');

-- The log is kept in bounds, and is seen by those it concerns.
insert into base.maintenance_log (routine, started_at, finished_at, state, rows_affected, error)
select routine, now() - age, now() - age, (case when error is null then 'succeeded' else 'failed' end)::base.maintenance_state, case when error is null then 0 end, error
from (values ('scratch.fails', interval '3 days', null), ('scratch.fails', '3 days', 'kept'), ('scratch.works', '3 days', null), ('scratch.works', '401 days', 'old'), ('scratch.rare', '401 days', null)) as old (routine, age, error);
select is((pg_temp.answer('postgres', null, 'select base.cleanup_maintenance_log()'))::integer, 2, 'old runs are deleted, failures and the newest of each later or never');
select is(pg_temp.answer('scratch_user', null, 'select count(distinct routine) from base.maintenance_log'), '2', 'a role sees the runs of what it may execute');
select is(pg_temp.answer('analytics_readonly', null, 'select count(distinct routine) > 2 from base.maintenance_log'), 'true', 'the reader sees all');
select is(pg_temp.outcome('analytics_readonly', null, $$insert into base.maintenance_log (routine) values ('scratch.works')$$), '42501', 'and writes nothing');

select * from finish();
rollback;
