-- The quality of a codebase (docs/reference/quality.md): figures that add up, for all of it and for each folder at its
-- root, and the parts of the score that formulas make of them. A run stores both.

create or replace function codebase.quality_figures(codebase uuid) returns table (scope text, metric text, value double precision)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    organization constant uuid := base.require_organization_id();
    wanted constant uuid := codebase;
begin
    return query
    with files as materialized (
        select f.path, f.blob_id, case when strpos(f.path, '/') > 0 then split_part(f.path, '/', 1) end as folder
        from codebase.files f
        where f.organization_id = organization and f.codebase_id = wanted and f.last_run is null and f.blob_id is not null
    ), figures (folder, metric, value) as (
        select f.folder, n.metric, n.value
        from (select f.folder, count(*) as files, sum(b.lines) as lines, sum(b.code_lines) as code_lines, sum(b.comment_lines) as comment_lines
              from files f join codebase.blobs b on b.organization_id = organization and b.id = f.blob_id group by f.folder) f
        cross join lateral (values ('files', f.files), ('lines', f.lines), ('code_lines', f.code_lines), ('comment_lines', f.comment_lines)) n (metric, value)
        union all
        select f.folder, n.metric, n.value
        from (select f.folder, sum(m.documentable) filter (where m.ordinal = -1) as documentable, sum(m.documented) filter (where m.ordinal = -1) as documented,
                     sum(m.cognitive_complexity) filter (where m.ordinal = -1) as cognitive, count(*) filter (where m.ordinal >= 0 and m.cohesion_groups is null) as functions,
                     sum(m.code_lines) filter (where m.ordinal >= 0 and m.cohesion_groups is null) as function_lines,
                     sum(m.code_lines) filter (where m.ordinal >= 0 and m.cohesion_groups is null and m.cyclomatic_complexity > 20) as complex_lines
              from files f join codebase.blob_metrics m on m.organization_id = organization and m.blob_id = f.blob_id group by f.folder) f
        cross join lateral (values ('documentable', f.documentable), ('documented', f.documented), ('cognitive_complexity', f.cognitive), ('functions', f.functions),
                                   ('function_code_lines', f.function_lines), ('complex_function_code_lines', f.complex_lines)) n (metric, value)
        union all
        select f.folder, n.metric, n.value
        from (select i.folder, count(*) as issues, sum(i.effort_minutes) as minutes
              from (select i.fingerprint, i.effort_minutes, case when strpos(i.path, '/') > 0 then split_part(i.path, '/', 1) end as folder
                    from codebase.issues i where i.organization_id = organization and i.codebase_id = wanted and i.last_run is null) i
              where not exists (select from codebase.issue_suppressions p
                                where p.organization_id = organization and p.codebase_id = wanted and p.fingerprint = i.fingerprint
                                  and p.revoked_at is null and (p.expires_at is null or p.expires_at > now()))
              group by i.folder) f
        cross join lateral (values ('issues', f.issues), ('debt_minutes', f.minutes)) n (metric, value)
        union all
        select f.folder, n.metric, 0 from (select distinct f.folder from files f) f, unnest('{debt_minutes,duplicated_lines,issues}'::text[]) n (metric)
        union all
        select d.folder, 'duplicated_lines', sum(d.duplicated_lines)
        from (select case when strpos(u.path, '/') > 0 then split_part(u.path, '/', 1) end as folder, u.duplicated_lines
              from codebase.file_duplication u where u.organization_id = organization and u.codebase_id = wanted) d
        group by d.folder
    )
    select coalesce(g.folder, ''), g.metric, coalesce(sum(g.value), 0)::double precision
    from figures g
    group by grouping sets ((g.metric), (g.metric, g.folder))
    having grouping(g.folder) = 1 or g.folder is not null;
end $$;
comment on function codebase.quality_figures(uuid) is 'Figures of the newest run of a codebase and of each folder at its root (scope) that its quality is judged by';

-- The names of figures as columns of a row would be: 0 where there is none.
create or replace function codebase.quality_points(figures jsonb)
    returns table (part text, measured double precision, points double precision, weight double precision, formula text)
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
    return query
    select p.part, p.measured, greatest(0, least(100, p.base + p.slope * p.measured)), p.weight, p.formula
    from (values
        ('complexity', 100 * (figures->>'complex_function_code_lines')::double precision / nullif((figures->>'function_code_lines')::double precision, 0), 100::double precision, -4::double precision, 2::double precision,
         '100 - 4 * share, share = 100 * complex_function_code_lines / function_code_lines'),
        ('debt', 100 * coalesce((figures->>'debt_minutes')::double precision, 0) / nullif(30 * (figures->>'code_lines')::double precision, 0), 100, -5, 3,
         '100 - 5 * ratio, ratio = 100 * debt_minutes / (30 * code_lines)'),
        ('documentation', 100 * (figures->>'documented')::double precision / nullif((figures->>'documentable')::double precision, 0), 0, 1, 1,
         'share, share = 100 * documented / documentable'),
        ('duplication', 100 * coalesce((figures->>'duplicated_lines')::double precision, 0) / nullif((figures->>'lines')::double precision, 0), 100, -5, 2,
         '100 - 5 * share, share = 100 * duplicated_lines / lines')
    ) as p (part, measured, base, slope, weight, formula)
    where p.measured is not null;
end $$;
comment on function codebase.quality_points(jsonb) is 'The parts of the quality score that figures give, an object of names and values; a part that nothing can be judged by is left out';

-- The grid of Letouzey, "The SQALE Method", 2012, in the steps that SonarQube made usual.
create or replace function codebase.debt_rating(ratio double precision) returns text
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return case when ratio <= 5 then 'A' when ratio <= 10 then 'B' when ratio <= 20 then 'C' when ratio <= 50 then 'D' else 'E' end;
end $$;
comment on function codebase.debt_rating(double precision) is 'SQALE''s grade of a technical debt in percent of what it costs to write the code';

create or replace procedure codebase.measure_run(organization uuid, codebase uuid, run uuid, has_changed boolean)
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if has_changed then
        insert into codebase.run_metrics (organization_id, run_id, scope, metric, value)
        select organization, run, q.scope, q.metric, q.value from codebase.quality_figures(codebase) q;
    else
        insert into codebase.run_metrics (organization_id, run_id, scope, metric, value)
        select m.organization_id, run, m.scope, m.metric, m.value
        from codebase.codebases c
        join codebase.run_metrics m on m.organization_id = c.organization_id and m.run_id = c.current_run_id
        where c.organization_id = organization and c.id = codebase;
    end if;
    insert into codebase.quality_parts (organization_id, run_id, scope, part, measured, points, weight, formula)
    select organization, run, f.scope, p.part, p.measured, p.points, p.weight, p.formula
    from (select m.scope, jsonb_object_agg(m.metric, m.value) as figures
          from codebase.run_metrics m
          where m.organization_id = organization and m.run_id = run group by m.scope) f
    cross join lateral codebase.quality_points(f.figures) p;
end $$;
comment on procedure codebase.measure_run(uuid, uuid, uuid, boolean) is
    'Stores the quality of a codebase with a run that is not completed yet: those of the run before where nothing changed';
