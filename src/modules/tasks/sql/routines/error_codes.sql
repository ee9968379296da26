-- The errors that the routines of tasks raise. The code is the API; the words may improve.

create or replace function tasks.error_codes()
    returns table (code text, name text, meaning text, remedy text)
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query values
        ('GS301', 'cycle_refused', 'What was to be added would make something come before itself, or be a part of itself.',
         'Remove what leads back, or turn the new one round.'),
        ('GS302', 'not_found', 'The organization has no task, node, step or decomposition of that id.', 'Check the id and the organization.'),
        ('GS303', 'successor_has_begun', 'A task cannot be made to wait for another one any more.', 'Add dependencies before the task is taken.'),
        ('GS304', 'dependency_cannot_be_satisfied', 'The task to wait for has already ended in another way.',
         'Replay that task, ask for another end, or make the dependency soft.'),
        ('GS305', 'snapshot_too_old', 'A graph was to be changed in a transaction that does not see what others have committed meanwhile.',
         'Do it at isolation level read committed.'),
        ('GS306', 'lease_lost', 'A worker wanted tasks after its lease was taken away.', 'Take a new lease; what it was running is run by others.');
end
$$;
comment on function tasks.error_codes() is 'The errors of schema tasks: SQLSTATE, name, meaning, remedy.';
