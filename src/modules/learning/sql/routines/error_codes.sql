-- The errors that the routines of learning and openevolve raise. The code is the API; the words may improve.

create or replace function learning.error_codes()
    returns table (code text, name text, meaning text, remedy text)
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query values
        ('GS801', 'model_version_not_found', 'The organization has no such version of a model.', 'Look for it in learning.model_versions.'),
        ('GS802', 'promotion_refused', 'The version is in that stage already, or its model is deleted.', 'Choose another stage or version.'),
        ('GS803', 'status_refused', 'A training session or evolution is not where that status can follow, or does not exist.',
         'Read its status again: somebody else may have changed it.'),
        ('GS804', 'lineage_has_a_cycle', 'Imported programs are each other''s ancestors.', 'The checkpoint is damaged: take another one.'),
        ('GS805', 'document_refused', 'A document to import has a field that no column holds, or a text that PostgreSQL cannot store.',
         'Take the field named in the message out of the document and note that it is lost.');
end
$$;
comment on function learning.error_codes() is 'The errors of schemas learning and openevolve: SQLSTATE, name, meaning, remedy.';
