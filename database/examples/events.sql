-- A short life in events_db: a source, deliveries of which one comes twice, processing, and what is made of events: typed columns, rollups, health.
--   psql -d events_db -f database/examples/events.sql               (in the unified layout: -d gsdb)
-- Run it as a superuser. Everything is rolled back.
\set ON_ERROR_STOP on
\ir begin.psql

-- Only here, because everything is one transaction. A consumer reads the log up to its horizon, the oldest transaction that is still running, and never its own
-- transaction's events. So the horizon is lifted and the consumer set before what is stored below. Outside, each delivery is a transaction, and none of this is needed.
set local lock_timeout = '5s';
create or replace function events.log_horizon() returns bigint language plpgsql stable set search_path = pg_catalog, pg_temp as $$ begin return 9223372036854775807; end $$;
update events.event_consumers
set log_position = pg_current_xact_id()::text::bigint, event_id = '00000000-0000-0000-0000-000000000000', event_organization_id = '00000000-0000-0000-0000-000000000000', paused_at = null
where name = 'processing';
set local role events_user;

\echo '== A source is an endpoint that a provider sends to. Its secret is a credential of identity; without one it takes events from programs only'
insert into events.event_sources (organization_id, name, kind, description)
values (:'organization', 'example-github', 'github', 'An example.')
returning id as source \gset
select name, kind, description from events.event_sources where id = :'source';

\echo '== A subscription says who wants which events, and of these which: a JSON path over the event'
insert into events.subscriptions (organization_id, name, source_id, event_types, filter, channel, target)
values (:'organization', 'example-merges', :'source', '{pull_request.*}', '$.payload.pull_request.merged == true', 'notify', 'merges')
returning name, event_types, filter, channel, target;

\echo '== Three deliveries'
select is_new, event_id from events.record_event(:'source', 'example-1', 'pull_request.opened',
    '{"action": "opened", "number": 42, "repository": {"full_name": "octo/hello"}, "pull_request": {"number": 42, "title": "Greet", "state": "open", "merged": false, "user": {"login": "hubot"}, "head": {"ref": "greet", "sha": "c1"}, "base": {"ref": "main"}}}',
    actor => 'hubot', repository => 'octo/hello', reference => '#42');
select is_new, event_id from events.record_event(:'source', 'example-2', 'push',
    '{"ref": "refs/heads/main", "after": "c2", "commits": [{"id": "c2"}], "head_commit": {"id": "c2", "message": "Greet", "author": {"name": "Olga"}}, "repository": {"full_name": "octo/hello"}}',
    actor => 'olga', repository => 'octo/hello');
select is_new, event_id from events.record_event(:'source', 'example-3', 'pull_request.closed',
    '{"action": "closed", "number": 42, "repository": {"full_name": "octo/hello"}, "pull_request": {"number": 42, "title": "Greet", "state": "closed", "merged": true, "merge_commit_sha": "c2", "user": {"login": "hubot"}, "head": {"ref": "greet", "sha": "c1"}, "base": {"ref": "main"}}}',
    actor => 'olga', repository => 'octo/hello', reference => '#42');

\echo '== The last one once more: providers repeat what they are not sure of. It is the same event, not a fourth'
select is_new, event_id as merged from events.record_event(:'source', 'example-3', 'pull_request.closed', '{}') \gset again_
select :'again_is_new' as is_new, :'again_merged' as event_id;
select pg_temp.expect('there are three events, whatever was repeated', count(*) = 3 and not :'again_is_new') as checked from events.events where source_id = :'source';

\echo '== Who wants the merge?'
select s.name from events.matching_subscriptions(:'again_merged') m join events.subscriptions s on s.id = m;
select pg_temp.expect('the subscription matches the merge and not the opening', array_agg(e.event_type::text) = '{pull_request.closed}') as checked
from events.events e cross join lateral events.matching_subscriptions(e.id) m where e.source_id = :'source';

\echo '== Processing: classification, projection, rollups and cursor move in one step. It works for all organizations, so no other one may be processed here by accident'
select events.process_pending_events(100) as processed;
select events_processed, events_failed, events_unclassified from events.event_processing_log where source_id = :'source';
select pg_temp.expect('three were processed, none failed, each was of a known type', sum(events_processed) = 3 and sum(events_failed) = 0 and sum(events_unclassified) = 0) as checked
from events.event_processing_log where source_id = :'source';

\echo '== What the payloads say, in typed columns'
select event_type, repository, number, title, state, is_merged, author, ref, commit_message from events.github_activity where source_id = :'source' order by event_id;
select pg_temp.expect('the merge is a row with its columns', count(*) = 1) as checked
from events.github_activity where source_id = :'source' and number = 42 and is_merged and merge_commit_sha = 'c2';

\echo '== What came in lately, with the category of each type'
select event_type, category, actor, repository, reference from events.recent_events where source_id = :'source' order by id;

\echo '== Rollups by minute, hour and day'
select period, event_type, event_count from events.event_aggregations where source_id = :'source' order by period, event_type;
select pg_temp.expect('each period counts three', array_agg(n) = '{3,3,3}') as checked
from (select sum(event_count)::integer as n from events.event_aggregations where source_id = :'source' group by period) periods;

\echo '== How the source is'
select name, status, events_24_hours, failed_24_hours, failure_rate_percentage, open_dead_letters from events.event_source_health where source_id = :'source';
select pg_temp.expect('it is healthy', status = 'healthy') as checked from events.event_source_health where source_id = :'source';

\echo '== How long events of a type are kept; an organization may say otherwise'
select events.retention_days(:'organization', 'github', 'push') as days_of_push;
insert into events.event_type_retentions (organization_id, source_kind, name, retention_days) values (:'organization', 'github', 'push', 30)
on conflict (organization_id, source_kind, name) do update set retention_days = 30;
select pg_temp.expect('from now on 30 days', events.retention_days(:'organization', 'github', 'push') = 30) as checked;
\ir end.psql
