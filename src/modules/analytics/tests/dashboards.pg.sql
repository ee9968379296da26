-- Dashboards and their one history; the logs of how long things take, and what is made of them.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir two_tenants.psql
\ir ../../../migrate/sql/tests/refused_by.psql
select plan(47);
set local app.organization_id = :acme;

select is(pg_temp.refused_by(format('update analytics.dashboards set %s where id = %L', change, :acme_dashboard)), refusal, format('dashboard %s: %s', change, refusal))
from (values
    ('name = '' ''', 'name_is_not_blank'),
    ('slug = ''Prompts''', 'slug_is_lowercase_words_with_hyphens'),
    ('refresh_seconds = 0', 'refreshes_within_reason'),
    ('refresh_seconds = 1', 'nothing'),
    ('refresh_seconds = 86401', 'refreshes_within_reason')
) as changes (change, refusal);
select is(pg_temp.refused_by(format('insert into analytics.dashboards (organization_id, name, slug) values (%L, ''Other'', ''prompts'')', :acme)), 'dashboards_slug_key', 'a slug belongs to one dashboard of the organization');
update analytics.dashboards set deleted_at = now() where organization_id = :acme;
select is(pg_temp.refused_by(format('insert into analytics.dashboards (organization_id, name, slug) values (%L, ''Other'', ''prompts'')', :acme)), 'nothing', 'a deleted dashboard gives it back');
select is_empty(format('select from analytics.current_dashboards where organization_id = %L', :acme), 'and is not shown');
select is(pg_temp.answer('analytics_user', :acme, format('select analytics.save_dashboard(%L, ''{"panels": []}'', 1)', :acme_dashboard)), 'GS604', 'or saved');
update analytics.dashboards set deleted_at = null where organization_id = :acme;
select is(pg_temp.refused_by(format('insert into analytics.dashboard_versions (organization_id, dashboard_id, version, layout) values (%L, %L, %s, %L)', :acme, :acme_dashboard, version, layout)), refusal, format('version %s with layout %s: %s', version, layout, refusal))
from (values
    (0, '{"panels": []}', 'version_is_positive'), (1, '{"panels": []}', 'dashboard_versions_pkey'), (2, '{"panels": []}', 'nothing'),
    (2, '[]', 'layout_lists_panels'), (2, '{}', 'layout_lists_panels'), (2, '{"panels": {}}', 'layout_lists_panels'), (2, '{"panels": null}', 'layout_lists_panels')
) as attempts (version, layout, refusal);
create function pg_temp.save(based_on integer, note text) returns text language plpgsql as $$
begin
    return pg_temp.answer('analytics_user', 'a0000000-0000-7000-8000-000000000001',
        format('select analytics.save_dashboard(''a4000000-0000-7000-8000-000000000001'', jsonb_build_object(''panels'', jsonb_build_array(%2$L)), %1$s, %2$L)', based_on, note));
end $$;
select is(pg_temp.save(1, 'second'), '2', 'a layout is saved as the next version');
select is(pg_temp.save(1, 'other'), 'GS604', 'one made from an older version is not');
select is(pg_temp.save(3, 'future'), 'GS604', 'nor one that skips a version');
select is(pg_temp.save(2, 'third'), '3', 'saved again it is the next one');
select results_eq(format('select version, layout, name from analytics.current_dashboards where organization_id = %L', :acme), $$values (3, '{"panels": ["third"]}'::jsonb, 'Prompts')$$, 'the newest is shown, once');
select results_eq(format('select version, change_note from analytics.dashboard_versions where dashboard_id = %L order by 1', :acme_dashboard), $$values (1, ''), (2, 'second'), (3, 'third')$$, 'the others are kept');
insert into analytics.dashboards (organization_id, name, slug) values (:acme, 'Empty', 'empty');
select results_eq(format('select version, layout from analytics.current_dashboards where organization_id = %L and slug = ''empty''', :acme), $$values (null::integer, null::jsonb)$$, 'a dashboard that was never saved shows nothing');
select is(pg_temp.outcome('analytics_owner', :acme, statement), '42501', format('not even the owner may: %s', statement))
from unnest(array['update analytics.dashboard_versions set version = 9', 'delete from analytics.dashboard_versions', 'truncate analytics.dashboard_versions']) as statement;

-- Operations one by one.
select is(pg_temp.refused_by(format('update analytics.performance_data set %s where organization_id = %L', change, :acme)), refusal, format('operation %s: %s', change, refusal))
from (values
    ('operation = ''Index''', 'operation_is_dotted_words'),
    ('duration_ms = -1', 'duration_is_not_negative'),
    ('duration_ms = ''NaN''', 'duration_is_not_negative'),
    ('duration_ms = 0', 'nothing'),
    ('cpu_ms = ''NaN''', 'cost_is_not_negative'),
    ('memory_peak_bytes = -1', 'cost_is_not_negative'),
    ('item_count = -1', 'item_count_is_not_negative')
) as changes (change, refusal);

-- Statements summed up.
select is(pg_temp.refused_by(format('update analytics.query_performance_log set %s where organization_id = %L', change, :acme)), refusal, format('statement %s: %s', change, refusal))
from (values
    ('statement = ''select 1''', 'statement_is_dotted_words'),
    ('calls = 0', 'calls_are_counted'),
    ('errors = 11', 'calls_are_counted'),
    ('errors = 10', 'nothing'),
    ('row_count = -1', 'calls_are_counted'),
    ('max_ms = 51', 'longest_is_part_of_the_total'),
    ('max_ms = 50', 'nothing'),
    ('total_ms = ''Infinity''', 'longest_is_part_of_the_total'),
    ('total_ms = ''NaN''', 'longest_is_part_of_the_total')
) as changes (change, refusal);
insert into analytics.query_performance_log (organization_id, measured_at, statement, calls, total_ms, max_ms, row_count)
values (:acme, now() - interval '59 minutes', 'tasks.list_tasks', 90, 950, 70, 0), (:acme, now() - interval '61 minutes', 'tasks.list_tasks', 1000, 99999, 99999, 0);
create function pg_temp.shown(organization uuid) returns text language plpgsql as $$
begin
    return pg_temp.answer('analytics_user', organization, 'select performance_dashboard::text from performance_dashboard');
end $$;
select columns_are('analytics', 'performance_dashboard', array['metric_type', 'avg_duration', 'max_duration', 'query_count']);
select is(pg_temp.shown(:acme), '(query_performance,10,70,100)', 'performance_dashboard has the last hour, by call');
select is(pg_temp.shown(:umbrella), '(query_performance,20,90,30)', 'of the reader''s organization');
select is(pg_temp.shown('c0000000-0000-7000-8000-000000000003'), '(query_performance,,,0)', 'and says so when there is nothing');
select is(pg_temp.answer('analytics_readonly', null, 'select performance_dashboard::text from analytics.performance_dashboard'), '(query_performance,12.307692307692308,90,130)', 'the operator''s reader sees all');

select * from finish();
rollback;
