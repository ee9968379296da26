-- What models, training, errors, patterns, healing, cycles, feedback and adaptations may look like, and what the views make of them.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir ../../../migrate/sql/tests/refused_by.psql
\ir two_tenants.psql
select plan(111);
set local app.organization_id = :acme;
delete from learning.improvement_goals where organization_id = :acme;

create function pg_temp.as_acme(statement text) returns text language plpgsql as $$
begin
    return pg_temp.answer('learning_user', 'a0000000-0000-7000-8000-000000000001', statement);
end $$;

-- Models: two live ones do not share a name.
select is(pg_temp.refused_by(format('insert into learning.learning_models (organization_id, name, model_type) values (%L, %L, %L)', :acme, name, type)), refusal, format('model %s, a %s: %s', name, type, refusal))
from (values ('Reviewer', 'quality_scorer', 'learning_models_name_key'), ('Other', 'quality_scorer', 'nothing'),
             (' ', 'quality_scorer', 'name_is_not_blank'), ('Other', 'Quality Scorer', 'model_type_is_a_word')) as v (name, type, refusal);
update learning.learning_models set deleted_at = now() where id = :acme_model;
select is(pg_temp.refused_by(format('insert into learning.learning_models (organization_id, name, model_type) values (%L, ''Reviewer'', ''x'')', :acme)), 'nothing', 'a deleted model gives its name back');
select is(pg_temp.as_acme(format('select learning.promote_model_version(%L, ''production'')', :acme_version)), 'GS802', 'and none of its versions goes into production');
update learning.learning_models set deleted_at = null where id = :acme_model;

-- Versions: a lineage has no cycle, at any depth, whatever is tried.
insert into learning.model_versions (organization_id, id, model_id, version, algorithm, parent_version_id, parent_generation, generation)
select :acme, ('a3000000-0000-7000-8000-0000000001' || lpad(n::text, 2, '0'))::uuid, :acme_model, '2.' || n, 'svm',
       case n when 1 then :acme_version else ('a3000000-0000-7000-8000-0000000001' || lpad((n - 1)::text, 2, '0')) end::uuid, n - 1, n
from generate_series(1, 20) as n;
select is(pg_temp.refused_by(format('update learning.model_versions set %s where id = %L', change, :acme_version)), refusal, format('version %s: %s', change, refusal))
from (values
    ('parent_version_id = ''a3000000-0000-7000-8000-000000000120''', 'parent_has_a_generation'),
    ('parent_version_id = ''a3000000-0000-7000-8000-000000000120'', parent_generation = 20', 'child_is_one_generation_below'),
    ('parent_version_id = ''a3000000-0000-7000-8000-000000000120'', parent_generation = 20, generation = 21', 'parent_is_of_the_generation_before'),
    ('parent_version_id = ''a3000000-0000-7000-8000-000000000120'', parent_generation = -1, generation = 0', 'parent_is_of_the_generation_before'),
    ('parent_version_id = id, parent_generation = generation', 'child_is_one_generation_below'),
    ('generation = null', '23502'),
    ('artifact_uri = ''s3://models/1''', 'artifact_is_whole_or_absent'),
    ('artifact_uri = ''s3://models/1'', artifact_size_bytes = 0, artifact_sha256 = ''\x00''', 'artifact_is_real'),
    ('artifact_uri = ''s3://models/1'', artifact_size_bytes = 0, artifact_sha256 = sha256(''x'')', 'nothing'),
    ('version = ''2.1''', 'model_versions_version_key'),
    ('version = ''two words''', 'version_is_not_blank'),
    ('stage = ''production''', 'nothing'),
    ('hyperparameters = ''[]''', 'documents_are_objects')
) as changes (change, refusal);
insert into learning.learning_models (organization_id, id, name, model_type) values (:acme, 'a1000000-0000-7000-8000-00000000000a', 'Estimator', 'task_duration_estimator');
select is(pg_temp.refused_by(format('insert into learning.model_versions (organization_id, model_id, version, algorithm, training_session_id) values (%L, ''a1000000-0000-7000-8000-00000000000a'', ''1'', ''svm'', %L)', :acme, :acme_training)),
          'trained_by_a_session_of_the_model', 'a version comes from a training run of its own model');

