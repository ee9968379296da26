-- Creating and dropping partitions is the owner's right; the login role may have it done.

-- Rollups by minute are in the same partitions as those that stay, so they are deleted, by whole days: a day is computed from its
-- hours and an hour from its minutes, and what can no longer be computed again must not be tried.
create or replace function analytics.maintain_partitions() returns table (action text, partition text, rows_affected bigint)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    oldest constant timestamptz := date_bin('1 day', analytics.oldest_kept_moment(), '2001-01-01 00:00:00+00');
begin
    return query select * from base.maintain_time_partitions(only_schema => 'analytics');
    delete from analytics.metric_aggregations a
    where a.resolution = 'minute' and date_bin('1 day', a.bucket_start, '2001-01-01 00:00:00+00') < oldest;
    get diagnostics rows_affected = row_count;
    if rows_affected > 0 then
        action := 'emptied';
        partition := 'analytics.metric_aggregations';
        return next;
    end if;
end
$$;
comment on function analytics.maintain_partitions() is
    'Keeps the partitions of this schema ready, drops those past their retention, and deletes rollups by minute whose values are past theirs.';
revoke execute on function analytics.maintain_partitions() from public;
grant execute on function analytics.maintain_partitions() to analytics_user;
select base.declare_maintenance('analytics.maintain_partitions', 'daily', interval '30 minutes', 'Makes the coming partitions of metrics and logs, drops the old ones, and deletes rollups by minute past their retention.');
