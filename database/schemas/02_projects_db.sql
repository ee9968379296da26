-- Made of the modules' SQL by ./dev gen; not to be edited.
\ir ../sql/databases/projects_db.sql
\ir ../migrations/base.sql
\ir ../migrations/identity.sql
\ir ../migrations/projects.sql
