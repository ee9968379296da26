-- Synthetic models, training, errors, evolutions: `gsdb db generate`. How to write it: ../../../migrate/sql/README.md.
-- guards: learning.learning_models, learning.error_groups, openevolve.evolution_sessions
select pg_temp.make_partitions('learning');

insert into learning.learning_models (organization_id, id, name, model_type, created_at)
select r.organization_id, pg_temp.id('model', r.organization, r.n, r.amount), 'model-' || r.n, 'quality_scorer', r.moment from pg_temp.rows_of(2000) r;

insert into learning.training_sessions (organization_id, id, model_id, name, status, training_rows, cost_usd, started_at, finished_at, created_at)
select r.organization_id, pg_temp.id('training', r.organization, r.n, r.amount), pg_temp.id('model', r.organization, 1 + r.n % m.amount, m.amount), 'Run ' || r.n, case when r.is_over then 'completed' else 'training' end::learning.training_status,
       10000, 0.5, r.moment, case when r.is_over then r.moment + interval '1 hour' end, r.moment
from (select *, n <= amount * 0.99 as is_over from pg_temp.rows_of(5000)) r, lateral (select pg_temp.amount(2000, r.weight) as amount) m;

-- Two curves of a hundred points for each run.
-- slices: 20
insert into learning.training_metrics (organization_id, training_session_id, metric, step, recorded_at, value)
select r.organization_id, pg_temp.id('training', r.organization, r.n, r.amount), metric, step, r.moment + step * interval '30 seconds', 1.0 / (1 + step)
from pg_temp.rows_of(5000) r, unnest('{loss,accuracy}'::text[]) as metric, generate_series(1, 100) as step;

insert into learning.model_versions (organization_id, id, model_id, version, stage, algorithm, created_at)
select r.organization_id, pg_temp.id('model_version', r.organization, (r.n - 1) * 3 + v, r.amount * 3), pg_temp.id('model', r.organization, r.n, r.amount), '1.' || v, case v when 3 then 'production' else 'retired' end::learning.model_stage, 'svm', r.moment
from pg_temp.rows_of(2000) r, generate_series(1, 3) as v;

insert into learning.model_measurements (organization_id, model_version_id, metric, measured_at, dataset, value, sample_count)
select r.organization_id, pg_temp.id('model_version', r.organization, (r.n - 1) * 3 + v, r.amount * 3), metric, r.moment + k * interval '1 minute', 'test', 0.5 + pg_temp.roll(r.dice, k, 50) / 100.0, 1000
from pg_temp.rows_of(2000) r, generate_series(1, 3) as v, unnest('{accuracy,f1}'::text[]) as metric, generate_series(1, 3) as k;

insert into learning.feedback (organization_id, id, model_version_id, feedback_type, rating, processed_at, created_at)
select r.organization_id, pg_temp.id('model_feedback', r.organization, r.n, r.amount), pg_temp.id('model_version', r.organization, 1 + r.n % v.amount, v.amount), 'positive', 1 + pg_temp.roll(r.dice, 1, 5), case when r.n <= r.amount * 0.98 then r.moment end, r.moment
from pg_temp.rows_of(50000) r, lateral (select pg_temp.amount(2000, r.weight) * 3 as amount) v;

insert into learning.error_groups (organization_id, id, title, error_class, status, first_seen_at, last_seen_at, resolved_at)
select r.organization_id, pg_temp.id('error_group', r.organization, r.n, r.amount), 'Error ' || r.n, (enum_range(null::learning.error_class))[1 + pg_temp.roll(r.dice, 1, 11)], case when r.is_open then 'open' else 'resolved' end::learning.error_status, r.moment,
       r.moment + interval '2 hours', case when not r.is_open then r.moment + interval '3 hours' end
from (select *, n = amount or pg_temp.roll(dice, 2, 10) = 0 as is_open from pg_temp.rows_of(20000)) r;

insert into learning.error_fingerprints (organization_id, id, error_group_id, algorithm, digest, explanation, created_at)
select r.organization_id, pg_temp.id('fingerprint', r.organization, (r.n - 1) * 2 + k, r.amount * 2), pg_temp.id('error_group', r.organization, r.n, r.amount), 'stack:' || k, sha256(convert_to(r.n || '/' || k, 'UTF8')), 'the same frames', r.moment
from pg_temp.rows_of(20000) r, generate_series(1, 2) as k;

-- slices: 6
insert into learning.error_reports (organization_id, id, occurred_at, fingerprint_id, error_type, message, source, stack_trace)
select r.organization_id, pg_temp.id('error_report', r.organization, (r.n - 1) * 10 + k, r.amount * 10), r.moment + k * interval '12 minutes', pg_temp.id('fingerprint', r.organization, (r.n - 1) * 2 + 1 + k % 2, r.amount * 2), 'TimeoutError', 'no answer', 'worker', repeat(md5(r.dice::text) || E'\n', 20)
from pg_temp.rows_of(20000) r, generate_series(1, 10) as k;

insert into learning.root_causes (organization_id, id, error_group_id, cause, method, confidence, created_at)
select r.organization_id, pg_temp.id('root_cause', r.organization, r.n, r.amount), pg_temp.id('error_group', r.organization, r.n, r.amount), 'a change', 'blame', 0.5, r.moment from pg_temp.rows_of(20000) r;

insert into learning.healing_strategies (organization_id, id, name, action, created_at)
select o.organization_id, pg_temp.id('strategy', o.organization, n, 10), 'Strategy ' || n, 'retry', pg_temp.moment(1, 10) from generated_organizations o, generate_series(1, 10) as n;

