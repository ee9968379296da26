-- name: log_statements :exec
-- What the program's statements cost since the entries before. In the transaction's organization: the nil UUID, because what
-- is summed up ran for all of them.
insert into analytics.query_performance_log (organization_id, measured_at, statement, calls, errors, total_ms, max_ms, row_count)
select :organization_id, :measured_at, s.statement, s.calls, s.errors, s.total_ms, s.max_ms, s.row_count
from unnest(:statements::text[], :calls::bigint[], :errors::bigint[], :total_ms::double precision[], :max_ms::double precision[], :row_counts::bigint[])
     as s (statement, calls, errors, total_ms, max_ms, row_count);
