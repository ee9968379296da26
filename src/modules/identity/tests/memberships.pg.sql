-- Members and the rule that somebody active always owns an organization.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir two_organizations.psql
select plan(27);

create function pg_temp.as_acme(statement text) returns text language plpgsql as $$
begin
    return pg_temp.answer('projects_user', 'a0000000-0000-7000-8000-000000000001', statement);
end $$;

-- The last owner.
select is(pg_temp.as_acme(format('select identity.remove_member(%L)', :olga)), 'GS101', 'the last owner cannot be removed');
select is(pg_temp.as_acme(format('select identity.change_member_role(%L, ''admin'')', :olga)), 'GS101', 'or become less');
select is(pg_temp.answer('projects_user', null, format('select identity.deactivate_user(%L)', :olga)), 'GS101', 'or be deactivated');
select is(pg_temp.as_acme(format('select identity.change_member_role(%L, ''owner'')', :olga)), '', 'being made owner again is harmless');
select is(pg_temp.as_acme(format('select identity.change_member_role(%L, ''owner'')', :mary)), '', 'somebody else becomes owner');
select is(pg_temp.answer('projects_user', null, format('select identity.deactivate_user(%L)', :mary)), '', 'and is deactivated');
select is(pg_temp.as_acme(format('select identity.remove_member(%L)', :olga)), 'GS101', 'a deactivated owner does not count');
select is(pg_temp.answer('projects_user', null, format('select identity.reactivate_user(%L)', :mary)), '', 'active again');
select is(pg_temp.as_acme(format('select identity.remove_member(%L)', :olga)), '', 'now the first one can go');
select is(pg_temp.answer('projects_user', :umbrella, format('select identity.remove_member(%L)', :udo)), 'GS101', 'owners of one organization do not count in another');
select is(pg_temp.outcome('projects_user', :acme, 'delete from identity.memberships'), '42501', 'nobody goes around the routines: delete');
select is(pg_temp.outcome('projects_user', :acme, 'update identity.memberships set role = ''viewer'''), '42501', 'update');
select is(pg_temp.outcome('projects_user', :acme, format('insert into identity.memberships values (%L, %L, ''owner'')', :acme, :udo)), '42501', 'insert');
select lives_ok(format('delete from identity.organizations where id = %L', :umbrella), 'an organization goes with its members, owners or not');

-- Roles.
select is(pg_temp.as_acme(format('select identity.change_member_role(%L, ''admin'')', :udo)), 'GS102', 'who is no member has no role to change');
select is(pg_temp.as_acme('select identity.add_member(''99999999-0000-7000-8000-000000000009'', ''member'')'), 'GS106', 'who is unknown is no member');
set local app.member_role = 'member';
select is(pg_temp.as_acme(format('select identity.add_member(%L, ''viewer'')', :udo)), 'GS103', 'a member adds nobody');
set local app.member_role = 'admin';
select is(pg_temp.as_acme(format('select identity.add_member(%L, ''owner'')', :udo)), 'GS103', 'an admin makes no owner');
select is(pg_temp.as_acme(format('select identity.add_member(%L, ''member'')', :udo)), '', 'but members');
select is(pg_temp.as_acme(format('select identity.add_member(%L, ''member'')', :udo)), '23505', 'once');
select is(pg_temp.as_acme(format('select identity.remove_member(%L)', :mary)), 'GS103', 'an admin removes no owner');
set local app.member_role = 'member';
set local app.actor = 'user:10000000-0000-7000-8000-000000000002';
select is(pg_temp.as_acme(format('select identity.remove_member(%L)', :mary)), 'GS103', 'a member removes nobody');
insert into identity.api_keys (organization_id, user_id, name, prefix, secret_hash, role, scopes)
values (:acme, :udo, 'k', 'gsdb_udo', sha256('udo'), 'member', '{*}');
select is(pg_temp.as_acme(format('select identity.remove_member(%L)', :udo)), '', 'except themselves');
select isnt((select revoked_at from identity.api_keys where prefix = 'gsdb_udo'), null, 'their keys are revoked with that');

-- What is noted.
set local app.member_role = '';
select results_eq(format('select action, subject_id from base.audit_log where organization_id = %L and action in (''added'', ''removed'') order by sequence', :acme),
                  format('values (''removed'', %L), (''added'', %L), (''removed'', %L)', :olga, :udo, :udo), 'each change is noted, refused ones are not');
select is((select details from base.audit_log where organization_id = :acme and action = 'role_changed' and subject_id = :mary), '{"to": "owner", "from": "member"}', 'with what it was and is');
select is_empty('select * from base.audit_log_verify()', 'and the log is intact');

select * from finish();
rollback;
