-- The queries that the API, the dashboard and the workers of prompts run, and the indexes they need at scale.

-- A template by its name, with the text to render: what every request for a prompt begins with.
-- index: prompt_templates_slug_key, template_versions_pkey
-- values: select organization_id, slug from prompts.prompt_templates where current_version is not null
prepare resolve_template (uuid, text) as
select t.id, t.role, v.version, v.content, v.language, v.variables, v.conditions, v.model, v.temperature, v.output_tokens_max, v.model_parameters
from prompts.prompt_templates t
join prompts.template_versions v on v.organization_id = t.organization_id and v.template_id = t.id and v.version = t.current_version
where t.organization_id = $1 and t.slug = $2 and t.status in ('active', 'deprecated');

-- The template of a workflow stage when none is named.
-- index: a_stage_has_one_default_template
-- values: select organization_id, workflow_stage from prompts.prompt_templates where is_default
prepare find_default_template (uuid, text) as
select id, slug, current_version from prompts.prompt_templates where organization_id = $1 and workflow_stage = $2 and is_default;

-- The templates asked after one that does not apply, nearest first.
-- index: template_fallbacks_pkey
-- values: select organization_id, template_id from prompts.template_fallbacks
prepare list_fallbacks (uuid, uuid) as
with recursive chain as (
    select f.fallback_template_id as template_id, 1 as distance
    from prompts.template_fallbacks f where f.organization_id = $1 and f.template_id = $2
    union all
    select f.fallback_template_id, c.distance + 1
    from chain c join prompts.template_fallbacks f on f.organization_id = $1 and f.template_id = c.template_id
)
select template_id, distance from chain order by distance;

-- A page of templates by slug: the dashboard's list.
-- index: prompt_templates_slug_key
-- values: select organization_id, slug from prompts.prompt_templates
prepare list_templates (uuid, text) as
select id, slug, name, status, role, current_version, published_at, workflow_stage, tags
from prompts.prompt_templates where organization_id = $1 and slug > $2 and status <> 'archived' order by slug limit 50;

-- The enhancements in use, in the order in which they are applied.
-- index: prompt_enhancements_in_use_idx
-- values: select distinct organization_id, 1 from prompts.prompt_enhancements
prepare list_enhancements (uuid, integer) as
select id, name, version, position, placement, content, language, conditions, template_id
from prompts.prompt_enhancements where organization_id = $1 and retired_at is null and position >= $2 order by position, id limit 100;

-- The context a template wants, with what the cache has of it under the keys given.
-- index: template_context_sources_pkey, context_data_pkey
-- values: select t.organization_id, t.template_id, array_agg(d.cache_key) from prompts.template_context_sources t join prompts.context_data d using (organization_id, context_source_id) group by 1, 2
prepare gather_context (uuid, uuid, text[]) as
select s.id, s.source_type, s.query, l.variable, l.tokens_max, d.cache_key, d.content, d.content_sha256
from prompts.template_context_sources l
join prompts.context_sources s on s.organization_id = l.organization_id and s.id = l.context_source_id and s.disabled_at is null
left join prompts.context_data d on d.organization_id = s.organization_id and d.context_source_id = s.id
                                and d.cache_key = any ($3) and coalesce(d.expires_at > now(), true)
where l.organization_id = $1 and l.template_id = $2
order by l.position, l.variable;

-- The experiment that decides which version of a template is given.
-- index: a_template_has_one_experiment_at_a_time
-- values: select organization_id, template_id from prompts.ab_experiments where status in ('running', 'paused')
prepare find_experiment (uuid, uuid) as
select id, status, traffic_percentage, allocation from prompts.ab_experiments
where organization_id = $1 and template_id = $2 and status in ('running', 'paused');

-- The variant that a subject has already.
-- index: assignments_pkey
-- values: select organization_id, experiment_id, subject from prompts.assignments
prepare find_assignment (uuid, uuid, text) as
select variant_id, probability from prompts.assignments where organization_id = $1 and experiment_id = $2 and subject = $3;

-- Subjects by variant: what the check of the sample ratio needs.
-- index: assignments_variant_key
-- values: select organization_id, experiment_id, id from prompts.variants
-- goal: 200 ms
prepare count_subjects (uuid, uuid, uuid) as
select count(*) from prompts.assignments where organization_id = $1 and experiment_id = $2 and variant_id = $3;

