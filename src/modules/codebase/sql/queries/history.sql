-- name: history_state :optional
-- column last_number: not null
-- How the newest complete run read the history, what it was based on, and how far the numbers of commits have come.
select r.history_version, r.commit_id, coalesce(h.number, 0) as last_number
from codebase.codebases c
left join codebase.analysis_runs r on r.organization_id = c.organization_id and r.id = c.current_run_id
left join lateral (select m.number from codebase.commits m
                   where m.organization_id = c.organization_id and m.codebase_id = c.id order by m.number desc limit 1) h on true
where c.organization_id = :organization_id and c.id = :codebase_id;

-- name: stored_refs :many
-- column kind: not null
select kind::text as kind, name, commit_id, is_default
from codebase.refs
where organization_id = :organization_id and codebase_id = :codebase_id;

-- name: stored_commits :many
-- column is_lost: not null
-- column is_unread: not null
-- All commits of a codebase. Unread are those of which it is not known what they changed.
select commit_id, number, lost_at is not null as is_lost, files_changed is null and cardinality(parent_ids) < 2 as is_unread
from codebase.commits
where organization_id = :organization_id and codebase_id = :codebase_id;

-- name: stored_commits_among :many
-- column is_lost: not null
-- column is_unread: not null
select commit_id, number, lost_at is not null as is_lost, files_changed is null and cardinality(parent_ids) < 2 as is_unread
from codebase.commits
where organization_id = :organization_id and codebase_id = :codebase_id and commit_id = any(:commit_ids::text[]);

-- name: begin_history :exec
-- scope: local
call codebase.begin_history();

-- name: merge_commits :one
-- column new_changes: not null
select codebase.merge_commits(:organization_id, :codebase_id) as new_changes;

-- name: lose_commits :exec
-- No branch and no tag leads to these any more.
update codebase.commits set lost_at = :now
where organization_id = :organization_id and codebase_id = :codebase_id and commit_id = any(:commit_ids::text[]) and lost_at is null;

-- name: merge_refs :exec
call codebase.merge_refs(:organization_id, :codebase_id, :now);

-- name: note_history_version :exec
update codebase.analysis_runs set history_version = :history_version
where organization_id = :organization_id and id = :run_id;
