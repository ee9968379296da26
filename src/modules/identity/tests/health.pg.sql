-- Each signal of access is well in a database that is well, and not when its fault is planted; each organization sees its own.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir ../../../migrate/sql/tests/signals.psql
select plan(13);
set local client_min_messages = warning;

create function pg_temp.credential(expires interval) returns text language plpgsql as $$
begin
    return format('insert into identity.credentials (organization_id, provider, name, ciphertext, nonce, algorithm, key_id, expires_at) values (''a0000000-0000-7000-8000-000000000001'', ''github'', ''C'',
                   decode(repeat(''00'', 20), ''hex''), decode(repeat(''00'', 24), ''hex''), ''xchacha20poly1305'', repeat(''a'', 16), now() + interval %L)', expires);
end $$;
create function pg_temp.api_key(expires interval, used interval) returns text language plpgsql as $$
begin
    return format('insert into identity.api_keys (organization_id, name, prefix, secret_hash, role, scopes, expires_at, last_used_at) values (''a0000000-0000-7000-8000-000000000001'', ''K'', ''gsdb_x'', sha256(''x''), ''member'', ''{*}'',
                   now() + interval %L, now() - interval %L)', expires, used);
end $$;
create temporary table faults (source text, signal text, fault text, outcome text);
insert into faults values
    ('health', 'credentials_expired', pg_temp.credential('-1 day'), 'warning'),
    ('health', 'credentials_expired', pg_temp.credential('1 day'), 'healthy'),
    ('health', 'credentials_expiring', pg_temp.credential('1 day'), 'warning'),
    ('health', 'credentials_expiring', pg_temp.credential('20 days'), 'healthy'),
    ('health', 'api_keys_expiring', pg_temp.api_key('3 days', '1 day'), 'warning'),
    ('health', 'api_keys_expiring', pg_temp.api_key('3 days', '60 days'), 'healthy');
select is(pg_temp.judged(format('identity.%s_signals', source), signal), 'healthy', format('%s is well', signal)) from (select distinct source, signal from faults) f;
select is(pg_temp.with_fault(format('identity.%s_signals', source), signal, fault), outcome, format('%s: %s', signal, regexp_replace(left(fault, 160), '\s+', ' ', 'g'))) from faults;

do $$ begin set local session_replication_role = replica; execute pg_temp.credential('-1 day'); end $$;
select is(pg_temp.answer(role, organization, 'select status from base.system_health() where component = ''identity'''), outcome, format('%s for %s: %s', role, organization, outcome))
from (values ('projects_user'::name, 'a0000000-0000-7000-8000-000000000001'::uuid, 'warning'), ('projects_user', 'b0000000-0000-7000-8000-000000000002', 'healthy'), ('projects_user', null, 'unknown'), ('analytics_readonly', null, 'warning')) as v (role, organization, outcome);

select * from finish();
rollback;