-- Number, sum and sum of squares of a metric by variant: what every test needs.
-- index: outcomes_pkey
-- values: select organization_id, experiment_id, id from prompts.experiment_metrics
-- goal: 200 ms
prepare sum_outcomes (uuid, uuid, uuid) as
select variant_id, count(*), sum(value), sum(value * value)
from prompts.outcomes where organization_id = $1 and experiment_id = $2 and metric_id = $3 group by variant_id;

-- The verdict so far: the narrowest interval and the smallest p of all looks.
-- index: experiment_analyses_pkey
-- values: select organization_id, experiment_id, metric_id from prompts.experiment_analyses
-- goal: 200 ms
prepare read_verdict (uuid, uuid, uuid) as
select variant_id, max(effect_lower), min(effect_upper), min(p_value), min(sample_ratio_p_value), max(analysed_at)
from prompts.experiment_analyses where organization_id = $1 and experiment_id = $2 and metric_id = $3 group by variant_id;

-- Executions of a version, newest first, a page of 50 before an id.
-- index: executions_version_idx
-- values: select organization_id, template_id, template_version, id from prompts.executions where template_id is not null
prepare list_executions_of_version (uuid, uuid, integer, uuid) as
select id, status, model, duration_ms, cost_usd, created_at
from prompts.executions where organization_id = $1 and template_id = $2 and template_version = $3 and id < $4 order by id desc limit 50;

-- Executions for a task, oldest first.
-- index: executions_task_idx
-- values: select organization_id, task_id from prompts.executions where task_id is not null
prepare list_executions_of_task (uuid, uuid) as
select id, status, model, cost_usd, created_at from prompts.executions where organization_id = $1 and task_id = $2 order by id limit 100;

-- Those of a workflow's run.
-- index: executions_workflow_idx
-- values: select organization_id, workflow_execution_id from prompts.executions where workflow_execution_id is not null
prepare list_executions_of_workflow (uuid, uuid) as
select id, workflow_stage, status, model, cost_usd, created_at
from prompts.executions where organization_id = $1 and workflow_execution_id = $2 order by id limit 100;

-- Those of a conversation, with what was said.
-- index: executions_session_idx
-- values: select organization_id, session_id from prompts.executions where session_id is not null
prepare list_executions_of_session (uuid, uuid) as
select id, coalesce(enhanced_prompt, prompt), response from prompts.executions where organization_id = $1 and session_id = $2 order by id limit 100;

-- An execution by what its provider calls it: the call-back of an agent's run.
-- index: executions_external_id_key
-- values: select organization_id, provider, external_id from prompts.executions where external_id is not null
prepare find_execution_by_external_id (uuid, text, text) as
select id, status from prompts.executions where organization_id = $1 and provider = $2 and external_id = $3;

-- Executions that began long ago and never ended: what a worker asks after a crash.
-- index: executions_open_idx
-- values: select organization_id, now() - interval '1 hour' from prompts.executions where status = 'running'
prepare list_stale_executions (uuid, timestamptz) as
select id, created_at from prompts.executions
where organization_id = $1 and status = 'running' and finished_at is null and created_at < $2 order by created_at limit 100;

-- Use and cost by day and model since a moment: the dashboard's first panel.
-- index: executions_created_idx
-- values: select organization_id, max(created_at) - interval '1 day' from prompts.executions group by organization_id
-- goal: 200 ms
prepare sum_costs_by_day (uuid, timestamptz) as
select (created_at at time zone 'UTC')::date as day, provider, model, count(*), sum(input_tokens), sum(output_tokens), sum(cost_usd),
       percentile_cont(array[0.5, 0.95]) within group (order by duration_ms)
from prompts.executions where organization_id = $1 and created_at >= $2 group by 1, 2, 3 order by 1, 2, 3;

-- How the versions of one template did: the page of a template.
-- index: executions_version_idx
-- values: select organization_id, template_id from prompts.template_versions
-- goal: 200 ms
prepare show_template_performance (uuid, uuid) as
select version, is_current, executions, success_percentage, cost_usd, duration_ms_p50, duration_ms_p95, quality_score, factual_accuracy_score
from prompts.template_performance where organization_id = $1 and template_id = $2 order by version desc;

-- The latest feedback on an aspect: what reviewers look at.
-- index: feedback_aspect_idx
-- values: select organization_id, aspect, id from prompts.feedback
prepare list_feedback_on_aspect (uuid, text, uuid) as
select id, execution_id, source, score, comment from prompts.feedback
where organization_id = $1 and aspect = $2 and id < $3 order by id desc limit 50;
