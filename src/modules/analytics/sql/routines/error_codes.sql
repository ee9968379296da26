-- The errors that the routines of analytics raise. The code is the API; the words may improve.

create or replace function analytics.error_codes()
    returns table (code text, name text, meaning text, remedy text)
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query values
        ('GS601', 'analysis_run_not_open', 'The analysis run does not exist or has ended, or the status asked for is no end.',
         'Finish a queued or running run as completed, cancelled, timed_out or failed, once.'),
        ('GS602', 'measurement_too_old', 'A value was measured before the time for which values are kept.',
         'Leave it out, or keep values longer: select base.set_retention(''analytics.metrics'', ...).'),
        ('GS603', 'metric_unknown', 'The organization has not defined a metric of that name.',
         'Add it to analytics.metric_definitions first.'),
        ('GS604', 'dashboard_changed', 'The dashboard was saved by somebody else meanwhile, or does not exist.',
         'Read the newest version, apply the change to it and save again.'),
        ('GS605', 'measurements_incomplete', 'Series, moments and values are not equally many, or one of them is null.',
         'Give one series and one moment for each value.');
end
$$;
comment on function analytics.error_codes() is 'The errors of schema analytics: SQLSTATE, name, meaning, remedy.';
