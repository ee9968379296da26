-- API keys: who may make them, and every reason to refuse one.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir two_organizations.psql
select plan(37);

create function pg_temp.authenticate(secret text) returns text language plpgsql as $$
begin
    return pg_temp.answer('projects_user', null, format(
        'select coalesce(refusal, concat_ws('' '', role, array_to_string(scopes, '',''))) from identity.authenticate_api_key(sha256(%L))', secret));
end $$;
create function pg_temp.make(organization uuid, secret text, more text) returns text language plpgsql as $$
begin
    return pg_temp.answer('projects_user', organization, format(
        'select identity.create_api_key(%L, %L, sha256(%L), %s) is not null', secret, 'gsdb_' || secret, secret, more));
end $$;

-- What a key may do.
select is(pg_temp.make(:acme, 'plain', '''member'', ''{codebase:read,projects:write}'''), 'true', 'a key of the organization');
select is(pg_temp.authenticate('plain'), 'member codebase:read,projects:write', 'has the role and scopes it was given');
select is(pg_temp.answer('projects_user', null, 'select organization_id from identity.authenticate_api_key(sha256(''plain''))'), :acme, 'and says whose it is');
select is(pg_temp.make(:acme, 'marys', format('''owner'', ''{*}'', %L', :mary)), 'true', 'a key of a member');
select is(pg_temp.authenticate('marys'), 'member *', 'can do no more than the member');
select is(pg_temp.answer('projects_user', :umbrella, format('select identity.add_member(%L, ''admin'')', :olga)), '', 'roles elsewhere');
select is(pg_temp.make(:umbrella, 'olgas', format('''owner'', ''{*}'', %L', :olga)), 'true', 'a key of the same person elsewhere');
select is(pg_temp.authenticate('olgas'), 'admin *', 'has the role the person has there');

-- Refusals.
select is(pg_temp.authenticate('guess'), 'unknown', 'an unknown key');
select is(pg_temp.answer('projects_user', null, 'select count(*) from identity.authenticate_api_key(null)'), '1', 'always has an answer');
update identity.api_keys set created_at = now() - interval '2 days', expires_at = now() where name = 'plain';
select is(pg_temp.authenticate('plain'), 'expired', 'an expired key');
update identity.api_keys set expires_at = now() + interval '1 second' where name = 'plain';
select is(pg_temp.authenticate('plain'), 'member codebase:read,projects:write', 'a key is good until the moment it expires');
select is(pg_temp.answer('projects_user', :acme, format('select identity.revoke_api_key(%L)', (select id from identity.api_keys where name = 'plain'))), '', 'a key is revoked');
select is(pg_temp.authenticate('plain'), 'revoked', 'and refused');
select is(pg_temp.answer('projects_user', null, 'select concat_ws('','', role, scopes) from identity.authenticate_api_key(sha256(''plain''))'), '', 'a refused key has no role and no scope');
select is(pg_temp.answer('projects_user', :acme, format('select identity.revoke_api_key(%L)', (select id from identity.api_keys where name = 'plain'))), '', 'revoking again changes nothing');
select is((select count(*) from base.audit_log where action = 'revoked'), 1::bigint, 'and is noted once');
select is(pg_temp.answer('projects_user', :acme, format('select identity.revoke_api_key(%L)', (select id from identity.api_keys where name = 'olgas'))), 'GS104', 'another tenant''s key cannot be revoked');
select is(pg_temp.answer('projects_user', null, format('select identity.deactivate_user(%L)', :mary)), '', 'a person is deactivated');
select is(pg_temp.authenticate('marys'), 'user_deactivated', 'and so are the keys');
select is(pg_temp.answer('projects_user', null, format('select identity.reactivate_user(%L)', :mary)), '', 'and comes back');
delete from identity.memberships where organization_id = :acme and user_id = :mary;
select is(pg_temp.authenticate('marys'), 'not_a_member', 'a key of somebody who left');
select is(pg_temp.answer('projects_user', :umbrella, 'select identity.archive_organization()'), '', 'an organization is archived');
select is(pg_temp.authenticate('olgas'), 'organization_archived', 'and nobody works in it');
select is(pg_temp.answer('projects_user', :umbrella, 'select identity.archive_organization(false)'), '', 'until it is taken back into use');

-- Use is noted coarsely.
select is(pg_temp.answer('projects_user', null, 'select is_touch_due from identity.authenticate_api_key(sha256(''olgas''))'), 'true', 'a first use is to be noted');
select is(pg_temp.answer('projects_user', null, format('select identity.touch_api_key(%L, %L)', :umbrella, (select id from identity.api_keys where name = 'olgas'))), '', 'is noted');
select is(pg_temp.answer('projects_user', null, 'select is_touch_due from identity.authenticate_api_key(sha256(''olgas''))'), 'false', 'and not again at once');
update identity.api_keys set last_used_at = now() - interval '16 minutes' where name = 'olgas';
select is(pg_temp.answer('projects_user', null, 'select is_touch_due from identity.authenticate_api_key(sha256(''olgas''))'), 'true', 'but later');

-- Who may make them.
select is(pg_temp.make(:acme, 'udos', format('''member'', ''{*}'', %L', :udo)), 'GS102', 'not for somebody who is no member');
set local app.member_role = 'admin';
select is(pg_temp.make(:acme, 'high', '''owner'', ''{*}'''), 'GS103', 'an admin makes no key of an owner');
set local app.member_role = 'member';
select is(pg_temp.make(:acme, 'other', format('''viewer'', ''{*}'', %L', :olga)), 'GS103', 'a member makes no key for others');
set local app.actor = 'user:10000000-0000-7000-8000-000000000001';
select is(pg_temp.make(:acme, 'own', format('''member'', ''{*}'', %L', :olga)), 'true', 'but for themselves');
set local app.member_role = '';

-- What is stored.
select throws_ok(format('insert into identity.api_keys (organization_id, name, prefix, secret_hash, role, scopes) values (%L, ''x'', ''gsdb_x'', sha256(''x''), ''member'', %L)', :acme, scopes),
                 '23514', null, format('%s are no scopes', scopes)) from unnest(array['{}', '{everything}']) as scopes;
select is((select count(*) from base.audit_log where details::text like '%' || encode(sha256('olgas'), 'hex') || '%'), 0::bigint, 'no hash gets into the audit log');
select is(pg_temp.outcome('projects_user', :acme, 'select secret_hash from identity.api_keys'), '3', 'a tenant reads its own keys only');

select * from finish();
rollback;
