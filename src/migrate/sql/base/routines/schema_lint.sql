-- The rules that keep one schema loading on plain PostgreSQL and on Citus, and tenants apart, checked against the catalog.

-- The rules of structure, which hold as soon as a table exists and which nobody can put right later without rewriting it.
create or replace function base.table_structure_lint(relations oid[])
    returns table (rule text, object text, detail text, remedy text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    with checked as (
        select c.oid, m.kind, c.oid::regclass::text as name, a.attnum as organization_column, a.attnotnull, a.atttypid
        from pg_class c
        join base.managed_tables m on m.relation = c.oid
        left join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped
        where c.oid = any (relations)
    )
    select 'tenant_column_missing', t.name, 'has no column organization_id uuid not null',
           'Add organization_id uuid not null as the first column.'
    from checked t
    where t.kind = 'tenant' and (t.organization_column is null or not t.attnotnull or t.atttypid <> 'uuid'::regtype)

    union all
    select 'primary_key_missing', t.name, 'has no primary key',
           case t.kind when 'tenant' then 'Add primary key (organization_id, id).' else 'Add a primary key.' end
    from checked t
    where not exists (select from pg_index i where i.indrelid = t.oid and i.indisprimary)

    union all
    select 'unique_without_tenant', t.name,
           format('unique index %s does not have organization_id among its key columns', i.indexrelid::regclass),
           'Put organization_id first in the key; INCLUDE does not count.'
    from checked t
    join pg_index i on i.indrelid = t.oid and (i.indisunique or i.indisexclusion)
    where t.kind = 'tenant' and t.organization_column is not null
      and not t.organization_column = any ((i.indkey::int2[])[0:i.indnkeyatts - 1])

    union all
    select 'volatile_default', t.name,
           format('column %I has the volatile default %s', a.attname, pg_get_expr(d.adbin, d.adrelid)),
           'Use now(), base.uuid_v7(), or set the value in the statement.'
    from checked t
    join pg_attrdef d on d.adrelid = t.oid
    join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
    where exists (
        select from regexp_matches(d.adbin::text, ':(?:op)?funcid (\d+)', 'g') as called
        join pg_proc p on p.oid = called[1]::oid
        where p.provolatile = 'v' and p.proname not in ('gen_random_uuid', 'uuidv7', 'uuid_v7'))

    union all
    select 'sequence_key', t.name, format('column %I is an identity column', a.attname),
           'Use a uuid with default base.uuid_v7(): a sequence is neither unique over shards nor over databases.'
    from checked t
    join pg_attribute a on a.attrelid = t.oid and a.attidentity <> ''
    where t.kind <> 'local'

    union all
    select 'inheritance', t.name, format('inherits from %s without being a partition', i.inhparent::regclass),
           'Write the columns out, or make it a partition.'
    from checked t
    join pg_inherits i on i.inhrelid = t.oid
    join pg_class c on c.oid = t.oid and not c.relispartition

    union all
    select 'rule', t.name, format('has the rule %I', r.rulename), 'Drop it; say it in the statement.'
    from checked t
    join pg_rewrite r on r.ev_class = t.oid;
end
$$;
comment on function base.table_structure_lint(oid[]) is 'Part of base.schema_lint: what is wrong with the structure of the given registered tables.';
