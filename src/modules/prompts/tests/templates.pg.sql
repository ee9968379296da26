-- What templates, versions, fallbacks, enhancements and collections may look like, and how a version becomes current.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir ../../../migrate/sql/tests/refused_by.psql
\ir two_tenants.psql
select plan(113);
set local app.organization_id = :acme;

-- Templates.
select is(pg_temp.refused_by(format('update prompts.prompt_templates set %s where id = %L', change, :acme_template)), refusal, format('%s: %s', change, refusal))
from (values
    ('name = '' ''', 'name_is_not_blank'),
    ('name = repeat(''x'', 201)', 'name_is_not_blank'),
    ('name = repeat(''x'', 200)', 'nothing'),
    ('slug = ''Code Review''', 'slug_is_lowercase_words_with_hyphens'),
    ('slug = ''code-review-2''', 'nothing'),
    ('status = ''draft'', is_default = false', 'draft_has_no_current_version'),
    ('current_version = null', 'current_version_has_been_published'),
    ('current_version = null, published_at = null', 'template_in_use_has_a_current_version'),
    ('current_version = null, published_at = null, status = ''archived''', 'default_is_in_use'),
    ('current_version = null, published_at = null, status = ''archived'', is_default = false', 'nothing'),
    ('current_version = null, published_at = null, status = ''draft'', is_default = false', 'nothing'),
    ('published_at = null', 'current_version_has_been_published'),
    ('current_version = 3', 'current_version_is_one_of_its_own'),
    ('current_version = 2', 'nothing'),
    ('status = ''deprecated''', 'nothing'),
    ('status = ''archived'', is_default = false', 'nothing'),
    ('workflow_stage = ''PR validation''', 'workflow_stage_is_a_word'),
    ('workflow_stage = null', 'default_is_for_a_stage'),
    ('tags = ''{a,NULL}''', 'tags_are_given'),
    ('tags = ''{a,""}''', 'tags_are_given'),
    ('tags = ''{a,b}''', 'nothing')
) as changes (change, refusal);
select is(pg_temp.refused_by(format('insert into prompts.prompt_templates (organization_id, name, slug) values (%L, ''Review'', ''review'')', :acme)),
          'prompt_templates_slug_key', 'a slug belongs to one template of the organization');
select is(pg_temp.refused_by(format('insert into prompts.prompt_templates (organization_id, name, slug) values (%L, ''Review'', ''review-2'')', :acme)),
          'nothing', 'a name does not');
select is(pg_temp.refused_by(format('update prompts.prompt_templates set is_default = true, workflow_stage = ''review'' where id = %L', :acme_spare_template)),
          'a_stage_has_one_default_template', 'a stage has one default template');
select is(pg_temp.refused_by(format('update prompts.prompt_templates set is_default = true where id = %L', :acme_spare_template)), 'nothing', 'two stages have two');

-- Versions: the earlier design could store only one, and kept its text with backslashes for line ends.
select is(pg_temp.refused_by(format('insert into prompts.template_versions (organization_id, template_id, version, content%s) values (%L, %L, %s)',
                                    columns, :acme, :acme_template, row_values)), refusal, format('version (%s): %s', row_values, refusal))
