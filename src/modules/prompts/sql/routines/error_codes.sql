-- The errors that the routines of prompts raise. The code is the API; the words may improve.

create or replace function prompts.error_codes()
    returns table (code text, name text, meaning text, remedy text)
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query values
        ('GS401', 'version_not_found', 'The template has no such version, or there is no such template.', 'List the versions of the template.'),
        ('GS402', 'template_archived', 'A version of a template out of use was to be published.', 'Take the template out of the archive first.'),
        ('GS403', 'template_not_found', 'There is no such template in the organization.', 'List the templates of the organization.'),
        ('GS404', 'fallback_cycle', 'A chain of fallbacks would lead back to where it began.', 'Choose a template whose chain does not lead back.'),
        ('GS405', 'enhancement_not_in_use', 'There is no such enhancement, or it is retired already.', 'List the enhancements that are not retired.'),
        ('GS406', 'execution_not_open', 'The execution is not in a state that can change so.', 'Read it again: it may have been started or ended.'),
        ('GS407', 'experiment_not_open', 'The experiment is not in a state that can change so.', 'Read it again; a finished experiment stays finished.'),
        ('GS408', 'experiment_not_ready', 'The experiment has fewer than two variants with a weight.', 'Add variants, or give them weights.');
end
$$;
comment on function prompts.error_codes() is 'The errors of schema prompts: SQLSTATE, name, meaning, remedy.';
