-- Processing: what each provider says ends up in typed columns, every event is counted once, a bad one holds up nobody. A transaction does not
-- process what it stored itself, so here the horizon is lifted; processing_concurrently.pg.sql has the real one.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir two_tenants.psql
\ir ../../../migrate/sql/tests/refused_by.psql
select plan(68);
delete from events.events_by_type; delete from events.github_events; delete from events.linear_events; delete from events.slack_events; delete from events.notion_events; delete from events.deployment_events;
delete from events.events; delete from events.event_aggregations; delete from events.event_participations; delete from events.event_processing_log; delete from events.dead_letters;
update events.event_consumers set log_position = 0, event_id = '00000000-0000-0000-0000-000000000000', paused_at = null;
insert into events.event_sources (organization_id, id, name, kind)
select :acme, id::uuid, name, name::events.source_kind
from (values ('a1000000-0000-7000-8000-0000000000b1', 'linear'), ('a1000000-0000-7000-8000-0000000000b2', 'slack'), ('a1000000-0000-7000-8000-0000000000b3', 'notion'),
             ('a1000000-0000-7000-8000-0000000000b4', 'deployment'), ('a1000000-0000-7000-8000-0000000000b5', 'ci'), ('a1000000-0000-7000-8000-0000000000b6', 'generic')) as v (id, name);
create function pg_temp.send(source_name text, type_name text, payload jsonb, occurred_at timestamptz default now(), actor text default null, target text default null) returns uuid language plpgsql as $$
declare
    event uuid := base.uuid_v7();
begin
    insert into events.events (organization_id, id, source_id, event_type, delivery_key, payload, occurred_at, actor, target)
    select s.organization_id, event, s.id, type_name, event::text, send.payload, send.occurred_at, send.actor, send.target
    from events.event_sources s where s.organization_id = 'a0000000-0000-7000-8000-000000000001' and s.name = source_name;
    return event;
end $$;
-- As the login role, for no tenant in particular.
create function pg_temp.process(n integer default 1000) returns integer language plpgsql as $$
begin
    return pg_temp.answer('events_user', null, format('select events.process_pending_events(%s)', n));
end $$;

-- A transaction's own events are behind the horizon, as its end is not known.
select pg_temp.send('octo', 'ping', '{}');
select is(pg_temp.process(), 0, 'what is not committed is not processed');
select is((select count(*) from events.event_processing_log), 0::bigint, 'and nothing claims so');
create or replace function events.log_horizon() returns bigint language plpgsql stable set search_path = pg_catalog, pg_temp as $$ begin return 9223372036854775807; end $$;
select is(pg_temp.process(), 1, 'once it is, it is processed');
select is(pg_temp.process(), 0, 'and then there is nothing left');

-- GitHub.
select pg_temp.send('octo', 'pull_request.closed', '{"action": "closed", "number": 42, "repository": {"full_name": "octo/hello"}, "sender": {"login": "octocat"},
    "pull_request": {"number": 42, "title": "Greet", "state": "closed", "merged": true, "draft": false, "merge_commit_sha": "m1", "user": {"login": "hubot"}, "html_url": "https://github.test/42",
                     "head": {"ref": "greet", "sha": "c1"}, "base": {"ref": "main", "sha": "c0"}}}') as pull_request \gset
select pg_temp.send('octo', 'push', '{"ref": "refs/heads/main", "after": "c2", "compare": "https://github.test/c", "commits": [{"id": "c1"}, {"id": "c2"}], "head_commit": {"id": "c2", "message": "Greet louder", "author": {"name": "Olga"}},
    "repository": {"full_name": "octo/hello"}, "action": null}') as push \gset
