-- Each statement of the workload uses the index that it names, asked as the login role, because row-level security decides what may be looked up.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
select plan(24);
set local timezone = 'UTC';
create temporary table tenants on commit drop as select n, ('f0000000-0000-7000-8000-00000000000' || n)::uuid as organization from generate_series(1, 4) n;
create temporary table sources on commit drop as
select t.organization, ('f1000000-0000-7000-8000-0000000000' || t.n || k)::uuid as source, (enum_range(null::events.source_kind))[k] as kind from tenants t, generate_series(1, 5) k;
insert into events.event_sources (organization_id, id, name, kind) select organization, source, kind::text, kind from sources;
-- 40,000 events over forty days, ids in the order of time, of a dozen types.
create temporary table made on commit drop as
select s.organization, s.source, s.kind, moment,
       (lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0') || '7000' || substr(md5(n::text || s.source), 17))::uuid as event,
       n, (array['push', 'pull_request.opened', 'check_run.completed', 'message', 'page.created', 'issue.create'])[1 + n % 6] as type_name
from sources s, generate_series(1, 2000) n, lateral (select now() - n * interval '28 minutes' as moment) m;
insert into events.events (organization_id, id, source_id, received_at, occurred_at, log_position, event_type, delivery_key, actor, repository, payload)
select organization, event, source, moment, moment, 1000000 - n, type_name, event::text, 'octocat', 'octo/hello', jsonb_build_object('text', repeat('x', 300)) from made;
insert into events.events_by_type (organization_id, source_id, event_type, event_id, received_at) select organization, source, type_name, event, moment from made;
insert into events.event_keys (organization_id, source_id, delivery_key, event_id, received_at) select organization, source, event::text, event, moment from made;
insert into events.github_events (organization_id, event_id, received_at, event_name, repository, number, commit_sha)
select organization, event, moment, 'push', 'octo/hello' || n % 20, n % 300, md5((n % 700)::text) from made;
insert into events.linear_events (organization_id, event_id, received_at, entity_type, action, issue_identifier) select organization, event, moment, 'Issue', 'update', 'ENG-' || n % 500 from made;
insert into events.slack_events (organization_id, event_id, received_at, slack_type, channel_id, thread_ts) select organization, event, moment, 'message', 'C' || n % 10, (n % 400)::text from made;
insert into events.notion_events (organization_id, event_id, received_at, notion_type, entity_type, entity_id) select organization, event, moment, 'page.created', 'page', (n % 400)::text from made;
insert into events.notion_entities (organization_id, source_id, entity_type, entity_id, last_event_id, wanted_at)
select organization, source, 'page', event::text, event, case when n % 100 = 0 then now() end from made;
insert into events.deployment_events (organization_id, event_id, received_at, status, environment, finished_at)
select organization, event, moment, case when n % 9 = 0 then 'failed' else 'succeeded' end::events.deployment_status, 'env' || n % 40, moment from made;
insert into events.event_aggregations (organization_id, source_id, period, period_start, event_type, event_count, last_received_at)
select organization, source, p.period, date_bin(p.period, moment, '2001-01-01'), type_name, count(*), max(moment)
from made, (values (interval '1 minute'), ('1 hour'), ('1 day')) p (period) group by 1, 2, 3, 4, 5;
insert into events.event_processing_log (organization_id, source_id, processed_at, consumer_name, events_processed, events_failed, events_unclassified, lag_ms_max, batch_duration_ms)
select organization, source, moment, 'processing', 5, 0, 0, 3, 3 from made;
insert into events.dead_letters (organization_id, event_id, event_received_at, consumer_name, status, error_sqlstate, error_message, settled_at)
select organization, event, moment, 'processing', case when n % 50 = 0 then 'dead' else 'resolved' end::events.dead_letter_status, '22P02', 'bad', case when n % 50 <> 0 then now() end from made;
insert into events.event_rejects (organization_id, source_id, delivery_key, body, error_sqlstate, error_message, resolved_at)
select organization, source, event::text, 'x', '22P02', 'bad', case when n % 50 <> 0 then now() end from made where n <= 500;
insert into events.subscriptions (organization_id, id, name, channel) select organization, source, kind::text, 'stream' from sources;
insert into events.deliveries (organization_id, subscription_id, event_id, event_received_at, status, next_attempt_at, finished_at)
select organization, source, event, moment, case when n % 100 = 0 then 'pending' else 'delivered' end::events.delivery_status, case when n % 100 = 0 then now() end, case when n % 100 <> 0 then now() end from made;
insert into events.delivery_attempts (organization_id, subscription_id, event_id, attempt_number, started_at, outcome, duration_ms) select organization, source, event, 1, moment, 'delivered', 5 from made;
insert into events.event_patterns (organization_id, id, name, kind, event_types, time_window) select organization, source, kind::text, 'absence', '{push}', '1 day' from sources;
insert into events.event_pattern_occurrences (organization_id, pattern_id, started_at, ended_at, event_ids) select organization, source, moment, moment, '{}' from made;
insert into events.event_anomalies (organization_id, source_id, period, period_start, observed_count, expected_count, score, method, detected_at, resolved_at, resolution)
select organization, source, '1 hour', moment, 5, 1, 4, 'ewma', moment, case when n % 50 <> 0 then now() end, case when n % 50 <> 0 then 'expected'::events.anomaly_resolution end from made;
analyze events.notion_entities, events.events, events.events_by_type, events.event_keys, events.event_sources, events.github_events, events.linear_events, events.slack_events, events.notion_events, events.deployment_events, events.event_aggregations,
    events.event_processing_log, events.dead_letters, events.event_rejects, events.subscriptions, events.deliveries, events.delivery_attempts, events.event_patterns, events.event_pattern_occurrences, events.event_anomalies;

-- The indexes in the plan of a statement for given parameters, those of partitions by the name of their parent's.
create function pg_temp.indexes_of(call text) returns text[] language plpgsql as $$
declare
    plan jsonb;
begin
    perform set_config('app.organization_id', 'f0000000-0000-7000-8000-000000000001', true);
    set local role events_user;
    execute 'explain (format json) execute ' || call into plan;
    reset role;
    return array(
        select distinct coalesce(parent.relname, used.relname)::text
        from jsonb_path_query(plan, '$.**."Index Name"') as name
        join pg_class used on used.relname = name #>> '{}' and used.relnamespace = 'events'::regnamespace
        left join pg_inherits i on i.inhrelid = used.oid
        left join pg_class parent on parent.oid = i.inhparent
        order by 1);
end $$;
-- What is read whole although an index would do.
create function pg_temp.reads_whole(call text) returns text language plpgsql as $$
declare
    plan jsonb;
begin
    set local role events_user;
    execute 'explain (format json) execute ' || call into plan;
    reset role;
    return (select string_agg(node ->> 'Relation Name', ', ') from jsonb_path_query(plan, '$.** ? (@."Node Type" == "Seq Scan")') as node
            where node ->> 'Relation Name' !~ '_default$' and (select reltuples from pg_class where relname = node ->> 'Relation Name' and relnamespace = 'events'::regnamespace) > 100);
end $$;
\ir ../sql/workload.sql

select m.event, m.source, m.moment from made m where m.organization = 'f0000000-0000-7000-8000-000000000001' and m.kind = 'github' and n = 100 \gset
select is(array(select name from unnest(pg_temp.indexes_of(call)) as name where name = any (indexes) order by 1)::text || coalesce(' and reads whole ' || pg_temp.reads_whole(call), ''), array(select name from unnest(indexes) as name order by 1)::text, format('%s uses %s', split_part(call, '(', 1), array_to_string(indexes, ', ')))
from (select format(statement, 'f0000000-0000-7000-8000-000000000001', :'source', :'event', :'moment'), indexes
      from (values
    ('list_events(%1$L, %3$L)', '{events_pkey}'::text[]),
    ('get_event(%1$L, %3$L)', '{events_pkey}'),
    ('list_events_of_type(%1$L, %2$L, ''push'', %3$L)', '{events_by_type_pkey,events_pkey}'),
    ('list_events_of_type_from_all_sources(%1$L, ''push'', %3$L)', '{events_by_type_pkey,events_pkey}'),
    ('list_events_of_source(%1$L, %2$L, %3$L)', '{events_by_type_source_idx,events_pkey}'),
    ('find_delivery(%1$L, %2$L, %3$L)', '{event_keys_pkey}'),
    ('follow_log(%1$L, 999900, %3$L)', '{events_log_idx}'),
    ('list_events_of_pull_request(%1$L, ''octo/hello1'', 41)', '{github_events_number_idx}'),
    ('list_events_of_commit(%1$L, md5(''7''))', '{github_events_commit_idx}'),
    ('list_events_of_linear_issue(%1$L, ''ENG-7'')', '{linear_events_issue_idx}'),
    ('list_events_of_slack_thread(%1$L, ''C7'', ''7'')', '{slack_events_thread_idx}'),
    ('list_events_of_notion_page(%1$L, ''7'')', '{notion_events_entity_idx}'),
    ('count_deployments(%1$L, ''env7'')', '{deployment_events_finished_idx}'),
    ('chart_source(%1$L, %2$L)', '{event_aggregations_pkey}'),
    ('list_wanted_notion_entities(%1$L, %2$L)', '{notion_entities_wanted_idx}'),
    ('summarize_processing(%1$L, %2$L)', '{event_processing_log_pkey}'),
    ('list_open_dead_letters(%1$L, %3$L)', '{dead_letters_open_idx}'),
    ('list_open_rejects(%1$L, ''ffffffff-0000-7000-8000-000000000000'')', '{event_rejects_open_idx}'),
    ('claim_deliveries(%1$L, %2$L)', '{deliveries_due_of_subscription_idx}'),
    ('list_deliveries(%1$L, %2$L, %3$L)', '{deliveries_pkey,delivery_attempts_pkey}'),
    ('list_occurrences(%1$L, %2$L)', '{an_occurrence_is_found_once}'),
    ('list_open_anomalies(%1$L, ''ffffffff-0000-7000-8000-000000000000'')', '{event_anomalies_open_idx}')
) as statements (statement, indexes)) as calls (call, indexes);

-- What process_pending_events asks, across organizations, with the rights of the owner and its own settings.
create function pg_temp.plan_for_owner(statement text) returns jsonb language plpgsql as $$
declare
    plan jsonb;
    setting text;
begin
    foreach setting in array (select array(select c from unnest(proconfig) c where c !~ '^search_path') from pg_proc where oid = 'events.process_pending_events(integer)'::regprocedure) loop
        perform set_config(split_part(setting, '=', 1), split_part(setting, '=', 2), true);
    end loop;
    set local role events_owner;
    execute 'explain (format json) ' || statement into plan;
    reset role;
    return plan;
end $$;
create temporary table stretches on commit drop as
select what, pg_temp.plan_for_owner(statement) as plan
from (values ('the next stretch of the log', $$select w.log_position, w.id, w.organization_id from events.events w
                                               where (w.log_position, w.id, w.organization_id) > (999000, 'f0000000-0000-7000-8000-000000000001', 'f0000000-0000-7000-8000-000000000001') and w.log_position < 2000000
                                               order by w.log_position, w.id, w.organization_id limit 1000$$),
             ('what is in it', format($$select e.payload from (select o.* from events.events o where (o.log_position, o.id, o.organization_id) >= (999900, %1$L, %1$L) and o.received_at between %2$L and %3$L
                                                               order by o.log_position, o.id, o.organization_id limit 1000) e$$, :'event', :'moment', :'moment'::timestamptz + interval '1 hour'))) as v (what, statement);
select ok(plan::text ~ 'log_position_id_idx' and not jsonb_path_exists(plan, '$.**."Node Type" ? (@ == "Sort" || @ == "Seq Scan")'), format('%s is read in its order', what)) from stretches;

select * from finish();
rollback;
