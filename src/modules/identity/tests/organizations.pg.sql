-- Organizations and people: what names they may have, who may change them, and what is noted.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir two_organizations.psql
select plan(39);

select is((select slug from identity.organizations where id = base.default_organization_id()), 'default', 'the default organization is there');

-- Slugs, names, addresses.
prepare organization(text, text) as insert into identity.organizations (name, slug) values ($1, $2);
select throws_ok(format('execute organization(''x'', %L)', slug), '23514', null, format('%L is no slug', slug))
from unnest(array['', 'Acme', 'a b', '-a', 'a-', 'a--b', 'a_b', repeat('a', 64)]) as slug;
select lives_ok(format('execute organization(''x'', %L)', slug), format('%L is a slug', slug)) from unnest(array['a', '0', 'a-b-c', repeat('a', 63)]) as slug;
select throws_ok($$execute organization('Other', 'acme')$$, '23505', null, 'a slug belongs to one organization');
select throws_ok($$execute organization(' ', 'blank')$$, '23514', null, 'a name is not blank');

prepare person(text) as insert into identity.users (email, display_name) values ($1, 'x');
select throws_ok(format('execute person(%L)', email), '23514', null, format('%L is no address', email)) from unnest(array['', 'mary', 'a@b@c', 'a b@c', '@c', 'a@']) as email;
select throws_ok($$execute person('MARY@example.TEST')$$, '23505', null, 'an address belongs to one person whatever its case');
select is((select email from identity.users where id = :mary), 'Mary@Example.test', 'and is kept as the person writes it');

-- Who sees whom.
select is(pg_temp.answer('projects_user', :acme, 'select string_agg(slug, '' '' order by slug) from identity.organizations'), 'acme', 'a tenant sees its own organization');
select is(pg_temp.answer('projects_user', :acme, 'select string_agg(display_name, '' '' order by display_name) from identity.users'), 'Mary Olga', 'and its own people');
select is(pg_temp.answer('projects_user', null, 'select string_agg(slug, '' '') from identity.list_organizations(page_size => 2)'), '0 a', 'a list of all is a routine, a page at a time');
select is(pg_temp.answer('projects_user', null, 'select id from identity.find_organization(''umbrella'')'), :umbrella, 'so is finding one');
select is(pg_temp.answer('projects_user', null, 'select id from identity.find_user_by_email(''MARY@EXAMPLE.TEST'')'), :mary, 'or a person by address');
select is(pg_temp.answer('projects_user', null, format('select string_agg(slug || '' '' || role, '', '') from identity.memberships_of(%L)', :mary)), 'acme member, umbrella viewer', 'and what the person may choose from');

-- Making and changing.
select pg_temp.answer('projects_user', null, format('select identity.create_organization(''New'', ''new'', %L)', :mary));
select is((select m.role::text from identity.memberships m join identity.organizations o on o.id = m.organization_id where o.slug = 'new'), 'owner', 'a new organization has its owner');
select is((select action || ' ' || (details ->> 'slug') from base.audit_log a join identity.organizations o on o.id = a.organization_id where o.slug = 'new'), 'created new', 'and begins its own audit log');
set local app.member_role = 'member';
select is(pg_temp.answer('projects_user', :acme, 'select identity.change_organization(name => ''Acme Inc.'')'), 'GS103', 'a member cannot rename the organization');
set local app.member_role = 'admin';
select is(pg_temp.answer('projects_user', :acme, 'select identity.change_organization(name => ''Acme Inc.'')'), '', 'an admin can');
select is((select name || ' ' || slug from identity.organizations where id = :acme), 'Acme Inc. acme', 'what was not given stays');
select is(pg_temp.answer('projects_user', :acme, 'select identity.archive_organization()'), 'GS103', 'an admin cannot archive it');
set local app.member_role = 'owner';
select is(pg_temp.answer('projects_user', :acme, 'select identity.archive_organization()'), '', 'an owner can');
set local app.member_role = '';
select is(pg_temp.answer('projects_user', '99999999-0000-7000-8000-000000000009', 'select identity.change_organization(name => ''x'')'), 'GS107', 'an unknown organization is no success');

set local app.member_role = 'owner';
set local app.actor = 'user:10000000-0000-7000-8000-000000000001';
select is(pg_temp.answer('projects_user', :acme, format('select identity.change_user(%L, display_name => ''M.'')', :mary)), 'GS103', 'nobody changes another person, who is elsewhere, too');
select is(pg_temp.answer('projects_user', :acme, format('select identity.change_user(%L, display_name => ''Olga O.'')', :olga)), '', 'people change themselves');

select * from finish();
rollback;