select pg_temp.send('octo', 'issues.opened', '{"action": "opened", "issue": {"number": 7, "title": "Too quiet", "state": "open", "user": {"login": "mary"}, "html_url": "https://github.test/7"}, "repository": {"full_name": "octo/hello"}}') as issue \gset
select pg_temp.send('octo', 'check_run.completed', '{"action": "completed", "check_run": {"id": 4000000001, "name": "build", "status": "completed", "conclusion": "failure", "head_sha": "c2", "html_url": "https://github.test/r", "check_suite": {"id": 5}}, "repository": {"full_name": "octo/hello"}}') as check_run \gset
select pg_temp.send('octo', 'workflow_job.completed', '{"action": "completed", "workflow_job": {"id": 9, "run_id": 8, "name": "test", "status": "completed", "conclusion": "success", "head_sha": "c2", "head_branch": "main"}}') as workflow_job \gset
select pg_temp.send('octo', 'workflow_run.completed', '{"action": "completed", "workflow_run": {"id": 8, "name": "CI", "status": "completed", "conclusion": "success", "head_sha": "c2", "head_branch": "main"}}') as workflow_run \gset
select pg_temp.send('octo', 'release.published', '{"action": "published", "release": {"tag_name": "v1.0", "name": "One", "draft": false, "author": {"login": "olga"}, "html_url": "https://github.test/v1"}}') as release \gset
select pg_temp.send('octo', 'pull_request_review.submitted', '{"action": "submitted", "review": {"state": "approved", "html_url": "https://github.test/rv"}, "pull_request": {"number": 42, "head": {"sha": "c1"}}, "repository": {"full_name": "octo/hello"}}') as review \gset
select pg_temp.send('octo', 'deployment_status.created', '{"action": "created", "deployment": {"id": 77, "sha": "c2", "ref": "main", "environment": "production", "created_at": "2026-01-01T10:00:00Z"}, "repository": {"full_name": "octo/hello"},
    "deployment_status": {"state": "success", "environment": "production", "created_at": "2026-01-01T10:05:00Z", "updated_at": "2026-02-01T00:00:00Z", "log_url": "https://github.test/log"}}') as deployed \gset
select is(pg_temp.process(), 9, 'nine events of GitHub');
select results_eq(format('select event_name, action, repository, number, title, state, author, is_draft, is_merged, merge_commit_sha, ref, base_ref, commit_sha, url from events.github_events where event_id = %L', :'pull_request'),
    $$values ('pull_request', 'closed', 'octo/hello', 42, 'Greet', 'closed', 'hubot', false, true, 'm1', 'greet', 'main', 'c1', 'https://github.test/42')$$, 'a pull request');
select results_eq(format('select event_name, action, ref, commit_sha, commit_message, commit_count, author, url from events.github_events where event_id = %L', :'push'),
    $$values ('push', null::text, 'refs/heads/main', 'c2', 'Greet louder', 2, 'Olga', 'https://github.test/c')$$, 'a push');
select results_eq(format('select number, title, state, author from events.github_events where event_id = %L', :'issue'), $$values (7, 'Too quiet', 'open', 'mary')$$, 'an issue');
select results_eq(format('select workflow, run_id, job_id, run_status, run_conclusion, commit_sha from events.github_events where event_id = %L', :'check_run'), $$values ('build', 5::bigint, 4000000001, 'completed', 'failure', 'c2')$$, 'a check');
select results_eq(format('select workflow, run_id, job_id, run_conclusion, ref from events.github_events where event_id = %L', :'workflow_job'), $$values ('test', 8::bigint, 9::bigint, 'success', 'main')$$, 'a job');
select results_eq(format('select workflow, run_id, job_id, run_conclusion, ref from events.github_events where event_id = %L', :'workflow_run'), $$values ('CI', 8::bigint, null::bigint, 'success', 'main')$$, 'a workflow run');
select results_eq(format('select title, release_tag, is_draft, author from events.github_events where event_id = %L', :'release'), $$values ('One', 'v1.0', false, 'olga')$$, 'a release');
select results_eq(format('select number, review_state, url from events.github_events where event_id = %L', :'review'), $$values (42, 'approved', 'https://github.test/rv')$$, 'a review');
select results_eq(format('select status, environment, deployment_key, repository, version, commit_sha, duration_seconds, logs_url, is_rollback from events.deployment_activity where event_id = %L', :'deployed'),
    $$values ('succeeded'::events.deployment_status, 'production', '77', 'octo/hello', 'main', 'c2', 300.000, 'https://github.test/log', false)$$, 'a deployment ends when its status came, not when that was changed');

