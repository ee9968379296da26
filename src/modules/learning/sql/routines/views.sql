-- Views that are an API. Each counts in a sub-select of its own, one row for each row of the view, so that no count multiplies another.
-- The sub-selects are lateral: a page of models, errors or evolutions reads what belongs to them, and not the whole organization's. Those of one
-- value are not joined, because each relation more in a join multiplies the orders that are planned.

-- What people say stands in columns of its own beside what was measured. Measurements are the newest ones on test data.
create or replace view learning.model_performance_overview as
select m.organization_id, m.id as model_id, m.name, m.model_type,
       (select count(*) from learning.model_versions w where w.organization_id = m.organization_id and w.model_id = m.id) as versions,
       p.id as production_version_id,
       p.version as production_version,
       (select max(h.promoted_at) from learning.model_promotions h
        where h.organization_id = m.organization_id and h.model_id = m.id and h.model_version_id = p.id and h.to_stage = 'production') as production_since,
       q.accuracy, q.precision, q.recall, q.f1,
       t.training_sessions, t.training_sessions_failed, t.training_cost_usd, t.last_trained_at,
       f.feedback, f.feedback_negative, f.mean_rating,
       (select count(*) from learning.adaptations c
        where c.organization_id = m.organization_id and c.model_id = m.id and c.applied_at is not null and c.rolled_back_at is null) as adaptations_applied
from learning.learning_models m
left join learning.model_versions p on p.organization_id = m.organization_id and p.model_id = m.id and p.stage = 'production'
cross join lateral (
    select (array_agg(e.value order by e.measured_at desc) filter (where e.metric = 'accuracy'))[1] as accuracy,
           (array_agg(e.value order by e.measured_at desc) filter (where e.metric = 'precision'))[1] as precision,
           (array_agg(e.value order by e.measured_at desc) filter (where e.metric = 'recall'))[1] as recall,
           (array_agg(e.value order by e.measured_at desc) filter (where e.metric = 'f1'))[1] as f1
    from learning.model_measurements e
    where e.organization_id = m.organization_id and e.model_version_id = p.id and e.dataset = 'test'
) q
cross join lateral (
    select count(*) as training_sessions,
           count(*) filter (where r.status = 'failed') as training_sessions_failed,
           coalesce(sum(r.cost_usd), 0) as training_cost_usd,
           max(r.finished_at) filter (where r.status = 'completed') as last_trained_at
    from learning.training_sessions r
    where r.organization_id = m.organization_id and r.model_id = m.id
) t
cross join lateral (
    select count(*) as feedback,
           count(*) filter (where b.feedback_type in ('negative', 'correction', 'bug_report')) as feedback_negative,
           round(avg(b.rating), 2) as mean_rating
    from learning.model_versions w
    join learning.feedback b on b.organization_id = w.organization_id and b.model_version_id = w.id
    where w.organization_id = m.organization_id and w.model_id = m.id
) f
where m.deleted_at is null;
comment on view learning.model_performance_overview is 'Every model: the version in production and what was measured of it on test data, training, feedback of people, adaptations.';
select base.tenant_view('learning.model_performance_overview');

create or replace view learning.active_training_sessions as
select s.organization_id, s.id, s.model_id, m.name as model_name, s.name, s.status, s.started_at, s.epochs_max,
       newest.step, newest.epoch,
       round(least(100.0 * (newest.epoch + 1) / s.epochs_max, 100), 2) as progress_percentage,
       newest.value as training_loss,
       best.value as best_validation_loss,
       newest.recorded_at as last_metric_at,
       s.cost_usd
from learning.training_sessions s
join learning.learning_models m on m.organization_id = s.organization_id and m.id = s.model_id
left join lateral (
    select t.step, t.epoch, t.value, t.recorded_at
    from learning.training_metrics t
    where t.organization_id = s.organization_id and t.training_session_id = s.id and t.metric = 'loss' and t.dataset = 'training'
    order by t.step desc, t.recorded_at desc limit 1
) newest on true
left join lateral (
    select min(t.value) as value
    from learning.training_metrics t
    where t.organization_id = s.organization_id and t.training_session_id = s.id and t.metric = 'loss' and t.dataset = 'validation'
) best on true
where s.finished_at is null;
comment on view learning.active_training_sessions is 'Training runs that have not ended, with how far their loss says they are.';
select base.tenant_view('learning.active_training_sessions');

