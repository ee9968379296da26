-- Views show what their reader may see.

-- Without security_invoker a view reads with its owner's rights; PostgreSQL 14 does not have it, and there the policy
-- owner_sees_all keeps the view from seeing more than its reader.
create or replace function base.tenant_view(view regclass) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    if current_setting('server_version_num')::integer >= 150000 then
        execute format('alter view %s set (security_invoker = true)', view);
    end if;
    perform base.grant_to_login_role(view, 'select');
end
$$;
comment on function base.tenant_view(regclass) is 'Makes a view show only what its reader may see, and lets the login role of its owner read it.';
