-- What the views make of the rows: counts that do not multiply each other, and a status that follows what happens.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir two_tenants.psql
select plan(25);
create function pg_temp.status() returns text language plpgsql as $$
begin
    return pg_temp.answer('events_user', 'a0000000-0000-7000-8000-000000000001', 'select status from events.event_source_health where name = ''octo''');
end $$;

-- Health, both ways.
select is(pg_temp.status(), 'failing', 'a source with a delivery that could not be stored is failing');
select results_eq(format('select events_24_hours, failed_24_hours, failure_rate_percentage, unclassified_24_hours, rejects_24_hours, open_dead_letters, last_received_at from events.event_source_health where source_id = %L', :acme_source),
                  $$values (4::bigint, 0::bigint, 0.00, 0::bigint, 1::bigint, 1::bigint, now())$$, 'one reject, one dead letter, four events: each counted once');
delete from events.event_rejects where organization_id = :acme;
select is(pg_temp.status(), 'healthy', 'without it is healthy');
insert into events.event_processing_log (organization_id, source_id, consumer_name, events_processed, events_failed, events_unclassified, lag_ms_max, batch_duration_ms)
values (:acme, :acme_source, 'processing', 96, 4, 2, 900, 3);
select is(pg_temp.status(), 'healthy', '4 % failures are borne');
insert into events.event_processing_log (organization_id, source_id, consumer_name, events_processed, events_failed, events_unclassified, lag_ms_max, batch_duration_ms)
values (:acme, :acme_source, 'processing', 20, 2, 0, 100, 3);
select is(pg_temp.status(), 'failing', '5 % are not');
select results_eq(format('select events_24_hours, failed_24_hours, failure_rate_percentage, unclassified_24_hours, lag_ms_max_24_hours from events.event_source_health where source_id = %L', :acme_source),
                  $$values (120::bigint, 6::bigint, 5.00, 2::bigint, 900::bigint)$$, 'the figures are those of the processing log');
update events.event_sources set paused_at = now() where organization_id = :acme;
select is(pg_temp.status(), 'paused', 'a paused one is paused');
update events.event_sources set paused_at = null where organization_id = :acme;
update events.event_processing_log set processed_at = now() - interval '2 days' where organization_id = :acme;
select is(pg_temp.status(), 'healthy', 'what failed two days ago is past');
update events.event_aggregations set last_received_at = now() - interval '8 days' where organization_id = :acme;
select is(pg_temp.status(), 'silent', 'a source that was not heard of for a week is silent');
delete from events.event_aggregations where organization_id = :acme;
select is(pg_temp.status(), 'waiting', 'one that was never heard of is waiting');
update events.event_sources set deleted_at = now() where organization_id = :acme;
select is(pg_temp.status(), null, 'a deleted one is not listed');
update events.event_sources set deleted_at = null where organization_id = :acme;

-- Recent events.
select results_eq(format('select source_name, source_kind, category, dead_letter_status from events.recent_events where organization_id = %L', :acme),
                  $$values ('octo', 'github'::events.source_kind, 'review'::events.event_category, null::events.dead_letter_status)$$, 'a recent event with its class; a dead letter of another consumer is not this one''s');
update events.events set received_at = now() - interval '8 days' where organization_id = :acme;
select is_empty(format('select from events.recent_events where organization_id = %L', :acme), 'after a week it is not recent');

-- Summary.
insert into events.event_aggregations (organization_id, source_id, period, period_start, event_type, event_count, last_received_at)
select :acme, :acme_source, period::interval, date_bin(period::interval, now() - age::interval, '2001-01-01 00:00+00'), name, n, now() - age::interval
from (values ('1 minute', '0', 'push', 5), ('1 hour', '0', 'push', 5), ('1 hour', '30 hours', 'push', 7), ('1 day', '0', 'push', 5), ('1 day', '3 days', 'push', 7), ('1 day', '40 days', 'push', 11), ('1 day', '40 days', 'telepathy', 1)) as v (period, age, name, n);
select results_eq(format('select event_type::text, category, events_24_hours, events_30_days, events, last_received_at from events.event_summary where organization_id = %L order by 1', :acme),
                  $$values ('push', 'code'::events.event_category, 5::bigint, 12::bigint, 23::bigint, now()), ('telepathy', null, 0, 0, 1, now() - interval '40 days')$$, 'a summary by type; periods of one length are not added to those of another');