-- Promotion: one version in production, the one before retired, all of it noted for ever.
select is(pg_temp.as_acme(format('select learning.promote_model_version(%L, ''production'', ''good enough'')', :acme_version)), '', 'a version goes into production');
select is(pg_temp.as_acme(format('select learning.promote_model_version(%L, ''production'')', :acme_version)), 'GS802', 'once');
select is(pg_temp.refused_by(format('update learning.model_versions set stage = ''production'' where id = ''a3000000-0000-7000-8000-000000000101''')), 'a_model_has_one_version_in_production', 'two at once are impossible');
select is(pg_temp.as_acme('select learning.promote_model_version(''a3000000-0000-7000-8000-000000000101'', ''production'')'), '', 'the next one takes its place');
select is(pg_temp.as_acme(format('select learning.promote_model_version(%L, ''production'', ''rollback'')', :acme_version)), '', 'and gives it back');
select results_eq(format('select v.version, p.from_stage, p.to_stage, p.reason from learning.model_promotions p join learning.model_versions v on v.organization_id = p.organization_id and v.id = p.model_version_id where p.organization_id = %L and p.from_stage <> ''retired'' or p.reason = ''rollback'' order by p.id', :acme),
                  $$values ('1.0.0', 'development'::learning.model_stage, 'production'::learning.model_stage, 'good enough'), ('1.0.0', 'production', 'retired', 'replaced by 2.1'),
                           ('2.1', 'development', 'production', ''), ('2.1', 'production', 'retired', 'replaced by 1.0.0'), ('1.0.0', 'retired', 'production', 'rollback')$$, 'each step is in the history');
select results_eq(format('select version from learning.model_versions where organization_id = %L and stage = ''production''', :acme), array['1.0.0'], 'and one is in production');
select is(pg_temp.refused_by('update learning.model_promotions set to_stage = from_stage'), 'a_promotion_changes_the_stage', 'a promotion changes something');
select is(pg_temp.outcome('learning_user', :acme, 'update learning.model_promotions set reason = ''x'''), '42501', 'the login role does not rewrite the history');
select is(pg_temp.refused_by('delete from learning.model_versions where id = ''a3000000-0000-7000-8000-000000000120'''), 'nothing', 'a version that was never promoted is deleted');
select is(pg_temp.refused_by(format('delete from learning.learning_models where id = %L', :acme_model)), 'model_promotions_version_fkey', 'what was promoted is not deleted');

-- Training: states, and what may follow what.
select is(pg_temp.refused_by(format('update learning.training_sessions set %s where id = %L', change, :acme_training)), refusal, format('training %s: %s', change, refusal))
from (values
    ('status = ''completed''', 'finished_has_an_end'),
    ('status = ''completed'', finished_at = now()', 'nothing'),
    ('finished_at = now()', 'finished_has_an_end'),
    ('status = ''failed'', finished_at = now()', 'failed_says_why'),
    ('error = ''x''', 'failed_says_why'),
    ('status = ''pending''', 'pending_has_no_start'),
    ('started_at = null', 'running_has_a_start'),
    ('status = ''cancelled'', started_at = null, finished_at = now()', 'nothing'),
    ('status = ''completed'', finished_at = started_at - interval ''1 second''', 'ends_after_start'),
    ('cost_usd = -0.01', 'sizes_are_not_negative'),
    ('gpu_seconds = -1', 'sizes_are_not_negative'),
    ('epochs_max = 0', 'epochs_are_positive')
) as changes (change, refusal);
select is(pg_temp.as_acme(format('select learning.set_training_status(%L, %L)', :acme_training, status)), outcome, format('%s then: %s', status, coalesce(nullif(outcome, ''), 'done')))
from (values ('preparing_data', 'GS803'), ('pending', 'GS803'), ('validating', ''), ('training', ''), ('failed', '23514'), ('completed', ''), ('training', 'GS803'), ('cancelled', 'GS803')) as steps (status, outcome);
select is(pg_temp.refused_by(format('insert into learning.training_metrics (organization_id, training_session_id, metric, step, value) values (%L, %L, ''loss'', %s, %L)', :acme, :acme_training, step, value)), refusal, format('a loss of %s at step %s: %s', value, step, refusal))
from (values (1, 'NaN', 'nothing'), (1, 'Infinity', 'nothing'), (-1, '1', 'counts_are_not_negative')) as v (step, value, refusal);

