-- Synthetic events and what the module makes of them: `gsdb db generate`. How to write it: ../../../migrate/sql/README.md.
-- Rollups, projections and the processing log are what process_pending_events would have made, and its cursor stands behind them.
-- guards: events.events, events.event_sources, events.subscriptions
select pg_temp.make_partitions('events');

insert into events.event_sources (organization_id, id, name, kind, description, verified_at, created_at)
select o.organization_id, pg_temp.id('event_source', o.organization, n, 5), kind::text, kind, 'Synthetic', pg_temp.moment(n, 5), pg_temp.moment(n, 5)
from generated_organizations o, unnest('{github,linear,slack,notion,deployment}'::events.source_kind[]) with ordinality as k (kind, n);

-- Of 100 events 60 come from GitHub, 15 from Linear, 15 from Slack, 5 from Notion, 5 are deployments. Log positions are small enough to be
-- those of past transactions on every server. Keys are kept for eight days.
-- slices: 200
with made as materialized (
    select r.*, pg_temp.id('event', r.organization, r.n, r.amount) as id, pg_temp.id('event_source', r.organization, s.source, 5) as source_id, s.source,
           case s.source when 1 then (array['push', 'pull_request.opened', 'pull_request.synchronize', 'pull_request.closed', 'pull_request_review.submitted',
                                            'issue_comment.created', 'check_run.completed', 'workflow_run.completed'])[1 + pg_temp.roll(r.dice, 2, 8)]
                         when 2 then (array['issue.create', 'issue.update', 'comment.create'])[1 + pg_temp.roll(r.dice, 2, 3)]
                         when 3 then (array['message', 'app_mention', 'reaction_added'])[1 + pg_temp.roll(r.dice, 2, 3)]
                         when 4 then (array['page.content_updated', 'comment.created'])[1 + pg_temp.roll(r.dice, 2, 2)]
                         else 'deployment.finished' end as event_type,
           'synthetic/repository-' || 1 + pg_temp.roll(r.dice, 3, pg_temp.amount(4000, r.weight)) as repository, 'user-' || pg_temp.roll(r.dice, 4, pg_temp.amount(5000, r.weight)) as actor
    from pg_temp.rows_of(10000000) r,
         lateral (select width_bucket(pg_temp.roll(r.dice, 1, 100), array[0, 60, 75, 90, 95]::bigint[])::bigint as source) s
), events as (
    insert into events.events (organization_id, id, source_id, received_at, occurred_at, log_position, event_type, delivery_key, actor, target, repository, reference, payload)
    select organization_id, id, source_id, moment, moment - interval '1 second', 3 + n * 700 / amount, event_type, md5(id::text), actor, 'item-' || pg_temp.roll(dice, 5, amount),
           repository, 'reference-' || pg_temp.roll(dice, 6, amount), jsonb_build_object('sender', actor, 'repository', repository, 'body', md5(dice::text) || repeat(md5(id::text), 6))
    from made
), by_type as (
    insert into events.events_by_type (organization_id, source_id, event_type, event_id, received_at)
    select organization_id, source_id, event_type, id, moment from made
), keys as (
    insert into events.event_keys (organization_id, source_id, delivery_key, event_id, received_at)
    select organization_id, source_id, md5(id::text), id, moment from made where moment > pg_temp.until() - interval '8 days'
), github as (
    insert into events.github_events (organization_id, event_id, received_at, event_name, action, repository, number, title, state, author, commit_sha, run_conclusion)
    select organization_id, id, moment, split_part(event_type, '.', 1), nullif(split_part(event_type, '.', 2), ''), repository,
           case when event_type ~ '^(pull|issue)' then 1 + pg_temp.roll(dice, 7, 500) end, case when event_type ~ '^pull' then 'Change ' || n end, case when event_type ~ '^pull' then 'open' end, actor,
           case when event_type ~ '^(push|check|workflow)' then md5(pg_temp.roll(dice, 8, 1 + amount / 4)::text) || '00000000' end,
           case when event_type ~ '^(check|workflow)' then (array['success', 'success', 'success', 'failure'])[1 + pg_temp.roll(dice, 9, 4)] end
    from made where source = 1
), linear as (
    insert into events.linear_events (organization_id, event_id, received_at, entity_type, action, entity_id, issue_identifier, team_key, title, state, entity_updated_at)
    select organization_id, id, moment, split_part(event_type, '.', 1), split_part(event_type, '.', 2), md5(pg_temp.roll(dice, 7, 1 + amount / 40)::text), 'ENG-' || pg_temp.roll(dice, 7, 1 + amount / 40),
           'ENG', 'Issue ' || pg_temp.roll(dice, 7, 1 + amount / 40), 'In Progress', moment
    from made where source = 2
), slack as (
    insert into events.slack_events (organization_id, event_id, received_at, slack_type, channel_id, user_id, message_ts, thread_ts, message)
    select organization_id, id, moment, event_type, 'C' || pg_temp.roll(dice, 7, 50), actor, extract(epoch from moment)::text, (pg_temp.roll(dice, 8, 1 + amount / 1000) * 1000)::text, 'Message ' || n
    from made where source = 3
), notion as (
    insert into events.notion_events (organization_id, event_id, received_at, notion_type, entity_type, entity_id)
    select organization_id, id, moment, event_type, split_part(event_type, '.', 1), md5(pg_temp.roll(dice, 7, 1 + amount / 100)::text)
    from made where source = 4
)
insert into events.deployment_events (organization_id, event_id, received_at, status, environment, repository, version, started_at, finished_at)
select organization_id, id, moment, case when pg_temp.roll(dice, 7, 10) = 0 then 'failed' else 'succeeded' end::events.deployment_status,
       (array['production', 'staging', 'preview'])[1 + pg_temp.roll(dice, 8, 3)], repository, '1.' || n, moment - (1 + pg_temp.roll(dice, 9, 600)) * interval '1 second', moment
