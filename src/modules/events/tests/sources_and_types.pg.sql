-- What sources, types, patterns, anomalies and rejects may look like.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir two_tenants.psql
\ir ../../../migrate/sql/tests/refused_by.psql
select plan(75);

-- Sources.
select is(pg_temp.refused_by(format('update events.event_sources set %s where organization_id = %L', change, :acme)), refusal, format('source, %s: %s', change, refusal))
from (values
    ('name = '' ''', 'name_is_not_blank'),
    ('name = repeat(''x'', 101)', 'name_is_not_blank'),
    ('name = repeat(''x'', 100)', 'nothing'),
    ('previous_credential_id = gen_random_uuid()', 'previous_credential_has_an_end'),
    ('previous_credential_until = now()', 'previous_credential_has_an_end'),
    ('previous_credential_id = credential_id, previous_credential_until = now()', 'previous_credential_has_a_successor'),
    ('previous_credential_id = credential_id, previous_credential_until = now(), credential_id = null', 'previous_credential_has_a_successor'),
    ('previous_credential_id = credential_id, previous_credential_until = now(), credential_id = gen_random_uuid()', 'nothing'),
    ('signature_header = ''x-signature''', 'headers_are_of_senders_without_a_scheme'),
    ('event_type_header = ''x-type''', 'headers_are_of_senders_without_a_scheme'),
    ('kind = ''generic'', signature_header = ''x-signature'', delivery_header = ''x-id'', event_type_header = ''x-type''', 'nothing'),
    ('kind = ''generic'', signature_header = ''X-Signature''', 'headers_are_names'),
    ('kind = ''ci'', delivery_header = ''''', 'headers_are_names'),
    ('deduplicates_with = id', 'deduplicates_with_another'),
    ('deduplicates_with = gen_random_uuid()', 'event_sources_deduplicates_with_fkey'),
    ('kind = ''jira''', '22P02')
) as changes (change, refusal);
select is(pg_temp.refused_by(format('insert into events.event_sources (organization_id, name, kind) values (%L, ''OCTO'', ''github'')', :acme)), 'event_sources_name_key', 'a name belongs to one source');
update events.event_sources set deleted_at = now() where organization_id = :acme;
select is(pg_temp.refused_by(format('insert into events.event_sources (organization_id, name, kind) values (%L, ''OCTO'', ''github'')', :acme)), 'nothing', 'a deleted one gives it back');
select is_empty($$select c.table_name, c.column_name from information_schema.columns c
                  where c.table_schema = 'events' and c.column_name ~ 'secret|token|password|authentication'$$, 'no table and no view has a secret');

-- Types and retention.
select is((select count(*) from events.event_types where source_kind in ('github', 'linear', 'slack', 'notion', 'ci', 'deployment', 'generic')
           group by () having count(distinct source_kind) = 7 and bool_and(description <> '')) > 50, true, 'the types of all kinds of sources are described');
select is(pg_temp.refused_by(format('insert into events.event_type_retentions (organization_id, source_kind, name, retention_days) values (%L, ''github'', %L, %s)', :acme, name, days)), refusal,
          format('retention of %s, %s: %s', name, days, refusal))
from (values
    ('push', '0', 'retention_is_a_day_or_more'), ('push', '1', 'nothing'), ('push', '36501', 'retention_is_a_day_or_more'), ('push', 'null', 'nothing'),
    ('*', '30', 'nothing'), ('made_up.type', '30', 'nothing'), ('Push', '30', 'name_is_a_type_or_all'), ('push.*', '30', 'name_is_a_type_or_all'), ('check_run', '30', 'event_type_retentions_pkey')
) as attempts (name, days, refusal);

-- Rollups.
select is(pg_temp.refused_by(format('update events.event_aggregations set source_id = null where organization_id = %L', :acme)), '23502', 'a rollup of no source, of which there could be two, is none');

-- Rejects.
select is(pg_temp.refused_by(format('update events.event_rejects set %s where organization_id = %L', change, :acme)), refusal, format('reject, %s: %s', change, refusal))
from (values
    ('headers = ''[]''', 'headers_is_object'),
    ('error_sqlstate = ''bad''', 'error_has_a_sqlstate'),
    ('event_id = gen_random_uuid()', 'event_resolves_it'),
    ('event_id = gen_random_uuid(), resolved_at = now()', 'nothing'),
    ('resolved_at = now()', 'nothing'),
    ('body = ''\x00ff''', 'nothing'),
    ('source_id = gen_random_uuid()', 'nothing')
) as changes (change, refusal);

