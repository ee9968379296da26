-- The errors that the routines of workflows raise. The code is the API; the words may improve.

create or replace function workflows.error_codes()
    returns table (code text, name text, meaning text, remedy text)
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query values
        ('GS901', 'execution_unknown', 'The organization has no such run.', 'List the runs of the organization.'),
        ('GS902', 'template_unknown', 'The organization has no such template in use, or no default one.', 'Publish a template, or name one that is in use.'),
        ('GS903', 'execution_not_running', 'Only a running run can do that.', 'Resume it when it is paused, retry its stage when it has failed.'),
        ('GS904', 'execution_not_paused', 'Only a paused run can be resumed.', 'Look at its status; a failed one is retried.'),
        ('GS905', 'execution_not_failed', 'Only a failed run can try its stage again.', 'Let it go on, or cancel it.'),
        ('GS906', 'execution_is_over', 'A completed or cancelled run never changes.', 'Start another one.'),
        ('GS907', 'stage_not_current', 'The run is in another stage.', 'Ask which stage it is in; stages are left in order.'),
        ('GS908', 'stage_not_pending', 'The stage has begun already.', 'Go on with it.'),
        ('GS909', 'stage_not_begun', 'The stage waits for its entry validations.', 'Begin it first.'),
        ('GS910', 'validations_not_passed', 'Validations that the stage needs have not passed.', 'Mend what they found and validate again, or have a person skip them with a reason.'),
        ('GS911', 'no_stage_left', 'There is no stage after the last one.', 'Complete the run.'),
        ('GS912', 'stages_left', 'A run is completed from its last stage only.', 'Advance through the stages that are left.'),
        ('GS913', 'attempts_exhausted', 'The stage has been tried as often as its template allows.', 'A person may try it beyond the limit.'),
        ('GS914', 'step_input_differs', 'The step has committed with another input, so the program has changed under the run.', 'Go on with the program that began the run, or start another run.'),
        ('GS915', 'merge_unknown', 'The organization has no such change in a merge queue.', 'List the merge queue.'),
        ('GS916', 'merge_move_refused', 'A change in a merge queue cannot go there from where it is.', 'Ask where it is; sql/routines/merge_queue.sql lists the ways.'),
        ('GS917', 'organization_mismatch', 'A transaction of one organization tried to install something in another.', 'Do it in a transaction of that organization.'),
        ('GS918', 'deadline_not_reached', 'A stage times out at its deadline and not before.', 'Say failed, or wait.');
end
$$;
comment on function workflows.error_codes() is 'The errors of schema workflows: SQLSTATE, name, meaning, remedy.';
