-- Synthetic templates, executions, experiments: `gsdb db generate`. How to write it: ../../../migrate/sql/README.md.
-- guards: prompts.prompt_templates, prompts.executions
insert into prompts.prompt_templates (organization_id, id, slug, name, tags, created_at)
select r.organization_id, pg_temp.id('prompt_template', r.organization, r.n, r.amount), 'template-' || r.n, 'Template ' || r.n, array['synthetic'], r.moment from pg_temp.rows_of(2000) r;

insert into prompts.template_versions (organization_id, template_id, version, content, created_at)
select r.organization_id, pg_temp.id('prompt_template', r.organization, r.n, r.amount), v, repeat(md5(r.dice::text) || ' {{name}} ', 20), r.moment from pg_temp.rows_of(2000) r, generate_series(1, 3) as v;

update prompts.prompt_templates t
set current_version = 3, published_at = t.created_at, status = 'active', workflow_stage = 'stage_' || substr(t.slug, 10)::integer % 8, is_default = substr(t.slug, 10)::integer between 1 and 8
from generated_organizations o where o.organization_id = t.organization_id;

insert into prompts.template_fallbacks (organization_id, template_id, fallback_template_id, created_at)
select r.organization_id, pg_temp.id('prompt_template', r.organization, r.n, r.amount), pg_temp.id('prompt_template', r.organization, r.n + 1, r.amount), r.moment from pg_temp.rows_of(2000) r where r.n % 4 > 0 and r.n < r.amount;

insert into prompts.prompt_enhancements (organization_id, id, name, enhancement_type, position, content, created_at, retired_at)
select r.organization_id, pg_temp.id('enhancement', r.organization, r.n, r.amount), 'Rule ' || r.n, 'format', r.n, repeat(md5(r.dice::text), 10), r.moment, case when r.n % 2 = 0 then r.moment end from pg_temp.rows_of(1000) r;

insert into prompts.context_sources (organization_id, id, name, source_type, query, created_at)
select r.organization_id, pg_temp.id('context_source', r.organization, r.n, r.amount), 'Source ' || r.n, 'sql', 'select 1', r.moment from pg_temp.rows_of(500) r;

insert into prompts.template_context_sources (organization_id, template_id, context_source_id, position, variable, tokens_max, created_at)
select r.organization_id, pg_temp.id('prompt_template', r.organization, r.n, r.amount), pg_temp.id('context_source', r.organization, 1 + (r.n + k) % s.amount, s.amount), k, 'context_' || k, 1000, r.moment
from pg_temp.rows_of(2000) r, lateral (select pg_temp.amount(500, r.weight) as amount) s, generate_series(1, least(2, s.amount)) as k;

insert into prompts.context_data (organization_id, context_source_id, cache_key, content, content_sha256, fetched_at, expires_at)
select r.organization_id, pg_temp.id('context_source', r.organization, 1 + r.n % s.amount, s.amount), 'key-' || r.n, c.content, sha256(convert_to(c.content, 'UTF8')), r.moment, case when r.n % 3 > 0 then pg_temp.until() + interval '30 days' end
from pg_temp.rows_of(25000) r, lateral (select pg_temp.amount(500, r.weight) as amount) s, lateral (select repeat(md5(r.dice::text), 30) as content) c;

insert into prompts.collections (organization_id, id, name, created_at)
select r.organization_id, pg_temp.id('collection', r.organization, r.n, r.amount), 'Collection ' || r.n, r.moment from pg_temp.rows_of(500) r;

insert into prompts.collection_items (organization_id, id, collection_id, position, template_id, created_at)
select r.organization_id, pg_temp.id('collection_item', r.organization, (r.n - 1) * 5 + k, r.amount * 5), pg_temp.id('collection', r.organization, r.n, r.amount), k, pg_temp.id('prompt_template', r.organization, 1 + (r.n + k) % t.amount, t.amount), r.moment
from pg_temp.rows_of(500) r, lateral (select pg_temp.amount(2000, r.weight) as amount) t, generate_series(1, 5) as k;

insert into prompts.ab_experiments (organization_id, id, template_id, name, created_at)
select r.organization_id, pg_temp.id('experiment', r.organization, r.n, r.amount), pg_temp.id('prompt_template', r.organization, r.n, t.amount), 'Experiment ' || r.n, r.moment
from pg_temp.rows_of(1000) r, lateral (select pg_temp.amount(2000, r.weight) as amount) t;

insert into prompts.variants (organization_id, id, experiment_id, template_id, template_version, name, created_at)
select r.organization_id, pg_temp.id('variant', r.organization, (r.n - 1) * 2 + v, r.amount * 2), pg_temp.id('experiment', r.organization, r.n, r.amount), pg_temp.id('prompt_template', r.organization, r.n, t.amount), 1 + v, 'Variant ' || v, r.moment
from pg_temp.rows_of(1000) r, lateral (select pg_temp.amount(2000, r.weight) as amount) t, generate_series(1, 2) as v;

insert into prompts.experiment_metrics (organization_id, id, experiment_id, name, metric_type, higher_is_better, created_at)
select r.organization_id, pg_temp.id('experiment_metric', r.organization, r.n, r.amount), pg_temp.id('experiment', r.organization, r.n, r.amount), 'success', 'proportion', true, r.moment from pg_temp.rows_of(1000) r;

update prompts.ab_experiments x
set control_variant_id = pg_temp.id('variant', r.organization, (r.n - 1) * 2 + 1, r.amount * 2), primary_metric_id = pg_temp.id('experiment_metric', r.organization, r.n, r.amount), status = 'running', started_at = r.moment
from pg_temp.rows_of(1000) r where x.organization_id = r.organization_id and x.id = pg_temp.id('experiment', r.organization, r.n, r.amount) and r.n % 2 = 1;

