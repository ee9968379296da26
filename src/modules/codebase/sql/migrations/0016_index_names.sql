-- migrate: extension=pg_trgm
-- Every name of a codebase once, so that a part of a name is looked for among names and not among elements, of which
-- there are several times as many. By codebase, because runs over different codebases are at work at once and would wait
-- for each other's uncommitted names. Names that are gone stay until their codebase goes: what is found is joined to the
-- current elements.
--
-- The index is of trigrams: it finds texts anywhere in a name, and names that are only alike.

create table codebase.names (
    organization_id uuid not null,
    codebase_id     uuid not null,
    name            text collate "C" not null,
    constraint names_pkey primary key (organization_id, codebase_id, name)
);
select base.tenant_table('codebase.names', privileges => 'select, insert');
alter table codebase.names
    add constraint name_belongs_to_codebase foreign key (organization_id, codebase_id)
    references codebase.codebases (organization_id, id) on delete cascade;

comment on table codebase.names is 'The names of a codebase''s elements, each once: where search looks for parts of names';
comment on column codebase.names.organization_id is 'Tenant that owns the row';
comment on column codebase.names.codebase_id is 'The codebase';
comment on column codebase.names.name is 'As in codebase.blob_elements; also of elements that are no longer there';

insert into codebase.names (organization_id, codebase_id, name)
select distinct f.organization_id, f.codebase_id, e.name
from codebase.files f
join codebase.blob_elements e on e.organization_id = f.organization_id and e.blob_id = f.blob_id
where f.last_run is null;

-- The extension may have been created elsewhere than in public.
do $do$
declare
    place constant text := (select n.nspname from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_trgm');
begin
    execute pg_catalog.format('create index names_trigrams_idx on codebase.names using gin (lower(name) %I.gin_trgm_ops)', place);
end
$do$;

-- migrate: rollback
drop table codebase.names;
