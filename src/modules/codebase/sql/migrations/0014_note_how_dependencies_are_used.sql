-- What tells whether a package is used: the names that code imports it by, and what runs it where nothing imports it.
-- Packages of the codebase itself that its manifests ask for are rows, too, so that what imports them misses nothing.

alter table codebase.external_dependencies
    add column is_local boolean not null default false,
    add column import_names text[] collate "C" not null default '{}',
    add column run_by text;

comment on column codebase.external_dependencies.is_local is 'It is of the codebase itself: a path, a member of the workspace';
comment on column codebase.external_dependencies.import_names is 'What imports of it begin with: its name, its crate, its modules, its Java packages; empty where imports are not followed';
comment on column codebase.external_dependencies.run_by is 'What runs it rather than importing it: a script or setting of the manifest, or the kind of tool that its name says; null where nothing does';

-- migrate: rollback
drop view if exists codebase.dependency_usage;
alter table codebase.external_dependencies drop column is_local, drop column import_names, drop column run_by;
