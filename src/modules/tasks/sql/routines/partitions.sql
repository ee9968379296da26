-- Creating and dropping partitions is the owner's right; the login role may have it done.

create or replace function tasks.maintain_partitions() returns table (action text, partition text, rows_affected bigint)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query select * from base.maintain_time_partitions(only_schema => 'tasks');
end
$$;
comment on function tasks.maintain_partitions() is 'Keeps the partitions of this schema ready and drops those past their retention.';
revoke execute on function tasks.maintain_partitions() from public;
grant execute on function tasks.maintain_partitions() to task_user;
select base.declare_maintenance('tasks.maintain_partitions', 'daily', interval '5 minutes', 'Makes the coming partitions of the execution logs and drops the old ones.');