-- Patterns.
select is(pg_temp.refused_by(format('update events.event_patterns set %s where organization_id = %L', change, :acme)), refusal, format('pattern, %s: %s', change, refusal))
from (values
    ('name = ''''', 'name_is_not_blank'),
    ('event_types = ''{}''', 'event_types_are_given'),
    ('event_types = ''{push,NULL}''', 'event_types_are_given'),
    ('events_min = null', 'only_a_burst_is_counted'),
    ('events_min = 1', 'a_burst_is_more_than_one'),
    ('events_min = 2', 'nothing'),
    ('kind = ''absence''', 'only_a_burst_is_counted'),
    ('kind = ''absence'', events_min = null', 'nothing'),
    ('kind = ''sequence'', events_min = null', 'several_types_are_compared'),
    ('kind = ''sequence'', events_min = null, event_types = ''{push,deployment}'', same = ''repository''', 'nothing'),
    ('kind = ''co_occurrence'', events_min = null', 'several_types_are_compared'),
    ('time_window = ''0''', 'time_window_is_bounded'),
    ('time_window = ''32 days''', 'time_window_is_bounded'),
    ('same = ''weather''', '22P02')
) as changes (change, refusal);
select is(pg_temp.refused_by(format('insert into events.event_patterns (organization_id, name, kind, event_types, time_window) values (%L, ''STORM'', ''absence'', ''{push}'', ''1 day'')', :acme)),
          'event_patterns_name_key', 'a name belongs to one pattern');
select is(pg_temp.refused_by(format('insert into events.event_pattern_occurrences (organization_id, pattern_id, started_at, ended_at, event_ids) select organization_id, pattern_id, started_at, ended_at, event_ids from events.event_pattern_occurrences where organization_id = %L', :acme)),
          'an_occurrence_is_found_once', 'an occurrence is found once');
select is(pg_temp.refused_by(format('update events.event_pattern_occurrences set %s where organization_id = %L', change, :acme)), refusal, format('occurrence, %s: %s', change, refusal))
from (values
    ('ended_at = started_at - interval ''1 second''', 'ended_after_started'),
    ('event_ids = array_fill(gen_random_uuid(), array[101])', 'evidence_is_bounded'),
    ('event_ids = array_fill(gen_random_uuid(), array[100])', 'nothing'),
    ('event_ids = ''{NULL}''', 'evidence_is_bounded'),
    ('event_ids = ''{}''', 'nothing')
) as changes (change, refusal);
delete from events.event_patterns where organization_id = :acme;
select is((select count(*) from events.event_pattern_occurrences where organization_id = :acme), 0::bigint, 'the occurrences go with their pattern');

-- Anomalies.
select is(pg_temp.refused_by(format('update events.event_anomalies set %s where organization_id = %L', change, :acme)), refusal, format('anomaly, %s: %s', change, refusal))
from (values
    ('event_type = ''''', 'event_type_is_not_blank'),
    ('period = ''1 week''', 'period_is_a_minute_hour_or_day'),
    ('expected_count = -1', 'counts_are_not_negative'),
    ('score = -8.5', 'score_has_the_sign_of_the_difference'),
    ('observed_count = 0, score = -8.5', 'nothing'),
    ('observed_count = 10, score = 0', 'score_has_the_sign_of_the_difference'),
    ('method = ''''', 'method_is_a_word'),
    ('resolution = ''expected''', 'resolved_has_a_resolution'),
    ('resolved_at = now()', 'resolved_has_a_resolution'),
    ('resolved_at = now(), resolution = ''expected''', 'nothing'),
    ('resolved_at = detected_at - interval ''1 second'', resolution = ''expected''', 'resolved_after_detected'),
    ('resolved_by = gen_random_uuid()', 'resolver_resolved_it'),
    ('resolved_by = gen_random_uuid(), resolved_at = now(), resolution = ''repaired''', 'nothing'),
    ('source_id = gen_random_uuid()', 'event_anomalies_source_fkey')
) as changes (change, refusal);
select is(pg_temp.refused_by(format('insert into events.event_anomalies (organization_id, source_id, period, period_start, observed_count, expected_count, score, method) select organization_id, source_id, period, period_start, 1, 2, -4, method from events.event_anomalies where organization_id = %L', :acme)),
          'an_anomaly_is_found_once', 'an anomaly is found once, also of all types together');
select is(pg_temp.refused_by(format('update events.event_anomalies set event_type = ''*'', period = ''1 hour'' where organization_id = %L', :acme)), 'nothing', 'which is no null');

select * from finish();
rollback;
