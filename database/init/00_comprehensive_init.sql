-- Made of the modules' SQL by ./dev gen; not to be edited.
\ir ../sql/unified.sql
\ir ../migrations/base.sql
\ir ../migrations/identity.sql
\ir ../migrations/projects.sql
\ir ../migrations/tasks.sql
\ir ../migrations/prompts.sql
\ir ../migrations/codebase.sql
\ir ../migrations/analytics.sql
\ir ../migrations/events.sql
\ir ../migrations/learning.sql
\ir ../migrations/workflows.sql