-- Measurements are not opinions: a first feedback, or a thousand, changes nothing that was measured.
select is(pg_temp.refused_by(format('insert into learning.model_measurements (organization_id, model_version_id, metric, dataset, value, sample_count) values (%L, %L, %L, ''validation'', %s, %s)', :acme, :acme_version, metric, value, samples)), refusal, format('%s of %s on %s: %s', metric, value, samples, refusal))
from (values ('accuracy', '1.0001', 10, 'ratios_lie_between_0_and_1'), ('accuracy', '1', 10, 'nothing'), ('mean_error', '12.5', 10, 'nothing'), ('mean_error', '''NaN''', 10, 'value_is_a_number'), ('f1', '0', 0, 'something_was_measured')) as v (metric, value, samples, refusal);
select is(pg_temp.refused_by(format('insert into learning.feedback (organization_id, model_version_id, feedback_type, rating) values (%L, %L, %L, %s)', :acme, :acme_version, type, rating)), refusal, format('%s feedback, rated %s: %s', type, rating, refusal))
from (values ('negative', 0, 'rating_is_1_to_5'), ('negative', 6, 'rating_is_1_to_5'), ('correction', 1, 'correction_says_what_is_right')) as v (type, rating, refusal);
insert into learning.feedback (organization_id, model_version_id, feedback_type, rating) select :acme, :acme_version, 'negative', 1 from generate_series(1, 3);

-- Views do not multiply: 21 versions, 3 runs, 4 feedbacks, 2 measurements of accuracy, 1 applied adaptation.
insert into learning.training_sessions (organization_id, model_id, name, status, started_at, finished_at, error, cost_usd)
values (:acme, :acme_model, 'second', 'completed', now(), now(), null, 1.25), (:acme, :acme_model, 'third', 'failed', now(), now(), 'out of memory', 0.75);
insert into learning.model_measurements (organization_id, model_version_id, metric, measured_at, dataset, value, sample_count)
values (:acme, :acme_version, 'accuracy', now() + interval '1 minute', 'test', 0.91, 100), (:acme, :acme_version, 'accuracy', now() + interval '2 minutes', 'validation', 0.1, 100);
update learning.adaptations set applied_at = now() where organization_id = :acme;
select results_eq(format('select versions, production_version, production_since is not null, accuracy, f1, training_sessions, training_sessions_failed, training_cost_usd, feedback, feedback_negative, mean_rating, adaptations_applied from learning.model_performance_overview where model_id = %L', :acme_model),
                  $$values (21::bigint, '1.0.0', true, 0.91::double precision, null::double precision, 3::bigint, 1::bigint, 2.000000, 4::bigint, 3::bigint, 1.00, 1::bigint)$$,
                  'model_performance_overview counts each thing once, and bad ratings leave the accuracy as it was measured');