from (values
    ('', '3, ''x''', 'nothing'),
    ('', '2, ''x''', 'template_versions_pkey'),
    ('', '0, ''x''', 'version_counts_from_one'),
    ('', '3, '' ''', 'content_is_not_blank'),
    (', temperature', '3, ''x'', 2', 'nothing'),
    (', temperature', '3, ''x'', 2.01', 'temperature_is_from_0_to_2'),
    (', temperature', '3, ''x'', -0.01', 'temperature_is_from_0_to_2'),
    (', temperature', '3, ''x'', ''NaN''', 'temperature_is_from_0_to_2'),
    (', output_tokens_max', '3, ''x'', 0', 'output_has_room'),
    (', model', '3, ''x'', ''''', 'model_is_not_blank'),
    (', conditions', '3, ''x'', ''[]''', 'conditions_is_object'),
    (', model_parameters', '3, ''x'', ''[]''', 'model_parameters_is_object'),
    (', model_parameters', '3, ''x'', ''{"top_p": 0.9}''', 'nothing'),
    (', model_parameters', '3, ''x'', ''{"temperature": 0.9}''', 'every_parameter_has_one_place'),
    (', variables', '3, ''x'', ''{}''', 'variables_are_declared_in_full'),
    (', variables', '3, ''x'', ''[]''', 'nothing'),
    (', variables', '3, ''x'', ''["diff"]''', 'variables_are_declared_in_full'),
    (', variables', '3, ''x'', ''[{"name": "diff"}]''', 'variables_are_declared_in_full'),
    (', variables', '3, ''x'', ''[{"name": "diff", "type": "text"}]''', 'nothing'),
    (', variables', '3, ''x'', ''[{"name": "diff", "type": "string"}]''', 'variables_are_declared_in_full'),
    (', variables', '3, ''x'', ''[{"name": "a diff", "type": "text"}]''', 'variables_are_declared_in_full'),
    (', variables', '3, ''x'', ''[{"name": 1, "type": "text"}]''', 'variables_are_declared_in_full'),
    (', variables', '3, ''x'', ''[{"name": "diff", "type": "text", "kind": 1}]''', 'variables_are_declared_in_full'),
    (', variables', '3, ''x'', ''[{"name": "a", "type": "text"}, {"name": "a", "type": "text"}]''', 'variables_are_declared_in_full'),
    (', variables', '3, ''x'', ''[{"name": "a", "type": "text", "required": "yes"}]''', 'variables_are_declared_in_full'),
    (', variables', '3, ''x'', ''[{"name": "a", "type": "text", "required": true, "default": "x"}]''', 'variables_are_declared_in_full'),
    (', variables', '3, ''x'', ''[{"name": "a", "type": "text", "required": false, "default": "x", "description": "y"}]''', 'nothing'),
    (', variables', '3, ''x'', ''[{"name": "a", "type": "integer", "default": 1.5}]''', 'variables_are_declared_in_full'),
    (', variables', '3, ''x'', ''[{"name": "a", "type": "integer", "default": 2}, {"name": "b", "type": "number", "default": 1.5}]''', 'nothing'),
    (', variables', '3, ''x'', ''[{"name": "a", "type": "integer", "default": "2"}]''', 'variables_are_declared_in_full'),
    (', variables', '3, ''x'', ''[{"name": "a", "type": "list", "default": {}}]''', 'variables_are_declared_in_full'),
    (', variables', '3, ''x'', ''[{"name": "a", "type": "list", "default": null}, {"name": "b", "type": "object", "default": {}}, {"name": "c", "type": "boolean", "default": false}]''', 'nothing'),
    (', variables', '3, ''x'', ''[{"name": "a", "type": null}]''', 'variables_are_declared_in_full')
) as attempts (columns, row_values, refusal);
select is((select count(*) from prompts.template_versions where organization_id = :acme and template_id = :acme_template), 2::bigint, 'a template has several versions');
select is(pg_temp.outcome('prompts_user', :acme, 'update prompts.template_versions set content = ''x'''), '42501', 'a version is never changed');
select is(pg_temp.outcome('prompts_user', :acme, 'delete from prompts.template_versions'), '42501', 'nor deleted');
select is(pg_temp.outcome('prompts_user', :acme, 'delete from prompts.prompt_templates'), '42501', 'a template is archived, not deleted');
select is(pg_temp.refused_by(format('delete from prompts.prompt_templates where id = %L', :acme_template)) in ('executions_version_fkey', 'collection_items_template_fkey', 'collection_items_version_fkey'), true, 'even its owner cannot while something refers to it');
select is((select count(*) from prompts.template_versions v where position(E'\\n' in v.content) > 0), 0::bigint, 'no text has a backslash where a line should end');

-- Publishing.
insert into prompts.prompt_templates (organization_id, id, slug, name) values (:acme, 'a1000000-0000-7000-8000-0000000000aa', 'new', 'New');
insert into prompts.template_versions (organization_id, template_id, version, content)
select :acme, 'a1000000-0000-7000-8000-0000000000aa', version, 'x' from generate_series(1, 2) as version;
create function pg_temp.state() returns text language plpgsql as $$
begin
    return (select format('%s %s %s', status, current_version, published_at is not null) from prompts.prompt_templates where id = 'a1000000-0000-7000-8000-0000000000aa');