-- The improvement is relative to the value before and positive for better; without a value before, or when that is 0, there is none.
create or replace view learning.adaptation_effectiveness as
select a.organization_id, a.model_id, a.healing_strategy_id, coalesce(m.name, s.name) as adapted_name, a.adaptation_type, a.metric,
       a.proposed, a.rejected, a.applied, a.rolled_back, a.measured, a.improved, a.mean_improvement_percentage
from (
    select organization_id, model_id, healing_strategy_id, adaptation_type, metric,
           count(*) as proposed,
           count(rejected_at) as rejected,
           count(applied_at) as applied,
           count(rolled_back_at) as rolled_back,
           count(*) filter (where value_before is not null and value_after is not null) as measured,
           count(*) filter (where case when higher_is_better then value_after > value_before else value_after < value_before end) as improved,
           round((100 * avg(case when higher_is_better then value_after - value_before else value_before - value_after end
                            / nullif(abs(value_before), 0)))::numeric, 2) as mean_improvement_percentage
    from learning.adaptations
    group by organization_id, model_id, healing_strategy_id, adaptation_type, metric
) a
left join learning.learning_models m on m.organization_id = a.organization_id and m.id = a.model_id
left join learning.healing_strategies s on s.organization_id = a.organization_id and s.id = a.healing_strategy_id;
comment on view learning.adaptation_effectiveness is 'What adaptations of a model or healing strategy came to, by what they change and by metric.';
select base.tenant_view('learning.adaptation_effectiveness');

create or replace view learning.error_summary as
select g.organization_id, g.id, g.title, g.error_class, g.priority, g.status, g.first_seen_at, g.last_seen_at, g.resolved_at,
       r.reports, r.reports_24_hours, r.projects,
       c.candidates, c.likely_cause_id, c.likely_cause, c.confidence,
       h.healing_attempts, h.healing_succeeded, h.healing_cost_usd
from learning.error_groups g
cross join lateral (
    select count(*) as reports,
           count(*) filter (where e.occurred_at >= now() - interval '24 hours') as reports_24_hours,
           count(distinct e.project_id) as projects
    from learning.error_fingerprints f
    join learning.error_reports e on e.organization_id = f.organization_id and e.fingerprint_id = f.id
    where f.organization_id = g.organization_id and f.error_group_id = g.id
) r
cross join lateral (
    select count(*) as candidates,
           (array_agg(k.id order by k.confirmed_at, k.confidence desc))[1] as likely_cause_id,
           (array_agg(k.cause order by k.confirmed_at, k.confidence desc))[1] as likely_cause,
           (array_agg(k.confidence order by k.confirmed_at, k.confidence desc))[1] as confidence
    from learning.root_causes k
    where k.organization_id = g.organization_id and k.error_group_id = g.id and k.rejected_at is null
) c
cross join lateral (
    select count(*) as healing_attempts,
           count(*) filter (where p.outcome = 'succeeded') as healing_succeeded,
           coalesce(sum(p.cost_usd), 0) as healing_cost_usd
    from learning.healing_applications p
    where p.organization_id = g.organization_id and p.error_group_id = g.id
) h;
comment on view learning.error_summary is 'Every error with its reports, its likeliest cause (confirmed before confident, never a rejected one) and what healing did.';
select base.tenant_view('learning.error_summary');

-- The rate is the mean of Beta(1 + succeeded, 1 + failed): one success of one is no certainty.
create or replace view learning.learning_effectiveness as
select p.organization_id, 'pattern' as kind, p.id, p.name, p.pattern_type as category, p.confidence, p.validated_at is not null as is_validated,
       o.occurrences, a.applications, a.succeeded, a.failed,
       round((a.succeeded + 1)::numeric / (a.succeeded + a.failed + 2), 4) as success_rate,
       a.last_applied_at
