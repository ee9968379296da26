-- What the API, the dashboard and the workers ask of events. Run as events_user in a transaction of the organization: row-level security decides
-- which conditions may use an index.
--
-- A condition written `= (select $2)` keeps the value from the planner. Of a value it would reckon that few events of a source are of this
-- type, and sort all of them; they are in the order of the index already.
-- Lists by type hold what is processed, as lists by pull request and so on do.

-- Events of an organization, newest first: the dashboard's list, paged by id.
-- index: events_pkey
-- values: select organization_id, id from events.events where received_at >= now() - interval '1 day'
prepare list_events (uuid, uuid) as
select e.id, e.received_at, e.occurred_at, e.source_id, e.event_type, e.actor, e.target, e.repository
from events.events e
where e.organization_id = $1 and e.id < $2
order by e.id desc
limit 50;

-- One event with its payload.
-- index: events_pkey
-- values: select organization_id, id from events.events
prepare get_event (uuid, uuid) as
select e.* from events.events e where e.organization_id = $1 and e.id = $2;

-- Events of a type from a source, newest first.
-- index: events_by_type_pkey, events_pkey
-- values: select organization_id, source_id, event_type, event_id from events.events_by_type where received_at >= now() - interval '1 day'
prepare list_events_of_type (uuid, uuid, text, uuid) as
select e.id, e.received_at, e.occurred_at, e.actor, e.target, e.repository
from (select w.event_id, w.received_at
      from events.events_by_type w
      where w.organization_id = $1 and w.source_id = (select $2) and w.event_type = (select $3) and w.event_id < $4
      order by w.event_id desc
      limit 50) t
join events.events e on e.organization_id = $1 and e.id = t.event_id and e.received_at = t.received_at
order by e.id desc;

-- Events of a type from whichever source, newest first: a look into each of the organization's few sources.
-- index: events_by_type_pkey, events_pkey
-- values: select organization_id, event_type, event_id from events.events_by_type where received_at >= now() - interval '1 day'
prepare list_events_of_type_from_all_sources (uuid, text, uuid) as
select e.id, e.received_at, e.occurred_at, e.source_id, e.actor, e.target, e.repository
from (select l.event_id, l.received_at
      from events.event_sources s
      cross join lateral (
          select w.event_id, w.received_at
          from events.events_by_type w
          where w.organization_id = $1 and w.source_id = s.id and w.event_type = (select $2) and w.event_id < $3
          order by w.event_id desc
          limit 50
      ) l
      where s.organization_id = $1
      order by l.event_id desc
      limit 50) t
join events.events e on e.organization_id = $1 and e.id = t.event_id and e.received_at = t.received_at
order by e.id desc;

-- Events of a source, newest first.
-- index: events_by_type_source_idx, events_pkey
-- values: select organization_id, source_id, event_id from events.events_by_type where received_at >= now() - interval '1 day'
prepare list_events_of_source (uuid, uuid, uuid) as
select e.id, e.received_at, e.occurred_at, e.event_type, e.actor, e.target, e.repository
from (select w.event_id, w.received_at
      from events.events_by_type w
      where w.organization_id = $1 and w.source_id = (select $2) and w.event_id < $3
      order by w.event_id desc
      limit 50) t
join events.events e on e.organization_id = $1 and e.id = t.event_id and e.received_at = t.received_at
order by e.id desc;

-- What became of a delivery.
-- index: event_keys_pkey
-- values: select organization_id, source_id, delivery_key from events.event_keys
prepare find_delivery (uuid, uuid, text) as
select k.event_id, k.received_at from events.event_keys k where k.organization_id = $1 and k.source_id = $2 and k.delivery_key = $3;

