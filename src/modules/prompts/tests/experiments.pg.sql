-- Experiments: what they may look like, their life, who takes part, what is measured, and how it ends.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir ../../../migrate/sql/tests/refused_by.psql
\ir two_tenants.psql
select plan(91);
set local app.organization_id = :acme;

-- What may be said of an experiment.
select is(pg_temp.refused_by(format('update prompts.ab_experiments set %s where id = %L', format(change, :acme_control, :umbrella_control, :acme_metric), :acme_experiment)), refusal, format('%s: %s', change, refusal))
from (values
    ('name = '' ''', 'name_is_not_blank'),
    ('traffic_percentage = 0', 'traffic_is_a_percentage'),
    ('traffic_percentage = 100.01', 'traffic_is_a_percentage'),
    ('traffic_percentage = ''NaN''', 'traffic_is_a_percentage'),
    ('traffic_percentage = 0.01', 'nothing'),
    ('allocation_floor_percentage = 50', 'allocation_floor_leaves_a_choice'),
    ('allocation_floor_percentage = 0', 'nothing'),
    ('confidence_percentage = 100', 'confidence_is_from_50_to_below_100'),
    ('confidence_percentage = 49.99', 'confidence_is_from_50_to_below_100'),
    ('confidence_percentage = 99.9', 'nothing'),
    ('sample_size_min = 0', 'sample_sizes_grow'),
    ('sample_size_min = 5001', 'sample_sizes_grow'),
    ('status = ''draft''', 'started_when_it_ran'),
    ('started_at = null', 'started_when_it_ran'),
    ('status = ''completed''', 'finished_has_an_end'),
    ('finished_at = now()', 'finished_has_an_end'),
    ('status = ''completed'', finished_at = started_at - interval ''1 s''', 'ends_after_start'),
    ('status = ''completed'', finished_at = now()', 'nothing'),
    ('control_variant_id = null', 'runs_with_control_and_metric'),
    ('primary_metric_id = null', 'runs_with_control_and_metric'),
    ('control_variant_id = %2$L', 'control_is_a_variant_of_the_experiment'),
    ('primary_metric_id = %2$L', 'primary_metric_is_one_of_the_experiment'),
    ('winner_variant_id = %1$L', 'only_what_is_complete_has_a_winner'),
    ('winner_variant_id = %1$L, status = ''completed'', finished_at = now()', 'nothing'),
    ('winner_variant_id = %2$L, status = ''completed'', finished_at = now()', 'winner_is_a_variant_of_the_experiment'),
    ('winner_variant_id = %1$L, status = ''cancelled'', finished_at = now()', 'only_what_is_complete_has_a_winner')
) as changes (change, refusal);
select is(pg_temp.refused_by(format('insert into prompts.ab_experiments (organization_id, template_id, name) values (%L, %L, ''SHORTER'')', :acme, :acme_template)), 'ab_experiments_name_key', 'a name belongs to one experiment');
select is(pg_temp.refused_by(format('insert into prompts.ab_experiments (organization_id, template_id, name) values (%L, %L, ''Longer'')', :acme, :acme_template)), 'nothing', 'a second one of a template can be drawn up');

-- Variants and metrics.
select is(pg_temp.refused_by(format('insert into prompts.variants (organization_id, experiment_id, template_id, template_version, name, weight) values (%L, %L, %s)', :acme, :acme_experiment,
                                    format(row_values, :acme_template, :acme_spare_template))), refusal, format('variant (%s): %s', row_values, refusal))
from (values
    ('%1$L, 1, ''the same again'', 0', 'nothing'),
    ('%1$L, 1, ''CONTROL'', 1', 'variants_name_key'),
    ('%1$L, 3, ''x'', 1', 'variants_template_version_fkey'),
    ('%2$L, 1, ''x'', 1', 'variant_is_of_the_experiments_template'),
    ('%1$L, 2, ''x'', -0.000001', 'weight_is_not_negative'),
    ('%1$L, 2, ''x'', ''NaN''', 'weight_is_not_negative'),
    ('%1$L, 2, '' '', 1', 'name_is_not_blank')
) as attempts (row_values, refusal);
select is(pg_temp.refused_by(format('update prompts.variants set template_version = 2 where id = %L', :acme_control)), 'executions_run_the_version_of_their_variant', 'a variant that was run keeps its version');
select is(pg_temp.refused_by(format('insert into prompts.experiment_metrics (organization_id, experiment_id, name, metric_type, higher_is_better, is_guardrail, tolerance_percentage) values (%L, %L, %s)', :acme, :acme_experiment, row_values)), refusal,
          format('metric (%s): %s', row_values, refusal))