-- Subscriptions.
insert into events.delivery_attempts (organization_id, subscription_id, event_id, attempt_number, started_at, outcome, response_status, duration_ms)
values (:acme, :acme_subscription, :acme_event, 2, now(), 'timed_out', null, 30), (:acme, :acme_subscription, :acme_event, 3, now(), 'delivered', 200, 10), (:acme, :acme_subscription, gen_random_uuid(), 1, now() - interval '8 days', 'delivered', 200, 1000);
insert into events.deliveries (organization_id, subscription_id, event_id, event_received_at, status, next_attempt_at, finished_at)
select :acme, :acme_subscription, gen_random_uuid(), now(), status::events.delivery_status, null, now() from unnest(array['delivered', 'delivered', 'failed', 'cancelled']) as status;
select results_eq(format('select pending, delivered, failed, cancelled, success_percentage, attempts_7_days, attempt_success_percentage_7_days, duration_ms_median_7_days, duration_ms_p95_7_days, oldest_pending_at from events.subscription_performance where subscription_id = %L', :acme_subscription),
                  $$values (1::bigint, 2::bigint, 1::bigint, 1::bigint, 66.67, 3::bigint, 33.33, 20, 30, now())$$, 'five deliveries and three attempts are five and three');
insert into events.subscriptions (organization_id, name, channel) values (:acme, 'unused', 'stream');
select results_eq(format('select pending, delivered, success_percentage, attempts_7_days, duration_ms_p95_7_days from events.subscription_performance where organization_id = %L and name = ''unused''', :acme),
                  $$values (0::bigint, 0::bigint, null::numeric, 0::bigint, null::integer)$$, 'one that nothing was delivered to is listed');

-- Projections.
select is(pg_temp.outcome('events_user', :umbrella, format('select from events.%s where event_id = %L', view, :umbrella_event)), '1', format('%s shows a tenant its own', view))
from unnest(array['github_activity', 'linear_activity', 'slack_activity', 'notion_activity', 'deployment_activity']) as view;
select is(pg_temp.outcome('events_user', :umbrella, format('select from events.%s where event_id = %L', 'github_activity', :acme_event)), '0', 'and not another''s');
select is(pg_temp.answer('events_user', :umbrella, 'select count(*) from events.event_source_health') || pg_temp.answer('events_user', :umbrella, 'select count(*) from events.subscription_performance'), '11', 'nor does a summary');

-- Weeks and months.
insert into events.event_aggregations (organization_id, source_id, period, period_start, event_type, event_count, last_received_at)
select :acme, :acme_source, interval '1 day', day, 'ping', 2, day from unnest(array['2026-02-27 00:00+00', '2026-02-28 00:00+00', '2026-03-01 00:00+00', '2026-03-02 00:00+00']::timestamptz[]) as day;
select results_eq(format('select period_start, event_count from events.event_counts where source_id = %L and event_type = ''ping'' and period = ''week'' order by 1', :acme_source),
                  $$values ('2026-02-23 00:00+00'::timestamptz, 6::bigint), ('2026-03-02 00:00+00', 2)$$, 'a week begins on Monday');
select results_eq(format('select period_start, event_count from events.event_counts where source_id = %L and event_type = ''ping'' and period = ''month'' order by 1', :acme_source),
                  $$values ('2026-02-01 00:00+00'::timestamptz, 4::bigint), ('2026-03-01 00:00+00', 4)$$, 'a month on the first');

select * from finish();
rollback;