-- A live stream that goes on after the last event it has sent. The server has one reader for all its streams.
-- index: events_log_idx
-- values: select organization_id, log_position, id from events.events where received_at >= now() - interval '1 hour'
prepare follow_log (uuid, bigint, uuid) as
select e.id, e.log_position, e.received_at, e.source_id, e.event_type, e.actor, e.target, e.repository
from events.events e
where e.organization_id = $1 and (e.log_position, e.id) > ($2, $3) and e.log_position < events.log_horizon()
order by e.log_position, e.id
limit 100;

-- Everything about a pull request or issue.
-- index: github_events_number_idx
-- values: select organization_id, repository, number from events.github_events where number is not null
prepare list_events_of_pull_request (uuid, text, integer) as
select g.event_id, g.event_name, g.action, g.state, g.is_merged, g.review_state, g.received_at
from events.github_events g
where g.organization_id = $1 and g.repository = $2 and g.number = $3
order by g.event_id;

-- Everything about a commit: who pushed it, how its checks went.
-- index: github_events_commit_idx
-- values: select organization_id, commit_sha from events.github_events where commit_sha is not null
prepare list_events_of_commit (uuid, text) as
select g.event_id, g.event_name, g.action, g.workflow, g.run_conclusion, g.received_at
from events.github_events g
where g.organization_id = $1 and g.commit_sha = $2
order by g.event_id;

-- The history of a Linear issue with its comments.
-- index: linear_events_issue_idx
-- values: select organization_id, issue_identifier from events.linear_events where issue_identifier is not null
prepare list_events_of_linear_issue (uuid, text) as
select l.event_id, l.entity_type, l.action, l.state, l.body, l.previous_values, l.entity_updated_at
from events.linear_events l
where l.organization_id = $1 and l.issue_identifier = $2
order by l.event_id;

-- A thread in Slack.
-- index: slack_events_thread_idx
-- values: select organization_id, channel_id, thread_ts from events.slack_events where thread_ts is not null
prepare list_events_of_slack_thread (uuid, text, text) as
select l.event_id, l.slack_type, l.user_id, l.message_ts, l.message, l.reaction
from events.slack_events l
where l.organization_id = $1 and l.channel_id = $2 and l.thread_ts = $3
order by l.event_id;

-- What happened to a page in Notion, newest first.
-- index: notion_events_entity_idx
-- values: select organization_id, entity_id from events.notion_events
prepare list_events_of_notion_page (uuid, text) as
select n.event_id, n.notion_type, n.author_ids, n.received_at
from events.notion_events n
where n.organization_id = $1 and n.entity_id = $2
order by n.event_id desc
limit 50;

-- Deployments to an environment in 30 days, by the day: how often, and how many failed.
-- index: deployment_events_finished_idx
-- values: select organization_id, environment from events.deployment_events
-- goal: 200 ms
prepare count_deployments (uuid, text) as
select date_trunc('day', d.finished_at, 'UTC') as day, count(*) as deployments, count(*) filter (where d.status = 'failed') as failed,
       percentile_cont(0.5) within group (order by extract(epoch from d.finished_at - d.started_at)) as duration_seconds_median
from events.deployment_events d
where d.organization_id = $1 and d.environment = $2 and d.finished_at >= now() - interval '30 days'
group by 1
order by 1;

-- Events per hour and type of a source in two days: the dashboard's chart.
-- index: event_aggregations_pkey
-- values: select organization_id, source_id from events.event_aggregations where period = interval '1 hour'
-- goal: 200 ms
prepare chart_source (uuid, uuid) as
select a.period_start, a.event_type, a.event_count
from events.event_aggregations a
where a.organization_id = $1 and a.source_id = $2 and a.period = interval '1 hour' and a.period_start >= now() - interval '2 days'
order by a.period_start, a.event_type;

-- What is to be asked for of a source of Notion.
-- index: notion_entities_wanted_idx
-- values: select organization_id, source_id from events.notion_entities where wanted_at is not null
prepare list_wanted_notion_entities (uuid, uuid) as
select n.entity_type, n.entity_id
from events.notion_entities n
where n.organization_id = $1 and n.source_id = $2 and n.wanted_at <= now()
order by n.wanted_at
limit 3;

