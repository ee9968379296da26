-- Views that are an API. Each counts in a sub-select of its own, grouped before it is joined, so that no count multiplies another.
-- Success is completed executions among those that completed, failed or timed out; quality is a mean of scores, and never called success.

create or replace view prompts.template_performance as
select t.organization_id, t.id as template_id, t.slug, t.name, t.status, v.version,
       coalesce(v.version = t.current_version, false) as is_current,
       e.executions,
       e.completed,
       e.failed,
       round(100.0 * e.completed / nullif(e.completed + e.failed, 0), 2) as success_percentage,
       coalesce(e.input_tokens, 0) as input_tokens,
       coalesce(e.output_tokens, 0) as output_tokens,
       coalesce(e.cost_usd, 0) as cost_usd,
       round(e.mean_cost_usd, 6) as mean_cost_usd,
       e.duration_ms[1] as duration_ms_p50,
       e.duration_ms[2] as duration_ms_p95,
       e.duration_ms[3] as duration_ms_p99,
       f.feedback,
       f.quality_score,
       f.factual_accuracy_score,
       e.last_used_at
from prompts.prompt_templates t
join prompts.template_versions v on v.organization_id = t.organization_id and v.template_id = t.id
-- Each version asks for its own rows: grouped first, they would all be counted again for every version.
cross join lateral (
    select count(*) as executions,
           count(*) filter (where x.status = 'completed') as completed,
           count(*) filter (where x.status in ('failed', 'timed_out')) as failed,
           sum(x.input_tokens) as input_tokens,
           sum(x.output_tokens) as output_tokens,
           sum(x.cost_usd) as cost_usd,
           avg(x.cost_usd) as mean_cost_usd,
           percentile_cont(array[0.5, 0.95, 0.99]) within group (order by x.duration_ms) filter (where x.status = 'completed') as duration_ms,
           max(x.created_at) as last_used_at
    from prompts.executions x
    where x.organization_id = v.organization_id and x.template_id = v.template_id and x.template_version = v.version
) e
cross join lateral (
    select count(*) as feedback,
           round(avg(j.score) filter (where j.aspect = 'quality'), 4) as quality_score,
           round(avg(j.score) filter (where j.aspect = 'factual_accuracy'), 4) as factual_accuracy_score
    from prompts.executions x
    join prompts.feedback j on j.organization_id = x.organization_id and j.execution_id = x.id
    where x.organization_id = v.organization_id and x.template_id = v.template_id and x.template_version = v.version
) f;
comment on view prompts.template_performance is 'Every version of every template with how often it was used, how that ended, what it cost and took, and how it was judged. Durations are of completed executions; scores are means, null without any.';
select base.tenant_view('prompts.template_performance');

create or replace view prompts.enhancement_performance as
select n.organization_id, n.id as enhancement_id, n.name, n.version, n.enhancement_type, n.position, n.retired_at,
       coalesce(e.executions, 0) as executions,
       coalesce(e.completed, 0) as completed,
       coalesce(e.failed, 0) as failed,
       round(100.0 * e.completed / nullif(e.completed + e.failed, 0), 2) as success_percentage,
       f.quality_score,
       f.factual_accuracy_score,
       e.last_used_at
from prompts.prompt_enhancements n
left join (
    select a.organization_id, a.enhancement_id,
           count(*) as executions,
           count(*) filter (where e.status = 'completed') as completed,
           count(*) filter (where e.status in ('failed', 'timed_out')) as failed,
           max(e.created_at) as last_used_at
    from prompts.execution_enhancements a
    join prompts.executions e on e.organization_id = a.organization_id and e.id = a.execution_id
    group by a.organization_id, a.enhancement_id
) e on e.organization_id = n.organization_id and e.enhancement_id = n.id
left join (
    select a.organization_id, a.enhancement_id,
           round(avg(f.score) filter (where f.aspect = 'quality'), 4) as quality_score,
           round(avg(f.score) filter (where f.aspect = 'factual_accuracy'), 4) as factual_accuracy_score
    from prompts.execution_enhancements a
    join prompts.feedback f on f.organization_id = a.organization_id and f.execution_id = a.execution_id
    group by a.organization_id, a.enhancement_id
) f on f.organization_id = n.organization_id and f.enhancement_id = n.id;
comment on view prompts.enhancement_performance is 'Every version of every enhancement with how often it was applied, how that ended and how it was judged. Not a comparison: that takes an experiment.';
select base.tenant_view('prompts.enhancement_performance');

-- With one look for each variant and metric, the last; the verdict is made from all of them.
create or replace view prompts.experiment_progress as
select x.organization_id, x.id as experiment_id, x.name, x.status, v.id as variant_id, v.name as variant_name, v.template_version,
       v.id = x.control_variant_id as is_control,
       v.id = x.winner_variant_id as is_winner,
       v.weight,
       coalesce(s.subjects, 0) as subjects,
       round(100.0 * coalesce(s.subjects, 0) / nullif(sum(s.subjects) over (partition by x.organization_id, x.id, m.id), 0), 2) as subjects_percentage,
       round(100.0 * v.weight / nullif(sum(v.weight) over (partition by x.organization_id, x.id, m.id), 0), 2) as weight_percentage,
       m.id as metric_id, m.name as metric_name,
       coalesce(m.id = x.primary_metric_id, false) as is_primary,
       m.is_guardrail,
       coalesce(o.outcomes, 0) as outcomes,
       coalesce(o.value_sum, 0) as value_sum,
       o.value_mean,
       o.value_variance,
       coalesce(o.outcomes, 0) >= x.sample_size_min as has_enough_outcomes,
       a.analysed_at, a.effect, a.effect_lower, a.effect_upper, a.p_value, a.best_probability, a.sample_ratio_p_value
