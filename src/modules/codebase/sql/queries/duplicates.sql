-- name: current_fingerprints :many
-- What tells which of the current files have something in common, in the order of their paths.
select f.path, t.blob_id, t.fingerprints
from codebase.files f
join codebase.blob_tokens t on t.organization_id = f.organization_id and t.blob_id = f.blob_id
where f.organization_id = :organization_id and f.codebase_id = :codebase_id and f.last_run is null
order by f.path;

-- name: tokens_of_blobs :many
select blob_id, tokens
from codebase.blob_tokens
where organization_id = :organization_id and blob_id = any(:blob_ids::uuid[]);

-- name: begin_duplicates :exec
-- scope: local
call codebase.begin_duplicates();

-- name: merge_duplicates :one
-- column new_rows: not null
select codebase.merge_duplicates(:organization_id, :codebase_id, :run_number) as new_rows;