from made where source = 5;

-- What the events of Notion are about; one in a hundred is to be asked for.
insert into events.notion_entities (organization_id, source_id, entity_type, entity_id, last_event_id, wanted_at, fetched_at, title)
select distinct on (n.organization_id, n.entity_type, n.entity_id)
       n.organization_id, pg_temp.id('event_source', o.organization, 4, 5), n.entity_type, n.entity_id, n.event_id, case when n.entity_id < '03' then n.received_at end, n.received_at, 'Title ' || n.entity_id
from events.notion_events n
join generated_organizations o using (organization_id)
order by n.organization_id, n.entity_type, n.entity_id, n.event_id desc;

update events.event_consumers set log_position = 703, event_id = 'ffffffff-ffff-ffff-ffff-ffffffffffff', event_organization_id = 'ffffffff-ffff-ffff-ffff-ffffffffffff', moved_at = pg_temp.until()
where log_position < 703;

-- Minutes are kept for a week, hours and days for as long as there are events here.
insert into events.event_aggregations (organization_id, source_id, period, period_start, event_type, event_count, last_received_at)
select e.organization_id, e.source_id, p.period, date_bin(p.period, e.received_at, '2001-01-01 00:00:00+00'), e.event_type, count(*), max(e.received_at)
from events.events e
join generated_organizations o using (organization_id)
join (values (interval '1 minute', 7), ('1 hour', 10000), ('1 day', 10000)) as p (period, days_kept) on e.received_at >= pg_temp.until() - p.days_kept * interval '1 day'
group by 1, 2, 3, 4, 5;

-- Of the last ninety days.
insert into events.event_participations (organization_id, source_id, role, period, period_start, name, event_type, event_count, last_received_at)
select e.organization_id, e.source_id, p.role, p.period, date_bin(p.period, e.received_at, '2001-01-01 00:00:00+00'), p.name, e.event_type, count(*), max(e.received_at)
from events.events e
join generated_organizations o using (organization_id)
cross join lateral (values ('actor', interval '1 hour', e.actor), ('actor', interval '1 day', e.actor), ('target', interval '1 day', e.target)) as p (role, period, name)
where e.received_at >= pg_temp.until() - interval '90 days' and p.name is not null
group by 1, 2, 3, 4, 5, 6, 7;

-- slices: 4
insert into events.event_processing_log (organization_id, source_id, processed_at, id, consumer_name, events_processed, events_failed, events_unclassified, lag_ms_max, batch_duration_ms)
select r.organization_id, pg_temp.id('event_source', r.organization, 1 + pg_temp.roll(r.dice, 1, 5), 5), r.moment, pg_temp.id('processing', r.organization, r.n, r.amount), 'processing',
       30 + pg_temp.roll(r.dice, 2, 10), pg_temp.roll(r.dice, 3, 3), 0, 20 + pg_temp.roll(r.dice, 4, 500), 5 + pg_temp.roll(r.dice, 5, 100)
from pg_temp.rows_of(300000) r;

-- Every 500th event could not be processed at first; one in ten of these is open yet.
insert into events.dead_letters (organization_id, id, event_id, event_received_at, consumer_name, status, attempts, error_sqlstate, error_message, settled_at, failed_at, created_at)
select r.organization_id, pg_temp.id('dead_letter', r.organization, r.n, r.amount), pg_temp.id('event', r.organization, e.n, e.amount), pg_temp.moment(e.n, e.amount), 'processing',
       case when r.is_open then 'dead' else 'resolved' end::events.dead_letter_status, 8, '22P02', 'invalid input', case when not r.is_open then r.moment + interval '1 second' end, r.moment, r.moment
