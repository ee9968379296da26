-- What calls, inherits, uses and imports what. Facts of a content say which names it mentions (0003); what these mean
-- depends on the other files, so it is kept by codebase, with the range of runs in which it held, as files are (0004).
--
-- Both ends of a relationship are symbols: names that stay the same when lines move or contents change. A symbol's id
-- is a hash of what names it (codebase.symbol_id), so the linker computes both ends without asking the database, and
-- relationships into a file stand when that file is changed. Eight bytes: there are several relationships a function.
--
-- The place of a mention is counted from the first line of its source. So a relationship changes with the function that
-- it stands in and not when something is inserted above it.
--
-- symbols and relationships have no foreign keys, as the tables of facts have none (0003): they are written by
-- codebase.merge_symbols() and merge_relationships() alone. relationships has no codebase_id either: 16 bytes more would
-- stand in the table and in its key. codebase.delete_codebase() takes both with their codebase.

create type codebase.symbol_origin as enum ('codebase', 'package', 'language');
create type codebase.relationship_kind as enum (
    'call', 'instantiate', 'type_use', 'inherit', 'implement', 'decorate', 'read', 'write', 'expand',
    'import', 're_export', 'override', 'define', 'pass', 'test', 'link');
-- From the surest to a guess.
create type codebase.resolution_method as enum (
    'scope', 'import', 're_export', 'member', 'inherited_member', 'inferred_type', 'value_flow', 'type_hierarchy', 'convention', 'unique_name');
create type codebase.unresolved_reason as enum ('external', 'builtin', 'dynamic', 'ambiguous', 'parse_gap', 'not_found');

create table codebase.symbols (
    organization_id uuid not null,
    id              bigint not null,
    origin          codebase.symbol_origin not null default 'codebase',
    codebase_id     uuid,
    path            text collate "C",
    ecosystem       text collate "C",
    package         text collate "C",
    language        text not null,
    kind            codebase.element_kind,
    qualified_name  text collate "C" not null,
    overload        integer not null default 0,
    constraint symbols_pkey primary key (organization_id, id),
    constraint symbol_of_a_codebase_has_its_place check (
        case when origin = 'codebase' then codebase_id is not null and path is not null and kind is not null
             else codebase_id is null and path is null end),
    constraint symbol_of_a_package_names_it check (case when origin = 'package' then package is not null else package is null and ecosystem is null end),
    constraint overload_counts_from_0 check (overload >= 0)
);
create index symbols_by_file on codebase.symbols (organization_id, codebase_id, path) where codebase_id is not null;
create index symbols_by_package on codebase.symbols (organization_id, package, ecosystem) where package is not null;
select base.tenant_table('codebase.symbols');

create table codebase.relationships (
    organization_id uuid not null,
    source_id       bigint not null,
    target_id       bigint not null,
    ordinal         integer not null,
    first_run       integer not null,
    kind            codebase.relationship_kind not null,
    method          codebase.resolution_method not null,
    confidence      real not null,
    line_offset     integer not null,
    "column"        integer not null,
    length_bytes    integer not null,
    last_run        integer,
    constraint relationships_pkey primary key (organization_id, source_id, ordinal, first_run),
    constraint ordinal_counts_from_0 check (ordinal >= 0),
    constraint runs_are_in_order check (first_run > 0 and last_run >= first_run),
    constraint confidence_is_a_probability check (confidence > 0 and confidence <= 1),
    constraint place_is_in_the_source check (line_offset >= 0 and "column" > 0 and length_bytes >= 0)
);
-- The target comes first, so that nobody takes this index for one of what holds in an organization, which without fresh statistics looks cheap.
create index relationships_by_target on codebase.relationships (target_id, organization_id) where last_run is null;
select base.tenant_table('codebase.relationships');

create table codebase.file_resolutions (
    organization_id     uuid not null,
    codebase_id         uuid not null,
    path                text collate "C" not null,
    first_run           integer not null,
    last_run            integer,
    blob_id             uuid not null,
    interface_digest    uuid not null,
    lookup_keys         bigint[] not null,
    unresolved_ordinals integer[] not null,
    unresolved_codes    smallint[] not null,
    constraint file_resolutions_pkey primary key (organization_id, codebase_id, path, first_run),
    constraint runs_are_in_order check (first_run > 0 and last_run >= first_run),
    constraint arrays_are_parallel check (cardinality(unresolved_ordinals) = cardinality(unresolved_codes))
);
select base.tenant_table('codebase.file_resolutions');
alter table codebase.file_resolutions
    add constraint resolution_belongs_to_codebase foreign key (organization_id, codebase_id)
    references codebase.codebases (organization_id, id) on delete cascade;
