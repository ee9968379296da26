-- What each login role can do to each tenant table of schema workflows, in a transaction of one of two organizations: exactly this.
begin;
set local search_path = public;  -- names of tables are printed whole, because other roles read them
\ir ../../../migrate/sql/tests/as_role.psql
\ir two_tenants.psql
select plan(57);

-- What base.tenant_table was told to allow.
create temporary table allowed (relation regclass primary key, privileges text[]) on commit drop;
insert into allowed
values ('workflows.workflow_templates', '{select}'), ('workflows.template_versions', '{select}'), ('workflows.template_stages', '{select}'),
       ('workflows.workflow_executions', '{select}'), ('workflows.workflow_stage_executions', '{select}'),
       ('workflows.workflow_steps', '{select,insert}'), ('workflows.workflow_events_awaited', '{select,insert,update}'),
       ('workflows.codegen_operations', '{select,insert,update}'), ('workflows.linear_operations', '{select,insert,update}'),
       ('workflows.github_operations', '{select,insert,update}'), ('workflows.workflow_validations', '{select,insert,update}'),
       ('workflows.quality_gates', '{select,insert,update,delete}'), ('workflows.workflow_transitions', '{select}'),
       ('workflows.workflow_metrics', '{select,insert}'), ('workflows.merge_queue_entries', '{select}'),
       ('base.audit_log', '{select}'), ('base.audit_chains', '{select}');
select set_eq($$select m.relation from base.managed_tables m join pg_class c on c.oid = m.relation
                where m.kind = 'tenant' and c.relnamespace in ('base'::regnamespace, 'workflows'::regnamespace)$$,
              'select relation from allowed', 'every tenant table is tried');
select is((select count(*) from base.managed_tables m join pg_class c on c.oid = m.relation
           where m.kind <> 'tenant' and c.relnamespace = 'workflows'::regnamespace), 0::bigint, 'and there is no other table');

\ir ../../../migrate/sql/tests/isolation.psql

create temporary table login_roles on commit drop as
select rolname from pg_roles where rolname in ('task_user', 'projects_user', 'prompts_user', 'codebase_user', 'analytics_user', 'events_user', 'learning_user', 'workflows_user');
grant select on login_roles to public;
select is((select count(*) from login_roles), 8::bigint, 'there are eight login roles');
select is_empty(format('select * from pg_temp.surprises(%L)', rolname), format('%s can do what it may and nothing else', rolname)) from login_roles order by rolname;
select is_empty($$select p.oid::regprocedure, r.rolname from login_roles r, pg_proc p
                  where p.prosecdef and p.pronamespace = 'workflows'::regnamespace and r.rolname <> 'workflows_user'
                    and has_function_privilege(r.rolname, p.oid, 'execute')$$, 'only workflows_user may call what runs as the owner');
select is(pg_temp.outcome('task_user', :acme, format('select workflows.cancel_execution(%L, ''x'')', :acme_execution)), '42501', 'another module''s login role is refused');

-- Views show the reader's tenant, and nobody else reads them.
select is(pg_temp.outcome('workflows_user', :acme, format('select from %s where organization_id <> %L', v.oid::regclass, :acme)), '0', format('%s shows the tenant''s rows only', v.relname))
from pg_class v where v.relkind = 'v' and v.relnamespace = 'workflows'::regnamespace order by v.relname;
select is(pg_temp.outcome('task_user', :acme, format('select from %s', v.oid::regclass)), '42501', format('%s is not for others', v.relname))
from pg_class v where v.relkind = 'v' and v.relnamespace = 'workflows'::regnamespace order by v.relname;
select is(pg_temp.outcome('workflows_user', null, format('select from %s', relation)), '0', format('without an organization %s is empty', relation))
from unnest(array['workflows.workflow_executions', 'workflows.workflow_metrics', 'workflows.operations', 'workflows.active_workflows_dashboard']) as relation;

-- References into the other tenant: the key of the row is known, and of no use.
select is(pg_temp.outcome('workflows_user', :acme, format(statement, :acme, :acme_execution, :umbrella_execution, :umbrella_stage, :acme_stage, :umbrella_operation)), '23503', what)
from (values
    ('a step of another tenant''s run',       'insert into workflows.workflow_steps (organization_id, execution_id, step_key, input_hash, started_at) values (%1$L, %3$L, ''x'', sha256(''x''), now())'),
    ('a wait in another tenant''s stage',     'update workflows.workflow_events_awaited set stage_execution_id = %4$L'),
    ('a wait of another tenant''s run',       'insert into workflows.workflow_events_awaited (organization_id, execution_id, stage_execution_id, step_key, kind, deadline_at) values (%1$L, %3$L, %4$L, ''x'', ''time'', now())'),
    ('an agent called for another tenant',    'update workflows.codegen_operations set execution_id = %3$L, stage_execution_id = null'),
    ('an issue tracker called for it',        'update workflows.linear_operations set stage_execution_id = %4$L'),
    ('a code host called for it',             'update workflows.github_operations set execution_id = %3$L, stage_execution_id = null'),
    ('a validation of another tenant''s stage', 'update workflows.workflow_validations set stage_execution_id = %4$L'),
    ('a validation of another tenant''s work', 'update workflows.workflow_validations set codegen_operation_id = %6$L'),
    ('a metric of another tenant''s run',     'insert into workflows.workflow_metrics (organization_id, execution_id, metric_name, value, unit) values (%1$L, %3$L, ''x'', 1, ''count'')')
) as attempts (what, statement);

-- Routines that run as the owner see every tenant, and touch the transaction's own.
select is(pg_temp.outcome('workflows_user', :acme, format(statement, :umbrella_execution, :umbrella_template)), code, statement)
from (values
    ('select workflows.pause_execution(%1$L, ''x'')', 'GS901'),
    ('select workflows.cancel_execution(%1$L, ''x'')', 'GS901'),
    ('select workflows.start_execution(base.uuid_v7(), base.uuid_v7(), ''x'', %2$L)', 'GS902'),
    ('select workflows.archive_template(%2$L)', 'GS902'),
    ('select workflows.move_merge((select id from workflows.merge_queue_entries), ''cancelled'', reason => ''x'')', '1'),
    ('select workflows.install_default_template(''b0000000-0000-7000-8000-000000000002'')', 'GS917')
) as attempts (statement, code);
select is(pg_temp.outcome('workflows_user', null, format('select workflows.pause_execution(%L, ''x'')', :acme_execution)), 'GS001', 'and nothing without an organization');

-- COPY, which is no statement that a function could run.
set local role workflows_user;
set local app.organization_id = :acme;
\copy workflows.workflow_executions to '/dev/null'
\set copied :ROW_COUNT
savepoint before_copy;
\set ON_ERROR_STOP off
\copy workflows.quality_gates (organization_id, metric, comparison, threshold, unit) from '/dev/null'
\set ON_ERROR_STOP on
\set refused :LAST_ERROR_SQLSTATE
rollback to before_copy;
reset role;
select is(:copied, 1, 'copy to gives a tenant its own rows');
select is(:'refused'::text, '0A000', 'copy from, which knows no policy, is refused');

select * from finish();
rollback;