from (select *, pg_temp.roll(dice, 1, 10) = 0 as is_open from pg_temp.rows_of(20000)) r,
     lateral (select pg_temp.amount(10000000, r.weight) as amount) a, lateral (select least(a.amount, 1 + (r.n - 1) * a.amount / r.amount) as n, a.amount) e;

insert into events.event_rejects (organization_id, id, source_id, received_at, delivery_key, body, error_sqlstate, error_message, resolved_at)
select r.organization_id, pg_temp.id('reject', r.organization, r.n, r.amount), pg_temp.id('event_source', r.organization, 1 + pg_temp.roll(r.dice, 1, 5), 5), r.moment, md5(r.dice::text),
       convert_to(repeat(md5(r.dice::text), 10), 'UTF8'), '22P05', 'unsupported Unicode escape sequence', case when pg_temp.roll(r.dice, 2, 10) > 0 and r.n < r.amount then r.moment end
from pg_temp.rows_of(5000) r;

insert into events.subscriptions (organization_id, id, name, channel, target, created_at)
select o.organization_id, pg_temp.id('subscription', o.organization, n, 3), channel::text, channel, target, pg_temp.moment(1, 3)
from generated_organizations o, (values (1, 'stream'::events.delivery_channel, null), (2, 'slack', 'C1'), (3, 'notify', 'events')) as c (n, channel, target);

-- Deliveries of the latest events of subscriptions; the newest hundredth waits. The event is the same for all three subscriptions.
-- slices: 8
with made as materialized (
    select r.*, pg_temp.id('subscription', r.organization, 1 + r.n % 3, 3) as subscription_id, e.n as event, e.amount as events, r.n > r.amount * 0.99 as is_pending
    from pg_temp.rows_of(300000) r,
         lateral (select pg_temp.amount(10000000, r.weight) as amount) a, lateral (select greatest(1, a.amount - (r.amount - r.n) / 3) as n, a.amount) e
), deliveries as (
    insert into events.deliveries (organization_id, subscription_id, event_id, event_received_at, status, next_attempt_at, finished_at, created_at)
    select organization_id, subscription_id, pg_temp.id('event', organization, event, events), pg_temp.moment(event, events), case when is_pending then 'pending' else 'delivered' end::events.delivery_status,
           case when is_pending then pg_temp.moment(event, events) end, case when not is_pending then pg_temp.moment(event, events) + interval '1 second' end, pg_temp.moment(event, events)
    from made
    on conflict do nothing
)
insert into events.delivery_attempts (organization_id, subscription_id, event_id, attempt_number, started_at, outcome, response_status, duration_ms)
select organization_id, subscription_id, pg_temp.id('event', organization, event, events), 1, pg_temp.moment(event, events),
       case when is_pending then 'refused' else 'delivered' end::events.delivery_outcome, case when is_pending then 503 else 200 end, 20 + pg_temp.roll(dice, 1, 300)
from made
on conflict do nothing;

insert into events.event_patterns (organization_id, id, name, kind, event_types, time_window, events_min, created_at, looked_until)
select o.organization_id, pg_temp.id('event_pattern', o.organization, n, 5), 'Pattern ' || n, 'burst', '{push}', interval '1 hour', 10, pg_temp.moment(1, 5), pg_temp.until()
from generated_organizations o, generate_series(1, 5) as n;

insert into events.event_pattern_occurrences (organization_id, id, pattern_id, started_at, ended_at, same_value, event_ids, found_at)
select r.organization_id, pg_temp.id('occurrence', r.organization, r.n, r.amount), pg_temp.id('event_pattern', r.organization, 1 + r.n % 5, 5), r.moment, r.moment + interval '10 minutes', 'synthetic/repository-1',
       array(select pg_temp.id('event', r.organization, 1 + (r.n - 1) * a.amount / r.amount + k, a.amount) from generate_series(0, 9) as k where 1 + (r.n - 1) * a.amount / r.amount + k <= a.amount), r.moment
from pg_temp.rows_of(50000) r, lateral (select pg_temp.amount(10000000, r.weight) as amount) a;

insert into events.event_anomalies (organization_id, id, source_id, period, period_start, observed_count, expected_count, score, method, detected_at, resolved_at, resolution)
select r.organization_id, pg_temp.id('anomaly', r.organization, r.n, r.amount), pg_temp.id('event_source', r.organization, 1 + r.n % 5, 5), interval '1 hour', r.moment, 500, 100, 4.5, 'ewma', r.moment,
       case when r.is_settled then r.moment end, case when r.is_settled then 'expected'::events.anomaly_resolution end
from (select *, pg_temp.roll(dice, 1, 10) > 0 as is_settled from pg_temp.rows_of(10000)) r;