from learning.patterns p
cross join lateral (
    select count(*) as occurrences
    from learning.pattern_occurrences s
    where s.organization_id = p.organization_id and s.pattern_id = p.id
) o
cross join lateral (
    select count(*) as applications,
           count(*) filter (where u.outcome = 'succeeded') as succeeded,
           count(*) filter (where u.outcome = 'failed') as failed,
           max(u.applied_at) as last_applied_at
    from learning.pattern_applications u
    where u.organization_id = p.organization_id and u.pattern_id = p.id
) a
union all
select h.organization_id, 'healing_strategy', h.id, h.name, h.action::text, null, null,
       0, a.applications, a.succeeded, a.failed,
       round((a.succeeded + 1)::numeric / (a.succeeded + a.failed + 2), 4),
       a.last_applied_at
from learning.healing_strategies h
cross join lateral (
    select count(*) as applications,
           count(*) filter (where u.outcome = 'succeeded') as succeeded,
           count(*) filter (where u.outcome = 'failed') as failed,
           max(u.started_at) as last_applied_at
    from learning.healing_applications u
    where u.organization_id = h.organization_id and u.strategy_id = h.id
) a;
comment on view learning.learning_effectiveness is 'Everything learned, patterns and healing strategies, with how often it was used and how well that went.';
select base.tenant_view('learning.learning_effectiveness');

create or replace view openevolve.evolution_progress as
select s.organization_id, s.id, s.name, s.project_id, s.status, s.last_iteration, s.iterations_max,
       round(least(100.0 * s.last_iteration / s.iterations_max, 100), 2) as progress_percentage,
       s.best_program_id,
       b.fitness as best_fitness,
       b.iteration_found as best_iteration,
       p.programs, p.population, p.lost_programs, p.distinct_codes, p.mean_fitness,
       i.islands, i.generation,
       a.archive,
       c.cells,
       g.migrants,
       e.evaluations_waiting, e.evaluations_completed, e.evaluations_failed, e.evaluation_cost_usd,
       x.context_completeness_percentage,
       s.started_at, s.finished_at
from openevolve.evolution_sessions s
left join openevolve.programs b on b.organization_id = s.organization_id and b.session_id = s.id and b.id = s.best_program_id
cross join lateral (
    select count(q.code_sha256) as programs,
           count(*) filter (where q.evicted_at is null) as population,
           count(*) filter (where q.code_sha256 is null) as lost_programs,
           count(distinct q.code_sha256) as distinct_codes,
           avg(q.fitness) filter (where q.evicted_at is null and q.fitness > '-Infinity' and q.fitness < 'Infinity') as mean_fitness
    from openevolve.programs q
    where q.organization_id = s.organization_id and q.session_id = s.id
) p
cross join lateral (
    select count(*) as islands, coalesce(max(q.generation), 0) as generation
    from openevolve.islands q
    where q.organization_id = s.organization_id and q.session_id = s.id
) i
cross join lateral (
    select count(*) as archive
    from openevolve.archive_members q
    where q.organization_id = s.organization_id and q.session_id = s.id
) a
cross join lateral (
    select count(*) as cells
    from openevolve.feature_map_cells q
    where q.organization_id = s.organization_id and q.session_id = s.id
) c
cross join lateral (
    select count(*) as migrants
    from openevolve.migrations q
    where q.organization_id = s.organization_id and q.session_id = s.id
) g
cross join lateral (
    select count(*) filter (where q.status in ('pending', 'in_progress')) as evaluations_waiting,
           count(*) filter (where q.status = 'completed') as evaluations_completed,
           count(*) filter (where q.status in ('failed', 'timeout')) as evaluations_failed,
           coalesce(sum(q.cost_usd), 0) as evaluation_cost_usd
    from openevolve.evaluations q
    where q.organization_id = s.organization_id and q.session_id = s.id
) e
cross join lateral (
    select round(100.0 * count(*) / cardinality(enum_range(null::openevolve.context_aspect)), 2) as context_completeness_percentage
    from openevolve.context_analysis q
    where q.organization_id = s.organization_id and q.session_id = s.id
) x;
comment on view openevolve.evolution_progress is 'Every evolution: how far it is, its best program, its population and maps, evaluations, and how much of its context was looked at.';
select base.tenant_view('openevolve.evolution_progress');
