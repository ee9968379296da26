-- The errors that the routines of base raise. The code is the API; the words may improve. A test compares this list with the routines.

create or replace function base.error_codes()
    returns table (code text, name text, meaning text, remedy text)
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query values
        ('GS001', 'organization_required', 'A tenant''s data was asked for in a transaction that set no organization.',
         'Begin the transaction with set local app.organization_id.'),
        ('GS002', 'schema_rule_broken', 'A table breaks a rule of structure, so it would not load on Citus or would mix tenants.',
         'Change the CREATE TABLE as the hint says; base.schema_lint() lists all rules.'),
        ('GS003', 'extensions_conflict', 'Citus and TimescaleDB are in one database, where joins return wrong rows.',
         'Drop one of the two, or put them on different servers.'),
        ('GS004', 'partitioning_refused', 'A table cannot be partitioned by time as asked.',
         'Partition it right after CREATE TABLE, on a timestamptz column that is not null and part of every unique key.'),
        ('GS005', 'dual_write_refused', 'Two columns cannot be kept equal by a trigger.',
         'Under Citus, which has no triggers, let the program write both columns until the switch.'),
        ('GS006', 'organization_mismatch', 'A transaction of one organization tried to write the audit log of another.',
         'Write it in a transaction of that organization.'),
        ('GS007', 'maintenance_refused', 'A routine cannot be part of maintenance.',
         'Make it a SECURITY DEFINER function without arguments that the role may execute.'),
        ('GS008', 'maintenance_failed', 'Routines that base.run_maintenance() ran have failed; the others have run.',
         'Read their errors in base.maintenance_log.'),
        ('GS009', 'maintenance_unknown', 'Maintenance was asked for by a name that is neither a cadence nor a routine declared in this database.',
         'Use a name from base.maintenance_procedures.'),
        ('GS010', 'audit_log_altered', 'An entry of the audit log was altered, removed or moved.',
         'Compare with base.audit_log_verify(), and restore the log from a backup.');
end
$$;
comment on function base.error_codes() is 'The errors of schema base: SQLSTATE, name, meaning, remedy.';
