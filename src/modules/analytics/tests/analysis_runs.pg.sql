-- What an analysis run and its steps may look like, how a run goes from status to status, and what the summary makes of it.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir two_tenants.psql
\ir ../../../migrate/sql/tests/refused_by.psql
select plan(53);
set local app.organization_id = :acme;

-- Runs.
select is(pg_temp.refused_by(format('update analytics.analysis_runs set %s where id = %L', change, :acme_run)), refusal, format('run %s: %s', change, refusal))
from (values
    ('analysis_type = ''Step analysis''', 'analysis_type_is_a_word'),
    ('subject_kind = ''''', 'subject_is_named'),
    ('subject_id = '' ''', 'subject_is_named'),
    ('status = ''queued''', 'queued_has_not_begun'),
    ('status = ''queued'', started_at = null', 'nothing'),
    ('started_at = null', 'running_has_begun'),
    ('status = ''completed''', 'ended_says_when'),
    ('finished_at = now()', 'ended_says_when'),
    ('status = ''completed'', finished_at = now()', 'nothing'),
    ('status = ''completed'', finished_at = now(), started_at = null', 'running_has_begun'),
    ('status = ''cancelled'', finished_at = now(), started_at = null', 'nothing'),
    ('status = ''cancelled'', finished_at = now() - interval ''1 second''', 'ends_after_start'),
    ('started_at = queued_at - interval ''1 second''', 'starts_after_queueing'),
    ('status = ''failed'', finished_at = now()', 'failed_says_why'),
    ('status = ''failed'', finished_at = now(), error_code = ''timeout''', 'failed_says_why'),
    ('status = ''failed'', finished_at = now(), error_code = ''timeout'', error_message = ''Took too long.''', 'nothing'),
    ('status = ''timed_out'', finished_at = now(), error_message = ''Took too long.''', 'nothing'),
    ('error_message = ''x''', 'only_a_bad_end_has_an_error'),
    ('status = ''failed'', finished_at = now(), error_code = ''a b'', error_message = ''x''', 'error_code_is_a_word'),
    ('result = ''[]''', 'documents_are_objects'),
    ('configuration = ''1''', 'documents_are_objects')
) as changes (change, refusal);
select is(pg_temp.refused_by(format('insert into analytics.analysis_runs (organization_id, id, analysis_type, subject_kind, subject_id) values (%L, %L, ''trend'', ''metric'', ''m'')', organization, :acme_run)), refusal, what)
from (values (:acme::uuid, 'analysis_runs_pkey', 'an id is used once'), (:umbrella, 'nothing', 'in an organization')) as v (organization, refusal, what);

-- Steps.
select is(pg_temp.refused_by(format('update analytics.analysis_steps set %s where organization_id = %L', change, :acme)), refusal, format('step %s: %s', change, refusal))
from (values
    ('position = 0', 'position_is_positive'),
    ('name = '' ''', 'name_is_not_blank'),
    ('duration_ms = -0.001', 'duration_is_not_negative'),
    ('duration_ms = ''NaN''', 'duration_is_not_negative'),
    ('duration_ms = 0, cpu_ms = 0, memory_peak_bytes = 0', 'nothing'),
    ('cpu_ms = ''Infinity''', 'cost_is_not_negative'),
    ('memory_peak_bytes = -1', 'cost_is_not_negative'),
    ('outcome = ''failed''', 'failed_says_why'),
    ('outcome = ''failed'', error_message = ''x''', 'nothing'),
    ('error_message = ''x''', 'failed_says_why'),
    ('output = ''[]''', 'output_is_object')
) as changes (change, refusal);
select is(pg_temp.refused_by(format('insert into analytics.analysis_steps (organization_id, analysis_run_id, position, name, outcome, started_at, duration_ms) values (%L, %L, 1, ''again'', ''succeeded'', now(), 1)', :acme, :acme_run)),
          'analysis_steps_position_key', 'a run has one step in a place');
select is(pg_temp.outcome('analytics_user', :acme, format('%s analytics.analysis_steps', statement)), '42501', format('a step that has ended stays: no %s', statement))
from unnest(array['update analytics.analysis_steps set duration_ms = 1 --', 'delete from']) as statement;

