-- Made of the modules' SQL by ./dev gen; not to be edited.
\ir ../sql/unified.sql
\ir ../migrations/base.sql
\ir ../migrations/codebase.sql
