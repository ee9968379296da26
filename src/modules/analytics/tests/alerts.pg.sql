-- Rules are evaluated: alerts open, fire, are told and resolve, once each; what an alert and a notification may look like.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir two_tenants.psql
\ir ../../../migrate/sql/tests/refused_by.psql
select plan(89);
set local app.organization_id = :acme;

-- Rules.
select is(pg_temp.refused_by(format('update analytics.alert_rules set %s where id = %L', change, :acme_rule)), refusal, format('rule %s: %s', change, refusal))
from (values
    ('name = '' ''', 'name_is_not_blank'),
    ('subject_id = ''t1''', 'subject_needs_a_kind'),
    ('subject_kind = ''template'', subject_id = ''t1''', 'nothing'),
    ('labels = ''"x"''', 'labels_are_a_small_object'),
    ('threshold = ''NaN''', 'threshold_is_finite'),
    ('threshold = ''-Infinity''', 'threshold_is_finite'),
    ('window_seconds = 59', 'window_is_a_minute_to_a_month'),
    ('window_seconds = 60', 'nothing'),
    ('for_seconds = -1', 'for_is_at_most_a_week'),
    ('for_seconds = 604801', 'for_is_at_most_a_week'),
    ('notification_targets = ''{slack}''', 'targets_name_channel_and_address'),
    ('notification_targets = ''{slack:}''', 'targets_name_channel_and_address'),
    ('notification_targets = ''{log:a,""}''', 'targets_name_channel_and_address'),
    ('notification_targets = ''{log:a,NULL}''', 'targets_name_channel_and_address'),
    ('notification_targets = array_fill(''log:a''::text, array[21])', 'targets_name_channel_and_address'),
    ('notification_targets = ''{slack:#builds,log:alerts}''', 'nothing'),
    ('comparison = ''>''', '22P02')
) as changes (change, refusal);
select is(pg_temp.refused_by(format('insert into analytics.alert_rules (organization_id, name, metric_id, aggregate, comparison, threshold) values (%L, ''SLOW prompts'', %L, ''average'', ''above'', 1)', :acme, :acme_metric)),
          'alert_rules_name_key', 'a name belongs to one rule of the organization; another one may have it, too');
select is(pg_temp.refused_by(format('delete from analytics.metric_definitions where id = %L', :acme_metric)), 'metric_series_metric_fkey', 'a metric that is measured and watched stays');

-- Instances.
select is(pg_temp.refused_by(format('update analytics.alert_instances set %s where id = %L', change, :acme_alert)), refusal, format('instance %s: %s', change, refusal))
from (values
    ('status = ''pending''', 'fired_says_when'),
    ('status = ''pending'', fired_at = null', 'nothing'),
    ('fired_at = null', 'fired_says_when'),
    ('status = ''resolved''', 'resolved_says_when'),
    ('resolved_at = now()', 'resolved_says_when'),
    ('status = ''resolved'', resolved_at = now()', 'nothing'),
    ('status = ''resolved'', resolved_at = now(), fired_at = null', 'fired_says_when'),
    ('status = ''resolved'', resolved_at = fired_at - interval ''1 second''', 'resolves_after_firing'),
    ('fired_at = opened_at - interval ''1 second''', 'fires_after_opening'),
    ('evaluated_at = opened_at - interval ''1 second''', 'evaluated_since_opening')
) as changes (change, refusal);
create function pg_temp.second_alert() returns text language sql
    return 'insert into analytics.alert_instances select (jsonb_populate_record(null::analytics.alert_instances, to_jsonb(i) || jsonb_build_object(''id'', base.uuid_v7()))).* from analytics.alert_instances i where id = ''a6000000-0000-7000-8000-000000000001''';
select is(pg_temp.refused_by(pg_temp.second_alert()), 'a_rule_has_one_open_instance_for_a_series', 'a rule has one open instance for a series');

-- Notifications.
select is(pg_temp.refused_by(format('update analytics.alert_notifications set %s where organization_id = %L', change, :acme)), refusal, format('notification %s: %s', change, refusal))
from (values
    ('target = ''somebody''', 'target_names_channel_and_address'),
    ('attempts = -1', 'attempts_are_not_negative'),
    ('next_attempt_at = null', 'pending_says_when_next'),
    ('status = ''sent'', attempts = 1, next_attempt_at = null', 'sent_says_when'),
    ('status = ''sent'', attempts = 1, sent_at = now()', 'pending_says_when_next'),
    ('status = ''sent'', next_attempt_at = null, sent_at = now()', 'ended_was_attempted'),
    ('status = ''sent'', attempts = 1, next_attempt_at = null, sent_at = now()', 'nothing'),
    ('status = ''failed'', attempts = 1, next_attempt_at = null', 'failed_says_why'),
    ('status = ''failed'', attempts = 1, next_attempt_at = null, error_message = ''410''', 'nothing'),
    ('error_message = ''503'', attempts = 1', 'nothing')
) as changes (change, refusal);
select is(pg_temp.refused_by(format('insert into analytics.alert_notifications (organization_id, alert_instance_id, occasion, target, next_attempt_at) values (%L, %L, ''fired'', ''log:alerts'', now())', :acme, :acme_alert)),
          'a_target_is_told_once', 'a target is told once that an alert fired');