insert into learning.training_sessions (organization_id, id, model_id, name, status, started_at, epochs_max) values (:acme, 'a2000000-0000-7000-8000-00000000000b', :acme_model, 'fourth', 'training', now(), 10);
insert into learning.training_metrics (organization_id, training_session_id, metric, step, epoch, dataset, value)
values (:acme, 'a2000000-0000-7000-8000-00000000000b', 'loss', 100, 1, 'training', 0.5), (:acme, 'a2000000-0000-7000-8000-00000000000b', 'loss', 200, 2, 'training', 0.4),
       (:acme, 'a2000000-0000-7000-8000-00000000000b', 'loss', 100, 1, 'validation', 0.6), (:acme, 'a2000000-0000-7000-8000-00000000000b', 'loss', 200, 2, 'validation', 0.7);
select results_eq(format('select name, step, progress_percentage, training_loss, best_validation_loss from learning.active_training_sessions where organization_id = %L', :acme),
                  $$values ('fourth', 200::bigint, 30.00, 0.4::double precision, 0.6::double precision)$$, 'active_training_sessions has those that have not ended, by their newest loss');

-- Errors find their group by any fingerprint; a resolved one opens again; an ignored one does not.
create function pg_temp.reported(digests text[], message text, occurred_at timestamptz default now()) returns text language plpgsql as $$
begin
    return pg_temp.as_acme(format('select learning.report_error(array_fill(''stack:1''::text, array[%s]), (select array_agg(sha256(convert_to(d, ''UTF8'')) order by n) from unnest(%L::text[]) with ordinality as t (d, n)), %L, ''ValueError'', %L, ''worker'', occurred_at => %L)',
                                  cardinality(digests), digests, digests, message, occurred_at));
end $$;
select pg_temp.reported('{app-1,system-1}', 'bad value 1') as first_group \gset
select is(pg_temp.reported('{app-2,system-1}', 'bad value 2'), :'first_group', 'a known second fingerprint finds the group');
select is(pg_temp.reported('{app-2}', 'bad value 3'), :'first_group', 'and makes the first one known, too');
select isnt(pg_temp.reported('{app-3}', 'something else'), :'first_group', 'another error is another group');
select results_eq(format('select title, status, reports, reports_24_hours from learning.error_summary where id = %L', :'first_group'), $$values ('bad value 1', 'open'::learning.error_status, 3::bigint, 3::bigint)$$, 'error_summary counts the reports of all its fingerprints');
update learning.error_groups set status = 'resolved', resolved_at = now() where id = :'first_group';
select is(pg_temp.reported('{app-1}', 'an old one, reported late', now() - interval '30 hours'), :'first_group', 'a report of before');
select results_eq(format('select status, first_seen_at < now() - interval ''29 hours'', reports, reports_24_hours from learning.error_summary where id = %L', :'first_group'), $$values ('resolved'::learning.error_status, true, 4::bigint, 3::bigint)$$, 'does not open a resolved error');
select pg_temp.reported('{app-1}', 'it is back', now() + interval '1 second');
select results_eq(format('select status, resolved_at is null from learning.error_groups where id = %L', :'first_group'), $$values ('open'::learning.error_status, true)$$, 'one of after does');
update learning.error_groups set status = 'ignored' where id = :'first_group';
select pg_temp.reported('{app-1}', 'and again', now() + interval '1 hour');
select results_eq(format('select status from learning.error_groups where id = %L', :'first_group'), $$values ('ignored'::learning.error_status)$$, 'an ignored error stays ignored');
select is(pg_temp.refused_by(format('update learning.error_groups set %s where id = %L', change, :acme_group)), refusal, format('error %s: %s', change, refusal))
from (values ('status = ''resolved''', 'resolved_has_a_moment'), ('resolved_at = now()', 'resolved_has_a_moment'), ('last_seen_at = first_seen_at - interval ''1 second''', 'last_seen_after_first')) as changes (change, refusal);
select is(pg_temp.refused_by(format('insert into learning.error_fingerprints (organization_id, error_group_id, algorithm, digest, explanation) values (%L, %L, %L, ''\x0000000000000001'', ''x'')', :acme, :'first_group', algorithm)), refusal, format('a fingerprint by %s: %s', algorithm, refusal))
from (values ('stack:1', 'error_fingerprints_digest_key'), ('stack:2', 'nothing'), ('stack', 'algorithm_has_a_version')) as v (algorithm, refusal);
insert into learning.root_causes (organization_id, error_group_id, cause, method, confidence, confirmed_at, rejected_at)
values (:acme, :acme_group, 'A full disk', 'model', 0.99, null, now()), (:acme, :acme_group, 'A new library', 'recent_deployment', 0.3, now(), null);
insert into learning.healing_applications (organization_id, strategy_id, error_group_id, finished_at, outcome, cost_usd)
values (:acme, :acme_strategy, :acme_group, now(), 'succeeded', 0.02), (:acme, :acme_strategy, :acme_group, now(), 'failed', 0.01);
insert into learning.error_reports (organization_id, fingerprint_id, error_type, message, source) values (:acme, :acme_group, 'KeyError', 'no key', 'worker');
select results_eq(format('select reports, candidates, likely_cause, healing_attempts, healing_succeeded, healing_cost_usd from learning.error_summary where id = %L', :acme_group),
                  $$values (2::bigint, 2::bigint, 'A new library', 3::bigint, 1::bigint, 0.030000)$$, 'reports, causes and healing do not multiply; a confirmed cause comes before a confident one, a rejected one not at all');
