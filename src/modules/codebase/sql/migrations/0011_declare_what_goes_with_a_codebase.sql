-- A codebase is of one organization. Not knowing it, the planner expected one commit of a codebase where there are thousands, and had the check
-- that a change belongs to a commit read them all.
create statistics codebase.commits_of_a_codebase (dependencies) on organization_id, codebase_id from codebase.commits;

-- migrate: rollback
drop statistics codebase.commits_of_a_codebase;