-- Evaluation. Times count from noon; `history` is what evaluating says and leaves.
delete from analytics.alert_rules;
select is((select count(*) from analytics.alert_instances) + (select count(*) from analytics.alert_notifications), 0::bigint, 'a rule takes its alerts along');
create function pg_temp.at(minutes numeric) returns timestamptz language sql immutable return timestamptz '2026-06-01 12:00:00+00' + make_interval(secs => (minutes * 60)::double precision);
create function pg_temp.measure(minutes numeric, amount double precision, labels jsonb default '{"host": "a"}', organization uuid default 'a0000000-0000-7000-8000-000000000001', subject text default 'web') returns void language plpgsql as $$
begin
    perform pg_temp.answer('analytics_user', organization, format('select analytics.record_metric(''prompts.latency'', %s, %L, ''service'', %L, %L)', amount, pg_temp.at(minutes), subject, labels));
end $$;
create function pg_temp.evaluate(minutes numeric) returns text language plpgsql as $$
begin
    return pg_temp.answer('analytics_user', null, format('select string_agg(r.name || '' '' || (s.labels ->> ''host'') || '' '' || e.status, '', '' order by r.name, s.labels::text)
        from analytics.evaluate_alert_rules(%L) e, lateral (select current_setting(''app.organization_id'')) x, lateral pg_temp.named(e.alert_rule_id, e.alert_instance_id) as n (name, labels), lateral (select n.name) r, lateral (select n.labels) s', pg_temp.at(minutes)));
end $$;
create function pg_temp.named(rule uuid, instance uuid, out name text, out labels jsonb) language plpgsql security definer as $$
begin
    select r.name, s.labels into name, labels
    from analytics.alert_rules r, analytics.alert_instances i join analytics.metric_series s on s.id = i.series_id where r.id = rule and i.id = instance;
end $$;
create function pg_temp.add_rule(name text, rest text, organization uuid default 'a0000000-0000-7000-8000-000000000001') returns void language plpgsql as $$
begin
    execute format('insert into analytics.alert_rules (organization_id, name, metric_id, subject_kind, aggregate, comparison, threshold, window_seconds, for_seconds, severity, notification_targets)
                    select organization_id, %L, id, ''service'', %s from analytics.metric_definitions where organization_id = %L and name = ''prompts.latency''', name, rest, organization);
end $$;

select pg_temp.add_rule('slow', '''average'', ''above'', 100, 300, 120, ''critical'', ''{log:alerts,slack:#ops,log:alerts}''');
select pg_temp.measure(0, 90), pg_temp.measure(1, 110), pg_temp.measure(1, 300, '{"host": "b"}');
select is(pg_temp.evaluate(0.5), null, 'the average is not above the threshold');
select is(pg_temp.evaluate(1), 'slow b pending', 'it is for one of the series, but not for long');
select is(pg_temp.evaluate(1), null, 'evaluating again changes nothing');
select is(pg_temp.evaluate(0.9), null, 'nor does evaluating an earlier moment');
select pg_temp.measure(2, 500);
select is(pg_temp.evaluate(2), 'slow a pending', 'the other one follows');
select is((select count(*) from analytics.alert_notifications), 0::bigint, 'nobody is told yet');
select is(pg_temp.evaluate(2.99), null, 'just short of two minutes is not two minutes');
select is(pg_temp.evaluate(3), 'slow b firing', 'after two minutes it fires');
select set_eq($$select target, occasion::text, status::text, next_attempt_at from analytics.alert_notifications$$, $$values ('log:alerts', 'fired', 'pending', pg_temp.at(3)), ('slack:#ops', 'fired', 'pending', pg_temp.at(3))$$, 'and each target is told once');
select is(pg_temp.evaluate(3), null, 'not twice');
select results_eq($$select rule_name, status::text, severity::text, metric_name, subject_kind, subject_id, labels ->> 'host', threshold, value, opened_at, fired_at, evaluated_at from analytics.open_alerts order by 7$$,
                  $$values ('slow', 'pending', 'critical', 'prompts.latency', 'service', 'web', 'a', 100::double precision, (90 + 110 + 500) / 3.0::double precision, pg_temp.at(2), null, pg_temp.at(3)),
                           ('slow', 'firing', 'critical', 'prompts.latency', 'service', 'web', 'b', 100, 300, pg_temp.at(1), pg_temp.at(3), pg_temp.at(3))$$, 'open_alerts shows both');
select pg_temp.measure(3.5, -900);
select is(pg_temp.evaluate(3.6), null, 'what ends before it fires is no news');
select is((select count(*) from analytics.open_alerts), 1::bigint, 'and is forgotten');
select is(pg_temp.evaluate(5.9), null, 'the other one still holds');
select is(pg_temp.evaluate(6), 'slow b resolved', 'until its window is empty');
select results_eq($$select status::text, value, opened_at, fired_at, resolved_at from analytics.alert_instances$$, $$values ('resolved', 300::double precision, pg_temp.at(1), pg_temp.at(3), pg_temp.at(6))$$, 'what was stays');
select results_eq($$select occasion::text, count(*) from analytics.alert_notifications group by occasion order by occasion$$, $$values ('fired', 2::bigint), ('resolved', 2)$$, 'and everybody is told that it is over');
select is(pg_temp.evaluate(7), null, 'which it is');
select pg_temp.measure(8, 300, '{"host": "b"}');
select is(pg_temp.evaluate(8), 'slow b pending', 'the next time is a new alert');
select is(pg_temp.evaluate(10), 'slow b firing', 'that fires');
select is((select count(*) from analytics.alert_instances), 2::bigint, 'beside the old one');
update analytics.alert_rules set threshold = 250, severity = 'info';
select is(pg_temp.evaluate(10.5), null, 'a change of the rule that it still meets');
select results_eq($$select severity::text, threshold from analytics.open_alerts$$, $$values ('info', 250::double precision)$$, 'is taken over');
update analytics.alert_rules set disabled_at = now();
select is(pg_temp.evaluate(11), 'slow b resolved', 'switching the rule off resolves it');
select is(pg_temp.evaluate(11.5), null, 'and a rule that is off is not evaluated');
delete from analytics.alert_rules;

-- Every aggregate and comparison, over 1, 2, 3, 4, 100 at minutes 20.0 to 20.4; the value at 15 is just outside the window, which excludes its beginning.
select pg_temp.measure(15, 10000, '{"host": "c"}'), pg_temp.measure(19 + n * 0.2, amount, '{"host": "c"}') from (values (1, 1), (2, 2), (3, 3), (4, 4), (5, 100)) as v (n, amount);
create function pg_temp.fires(rule text) returns boolean language plpgsql as $$
declare
    fired boolean;
begin
    perform pg_temp.add_rule('one', rule || ', 300, 0, ''info'', ''{}''');
    update analytics.alert_rules set labels = '{"host": "c"}';
    fired := pg_temp.evaluate(20) is not null;
    delete from analytics.alert_rules;
    return fired;
end $$;
select is(pg_temp.fires(rule), expected, format('%s: %s', rule, expected))
from (values
    ('''average'', ''above'', 21.9', true), ('''average'', ''above'', 22', false), ('''average'', ''at_least'', 22', true),
    ('''minimum'', ''below'', 1', false), ('''minimum'', ''at_most'', 1', true),
    ('''maximum'', ''at_least'', 100', true), ('''maximum'', ''above'', 100', false),
    ('''sum'', ''at_least'', 110', true), ('''sum'', ''above'', 110', false),
    ('''count'', ''at_least'', 5', true), ('''count'', ''above'', 5', false),
    ('''p50'', ''at_least'', 3', true), ('''p50'', ''above'', 3', false), ('''p95'', ''at_least'', 100', true), ('''p99'', ''above'', 99', true)
) as rules (rule, expected);

-- Silence, tenants, subjects.
select pg_temp.add_rule('silent', '''count'', ''below'', 1, 300, 0, ''error'', ''{}''');
update analytics.alert_rules set labels = '{"host": "c"}';
select is(pg_temp.evaluate(24), null, 'values have come');
select is(pg_temp.evaluate(30), 'silent c firing', 'no values are a count of 0');
select pg_temp.measure(30.5, 1, '{"host": "c"}');
select is(pg_temp.evaluate(31), 'silent c resolved', 'and values end it');
delete from analytics.alert_rules;
select pg_temp.add_rule('slow', '''average'', ''above'', 100, 300, 0, ''critical'', ''{}'''), pg_temp.add_rule('slow', '''average'', ''above'', 100, 300, 0, ''critical'', ''{}''', :umbrella);
update analytics.alert_rules set subject_id = 'db' where organization_id = :acme;
select pg_temp.measure(40, 500, '{"host": "d"}', :umbrella), pg_temp.measure(40, 500, '{"host": "e"}'), pg_temp.measure(40, 500, '{"host": "f"}', :acme, 'db');
select is(pg_temp.evaluate(40), 'slow d firing, slow f firing', 'rules of one name in two organizations each watch their own, and only the subject that they name');
select is(pg_temp.answer('analytics_user', :umbrella, 'select string_agg(labels ->> ''host'', '','') from analytics.open_alerts'), 'd', 'each sees its own alerts');

insert into analytics.metric_definitions (organization_id, name, unit, kind, description) values (:acme, 'prompts.quality', '1', 'gauge', 'x');
update analytics.alert_rules r set metric_id = d.id from analytics.metric_definitions d where d.organization_id = :acme and d.name = 'prompts.quality' and r.organization_id = :acme;
select is(pg_temp.evaluate(41), 'slow f resolved', 'a rule that watches something else now lets go of what it watched');
update analytics.alert_rules set labels = '{"host": "z"}' where organization_id = :umbrella;
select is(pg_temp.evaluate(41), 'slow d resolved', 'or narrows what it watches');

select * from finish();
rollback;