select is(pg_temp.refused_by(format('update learning.root_causes set %s where error_group_id = %L and confirmed_at is null and rejected_at is null', change, :acme_group)), refusal, format('cause %s: %s', change, refusal))
from (values ('confidence = 1.0001', 'confidence_lies_between_0_and_1'), ('confirmed_at = now(), rejected_at = now()', 'confirmed_or_rejected'), ('decided_by = id', 'decided_is_confirmed_or_rejected'), ('commit_id = ''HEAD''', 'commit_is_a_git_id')) as changes (change, refusal);

-- Patterns: the same occurrence once, an outcome with its moment, a rate that knows how little it knows.
select is(pg_temp.refused_by(format('insert into learning.pattern_occurrences (organization_id, pattern_id, source_kind, source_id, occurred_at) values (%L, %L, ''event'', %L, now())', :acme, :acme_pattern, :acme)), 'pattern_occurrences_pkey', 'mining again adds nothing');
select is(pg_temp.refused_by(format('insert into learning.patterns (organization_id, pattern_type, name, signature, confidence, significance) values (%L, %L, ''x'', %L, %s, %s)', :acme, type, signature, confidence, significance)), refusal, format('%s %s %s %s: %s', type, signature, confidence, significance, refusal))
from (values ('error_resolution', 'ask-again', 0.5, 0, 'patterns_signature_key'), ('code_structure', 'ask-again', 0.5, 0, 'nothing'), ('code_structure', 'x', 1.1, 0, 'scores_lie_between_0_and_1'), ('code_structure', 'x', 1, 1.1, 'scores_lie_between_0_and_1')) as v (type, signature, confidence, significance, refusal);
select is(pg_temp.refused_by(format('update learning.pattern_applications set %s where organization_id = %L', change, :acme)), refusal, format('application %s: %s', change, refusal))
from (values ('outcome = ''succeeded''', 'finished_has_an_outcome'), ('finished_at = now()', 'finished_has_an_outcome'), ('finished_at = applied_at, outcome = ''failed''', 'nothing')) as changes (change, refusal);
insert into learning.pattern_occurrences (organization_id, pattern_id, source_kind, source_id, occurred_at) values (:acme, :acme_pattern, 'event', :umbrella, now()), (:acme, :acme_pattern, 'task', :acme, now());
insert into learning.pattern_applications (organization_id, pattern_id, subject_kind, subject_id, finished_at, outcome)
values (:acme, :acme_pattern, 'task', :acme, now(), 'succeeded'), (:acme, :acme_pattern, 'task', :acme, now(), 'succeeded'), (:acme, :acme_pattern, 'task', :acme, now(), 'inconclusive');
select results_eq(format('select kind, occurrences, applications, succeeded, failed, success_rate from learning.learning_effectiveness where organization_id = %L order by kind', :acme),
                  $$values ('healing_strategy', 0::bigint, 3::bigint, 1::bigint, 1::bigint, 0.5000), ('pattern', 3, 4, 2, 0, 0.7500)$$, 'learning_effectiveness counts each thing once, and two of two is not all');

