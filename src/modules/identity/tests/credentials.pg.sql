-- Sealed secrets: stored, replaced, re-encrypted under another key, and never in plain.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir two_organizations.psql
select plan(21);

\set one '''c0000000-0000-7000-8000-000000000001'''
\set old '''0123456789abcdef'''
\set new '''fedcba9876543210'''
create function pg_temp.sealed(salt integer) returns text language plpgsql as $$
begin
    return format('%L, %L, ''xchacha20poly1305''', decode(repeat(lpad(to_hex(salt), 2, '0'), 40), 'hex'), decode(repeat(lpad(to_hex(salt), 2, '0'), 24), 'hex'));
end $$;

select is(pg_temp.answer('projects_user', :acme, format('select identity.create_credential(%L, ''github'', ''bot'', %s, %L)', :one, pg_temp.sealed(1), :old)), '', 'a sealed secret is stored');
select is(pg_temp.answer('projects_user', :acme, format('select identity.create_credential(base.uuid_v7(), ''github'', ''bot'', %s, %L)', pg_temp.sealed(1), :old)), '23505', 'once for provider and name');
select is(pg_temp.answer('projects_user', :umbrella, format('select identity.create_credential(base.uuid_v7(), ''github'', ''bot'', %s, %L)', pg_temp.sealed(2), :old)), '', 'in each organization');
select is(pg_temp.outcome('projects_user', :acme, 'select from identity.credentials'), '1', 'a tenant reads its own');
select is(pg_temp.outcome('projects_user', :acme, 'update identity.credentials set name = ''x'''), '42501', 'and changes it by routine only');
set local app.member_role = 'member';
select is(pg_temp.answer('projects_user', :acme, format('select identity.delete_credential(%L)', :one)), 'GS103', 'members leave secrets alone');
set local app.member_role = '';

-- Sizes: what cannot be a sealed secret is refused.
prepare seal(bytea, bytea, text, text) as insert into identity.credentials (organization_id, provider, name, ciphertext, nonce, algorithm, key_id) values (:acme, 'x', 'x', $1, $2, $3, $4);
select throws_ok(format('execute seal(%L, %L, ''xchacha20poly1305'', %L)', 'plain text'::bytea, decode(repeat('00', 24), 'hex'), :old), '23514', null, 'shorter than a tag');
select throws_ok(format('execute seal(%L, %L, ''xchacha20poly1305'', %L)', decode(repeat('00', 40), 'hex'), decode(repeat('00', 12), 'hex'), :old), '23514', null, 'a nonce of another size');
select throws_ok(format('execute seal(%L, %L, ''none'', %L)', decode(repeat('00', 40), 'hex'), decode(repeat('00', 24), 'hex'), :old), '23514', null, 'no encryption');
select throws_ok(format('execute seal(%L, %L, ''xchacha20poly1305'', '''')', decode(repeat('00', 40), 'hex'), decode(repeat('00', 24), 'hex')), '23514', null, 'no key');

-- Rotation.
select is(pg_temp.answer('projects_user', null, 'select string_agg(key_id || '' '' || credentials, '','') from identity.credential_key_ids()'), '0123456789abcdef 2', 'which keys are in use');
select is(pg_temp.outcome('projects_user', null, format('select from identity.credentials_to_reencrypt(%L)', :new)), '2', 'everything needs the new key');
select is(pg_temp.outcome('projects_user', null, format('select from identity.credentials_to_reencrypt(%L, 1)', :new)), '1', 'a page at a time');
select is(pg_temp.answer('projects_user', :acme, format('select identity.replace_credential(%L, %s, %L)', :one, pg_temp.sealed(3), :old)), '', 'a secret is replaced meanwhile');
select is(pg_temp.answer('projects_user', null, format('select identity.reencrypt_credential(%L, %L, %L, %s, %L)', :acme, :one, decode(repeat('01', 24), 'hex'), pg_temp.sealed(4), :new)), 'false',
          'what was read before is not written over it');
select is(pg_temp.answer('projects_user', null, format('select identity.reencrypt_credential(%L, %L, %L, %s, %L)', :acme, :one, decode(repeat('03', 24), 'hex'), pg_temp.sealed(4), :new)), 'true', 'what was read since is');
select is(pg_temp.outcome('projects_user', null, format('select from identity.credentials_to_reencrypt(%L)', :new)), '1', 'one less to do');
select is(pg_temp.answer('projects_user', :umbrella, format('select identity.delete_credential(%L)', :one)), 'GS105', 'another tenant''s secret cannot be deleted');
select is(pg_temp.answer('projects_user', :acme, format('select identity.delete_credential(%L)', :one)), '', 'its own can');

select results_eq(format('select action from base.audit_log where organization_id = %L order by sequence', :acme), array['created', 'replaced', 'reencrypted', 'deleted'], 'each change is noted');
select is((select count(*) from base.audit_log where details::text ~ '(01){16}|(04){16}'), 0::bigint, 'without the secret');

select * from finish();
rollback;
