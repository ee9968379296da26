-- What each login role can do to each tenant table of learning and openevolve, in a transaction of one of two organizations: exactly this.
begin;
set local search_path = public;  -- names of tables are printed whole, because other roles read them
\ir ../../../migrate/sql/tests/as_role.psql
\ir two_tenants.psql
select plan(36);

-- What base.tenant_table was told to allow for whole rows. Privileges on some columns are tried one by one below.
create temporary table allowed (relation regclass primary key, privileges text[]) on commit drop;
insert into allowed
select relation, '{select,insert,update,delete}'
from unnest('{learning.learning_models,learning.error_groups,learning.error_fingerprints,learning.root_causes,learning.patterns,learning.pattern_occurrences,learning.pattern_applications,learning.healing_strategies,learning.healing_applications,learning.improvement_cycles,learning.improvement_goals,learning.feedback,learning.adaptations,openevolve.programs,openevolve.artifact_files,openevolve.islands,openevolve.island_members,openevolve.archive_members,openevolve.feature_map_cells,openevolve.migrations,openevolve.evaluations,openevolve.context_analysis}'::regclass[]) as relation;
insert into allowed
values ('learning.training_metrics', '{select,insert}'), ('learning.model_measurements', '{select,insert}'), ('learning.error_reports', '{select,insert}'),
       ('openevolve.trace', '{select,insert}'),
       ('learning.training_sessions', '{select,insert,delete}'), ('openevolve.evolution_sessions', '{select,insert,delete}'),
       ('learning.model_versions', '{select,delete}'), ('learning.model_promotions', '{select}');
select set_eq($$select m.relation from base.managed_tables m join pg_class c on c.oid = m.relation
                where m.kind = 'tenant' and c.relnamespace in ('learning'::regnamespace, 'openevolve'::regnamespace)$$,
              'select relation from allowed', 'every tenant table is tried');

\ir ../../../migrate/sql/tests/isolation.psql

create temporary table login_roles on commit drop as
select rolname from pg_roles where rolname in ('task_user', 'projects_user', 'prompts_user', 'codebase_user', 'analytics_user', 'events_user', 'learning_user', 'workflows_user');
grant select on login_roles to public;
select is((select count(*) from login_roles), 8::bigint, 'there are eight login roles');
select is_empty(format('select * from pg_temp.surprises(%L)', rolname), format('%s can do what it may and nothing else', rolname)) from login_roles order by rolname;
select is_empty($$select p.oid::regprocedure, r.rolname from login_roles r, pg_proc p
                  where p.prosecdef and p.pronamespace in ('learning'::regnamespace, 'openevolve'::regnamespace) and r.rolname <> 'learning_user'
                    and has_function_privilege(r.rolname, p.oid, 'execute')$$, 'only learning_user may call what runs as the owner');
select is(pg_temp.outcome('learning_user', null, format('select from %s', relation)), '0', format('without an organization %s is empty', relation))
from unnest(array['learning.learning_models', 'learning.training_metrics', 'learning.model_performance_overview', 'learning.error_summary', 'openevolve.programs', 'openevolve.trace_documents', 'openevolve.evolution_progress']) as relation;

-- Columns.
select is(pg_temp.outcome('learning_user', :acme, statement), outcome, what)
from (values
    ('a training run is renamed',                            'update learning.training_sessions set name = ''Second run''', '1'),
    ('but not the other tenant''s',                          'update learning.training_sessions set name = ''Second run'' where organization_id = ''b0000000-0000-7000-8000-000000000002''', '0'),
    ('its status is set by the routine only',                'update learning.training_sessions set status = ''completed'', finished_at = now()', '42501'),
    ('the status of an evolution, too',                      'update openevolve.evolution_sessions set status = ''completed'', finished_at = now()', '42501'),
    ('which may be renamed',                                 'update openevolve.evolution_sessions set name = ''Circles''', '1'),
    ('a version is not put into production past its history', 'update learning.model_versions set stage = ''production''', '42501'),
    ('nor made in it',                                       'insert into learning.model_versions (organization_id, model_id, version, algorithm, stage) select organization_id, model_id, ''2'', algorithm, ''production'' from learning.model_versions', '42501'),
    ('but described',                                        'update learning.model_versions set description = ''x''', '1')
) as attempts (what, statement, outcome);

-- Routines that run as the owner see one tenant.
select is(pg_temp.outcome('learning_user', :acme, format('select learning.promote_model_version(%L, ''production'')', :umbrella_version)), 'GS801', 'another tenant''s version is none');
select is(pg_temp.outcome('learning_user', :acme, format('select learning.set_training_status(%L, ''validating'')', :umbrella_training)), 'GS803', 'nor its training run');
select is(pg_temp.outcome('learning_user', :acme, format('select openevolve.set_evolution_status(%L, ''running'')', :umbrella_session)), 'GS803', 'nor its evolution');
select is(pg_temp.outcome('learning_user', null, format('select learning.promote_model_version(%L, ''production'')', :acme_version)), 'GS001', 'without an organization nothing is promoted');

-- References into the other tenant: the key of the row is known, and of no use.
select is(pg_temp.outcome('learning_user', :acme, format(statement, :acme, :umbrella_model, :umbrella_version, :umbrella_group, :umbrella_session, :umbrella_program)), '23503', what)
from (values
    ('a training run of another tenant''s model', 'insert into learning.training_sessions (organization_id, model_id, name) values (%1$L, %2$L, ''x'')'),
    ('feedback on another tenant''s version',     'insert into learning.feedback (organization_id, model_version_id, feedback_type) values (%1$L, %3$L, ''neutral'')'),
    ('a report with another tenant''s fingerprint', 'insert into learning.error_reports (organization_id, fingerprint_id, error_type, message, source) values (%1$L, %4$L, ''x'', ''x'', ''x'')'),
    ('a program of another tenant''s evolution',  'insert into openevolve.programs (organization_id, session_id, evicted_at) values (%1$L, %5$L, now())')
) as attempts (what, statement);

-- COPY, which is no statement that a function could run.
set local role learning_user;
set local app.organization_id = :acme;
\copy openevolve.programs to '/dev/null'
\set copied :ROW_COUNT
savepoint before_copy;
\set ON_ERROR_STOP off
\copy learning.learning_models (organization_id, name, model_type) from '/dev/null'
\set ON_ERROR_STOP on
\set refused :LAST_ERROR_SQLSTATE
rollback to before_copy;
reset role;
select is(:copied, 1, 'copy to gives a tenant its own rows');
select is(:'refused'::text, '0A000', 'copy from, which knows no policy, is refused');

select * from finish();
rollback;
