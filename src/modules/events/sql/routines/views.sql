-- Views that are an API. Each counts in a sub-select of its own, grouped before it is joined, so that no count multiplies another. What
-- is counted from rollups and the processing log is as new as the processing.

create or replace view events.recent_events as
select e.organization_id, e.id, e.received_at, e.occurred_at, s.name as source_name, s.kind as source_kind, e.event_type,
       coalesce(exact.category, family.category, every.category) as category,
       e.actor, e.target, e.repository, e.thread, e.reference, d.status as dead_letter_status, d.error_message, e.source_id, e.payload
from events.events e
join events.event_sources s on s.organization_id = e.organization_id and s.id = e.source_id
left join events.event_types exact on exact.source_kind = s.kind and exact.name = e.event_type
left join events.event_types family on family.source_kind = s.kind and family.name = split_part(e.event_type, '.', 1)
left join events.event_types every on every.source_kind = s.kind and every.name = '*'
left join events.dead_letters d on d.organization_id = e.organization_id and d.event_id = e.id and d.consumer_name = 'processing'
where e.received_at >= now() - interval '7 days';
comment on view events.recent_events is 'The events received in the last seven days. The category is null for a type that nobody has described, dead_letter_status for an event that did not fail.';
select base.tenant_view('events.recent_events');

create or replace view events.event_source_health as
select h.organization_id, h.source_id, h.name, h.kind, h.last_received_at, h.events_24_hours, h.failed_24_hours, h.failure_rate_percentage,
       h.unclassified_24_hours, h.lag_ms_max_24_hours, h.rejects_24_hours, h.open_dead_letters,
       case when h.paused_at is not null then 'paused'
            when h.failure_rate_percentage >= 5 or h.rejects_24_hours > 0 then 'failing'
            when h.last_received_at is null then 'waiting'
            when h.last_received_at < now() - interval '7 days' then 'silent'
            else 'healthy' end as status
from (
    select s.organization_id, s.id as source_id, s.name, s.kind, s.paused_at, a.last_received_at,
           coalesce(l.processed, 0)::bigint as events_24_hours,
           coalesce(l.failed, 0)::bigint as failed_24_hours,
           round(100.0 * l.failed / l.processed, 2) as failure_rate_percentage,
           coalesce(l.unclassified, 0)::bigint as unclassified_24_hours,
           l.lag_ms_max as lag_ms_max_24_hours,
           coalesce(r.rejects, 0) as rejects_24_hours,
           coalesce(d.letters, 0) as open_dead_letters
    from events.event_sources s
    left join (
        select organization_id, source_id, max(last_received_at) as last_received_at
        from events.event_aggregations
        where period = interval '1 day'
        group by organization_id, source_id
    ) a on a.organization_id = s.organization_id and a.source_id = s.id
    left join (
        select organization_id, source_id, sum(events_processed) as processed, sum(events_failed) as failed,
               sum(events_unclassified) as unclassified, max(lag_ms_max) as lag_ms_max
        from events.event_processing_log
        where processed_at >= now() - interval '24 hours' and consumer_name = 'processing'
        group by organization_id, source_id
    ) l on l.organization_id = s.organization_id and l.source_id = s.id
    left join (
        select organization_id, source_id, count(*) as rejects
        from events.event_rejects
        where received_at >= now() - interval '24 hours'
        group by organization_id, source_id
    ) r on r.organization_id = s.organization_id and r.source_id = s.id
    left join (
        select w.organization_id, e.source_id, count(*) as letters
        from events.dead_letters w
        join events.events e on e.organization_id = w.organization_id and e.id = w.event_id and e.received_at = w.event_received_at
        where w.settled_at is null
        group by w.organization_id, e.source_id
    ) d on d.organization_id = s.organization_id and d.source_id = s.id
    where s.deleted_at is null
) as h;
comment on view events.event_source_health is
    'Every source with what came from it. Its status: paused on request; failing when 5 % of the events of 24 hours could not be processed or any could not be stored; waiting for its first event; silent for 7 days; healthy.';
select base.tenant_view('events.event_source_health');

create or replace view events.event_summary as
select a.organization_id, a.source_id, s.name as source_name, s.kind as source_kind, a.event_type,
       coalesce(exact.category, family.category, every.category) as category,
       a.events_24_hours, a.events_30_days, a.events, a.first_day, a.last_received_at
