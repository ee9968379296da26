-- What each login role can do to each tenant table of analytics_db, in a transaction of one of two organizations: exactly this.
begin;
set local search_path = public;  -- names of tables are printed whole, because other roles read them
\ir ../../../migrate/sql/tests/as_role.psql
\ir two_tenants.psql
select plan(38);

-- What base.tenant_table was told to allow.
create temporary table allowed (relation regclass primary key, privileges text[]) on commit drop;
insert into allowed
values ('analytics.analysis_runs', '{select,insert}'), ('analytics.analysis_steps', '{select,insert}'),
       ('analytics.metric_definitions', '{select,insert}'), ('analytics.metric_series', '{select}'), ('analytics.metrics', '{select}'),
       ('analytics.metric_aggregations', '{select}'), ('analytics.stale_buckets', '{select}'),
       ('analytics.trends', '{select,insert,update,delete}'),
       ('analytics.performance_data', '{select,insert}'), ('analytics.query_performance_log', '{select,insert}'),
       ('analytics.dashboards', '{select,insert,update}'), ('analytics.dashboard_versions', '{select,insert}'),
       ('analytics.alert_rules', '{select,insert,update,delete}'), ('analytics.alert_instances', '{select}'),
       ('analytics.alert_notifications', '{select,update}'),
       ('base.audit_log', '{select}'), ('base.audit_chains', '{select}');
select set_eq($$select m.relation from base.managed_tables m join pg_class c on c.oid = m.relation
                where m.kind = 'tenant' and c.relnamespace in ('base'::regnamespace, 'analytics'::regnamespace)$$,
              'select relation from allowed', 'every tenant table is tried');

\ir ../../../migrate/sql/tests/isolation.psql

create temporary table login_roles on commit drop as
select rolname from pg_roles where rolname in ('task_user', 'projects_user', 'prompts_user', 'codebase_user', 'analytics_user', 'events_user', 'learning_user', 'workflows_user');
grant select on login_roles to public;
select is((select count(*) from login_roles), 8::bigint, 'there are eight login roles');
select is_empty(format('select * from pg_temp.surprises(%L)', rolname), format('%s can do what it may and nothing else', rolname)) from login_roles order by rolname;
select is((select count(*) from login_roles r join pg_roles p using (rolname) where p.rolsuper or p.rolbypassrls or p.rolcreaterole or p.rolcreatedb), 0::bigint, 'no login role has more than login');
select is((select count(*) from login_roles r, pg_roles o where base.is_owner_role(o.oid) and pg_has_role(r.rolname, o.oid, 'member')), 0::bigint, 'none is a member of an owner role');
select is_empty($$select p.oid::regprocedure, r.rolname from login_roles r, pg_proc p
                  where p.prosecdef and p.pronamespace = 'analytics'::regnamespace and r.rolname <> 'analytics_user'
                    and has_function_privilege(r.rolname, p.oid, 'execute')$$, 'only analytics_user may call what spans tenants or guards a table');
select is(pg_temp.outcome('analytics_user', null, format('select from %s', relation)), '0', format('without an organization %s is empty', relation))
from unnest(array['analytics.metrics', 'analytics.alert_instances', 'analytics.metric_values', 'analytics.metric_overview', 'analytics.open_alerts', 'analytics.dora_metrics', 'base.audit_log']) as relation;
select is(pg_temp.answer('analytics_user', null, 'select query_count::text from analytics.performance_dashboard'), '0', 'and a view that always answers says nothing');
select is(pg_temp.outcome('analytics_user', null, statement), 'GS001', format('%s needs an organization', statement))
from unnest(array['select analytics.record_metric(''prompts.latency'', 1)', 'select analytics.claim_analysis_run()', 'select analytics.define_delivery_metrics()',
                  'select analytics.save_dashboard(base.uuid_v7(), ''{"panels": []}'', 0)']) as statement;
select is(pg_temp.outcome('analytics_user', :acme, 'update analytics.metric_definitions set ' || change), outcome, format('metric definitions: %s', change))
from (values ('kind = ''gauge''', '42501'), ('unit = ''s''', '42501'), ('description = ''Better said.'', direction = ''neither''', '1')) as changes (change, outcome);

-- References into the other tenant: the key of the row is known, and of no use.
select is(pg_temp.outcome('analytics_user', :acme, format(statement, :acme, :umbrella_run, :umbrella_metric, :umbrella_series, :umbrella_dashboard)), refusal, what)
from (values
    ('a step of another tenant''s run',         'insert into analytics.analysis_steps (organization_id, analysis_run_id, position, name, outcome, started_at, duration_ms) values (%1$L, %2$L, 2, ''x'', ''succeeded'', now(), 1)', '23503'),
    ('a value of another tenant''s series',     'select analytics.record_metrics(array[%4$L]::uuid[], array[now()], array[1]::double precision[])', '23503'),
    ('a value of another tenant''s run',        'select analytics.record_metrics(array(select id from analytics.metric_series limit 1), array[now()], array[1]::double precision[], %2$L)', '23503'),
    ('a trend of another tenant''s series',     'update analytics.trends set series_id = %4$L', '23503'),
    ('a rule over another tenant''s metric',    'update analytics.alert_rules set metric_id = %3$L', '23503'),
    ('a layout of another tenant''s dashboard', 'insert into analytics.dashboard_versions (organization_id, dashboard_id, version, layout) values (%1$L, %5$L, 2, ''{"panels": []}'')', '23503'),
    ('the same by its routine',                 'select analytics.save_dashboard(%5$L, ''{"panels": []}'', 1)', 'GS604'),
    ('the end of another tenant''s run',        'select analytics.finish_analysis_run(%2$L, ''completed'')', 'GS601')
) as attempts (what, statement, refusal);

-- COPY, which is no statement that a function could run.
set local role analytics_user;
set local app.organization_id = :acme;
\copy analytics.alert_rules to '/dev/null'
\set copied :ROW_COUNT
savepoint before_copy;
\set ON_ERROR_STOP off
\copy analytics.dashboards (organization_id, name, slug) from '/dev/null'
\set ON_ERROR_STOP on
\set refused :LAST_ERROR_SQLSTATE
rollback to before_copy;
reset role;
select is(:copied, 1, 'copy to gives a tenant its own rows');
select is(:'refused'::text, '0A000', 'copy from, which knows no policy, is refused');

select * from finish();
rollback;
