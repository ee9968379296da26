-- What looking for copies needs of the contents of files: their tokens, and fingerprints that tell without them which
-- contents have something in common. And of a copy whether it is one as it is or with other names and values.
--
-- blob_tokens has no foreign key to blobs, for the reason that 0003 gives.

create table codebase.blob_tokens (
    organization_id uuid not null,
    blob_id         uuid not null,
    fingerprints    bytea not null,
    tokens          bytea not null,
    constraint blob_tokens_pkey primary key (organization_id, blob_id)
);
alter table codebase.blob_tokens alter column tokens set storage external;  -- they are compressed already
alter table codebase.blob_tokens alter column fingerprints set storage external;  -- hashes
select base.tenant_table('codebase.blob_tokens');

alter table codebase.duplicates add column clone_type smallint not null default 2;
alter table codebase.duplicates alter column clone_type drop default;
alter table codebase.duplicates add constraint clone_type_is_known check (clone_type between 1 and 2);

comment on table codebase.blob_tokens is 'The tokens of a content, of those that have enough to be copied';
comment on column codebase.blob_tokens.organization_id is 'Tenant that owns the row';
comment on column codebase.blob_tokens.blob_id is 'The content';
comment on column codebase.blob_tokens.fingerprints is 'Twelve bytes each: the hash of some tokens and the number of the first, both little-endian; codebase/duplicates/fingerprints.hpp chose them';
comment on column codebase.blob_tokens.tokens is 'codebase/duplicates/stored_tokens.hpp encoded them; the analyser version of the content says which version of it';
comment on column codebase.duplicates.clone_type is '1: the places differ in layout and comments alone; 2: also in names, types and values';
comment on column codebase.duplicates.digest is 'Version 8 UUID of the tokens, names as they recur and values alike: the same in all places';

-- migrate: rollback
comment on column codebase.duplicates.digest is 'Version 8 UUID of the tokens with identifiers made alike: the same in all places';
alter table codebase.duplicates drop column clone_type;
drop table codebase.blob_tokens;
