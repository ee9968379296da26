-- The queries of sql/workload.sql use the indexes they name, with three tenants of very unequal size.
begin;
set local client_min_messages = warning;
\ir ../sql/workload.sql
select plan(21);

create temporary table sizes on commit drop as
select n as tenant, ('d' || n || '000000-0000-7000-8000-000000000000')::uuid as organization_id, (2000 / power(10, n - 1))::integer as templates, (20000 / power(10, n - 1))::integer as executions
from generate_series(1, 3) as n;
create function pg_temp.id(kind text, tenant integer, n integer) returns uuid language plpgsql as $$
begin
    return format('d%s0000%s-0000-7000-8000-%s', tenant, kind, lpad(n::text, 12, '0'))::uuid;
end $$;

insert into prompts.prompt_templates (organization_id, id, slug, name)
select organization_id, pg_temp.id('01', tenant, n), 'template-' || n, 'Template' from sizes, generate_series(1, templates) as n;
insert into prompts.template_versions (organization_id, template_id, version, content)
select organization_id, pg_temp.id('01', tenant, n), version, repeat('Text. ', 20) from sizes, generate_series(1, templates) as n, generate_series(1, 3) as version;
update prompts.prompt_templates set current_version = 2, published_at = now(), status = 'active', workflow_stage = 'stage_' || substr(slug, 10), is_default = slug ~ '5$'
where organization_id in (select organization_id from sizes);
insert into prompts.template_fallbacks (organization_id, template_id, fallback_template_id)
select organization_id, pg_temp.id('01', tenant, n), pg_temp.id('01', tenant, n + 1) from sizes, generate_series(1, templates - 1) as n where n % 4 <> 0;
insert into prompts.prompt_enhancements (organization_id, id, name, enhancement_type, position, content, retired_at)
select organization_id, pg_temp.id('02', tenant, n), 'Rule ' || n, 'format', n, repeat('Text. ', 20), case when n % 2 = 0 then now() end from sizes, generate_series(1, templates / 2) as n;
insert into prompts.context_sources (organization_id, id, name, source_type, query)
select organization_id, pg_temp.id('03', tenant, n), 'Source ' || n, 'sql', 'select 1' from sizes, generate_series(1, templates / 10) as n;
insert into prompts.template_context_sources (organization_id, template_id, context_source_id, position, variable, tokens_max)
select organization_id, pg_temp.id('01', tenant, n), pg_temp.id('03', tenant, 1 + (n + m) % (templates / 10)), m, 'v' || m, 100 from sizes, generate_series(1, templates) as n, generate_series(1, 2) as m;
insert into prompts.context_data (organization_id, context_source_id, cache_key, content, content_sha256)
select organization_id, pg_temp.id('03', tenant, n), 'key ' || m, repeat('x', 100), sha256(repeat('x', 100)::bytea) from sizes, generate_series(1, templates / 10) as n, generate_series(1, 50) as m;
insert into prompts.ab_experiments (organization_id, id, template_id, name)
select organization_id, pg_temp.id('05', tenant, n), pg_temp.id('01', tenant, 1 + n / 2), 'Experiment ' || n from sizes, generate_series(1, templates / 2) as n;
insert into prompts.variants (organization_id, id, experiment_id, template_id, template_version, name)
select organization_id, pg_temp.id('06', tenant, 2 * n + version), pg_temp.id('05', tenant, n), pg_temp.id('01', tenant, 1 + n / 2), version, 'v' || version
from sizes, generate_series(1, templates / 2) as n, generate_series(1, 2) as version;
insert into prompts.experiment_metrics (organization_id, id, experiment_id, name, metric_type, higher_is_better)
select organization_id, pg_temp.id('07', tenant, n), pg_temp.id('05', tenant, n), 'success', 'proportion', true from sizes, generate_series(1, templates / 2) as n;
update prompts.ab_experiments x
set control_variant_id = pg_temp.id('06', s.tenant, 2 * substr(x.name, 12)::integer + 1), primary_metric_id = pg_temp.id('07', s.tenant, substr(x.name, 12)::integer),
    status = 'running', started_at = now()
from sizes s where s.organization_id = x.organization_id and substr(x.name, 12)::integer % 2 = 0;
insert into prompts.executions (organization_id, id, template_id, template_version, status, prompt, response, provider, model, external_id, started_at, finished_at, created_at, cost_usd,
                                task_id, workflow_execution_id, session_id)
select organization_id, pg_temp.id('08', tenant, n), pg_temp.id('01', tenant, 1 + n % templates), 1 + n % 3, (case when n % 100 = 0 then 'running' else 'completed' end)::prompts.execution_status,
       repeat('Text. ', 20), 'x', 'openai', 'model-' || n % 3, 'run-' || n, now() - n * interval '10 minutes', case when n % 100 > 0 then now() end, now() - n * interval '10 minutes', 0.001,
       case when n % 4 = 0 then pg_temp.id('0a', tenant, n / 8) end, case when n % 4 = 1 then pg_temp.id('0b', tenant, n / 20) end, case when n % 4 = 2 then pg_temp.id('0c', tenant, n / 20) end
