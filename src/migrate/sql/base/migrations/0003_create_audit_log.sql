-- Who changed what. Each organization has a chain of entries, each sealed by a hash over itself and the one before, so that no entry
-- can be altered, removed or moved afterwards without base.audit_log_verify() saying so.

create table base.audit_chains (
    organization_id  uuid        not null,
    sequence         bigint      not null default 0,
    hash             bytea       not null default '\x0000000000000000000000000000000000000000000000000000000000000000',
    last_occurred_at timestamptz not null default '-infinity',
    pruned_sequence  bigint      not null default 0,
    pruned_hash      bytea       not null default '\x0000000000000000000000000000000000000000000000000000000000000000',
    constraint audit_chains_pkey primary key (organization_id),
    constraint hashes_are_sha256 check (octet_length(hash) = 32 and octet_length(pruned_hash) = 32),
    constraint pruned_before_head check (pruned_sequence between 0 and sequence)
);

comment on table base.audit_chains is 'Where each organization''s audit log ends, and where what retention has left of it begins.';
comment on column base.audit_chains.organization_id is 'The organization; the nil UUID for what concerns the installation as a whole.';
comment on column base.audit_chains.sequence is 'The number of the last entry; 0 for none.';
comment on column base.audit_chains.hash is 'The hash of the last entry. Noted elsewhere, it proves that nothing up to it was rewritten.';
comment on column base.audit_chains.last_occurred_at is 'When the last entry was made; no later entry may be older.';
comment on column base.audit_chains.pruned_sequence is 'The number of the last entry that retention has dropped; 0 for none.';
comment on column base.audit_chains.pruned_hash is 'The hash of that entry.';

select base.tenant_table('base.audit_chains', privileges => 'select');

create table base.audit_log (
    organization_id uuid        not null,
    sequence        bigint      not null,
    occurred_at     timestamptz not null,
    actor           text        not null,
    database_role   text        not null,
    action          text        not null,
    subject_kind    text        not null,
    subject_id      text        not null,
    details         jsonb       not null,
    previous_hash   bytea       not null,
    hash            bytea       not null,
    constraint audit_log_pkey primary key (organization_id, sequence, occurred_at),
    constraint sequence_is_positive check (sequence > 0),
    constraint action_is_named check (btrim(action) <> '' and btrim(subject_kind) <> ''),
    constraint hashes_are_sha256 check (octet_length(hash) = 32 and octet_length(previous_hash) = 32)
);
create index audit_log_subject_idx on base.audit_log (organization_id, subject_kind, subject_id, sequence);

comment on table base.audit_log is 'Every change worth answering for. Written by base.audit() alone; nobody may update or delete.';
comment on column base.audit_log.organization_id is 'The organization; the nil UUID for what concerns the installation as a whole.';
comment on column base.audit_log.sequence is 'Number within the organization, without gaps.';
comment on column base.audit_log.occurred_at is 'When it was done, never before the entry before it.';
comment on column base.audit_log.actor is 'Who asked for it: user:<id>, api_key:<id>, or system when nobody said (setting app.actor).';
comment on column base.audit_log.database_role is 'The role that was logged in.';
comment on column base.audit_log.action is 'What was done: created, role_changed, revoked and so on.';
comment on column base.audit_log.subject_kind is 'The kind of thing it was done to, as its table: identity.api_keys.';
comment on column base.audit_log.subject_id is 'Which one.';
comment on column base.audit_log.details is 'What changed; never a secret.';
comment on column base.audit_log.previous_hash is 'The hash of the entry before; zeros for the first.';
comment on column base.audit_log.hash is 'SHA-256 over previous_hash and every other column; see base.audit_hash().';

select base.make_time_partitioned('base.audit_log', 'occurred_at', interval '1 month', before_drop => 'base.audit_log_prune');
select base.tenant_table('base.audit_log', privileges => 'select');
select base.make_append_only('base.audit_log');
