-- The cache of what context sources answered.

-- Works for all organizations at once: it is maintenance, and what it deletes is decided by the rows themselves.
create or replace function prompts.cleanup_expired_context_data() returns integer
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    deleted integer;
begin
    delete from prompts.context_data d where d.expires_at <= now();
    get diagnostics deleted = row_count;
    return deleted;
end
$$;
comment on function prompts.cleanup_expired_context_data() is 'Deletes what context sources answered and may not be used any more, of all organizations; returns the number of rows.';
revoke execute on function prompts.cleanup_expired_context_data() from public;
grant execute on function prompts.cleanup_expired_context_data() to prompts_user;
select base.declare_maintenance('prompts.cleanup_expired_context_data', 'frequent', interval '10 minutes', 'Deletes what context sources answered and may not be used any more.');
