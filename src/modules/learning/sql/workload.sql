-- What the API, the dashboard and the workers of learning ask. Queries compare states with literals: their indexes are partial ones, because
-- the comparison of enums is not leakproof and so never an index condition for a role that is subject to row-level security.
--
-- Left out for what they would cost in writing: GIN or trigram indexes over metrics, prompts, traces, messages and stack traces. These are
-- by far the largest columns; errors are found by fingerprint, programs by hash, and neither operator is leakproof.

-- The version of a model that serves: every prediction.
-- index: learning_models_name_key, a_model_has_one_version_in_production
-- values: select m.organization_id, m.name from learning.learning_models m where m.deleted_at is null
prepare find_model_in_production (uuid, text) as
select m.id as model_id, v.id as version_id, v.version, v.artifact_uri, v.artifact_sha256
from learning.learning_models m
join learning.model_versions v on v.organization_id = m.organization_id and v.model_id = m.id and v.stage = 'production'
where m.organization_id = $1 and m.name = $2 and m.deleted_at is null;

-- Models by name, a page: the dashboard's registry.
-- index: learning_models_name_key, model_measurements_pkey, training_sessions_model_key, feedback_version_idx
-- values: select organization_id, name from learning.learning_models where deleted_at is null
-- goal: 200 ms
prepare list_models (uuid, text) as
select model_id, name, model_type, versions, production_version, production_since, accuracy, feedback, mean_rating, training_cost_usd
from learning.model_performance_overview
where organization_id = $1 and name > $2
order by name limit 20;

-- Versions of a model, newest first.
-- index: model_versions_model_key
-- values: select organization_id, model_id, id from learning.model_versions
prepare list_model_versions (uuid, uuid, uuid) as
select id, version, stage, algorithm, parent_version_id, generation, created_at
from learning.model_versions
where organization_id = $1 and model_id = $2 and id < $3
order by id desc limit 50;

-- Training runs at work, with progress.
-- index: training_sessions_active_idx, training_metrics_pkey
-- values: select distinct organization_id from learning.training_sessions where finished_at is null
-- goal: 200 ms
prepare list_active_training_sessions (uuid) as
select id, model_name, name, status, progress_percentage, training_loss, best_validation_loss, last_metric_at
from learning.active_training_sessions
where organization_id = $1
order by id desc limit 50;

-- One curve of a training run.
-- index: training_metrics_pkey
-- values: select organization_id, training_session_id, metric, step from learning.training_metrics
prepare read_training_curve (uuid, uuid, text, bigint) as
select step, epoch, dataset, value
from learning.training_metrics
where organization_id = $1 and training_session_id = $2 and metric = $3 and step > $4
order by step limit 1000;

-- Feedback that learning has not taken in: the worker's next batch.
-- index: feedback_unprocessed_idx
-- values: select organization_id from learning.feedback where processed_at is null
prepare claim_feedback (uuid) as
select id, model_version_id, feedback_type, rating, predicted_value, actual_value
from learning.feedback
where organization_id = $1 and processed_at is null
order by id limit 100
for update skip locked;

-- Open errors, last seen first, with counts and causes: the dashboard's list.
-- index: error_groups_open_idx, error_fingerprints_group_idx, error_reports_fingerprint_idx, root_causes_group_idx, healing_applications_group_idx
-- values: select organization_id, last_seen_at, id from learning.error_groups where status = 'open'
-- goal: 200 ms
prepare list_open_errors (uuid, timestamptz, uuid) as
select id, title, error_class, priority, last_seen_at, reports, reports_24_hours, likely_cause, confidence, healing_succeeded
from learning.error_summary
where organization_id = $1 and status = 'open' and (last_seen_at, id) < ($2, $3)
order by last_seen_at desc, id desc limit 20;

-- The group of an error that comes in: every report.
-- index: error_fingerprints_digest_key
-- values: select organization_id, algorithm, digest from learning.error_fingerprints
prepare find_error_group (uuid, text, bytea) as
select error_group_id, id
from learning.error_fingerprints
where organization_id = $1 and algorithm = $2 and digest = $3;

-- Reports of an error in a time, newest first.
-- index: error_fingerprints_group_idx, error_reports_fingerprint_idx
-- values: select f.organization_id, f.error_group_id, now() - interval '7 days', now() from learning.error_fingerprints f
prepare list_error_reports (uuid, uuid, timestamptz, timestamptz) as
select r.occurred_at, r.id, r.error_type, r.message, r.source, r.task_id, r.commit_id
from learning.error_fingerprints f
join learning.error_reports r on r.organization_id = f.organization_id and r.fingerprint_id = f.id
where f.organization_id = $1 and f.error_group_id = $2 and r.occurred_at >= $3 and r.occurred_at < $4
order by r.occurred_at desc, r.id desc limit 50;

