-- The audit log: writing, checking, and letting its oldest partitions go.

-- Notes a change. Call it last in the transaction: it holds the organization's chain until commit. The organization is the
-- transaction's, unless none is set and it is given; the nil UUID is the installation itself.
create or replace function base.audit(
    action text, subject_kind text, subject_id text, details jsonb default '{}', organization uuid default null)
    returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    chain_of constant uuid := coalesce(organization, base.require_organization_id());
    actor constant text := coalesce(nullif(current_setting('app.actor', true), ''), 'system');
    head base.audit_chains;
    entry base.audit_log;
begin
    if chain_of <> base.current_organization_id() then
        raise exception using errcode = 'GS006',
            message = format('a transaction of organization %s cannot write the audit log of %s', base.current_organization_id(), chain_of),
            hint = 'Do it in a transaction of that organization.';
    end if;
    head := base.lock_audit_chain(chain_of);
    entry := row(chain_of, head.sequence + 1, greatest(clock_timestamp(), head.last_occurred_at), actor, session_user,
                 action, subject_kind, subject_id, details, head.hash, null);
    entry.hash := base.audit_hash(entry);
    insert into base.audit_log values (entry.*);
    update base.audit_chains
    set sequence = entry.sequence, hash = entry.hash, last_occurred_at = entry.occurred_at
    where organization_id = chain_of;
    return entry.sequence;
end
$$;
comment on function base.audit(text, text, text, jsonb, uuid) is 'Notes a change in the audit log of the transaction''s organization; returns the entry''s number.';

create or replace function base.lock_audit_chain(organization uuid) returns base.audit_chains
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    head base.audit_chains;
begin
    select * into head from base.audit_chains where organization_id = organization for update;
    if not found then
        insert into base.audit_chains (organization_id) values (organization) on conflict do nothing;
        select * into strict head from base.audit_chains where organization_id = organization for update;
    end if;
    return head;
end
$$;
comment on function base.lock_audit_chain(uuid) is 'Part of base.audit: the end of an organization''s chain, locked until the transaction ends.';

-- A JSON array is unambiguous where a concatenation is not; jsonb prints one value in one way.
create or replace function base.audit_hash(entry base.audit_log) returns bytea
    language plpgsql stable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return sha256(convert_to(jsonb_build_array(
        encode(entry.previous_hash, 'hex'), entry.organization_id, entry.sequence,
        floor(extract(epoch from entry.occurred_at) * 1000000), entry.actor, entry.database_role,
        entry.action, entry.subject_kind, entry.subject_id, entry.details)::text, 'UTF8'));
end
$$;
comment on function base.audit_hash(base.audit_log) is 'What the hash of an entry has to be.';

-- What is wrong with the audit log, as far as the caller may read it; no row means that it is intact. Who can rewrite a whole chain,
-- end included, is caught only by an anchor: number and hash of an entry as noted outside the database at the time.
create or replace function base.audit_log_verify(
    organization uuid default null, anchor_sequence bigint default null, anchor_hash bytea default null)
    returns table (organization_id uuid, sequence bigint, problem text, detail text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    with entries as (
        select e.*, base.audit_hash(e) as right_hash,
               lag(e.sequence) over chain as sequence_before,
               lag(e.hash) over chain as hash_before,
               lag(e.occurred_at) over chain as occurred_before
        from base.audit_log e
        where audit_log_verify.organization is null or e.organization_id = audit_log_verify.organization
        window chain as (partition by e.organization_id order by e.sequence)
    ), ends as (
        select c.*, e.sequence as first_sequence, e.previous_hash as first_previous_hash, l.sequence as last_sequence, l.hash as last_hash
        from base.audit_chains c
        left join lateral (select * from entries e where e.organization_id = c.organization_id order by e.sequence limit 1) e on true
        left join lateral (select * from entries e where e.organization_id = c.organization_id order by e.sequence desc limit 1) l on true
        where audit_log_verify.organization is null or c.organization_id = audit_log_verify.organization
    )
    select e.organization_id, e.sequence, 'altered', 'The entry does not have the hash it was sealed with.'
    from entries e where e.hash <> e.right_hash
    union all
    select e.organization_id, e.sequence, 'gap', format('Entries %s to %s are missing.', e.sequence_before + 1, e.sequence - 1)
    from entries e where e.sequence > e.sequence_before + 1
    union all
    select e.organization_id, e.sequence, 'broken_link', 'The entry was not made after the one that stands before it.'
    from entries e where e.sequence = e.sequence_before + 1 and (e.previous_hash <> e.hash_before or e.occurred_at < e.occurred_before)
    union all
    select e.organization_id, e.sequence, 'duplicate', 'Another entry has the same number.'
    from entries e where e.sequence = e.sequence_before
    union all
    select c.organization_id, c.first_sequence, 'beginning_missing',
           format('The log should begin with entry %s, right after what retention dropped.', c.pruned_sequence + 1)
    from ends c where c.first_sequence <> c.pruned_sequence + 1 or c.first_previous_hash <> c.pruned_hash
    union all
    select c.organization_id, c.sequence, 'end_missing', format('The log should end with entry %s.', c.sequence)
    from ends c where c.sequence > c.pruned_sequence
      and (c.last_sequence is distinct from c.sequence or c.last_hash is distinct from c.hash)
    union all
    select distinct e.organization_id, null::bigint, 'chain_missing', 'There are entries, but nothing says where the log ends.'
    from entries e where not exists (select from base.audit_chains c where c.organization_id = e.organization_id)
    union all
    select audit_log_verify.organization, anchor_sequence, 'anchor_mismatch', 'The entry is not the one that was noted outside the database.'
    where anchor_sequence is not null
      and anchor_hash is distinct from (select e.hash from entries e where e.organization_id = audit_log_verify.organization
                                                                      and e.sequence = anchor_sequence)
    order by 1, 2;
end
$$;
comment on function base.audit_log_verify(uuid, bigint, bytea) is 'Checks the audit log for entries altered, missing or moved; no row means intact.';

-- Called before a partition of the log is dropped, so that the rest still verifies.
create or replace function base.audit_log_prune(partition regclass) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    execute format($sql$
        update base.audit_chains c
        set pruned_sequence = last.sequence, pruned_hash = last.hash
        from (select distinct on (organization_id) organization_id, sequence, hash from %s order by organization_id, sequence desc) last
        where last.organization_id = c.organization_id and last.sequence > c.pruned_sequence$sql$, partition);
end
$$;
comment on function base.audit_log_prune(regclass) is 'Part of base.maintain_audit_log: notes which entries the partition takes with it.';

-- Anybody may call it: what it drops is decided by base.set_retention, which only the owner may call.
create or replace function base.maintain_audit_log() returns table (action text, partition text, rows_affected bigint)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query select * from base.maintain_time_partitions(only_table => 'base.audit_log');
end
$$;
comment on function base.maintain_audit_log() is 'Keeps the partitions of the audit log ready and drops those past its retention.';
