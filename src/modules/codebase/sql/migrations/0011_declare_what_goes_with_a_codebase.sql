-- A codebase is of one organization. Not knowing it, the planner expected one row of a codebase where there are thousands, and took whichever
-- index begins with the two: the check that a change belongs to a commit read all commits of the codebase, a page of issues all suppressions.
create statistics codebase.files_of_a_codebase (dependencies) on organization_id, codebase_id from codebase.files;
create statistics codebase.symbols_of_a_codebase (dependencies) on organization_id, codebase_id from codebase.symbols;
create statistics codebase.file_resolutions_of_a_codebase (dependencies) on organization_id, codebase_id from codebase.file_resolutions;
create statistics codebase.analysis_runs_of_a_codebase (dependencies) on organization_id, codebase_id from codebase.analysis_runs;
create statistics codebase.snapshots_of_a_codebase (dependencies) on organization_id, codebase_id from codebase.snapshots;
create statistics codebase.refs_of_a_codebase (dependencies) on organization_id, codebase_id from codebase.refs;
create statistics codebase.duplicates_of_a_codebase (dependencies) on organization_id, codebase_id from codebase.duplicates;
create statistics codebase.issues_of_a_codebase (dependencies) on organization_id, codebase_id from codebase.issues;
create statistics codebase.issue_suppressions_of_a_codebase (dependencies) on organization_id, codebase_id from codebase.issue_suppressions;
create statistics codebase.external_dependencies_of_a_codebase (dependencies) on organization_id, codebase_id from codebase.external_dependencies;
create statistics codebase.commits_of_a_codebase (dependencies) on organization_id, codebase_id from codebase.commits;
create statistics codebase.file_changes_of_a_codebase (dependencies) on organization_id, codebase_id from codebase.file_changes;

-- migrate: rollback
drop statistics codebase.files_of_a_codebase, codebase.symbols_of_a_codebase, codebase.file_resolutions_of_a_codebase, codebase.analysis_runs_of_a_codebase,
    codebase.snapshots_of_a_codebase, codebase.refs_of_a_codebase, codebase.duplicates_of_a_codebase, codebase.issues_of_a_codebase, codebase.issue_suppressions_of_a_codebase,
    codebase.external_dependencies_of_a_codebase, codebase.commits_of_a_codebase, codebase.file_changes_of_a_codebase;