-- Linear.
select pg_temp.send('linear', 'issue.update', '{"action": "update", "type": "Issue", "url": "https://linear.test/ENG-5", "updatedFrom": {"priority": 2},
    "data": {"id": "i1", "number": 5, "title": "Sing", "priority": 1, "state": {"name": "Todo"}, "team": {"key": "ENG"}, "assigneeId": "u1", "labels": [{"name": "loud"}, {"name": "new"}], "updatedAt": "2026-01-01T10:00:00.000Z"}}') as linear_issue \gset
select pg_temp.send('linear', 'comment.create', '{"action": "create", "type": "Comment", "data": {"id": "k1", "body": "Louder", "issueId": "i1", "issue": {"id": "i1", "identifier": "ENG-5"}}}') as comment \gset
-- Slack.
select pg_temp.send('slack', 'message', '{"type": "event_callback", "team_id": "T1", "event": {"type": "message", "user": "U1", "channel": "C1", "channel_type": "channel", "ts": "2.5", "thread_ts": "1.5", "text": "hi", "files": [{}, {}]}}') as message \gset
select pg_temp.send('slack', 'message.message_changed', '{"type": "event_callback", "team_id": "T1", "event": {"type": "message", "subtype": "message_changed", "channel": "C1", "ts": "3.5", "message": {"user": "U1", "ts": "2.5", "text": "hello"}}}') as changed \gset
select pg_temp.send('slack', 'reaction_added', '{"type": "event_callback", "team_id": "T1", "event": {"type": "reaction_added", "user": "U2", "reaction": "wave", "item": {"type": "message", "channel": "C1", "ts": "2.5"}}}') as reaction \gset
select pg_temp.send('slack', 'channel_created', '{"type": "event_callback", "event": {"type": "channel_created", "channel": {"id": "C9", "name": "news"}}}') as channel \gset
select pg_temp.send('slack', 'message', '{"type": "event_callback", "event": {"type": "message", "bot_id": "B1", "channel": "C1", "ts": "4.5"}}') as bot \gset
-- Notion.
select pg_temp.send('notion', 'page.properties_updated', '{"id": "n1", "type": "page.properties_updated", "workspace_id": "w1", "attempt_number": 2, "authors": [{"id": "p1", "type": "person"}, {"id": "b1", "type": "bot"}],
    "entity": {"id": "pg1", "type": "page"}, "data": {"parent": {"id": "db1", "type": "database"}, "updated_properties": ["x", "y"]}}') as page \gset
-- Our own dialect.
select pg_temp.send('deployment', 'deployment', '{"id": "d9", "environment": "staging", "status": "failure", "repository": "octo/hello", "version": "1.2", "commit": "c2", "rollback": true, "started_at": "2026-01-01T11:00:00Z", "finished_at": "2026-01-01T10:00:00Z"}', '2026-01-02 00:00+00') as failed \gset
select pg_temp.send('ci', 'deployment', '{"status": "running", "environment": "qa"}') as running \gset
select pg_temp.send('ci', 'build.finished', '{"status": "green"}') as build \gset
select pg_temp.send('generic', 'temperature', '[21.5]') as temperature \gset
select pg_temp.send('slack', 'telepathy', '{"type": "event_callback", "event": {"type": "telepathy"}}') as telepathy \gset
select is(pg_temp.process(), 13, 'events of all the others');
select results_eq(format('select entity_type, action, entity_id, issue_identifier, team_key, title, state, priority, assignee_id, labels, previous_values, entity_updated_at, url from events.linear_events where event_id = %L', :'linear_issue'),
    $$values ('Issue', 'update', 'i1', 'ENG-5', 'ENG', 'Sing', 'Todo', 1::smallint, 'u1', array['loud', 'new'], '{"priority": 2}'::jsonb, '2026-01-01 10:00+00'::timestamptz, 'https://linear.test/ENG-5')$$, 'an issue of Linear');