-- How the processing of a source went in the last day.
-- index: event_processing_log_pkey
-- values: select organization_id, source_id from events.event_processing_log
-- goal: 200 ms
prepare summarize_processing (uuid, uuid) as
select sum(l.events_processed) as processed, sum(l.events_failed) as failed, max(l.lag_ms_max) as lag_ms_max
from events.event_processing_log l
where l.organization_id = $1 and l.source_id = $2 and l.processed_at >= now() - interval '24 hours';

-- Dead letters that wait for a person or another try, newest first.
-- index: dead_letters_open_idx
-- values: select organization_id, id from events.dead_letters where settled_at is null
prepare list_open_dead_letters (uuid, uuid) as
select d.id, d.event_id, d.consumer_name, d.status, d.attempts, d.error_message, d.failed_at
from events.dead_letters d
where d.organization_id = $1 and d.settled_at is null and d.id < $2
order by d.id desc
limit 50;

-- Deliveries that could not be stored, newest first.
-- index: event_rejects_open_idx
-- values: select organization_id, id from events.event_rejects where resolved_at is null
prepare list_open_rejects (uuid, uuid) as
select r.id, r.source_id, r.received_at, r.error_message
from events.event_rejects r
where r.organization_id = $1 and r.resolved_at is null and r.id < $2
order by r.id desc
limit 50;

-- A worker takes deliveries of a subscription that are due and keeps others off them for a minute.
-- index: deliveries_due_of_subscription_idx
-- values: select organization_id, subscription_id from events.deliveries where next_attempt_at <= now()
prepare claim_deliveries (uuid, uuid) as
update events.deliveries d
set next_attempt_at = now() + interval '1 minute', updated_at = now()
from (select w.event_id, w.event_received_at
      from events.deliveries w
      where w.organization_id = $1 and w.subscription_id = $2 and w.next_attempt_at <= now()
      order by w.next_attempt_at
      limit 100
      for update skip locked) due
where d.organization_id = $1 and d.subscription_id = $2 and d.event_id = due.event_id and d.event_received_at = due.event_received_at
returning d.event_id, d.event_received_at;

-- Deliveries to a subscriber, newest first, and how each attempt went.
-- index: deliveries_pkey, delivery_attempts_pkey
-- values: select organization_id, subscription_id, event_id from events.deliveries
prepare list_deliveries (uuid, uuid, uuid) as
select d.event_id, d.status, d.next_attempt_at, d.finished_at, a.attempt_number, a.outcome, a.response_status, a.duration_ms
from (select w.*
      from events.deliveries w
      where w.organization_id = $1 and w.subscription_id = $2 and w.event_id <= $3
      order by w.event_id desc
      limit 50) d
left join events.delivery_attempts a on a.organization_id = $1 and a.subscription_id = d.subscription_id and a.event_id = d.event_id
order by d.event_id desc, a.attempt_number;

-- Where a pattern was found last.
-- index: an_occurrence_is_found_once
-- values: select organization_id, pattern_id from events.event_pattern_occurrences
prepare list_occurrences (uuid, uuid) as
select o.id, o.started_at, o.ended_at, o.same_value, o.event_ids
from events.event_pattern_occurrences o
where o.organization_id = $1 and o.pattern_id = $2
order by o.started_at desc
limit 50;

-- Anomalies that nobody has explained, newest first.
-- index: event_anomalies_open_idx
-- values: select organization_id, id from events.event_anomalies where resolved_at is null
prepare list_open_anomalies (uuid, uuid) as
select a.id, a.source_id, a.event_type, a.period_start, a.observed_count, a.expected_count, a.score
from events.event_anomalies a
where a.organization_id = $1 and a.resolved_at is null and a.id < $2
order by a.id desc
limit 50;
