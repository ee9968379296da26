-- Creating and dropping partitions is the owner's right; the login role may have it done.

create or replace function workflows.maintain_partitions() returns table (action text, partition text, rows_affected bigint)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query select * from base.maintain_time_partitions(only_schema => 'workflows');
end
$$;
comment on function workflows.maintain_partitions() is 'Keeps the partitions of this schema ready and drops those past their retention.';
revoke execute on function workflows.maintain_partitions() from public;
grant execute on function workflows.maintain_partitions() to workflows_user;
select base.declare_maintenance('workflows.maintain_partitions', 'daily', interval '5 minutes', 'Makes the coming partitions of transitions and metrics.');