-- How each strategy for a class of errors has done lately: what healing chooses by.
-- index: healing_applications_strategy_idx
-- values: select organization_id, now() - interval '30 days' from learning.healing_strategies
-- goal: 200 ms
prepare rank_healing_strategies (uuid, timestamptz) as
select s.id, s.action, s.parameters, a.succeeded, a.failed, a.cost_usd
from learning.healing_strategies s
cross join lateral (
    select count(*) filter (where h.outcome = 'succeeded') as succeeded, count(*) filter (where h.outcome = 'failed') as failed, sum(h.cost_usd) as cost_usd
    from learning.healing_applications h
    where h.organization_id = s.organization_id and h.strategy_id = s.id and h.started_at >= $2
) a
where s.organization_id = $1 and s.disabled_at is null and (s.error_class = 'integration_failure' or s.error_class is null);

-- Patterns that were seen in a thing: its page.
-- index: pattern_occurrences_source_idx
-- values: select organization_id, source_kind, source_id from learning.pattern_occurrences
prepare list_patterns_of (uuid, text, uuid) as
select p.id, p.pattern_type, p.name, p.confidence
from learning.pattern_occurrences o
join learning.patterns p on p.organization_id = o.organization_id and p.id = o.pattern_id
where o.organization_id = $1 and o.source_kind = $2 and o.source_id = $3;

-- Evolutions that have not ended: what the engine takes up after a restart.
-- index: evolution_sessions_unfinished_idx
-- values: select organization_id from openevolve.evolution_sessions where finished_at is null
prepare list_unfinished_evolutions (uuid) as
select id, name, status, last_iteration, iterations_max
from openevolve.evolution_sessions
where organization_id = $1 and finished_at is null
order by id limit 100;

-- How an evolution is doing: its page.
-- index: evolution_sessions_pkey
-- values: select organization_id, id from openevolve.evolution_sessions
-- goal: 200 ms
prepare show_evolution (uuid, uuid) as
select name, status, last_iteration, progress_percentage, best_fitness, programs, population, islands, archive, cells, evaluations_waiting, mean_fitness
from openevolve.evolution_progress
where organization_id = $1 and id = $2;

-- The best programs of an evolution, for a prompt.
-- index: programs_best_idx
-- values: select organization_id, session_id from openevolve.programs
prepare list_best_programs (uuid, uuid) as
select id, code, metrics, fitness
from openevolve.programs
where organization_id = $1 and session_id = $2 and evicted_at is null and fitness is not null
order by fitness desc, id desc limit 10;

-- Whether a text was tried before in an evolution: before it is evaluated.
-- index: programs_code_idx
-- values: select organization_id, session_id, code_sha256 from openevolve.programs where code_sha256 is not null
prepare find_program_by_code (uuid, uuid, bytea) as
select id, fitness, evicted_at
from openevolve.programs
where organization_id = $1 and session_id = $2 and code_sha256 = $3;

-- A cell of an island's map and its owner.
-- index: feature_map_cells_pkey
-- values: select organization_id, session_id, island_number, coordinates from openevolve.feature_map_cells
prepare find_cell (uuid, uuid, integer, text) as
select program_id, fitness
from openevolve.feature_map_cells
where organization_id = $1 and session_id = $2 and island_number = $3 and coordinates = $4;

-- Who lives on an island, for sampling.
-- index: island_members_pkey
-- values: select organization_id, session_id, island_number, program_id from openevolve.island_members
prepare sample_island (uuid, uuid, integer, uuid) as
select m.program_id, p.fitness
from openevolve.island_members m
join openevolve.programs p on p.organization_id = m.organization_id and p.session_id = m.session_id and p.id = m.program_id
where m.organization_id = $1 and m.session_id = $2 and m.island_number = $3 and m.program_id >= $4
order by m.program_id limit 20;

-- The next evaluation of an evolution: its workers.
-- index: evaluations_queue_idx
-- values: select organization_id, session_id from openevolve.evaluations where status = 'pending'
prepare claim_evaluation (uuid, uuid) as
select id, program_id, code_sha256
from openevolve.evaluations
where organization_id = $1 and session_id = $2 and status = 'pending'
order by id limit 1
for update skip locked;

-- Evaluations whose worker is gone.
-- index: evaluations_lease_idx
-- values: select organization_id, now() from openevolve.evaluations where status = 'in_progress'
prepare list_expired_leases (uuid, timestamptz) as
select id, session_id, claimed_by, lease_expires_at
from openevolve.evaluations
where organization_id = $1 and status = 'in_progress' and lease_expires_at < $2
order by lease_expires_at limit 100;

-- What an evolution did, from an iteration on: the live page, and the export.
-- index: trace_pkey
-- values: select organization_id, session_id, iteration from openevolve.trace
prepare read_trace (uuid, uuid, integer) as
select iteration, parent_id, child_id, improvement_delta, island_number, generation
from openevolve.trace
where organization_id = $1 and session_id = $2 and iteration > $3
order by iteration limit 50;