end $$;
select is(pg_temp.state(), 'draft  f', 'a new template is a draft without a current version');
select is(pg_temp.answer('prompts_user', :acme, 'select prompts.publish_version(''a1000000-0000-7000-8000-0000000000aa'', 2)'), '', 'a version is published');
select is(pg_temp.state(), 'active 2 t', 'then it is the current one and the template is active');
select is(pg_temp.answer('prompts_user', :acme, 'select prompts.publish_version(''a1000000-0000-7000-8000-0000000000aa'', 1, ''worse'')'), '', 'and one can go back');
select is(pg_temp.state(), 'active 1 t', 'to an older one');
select is(pg_temp.answer('prompts_user', :acme, 'select prompts.publish_version(''a1000000-0000-7000-8000-0000000000aa'', 1)'), '', 'publishing it again');
select results_eq($$select details ->> 'previous_version', details ->> 'version', details ->> 'reason' from base.audit_log
                    where action = 'published' and subject_id = 'a1000000-0000-7000-8000-0000000000aa' order by sequence$$,
                  $$values (null, '2', ''), ('2', '1', 'worse')$$, 'changes nothing: the audit log has the two changes');
select is(pg_temp.answer('prompts_user', :acme, 'select prompts.publish_version(''a1000000-0000-7000-8000-0000000000aa'', 3)'), 'GS401', 'a version that is not there');
select is(pg_temp.answer('prompts_user', :acme, 'select prompts.publish_version(''a1000000-0000-7000-8000-0000000000ff'', 1)'), 'GS401', 'of a template that is not there');
select is(pg_temp.answer('prompts_user', :acme, format('select prompts.publish_version(%L, 1)', :umbrella_template)), 'GS401', 'or is somebody else''s');
update prompts.prompt_templates set status = 'archived' where id = 'a1000000-0000-7000-8000-0000000000aa';
select is(pg_temp.answer('prompts_user', :acme, 'select prompts.publish_version(''a1000000-0000-7000-8000-0000000000aa'', 2)'), 'GS402', 'what is archived is not published');
select is(pg_temp.answer('prompts_user', null, 'select prompts.publish_version(''a1000000-0000-7000-8000-0000000000aa'', 2)'), 'GS001', 'without an organization nothing is');

