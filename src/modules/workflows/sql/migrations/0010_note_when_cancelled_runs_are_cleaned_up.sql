-- A run that nobody has in hand can be cancelled, too. What it has left is then the server's to remove, however often the server is killed
-- meanwhile.

alter table workflows.workflow_executions
    add column cleaned_up_at timestamptz,
    add constraint only_cancelled_is_cleaned_up check (cleaned_up_at is null or status = 'cancelled');
comment on column workflows.workflow_executions.cleaned_up_at is 'When the folders, branches and tasks of a cancelled run were removed; null before, and for every other run.';
-- So far whoever cancelled a run cleaned up at once.
update workflows.workflow_executions set cleaned_up_at = finished_at where status = 'cancelled';
create index workflow_executions_left_behind_idx on workflows.workflow_executions (organization_id, id) where status = 'cancelled' and cleaned_up_at is null;

-- migrate: rollback
alter table workflows.workflow_executions drop column cleaned_up_at;
