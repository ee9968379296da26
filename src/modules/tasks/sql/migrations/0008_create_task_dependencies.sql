-- What tasks are to each other. The sentence is source, kind, target: source blocks target, source depends on target. Four kinds say
-- who comes first and form no cycle, whatever their mixture; two say nothing of the kind.

create type tasks.dependency_kind as enum ('related_to', 'conflicts_with', 'triggers', 'subtask_of', 'depends_on', 'blocks');
comment on type tasks.dependency_kind is 'What one task is to another: related_to is a hint; conflicts_with means not both at once; triggers, blocks: the first lets the second begin (one trigger of several suffices, blockers must all be settled); depends_on: the other way round; subtask_of: a part, without which the whole does not go on.';

create table tasks.task_dependencies (
    organization_id uuid                       not null,
    id              uuid                       not null default base.uuid_v7(),
    source_task_id  uuid                       not null,
    target_task_id  uuid                       not null,
    kind            tasks.dependency_kind      not null,
    predecessor_id  uuid generated always as (case when kind in ('blocks', 'triggers', 'subtask_of') then source_task_id
                                                   when kind = 'depends_on' then target_task_id end) stored,
    successor_id    uuid generated always as (case when kind in ('blocks', 'triggers', 'subtask_of') then target_task_id
                                                   when kind = 'depends_on' then source_task_id end) stored,
    condition       tasks.dependency_condition not null default 'succeeded',
    is_hard         boolean                    not null default true,
    delay_seconds   integer                    not null default 0,
    satisfied_at    timestamptz,
    created_at      timestamptz                not null default now(),
    constraint task_dependencies_pkey primary key (organization_id, id),
    constraint task_dependencies_key unique (organization_id, source_task_id, target_task_id, kind),
    constraint no_task_depends_on_itself check (source_task_id <> target_task_id),
    constraint delay_is_not_negative check (delay_seconds >= 0),
    constraint only_an_order_has_a_delay check (delay_seconds = 0 or kind not in ('related_to', 'conflicts_with')),
    constraint only_an_order_is_satisfied check (satisfied_at is null or kind not in ('related_to', 'conflicts_with')),
    constraint related_is_never_hard check (kind <> 'related_to' or not is_hard)
);
create unique index what_is_mutual_is_said_once on tasks.task_dependencies
    (organization_id, least(source_task_id, target_task_id), greatest(source_task_id, target_task_id), kind) where kind in ('related_to', 'conflicts_with');
create index task_dependencies_target_idx on tasks.task_dependencies (organization_id, target_task_id);
create index task_dependencies_predecessor_idx on tasks.task_dependencies (organization_id, predecessor_id) where predecessor_id is not null;
create index task_dependencies_successor_idx on tasks.task_dependencies (organization_id, successor_id) where successor_id is not null;

comment on table tasks.task_dependencies is 'What tasks are to each other. Added by tasks.add_dependency alone, so that there is no cycle.';
comment on column tasks.task_dependencies.organization_id is 'The organization of both tasks.';
comment on column tasks.task_dependencies.id is 'Its id.';
comment on column tasks.task_dependencies.source_task_id is 'The task that the sentence begins with.';
comment on column tasks.task_dependencies.target_task_id is 'The task that it ends with.';
comment on column tasks.task_dependencies.kind is 'What the first is to the second.';
comment on column tasks.task_dependencies.predecessor_id is 'Which of them has to end first; null when the kind gives no order.';
comment on column tasks.task_dependencies.successor_id is 'Which of them has to wait; null when the kind gives no order.';
comment on column tasks.task_dependencies.condition is 'How the predecessor must end.';
comment on column tasks.task_dependencies.is_hard is 'Whether the successor is cancelled when the predecessor ends otherwise; if not, it begins all the same. Of conflicts_with: whether the conflict is strict.';
comment on column tasks.task_dependencies.delay_seconds is 'The pause between the end of the predecessor and the beginning of the successor.';
comment on column tasks.task_dependencies.satisfied_at is 'When the predecessor''s end let the successor go on; null while it has not.';
comment on column tasks.task_dependencies.created_at is 'When it was added.';

select base.tenant_table('tasks.task_dependencies', privileges => 'select');
alter table tasks.task_dependencies add constraint task_dependencies_source_fkey
    foreign key (organization_id, source_task_id) references tasks.tasks (organization_id, id) on delete cascade;
alter table tasks.task_dependencies add constraint task_dependencies_target_fkey
    foreign key (organization_id, target_task_id) references tasks.tasks (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists tasks.active_tasks;
drop view if exists tasks.task_dependency_graph;
drop function if exists tasks.add_dependency(uuid, tasks.dependency_kind, uuid, tasks.dependency_condition, boolean, integer);
drop function if exists tasks.meets(tasks.dependency_condition, tasks.task_status);
drop table tasks.task_dependencies;
drop type tasks.dependency_kind;
