-- Made of the modules' SQL by ./dev gen; not to be edited.
\ir ../sql/databases/events_db.sql
\ir ../migrations/base.sql
\ir ../migrations/events.sql
