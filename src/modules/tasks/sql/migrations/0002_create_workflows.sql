-- Workflows: graphs of tasks that are started together. A run copies what it needs into its tasks, so a change of the graph
-- reaches later runs only. Edges are added by tasks.add_workflow_edge, which refuses cycles.

create type tasks.dependency_condition as enum ('succeeded', 'failed', 'ended');
comment on type tasks.dependency_condition is 'The end of the task before that lets the one after begin: success; failure, also as a dead letter; any.';

create table tasks.workflows (
    organization_id uuid        not null,
    id              uuid        not null default base.uuid_v7(),
    name            text        not null,
    description     text        not null default '',
    timeout_seconds integer     not null default 14400,
    created_by      uuid,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    retired_at      timestamptz,
    constraint workflows_pkey primary key (organization_id, id),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint timeout_is_positive check (timeout_seconds > 0),
    constraint retired_after_creation check (retired_at >= created_at)
);
-- A retired workflow gives its name back.
create unique index workflows_name_key on tasks.workflows (organization_id, lower(name)) where retired_at is null;

comment on table tasks.workflows is 'Graphs of tasks to be run together. A run is a task with one subtask for each node.';
comment on column tasks.workflows.organization_id is 'The organization it belongs to.';
comment on column tasks.workflows.id is 'Its id.';
comment on column tasks.workflows.name is 'What it is called, unique whatever its case among those in use.';
comment on column tasks.workflows.description is 'What it is for; Markdown.';
comment on column tasks.workflows.timeout_seconds is 'How long a run may take.';
comment on column tasks.workflows.created_by is 'Who made it; null for the system. Id of identity.users.';
comment on column tasks.workflows.created_at is 'When it was made.';
comment on column tasks.workflows.updated_at is 'When it was last changed.';
comment on column tasks.workflows.retired_at is 'Since when it is not started any more; null while it is in use.';

select base.tenant_table('tasks.workflows');

create table tasks.workflow_nodes (
    organization_id uuid          not null,
    id              uuid          not null default base.uuid_v7(),
    workflow_id     uuid          not null,
    key             text          not null,
    title           text          not null,
    definition_id   uuid          not null,
    input           jsonb         not null default '{}',
    priority        base.priority not null default 'normal',
    created_at      timestamptz   not null default now(),
    updated_at      timestamptz   not null default now(),
    constraint workflow_nodes_pkey primary key (organization_id, id),
    constraint workflow_nodes_workflow_key unique (organization_id, workflow_id, id),
    constraint workflow_nodes_key_key unique (organization_id, workflow_id, key),
    constraint key_is_a_word check (key ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint title_is_not_blank check (btrim(title) <> '' and length(title) <= 500),
    constraint input_is_object check (jsonb_typeof(input) = 'object')
);
create index workflow_nodes_definition_idx on tasks.workflow_nodes (organization_id, definition_id);

comment on table tasks.workflow_nodes is 'The tasks that a run of a workflow consists of.';
comment on column tasks.workflow_nodes.organization_id is 'The organization of the workflow.';
comment on column tasks.workflow_nodes.id is 'Its id.';
comment on column tasks.workflow_nodes.workflow_id is 'The workflow it belongs to.';
comment on column tasks.workflow_nodes.key is 'Its name in the workflow, in a word.';
comment on column tasks.workflow_nodes.title is 'The title of its tasks.';
comment on column tasks.workflow_nodes.definition_id is 'What its tasks are made from.';
comment on column tasks.workflow_nodes.input is 'The input of its tasks.';
comment on column tasks.workflow_nodes.priority is 'How much its tasks matter.';
comment on column tasks.workflow_nodes.created_at is 'When it was added.';
comment on column tasks.workflow_nodes.updated_at is 'When it was last changed.';

select base.tenant_table('tasks.workflow_nodes');
alter table tasks.workflow_nodes add constraint workflow_nodes_workflow_fkey
    foreign key (organization_id, workflow_id) references tasks.workflows (organization_id, id) on delete cascade;
alter table tasks.workflow_nodes add constraint workflow_nodes_definition_fkey
    foreign key (organization_id, definition_id) references tasks.task_definitions (organization_id, id);

create table tasks.workflow_edges (
    organization_id uuid                       not null,
    id              uuid                       not null default base.uuid_v7(),
    workflow_id     uuid                       not null,
    source_node_id  uuid                       not null,
    target_node_id  uuid                       not null,
    condition       tasks.dependency_condition not null default 'succeeded',
    is_hard         boolean                    not null default true,
    delay_seconds   integer                    not null default 0,
    created_at      timestamptz                not null default now(),
    constraint workflow_edges_pkey primary key (organization_id, id),
    constraint workflow_edges_nodes_key unique (organization_id, workflow_id, source_node_id, target_node_id),
    constraint no_node_follows_itself check (source_node_id <> target_node_id),
    constraint delay_is_not_negative check (delay_seconds >= 0)
);
create index workflow_edges_target_idx on tasks.workflow_edges (organization_id, workflow_id, target_node_id);

comment on table tasks.workflow_edges is 'Which node of a workflow comes after which. Added by tasks.add_workflow_edge alone, so that there is no cycle.';
comment on column tasks.workflow_edges.organization_id is 'The organization of the workflow.';
comment on column tasks.workflow_edges.id is 'Its id.';
comment on column tasks.workflow_edges.workflow_id is 'The workflow of both nodes.';
comment on column tasks.workflow_edges.source_node_id is 'The node that comes first.';
comment on column tasks.workflow_edges.target_node_id is 'The node that comes after it.';
comment on column tasks.workflow_edges.condition is 'How the first must end for the second to begin.';
comment on column tasks.workflow_edges.is_hard is 'Whether the second is cancelled when the first ends otherwise; if not, it begins all the same.';
comment on column tasks.workflow_edges.delay_seconds is 'The pause between the end of the first and the beginning of the second.';
comment on column tasks.workflow_edges.created_at is 'When it was added.';

select base.tenant_table('tasks.workflow_edges', privileges => 'select, delete');
alter table tasks.workflow_edges add constraint source_is_a_node_of_the_workflow
    foreign key (organization_id, workflow_id, source_node_id) references tasks.workflow_nodes (organization_id, workflow_id, id) on delete cascade;
alter table tasks.workflow_edges add constraint target_is_a_node_of_the_workflow
    foreign key (organization_id, workflow_id, target_node_id) references tasks.workflow_nodes (organization_id, workflow_id, id) on delete cascade;

-- migrate: rollback
drop view if exists tasks.workflow_statistics;
drop function if exists tasks.add_workflow_edge(uuid, uuid, uuid, tasks.dependency_condition, boolean, integer);
drop table tasks.workflow_edges;
drop table tasks.workflow_nodes;
drop table tasks.workflows;
drop type tasks.dependency_condition;
