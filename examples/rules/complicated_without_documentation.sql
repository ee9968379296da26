-- id: team/complicated-without-documentation
-- name: Complicated, and nobody says what it does
-- description: A function of high cognitive complexity has no documentation. Say what it is for, what it takes and
--   what it gives, before somebody has to find out by reading it.
-- severity: note
-- effort: 20
-- help: https://www.sonarsource.com/resources/cognitive-complexity/
select e.codebase_id, e.path, e.name_line as start_line, e.name_column as start_column,
       e.qualified_name || ' has a cognitive complexity of ' || m.cognitive_complexity || ' and no documentation' as message,
       e.kind || ' ' || e.qualified_name || ' ' || e.overload as key
from codebase.code_elements e
join codebase.blob_metrics m on m.organization_id = e.organization_id and m.blob_id = e.blob_id and m.ordinal = e.ordinal
where e.kind in ('function', 'method') and m.cognitive_complexity > 15 and e.documentation is null