-- Fallbacks: a chain of thirty, which ends; no cycle of any length.
insert into prompts.prompt_templates (organization_id, id, slug, name)
select :acme, ('ac000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'chain-' || n, 'Chain' from generate_series(1, 30) as n;
create function pg_temp.fall_back(template integer, fallback integer) returns text language plpgsql as $$
begin
    return pg_temp.answer('prompts_user', 'a0000000-0000-7000-8000-000000000001',
        format('select prompts.set_fallback_template(%L, %L)', 'ac000000-0000-7000-8000-' || lpad(template::text, 12, '0'),
               'ac000000-0000-7000-8000-' || lpad(fallback::text, 12, '0')));
end $$;
select is((select string_agg(pg_temp.fall_back(n, n + 1), '' order by n) from generate_series(1, 29) as n), '', 'a chain of thirty templates is made');
select is(pg_temp.fall_back(1, 1), 'GS404', 'a template is not its own fallback');
select is(pg_temp.fall_back(2, 1), 'GS404', 'nor the fallback of its fallback');
select is(pg_temp.fall_back(13, 1), 'GS404', 'nor at depth 12');
select is(pg_temp.fall_back(30, 1), 'GS404', 'nor at depth 29');
select is(pg_temp.fall_back(14, 20), '', 'a link inside the chain can be moved ahead');
select is(pg_temp.fall_back(15, 1), '', 'and then what it left behind may lead to the front');
select is(pg_temp.fall_back(30, 15), 'GS404', 'but not in a circle');
select is(pg_temp.answer('prompts_user', :acme, format('select prompts.set_fallback_template(%L, null)', 'ac000000-0000-7000-8000-000000000014')), '', 'a fallback can be taken away');
select is(pg_temp.fall_back(30, 15), '', 'which opens the circle');
select is(pg_temp.answer('prompts_user', :acme, format('select prompts.set_fallback_template(%L, %L)', :acme_template, 'ac000000-0000-7000-8000-000000000099')), 'GS403', 'a fallback that is not there');
select is(pg_temp.outcome('prompts_user', :acme, format('insert into prompts.template_fallbacks values (%L, %L, %L)', :acme, :acme_spare_template, :acme_template)), '42501', 'there is no way around the routine');
select is(pg_temp.refused_by(format('insert into prompts.template_fallbacks values (%L, %L, %2$L)', :acme, :acme_spare_template)), 'fallback_is_another_template', 'even for the owner');

-- Enhancements: a rule that was applied says for ever what it added.
select is(pg_temp.refused_by(format('insert into prompts.prompt_enhancements (organization_id, name, version, enhancement_type, position, content%s) values (%L, %s)',
                                    columns, :acme, row_values)), refusal, format('enhancement (%s): %s', row_values, refusal))
from (values
    ('', '''Format'', 1, ''format'', 1, ''x''', 'nothing'),
    ('', ''' '', 1, ''format'', 1, ''x''', 'name_is_not_blank'),
    ('', '''Format'', 0, ''format'', 1, ''x''', 'version_counts_from_one'),
    ('', '''Format'', 1, ''format'', 0, ''x''', 'position_counts_from_one'),
    ('', '''Format'', 1, ''format'', 1, '' ''', 'content_is_not_blank'),
    (', conditions', '''Format'', 1, ''format'', 1, ''x'', ''[]''', 'conditions_is_object'),
    ('', '''FACTS only'', 2, ''format'', 1, ''x''', 'a_rule_has_one_version_in_use'),
    (', retired_at', '''Facts only'', 1, ''format'', 1, ''x'', now()', 'prompt_enhancements_version_key'),
    (', retired_at', '''Facts only'', 2, ''format'', 1, ''x'', now()', 'nothing'),
    (', retired_at', '''Format'', 1, ''format'', 1, ''x'', now() - interval ''1 second''', 'retired_after_it_was_made')
) as attempts (columns, row_values, refusal);
select is(pg_temp.outcome('prompts_user', :acme, 'update prompts.prompt_enhancements set content = ''x'''), '42501', 'an enhancement is never changed');
select is(pg_temp.answer('prompts_user', :acme, format('select prompts.retire_enhancement(%L)', :acme_enhancement)), '', 'it is retired');
select is(pg_temp.answer('prompts_user', :acme, format('select prompts.retire_enhancement(%L)', :acme_enhancement)), 'GS405', 'once');
select is(pg_temp.refused_by(format('insert into prompts.prompt_enhancements (organization_id, name, version, enhancement_type, position, content) values (%L, ''Facts only'', 2, ''accuracy'', 1, ''y'')', :acme)),
          'nothing', 'and another version takes its place');

-- Collections.
insert into prompts.collection_items (organization_id, id, collection_id, position, template_id)
values (:acme, 'a4000000-0000-7000-8000-0000000000aa', :acme_collection, 2, :acme_template);
select is(pg_temp.refused_by(format('update prompts.collection_items set %s where id = %L', change, 'a4000000-0000-7000-8000-0000000000aa')), refusal, format('item %s: %s', change, refusal))
from (values
    ('position = 1', 'collection_items_position_key'),
    ('position = 0', 'position_counts_from_one'),
    ('template_version = 2', 'nothing'),
    ('template_version = 3', 'collection_items_version_fkey'),
    ('conditions = ''[]''', 'documents_are_objects')
) as changes (change, refusal);
select is(pg_temp.refused_by(format('update prompts.collection_items set position = 3 - position where collection_id = %L', :acme_collection)), 'nothing', 'items can change places');
select is(pg_temp.refused_by(format('insert into prompts.collections (organization_id, name%s) values (%L, %s)', columns, :acme, row_values)), refusal, format('collection (%s): %s', row_values, refusal))
from (values ('', '''REVIEWING''', 'collections_name_key'), ('', ''' ''', 'name_is_not_blank'), (', workflow_type', '''Other'', ''Code review''', 'workflow_type_is_a_word'),
             (', workflow_type', '''Other'', ''code_review''', 'nothing')) as attempts (columns, row_values, refusal);

select * from finish();
rollback;