from (
    select organization_id, source_id, event_type,
           coalesce(sum(event_count) filter (where period = interval '1 hour' and period_start > now() - interval '24 hours'), 0)::bigint as events_24_hours,
           coalesce(sum(event_count) filter (where period = interval '1 day' and period_start > now() - interval '30 days'), 0)::bigint as events_30_days,
           coalesce(sum(event_count) filter (where period = interval '1 day'), 0)::bigint as events,
           min(period_start) filter (where period = interval '1 day') as first_day,
           max(last_received_at) as last_received_at
    from events.event_aggregations
    where period = interval '1 day' or (period = interval '1 hour' and period_start > now() - interval '24 hours')
    group by organization_id, source_id, event_type
) a
join events.event_sources s on s.organization_id = a.organization_id and s.id = a.source_id
left join events.event_types exact on exact.source_kind = s.kind and exact.name = a.event_type
left join events.event_types family on family.source_kind = s.kind and family.name = split_part(a.event_type, '.', 1)
left join events.event_types every on every.source_kind = s.kind and every.name = '*';
comment on view events.event_summary is
    'How many events of each type each source has had, by the hours and days in which they occurred. The category is null for a type that nobody has described.';
select base.tenant_view('events.event_summary');

create or replace view events.subscription_performance as
select s.organization_id, s.id as subscription_id, s.name, s.channel, s.paused_at, s.pause_cause,
       coalesce(d.pending, 0) as pending, coalesce(d.delivered, 0) as delivered, coalesce(d.failed, 0) as failed, coalesce(d.cancelled, 0) as cancelled,
       round(100.0 * d.delivered / nullif(d.delivered + d.failed, 0), 2) as success_percentage,
       d.oldest_pending_at,
       coalesce(a.attempts, 0) as attempts_7_days,
       round(100.0 * a.delivered / a.attempts, 2) as attempt_success_percentage_7_days,
       a.duration_ms_median as duration_ms_median_7_days,
       a.duration_ms_p95 as duration_ms_p95_7_days
from events.subscriptions s
left join (
    select organization_id, subscription_id,
           count(*) filter (where status = 'pending') as pending,
           count(*) filter (where status = 'delivered') as delivered,
           count(*) filter (where status = 'failed') as failed,
           count(*) filter (where status = 'cancelled') as cancelled,
           min(created_at) filter (where status = 'pending') as oldest_pending_at
    from events.deliveries
    group by organization_id, subscription_id
) d on d.organization_id = s.organization_id and d.subscription_id = s.id
left join (
    select organization_id, subscription_id, count(*) as attempts,
           count(*) filter (where outcome = 'delivered') as delivered,
           percentile_disc(0.5) within group (order by duration_ms) as duration_ms_median,
           percentile_disc(0.95) within group (order by duration_ms) as duration_ms_p95
    from events.delivery_attempts
    where started_at >= now() - interval '7 days'
    group by organization_id, subscription_id
) a on a.organization_id = s.organization_id and a.subscription_id = s.id;
comment on view events.subscription_performance is 'Every subscription with what became of its deliveries, as long as those are kept, and with its attempts of the last seven days.';
select base.tenant_view('events.subscription_performance');

-- Weeks begin on Monday, months on the first, both in UTC; they add up the days, which are kept.
create or replace view events.event_counts as
select a.organization_id, a.source_id, a.event_type, case a.period when interval '1 minute' then 'minute' when interval '1 hour' then 'hour' else 'day' end as period,
       a.period_start, a.event_count, a.last_received_at
from events.event_aggregations a
union all
select a.organization_id, a.source_id, a.event_type, longer.period, date_trunc(longer.period, a.period_start, 'UTC'), sum(a.event_count)::bigint, max(a.last_received_at)
from events.event_aggregations a
cross join (values ('week'), ('month')) as longer (period)
where a.period = interval '1 day'
group by a.organization_id, a.source_id, a.event_type, longer.period, date_trunc(longer.period, a.period_start, 'UTC');
comment on view events.event_counts is 'How many events of each type a source had in each minute, hour, day, week and month, as long as those are kept: minutes for 7 days, hours for 90.';
select base.tenant_view('events.event_counts');

create or replace view events.event_counts_by_actor as
select a.organization_id, a.source_id, a.name as actor, a.event_type, case a.period when interval '1 hour' then 'hour' else 'day' end as period, a.period_start, a.event_count, a.last_received_at
from events.event_participations a
where a.role = 'actor'
union all
select a.organization_id, a.source_id, a.name, a.event_type, longer.period, date_trunc(longer.period, a.period_start, 'UTC'), sum(a.event_count)::bigint, max(a.last_received_at)
from events.event_participations a
cross join (values ('week'), ('month')) as longer (period)
where a.role = 'actor' and a.period = interval '1 day'
group by a.organization_id, a.source_id, a.name, a.event_type, longer.period, date_trunc(longer.period, a.period_start, 'UTC');
comment on view events.event_counts_by_actor is 'How many events of each type an actor caused in each hour, day, week and month, as long as those are kept: hours for 90 days, days for 400.';
select base.tenant_view('events.event_counts_by_actor');

