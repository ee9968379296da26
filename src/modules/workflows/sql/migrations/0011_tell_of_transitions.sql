-- Events, and with them subscriptions, patterns and rollups, are told of what is done to runs. They are kept in another database, so
-- that a run remembers how far it was told. What was done before this is not told.

alter table workflows.workflow_executions
    add column told_transition_id uuid,
    add column has_untold_transitions boolean not null default false;
comment on column workflows.workflow_executions.told_transition_id is 'The last of its transitions that events were told of; null before the first.';
comment on column workflows.workflow_executions.has_untold_transitions is 'Whether there are transitions after that.';
create index workflow_executions_untold_idx on workflows.workflow_executions (organization_id, id) where has_untold_transitions;

-- migrate: rollback
alter table workflows.workflow_executions drop column told_transition_id, drop column has_untold_transitions;
