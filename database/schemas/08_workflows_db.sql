-- Made of the modules' SQL by ./dev gen; not to be edited.
\ir ../sql/databases/workflows_db.sql
\ir ../migrations/base.sql
\ir ../migrations/workflows.sql
