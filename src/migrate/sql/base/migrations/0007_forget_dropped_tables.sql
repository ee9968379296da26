-- An entry of a table that is dropped names nothing, so that nobody owns what it names: whoever drops tables may delete it.

create policy dropped_tables_are_forgotten on base.managed_tables for delete using (not exists (select from pg_catalog.pg_class where oid = relation));
-- migrate: rollback
drop policy dropped_tables_are_forgotten on base.managed_tables;
