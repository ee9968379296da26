-- Two transactions that each add one half of a cycle would not see each other. So whoever adds to a graph first takes its lock, an
-- advisory one that ends with the transaction; the second comes in after the first has committed, and its next statement sees what
-- the first one added. A graph is all dependencies of an organization, the edges of a workflow, or the steps of a decomposition.

create or replace function tasks.lock_graph(relation regclass, graph uuid) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
        raise exception using errcode = 'GS305',
            message = format('a graph of %s cannot be changed at isolation level %s', relation, current_setting('transaction_isolation')),
            detail = 'A snapshot taken before the lock does not show what others added.',
            hint = 'Do it at isolation level read committed.';
    end if;
    perform pg_advisory_xact_lock(relation::oid::integer, hashtext(graph::text));
end
$$;
comment on function tasks.lock_graph(regclass, uuid) is 'Makes the transactions that add to one graph come one after the other. Error GS305 in a transaction that would not see the one before.';
