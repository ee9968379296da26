-- The rules that keep one schema loading on plain PostgreSQL and on Citus, and tenants apart, checked against the catalog.

-- The rules of structure, which hold as soon as a table exists and which nobody can put right later without rewriting it.
create or replace function base.table_structure_lint(relations oid[])
    returns table (rule text, object text, detail text, remedy text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_generic_plan  -- called for each new table: planning takes longer than running
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

-- Everything that breaks a rule in the given schemas (null: all that the product owns). No row means clean.
create or replace function base.schema_lint(schemas text[] default null)
    returns table (rule text, object text, detail text, remedy text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    spaces constant oid[] := base.product_schemas(schemas);
begin
    return query
    select * from base.table_structure_lint(array(select c.oid from pg_class c where c.relnamespace = any (spaces)))
    union all select * from base.table_use_lint(spaces)
    union all select * from base.foreign_key_lint(spaces)
    union all select * from base.isolation_lint(spaces)
    union all select * from base.routine_lint(spaces)
    order by 2, 1, 3;
end
$$;
comment on function base.schema_lint(text[]) is 'Every breach of the schema rules: rule, object, what is wrong, what to do. No row means clean.';

create or replace function base.product_schemas(schemas text[]) returns oid[]
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return array(select n.oid from pg_namespace n
                 where case when schemas is not null then n.nspname = any (schemas)
                            else n.oid in (select c.relnamespace from base.managed_tables m join pg_class c on c.oid = m.relation) end);
end
$$;
comment on function base.product_schemas(text[]) is 'The schemas with the given names; for null all in which the product has tables.';

create or replace function base.is_owner_role(role oid) returns boolean
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (select from pg_roles where oid = role and not rolsuper and not rolbypassrls
                                          and (rolname ~ '_owner$' and rolname !~ '^pg_' or rolname = 'graph_sitter_admin'));
end
$$;
comment on function base.is_owner_role(oid) is 'Whether the role is one of those that own the product''s schemas.';

create or replace function base.table_use_lint(spaces oid[])
    returns table (rule text, object text, detail text, remedy text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    with checked as (
        select c.oid, c.oid::regclass::text as name, c.relkind, c.relowner, n.nspowner, m.kind
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        left join base.managed_tables m on m.relation = c.oid
        where c.relnamespace = any (spaces) and c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
    )
    select 'unregistered_table', t.name, 'is neither a tenant nor a reference nor a local table',
           'Call base.tenant_table(...) or base.local_table(...) in its migration.'
    from checked t where t.relkind in ('r', 'p') and t.kind is null

    union all
    select 'wrong_owner', t.name, format('belongs to %I and not to the owner of its schema', pg_get_userbyid(t.relowner)),
           format('alter table %s owner to %I', t.name, pg_get_userbyid(t.nspowner))
    from checked t where t.relowner <> t.nspowner

    union all
    select 'comment_missing', t.name, 'has no comment', 'comment on ... is ''...'''
    from checked t where nullif(btrim(obj_description(t.oid, 'pg_class')), '') is null

    union all
    select 'comment_missing', t.name || '.' || quote_ident(a.attname), 'has no comment', 'comment on column ... is ''...'''
    from checked t
    join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
    where t.relkind in ('r', 'p') and nullif(btrim(col_description(t.oid, a.attnum)), '') is null

    union all
    select 'trigger', t.name, format('has the trigger %I', g.tgname),
           'Citus has no triggers: write it in the statement or the routine.'
    from checked t
    join pg_trigger g on g.tgrelid = t.oid and not g.tgisinternal
    join pg_proc p on p.oid = g.tgfoid
    where t.kind in ('tenant', 'reference')
      and not (g.tgname = 'set_updated_at' and p.oid = 'base.set_updated_at()'::regprocedure)
      and not (g.tgname like 'dual\_write\_%' and p.proname like 'dual\_write\_%')

    union all
    select 'invalid_index', t.name, format('index %s is not valid', i.indexrelid::regclass),
           'A CREATE INDEX CONCURRENTLY failed: drop the index and create it again.'
    from checked t
    join pg_index i on i.indrelid = t.oid and not i.indisvalid

    union all
    select 'unvalidated_constraint', t.name, format('constraint %I is not validated', c.conname),
           format('alter table %s validate constraint %I', t.name, c.conname)
    from checked t
    join pg_constraint c on c.conrelid = t.oid and not c.convalidated;
end
$$;
comment on function base.table_use_lint(oid[]) is 'Part of base.schema_lint: registration, ownership, comments, triggers, and what was left half done.';

create or replace function base.has_covering_index(foreign_key oid) returns boolean
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (
        select from pg_constraint k
        join pg_index i on i.indrelid = k.conrelid and i.indisvalid and i.indnkeyatts >= cardinality(k.conkey)
        where k.oid = foreign_key
          and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) ~ '^\([a-z_]+ IS NOT NULL\)$')
          and k.conkey @> (i.indkey::int2[])[0:cardinality(k.conkey) - 1]
          and k.conkey <@ (i.indkey::int2[])[0:cardinality(k.conkey) - 1]);
end
$$;
comment on function base.has_covering_index(oid) is 'Whether an index begins with the columns of a foreign key, so that a delete on the other side finds its rows.';

create or replace function base.foreign_key_lint(spaces oid[])
    returns table (rule text, object text, detail text, remedy text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    with foreign_keys as (
        select k.oid, k.conname, k.conrelid, k.conkey, k.confkey, k.confdeltype, k.confupdtype,
               k.conrelid::regclass::text as name, k.confrelid::regclass::text as target,
               own.kind, referred.kind as target_kind,
               array_position(k.conkey, a.attnum) as own_position, array_position(k.confkey, b.attnum) as target_position
        from pg_constraint k
        join pg_class c on c.oid = k.conrelid and not c.relispartition
        join base.managed_tables own on own.relation = k.conrelid
        left join base.managed_tables referred on referred.relation = k.confrelid
        left join pg_attribute a on a.attrelid = k.conrelid and a.attname = 'organization_id'
        left join pg_attribute b on b.attrelid = k.confrelid and b.attname = 'organization_id'
        where k.contype = 'f' and k.conparentid = 0 and c.relnamespace = any (spaces)
    )
    select broken.rule, f.name, broken.detail, broken.remedy
    from foreign_keys f
    cross join lateral (values
        ('foreign_key_without_tenant',
         f.kind = 'tenant' and f.target_kind = 'tenant' and (f.own_position is null or f.own_position is distinct from f.target_position),
         format('foreign key %I to %s does not have organization_id at the same position on both sides', f.conname, f.target),
         'foreign key (organization_id, ..._id) references ... (organization_id, id)'),
        ('foreign_key_between_kinds',
         (f.kind, coalesce(f.target_kind, '')) not in (('tenant', 'tenant'), ('tenant', 'reference'), ('reference', 'reference'),
                                                       ('local', 'reference'), ('local', 'local')),
         format('foreign key %I refers from a %s to %s', f.conname, f.kind,
                coalesce('the ' || f.target_kind || ' table ', 'the unregistered table ') || f.target),
         'Tenant tables refer to tenant and reference tables, reference tables to reference tables, local tables to reference and local tables.'),
        ('foreign_key_action', f.own_position is not null and (f.confdeltype in ('n', 'd') or f.confupdtype in ('c', 'n', 'd')),
         format('foreign key %I would change organization_id', f.conname),
         'ON DELETE may be NO ACTION, RESTRICT or CASCADE, ON UPDATE only NO ACTION or RESTRICT.'),
        ('foreign_key_without_index', not base.has_covering_index(f.oid),
         format('no index begins with the columns of foreign key %I', f.conname),
         'Create one: otherwise every delete in ' || f.target || ' reads the whole table.')
    ) as broken (rule, is_broken, detail, remedy)
    where broken.is_broken;
end
$$;
comment on function base.foreign_key_lint(oid[]) is 'Part of base.schema_lint: foreign keys that cross tenants, cannot be sharded or have no index.';

create or replace function base.isolation_lint(spaces oid[])
    returns table (rule text, object text, detail text, remedy text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    with tenant as (
        select c.oid, c.oid::regclass::text as name, c.relrowsecurity and c.relforcerowsecurity as is_forced, pg_get_userbyid(c.relowner) as owner
        from pg_class c
        join base.managed_tables m on m.relation = c.oid and m.kind = 'tenant'
        where c.relnamespace = any (spaces)
    ), policies as (
        select p.polrelid, p.polname,
               p.polname = 'tenant_isolation' and p.polcmd = '*' and p.polpermissive
                   and base.is_tenant_condition(p.polqual, p.polrelid) and base.is_tenant_condition(p.polwithcheck, p.polrelid) as isolates,
               p.polname = 'owner_sees_all' and p.polcmd = '*' and p.polroles = array[c.relowner]
                   and pg_get_expr(p.polqual, p.polrelid) = format('(CURRENT_USER = %L::name)', pg_get_userbyid(c.relowner)) as is_owners,
               p.polname = 'reader_sees_all' and p.polcmd = 'r'
                   and pg_get_expr(p.polqual, p.polrelid) = '(CURRENT_USER = ''analytics_readonly''::name)' as is_readers,
               p.polname = 'superuser_sees_all' and p.polroles = array[c.relowner]
                   and regexp_replace(pg_get_expr(p.polqual, p.polrelid), '\s+', ' ', 'g')
                       ~ '^\( SELECT \(pg_roles.rolsuper OR pg_roles.rolbypassrls\)( AS "\?column\?")? FROM pg_roles WHERE \(pg_roles.rolname = CURRENT_USER\)\)$' as is_superusers,
               p.polpermissive
        from pg_policy p join pg_class c on c.oid = p.polrelid
    )
    select 'row_security_missing', t.name, 'has no forced row-level security', format('select base.isolate_tenants(%L)', t.name)
    from tenant t where not t.is_forced

    union all
    select 'policy_missing', t.name, format('has no policy %I as base.tenant_table makes it', wanted.name), format('select base.isolate_tenants(%L)', t.name)
    from tenant t
    cross join (values ('tenant_isolation'), ('owner_sees_all'), ('reader_sees_all'), ('superuser_sees_all')) as wanted (name)
    where not exists (select from policies p where p.polrelid = t.oid and p.polname = wanted.name and (p.isolates or p.is_owners or p.is_readers or p.is_superusers))
      and (wanted.name <> 'reader_sees_all' or exists (select from pg_roles where rolname = 'analytics_readonly'))
      and (wanted.name <> 'superuser_sees_all' or current_setting('server_version_num')::integer < 150000)

    union all
    select 'policy_too_wide', t.name, format('has the further permissive policy %I', p.polname), 'Drop it; what spans tenants is a SECURITY DEFINER routine of the owner.'
    from tenant t
    join policies p on p.polrelid = t.oid and p.polpermissive and p.polname not in ('tenant_isolation', 'owner_sees_all') and not p.is_readers and not p.is_superusers

    union all
    select 'open_partition', c.oid::regclass::text, 'is a partition that can be read past the policies of its table',
           format('alter table %s enable row level security', c.oid::regclass)
    from tenant t
    join pg_inherits i on i.inhparent = t.oid
    join pg_class c on c.oid = i.inhrelid and not c.relrowsecurity

    union all
    select distinct 'view_sees_too_much', v.oid::regclass::text, format('reads the tenant table %s with the rights of its owner', t.name),
           case v.relkind when 'm' then 'A materialized view has no row-level security: make it a table.' else format('select base.tenant_view(%L)', v.oid::regclass) end
    from pg_class v
    join pg_rewrite r on r.ev_class = v.oid
    join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass and d.refobjid <> v.oid
    join tenant t on t.oid = d.refobjid
    where v.relkind = 'm'
       or (v.relkind = 'v' and current_setting('server_version_num')::integer >= 150000
           and not coalesce('security_invoker=true' = any (v.reloptions), false));
end
$$;
comment on function base.isolation_lint(oid[]) is 'Part of base.schema_lint: tenant tables, partitions and views that show more than one organization.';

create or replace function base.is_tenant_condition(condition pg_node_tree, relation oid) returns boolean
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return regexp_replace(pg_get_expr(condition, relation), '\( SELECT (.+) AS "nullif"\)', '\1') =
        $expression$(organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid)$expression$;
end
$$;
comment on function base.is_tenant_condition(pg_node_tree, oid) is 'Part of base.schema_lint: whether a policy''s condition is the one that base.tenant_table writes, in a sub-select or not.';

create or replace function base.routine_lint(spaces oid[])
    returns table (rule text, object text, detail text, remedy text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    with routines as (
        select p.*, p.oid::regprocedure::text as name, l.lanname, n.nspowner,
               coalesce((select bool_or(setting ~ '^search_path=') from unnest(p.proconfig) as setting), false) as has_search_path
        from pg_proc p
        join pg_language l on l.oid = p.prolang
        join pg_namespace n on n.oid = p.pronamespace
        where p.pronamespace = any (spaces) and p.prokind in ('f', 'p')
          and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
    )
    select broken.rule, r.name, broken.detail, broken.remedy
    from routines r
    cross join lateral (values
        -- A procedure that commits cannot have a SET clause, so it sets the path by itself.
        ('search_path_missing',
         not r.has_search_path and r.prosqlbody is null
             and not (r.prokind = 'p' and not r.prosecdef and r.prosrc ~ '\mcommit;' and r.prosrc ~ 'set_config\(''search_path'', ''pg_catalog, pg_temp'', true\)'),
         'runs with the search_path of its caller',
         'Add set search_path = pg_catalog, pg_temp and qualify every name.'),
        ('sql_function_with_parameters', r.lanname = 'sql' and r.pronargs > 0,
         'is LANGUAGE sql with parameters, which Citus cannot run', 'Write it in PL/pgSQL.'),
        ('definer_not_owner_role', r.prosecdef and (r.proowner <> r.nspowner or not base.is_owner_role(r.proowner)),
         format('is SECURITY DEFINER and belongs to %I', pg_get_userbyid(r.proowner)),
         format('alter routine %s owner to %I', r.name, pg_get_userbyid(r.nspowner))),
        ('definer_for_everybody',
         r.prosecdef and r.pronamespace <> 'base'::regnamespace
             and exists (select from aclexplode(coalesce(r.proacl, acldefault('f', r.proowner))) as acl where acl.grantee = 0),
         'is SECURITY DEFINER and everybody may execute it', format('revoke execute on routine %s from public', r.name)),
        ('routine_comment_missing', nullif(btrim(obj_description(r.oid, 'pg_proc')), '') is null, 'has no comment',
         'comment on function ... is ''...''')
    ) as broken (rule, is_broken, detail, remedy)
    where broken.is_broken;
end
$$;
comment on function base.routine_lint(oid[]) is 'Part of base.schema_lint: routines that can be misled, that Citus cannot run, or that give rights away.';
