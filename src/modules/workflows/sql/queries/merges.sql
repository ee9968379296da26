-- name: enqueue_merge :one
-- param task_id: nullable
-- column id: not null
-- Also of a change that is there already.
select workflows.enqueue_merge(execution => :execution_id, repository => :repository_id, source_branch => :source_branch, target_branch => :target_branch,
                               head_commit => :head_commit, task => :task_id) as id;

-- name: claim_merge :one
-- column claimed: not null
select workflows.claim_merge(:merge_id) as claimed;

-- name: move_merge :one
-- param commit_id: nullable
-- param reason: nullable
-- column status: not null
-- Where the change is then, which for a fourth conflict is needs_person.
select workflows.move_merge(:merge_id, :to_status, :commit_id, :reason) as status;

-- name: list_merges :many
-- In the order in which they came.
select id, source_branch, target_branch, head_commit, status, status_reason, conflicts_returned, merged_commit, created_at, finished_at
from workflows.merge_queue_entries
where organization_id = :organization_id and execution_id = :execution_id
order by id;