from prompts.ab_experiments x
join prompts.variants v on v.organization_id = x.organization_id and v.experiment_id = x.id
left join prompts.experiment_metrics m on m.organization_id = x.organization_id and m.experiment_id = x.id
left join (
    select organization_id, experiment_id, variant_id, count(*) as subjects
    from prompts.assignments
    group by organization_id, experiment_id, variant_id
) s on s.organization_id = v.organization_id and s.experiment_id = v.experiment_id and s.variant_id = v.id
left join (
    select organization_id, experiment_id, metric_id, variant_id,
           count(*) as outcomes, sum(value) as value_sum, avg(value) as value_mean, var_samp(value) as value_variance
    from prompts.outcomes
    group by organization_id, experiment_id, metric_id, variant_id
) o on o.organization_id = v.organization_id and o.experiment_id = v.experiment_id and o.metric_id = m.id and o.variant_id = v.id
left join (
    select distinct on (organization_id, experiment_id, metric_id, variant_id) *
    from prompts.experiment_analyses
    order by organization_id, experiment_id, metric_id, variant_id, analysed_at desc
) a on a.organization_id = v.organization_id and a.experiment_id = v.experiment_id and a.metric_id = m.id and a.variant_id = v.id;
comment on view prompts.experiment_progress is 'Every variant of every experiment by metric: subjects beside what the weights say, what was measured (number, sum, mean and variance are what the tests need), and the last look.';
select base.tenant_view('prompts.experiment_progress');

create or replace view prompts.context_source_usage as
select s.organization_id, s.id as context_source_id, s.name, s.source_type, s.disabled_at,
       coalesce(t.templates, 0) as templates,
       coalesce(u.uses, 0) as uses,
       coalesce(u.executions, 0) as executions,
       coalesce(u.tokens, 0) as tokens,
       coalesce(u.tokens_left_out, 0) as tokens_left_out,
       u.cache_hit_percentage,
       u.fetch_ms_p95,
       u.relevance_score,
       coalesce(d.cached_answers, 0) as cached_answers,
       coalesce(d.expired_answers, 0) as expired_answers,
       coalesce(d.cached_bytes, 0) as cached_bytes,
       d.last_fetched_at
from prompts.context_sources s
left join (
    select organization_id, context_source_id, count(*) as templates
    from prompts.template_context_sources
    group by organization_id, context_source_id
) t on t.organization_id = s.organization_id and t.context_source_id = s.id
left join (
    select organization_id, context_source_id,
           count(*) as uses,
           count(distinct execution_id) as executions,
           sum(tokens) as tokens,
           sum(tokens_left_out) as tokens_left_out,
           round(100.0 * count(*) filter (where fetch_ms is null) / count(*), 2) as cache_hit_percentage,
           percentile_cont(0.95) within group (order by fetch_ms) as fetch_ms_p95,
           round(avg(relevance_score), 4) as relevance_score
    from prompts.execution_contexts
    group by organization_id, context_source_id
) u on u.organization_id = s.organization_id and u.context_source_id = s.id
left join (
    select organization_id, context_source_id,
           count(*) as cached_answers,
           count(*) filter (where expires_at <= now()) as expired_answers,
           sum(size_bytes) as cached_bytes,
           max(fetched_at) as last_fetched_at
    from prompts.context_data
    group by organization_id, context_source_id
) d on d.organization_id = s.organization_id and d.context_source_id = s.id;
comment on view prompts.context_source_usage is 'Every context source with who uses it, how much of it went into prompts, how often the cache had it, and what the cache holds.';
select base.tenant_view('prompts.context_source_usage');

create or replace view prompts.execution_analytics as
select organization_id,
       (created_at at time zone 'UTC')::date as day,
       workflow_stage, provider, model,
       count(*) as executions,
       count(*) filter (where status = 'completed') as completed,
       count(*) filter (where status in ('failed', 'timed_out')) as failed,
       count(*) filter (where status = 'cancelled') as cancelled,
       count(*) filter (where finished_at is null) as open,
       round(100.0 * count(*) filter (where status = 'completed')
             / nullif(count(*) filter (where status in ('completed', 'failed', 'timed_out')), 0), 2) as success_percentage,
       coalesce(sum(retries), 0) as retries,
       coalesce(sum(input_tokens), 0) as input_tokens,
       coalesce(sum(cached_input_tokens), 0) as cached_input_tokens,
       coalesce(sum(output_tokens), 0) as output_tokens,
       coalesce(sum(cost_usd), 0) as cost_usd,
       percentile_cont(0.5) within group (order by duration_ms) filter (where status = 'completed') as duration_ms_p50,
       percentile_cont(0.95) within group (order by duration_ms) filter (where status = 'completed') as duration_ms_p95,
       percentile_cont(0.99) within group (order by duration_ms) filter (where status = 'completed') as duration_ms_p99
from prompts.executions
group by organization_id, (created_at at time zone 'UTC')::date, workflow_stage, provider, model;
comment on view prompts.execution_analytics is 'Executions by day (UTC), workflow stage, provider and model: how they ended, what they cost and took.';
select base.tenant_view('prompts.execution_analytics');