create unique index file_is_resolved_once on codebase.file_resolutions (organization_id, codebase_id, path) where last_run is null;

comment on table codebase.symbols is 'Names that relationships begin and end at: elements, whole files, and what lies outside the codebases';
comment on column codebase.symbols.organization_id is 'Tenant that owns the row';
comment on column codebase.symbols.id is 'Hash of the columns after it; codebase.symbol_id() makes it';
comment on column codebase.symbols.origin is 'Where it is defined: in a codebase; in a package from elsewhere; in the language or its standard library';
comment on column codebase.symbols.codebase_id is 'The codebase that defines it, null outside';
comment on column codebase.symbols.path is 'The file that defines it, null outside';
comment on column codebase.symbols.ecosystem is 'Registry of the package: npm, pypi, cargo; null where it is not known';
comment on column codebase.symbols.package is 'The package that defines it';
comment on column codebase.symbols.language is 'Language that it is written in';
comment on column codebase.symbols.kind is 'What it is; null where that is not known; module with an empty name stands for a file as a whole';
comment on column codebase.symbols.qualified_name is 'Names from the outermost down, joined by dots; empty for a file or package as a whole';
comment on column codebase.symbols.overload is 'How many of this kind and name came before it in the file';
comment on table codebase.relationships is 'What a symbol calls, inherits, uses, imports: each mention and each of its possible meanings a row';
comment on column codebase.relationships.organization_id is 'Tenant that owns the row';
comment on column codebase.relationships.source_id is 'The innermost symbol that the mention stands in: codebase.symbols';
comment on column codebase.relationships.target_id is 'The symbol that is meant: codebase.symbols';
comment on column codebase.relationships.ordinal is 'Counts from 0 within the source, in the order of place, kind and target';
comment on column codebase.relationships.first_run is 'Number of the first run of the source''s codebase in which this held';
comment on column codebase.relationships.kind is 'What the source does with the target; pass: hands it on as a value; test: tests it; link: names it in another language or a manifest';
comment on column codebase.relationships.method is 'How the meaning was found';
comment on column codebase.relationships.confidence is 'Probability that the meaning is right, as measured for findings of this kind';
comment on column codebase.relationships.line_offset is 'Lines from the first line of the source to the mention';
comment on column codebase.relationships."column" is 'Column of its first byte, in bytes from 1';
comment on column codebase.relationships.length_bytes is 'Bytes from there to its end; 0 for what is not written at a place';
comment on column codebase.relationships.last_run is 'Number of the last run in which this held; null while it does';
comment on table codebase.file_resolutions is 'What resolving the mentions of a file depended on and could not find, from which run to which run';
comment on column codebase.file_resolutions.organization_id is 'Tenant that owns the row';
comment on column codebase.file_resolutions.codebase_id is 'The codebase the file is in';
comment on column codebase.file_resolutions.path is 'Path of the file, as in codebase.files';
comment on column codebase.file_resolutions.first_run is 'Number of the first run in which this held';
comment on column codebase.file_resolutions.last_run is 'Number of the last run in which this held; null while it does';
comment on column codebase.file_resolutions.blob_id is 'The content that was resolved';
comment on column codebase.file_resolutions.interface_digest is 'Version 8 UUID of all that other files can see of this one: when it stays, they need not be resolved again';
comment on column codebase.file_resolutions.lookup_keys is 'Hashes of the names looked up in other files, in order, those not found included: when one of them changes, the file is resolved again';
comment on column codebase.file_resolutions.unresolved_ordinals is 'Mentions without a meaning: positions in the arrays of codebase.blob_references, from 0, ascending';
comment on column codebase.file_resolutions.unresolved_codes is 'Why, in parallel: position in the enum codebase.unresolved_reason, from 0';

-- migrate: rollback
drop view if exists codebase.call_edges, codebase.edges, codebase.unresolved_references;
drop table codebase.file_resolutions, codebase.relationships, codebase.symbols;
drop type codebase.unresolved_reason, codebase.resolution_method, codebase.relationship_kind, codebase.symbol_origin;