select results_eq(format('select entity_type, issue_identifier, body, parent_id from events.linear_events where event_id = %L', :'comment'), $$values ('Comment', 'ENG-5', 'Louder', 'i1')$$, 'a comment');
select results_eq(format('select slack_type, workspace_id, channel_id, channel_type, user_id, message_ts, thread_ts, message, file_count from events.slack_events where event_id = %L', :'message'), $$values ('message', 'T1', 'C1', 'channel', 'U1', '2.5', '1.5', 'hi', 2)$$, 'a message');
select results_eq(format('select subtype, user_id, message_ts, thread_ts, message from events.slack_events where event_id = %L', :'changed'), $$values ('message_changed', 'U1', '2.5', '2.5', 'hello')$$, 'a changed message is the message that was changed');
select results_eq(format('select slack_type, channel_id, user_id, message_ts, reaction from events.slack_events where event_id = %L', :'reaction'), $$values ('reaction_added', 'C1', 'U2', '2.5', 'wave')$$, 'a reaction');
select results_eq(format('select channel_id, user_id, message_ts from events.slack_events where event_id = %L', :'channel'), $$values ('C9', null::text, null::text)$$, 'an event without user and text');
select results_eq(format('select bot_id, user_id, message from events.slack_events where event_id = %L', :'bot'), $$values ('B1', null::text, null::text)$$, 'a message of a bot');
select results_eq(format('select notion_type, workspace_id, entity_type, entity_id, parent_type, parent_id, author_ids, updated_properties, attempt_number from events.notion_events where event_id = %L', :'page'),
    $$values ('page.properties_updated', 'w1', 'page', 'pg1', 'database', 'db1', array['p1', 'b1'], array['x', 'y'], 2)$$, 'a page of Notion');
select results_eq(format('select status, environment, deployment_key, repository, version, commit_sha, is_rollback, started_at, finished_at from events.deployment_events where event_id = %L', :'failed'),
    $$values ('failed'::events.deployment_status, 'staging', 'd9', 'octo/hello', '1.2', 'c2', true, null::timestamptz, '2026-01-01 10:00+00'::timestamptz)$$, 'a deployment that our own dialect tells of, with a start that cannot be');
select results_eq(format('select status, environment, finished_at from events.deployment_events where event_id = %L', :'running'), $$values ('in_progress'::events.deployment_status, 'qa', null::timestamptz)$$, 'one that a build server tells of');
select is((select count(*) from events.deployment_events where event_id = :'build'), 0::bigint, 'a build is none');
select is((select sum(events_unclassified) from events.event_processing_log), 1::bigint, 'a type that nobody described is stored and counted as such');
select is((select category from events.recent_events where id = :'telepathy'), null, 'and shown');
select results_eq(format('select category from events.recent_events where id = any (array[%L, %L, %L]::uuid[]) order by id', :'pull_request', :'failed', :'temperature'), array['review', 'deployment', 'other']::events.event_category[], 'the others are classified');

-- Constraints of projections.
select is(pg_temp.refused_by(format('update events.deployment_events set %s where event_id = %L', change, :'failed')), refusal, format('deployment, %s: %s', change, refusal))
from (values ('finished_at = null', 'finished_has_an_end'), ('status = ''queued''', 'finished_has_an_end'), ('status = ''inactive'', finished_at = null', 'nothing'), ('started_at = finished_at + interval ''1 second''', 'finished_after_started'), ('started_at = finished_at', 'nothing')) as changes (change, refusal);

-- Rollups are what a recount says; late ones count where they belong.
create function pg_temp.recount() returns setof record language plpgsql as $$
begin
    return query
    select e.organization_id, e.source_id, w.period, date_bin(w.period, case when isfinite(e.occurred_at) then e.occurred_at else e.received_at end, '2001-01-01 00:00:00+00'), e.event_type, count(*)
    from events.events e, (values (interval '1 minute'), ('1 hour'), ('1 day')) as w (period) group by 1, 2, 3, 4, 5;
end $$;
create function pg_temp.rollups_are_right(what text) returns text language plpgsql as $$
begin
    return set_eq('select organization_id, source_id, period, period_start, event_type, event_count from events.event_aggregations',
                  'select * from pg_temp.recount() as r (a uuid, b uuid, c interval, d timestamptz, e events.event_type_name, f bigint)', what);