-- From status to status.
insert into analytics.analysis_runs (organization_id, id, analysis_type, subject_kind, subject_id)
values (:acme, 'a1000000-0000-7000-8000-00000000000a', 'trend', 'metric', 'm1'), (:acme, 'a1000000-0000-7000-8000-00000000000b', 'anomaly', 'metric', 'm1'),
       (:acme, 'a1000000-0000-7000-8000-00000000000c', 'trend', 'metric', 'm2');
select is(pg_temp.answer('analytics_user', :acme, 'select analytics.claim_analysis_run(''{anomaly}'')'), 'a1000000-0000-7000-8000-00000000000b', 'a run of a wanted type is claimed');
select is(pg_temp.answer('analytics_user', :acme, 'select analytics.claim_analysis_run()'), 'a1000000-0000-7000-8000-00000000000a', 'or the oldest one');
select is(pg_temp.answer('analytics_user', :umbrella, 'select analytics.claim_analysis_run()'), null, 'but none of another organization');
select results_eq($$select status, started_at from analytics.analysis_runs where id = 'a1000000-0000-7000-8000-00000000000a'$$, $$values ('running'::analytics.run_status, now())$$, 'it runs then');
create function pg_temp.finish(run text, rest text) returns text language plpgsql as $$
begin
    return pg_temp.answer('analytics_user', 'a0000000-0000-7000-8000-000000000001', format('select analytics.finish_analysis_run(''a1000000-0000-7000-8000-00000000000%s'', %s)', run, rest));
end $$;
select is(pg_temp.finish('c', '''completed'''), 'GS601', 'what has not begun cannot be completed');
select is(pg_temp.finish('a', '''queued'''), 'GS601', 'no run goes back to the queue');
select is(pg_temp.finish('a', '''failed'''), '23514', 'a failure needs its reason');
select is(pg_temp.finish('a', '''completed'', ''{"slope": 2}'''), '', 'a running run is completed');
select is(pg_temp.finish('a', '''failed'', ''{}'', ''e'', ''too late'''), 'GS601', 'once');
select is(pg_temp.finish('b', '''failed'', ''{}'', ''timeout'', ''Took too long.'''), '', 'or fails');
select is(pg_temp.finish('c', '''cancelled'''), '', 'and one that waits is cancelled');
select is(pg_temp.finish('d', '''cancelled'''), 'GS601', 'what does not exist has no end');
select is(pg_temp.answer('analytics_user', :acme, 'select analytics.claim_analysis_run()'), null, 'nothing waits any more');
select results_eq($$select status::text, result, error_code, finished_at from analytics.analysis_runs where organization_id = 'a0000000-0000-7000-8000-000000000001' order by id$$,
                  $$values ('running', '{}'::jsonb, null, null::timestamptz), ('completed', '{"slope": 2}', null, now()), ('failed', '{}', 'timeout', now()), ('cancelled', '{}', null, now())$$, 'each says how it ended');
select is(pg_temp.outcome('analytics_user', :acme, 'update analytics.analysis_runs set status = ''running'', finished_at = null'), '42501', 'a run changes by these routines only');

-- The summary of a run with 4 steps and 6 metrics of 2 series, of which an earlier design made 24.
insert into analytics.analysis_steps (organization_id, analysis_run_id, position, name, outcome, started_at, duration_ms, error_message)
values (:acme, :acme_run, 2, 'compute', 'failed', now(), 500, 'no memory'), (:acme, :acme_run, 3, 'compute', 'succeeded', now(), 400, null), (:acme, :acme_run, 4, 'store', 'skipped', now(), 0, null);
select pg_temp.answer('analytics_user', :acme, format('select analytics.record_metrics(array_fill(%L::uuid, array[3]) || array_fill(analytics.series_of(''prompts.latency''), array[2]), array(select now() - n * interval ''1 second'' from generate_series(1, 5) n), array_fill(1::double precision, array[5]), %L)', :acme_series, :acme_run));
select results_eq(format('select steps, steps_failed, steps_duration_ms, slowest_step, slowest_step_ms, metrics, series from analytics.analysis_run_summary where analysis_run_id = %L', :acme_run),
                  $$values (4::bigint, 1::bigint, 910::double precision, 'compute', 500::double precision, 6::bigint, 2::bigint)$$, 'analysis_run_summary counts each thing once');

select * from finish();
rollback;
