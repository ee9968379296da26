-- Made of the modules' SQL by ./dev gen; not to be edited.
\ir ../sql/databases/learning_db.sql
\ir ../migrations/base.sql
\ir ../migrations/learning.sql
