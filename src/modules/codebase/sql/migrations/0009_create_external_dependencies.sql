-- Packages from elsewhere, as manifests ask for them and lock files pin them, from which run to which run. One package
-- can be there in several versions, and be asked for twice under different conditions.

create type codebase.dependency_scope as enum ('runtime', 'development', 'build', 'test', 'optional', 'peer');

create table codebase.external_dependencies (
    organization_id uuid not null,
    id              uuid not null default base.uuid_v7(),
    codebase_id     uuid not null,
    manifest_path   text collate "C" not null,
    manifest_line   integer,
    lock_path       text collate "C",
    ecosystem       text collate "C" not null,
    name            text collate "C" not null,
    scope           codebase.dependency_scope not null,
    is_direct       boolean not null,
    requested_range text,
    condition       text,
    locked_version  text collate "C",
    source_url      text,
    licence         text,
    first_run       integer not null,
    last_run        integer,
    constraint external_dependencies_pkey primary key (organization_id, id),
    constraint name_is_not_empty check (name <> ''),
    constraint ecosystem_is_a_word check (ecosystem ~ '^[a-z][a-z0-9_]*$'),
    constraint line_counts_from_1 check (manifest_line > 0),
    constraint a_version_is_locked_by_a_lock_file check ((locked_version is null) = (lock_path is null)),
    constraint what_is_not_asked_for_is_locked check (is_direct or locked_version is not null),
    constraint what_is_not_asked_for_has_no_range check (is_direct or requested_range is null),
    constraint runs_are_in_order check (first_run > 0 and last_run >= first_run)
);
create unique index dependency_is_current_once on codebase.external_dependencies (
    organization_id, codebase_id, manifest_path, ecosystem, name, scope, is_direct,
    coalesce(requested_range, ''), coalesce(condition, ''), coalesce(locked_version, '')) where last_run is null;
create index external_dependencies_by_name on codebase.external_dependencies (organization_id, name, ecosystem) where last_run is null;
create index external_dependencies_by_run on codebase.external_dependencies (organization_id, codebase_id, first_run);
select base.tenant_table('codebase.external_dependencies');
alter table codebase.external_dependencies
    add constraint dependency_belongs_to_codebase foreign key (organization_id, codebase_id)
    references codebase.codebases (organization_id, id) on delete cascade;

comment on table codebase.external_dependencies is 'Packages that manifests and lock files name, from which run to which run';
comment on column codebase.external_dependencies.organization_id is 'Tenant that owns the row';
comment on column codebase.external_dependencies.id is 'Version 7 UUID';
comment on column codebase.external_dependencies.codebase_id is 'The codebase that depends on it';
comment on column codebase.external_dependencies.manifest_path is 'Path of the manifest: package.json, pyproject.toml, go.mod';
comment on column codebase.external_dependencies.manifest_line is 'Line of the entry, from 1; null where the manifest does not name it or has no lines for it';
comment on column codebase.external_dependencies.lock_path is 'Path of the lock file that pins it, null without one';
comment on column codebase.external_dependencies.ecosystem is 'Registry it comes from: npm, pypi, cargo, go, maven';
comment on column codebase.external_dependencies.name is 'Its name in that registry, in the registry''s own normal form';
comment on column codebase.external_dependencies.scope is 'What it is needed for';
comment on column codebase.external_dependencies.is_direct is 'The manifest asks for it; otherwise something else that is asked for needs it';
comment on column codebase.external_dependencies.requested_range is 'Versions that the manifest accepts, as written; null where it names none';
comment on column codebase.external_dependencies.condition is 'When it applies, as written: an environment marker, a target; null for always';
comment on column codebase.external_dependencies.locked_version is 'Version that the lock file pins';
comment on column codebase.external_dependencies.source_url is 'Where it comes from, when not from the registry; without credentials';
comment on column codebase.external_dependencies.licence is 'SPDX expression that the package or lock file states, null where none does';
comment on column codebase.external_dependencies.first_run is 'Number of the first run in which this held';
comment on column codebase.external_dependencies.last_run is 'Number of the last run in which this held; null while it does';

-- migrate: rollback
drop view if exists codebase.dependency_usage;
drop table codebase.external_dependencies;
drop type codebase.dependency_scope;
