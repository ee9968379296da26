-- A short life in prompts_db: a template with two versions, an experiment that compares them, prompts sent and judged, and the winner published.
--   psql -d prompts_db -f database/examples/prompts.sql             (in the unified layout: -d gsdb)
-- Run it as an administrator. Everything is rolled back.
\set ON_ERROR_STOP on
\ir begin.psql
set local role prompts_user;

\echo '== A template and two versions of it. A version is only ever added, so what an execution was made from can be read for ever'
insert into prompts.prompt_templates (organization_id, slug, name, workflow_stage)
values (:'organization', 'example-review', 'Example: review a change', 'pr_validation')
returning id as template \gset
insert into prompts.template_versions (organization_id, template_id, version, content, variables, change_summary)
values (:'organization', :'template', 1, 'Review this change: {{diff}}', '[{"name": "diff", "type": "text"}]', 'first'),
       (:'organization', :'template', 2, 'Find errors in this change, and name the line of each: {{diff}}', '[{"name": "diff", "type": "text"}]', 'asks for lines')
returning version, content, change_summary;
select pg_temp.refused('42501', format('update prompts.template_versions set content = %L where template_id = %L', 'other', :'template')) as "changing a version";

\echo '== The first one becomes the current one; the audit log keeps who made it so, and why'
select prompts.publish_version(:'template', 1, 'first') \g /dev/null
select slug, status, current_version from prompts.prompt_templates where id = :'template';

\echo '== An experiment: half of the subjects get each version; success is what decides'
insert into prompts.ab_experiments (organization_id, template_id, name, hypothesis, sample_size_min, promotes_winner)
values (:'organization', :'template', 'Example: ask for lines', 'Answers that name a line are right more often.', 4, true)
returning id as experiment \gset
insert into prompts.variants (organization_id, experiment_id, template_id, template_version, name)
values (:'organization', :'experiment', :'template', 1, 'plain') returning id as plain \gset
insert into prompts.variants (organization_id, experiment_id, template_id, template_version, name)
values (:'organization', :'experiment', :'template', 2, 'lines') returning id as lines \gset
insert into prompts.experiment_metrics (organization_id, experiment_id, name, metric_type, higher_is_better)
values (:'organization', :'experiment', 'success', 'proportion', true) returning id as metric \gset
update prompts.ab_experiments set control_variant_id = :'plain', primary_metric_id = :'metric' where id = :'experiment';
select prompts.start_experiment(:'experiment') \g /dev/null
select name, status, hypothesis from prompts.ab_experiments where id = :'experiment';

\echo '== Eight tasks take part. A subject keeps its variant, with the probability that it had when it was drawn'
insert into prompts.assignments (organization_id, experiment_id, subject, variant_id, probability)
select :'organization', :'experiment', 'task-' || n, case when n % 2 = 0 then :'plain' else :'lines' end::uuid, 0.5 from generate_series(1, 8) n;
select v.name as variant, string_agg(a.subject, ', ' order by a.subject) as subjects
from prompts.assignments a join prompts.variants v on v.id = a.variant_id where a.experiment_id = :'experiment' group by v.name order by v.name;
select pg_temp.refused('23505', format('insert into prompts.assignments (organization_id, experiment_id, subject, variant_id, probability) values (%L, %L, %L, %L, 0.5)',
                                       :'organization', :'experiment', 'task-1', :'plain')) as "drawing task-1 again";

-- One of them step by step: written down before it is sent, sent, ended.
\echo '== A prompt is sent: pending, running, completed'
insert into prompts.executions (organization_id, template_id, template_version, variant_id, prompt, variables)
values (:'organization', :'template', 2, :'lines', 'Find errors in this change, and name the line of each: +1', '{"diff": "+1"}') returning id as execution \gset
select prompts.start_execution(:'execution', 'anthropic', 'model-1', moment => now() - interval '2 seconds') \g /dev/null
select prompts.finish_execution(:'execution', 'completed', 'Line 1: nothing wrong.', input_tokens => 20, output_tokens => 6, cost_usd => 0.0004) \g /dev/null
select status, duration_ms, input_tokens, output_tokens, cost_usd, response from prompts.executions where id = :'execution';
select pg_temp.refused('GS406', format('select prompts.finish_execution(%L, %L, error_code => %L)', :'execution', 'failed', 'late')) as "ending it again";

\echo '== The other seven, all at once, as an import would add them; one fails'
insert into prompts.executions (organization_id, template_id, template_version, variant_id, status, prompt, provider, model, response, error_code, error_message, started_at, finished_at,
                                input_tokens, output_tokens, cost_usd)
select :'organization', :'template', v.template_version, v.id, case when n = 8 then 'failed' else 'completed' end::prompts.execution_status, 'Review change ' || n, 'anthropic', 'model-1',
       case when n < 8 then 'Fine.' end, case when n = 8 then 'overloaded' end, case when n = 8 then 'Try again later.' end, now() - interval '3 seconds', now(), 20, 5, 0.0003
from generate_series(2, 8) n
join prompts.variants v on v.id = case when n % 2 = 0 then :'plain' else :'lines' end::uuid;

\echo '== People and checks say what they think of an answer, from 0 to 1'
insert into prompts.feedback (organization_id, execution_id, source, aspect, score, judge)
values (:'organization', :'execution', 'check', 'quality', 0.9, 'line-exists'), (:'organization', :'execution', 'judge', 'factual_accuracy', 0.8, 'model-2')
returning source, judge, aspect, score;

\echo '== What was measured of each subject, and how far the experiment is'
insert into prompts.outcomes (organization_id, experiment_id, metric_id, variant_id, subject, value)
select organization_id, experiment_id, :'metric', variant_id, subject, case when subject in ('task-4', 'task-8') then 0 else 1 end
from prompts.assignments where experiment_id = :'experiment';
select variant_name, is_control, subjects, subjects_percentage, outcomes, value_mean, has_enough_outcomes from prompts.experiment_progress where experiment_id = :'experiment' order by variant_name;
select pg_temp.expect('the control succeeded in half of the cases, the other always', array_agg(value_mean order by variant_name) = '{1,0.5}') as checked
from prompts.experiment_progress where experiment_id = :'experiment';

\echo '== It ends with a winner, which is published because the experiment says so. Eight subjects prove nothing, of course'
select prompts.finish_experiment(:'experiment', 'completed', 'Asking for lines did better.', :'lines') \g /dev/null
select t.slug, t.current_version, e.status, e.conclusion from prompts.prompt_templates t join prompts.ab_experiments e on e.template_id = t.id where e.id = :'experiment';
select pg_temp.expect('version 2 is the current one', current_version = 2) as checked from prompts.prompt_templates where id = :'template';

\echo '== How the versions did: success is completed among ended, quality a mean of scores; neither is taken for the other'
select version, is_current, executions, completed, failed, success_percentage, cost_usd, duration_ms_p50, quality_score, factual_accuracy_score
from prompts.template_performance where template_id = :'template' order by version;
select pg_temp.expect('three of four executions of version 1 completed', executions = 4 and success_percentage = 75) as checked
from prompts.template_performance where template_id = :'template' and version = 1;
\ir end.psql
