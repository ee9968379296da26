-- Subscriptions want what their whole filter says, deliveries are made once, attempts add up.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir two_tenants.psql
\ir ../../../migrate/sql/tests/refused_by.psql
select plan(72);

select is(pg_temp.refused_by(format('update events.subscriptions set %s where organization_id = %L', change, :acme)), refusal, format('subscription, %s: %s', change, refusal))
from (values
    ('name = ''''', 'name_is_not_blank'),
    ('event_types = ''{}''', 'event_types_are_given'),
    ('event_types = ''{NULL}''', 'event_types_are_given'),
    ('event_types = ''{push,pull_request.*}''', 'nothing'),
    ('filter = ''$.actor == "octocat"''', 'nothing'),
    ('filter = ''$.actor ==''', '42601'),
    ('filter = ''''', '22P02'),
    ('target = null', 'target_fits_channel'),
    ('target = ''ftp://hooks.test/x''', 'target_fits_channel'),
    ('target = ''https://me:secret@hooks.test/x''', 'target_fits_channel'),
    ('target = ''https://hooks.test''', 'nothing'),
    ('credential_id = null', 'webhooks_are_signed'),
    ('channel = ''slack''', 'target_fits_channel'),
    ('channel = ''slack'', target = ''C024BE91L''', 'nothing'),
    ('channel = ''notify'', target = ''build_events''', 'nothing'),
    ('channel = ''notify'', target = ''build events''', 'target_fits_channel'),
    ('channel = ''stream''', 'target_fits_channel'),
    ('channel = ''stream'', target = null, credential_id = null', 'nothing'),
    ('channel = ''pigeon''', '22P02'),
    ('attempts_max = 0', 'limits_are_positive'),
    ('timeout_ms = 99', 'limits_are_positive'),
    ('concurrent_max = 0', 'limits_are_positive'),
    ('deliveries_per_minute_max = 0', 'limits_are_positive'),
    ('deliveries_per_minute_max = 1', 'nothing'),
    ('paused_at = now()', 'pause_has_a_cause'),
    ('pause_cause = ''target_dead''', 'pause_has_a_cause'),
    ('paused_at = now(), pause_cause = ''target_dead''', 'nothing'),
    ('source_id = gen_random_uuid()', 'subscriptions_source_fkey')
) as changes (change, refusal);
select is(pg_temp.refused_by(format('insert into events.subscriptions (organization_id, name, channel) values (%L, ''OPS'', ''stream'')', :acme)), 'subscriptions_name_key', 'a name belongs to one subscription');

-- Deliveries and attempts.
select matches(pg_temp.refused_by(format('insert into events.deliveries (organization_id, subscription_id, event_id, event_received_at) values (%L, %L, %L, now())', :acme, :acme_subscription, :acme_event)),
               '^deliveries_.*pkey$', 'an event is delivered to a subscription once');
select is(pg_temp.refused_by(format('update events.deliveries set %s where organization_id = %L', change, :acme)), refusal, format('delivery, %s: %s', change, refusal))
from (values
    ('next_attempt_at = null', 'pending_has_a_next_attempt'),
    ('status = ''delivered'', finished_at = now()', 'pending_has_a_next_attempt'),
    ('status = ''delivered'', next_attempt_at = null', 'finished_has_an_end'),
    ('status = ''delivered'', next_attempt_at = null, finished_at = now()', 'nothing'),
    ('finished_at = now()', 'finished_has_an_end'),
    ('status = ''done''', '22P02')
) as changes (change, refusal);
select is(pg_temp.refused_by(format('insert into events.delivery_attempts (organization_id, subscription_id, event_id, attempt_number, outcome, response_status, duration_ms, detail) values (%L, %L, %L, %s)', :acme, :acme_subscription, :acme_event, row_of_it)), refusal, format('attempt %s: %s', left(row_of_it, 60), refusal))
from (values
    ('0, ''delivered'', 200, 5, ''''', 'attempts_count_from_one'),
    ('2, ''delivered'', 99, 5, ''''', 'response_status_is_http'),
    ('2, ''delivered'', 599, 0, ''''', 'nothing'),
    ('2, ''timed_out'', 200, 5, ''''', 'silence_has_no_response'),
    ('2, ''timed_out'', null, 5, ''''', 'nothing'),
    ('2, ''delivered'', null, -1, ''''', 'duration_is_not_negative'),
    ('2, ''refused'', 500, 5, repeat(''x'', 2001)', 'detail_is_an_excerpt'),
    ('2, ''refused'', 500, 5, repeat(''x'', 2000)', 'nothing')
) as attempts (row_of_it, refusal);

