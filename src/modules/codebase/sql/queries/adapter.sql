-- name: request_index :one
-- column id: not null
-- What is asked for already is not asked for twice. A copy of a remote repository is asked for by its URL, so that it is brought up to date.
insert into codebase.index_requests as r (organization_id, id, location, revision, cause)
values (:organization_id, :request_id,
        coalesce((select c.remote_url from codebase.codebases c where c.organization_id = :organization_id and c.location = :location::text and codebase.is_mirror(c)), :location),
        :revision, :cause::codebase.request_cause)
on conflict (organization_id, location, revision) where finished_at is null and taken_until is null do update set cause = r.cause
returning r.id;

-- name: list_index_requests :many
-- param codebase_id: nullable
-- param location: nullable
-- param request_id: nullable
-- column id: not null
-- column location: not null
-- column revision: not null
-- column cause: not null
-- column state: not null
-- column attempts: not null
-- column requested_at: not null
-- The newest first; those of a codebase or a location, or one.
select r.id, r.location, r.revision, r.cause::text as cause, r.state::text as state, r.attempts, r.requested_at, r.started_at, r.finished_at, r.codebase_id, r.run_number,
       r.error_code, r.error_message
from codebase.index_requests r
where r.organization_id = :organization_id
  and (:codebase_id::uuid is null or r.codebase_id = :codebase_id or r.location = :location)
  and (:request_id::uuid is null or r.id = :request_id)
order by r.id desc
limit :rows_max;

-- name: take_index_request :optional
-- scope: cross
-- column organization_id: not null
-- column id: not null
-- column location: not null
-- column revision: not null
-- column attempts: not null
select organization_id, id, location, revision, attempts from codebase.take_index_request(:taken_for, :attempts_max);

-- name: codebases_with_urls :many
-- scope: cross
-- column organization_id: not null
-- column location: not null
select organization_id, location from codebase.codebases_with_urls();

-- name: keep_index_request :exec
-- Its server is still at it.
update codebase.index_requests set taken_until = now() + :taken_for::interval
where organization_id = :organization_id and id = :request_id and state = 'running';

-- name: complete_index_request :exec
update codebase.index_requests
set state = 'completed', taken_until = null, finished_at = now(), codebase_id = :codebase_id, run_number = :run_number
where organization_id = :organization_id and id = :request_id and state = 'running';

-- name: fail_index_request :exec
update codebase.index_requests
set state = 'failed', taken_until = null, finished_at = now(), error_code = :error_code, error_message = :error_message
where organization_id = :organization_id and id = :request_id and state = 'running';

-- name: put_back_index_request :exec
-- Its server stops, or somebody else indexes the codebase: for the next one, unless the same is asked for meanwhile.
with others as (
    select o.id from codebase.index_requests o
    join codebase.index_requests r on r.organization_id = o.organization_id and r.location = o.location and r.revision = o.revision
    where r.organization_id = :organization_id and r.id = :request_id and o.id <> r.id and o.finished_at is null and o.taken_until is null)
update codebase.index_requests
set state = case when exists (select from others) then 'failed' else 'waiting' end::codebase.request_state, taken_until = null, attempts = attempts - 1,
    finished_at = case when exists (select from others) then now() end,
    error_code = case when exists (select from others) then 'codebase.asked_for_again' end,
    error_message = case when exists (select from others) then 'a later request stands for it' end
where organization_id = :organization_id and id = :request_id and state = 'running';

-- name: list_runs :many
-- param before_number: nullable
-- column number: not null
-- column state: not null
-- column is_dirty: not null
-- column started_at: not null
-- The runs of a codebase with their score, the newest first.
select r.number, r.state::text as state, r.commit_id, r.branch, r.is_dirty, r.started_at, r.finished_at, r.files_seen, r.files_parsed, r.lines_seen, r.elements_seen,
       s.score, r.error_code, r.error_message
from codebase.analysis_runs r
left join codebase.quality_scores s on s.organization_id = r.organization_id and s.codebase_id = r.codebase_id and s.run_number = r.number and s.scope = ''
where r.organization_id = :organization_id and r.codebase_id = :codebase_id and (:before_number::integer is null or r.number < :before_number)
order by r.number desc
limit :rows_max;

-- name: trend_points :many
-- column number: not null
-- column finished_at: not null
-- column metric: not null
-- column value: not null
-- A figure of the whole codebase in each completed run, the oldest first of the newest so many; the score is one of them.
select n.number, n.finished_at, n.commit_id, f.metric, f.value
from (select r.organization_id, r.codebase_id, r.id, r.number, r.finished_at, r.commit_id
      from codebase.analysis_runs r
      where r.organization_id = :organization_id and r.codebase_id = :codebase_id and r.state = 'completed'
      order by r.number desc
      limit :runs_max) n
cross join lateral (
    select m.metric, m.value from codebase.run_metrics m
    where m.organization_id = n.organization_id and m.run_id = n.id and m.scope = '' and (cardinality(:metrics::text[]) = 0 or m.metric = any (:metrics))
    union all
    select 'quality_score', s.score from codebase.quality_scores s
    where s.organization_id = n.organization_id and s.codebase_id = n.codebase_id and s.run_number = n.number and s.scope = ''
      and (cardinality(:metrics::text[]) = 0 or 'quality_score' = any (:metrics))) f
order by f.metric, n.number;
