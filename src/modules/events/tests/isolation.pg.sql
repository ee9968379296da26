-- What each login role can do to each tenant table of events, in a transaction of one of two organizations: exactly this.
begin;
set local search_path = public;  -- names of tables are printed whole, because other roles read them
\ir ../../../migrate/sql/tests/as_role.psql
\ir two_tenants.psql
select plan(30);

-- What base.tenant_table was told to allow.
create temporary table allowed (relation regclass primary key, privileges text[]) on commit drop;
insert into allowed
values ('events.event_sources', '{select,insert,update}'), ('events.event_type_retentions', '{select,insert,update,delete}'),
       ('events.event_keys', '{select,insert}'), ('events.events', '{select,insert}'), ('events.event_rejects', '{select,insert,update}'),
       ('events.events_by_type', '{select}'), ('events.github_events', '{select}'), ('events.linear_events', '{select}'), ('events.slack_events', '{select}'), ('events.notion_events', '{select}'), ('events.notion_entities', '{select,update}'),
       ('events.deployment_events', '{select}'), ('events.event_processing_log', '{select}'), ('events.dead_letters', '{select}'), ('events.event_aggregations', '{select}'), ('events.event_participations', '{select}'),
       ('events.subscriptions', '{select,insert,update,delete}'), ('events.deliveries', '{select,insert,update}'), ('events.delivery_attempts', '{select,insert}'),
       ('events.event_patterns', '{select,insert,update,delete}'), ('events.event_pattern_occurrences', '{select,insert,update,delete}'),
       ('events.event_anomalies', '{select,insert,update,delete}'),
       ('base.audit_log', '{select}'), ('base.audit_chains', '{select}');
select set_eq($$select m.relation from base.managed_tables m join pg_class c on c.oid = m.relation
                where m.kind = 'tenant' and c.relnamespace in ('base'::regnamespace, 'events'::regnamespace)$$,
              'select relation from allowed', 'every tenant table is tried');

\ir ../../../migrate/sql/tests/isolation.psql

create function pg_temp.rows_of_umbrella(relation regclass) returns bigint language plpgsql as $$
declare
    found bigint;
begin
    execute format('select count(*) from %s where organization_id = ''b0000000-0000-7000-8000-000000000002''', relation) into found;
    return found;
end $$;
select is_empty('select relation from allowed where pg_temp.rows_of_umbrella(relation) = 0', 'and has a row of the other organization');

create temporary table login_roles on commit drop as
select rolname from pg_roles where rolname in ('task_user', 'projects_user', 'prompts_user', 'codebase_user', 'analytics_user', 'events_user', 'learning_user', 'workflows_user');
grant select on login_roles to public;
select is((select count(*) from login_roles), 8::bigint, 'there are eight login roles');
select is_empty(format('select * from pg_temp.surprises(%L)', rolname), format('%s can do what it may and nothing else', rolname)) from login_roles order by rolname;
select is_empty($$select p.oid::regprocedure, r.rolname from login_roles r, pg_proc p
                  where p.prosecdef and p.pronamespace = 'events'::regnamespace and r.rolname <> 'events_user'
                    and has_function_privilege(r.rolname, p.oid, 'execute')$$, 'only events_user may call what spans tenants');
select is(pg_temp.outcome('events_user', :acme, 'select from events.event_consumers'), '42501', 'nobody touches the cursors but the routines');
select is(pg_temp.outcome('events_user', :acme, 'select events.adopt_restored_log()'), '42501', 'nor may a login role shift the log');
select is(pg_temp.outcome('events_user', :acme, 'select * from events.event_types limit 1'), '1', 'what types there are is the same for all');
select is(pg_temp.outcome('events_user', :acme, 'update events.event_types set retention_days = 1'), '42501', 'and not a tenant''s to change');
select is(pg_temp.outcome('events_user', null, format('select from %s', relation)), '0', format('without an organization %s is empty', relation))
from unnest(array['events.events', 'events.recent_events', 'events.event_source_health', 'events.event_summary', 'events.subscription_performance', 'events.github_activity', 'base.audit_log']) as relation;
select is(pg_temp.outcome('analytics_readonly', null, 'select from events.events where organization_id in (''a0000000-0000-7000-8000-000000000001'', ''b0000000-0000-7000-8000-000000000002'')'),
          case when has_table_privilege('analytics_readonly', 'events.events', 'select') then '2' else '42501' end, 'the operator''s reader sees both, where it may read at all');

-- References into the other tenant: the key of the row is known, and of no use.
select is(pg_temp.outcome('events_user', :acme, format(statement, :acme, :umbrella_source, :umbrella_subscription, :umbrella_pattern, :umbrella_dead_letter)), refusal, what)
from (values
    ('a source that deduplicates with another tenant''s', 'insert into events.event_sources (organization_id, name, kind, deduplicates_with) values (%1$L, ''x'', ''github'', %2$L)', '23503'),
    ('a subscription to another tenant''s source',        'insert into events.subscriptions (organization_id, name, channel, source_id) values (%1$L, ''x'', ''stream'', %2$L)', '23503'),
    ('a delivery to another tenant''s subscriber',        'insert into events.deliveries (organization_id, subscription_id, event_id, event_received_at) values (%1$L, %3$L, base.uuid_v7(), now())', '23503'),
    ('an occurrence of another tenant''s pattern',        'insert into events.event_pattern_occurrences (organization_id, pattern_id, started_at, ended_at, event_ids) values (%1$L, %4$L, now(), now(), ''{}'')', '23503'),
    ('an event of another tenant''s source',              'select events.record_event(%2$L, ''x'', ''push'')', 'GS701')
) as attempts (what, statement, refusal);
select is(pg_temp.outcome('events_user', :acme, format('select events.retry_dead_letter(%L)', :umbrella_dead_letter)), 'GS704', 'another tenant''s dead letter cannot be retried');

select * from finish();
rollback;