-- Types.
select is(events.type_is_among(name, wanted), expected, format('%s among %s: %s', name, wanted, expected))
from (values ('push', '{push}'::text[], true), ('push', '{*}', true), ('push', '{pull_request,push}', true), ('push', '{pus}', false), ('pushed', '{push}', false), ('pull_request.opened', '{pull_request}', false),
             ('pull_request.opened', '{pull_request.*}', true), ('pull_request', '{pull_request.*}', true), ('pull_request_review', '{pull_request.*}', false), ('pullXrequest.opened', '{pull_request.*}', false), ('push', '{}', false)) as v (name, wanted, expected);

-- Filters.
update events.events set payload = '{"action": "opened", "pull_request": {"draft": false, "labels": [{"name": "bug"}, {"name": "ui"}], "additions": 12}}' where id = :acme_event;
create function pg_temp.wanted(change text) returns boolean language plpgsql as $$
declare
    result boolean;
begin
    execute format('update events.subscriptions set event_types = ''{*}'', filter = null, source_id = null, paused_at = null, pause_cause = null where organization_id = ''a0000000-0000-7000-8000-000000000001''');
    execute format('update events.subscriptions set %s where organization_id = ''a0000000-0000-7000-8000-000000000001''', change);
    return pg_temp.answer('events_user', 'a0000000-0000-7000-8000-000000000001', 'select count(*) = 1 from events.matching_subscriptions(''a2000000-0000-7000-8000-000000000001'')');
end $$;
select is(pg_temp.wanted(change), expected, format('%s: %s', change, expected))
from (values
    ('filter = null', true),
    ('event_types = ''{push}''', false),
    ('event_types = ''{pull_request.*}''', true),
    (format('source_id = %L', :acme_source), true),
    ('filter = ''$.actor == "octocat" && $.payload.pull_request.draft == false''', true),
    ('filter = ''$.actor == "octocat" && $.payload.pull_request.draft == true''', false),
    ('filter = ''$.repository starts with "octo/"''', true),
    ('filter = ''exists($.payload.pull_request.labels[*] ? (@.name == "ui"))''', true),
    ('filter = ''exists($.payload.pull_request.labels[*] ? (@.name == "css"))''', false),
    ('filter = ''$.payload.pull_request.additions > 10''', true),
    ('filter = ''$.payload.pull_request.additions > "ten"''', false),
    ('filter = ''$.payload.nothing.here == 1''', false),
    ('filter = ''$.actor''', false),
    ('filter = ''exists($.organization_id)''', false),
    ('paused_at = now(), pause_cause = ''by_request''', false)
) as changes (change, expected);

-- What is paid for by whom.
select is(pg_temp.wanted('filter = null') and pg_temp.answer('events_user', :umbrella, format('select count(*) = 0 from events.matching_subscriptions(%L)', :acme_event))::boolean, true, 'another tenant''s event is not wanted by anybody');
delete from events.subscriptions where organization_id = :acme;
select is((select count(*) from events.deliveries where organization_id = :acme) + (select count(*) from events.delivery_attempts where organization_id = :acme), 0::bigint, 'deliveries and attempts go with their subscription');

select * from finish();
rollback;
