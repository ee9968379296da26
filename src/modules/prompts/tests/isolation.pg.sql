-- What each login role can do to each tenant table of prompts_db, in a transaction of one of two organizations: exactly this.
begin;
set local search_path = public;  -- names of tables are printed whole, because other roles read them
\ir ../../../migrate/sql/tests/as_role.psql
\ir two_tenants.psql
select plan(42);

-- What base.tenant_table was told to allow.
create temporary table allowed (relation regclass primary key, privileges text[]) on commit drop;
insert into allowed
values ('prompts.prompt_templates', '{select,insert,update}'), ('prompts.template_versions', '{select,insert}'),
       ('prompts.template_fallbacks', '{select}'), ('prompts.prompt_enhancements', '{select,insert}'),
       ('prompts.context_sources', '{select,insert,update,delete}'), ('prompts.template_context_sources', '{select,insert,update,delete}'),
       ('prompts.context_data', '{select,insert,update,delete}'),
       ('prompts.collections', '{select,insert,update,delete}'), ('prompts.collection_items', '{select,insert,update,delete}'),
       ('prompts.ab_experiments', '{select,insert,update,delete}'), ('prompts.variants', '{select,insert,update,delete}'),
       ('prompts.experiment_metrics', '{select,insert,update,delete}'),
       ('prompts.executions', '{select,insert}'), ('prompts.execution_enhancements', '{select,insert}'), ('prompts.execution_contexts', '{select,insert}'),
       ('prompts.assignments', '{select,insert}'), ('prompts.outcomes', '{select,insert}'), ('prompts.experiment_analyses', '{select,insert}'),
       ('prompts.feedback', '{select,insert,update,delete}'),
       ('base.audit_log', '{select}'), ('base.audit_chains', '{select}');
select set_eq($$select m.relation from base.managed_tables m join pg_class c on c.oid = m.relation
                where m.kind = 'tenant' and c.relnamespace in ('base'::regnamespace, 'prompts'::regnamespace)$$,
              'select relation from allowed', 'every tenant table is tried');

\ir ../../../migrate/sql/tests/isolation.psql

create temporary table login_roles on commit drop as
select rolname from pg_roles where rolname in ('task_user', 'projects_user', 'prompts_user', 'codebase_user', 'analytics_user', 'events_user', 'learning_user', 'workflows_user');
grant select on login_roles to public;
select is((select count(*) from login_roles), 8::bigint, 'there are eight login roles');
select is_empty(format('select * from pg_temp.surprises(%L)', rolname), format('%s can do what it may and nothing else', rolname)) from login_roles order by rolname;
select is_empty($$select p.oid::regprocedure, r.rolname from login_roles r, pg_proc p
                  where p.prosecdef and p.pronamespace = 'prompts'::regnamespace and r.rolname <> 'prompts_user'
                    and has_function_privilege(r.rolname, p.oid, 'execute')$$, 'only prompts_user may call what has the owner''s rights');
select is(pg_temp.outcome('prompts_user', null, format('select from %s', relation)), '0', format('without an organization %s is empty', relation))
from unnest(array['prompts.prompt_templates', 'prompts.executions', 'prompts.outcomes', 'base.audit_log',
                  'prompts.template_performance', 'prompts.enhancement_performance', 'prompts.experiment_progress', 'prompts.context_source_usage', 'prompts.execution_analytics']) as relation;
select is(pg_temp.answer('prompts_user', :acme, format('select string_agg(distinct organization_id::text, '','') from prompts.%s', view)), :acme, format('%s shows its reader''s tenant', view))
from unnest(array['template_performance', 'enhancement_performance', 'experiment_progress', 'context_source_usage', 'execution_analytics']) as view;

-- References into the other tenant: the key of the row is known, and of no use.
select is(pg_temp.outcome('prompts_user', :acme, format(statement, :acme, :acme_template, :umbrella_template, :acme_execution, :umbrella_execution, :umbrella_enhancement,
                                                        :umbrella_source, :umbrella_collection, :acme_experiment, :umbrella_control, :acme_metric)), '23503', what)
from (values
    ('a version of another tenant''s template',        'insert into prompts.template_versions (organization_id, template_id, version, content) values (%1$L, %3$L, 9, ''x'')'),
    ('another tenant''s source for a template',        'insert into prompts.template_context_sources (organization_id, template_id, context_source_id, position, variable, tokens_max) values (%1$L, %2$L, %7$L, 1, ''x'', 1)'),
    ('what another tenant''s source answered',         'insert into prompts.context_data (organization_id, context_source_id, cache_key, content, content_sha256) values (%1$L, %7$L, ''x'', ''x'', sha256(''x''))'),
    ('an item in another tenant''s collection',        'insert into prompts.collection_items (organization_id, collection_id, position, template_id) values (%1$L, %8$L, 1, %2$L)'),
    ('an execution of another tenant''s template',     'insert into prompts.executions (organization_id, template_id, template_version, prompt) values (%1$L, %3$L, 1, ''x'')'),
    ('another tenant''s enhancement in an execution',  'insert into prompts.execution_enhancements (organization_id, execution_id, position, enhancement_id) values (%1$L, %4$L, 2, %6$L)'),
    ('another tenant''s variant for a subject',        'insert into prompts.assignments (organization_id, experiment_id, subject, variant_id, probability) values (%1$L, %9$L, ''x'', %10$L, 1)'),
    ('feedback on another tenant''s execution',        'insert into prompts.feedback (organization_id, execution_id, source, judge, score) values (%1$L, %5$L, ''judge'', ''x'', 1)')
) as attempts (what, statement);

-- Routines with the owner's rights see all tenants; they must not act for them.
select is(pg_temp.outcome('prompts_user', :acme, format('select prompts.set_fallback_template(%L, null)', :umbrella_template)), 'GS403', 'a fallback of another tenant''s template is not set');
select is(pg_temp.outcome('prompts_user', :acme, format('select prompts.set_fallback_template(%L, %L)', :acme_template, :umbrella_template)), 'GS403', 'nor is another tenant''s template a fallback');
select is(pg_temp.outcome('prompts_user', :acme, format('select prompts.retire_enhancement(%L)', :umbrella_enhancement)), 'GS405', 'another tenant''s enhancement is not retired');
select is(pg_temp.outcome('prompts_user', :acme, format('select prompts.finish_execution(%L, ''cancelled'')', :umbrella_execution)), 'GS406', 'another tenant''s execution is not ended');
select is(pg_temp.outcome('prompts_user', null, format('select prompts.set_fallback_template(%L, null)', :acme_template)), 'GS001', 'without an organization nothing is set');
select is(pg_temp.outcome('prompts_user', null, format('select prompts.retire_enhancement(%L)', :acme_enhancement)), 'GS001', 'nothing retired');
select is(pg_temp.outcome('prompts_user', null, format('select prompts.finish_execution(%L, ''cancelled'')', :acme_execution)), 'GS001', 'nothing ended');

-- COPY, which is no statement that a function could run.
set local role prompts_user;
set local app.organization_id = :acme;
\copy prompts.executions to '/dev/null'
\set copied :ROW_COUNT
savepoint before_copy;
\set ON_ERROR_STOP off
\copy prompts.collections (organization_id, name) from '/dev/null'
\set ON_ERROR_STOP on
\set refused :LAST_ERROR_SQLSTATE
rollback to before_copy;
reset role;
select is(:copied, 1, 'copy to gives a tenant its own rows');
select is(:'refused'::text, '0A000', 'copy from, which knows no policy, is refused');

select * from finish();
rollback;