end $$;
create function pg_temp.participations_are_right(what text) returns text language plpgsql as $$
begin
    return set_eq('select organization_id, source_id, role, period, period_start, name, event_type, event_count from events.event_participations',
        $recount$select e.organization_id, e.source_id, r.role, r.period, date_bin(r.period, case when isfinite(e.occurred_at) then e.occurred_at else e.received_at end, '2001-01-01 00:00:00+00'),
                        left(r.name, 500), e.event_type, count(*)
                 from events.events e, lateral (values ('actor', interval '1 hour', e.actor), ('actor', interval '1 day', e.actor), ('target', interval '1 day', e.target)) as r (role, period, name)
                 where r.name <> '' group by 1, 2, 3, 4, 5, 6, 7$recount$, what);
end $$;
select pg_temp.rollups_are_right('rollups equal a recount');
select setseed(0.42);
select count(pg_temp.send((array['octo', 'slack', 'generic'])[1 + (random() * 2)::integer], (array['push', 'message', 'x'])[1 + (random() * 2)::integer], '{"type": "x"}',
                          case when random() < 0.05 then 'infinity' else now() - random() * interval '3 days' end,
                          (array['mona', 'hubot', '', null, repeat('ä', 600)])[1 + (random() * 4)::integer], (array['42', '7', null])[1 + (random() * 2)::integer])) from generate_series(1, 300);
select is(pg_temp.process(7) + pg_temp.process(1) + pg_temp.process(50) + pg_temp.process(500) + pg_temp.process(0), 300, 'in batches of any size');
select pg_temp.rollups_are_right('also with late events of a random history');
select pg_temp.participations_are_right('so do those by actor and target');
select cmp_ok((select count(*) from events.event_participations where length(name) = 500), '>', 0::bigint, 'of names that are too long for an index as well');
select set_eq($$select actor, period, sum(event_count)::bigint from events.event_counts_by_actor where actor in ('mona', 'hubot') group by 1, 2$$,
              $$select actor, period, count(*) from events.events, unnest(array['hour', 'day', 'week', 'month']) as period where actor in ('mona', 'hubot') group by 1, 2$$, 'each event of an actor is in one period of each length');
select set_eq($$select target, period, period_start, sum(event_count)::bigint from events.event_counts_by_target group by 1, 2, 3$$,
              $$select target, period, date_trunc(period, case when isfinite(occurred_at) then occurred_at else received_at end, 'UTC'), count(*) from events.events, unnest(array['day', 'week', 'month']) as period
                where target <> '' group by 1, 2, 3$$, 'so is each about a target');
select is((select sum(event_count)::bigint from events.event_counts where period = 'month'), (select count(*) from events.events), 'and each in one month');
select is((select count(*) from events.github_events g join events.events e on e.id = g.event_id and e.organization_id = g.organization_id),
          (select count(*) from events.events e join events.event_sources s on s.organization_id = e.organization_id and s.id = e.source_id where s.kind = 'github'), 'each event of GitHub is projected once');
select set_eq('select organization_id, source_id, event_type, event_id, received_at from events.events_by_type', 'select organization_id, source_id, event_type::text, id, received_at from events.events', 'each event of any source is listed by its type');

select base.uuid_v7() as twin \gset
insert into events.events (organization_id, id, source_id, event_type, delivery_key) select organization, :'twin', source, 'push', 'twin' from tenants;
select is(pg_temp.process(1) || ' ' || pg_temp.process(1) || ' ' || pg_temp.process(1), '1 1 0', 'two organizations may use one id');
select is((select count(*) from events.github_events where event_id = :'twin'), 2::bigint, 'and neither is forgotten');

-- Again.
create temporary table projected on commit drop as select * from events.github_events;
update events.event_consumers set log_position = 0, event_id = '00000000-0000-0000-0000-000000000000' where name = 'processing';
select is(pg_temp.process(100000), (select count(*)::integer from events.events), 'a cursor that is put back reads again');
select set_eq('select event_id, event_name, number from events.github_events', 'select event_id, event_name, number from projected', 'and makes no row twice');
select is((select count(*) from events.events_by_type), (select count(*) from events.events), 'nor lists one twice');

