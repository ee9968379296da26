-- Gates are measured now, on what the code graph knows of a change. Of the defaults, four named what nothing in the product can tell honestly:
-- test_coverage (which lines tests run: checks are commands of the repository, whose reports are as many as there are tools), security (a score of
-- unknown make), performance (benchmarks that the repository may not have) and dependency_health (which needs a register of vulnerabilities).
-- What the graph does know comes in their place: functions that no test reaches, issues that a change brings, and those of them that are risks.
-- The defaults do not block: nobody has chosen them. Rows that somebody has changed stay, also where nobody can measure them; runs say so. An organization
-- in which none was left as it was gets nothing new.

create temporary table former_default_gates on commit drop as
select * from (values
    ('test_coverage',     'at_least'::workflows.comparison, 80.0, 'percent', 'Lines of the change that tests run.'),
    ('complexity',        'at_most',   7.0, 'points',   'Mean cyclomatic complexity of the functions changed.'),
    ('security',          'at_least', 85.0, 'score',    'How free of known weaknesses the change is.'),
    ('performance',       'at_least', 75.0, 'score',    'How the change does in the project''s benchmarks.'),
    ('dependency_health', 'at_least', 90.0, 'score',    'How current and free of known vulnerabilities the dependencies are.'),
    ('recent_failures',   'at_most',   3.0, 'failures', 'Failed checks of the branch in the last seven days.'),
    ('documentation',     'at_least', 70.0, 'percent',  'Public elements of the change that are described.'),
    ('duplication',       'at_most',   5.0, 'percent',  'Lines of the change that are elsewhere, too.')
) as d (metric, comparison, threshold, unit, description);
create temporary table default_gates on commit drop as
select * from (values
    ('complexity',       'at_most'::workflows.comparison, 7.0, 'points', 'Mean cyclomatic complexity of the functions that the change adds or touches.'),
    ('documentation',    'at_least', 70.0, 'percent',   'Public functions and types that the change adds or touches and that are described.'),
    ('duplication',      'at_most',   5.0, 'percent',   'Lines that the change adds and that stand elsewhere, too.'),
    ('new_issues',       'at_most',   0.0, 'issues',    'Issues that the change brings.'),
    ('new_risks',        'at_most',   0.0, 'issues',    'Issues of the category risk that the change brings.'),
    ('recent_failures',  'at_most',   3.0, 'failures',  'Attempts at stages that failed in other runs on the repository in the last seven days.'),
    ('tested_functions', 'at_least', 80.0, 'percent',   'Functions that the change adds or touches and that a test reaches.')
) as d (metric, comparison, threshold, unit, description);
create temporary table unchanged_gates on commit drop as
select g.organization_id, g.id, g.metric
from workflows.quality_gates g
join former_default_gates d on (d.metric, d.comparison, d.threshold, d.unit, d.description) = (g.metric, g.comparison, g.threshold, g.unit, g.description)
where g.project_id is null and g.is_blocking;

delete from workflows.quality_gates g using unchanged_gates u where u.organization_id = g.organization_id and u.id = g.id;
insert into workflows.quality_gates (organization_id, metric, description, comparison, threshold, unit, is_blocking)
select o.organization_id, d.metric, d.description, d.comparison, d.threshold, d.unit, false
from (select distinct u.organization_id from unchanged_gates u) o
cross join default_gates d
where not exists (select from former_default_gates f where f.metric = d.metric)
   or exists (select from unchanged_gates u where u.organization_id = o.organization_id and u.metric = d.metric)
on conflict do nothing;
comment on column workflows.quality_gates.unit is 'What the threshold counts: percent (0 to 100), score (0 to 100), points, failures, issues.';

-- migrate: rollback
create temporary table former_default_gates on commit drop as
select * from (values
    ('test_coverage',     'at_least'::workflows.comparison, 80.0, 'percent', 'Lines of the change that tests run.'),
    ('complexity',        'at_most',   7.0, 'points',   'Mean cyclomatic complexity of the functions changed.'),
    ('security',          'at_least', 85.0, 'score',    'How free of known weaknesses the change is.'),
    ('performance',       'at_least', 75.0, 'score',    'How the change does in the project''s benchmarks.'),
    ('dependency_health', 'at_least', 90.0, 'score',    'How current and free of known vulnerabilities the dependencies are.'),
    ('recent_failures',   'at_most',   3.0, 'failures', 'Failed checks of the branch in the last seven days.'),
    ('documentation',     'at_least', 70.0, 'percent',  'Public elements of the change that are described.'),
    ('duplication',       'at_most',   5.0, 'percent',  'Lines of the change that are elsewhere, too.')
) as d (metric, comparison, threshold, unit, description);
create temporary table default_gates on commit drop as
select * from (values
    ('complexity',       'at_most'::workflows.comparison, 7.0, 'points', 'Mean cyclomatic complexity of the functions that the change adds or touches.'),
    ('documentation',    'at_least', 70.0, 'percent',   'Public functions and types that the change adds or touches and that are described.'),
    ('duplication',      'at_most',   5.0, 'percent',   'Lines that the change adds and that stand elsewhere, too.'),
    ('new_issues',       'at_most',   0.0, 'issues',    'Issues that the change brings.'),
    ('new_risks',        'at_most',   0.0, 'issues',    'Issues of the category risk that the change brings.'),
    ('recent_failures',  'at_most',   3.0, 'failures',  'Attempts at stages that failed in other runs on the repository in the last seven days.'),
    ('tested_functions', 'at_least', 80.0, 'percent',   'Functions that the change adds or touches and that a test reaches.')
) as d (metric, comparison, threshold, unit, description);
create temporary table unchanged_gates on commit drop as
select g.organization_id, g.id, g.metric
from workflows.quality_gates g
join default_gates d on (d.metric, d.comparison, d.threshold, d.unit, d.description) = (g.metric, g.comparison, g.threshold, g.unit, g.description)
where g.project_id is null and not g.is_blocking;

delete from workflows.quality_gates g using unchanged_gates u where u.organization_id = g.organization_id and u.id = g.id;
insert into workflows.quality_gates (organization_id, metric, description, comparison, threshold, unit, is_blocking)
select o.organization_id, d.metric, d.description, d.comparison, d.threshold, d.unit, true
from (select distinct u.organization_id from unchanged_gates u) o
cross join former_default_gates d
where not exists (select from default_gates f where f.metric = d.metric)
   or exists (select from unchanged_gates u where u.organization_id = o.organization_id and u.metric = d.metric)
on conflict do nothing;
comment on column workflows.quality_gates.unit is 'What the threshold counts: percent (0 to 100), score (0 to 100), points, failures.';
