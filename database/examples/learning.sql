-- A short life in learning_db: a model that is trained, measured and promoted; errors that are one and the same, and what was done about them; an evolution of programs.
--   psql -d learning_db -f database/examples/learning.sql           (in the unified layout: -d gsdb)
-- Run it as an administrator. Everything is rolled back.
\set ON_ERROR_STOP on
\ir begin.psql
set local role learning_user;

\echo '== A model is trained: a run with its losses'
insert into learning.learning_models (organization_id, name, model_type) values (:'organization', 'Example: reviewer', 'quality_scorer') returning id as model \gset
insert into learning.training_sessions (organization_id, model_id, name, epochs_max) values (:'organization', :'model', 'Example: first run', 4) returning id as training \gset
select learning.set_training_status(:'training', 'training') \g /dev/null
insert into learning.training_metrics (organization_id, training_session_id, metric, step, epoch, dataset, value)
select :'organization', :'training', 'loss', 100 * n, n, dataset::learning.dataset, round(1.0 / n + shift, 2) from generate_series(1, 2) n, (values ('training', 0), ('validation', 0.1)) d (dataset, shift);
select name, status, step, epoch, epochs_max, progress_percentage, training_loss, best_validation_loss from learning.active_training_sessions where id = :'training';
select learning.set_training_status(:'training', 'completed') \g /dev/null
select pg_temp.refused('GS803', format('select learning.set_training_status(%L, %L)', :'training', 'training')) as "what has ended stays so";

\echo '== Two versions, measured on the same data; the better one goes into production'
insert into learning.model_versions (organization_id, model_id, version, algorithm, training_session_id) values (:'organization', :'model', '1.0.0', 'random_forest', :'training') returning id as first \gset
insert into learning.model_versions (organization_id, model_id, version, algorithm, parent_version_id, parent_generation, generation)
values (:'organization', :'model', '1.1.0', 'random_forest', :'first', 0, 1) returning id as second \gset
insert into learning.model_measurements (organization_id, model_version_id, metric, dataset, value, sample_count)
values (:'organization', :'first', 'accuracy', 'test', 0.84, 200), (:'organization', :'second', 'accuracy', 'test', 0.91, 200);
select learning.promote_model_version(:'first', 'production', 'the only one') \g /dev/null
select learning.promote_model_version(:'second', 'production', 'more accurate') \g /dev/null
select v.version, p.from_stage, p.to_stage, p.reason from learning.model_promotions p join learning.model_versions v on v.id = p.model_version_id where p.model_id = :'model' order by p.id;
select pg_temp.expect('one version is in production', count(*) = 1 and min(version) = '1.1.0') as checked from learning.model_versions where model_id = :'model' and stage = 'production';

\echo '== What people say changes nothing that was measured'
insert into learning.feedback (organization_id, model_version_id, feedback_type, rating) values (:'organization', :'second', 'negative', 1), (:'organization', :'second', 'positive', 5);
select name, versions, production_version, accuracy, training_sessions, feedback, feedback_negative, mean_rating from learning.model_performance_overview where model_id = :'model';
select pg_temp.expect('the accuracy is what was measured', accuracy = 0.91 and feedback = 2 and mean_rating = 3) as checked from learning.model_performance_overview where model_id = :'model';

\echo '== Three errors are reported. Two are one and the same, because they share a fingerprint'
select learning.report_error('{stack:1}', array[sha256('example: parse, read')], '{"parse < read"}', 'ValueError', 'Example: no such key 17', 'worker') as broken \gset
select learning.report_error('{stack:1,message:1}', array[sha256('example: parse, retry'), sha256('example: no such key')], '{"parse < retry","no such key"}', 'ValueError', 'Example: no such key 18', 'worker') as other \gset
select learning.report_error('{stack:1,message:1}', array[sha256('example: parse, read'), sha256('example: no such key')], '{"parse < read","no such key"}', 'ValueError', 'Example: no such key 19', 'worker') as same \gset
select pg_temp.expect('the third belongs to the first', :'same' = :'broken' and :'other' <> :'broken') as checked;