insert into learning.healing_applications (organization_id, id, strategy_id, error_group_id, started_at, finished_at, outcome)
select r.organization_id, pg_temp.id('healing', r.organization, r.n, r.amount), pg_temp.id('strategy', r.organization, 1 + r.n % 10, 10), pg_temp.id('error_group', r.organization, 1 + pg_temp.roll(r.dice, 1, g.amount), g.amount), r.moment, r.moment + interval '1 minute', 'succeeded'
from pg_temp.rows_of(50000) r, lateral (select pg_temp.amount(20000, r.weight) as amount) g;

insert into learning.patterns (organization_id, id, pattern_type, name, signature, confidence, created_at)
select r.organization_id, pg_temp.id('pattern', r.organization, r.n, r.amount), 'sequence', 'Pattern ' || r.n, r.n::text, 0.5, r.moment from pg_temp.rows_of(1000) r;

-- slices: 2
insert into learning.pattern_occurrences (organization_id, pattern_id, source_kind, source_id, occurred_at)
select r.organization_id, pg_temp.id('pattern', r.organization, 1 + r.n % p.amount, p.amount), 'event', pg_temp.id('event', r.organization, 1 + r.n * (e.amount - 1) / r.amount, e.amount), r.moment
from pg_temp.rows_of(100000) r, lateral (select pg_temp.amount(1000, r.weight) as amount) p, lateral (select pg_temp.amount(10000000, r.weight) as amount) e;

-- The newest tenth of the evolutions runs yet.
insert into openevolve.evolution_sessions (organization_id, id, name, status, iterations_max, last_iteration, started_at, finished_at, created_at)
select r.organization_id, pg_temp.id('evolution', r.organization, r.n, r.amount), 'Evolution ' || r.n, case when r.is_over then 'completed' else 'running' end::openevolve.evolution_status, 1000, 500, r.moment, case when r.is_over then r.moment + interval '1 hour' end, r.moment
from (select *, n <= amount * 0.9 as is_over from pg_temp.rows_of(300)) r;

-- slices: 6
insert into openevolve.programs (organization_id, session_id, id, code, code_sha256, language, generation, iteration_found, found_at_seconds, island_number, metrics, fitness, created_at)
select r.organization_id, pg_temp.id('evolution', r.organization, r.n, r.amount), pg_temp.id('program', r.organization, (r.n - 1) * 500 + k, r.amount * 500), c.code, sha256(convert_to(c.code, 'UTF8')), 'python', k / 50, k, k, k % 5, jsonb_build_object('score', k / 500.0), k / 500.0, r.moment
from pg_temp.rows_of(300) r, generate_series(1, 500) as k, lateral (select repeat(md5(r.dice || '/' || k) || E'\n', 20) as code) c;

insert into openevolve.islands (organization_id, session_id, number, generation)
select r.organization_id, pg_temp.id('evolution', r.organization, r.n, r.amount), k, 10 from pg_temp.rows_of(300) r, generate_series(0, 4) as k;

-- slices: 6
insert into openevolve.island_members (organization_id, session_id, island_number, program_id)
select r.organization_id, pg_temp.id('evolution', r.organization, r.n, r.amount), k % 5, pg_temp.id('program', r.organization, (r.n - 1) * 500 + k, r.amount * 500) from pg_temp.rows_of(300) r, generate_series(1, 500) as k;

-- slices: 2
insert into openevolve.feature_map_cells (organization_id, session_id, island_number, coordinates, program_id, fitness)
select r.organization_id, pg_temp.id('evolution', r.organization, r.n, r.amount), k % 5, k / 10 || '-' || k % 10, pg_temp.id('program', r.organization, (r.n - 1) * 500 + k, r.amount * 500), k / 500.0 from pg_temp.rows_of(300) r, generate_series(1, 100) as k;

-- slices: 6
insert into openevolve.evaluations (organization_id, id, session_id, program_id, evaluator_sha256, code_sha256, status, claimed_by, lease_expires_at, started_at, finished_at, created_at)
select r.organization_id, pg_temp.id('evaluation', r.organization, (r.n - 1) * 500 + k, r.amount * 500), pg_temp.id('evolution', r.organization, r.n, r.amount), pg_temp.id('program', r.organization, (r.n - 1) * 500 + k, r.amount * 500), sha256(convert_to(r.n::text, 'UTF8')),
       sha256(convert_to(r.dice || '/' || k, 'UTF8')), s.status::openevolve.evaluation_status, case when s.status <> 'pending' then 'worker' end, case s.status when 'in_progress' then pg_temp.until() + interval '5 minutes' end,
       case when s.status <> 'pending' then r.moment end, case s.status when 'completed' then r.moment + interval '1 minute' end, r.moment
from (select *, n <= amount * 0.9 as is_over from pg_temp.rows_of(300)) r, generate_series(1, 500) as k, lateral (select case when r.is_over or k <= 480 then 'completed' when k <= 490 then 'in_progress' else 'pending' end as status) s;

-- slices: 6
insert into openevolve.trace (organization_id, session_id, iteration, parent_id, child_id, traced_at_seconds, parent_metrics, child_metrics, island_number, generation, created_at)
select r.organization_id, pg_temp.id('evolution', r.organization, r.n, r.amount), k, pg_temp.id('program', r.organization, (r.n - 1) * 500 + k, r.amount * 500), pg_temp.id('program', r.organization, (r.n - 1) * 500 + k + 1, r.amount * 500), k, '{"score": 0.1}', '{"score": 0.2}', k % 5, k / 50, r.moment
from pg_temp.rows_of(300) r, generate_series(1, 499) as k;
