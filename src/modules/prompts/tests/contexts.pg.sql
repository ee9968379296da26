-- Context sources, what they answered, and the cache that forgets in time.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir ../../../migrate/sql/tests/refused_by.psql
\ir two_tenants.psql
select plan(48);
set local app.organization_id = :acme;

select is(pg_temp.refused_by(format('insert into prompts.context_sources (organization_id, name, source_type, query%s) values (%L, %s)', columns, :acme, row_values)), refusal,
          format('source (%s): %s', row_values, refusal))
from (values
    ('', '''Changes'', ''sql'', ''select 1''', 'nothing'),
    ('', '''GUIDE'', ''sql'', ''select 1''', 'context_sources_name_key'),
    ('', ''' '', ''sql'', ''select 1''', 'name_is_not_blank'),
    ('', '''Changes'', ''sql'', '' ''', 'query_is_not_blank'),
    ('', '''Changes'', ''http'', ''file:///etc/passwd''', 'url_is_http_without_password'),
    ('', '''Changes'', ''http'', ''https://me:secret@guide.test''', 'url_is_http_without_password'),
    ('', '''Changes'', ''http'', ''https://token@guide.test''', 'url_is_http_without_password'),
    ('', '''Changes'', ''http'', ''https://guide.test/people/@me''', 'nothing'),
    ('', '''Changes'', ''git'', ''HEAD:README.md''', 'code_is_in_a_repository'),
    ('', '''Changes'', ''code_graph'', ''callers of main''', 'code_is_in_a_repository'),
    (', repository_id', '''Changes'', ''git'', ''HEAD:README.md'', base.uuid_v7()', 'nothing'),
    ('', '''Changes'', ''file'', ''docs/*.md''', 'nothing'),
    ('', '''Changes'', ''event'', ''pull_request.opened''', 'nothing'),
    (', parameters', '''Changes'', ''sql'', ''select 1'', ''[]''', 'parameters_is_object'),
    (', cache_seconds', '''Changes'', ''sql'', ''select 1'', -1', 'cache_seconds_is_not_negative'),
    (', cache_seconds', '''Changes'', ''sql'', ''select 1'', 0', 'nothing')
) as attempts (columns, row_values, refusal);
select throws_ok(format('insert into prompts.context_sources (organization_id, name, source_type, query) values (%L, ''x'', ''telepathy'', ''x'')', :acme), '22P02', null, 'a type of source is one of those that can be read');

select is(pg_temp.refused_by(format('update prompts.template_context_sources set %s where organization_id = %L', change, :acme)), refusal, format('%s: %s', change, refusal))
from (values
    ('position = 0', 'position_counts_from_one'),
    ('tokens_max = 0', 'tokens_max_is_positive'),
    ('variable = ''the guide''', 'variable_is_a_name'),
    ('conditions = ''1''', 'conditions_is_object')
) as changes (change, refusal);
insert into prompts.context_sources (organization_id, id, name, source_type, query) values (:acme, 'a3000000-0000-7000-8000-00000000000a', 'Issues', 'sql', 'select 1');
select is(pg_temp.refused_by(format('insert into prompts.template_context_sources (organization_id, template_id, context_source_id, position, variable, tokens_max) values (%L, %L, ''a3000000-0000-7000-8000-00000000000a'', 1, ''guide'', 1)', :acme, :acme_template)),
          'template_context_sources_variable_key', 'a variable holds one source');

-- What was read. The hash and the size are of the content, whatever one writes.
select is(pg_temp.refused_by(format('insert into prompts.context_data (organization_id, context_source_id, cache_key, content, content_sha256, expires_at) values (%L, %L, %s)', :acme, :acme_source, row_values)), refusal,
          format('answer (%s): %s', row_values, refusal))
from (values
    ('''k'', ''ä'', sha256(convert_to(''ä'', ''UTF8'')), null', 'nothing'),
    ('''k'', ''b'', sha256(''a''), null', 'hash_is_of_the_content'),
    ('''k'', '''', sha256(''''), null', 'nothing'),
    (''''', ''a'', sha256(''a''), null', 'cache_key_is_short'),
    ('repeat(''k'', 501), ''a'', sha256(''a''), null', 'cache_key_is_short'),
    ('''k'', ''a'', sha256(''a''), now()', 'expires_after_it_was_fetched'),
    ('''https://guide.test/style'', ''a'', sha256(''a''), null', 'context_data_pkey')
) as attempts (row_values, refusal);
insert into prompts.context_data (organization_id, context_source_id, cache_key, content, content_sha256) values (:acme, :acme_source, 'umlaut', 'ä', sha256(convert_to('ä', 'UTF8')));
select is((select size_bytes from prompts.context_data where organization_id = :acme and cache_key = 'umlaut'), 2::bigint, 'the size counts bytes');
select throws_ok('update prompts.context_data set size_bytes = 1', '428C9', null, 'and cannot be said otherwise');

-- The cleanup: nothing is expired; then something of each tenant is, and goes, and nothing else does.
select is(pg_temp.answer('prompts_user', null, 'select prompts.cleanup_expired_context_data()'), '0', 'nothing is deleted before it expires');
insert into prompts.context_data (organization_id, context_source_id, cache_key, content, content_sha256, fetched_at, expires_at)
select organization_id, source_id, 'old ' || n, 'x', sha256('x'), now() - interval '2 hours', now() - interval '1 hour' from tenants, generate_series(1, 2) as n;
insert into prompts.context_data (organization_id, context_source_id, cache_key, content, content_sha256, fetched_at, expires_at)
select organization_id, source_id, 'just now', 'x', sha256('x'), now() - interval '2 hours', now() from tenants;
select is(pg_temp.answer('prompts_user', :acme, 'select count(*) from prompts.context_data where expires_at <= now()'), '3', 'a tenant sees its own expired answers');
select is((select expired_answers from prompts.context_source_usage where organization_id = :acme and context_source_id = :acme_source), 3::bigint, 'so does the view');
select is(pg_temp.answer('prompts_user', null, 'select prompts.cleanup_expired_context_data()'), '6', 'the login role has those of all tenants deleted');
select is(pg_temp.answer('prompts_user', null, 'select prompts.cleanup_expired_context_data()'), '0', 'once');
select results_eq('select cache_key from prompts.context_data order by organization_id, cache_key', array['https://guide.test/style', 'umlaut', 'https://guide.test/style'], 'what has not expired, or never will, stays');
select is((select count(*) from prompts.execution_contexts), 2::bigint, 'so does what prompts were given');
select is(pg_temp.outcome('projects_user', null, 'select prompts.cleanup_expired_context_data()'), '42501', 'another module''s login role may not');

select is(pg_temp.refused_by(format('insert into prompts.execution_contexts (organization_id, execution_id, position, context_source_id, content_sha256, tokens%s) values (%L, %L, %s)',
                                    columns, :acme, :acme_execution, format(row_values, :acme_source))), refusal, format('context (%s): %s', row_values, refusal))
from (values
    (', relevance_score, fetch_ms', '2, %L, sha256(''x''), 0, 1, 0', 'nothing'),
    ('', '1, %L, sha256(''x''), 0', 'execution_contexts_pkey'),
    ('', '2, %L, ''x'', 0', 'hash_is_sha256'),
    ('', '2, %L, sha256(''x''), -1', 'tokens_are_not_negative'),
    (', relevance_score', '2, %L, sha256(''x''), 1, 1.0001', 'relevance_is_from_0_to_1'),
    (', fetch_ms', '2, %L, sha256(''x''), 1, -1', 'fetch_time_is_not_negative')
) as attempts (columns, row_values, refusal);
select is(pg_temp.refused_by(format('delete from prompts.context_sources where id = %L', :acme_source)), 'execution_contexts_source_fkey', 'a source that was used stays');
select is(pg_temp.refused_by('delete from prompts.context_sources where id = ''a3000000-0000-7000-8000-00000000000a'''), 'nothing', 'another does not');

-- The view counts each thing once: two templates, three uses in two executions, two answers in the cache.
insert into prompts.template_context_sources (organization_id, template_id, context_source_id, position, variable, tokens_max) values (:acme, :acme_spare_template, :acme_source, 1, 'guide', 10);
insert into prompts.executions (organization_id, id, prompt) values (:acme, 'a8000000-0000-7000-8000-00000000000a', 'x');
insert into prompts.execution_contexts (organization_id, execution_id, position, context_source_id, content_sha256, tokens, tokens_left_out, relevance_score, fetch_ms)
values (:acme, 'a8000000-0000-7000-8000-00000000000a', 1, :acme_source, sha256('x'), 10, 5, 0.5, 100),
       (:acme, 'a8000000-0000-7000-8000-00000000000a', 2, :acme_source, sha256('y'), 6, 0, 0.7, 300);
select results_eq(format('select templates, uses, executions, tokens, tokens_left_out, cache_hit_percentage, fetch_ms_p95, relevance_score, cached_answers, expired_answers, cached_bytes
                          from prompts.context_source_usage where organization_id = %L and context_source_id = %L', :acme, :acme_source),
                  $$values (2::bigint, 3::bigint, 2::bigint, 20::bigint, 5::bigint, 33.33, 290::double precision, 0.6000, 2::bigint, 0::bigint, 11::numeric)$$,
                  'context_source_usage counts each thing once');

select * from finish();
rollback;
