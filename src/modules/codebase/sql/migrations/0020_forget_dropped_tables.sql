-- 0018 dropped symbol_metrics and left its entry among the managed tables: a number that names nothing, and on another server, after a restore,
-- perhaps something else.
delete from base.managed_tables m where not exists (select from pg_class c where c.oid = m.relation);
-- migrate: rollback
delete from base.managed_tables m where not exists (select from pg_class c where c.oid = m.relation);