-- Improvement cycles and adaptations.
select is(pg_temp.refused_by(format('insert into learning.improvement_goals (organization_id, improvement_cycle_id, metric, higher_is_better, baseline, target) values (%L, %L, ''x'', %L, %s, %s)', :acme, :acme_cycle, higher, baseline, target)), refusal, format('from %s to %s, higher is better %s: %s', baseline, target, higher, refusal))
from (values (true, '1', '2', 'nothing'), (false, '1', '2', 'target_is_better_than_baseline'), (true, '1', '1', 'target_is_better_than_baseline'), (true, '1', '''NaN''', 'values_are_numbers')) as v (higher, baseline, target, refusal);
select is(pg_temp.refused_by(format('update learning.improvement_cycles set %s where id = %L', change, :acme_cycle)), refusal, format('cycle %s: %s', change, refusal))
from (values ('status = ''running''', 'running_has_a_start'), ('started_at = now()', 'planned_has_no_start'), ('status = ''completed'', started_at = now()', 'finished_has_an_end')) as changes (change, refusal);
select is(pg_temp.refused_by(format('update learning.adaptations set %s where organization_id = %L', change, :acme)), refusal, format('adaptation %s: %s', change, refusal))
from (values
    ('healing_strategy_id = ''a6000000-0000-7000-8000-000000000001''', 'one_thing_is_adapted'),
    ('model_id = null', 'one_thing_is_adapted'),
    ('parameters_after = parameters_before', 'an_adaptation_changes_something'),
    ('applied_at = null, rolled_back_at = now()', 'rolled_back_after_it_was_applied'),
    ('applied_at = null, value_after = 1', 'measured_after_it_was_applied'),
    ('rejected_at = now()', 'applied_or_rejected'),
    ('applied_at = proposed_at - interval ''1 second''', 'proposed_first'),
    ('value_before = ''NaN''', 'values_are_numbers'),
    ('evolution_session_id = ''a8000000-0000-7000-8000-00000000000f''', 'adaptations_session_fkey'),
    ('rolled_back_at = now()', 'nothing')
) as changes (change, refusal);
update learning.adaptations set value_before = 0.8, value_after = 0.9 where organization_id = :acme;
insert into learning.adaptations (organization_id, name, adaptation_type, model_id, parameters_after, metric, value_before, value_after, applied_at, rolled_back_at, rejected_at)
values (:acme, 'Shallow trees', 'hyperparameters', :acme_model, '{"depth": 3}', 'accuracy', 0.8, 0.6, now(), now(), null), (:acme, 'No trees', 'hyperparameters', :acme_model, '{"depth": 0}', 'accuracy', null, null, null, null, now());
select results_eq(format('select adapted_name, proposed, rejected, applied, rolled_back, measured, improved, mean_improvement_percentage from learning.adaptation_effectiveness where organization_id = %L', :acme),
                  $$values ('Reviewer', 3::bigint, 1::bigint, 2::bigint, 1::bigint, 2::bigint, 1::bigint, -6.25)$$, 'adaptation_effectiveness tells better from worse');

-- Maintenance by the login role.
insert into learning.training_metrics (organization_id, training_session_id, metric, step, value, recorded_at) values (:acme, :acme_training, 'loss', 9, 1, now() - interval '40 days');
select is(pg_temp.answer('learning_user', null, 'select string_agg(distinct action, '', '' order by action) from learning.maintain_partitions() where partition ~ ''training_metrics'''), 'created, filled', 'the login role has a partition made and filled for the row of before');

select * from finish();
rollback;