-- A bad one.
delete from events.event_processing_log;
select pg_temp.send('octo', 'push', '{"ref": "a"}') as good_before, pg_temp.send('octo', 'pull_request.opened', '{"number": 99999999999, "pull_request": {"number": 99999999999}}') as bad \gset
select pg_temp.send('deployment', 'deployment', '{"status": "levitating"}') as odd, pg_temp.send('octo', 'push', '{"ref": "b"}') as good_after \gset
select is(pg_temp.process(), 4, 'a bad event among good ones');
select set_eq(format('select event_id from events.github_events where event_id = any (array[%L, %L, %L]::uuid[])', :'good_before', :'bad', :'good_after'), array[:'good_before', :'good_after']::uuid[], 'does not hold them up');
select results_eq(format('select event_id, status, attempts, error_sqlstate, next_attempt_at - now() from events.dead_letters order by event_id'),
    format($$values (%L::uuid, 'waiting'::events.dead_letter_status, 1, '22003', interval '1 minute'), (%L, 'waiting', 1, '22P02', '1 minute')$$, :'bad', :'odd'), 'it waits for another try, with the reason');
select results_eq('select sum(events_processed), sum(events_failed) from events.event_processing_log', 'values (4::bigint, 2::bigint)', 'the log says so');
select is(pg_temp.process(), 0, 'before its time it is not tried again');
create function pg_temp.wait() returns integer language plpgsql as $$
begin
    update events.dead_letters set next_attempt_at = now() where status = 'waiting';
    return pg_temp.process();
end $$;
select is(pg_temp.wait(), 2, 'then it is');
select results_eq('select status, attempts, next_attempt_at - now() from events.dead_letters', $$values ('waiting'::events.dead_letter_status, 2, interval '2 minutes'), ('waiting', 2, '2 minutes')$$, 'each wait is twice the one before');
select is(pg_temp.wait() + pg_temp.wait() + pg_temp.wait() + pg_temp.wait(), 6, 'until it was tried five times');
select results_eq('select status, attempts, next_attempt_at from events.dead_letters', $$values ('dead'::events.dead_letter_status, 5, null::timestamptz), ('dead', 5, null)$$, 'then it is dead');
update events.events set payload = '{"number": 9, "pull_request": {"number": 9}}' where id = :'bad';
select pg_temp.answer('events_user', :acme, format('select events.retry_dead_letter(id) from events.dead_letters where event_id = %L', :'bad'));
select pg_temp.answer('events_user', :acme, format('select events.discard_dead_letter(id) from events.dead_letters where event_id = %L', :'odd'));
select is(pg_temp.process(), 1, 'a person can have it tried again');
select results_eq('select status, settled_at is not null from events.dead_letters order by event_id', $$values ('resolved'::events.dead_letter_status, true), ('discarded', true)$$, 'so that it is resolved, or give it up');
select is((select number from events.github_events where event_id = :'bad'), 9, 'what could be projected at last is');
select is(pg_temp.answer('events_user', :acme, format('select events.discard_dead_letter(id) from events.dead_letters where event_id = %L', :'bad')), 'GS704', 'what is settled stays so');
select is(pg_temp.refused_by(format('update events.dead_letters set %s', change)), refusal, format('dead letter, %s: %s', change, refusal))
from (values ('status = ''waiting'', settled_at = null', 'waiting_has_a_next_attempt'), ('settled_at = null', 'settled_has_a_time'), ('attempts = 0', 'attempts_count_from_one'), ('error_sqlstate = ''''', 'error_has_a_sqlstate')) as changes (change, refusal);

-- Stopped.
select pg_temp.send('octo', 'ping', '{}');
update events.event_consumers set paused_at = now() where name = 'processing';
select is(pg_temp.process(), 0, 'a paused consumer stands still');
select results_eq('select name, events_pending, paused_at is not null from events.consumer_progress() where name = ''processing''', $$values ('processing', 1::bigint, true)$$, 'and one can see it and how much waits');

select * from finish();
rollback;