\echo '== What may be behind it, how sure, and what was done'
insert into learning.root_causes (organization_id, error_group_id, cause, method, confidence)
values (:'organization', :'broken', 'The field was renamed.', 'blame', 0.8), (:'organization', :'broken', 'The cache is old.', 'similarity', 0.3) returning cause, method, confidence;
insert into learning.healing_strategies (organization_id, name, action) values (:'organization', 'Example: ask again', 'retry') returning id as strategy \gset
insert into learning.healing_applications (organization_id, strategy_id, error_group_id, attempt, finished_at, outcome)
values (:'organization', :'strategy', :'broken', 1, now(), 'failed'), (:'organization', :'strategy', :'broken', 2, now(), 'succeeded');
update learning.error_groups set status = 'resolved', resolved_at = now() where id = :'broken';
select title, status, reports, candidates, likely_cause, confidence, healing_attempts, healing_succeeded from learning.error_summary where id = :'broken';
select kind, name, applications, succeeded, failed, success_rate from learning.learning_effectiveness where id = :'strategy';
select learning.report_error('{stack:1}', array[sha256('example: parse, read')], '{"parse < read"}', 'ValueError', 'Example: it is back', 'worker', occurred_at => now() + interval '1 second') as back \gset
select pg_temp.expect('a report after it was resolved opens it again', status = 'open' and reports = 3) as checked from learning.error_summary where id = :'broken';

\echo '== An evolution: programs come in as OpenEvolve''s checkpoints have them, and come out as they were'
insert into openevolve.evolution_sessions (organization_id, name, iterations_max) values (:'organization', 'Example: packing', 10) returning id as evolution \gset
select openevolve.set_evolution_status(:'evolution', 'running') \g /dev/null
select openevolve.import_programs(:'evolution', '[
    {"id": "c0000000-0000-4000-8000-000000000001", "code": "def pack(): return 1", "language": "python", "parent_id": null, "generation": 0, "timestamp": 1795218880.0, "iteration_found": 0, "metrics": {"combined_score": 0.5}},
    {"id": "c0000000-0000-4000-8000-000000000002", "code": "def pack(): return 2", "language": "python", "parent_id": "c0000000-0000-4000-8000-000000000001", "generation": 1, "timestamp": 1795218890.0, "iteration_found": 3, "metrics": {"combined_score": 0.75}}
]') as programs;
select right(id::text, 1) as program, depth as steps_from_the_first, generation, iteration_found, fitness from openevolve.programs where session_id = :'evolution' order by depth;
select document from openevolve.program_documents where session_id = :'evolution' order by document ->> 'id' limit 1;
select pg_temp.refused('GS805', format('select openevolve.import_programs(%L, %L)', :'evolution', '[{"id": "c0000000-0000-4000-8000-000000000003", "mood": "good"}]')) as "a field that no column holds";
update openevolve.evolution_sessions set best_program_id = 'c0000000-0000-4000-8000-000000000002', last_iteration = 3 where id = :'evolution';
select name, status, last_iteration, iterations_max, progress_percentage, best_fitness, best_iteration, programs, population from openevolve.evolution_progress where id = :'evolution';
select pg_temp.expect('the best of two programs is the second', best_fitness = 0.75 and programs = 2) as checked from openevolve.evolution_progress where id = :'evolution';

\echo '== What was learned becomes a change to the model, with before and after, and can be taken back'
insert into learning.adaptations (organization_id, name, adaptation_type, model_id, evolution_session_id, parameters_before, parameters_after, metric, value_before)
values (:'organization', 'Example: deeper trees', 'hyperparameters', :'model', :'evolution', '{"depth": 6}', '{"depth": 9}', 'accuracy', 0.91) returning id as adaptation \gset
update learning.adaptations set applied_at = now(), value_after = 0.94 where id = :'adaptation';
select adaptation_type, metric, proposed, applied, rolled_back, improved, mean_improvement_percentage from learning.adaptation_effectiveness where model_id = :'model';
select pg_temp.expect('it improved the model', improved = 1) as checked from learning.adaptation_effectiveness where model_id = :'model';
\ir end.psql
