-- What is known about the code around an evolution, aspect by aspect: what a prompt can draw on, and what it has to do without.

create type openevolve.context_aspect as enum (
    'code_structure', 'dependencies', 'patterns', 'complexity', 'semantic_graph', 'function_relationships', 'data_flow', 'control_flow',
    'quality', 'performance');
comment on type openevolve.context_aspect is 'A way to look at code.';

create table openevolve.context_analysis (
    organization_id uuid                      not null,
    session_id      uuid                      not null,
    aspect          openevolve.context_aspect not null,
    codebase_id     uuid,
    commit_id       text,
    findings        jsonb                     not null,
    analysed_at     timestamptz               not null default now(),
    updated_at      timestamptz               not null default now(),
    constraint context_analysis_pkey primary key (organization_id, session_id, aspect),
    constraint findings_say_something check (jsonb_typeof(findings) = 'object' and findings <> '{}'),
    constraint commit_is_a_git_id check (commit_id ~ '^([0-9a-f]{40}|[0-9a-f]{64})$')
);

comment on table openevolve.context_analysis is 'What is known about the code around an evolution; an aspect that was not looked at has no row.';
comment on column openevolve.context_analysis.organization_id is 'The organization of the evolution.';
comment on column openevolve.context_analysis.session_id is 'The evolution.';
comment on column openevolve.context_analysis.aspect is 'The way it was looked at.';
comment on column openevolve.context_analysis.codebase_id is 'The code; null when the evolved text stands alone. Id of codebase.codebases.';
comment on column openevolve.context_analysis.commit_id is 'The Git commit that was looked at; null when none.';
comment on column openevolve.context_analysis.findings is 'What was found, by the aspect.';
comment on column openevolve.context_analysis.analysed_at is 'When it was looked at.';
comment on column openevolve.context_analysis.updated_at is 'When the row was last changed.';

select base.tenant_table('openevolve.context_analysis');
alter table openevolve.context_analysis add constraint context_analysis_session_fkey
    foreign key (organization_id, session_id) references openevolve.evolution_sessions (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists openevolve.evolution_progress;
drop table openevolve.context_analysis;
drop type openevolve.context_aspect;
