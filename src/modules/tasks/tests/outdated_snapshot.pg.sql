-- A transaction that sees the graph as it was before the lock cannot change it: it would miss the other half of a cycle.
begin isolation level repeatable read;
\ir ../../../migrate/sql/tests/as_role.psql
\ir two_tenants.psql
select plan(4);
select is(pg_temp.answer('task_user', :acme, format(statement, :acme_task, :acme_next_task, :acme_workflow, :acme_node, :acme_last_node, :acme_step, :acme_last_step)), 'GS305', format('refused: %s', statement))
from unnest(array['select tasks.add_dependency(%1$L, ''triggers'', %2$L)', 'select tasks.add_workflow_edge(%3$L, %4$L, %5$L)', 'select tasks.add_step_dependency(%6$L, %7$L)',
                  'select tasks.remove_dependency(id) from tasks.task_dependencies']) as statement;
select * from finish();
rollback;
