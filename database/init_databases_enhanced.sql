-- Made of the modules' SQL by ./dev gen; not to be edited.
\ir sql/databases/task_db.sql
\ir sql/databases/projects_db.sql
\ir sql/databases/prompts_db.sql
\ir sql/databases/codebase_db.sql
\ir sql/databases/analytics_db.sql
\ir sql/databases/events_db.sql
\ir sql/databases/learning_db.sql
\ir sql/databases/workflows_db.sql