from sizes, generate_series(1, executions) as n;
insert into prompts.feedback (organization_id, execution_id, source, aspect, score, judge)
select organization_id, pg_temp.id('08', tenant, n), 'judge', (array['quality', 'factual_accuracy', 'format'])[1 + n % 3], 0.5, 'model-2' from sizes, generate_series(1, executions / 2) as n;
insert into prompts.assignments (organization_id, experiment_id, subject, variant_id, probability)
select organization_id, pg_temp.id('05', tenant, e), 's' || n, pg_temp.id('06', tenant, 2 * e + 1 + n % 2), 0.5 from sizes, generate_series(1, 10) as e, generate_series(1, executions / 20) as n;
insert into prompts.outcomes (organization_id, experiment_id, metric_id, variant_id, subject, value)
select a.organization_id, a.experiment_id, m.id, a.variant_id, a.subject, length(a.subject) % 2
from prompts.assignments a join prompts.experiment_metrics m on m.organization_id = a.organization_id and m.experiment_id = a.experiment_id
where a.organization_id in (select organization_id from sizes);
insert into prompts.experiment_analyses (organization_id, experiment_id, metric_id, variant_id, analysed_at, control_subjects, variant_subjects, effect, effect_lower, effect_upper, p_value, sample_ratio_p_value)
select organization_id, pg_temp.id('05', tenant, e), pg_temp.id('07', tenant, e), pg_temp.id('06', tenant, 2 * e + 2), now() + n * interval '1 minute', 1, 1, 0, -1, 1, 1, 1
from sizes, generate_series(1, 10) as e, generate_series(1, templates / 10) as n;
\o /dev/null
analyze prompts.prompt_templates, prompts.template_versions, prompts.template_fallbacks, prompts.prompt_enhancements, prompts.context_sources, prompts.template_context_sources,
        prompts.context_data, prompts.ab_experiments, prompts.variants, prompts.experiment_metrics, prompts.executions, prompts.feedback, prompts.assignments, prompts.outcomes,
        prompts.experiment_analyses;
\o

-- As the comments in the file say, which psql does not hand on.
create temporary table wanted (query text, indexes text[], parameters text) on commit drop;
insert into wanted
values ('resolve_template', '{prompt_templates_slug_key,template_versions_pkey}', 'select organization_id, slug from prompts.prompt_templates'),
       ('find_default_template', '{a_stage_has_one_default_template}', 'select organization_id, workflow_stage from prompts.prompt_templates where is_default'),
       ('list_fallbacks', '{template_fallbacks_pkey}', 'select organization_id, template_id from prompts.template_fallbacks'),
       ('list_templates', '{prompt_templates_slug_key}', 'select organization_id, slug from prompts.prompt_templates'),
       ('list_enhancements', '{prompt_enhancements_in_use_idx}', 'select organization_id, 1 from prompts.prompt_enhancements'),
       ('gather_context', '{template_context_sources_pkey,context_data_pkey}', 'select t.organization_id, t.template_id, (array_agg(d.cache_key))[1:2]::text from prompts.template_context_sources t join prompts.context_data d using (organization_id, context_source_id) group by 1, 2'),
       ('find_experiment', '{a_template_has_one_experiment_at_a_time}', 'select organization_id, template_id from prompts.ab_experiments where status = ''running'''),
       ('find_assignment', '{assignments_pkey}', 'select organization_id, experiment_id, subject from prompts.assignments'),
       ('count_subjects', '{assignments_variant_key}', 'select organization_id, experiment_id, variant_id from prompts.assignments'),
       ('sum_outcomes', '{outcomes_pkey}', 'select organization_id, experiment_id, metric_id from prompts.outcomes'),
       ('read_verdict', '{experiment_analyses_pkey}', 'select organization_id, experiment_id, metric_id from prompts.experiment_analyses'),
       ('list_executions_of_version', '{executions_version_idx}', 'select organization_id, template_id, template_version, id from prompts.executions'),
       ('list_executions_of_task', '{executions_task_idx}', 'select organization_id, task_id from prompts.executions where task_id is not null'),
       ('list_executions_of_workflow', '{executions_workflow_idx}', 'select organization_id, workflow_execution_id from prompts.executions where workflow_execution_id is not null'),
       ('list_executions_of_session', '{executions_session_idx}', 'select organization_id, session_id from prompts.executions where session_id is not null'),
       ('find_execution_by_external_id', '{executions_external_id_key}', 'select organization_id, provider, external_id from prompts.executions'),
       ('list_stale_executions', '{executions_open_idx}', 'select organization_id, now() - interval ''1 hour'' from prompts.executions'),
       ('sum_costs_by_day', '{executions_created_idx}', 'select organization_id, max(created_at) - interval ''1 day'' from prompts.executions group by 1'),
       ('show_template_performance', '{executions_version_idx}', 'select organization_id, template_id from prompts.template_versions'),
       ('list_feedback_on_aspect', '{feedback_aspect_idx}', 'select organization_id, aspect, id from prompts.feedback');
select set_eq('select name from pg_prepared_statements', 'select query from wanted', 'every query of the workload is tried');

create function pg_temp.indexes_used(query text, parameters text) returns text[] language plpgsql as $$
declare
    arguments text;
    plan json;
begin
    execute format('select string_agg(quote_nullable(e.value), '', '' order by e.ordinality) from (select row_to_json(p) as one from (%s) p where organization_id = %L limit 1) picked,'
                   ' json_each_text(picked.one) with ordinality as e (key, value, ordinality)', parameters, 'd1000000-0000-7000-8000-000000000000') into arguments;
    execute format('explain (format json) execute %I (%s)', query, arguments) into plan;
    return array(select distinct hit[1] from regexp_matches(plan::text, '"Index Name": "([^"]+)"', 'g') as hit order by 1);
end $$;
select ok(indexes <@ used, format('%s uses %s, of %s', query, array_to_string(indexes, ' and '), used))
from wanted, pg_temp.indexes_used(query, parameters) as used;

select * from finish();
rollback;