-- Templates are used in skewed measure: the square of a number between 0 and 1 decides which.
-- slices: 15
insert into prompts.executions (organization_id, id, template_id, template_version, status, prompt, response, provider, model, external_id, input_tokens, output_tokens, cost_usd, workflow_stage, workflow_execution_id, task_id,
                                project_id, session_id, created_at, started_at, finished_at)
select r.organization_id, pg_temp.id('execution', r.organization, r.n, r.amount), pg_temp.id('prompt_template', r.organization, 1 + floor(t.amount * power(pg_temp.roll(r.dice, 1, 100000) / 100000.0, 2))::bigint, t.amount), 1 + pg_temp.roll(r.dice, 2, 3),
       case when r.is_open then 'running' else 'completed' end::prompts.execution_status, repeat(md5(r.dice::text), 30), case when not r.is_open then repeat(md5(r.n::text), 20) end,
       (array['openai', 'anthropic', 'codegen'])[1 + pg_temp.roll(r.dice, 3, 3)], 'model-' || pg_temp.roll(r.dice, 4, 4), 'run-' || r.n, 500 + pg_temp.roll(r.dice, 5, 8000), 50 + pg_temp.roll(r.dice, 6, 2000), 0.001 * pg_temp.roll(r.dice, 7, 500),
       'stage_' || r.n % 8, case when r.n % 4 = 1 then pg_temp.id('workflow_execution', r.organization, 1 + r.n / 4 % w.amount, w.amount) end, case when r.n % 4 = 0 then pg_temp.id('task', r.organization, 1 + r.n / 4 % k.amount, k.amount) end,
       pg_temp.id('project', r.organization, 1 + pg_temp.roll(r.dice, 8, p.amount), p.amount), case when r.n % 4 = 2 then pg_temp.id('session', r.organization, 1 + r.n / 20, r.amount) end,
       r.moment, r.moment, case when not r.is_open then r.moment + (500 + pg_temp.roll(r.dice, 9, 20000)) * interval '1 millisecond' end
from (select *, n > amount * 0.999 as is_open from pg_temp.rows_of(300000)) r, lateral (select pg_temp.amount(2000, r.weight) as amount) t, lateral (select pg_temp.amount(20000, r.weight) as amount) w,
     lateral (select pg_temp.amount(1000000, r.weight) as amount) k, lateral (select pg_temp.amount(2000, r.weight) as amount) p;

-- slices: 8
insert into prompts.execution_contexts (organization_id, execution_id, position, context_source_id, content_sha256, tokens)
select r.organization_id, pg_temp.id('execution', r.organization, r.n, r.amount), k, pg_temp.id('context_source', r.organization, 1 + (r.n + k) % s.amount, s.amount), sha256(convert_to(r.n::text, 'UTF8')), 100 + pg_temp.roll(r.dice, k, 900)
from pg_temp.rows_of(300000) r, lateral (select pg_temp.amount(500, r.weight) as amount) s, generate_series(1, 2) as k
where r.n % 2 = 0;

-- slices: 4
insert into prompts.feedback (organization_id, id, execution_id, source, aspect, score, judge, created_at)
select r.organization_id, pg_temp.id('feedback', r.organization, r.n, r.amount), pg_temp.id('execution', r.organization, r.n, e.amount), 'judge', (array['quality', 'factual_accuracy', 'format'])[1 + r.n % 3], pg_temp.roll(r.dice, 1, 10001) / 10000.0, 'model-2', r.moment
from pg_temp.rows_of(150000) r, lateral (select pg_temp.amount(300000, r.weight) as amount) e;

-- slices: 4
insert into prompts.assignments (organization_id, experiment_id, subject, variant_id, probability, assigned_at)
select r.organization_id, pg_temp.id('experiment', r.organization, 1 + r.n % x.amount, x.amount), 'subject-' || r.n, pg_temp.id('variant', r.organization, r.n % x.amount * 2 + 1 + pg_temp.roll(r.dice, 1, 2), x.amount * 2), 0.5, r.moment
from pg_temp.rows_of(200000) r, lateral (select pg_temp.amount(1000, r.weight) as amount) x;

-- slices: 4
insert into prompts.outcomes (organization_id, experiment_id, metric_id, variant_id, subject, value, observed_at)
select r.organization_id, pg_temp.id('experiment', r.organization, 1 + r.n % x.amount, x.amount), pg_temp.id('experiment_metric', r.organization, 1 + r.n % x.amount, x.amount),
       pg_temp.id('variant', r.organization, r.n % x.amount * 2 + 1 + pg_temp.roll(r.dice, 1, 2), x.amount * 2), 'subject-' || r.n, pg_temp.roll(r.dice, 2, 2), r.moment
from pg_temp.rows_of(200000) r, lateral (select pg_temp.amount(1000, r.weight) as amount) x;

insert into prompts.experiment_analyses (organization_id, experiment_id, metric_id, variant_id, analysed_at, control_subjects, variant_subjects, effect, effect_lower, effect_upper, p_value, sample_ratio_p_value)
select r.organization_id, pg_temp.id('experiment', r.organization, r.n, r.amount), pg_temp.id('experiment_metric', r.organization, r.n, r.amount), pg_temp.id('variant', r.organization, r.n * 2, r.amount * 2), pg_temp.until() - k * interval '1 hour', 100, 100, 0, -1, 1, 1, 1
from pg_temp.rows_of(1000) r, generate_series(1, 50) as k;
