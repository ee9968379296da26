-- What linking needs of the contents of files, so that a run reads only what changed and still links the whole: a call
-- in one file can mean what another file passes, so all files are solved together (docs/decisions/0016), and what came
-- out as before is not written again. That took the place of the per-file keys that 0006 foresaw.
--
-- blob_flows has no foreign key to blobs, for the reason that 0003 gives.
create table codebase.blob_flows (
    organization_id uuid not null,
    blob_id         uuid not null,
    flow            bytea not null,
    constraint blob_flows_pkey primary key (organization_id, blob_id)
);
alter table codebase.blob_flows alter column flow set storage external;  -- it is compressed already
select base.tenant_table('codebase.blob_flows');

alter table codebase.file_resolutions drop column lookup_keys;
alter table codebase.file_resolutions rename column interface_digest to digest;

comment on table codebase.blob_flows is 'How functions, classes and objects move through a content: what linking the files needs of it';
comment on column codebase.blob_flows.organization_id is 'Tenant that owns the row';
comment on column codebase.blob_flows.blob_id is 'The content';
comment on column codebase.blob_flows.flow is 'codebase/flow/stored_flow.hpp encoded it; the analyser version of the content says which version of it';
comment on column codebase.file_resolutions.digest is 'Version 8 UUID of the symbols, relationships and unresolved mentions of the file: while it stays, none of them is written again';
comment on table codebase.file_resolutions is 'What linking a file gave, and which of its mentions it could not resolve, from which run to which run';

-- migrate: rollback
alter table codebase.file_resolutions rename column digest to interface_digest;
alter table codebase.file_resolutions add column lookup_keys bigint[] not null default '{}';
drop table codebase.blob_flows;