from (values
    ('''cost_usd'', ''mean'', false, true, 5', 'nothing'),
    ('''cost_usd'', ''mean'', false, false, 5', 'tolerance_is_of_a_guardrail'),
    ('''cost_usd'', ''mean'', false, true, 100.01', 'tolerance_is_a_percentage'),
    ('''success'', ''mean'', true, false, 0', 'experiment_metrics_name_key'),
    ('''Cost in $'', ''mean'', false, false, 0', 'name_is_a_word')
) as attempts (row_values, refusal);

-- Assignments are sticky.
select is(pg_temp.refused_by(format('insert into prompts.assignments (organization_id, experiment_id, subject, variant_id, probability) values (%L, %L, %s)', :acme, :acme_experiment,
                                    format(row_values, :acme_control, :acme_challenger, :umbrella_control))), refusal, format('assignment (%s): %s', row_values, refusal))
from (values
    ('''task-2'', %2$L, 0.5', 'nothing'),
    ('''task-1'', %2$L, 0.5', 'assignments_pkey'),
    ('''task-2'', %2$L, 0', 'probability_is_above_0'),
    ('''task-2'', %2$L, 1.00000001', 'probability_is_above_0'),
    ('''task-2'', %3$L, 0.5', 'assignments_variant_fkey'),
    (''' '', %2$L, 0.5', 'subject_is_not_blank'),
    ('repeat(''x'', 201), %2$L, 0.5', 'subject_is_not_blank')
) as attempts (row_values, refusal);
select is(pg_temp.outcome('prompts_user', :acme, format('update prompts.assignments set variant_id = %L', :acme_challenger)), '42501', 'nobody moves to another variant');
select is(pg_temp.outcome('prompts_user', :acme, format('insert into prompts.assignments (organization_id, experiment_id, subject, variant_id, probability) values (%L, %L, ''task-1'', %L, 0.5) on conflict do nothing', :acme, :acme_experiment, :acme_challenger)),
          '0', 'who asks again gets what was given before');

-- Outcomes: one for each subject and metric, of the variant the subject has.
select is(pg_temp.refused_by(format('insert into prompts.outcomes (organization_id, experiment_id, metric_id, variant_id, subject, value%s) values (%L, %L, %L, %s)', columns, :acme, :acme_experiment, :acme_metric,
                                    format(row_values, :acme_control, :acme_challenger))), refusal, format('outcome (%s): %s', row_values, refusal))
from (values
    ('', '%1$L, ''task-1'', 1', 'outcomes_pkey'),
    ('', '%2$L, ''task-1'', 1', 'outcomes_are_of_assigned_subjects'),
    ('', '%1$L, ''task-9'', 1', 'outcomes_are_of_assigned_subjects'),
    ('', '%1$L, ''task-1'', ''NaN''', 'values_are_finite'),
    ('', '%1$L, ''task-1'', ''Infinity''', 'values_are_finite'),
    (', covariate', '%1$L, ''task-1'', 1, ''-Infinity''', 'values_are_finite')
) as attempts (columns, row_values, refusal);
select is(pg_temp.outcome('prompts_user', :acme, 'update prompts.outcomes set value = 0'), '42501', 'what was measured is not changed');

-- Looks.
select is(pg_temp.refused_by(format('insert into prompts.experiment_analyses (organization_id, experiment_id, metric_id, variant_id, analysed_at, control_subjects, variant_subjects, effect, effect_lower, effect_upper, p_value, sample_ratio_p_value, best_probability) '
                                    'values (%L, %L, %L, %L, now() + interval ''1 hour'', %s)', :acme, :acme_experiment, :acme_metric, :acme_challenger, row_values)), refusal, format('look (%s): %s', row_values, refusal))
from (values
    ('10, 10, 0.1, -0.1, 0.3, 0.2, 0.9, 0.7', 'nothing'),
    ('10, 10, 0.1, ''-Infinity'', ''Infinity'', 1, 0, null', 'nothing'),
    ('10, 10, 0.4, -0.1, 0.3, 0.2, 0.9, null', 'effect_is_in_its_interval'),
    ('10, 10, ''NaN'', -0.1, ''NaN'', 0.2, 0.9, null', 'effect_is_in_its_interval'),
    ('10, 10, 0.1, -0.1, 0.3, 1.1, 0.9, null', 'probabilities_are_from_0_to_1'),
    ('10, 10, 0.1, -0.1, 0.3, 1, 0.9, 1.1', 'probabilities_are_from_0_to_1'),
    ('10, 10, 0.1, -0.1, 0.3, 1, ''NaN'', null', 'probabilities_are_from_0_to_1'),
    ('-1, 10, 0.1, -0.1, 0.3, 1, 0.9, null', 'subjects_are_counted')
) as attempts (row_values, refusal);
select is(pg_temp.outcome('prompts_user', :acme, 'delete from prompts.experiment_analyses'), '42501', 'no look is forgotten');

-- The life of a second experiment.
insert into prompts.ab_experiments (organization_id, id, template_id, name, promotes_winner) values (:acme, 'a5000000-0000-7000-8000-00000000000a', :acme_template, 'Longer', true);
create function pg_temp.state() returns text language plpgsql as $$
begin
    return (select concat_ws(' ', status, started_at is not null, finished_at is not null, winner_variant_id is not null) from prompts.ab_experiments where id = 'a5000000-0000-7000-8000-00000000000a');
end $$;
select is(pg_temp.answer('prompts_user', :acme, 'select prompts.start_experiment(''a5000000-0000-7000-8000-00000000000a'')'), 'GS408', 'without variants nothing starts');
insert into prompts.variants (organization_id, id, experiment_id, template_id, template_version, name, weight)
select :acme, ('a6000000-0000-7000-8000-0000000000a' || n)::uuid, 'a5000000-0000-7000-8000-00000000000a', :acme_template, n, 'v' || n, 2 - n from generate_series(1, 2) as n;
select is(pg_temp.answer('prompts_user', :acme, 'select prompts.start_experiment(''a5000000-0000-7000-8000-00000000000a'')'), 'GS408', 'nor with one that counts');
update prompts.variants set weight = 3 where id = 'a6000000-0000-7000-8000-0000000000a2';
select is(pg_temp.answer('prompts_user', :acme, 'select prompts.start_experiment(''a5000000-0000-7000-8000-00000000000a'')'), '23514', 'nor without control and metric');
insert into prompts.experiment_metrics (organization_id, id, experiment_id, name, metric_type, higher_is_better)
values (:acme, 'a7000000-0000-7000-8000-00000000000a', 'a5000000-0000-7000-8000-00000000000a', 'success', 'proportion', true),
       (:acme, 'a7000000-0000-7000-8000-00000000000b', 'a5000000-0000-7000-8000-00000000000a', 'duration_ms', 'mean', false);
update prompts.ab_experiments set control_variant_id = 'a6000000-0000-7000-8000-0000000000a1', primary_metric_id = 'a7000000-0000-7000-8000-00000000000a' where id = 'a5000000-0000-7000-8000-00000000000a';
select is(pg_temp.answer('prompts_user', :acme, 'select prompts.start_experiment(''a5000000-0000-7000-8000-00000000000a'')'), '23505', 'nor while another runs on the template');
select is(pg_temp.answer('prompts_user', :acme, format('select prompts.finish_experiment(%L, ''cancelled'', ''Too few.'')', :acme_experiment)), '', 'which is cancelled');
select is(pg_temp.answer('prompts_user', :acme, statement), answer, format('%s: %s', statement, answer))
from (values
    ('select prompts.pause_experiment(''a5000000-0000-7000-8000-00000000000a'')', 'GS407'),
    ('select prompts.finish_experiment(''a5000000-0000-7000-8000-00000000000a'', ''completed'', ''x'')', 'GS407'),
    ('select prompts.start_experiment(''a5000000-0000-7000-8000-00000000000a'')', ''),
    ('select prompts.start_experiment(''a5000000-0000-7000-8000-00000000000a'')', 'GS407'),
    ('select prompts.pause_experiment(''a5000000-0000-7000-8000-00000000000a'')', ''),
    ('select prompts.start_experiment(''a5000000-0000-7000-8000-00000000000a'')', '')
) as steps (statement, answer);
select is(pg_temp.state(), 'running t f f', 'then the other runs');

-- The view does not multiply: two variants, two metrics, 4 subjects of whom 3 have a success and 2 a duration, two looks.
insert into prompts.assignments (organization_id, experiment_id, subject, variant_id, probability)
select :acme, 'a5000000-0000-7000-8000-00000000000a', 's' || n, ('a6000000-0000-7000-8000-0000000000a' || case when n = 1 then 1 else 2 end)::uuid, case when n = 1 then 0.25 else 0.75 end
from generate_series(1, 4) as n;
insert into prompts.outcomes (organization_id, experiment_id, metric_id, variant_id, subject, value)
select a.organization_id, a.experiment_id, m.metric::uuid, a.variant_id, a.subject, m.value
from (values ('s1', 'a7000000-0000-7000-8000-00000000000a', 1), ('s2', 'a7000000-0000-7000-8000-00000000000a', 1), ('s3', 'a7000000-0000-7000-8000-00000000000a', 0),
             ('s2', 'a7000000-0000-7000-8000-00000000000b', 100), ('s3', 'a7000000-0000-7000-8000-00000000000b', 300)) as m (subject, metric, value)
join prompts.assignments a on a.organization_id = :acme and a.experiment_id = 'a5000000-0000-7000-8000-00000000000a' and a.subject = m.subject;
insert into prompts.experiment_analyses (organization_id, experiment_id, metric_id, variant_id, analysed_at, control_subjects, variant_subjects, effect, effect_lower, effect_upper, p_value, sample_ratio_p_value)
select :acme, 'a5000000-0000-7000-8000-00000000000a', 'a7000000-0000-7000-8000-00000000000a', 'a6000000-0000-7000-8000-0000000000a2', now() + n * interval '1 minute', 1, 2, -0.5, -1, 1, 1.0 / n, 1
from generate_series(1, 2) as n;
select results_eq(format('select variant_name, is_control, metric_name, is_primary, subjects, subjects_percentage, weight_percentage, outcomes, value_sum, value_mean, value_variance, has_enough_outcomes, p_value
                          from prompts.experiment_progress where organization_id = %L and experiment_id = ''a5000000-0000-7000-8000-00000000000a'' order by 1, 3', :acme),
                  $$values ('v1', true, 'duration_ms', false, 1::bigint, 25.00, 25.00, 0::bigint, 0::double precision, null::double precision, null::double precision, false, null::double precision),
                           ('v1', true, 'success', true, 1, 25.00, 25.00, 1, 1, 1, null, false, null),
                           ('v2', false, 'duration_ms', false, 3, 75.00, 75.00, 2, 400, 200, 20000, false, null),
                           ('v2', false, 'success', true, 3, 75.00, 75.00, 2, 1, 0.5, 0.5, false, 0.5)$$, 'experiment_progress counts each subject and outcome once, and shows the last look');

-- The end: a winner of the experiment, published at once because the experiment says so.
select is(pg_temp.answer('prompts_user', :acme, statement), answer, format('%s: %s', statement, answer))
from (values
    ('select prompts.finish_experiment(''a5000000-0000-7000-8000-00000000000a'', ''running'', ''x'')', '23514'),
    ('select prompts.finish_experiment(''a5000000-0000-7000-8000-00000000000a'', ''completed'', ''x'', ''a6000000-0000-7000-8000-000000000001'')', '23503'),
    ('select prompts.finish_experiment(''a5000000-0000-7000-8000-00000000000a'', ''cancelled'', ''x'', ''a6000000-0000-7000-8000-0000000000a2'')', '23514'),
    ('select prompts.finish_experiment(''a5000000-0000-7000-8000-00000000000a'', ''completed'', ''Better.'', ''a6000000-0000-7000-8000-0000000000a2'')', ''),
    ('select prompts.start_experiment(''a5000000-0000-7000-8000-00000000000a'')', 'GS407'),
    ('select prompts.finish_experiment(''a5000000-0000-7000-8000-00000000000a'', ''cancelled'', ''x'')', 'GS407')
) as steps (statement, answer);
select is(pg_temp.state(), 'completed t t t', 'it is complete and has a winner');
select is((select current_version from prompts.prompt_templates where id = :acme_template and organization_id = :acme), 2, 'whose version is the current one');
select is((select details ->> 'reason' from base.audit_log where organization_id = :acme and action = 'published' and subject_id = :acme_template order by sequence desc limit 1),
          'experiment a5000000-0000-7000-8000-00000000000a', 'and the audit log says why');

-- Deleting a draft takes what belongs to it; what was run stays.
insert into prompts.ab_experiments (organization_id, id, template_id, name) values (:acme, 'a5000000-0000-7000-8000-00000000000b', :acme_template, 'Draft');
insert into prompts.variants (organization_id, id, experiment_id, template_id, template_version, name) values (:acme, 'a6000000-0000-7000-8000-0000000000b1', 'a5000000-0000-7000-8000-00000000000b', :acme_template, 1, 'v');
update prompts.ab_experiments set control_variant_id = 'a6000000-0000-7000-8000-0000000000b1' where id = 'a5000000-0000-7000-8000-00000000000b';
select is(pg_temp.answer('prompts_user', :acme, 'delete from prompts.ab_experiments where id = ''a5000000-0000-7000-8000-00000000000b'' returning name'), 'Draft', 'a draft can be deleted');
select is((select count(*) from prompts.variants where experiment_id = 'a5000000-0000-7000-8000-00000000000b'), 0::bigint, 'with its variants');
select is(pg_temp.outcome('prompts_user', :acme, format('delete from prompts.ab_experiments where id = %L', :acme_experiment)), '23503', 'an experiment with executions cannot');

select * from finish();
rollback;
