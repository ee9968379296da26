-- Creating and dropping partitions is the owner's right; the login role may have it done.

create or replace function learning.maintain_partitions() returns table (action text, partition text, rows_affected bigint)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query select * from base.maintain_time_partitions(only_schema => 'learning');
end
$$;
comment on function learning.maintain_partitions() is 'Keeps the partitions of this schema ready and drops those past their retention.';
revoke execute on function learning.maintain_partitions() from public;
grant execute on function learning.maintain_partitions() to learning_user;
select base.declare_maintenance('learning.maintain_partitions', 'daily', interval '5 minutes', 'Makes the coming partitions of error reports and training metrics.');
