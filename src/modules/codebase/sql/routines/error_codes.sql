-- The errors that the routines of codebase raise. The code is the API; the words may improve.

create or replace function codebase.error_codes()
    returns table (code text, name text, meaning text, remedy text)
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return query values
        ('GS501', 'not_completed', 'A snapshot can be taken of a completed run only, and the organization has none of that id.',
         'Complete the run first, in the same transaction.'),
        ('GS502', 'symbols_collide', 'Two different symbols of the organization have the same id.',
         'Report it with the two names in the message; until then rename one of the two.'),
        ('GS503', 'codebase_not_found', 'The organization has no codebase of that id.', 'Look for it in codebase.codebases.'),
        ('GS504', 'no_such_direction', 'The graph is walked in a direction that there is not.', 'Ask for in or out.');
end $$;
comment on function codebase.error_codes() is 'The errors of schema codebase: SQLSTATE, name, meaning, remedy';
