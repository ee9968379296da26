-- name: register_codebase :one
-- param remote_url: nullable
-- param repository_id: nullable
-- Finds the codebase of a location, or makes it. The name is the proposal, or the proposal with a number when another
-- codebase has it already. `returning` gives the row in both cases.
insert into codebase.codebases as c (organization_id, id, name, kind, location, remote_url, repository_id)
select :organization_id, :codebase_id,
       coalesce((select existing.name from codebase.codebases existing
                 where existing.organization_id = :organization_id and existing.location = :location),
                case when not exists (select from codebase.codebases taken
                                      where taken.organization_id = :organization_id and taken.name = :name) then :name
                     else :name || '-' || (select 1 + count(*) from codebase.codebases alike
                                           where alike.organization_id = :organization_id
                                             and (alike.name = :name or alike.name like :name || '-%'))::text end),
       :kind::codebase.codebase_kind, :location, :remote_url, :repository_id::uuid
on conflict (organization_id, location) do update
set kind = excluded.kind, remote_url = excluded.remote_url, repository_id = coalesce(excluded.repository_id, c.repository_id)
returning c.id as codebase_id, c.name, c.current_run_id;

-- name: lock_codebase :one
-- column locked: not null
-- One run at a time for a codebase: the lock goes with the transaction, also when its process is killed.
-- scope: local
select pg_try_advisory_xact_lock(hashtextextended(:codebase_id::uuid::text, 0)) as locked;

-- name: abandon_running_runs :exec
-- Called under the codebase's lock: whatever still says 'running' has no process any more.
update codebase.analysis_runs
set state = 'abandoned', finished_at = :now
where organization_id = :organization_id and codebase_id = :codebase_id and state = 'running' and id <> :run_id;

-- name: begin_run :one
-- param commit_id: nullable
-- param branch: nullable
-- Takes the next number of the codebase and makes the run with it, in one statement.
with numbered as (
    update codebase.codebases set last_run_number = last_run_number + 1
    where organization_id = :organization_id and id = :codebase_id
    returning last_run_number)
insert into codebase.analysis_runs
    (organization_id, id, codebase_id, number, analyser_version, commit_id, branch, is_dirty, started_at)
select :organization_id, :run_id, :codebase_id, last_run_number, :analyser_version, :commit_id, :branch, :is_dirty, :now from numbered
returning number;

-- name: complete_run :one
-- column files_seen: not null
-- column files_parsed: not null
-- column files_reused: not null
-- column files_skipped: not null
-- column bytes_seen: not null
-- column lines_seen: not null
-- column elements_seen: not null
-- Sums up what the run left as the current files and makes it the codebase's current run.
with current_files as (
    select count(*) as files, count(*) filter (where f.skip_reason is not null) as skipped,
           coalesce(sum(b.size_bytes), 0)::bigint as bytes, coalesce(sum(b.lines), 0)::bigint as lines,
           coalesce(sum(b.element_count), 0)::bigint as elements
    from codebase.files f
    left join codebase.blobs b on b.organization_id = f.organization_id and b.id = f.blob_id
    where f.organization_id = :organization_id and f.codebase_id = :codebase_id and f.last_run is null),
pointed as (
    update codebase.codebases set current_run_id = :run_id
    where organization_id = :organization_id and id = :codebase_id)
update codebase.analysis_runs r
set state = 'completed', finished_at = :now, files_seen = s.files::integer, files_skipped = s.skipped::integer,
    files_parsed = :files_parsed, files_reused = (s.files - s.skipped)::integer - :files_parsed, files_removed = :files_removed,
    bytes_seen = s.bytes, bytes_parsed = :bytes_parsed, lines_seen = s.lines, elements_seen = s.elements
from current_files s
where r.organization_id = :organization_id and r.id = :run_id and r.state = 'running'
returning r.files_seen, r.files_parsed, r.files_reused, r.files_skipped, r.bytes_seen, r.lines_seen, r.elements_seen;

-- name: take_snapshot :one
-- column snapshot_id: not null
-- Names what the files of the run that has just been completed are.
select codebase.take_snapshot(:organization_id, :run_id) as snapshot_id;

-- name: end_run_early :exec
-- Records that a run failed or was cancelled; what it had staged went with its transaction.
update codebase.analysis_runs
set state = :state::codebase.run_state, finished_at = :now, error_code = :error_code, error_message = :error_message
where organization_id = :organization_id and id = :run_id and state = 'running';

-- name: begin_staging :exec
-- scope: local
call codebase.begin_staging();

-- name: merge_facts :one
-- column new_blobs: not null
select codebase.merge_facts(:organization_id) as new_blobs;

-- name: merge_files :exec
call codebase.merge_files(:organization_id, :codebase_id, :run_number);

-- name: current_files :many
-- column mode: not null
-- The paths of the newest complete run with all that decides whether they must be read again.
select path, mode::text as mode, git_id, blob_id, size_bytes, language, skip_reason::text as skip_reason,
       skip_evidence
from codebase.files
where organization_id = :organization_id and codebase_id = :codebase_id and last_run is null;

-- name: known_blobs :many
-- The facts that contents of these Git ids have already, of any language.
select id as blob_id
from codebase.blobs
where organization_id = :organization_id and git_id = any(:git_ids::text[]) and analyser_version = :analyser_version;

-- name: language_summary :many
-- column language: not null
-- column files: not null
-- column bytes: not null
-- column lines: not null
-- column code_lines: not null
-- column elements: not null
select f.language, count(*) as files, sum(b.size_bytes)::bigint as bytes, sum(b.lines)::bigint as lines,
       sum(b.code_lines)::bigint as code_lines, sum(b.element_count)::bigint as elements
from codebase.files f
join codebase.blobs b on b.organization_id = f.organization_id and b.id = f.blob_id
where f.organization_id = :organization_id and f.codebase_id = :codebase_id and f.last_run is null
group by f.language
order by lines desc, f.language;

-- name: skip_summary :many
-- column skip_reason: not null
-- column files: not null
-- column bytes: not null
select skip_reason::text as skip_reason, count(*) as files, sum(size_bytes)::bigint as bytes
from codebase.files
where organization_id = :organization_id and codebase_id = :codebase_id and last_run is null and skip_reason is not null
group by skip_reason
order by files desc, skip_reason;

-- name: current_analyser_version :optional
-- The analyser version of the newest complete run: what it found holds only for a run of the same.
select r.analyser_version
from codebase.codebases c
join codebase.analysis_runs r on r.organization_id = c.organization_id and r.id = c.current_run_id
where c.organization_id = :organization_id and c.id = :codebase_id;

-- name: current_flows :many
-- What linking needs of the current files, in the order of their paths.
select f.path, w.blob_id, w.flow
from codebase.files f
join codebase.blob_flows w on w.organization_id = f.organization_id and w.blob_id = f.blob_id
where f.organization_id = :organization_id and f.codebase_id = :codebase_id and f.last_run is null
order by f.path;

-- name: current_resolutions :many
-- What linking gave for each file in the run before.
select path, digest
from codebase.file_resolutions
where organization_id = :organization_id and codebase_id = :codebase_id and last_run is null;

-- name: begin_linking :exec
-- scope: local
call codebase.begin_linking();

-- name: merge_links :one
-- column new_rows: not null
select codebase.merge_links(:organization_id, :codebase_id, :run_number) as new_rows;

-- name: begin_packages :exec
-- scope: local
call codebase.begin_packages();

-- name: merge_dependencies :one
-- column new_rows: not null
select codebase.merge_dependencies(:organization_id, :codebase_id, :run_number) as new_rows;
