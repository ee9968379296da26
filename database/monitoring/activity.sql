-- Who is doing what in this database: sessions, running statements, who waits for whom, old transactions. Nothing is changed.
--   psql -d task_db -f database/monitoring/activity.sql             (or any other database of the product)
-- Run it as a superuser or a member of pg_monitor; others see their own statements only.
-- To stop a statement: select pg_cancel_backend(PID). To end a session: select pg_terminate_backend(PID).
\set ON_ERROR_STOP on
begin read only;
set local search_path = pg_catalog;  -- so that names come with their schema

\echo '== Sessions'
select coalesce(usename, backend_type) as role, coalesce(nullif(application_name, ''), '-') as application, coalesce(state, '-') as state, count(*) as sessions,
       max(date_trunc('second', clock_timestamp() - state_change)) as longest_in_this_state
from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()
group by 1, 2, 3
order by sessions desc, 1, 2, 3;

\echo '== Running statements, longest first'
select pid, usename as role, date_trunc('milliseconds', clock_timestamp() - query_start) as running, coalesce(wait_event_type || ': ' || wait_event, 'on the processor') as waits_for,
       left(regexp_replace(query, '\s+', ' ', 'g'), 100) as statement
from pg_stat_activity
where datname = current_database() and state = 'active' and pid <> pg_backend_pid()
order by query_start;

\echo '== Waiting for a lock, and who holds it'
select w.pid, w.usename as role, date_trunc('milliseconds', clock_timestamp() - l.waitstart) as waiting, l.mode as wanted,
       coalesce(case when l.database = d.oid then l.relation::regclass::text end, l.locktype) as of,
       left(regexp_replace(w.query, '\s+', ' ', 'g'), 60) as statement,
       b.pid as blocked_by, b.usename as blocking_role, b.state as blocking_state, date_trunc('second', clock_timestamp() - b.xact_start) as blocking_transaction,
       left(regexp_replace(b.query, '\s+', ' ', 'g'), 60) as blocking_statement
from pg_locks l
join pg_stat_activity w on w.pid = l.pid
join pg_database d on d.datname = w.datname and d.datname = current_database()
cross join lateral unnest(pg_blocking_pids(w.pid)) as blocker (pid)
left join pg_stat_activity b on b.pid = blocker.pid
where not l.granted
order by l.waitstart, w.pid, b.pid;

\echo '== Transactions older than a minute: they keep dead rows from being removed'
select pid, usename as role, coalesce(nullif(application_name, ''), '-') as application, state, date_trunc('second', clock_timestamp() - xact_start) as transaction_age,
       date_trunc('second', clock_timestamp() - state_change) as in_this_state, age(backend_xmin) as holds_back_transactions,
       left(regexp_replace(query, '\s+', ' ', 'g'), 80) as last_statement
from pg_stat_activity
where datname = current_database() and xact_start < clock_timestamp() - interval '1 minute' and pid <> pg_backend_pid()
order by xact_start;

\echo '== Prepared transactions that nobody has ended'
select gid, owner, date_trunc('second', clock_timestamp() - prepared) as age from pg_prepared_xacts where database = current_database() order by prepared;
commit;
