-- Who may run which routine as maintenance: whoever may execute it. There is no other right to it.

-- Only SECURITY DEFINER: what a module's owner wrote must not run with the rights of the administrator who calls run_maintenance(). The
-- catalog is read because to_regprocedure() refuses names in schemas that the caller may not use.
create or replace function base.may_maintain(routine text) returns boolean
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (
        select from pg_proc p
        join pg_namespace n on n.oid = p.pronamespace
        where n.nspname = split_part(routine, '.', 1) and p.proname = split_part(routine, '.', 2)
          and p.prokind = 'f' and p.prosecdef and p.pronargs = p.pronargdefaults and has_function_privilege(p.oid, 'execute'));
end
$$;
comment on function base.may_maintain(text) is
    'Whether the current role may run the routine as maintenance: there is a SECURITY DEFINER function of that name that can be called without arguments, and it may execute it.';

-- What maintenance base does for the modules is asked for by their login roles, in the database of each.
create or replace function base.grant_to_login_roles(routine regprocedure) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    login text;
begin
    execute format('revoke execute on function %s from public', routine);
    for login in select base.login_role(r.rolname) from pg_roles r where base.is_owner_role(r.oid) loop
        continue when login = 'public';
        execute format('grant execute on function %s to %s', routine, login);
    end loop;
end
$$;
comment on function base.grant_to_login_roles(regprocedure) is 'Takes a function from everybody and gives it to the roles that the server logs in with.';
