-- What would make this database faster, as SQL that can be run, with the figures it rests on, the effect and the risk. Nothing is changed.
--   psql -d task_db -f database/performance/recommendations.sql         (or any other database of the product)
-- With the extension hypopg an index is planned with before it is built; without, the effect is not measured, and says so.
\set ON_ERROR_STOP on

\echo '== Recommendations: performance_optimization_recommendations()'
select recommendation, object, priority, sql, reason, expected_effect, is_measured, risk
from base.performance_optimization_recommendations();

select to_regproc('tasks.tasks_performance_analysis') is not null as gsdb_has_tasks,
       to_regproc('events.events_performance_analysis') is not null as gsdb_has_events,
       to_regproc('analytics.analytics_performance_analysis') is not null as gsdb_has_analytics \gset
\if :gsdb_has_tasks
\echo '== Tasks in the last 24 hours: tasks_performance_analysis()'
select subject, metric, value, unit, status, remedy from tasks.tasks_performance_analysis();
\endif
\if :gsdb_has_events
\echo '== Events in the last 24 hours: events_performance_analysis()'
select subject, metric, value, unit, status, remedy from events.events_performance_analysis();
\endif
\if :gsdb_has_analytics
\echo '== Operations and statements in the last 24 hours: analytics_performance_analysis()'
select subject, metric, value, unit, status, remedy from analytics.analytics_performance_analysis();
\endif
