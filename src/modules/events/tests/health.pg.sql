-- Each signal of events is well in a database that is well, and not when its fault is planted; each organization sees its own.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir ../../../migrate/sql/tests/signals.psql
select plan(56);
set local client_min_messages = warning;

insert into events.event_sources (organization_id, id, name, kind) values
    ('a0000000-0000-7000-8000-000000000001', 'e0000000-0000-7000-8000-000000000001', 'hook', 'github'), ('b0000000-0000-7000-8000-000000000002', 'e0000000-0000-7000-8000-000000000002', 'hook', 'github');
create function pg_temp.received(age interval, events integer default 1) returns text language plpgsql as $$
begin
    return format('insert into events.events (organization_id, source_id, received_at, log_position, event_type, delivery_key) select ''a0000000-0000-7000-8000-000000000001'', ''e0000000-0000-7000-8000-000000000001'',
                   now() - interval %L, c.log_position + n, ''push'', n::text from events.event_consumers c, generate_series(1, %s) n where c.name = ''processing''', age, events);
end $$;
create function pg_temp.processed(failed integer, unclassified integer default 0, lag_ms integer default 5) returns text language plpgsql as $$
begin
    return format('insert into events.event_processing_log (organization_id, source_id, consumer_name, events_processed, events_failed, events_unclassified, lag_ms_max, batch_duration_ms)
                   values (''a0000000-0000-7000-8000-000000000001'', ''e0000000-0000-7000-8000-000000000001'', ''processing'', 100, %s, %s, %s, 20)', failed, unclassified, lag_ms);
end $$;
create function pg_temp.delivered(outcome text, duration_ms integer) returns text language plpgsql as $$
begin
    return format('insert into events.subscriptions (organization_id, id, name, channel, target) values (''a0000000-0000-7000-8000-000000000001'', ''f0000000-0000-7000-8000-000000000001'', ''S'', ''notify'', ''x'');
                   insert into events.delivery_attempts (organization_id, subscription_id, event_id, attempt_number, outcome, duration_ms)
                   select ''a0000000-0000-7000-8000-000000000001'', ''f0000000-0000-7000-8000-000000000001'', base.uuid_v7(), 1, %L, %s from generate_series(1, 20)', outcome, duration_ms);
end $$;
create function pg_temp.counted(period interval, events integer, since interval default '3 hours') returns text language plpgsql as $$
begin
    return format('insert into events.event_aggregations (organization_id, source_id, period, period_start, event_type, event_count, last_received_at) values (''a0000000-0000-7000-8000-000000000001'',
                   ''e0000000-0000-7000-8000-000000000001'', %L, date_bin(%L, now() - interval %L, ''2001-01-01 00:00:00+00''), ''push'', %s, now() - interval %L)', period, period, since, events, since);
end $$;
create temporary table faults (source text, signal text, fault text, outcome text);
insert into faults values
    ('health', 'processing_lag', pg_temp.received('2 minutes'), 'warning'),
    ('health', 'processing_lag', pg_temp.received('20 minutes'), 'critical'),
    ('health', 'processing_lag', pg_temp.received('2 seconds'), 'healthy'),
    ('health', 'processing_lag', pg_temp.received('20 minutes') || '; update events.event_consumers set log_position = log_position + 1000000', 'healthy'),
    ('health', 'pending_events', pg_temp.received('2 seconds', 10000), 'warning'),
    ('health', 'dead_letters_open', 'insert into events.dead_letters (organization_id, event_id, event_received_at, consumer_name, status, error_sqlstate, error_message) values (''a0000000-0000-7000-8000-000000000001'', base.uuid_v7(), now(), ''processing'', ''dead'', ''22000'', ''x'')', 'warning'),
    ('health', 'rejects_open', 'insert into events.event_rejects (organization_id, source_id, delivery_key, body, error_sqlstate, error_message) values (''a0000000-0000-7000-8000-000000000001'', ''e0000000-0000-7000-8000-000000000001'', ''k'', '''', ''22000'', ''x'')', 'warning'),
    ('health', 'deliveries_overdue', 'insert into events.deliveries (organization_id, subscription_id, event_id, event_received_at, next_attempt_at) values (''a0000000-0000-7000-8000-000000000001'', base.uuid_v7(), base.uuid_v7(), now(), now() - interval ''10 minutes'')', 'warning'),
    ('health', 'deliveries_overdue', 'insert into events.deliveries (organization_id, subscription_id, event_id, event_received_at) values (''a0000000-0000-7000-8000-000000000001'', base.uuid_v7(), base.uuid_v7(), now())', 'healthy'),
    ('health', 'subscriptions_stopped', 'insert into events.subscriptions (organization_id, name, channel, target, paused_at, pause_cause) values (''a0000000-0000-7000-8000-000000000001'', ''S'', ''notify'', ''x'', now(), ''target_dead'')', 'warning'),
    ('health', 'subscriptions_stopped', 'insert into events.subscriptions (organization_id, name, channel, target, paused_at, pause_cause) values (''a0000000-0000-7000-8000-000000000001'', ''S'', ''notify'', ''x'', now(), ''by_request'')', 'healthy'),
    ('health', 'sources_silent', pg_temp.counted('1 day', 1, '9 days'), 'warning'),
    ('health', 'sources_silent', pg_temp.counted('1 day', 1, '9 days') || '; update events.event_sources set paused_at = now()', 'healthy'),
    ('health', 'failure_rate', pg_temp.processed(10), 'warning'),
    ('health', 'failure_rate', pg_temp.processed(50), 'critical'),
    ('health', 'failure_rate', pg_temp.processed(1), 'healthy'),
    ('quality', 'dead_lettered_share', pg_temp.processed(50), 'critical'),
    ('quality', 'unclassified_share', pg_temp.processed(0, 50), 'warning'),
    ('quality', 'unclassified_share', pg_temp.processed(0, 5), 'healthy'),
    ('quality', 'rejected_share', 'insert into events.event_rejects (organization_id, source_id, delivery_key, body, error_sqlstate, error_message) values (''a0000000-0000-7000-8000-000000000001'', ''e0000000-0000-7000-8000-000000000001'', ''k'', '''', ''22000'', ''x'')', 'critical'),
    ('quality', 'newest_row_age', pg_temp.counted('1 day', 1, '30 hours'), 'warning'),
    ('quality', 'newest_row_age', pg_temp.counted('1 day', 1, '1 hour'), 'healthy'),
    ('integrity', 'hours_that_differ_from_their_minutes', pg_temp.counted('1 hour', 5), 'warning'),
    ('integrity', 'hours_that_differ_from_their_minutes', pg_temp.counted('1 hour', 5) || ';' || pg_temp.counted('1 minute', 5), 'healthy'),
    ('integrity', 'hours_that_differ_from_their_minutes', pg_temp.counted('1 hour', 5) || ';' || pg_temp.counted('1 minute', 4), 'warning'),
    ('processing_performance', 'lag_p95', pg_temp.processed(0, 0, 20000), 'warning'),
    ('processing_performance', 'lag_p95', pg_temp.processed(0, 0, 20), 'healthy'),
    ('processing_performance', 'failure_rate', pg_temp.processed(50), 'critical'),
    ('delivery_performance', 'failed_attempts', pg_temp.delivered('timed_out', 10), 'critical'),
    ('delivery_performance', 'failed_attempts', pg_temp.delivered('delivered', 10), 'healthy'),
    ('delivery_performance', 'duration_p95', pg_temp.delivered('delivered', 8000), 'warning');
select ok(pg_temp.judged(format('events.%s_signals', source), signal) in ('healthy', 'absent'), format('%s is well', signal)) from (select distinct source, signal from faults) f;
select is(pg_temp.with_fault(format('events.%s_signals', source), signal, fault), outcome, format('%s: %s', signal, regexp_replace(left(fault, 160), '\s+', ' ', 'g'))) from faults;

-- A column that names a source, and an event, inside the module.
select is((select status from base.data_integrity_checks() where check_name = 'references.events.dead_letters.event_id -> events.events'), 'ok', 'references within the module are followed, too');
insert into events.dead_letters (organization_id, event_id, event_received_at, consumer_name, status, error_sqlstate, error_message)
values ('a0000000-0000-7000-8000-000000000001', 'dead0000-0000-7000-8000-000000000001', now(), 'processing', 'dead', '22000', 'x');
select is((select array[status, example_id] from base.data_integrity_checks() where check_name = 'references.events.dead_letters.event_id -> events.events'),
          array['violated', 'dead0000-0000-7000-8000-000000000001'], 'and an orphan is found');

-- Each its own, and the operator all.
do $$ begin execute pg_temp.received('20 minutes', 3); execute pg_temp.processed(50); end $$;
create function pg_temp.answers(role name, organization uuid) returns text language plpgsql as $$
begin
    return pg_temp.answer(role, organization, $q$select concat_ws(' ', (select status from base.system_health() where component = 'events'),
        (select value::integer from events.events_performance_analysis() where metric = 'pending_events'),
        (select status from events.events_performance_analysis() where subject = 'all kinds' and metric = 'failure_rate'),
        (select status from base.data_quality_metrics() where metric = 'dead_lettered_share'),
        (select status from base.data_integrity_checks() where check_name = 'references.events.dead_letters.event_id -> events.events'))$q$);
end $$;
select is(pg_temp.answers('events_user', 'a0000000-0000-7000-8000-000000000001'), 'critical 3 critical critical violated', 'acme sees its own');
select is(pg_temp.answers('events_user', 'b0000000-0000-7000-8000-000000000002'), 'healthy 0 healthy ok', 'umbrella sees nothing of it');
select is(pg_temp.answers('events_user', null), 'unknown not_checked', 'without an organization there is nothing to see, which is not well');
select is(pg_temp.answers('analytics_readonly', null), 'critical 3 critical critical violated', 'the reader sees all organizations');
select is(pg_temp.answer('events_user', null, 'select events.backlog_of_organization()'), 'GS001', 'the backlog is told to an organization only');
select is(pg_temp.answer('analytics_readonly', null, 'select events.backlog_of_organization()'), '42501', 'and by its login role');

select * from finish();
rollback;