create or replace view events.event_counts_by_target as
select a.organization_id, a.source_id, a.name as target, a.event_type, 'day' as period, a.period_start, a.event_count, a.last_received_at
from events.event_participations a
where a.role = 'target'
union all
select a.organization_id, a.source_id, a.name, a.event_type, longer.period, date_trunc(longer.period, a.period_start, 'UTC'), sum(a.event_count)::bigint, max(a.last_received_at)
from events.event_participations a
cross join (values ('week'), ('month')) as longer (period)
where a.role = 'target' and a.period = interval '1 day'
group by a.organization_id, a.source_id, a.name, a.event_type, longer.period, date_trunc(longer.period, a.period_start, 'UTC');
comment on view events.event_counts_by_target is 'How many events of each type were about a target in each day, week and month, as long as those are kept: days for 400 days.';
select base.tenant_view('events.event_counts_by_target');

-- One view for each projection: its columns with those that every event has.
create or replace view events.github_activity as
select g.organization_id, g.event_id, e.source_id, g.received_at, e.occurred_at, e.event_type, e.actor, g.event_name, g.action, g.repository, g.number, g.title, g.state,
       g.author, g.is_draft, g.is_merged, g.merge_commit_sha, g.ref, g.base_ref, g.commit_sha, g.commit_message, g.commit_count, g.review_state, g.workflow, g.run_id, g.job_id,
       g.run_status, g.run_conclusion, g.release_tag, g.url
from events.github_events g
join events.events e on e.organization_id = g.organization_id and e.id = g.event_id and e.received_at = g.received_at;
comment on view events.github_activity is 'What happened at GitHub: pull requests, reviews, issues, pushes, checks, workflow runs, releases.';
select base.tenant_view('events.github_activity');

create or replace view events.linear_activity as
select l.organization_id, l.event_id, e.source_id, l.received_at, e.occurred_at, e.event_type, e.actor, l.entity_type, l.action, l.entity_id, l.issue_identifier, l.team_key, l.title, l.body,
       l.state, l.priority, l.assignee_id, l.project_id, l.parent_id, l.labels, l.previous_values, l.entity_updated_at, l.url
from events.linear_events l
join events.events e on e.organization_id = l.organization_id and e.id = l.event_id and e.received_at = l.received_at;
comment on view events.linear_activity is 'What happened in Linear: issues, comments, projects, cycles.';
select base.tenant_view('events.linear_activity');

create or replace view events.slack_activity as
select l.organization_id, l.event_id, e.source_id, l.received_at, e.occurred_at, e.event_type, e.actor, l.slack_type, l.subtype, l.workspace_id, l.channel_id, l.channel_type, l.user_id, l.bot_id,
       l.message_ts, l.thread_ts, l.message, l.reaction, l.file_count
from events.slack_events l
join events.events e on e.organization_id = l.organization_id and e.id = l.event_id and e.received_at = l.received_at;
comment on view events.slack_activity is 'What happened in Slack: messages, mentions, reactions, channels.';
select base.tenant_view('events.slack_activity');

create or replace view events.notion_activity as
select n.organization_id, n.event_id, e.source_id, n.received_at, e.occurred_at, e.event_type, e.actor, n.notion_type, n.workspace_id, n.entity_type, n.entity_id, n.parent_type, n.parent_id,
       n.author_ids, n.updated_properties, n.attempt_number
from events.notion_events n
join events.events e on e.organization_id = n.organization_id and e.id = n.event_id and e.received_at = n.received_at;
comment on view events.notion_activity is 'What happened in Notion: pages, databases, comments.';
select base.tenant_view('events.notion_activity');

create or replace view events.deployment_activity as
select d.organization_id, d.event_id, e.source_id, d.received_at, e.occurred_at, e.event_type, e.actor, d.status, d.environment, d.deployment_key, d.repository, d.version, d.commit_sha,
       d.is_rollback, d.started_at, d.finished_at, extract(epoch from d.finished_at - d.started_at)::numeric(14, 3) as duration_seconds, d.logs_url
from events.deployment_events d
join events.events e on e.organization_id = d.organization_id and e.id = d.event_id and e.received_at = d.received_at;
comment on view events.deployment_activity is 'How deployments got on, whoever told.';
select base.tenant_view('events.deployment_activity');
