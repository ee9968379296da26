-- The documented views of metrics and issues (docs/reference/sql.md), with their formulas in sight.
-- Halstead 1977: volume = (N1 + N2) * log2(n1 + n2), difficulty = n1 / 2 * N2 / n2, effort = volume * difficulty.
-- Maintainability index, Oman and Hagemeister 1992, scaled to 100 as Visual Studio does:
-- max(0, 171 - 5.2 ln(volume) - 0.23 cyclomatic - 16.2 ln(code lines)) * 100 / 171.

create or replace function codebase.halstead_volume(total integer, distinct_total integer) returns double precision
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return case when distinct_total > 0 then total * (ln(distinct_total) / ln(2::double precision)) else 0 end;
end $$;
comment on function codebase.halstead_volume(integer, integer) is 'Halstead''s volume in bits, of all and of distinct operators and operands';

create or replace function codebase.maintainability_index(volume double precision, cyclomatic_complexity integer, code_lines integer)
    returns double precision
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return greatest(0, 171 - 5.2 * ln(greatest(volume, 1)) - 0.23 * cyclomatic_complexity - 16.2 * ln(greatest(code_lines, 1)::double precision)) * 100 / 171;
end $$;
comment on function codebase.maintainability_index(double precision, integer, integer) is 'Oman and Hagemeister 1992, scaled from 0 to 100';

create or replace view codebase.element_metrics as
select f.organization_id, f.codebase_id, c.name as codebase, f.path, e.ordinal, e.kind, e.qualified_name, e.start_line, e.end_line, f.language,
       m.lines, m.code_lines, m.logical_lines, m.comment_lines, m.cyclomatic_complexity, m.cognitive_complexity, m.nesting_max, m.parameters,
       v.volume as halstead_volume, m.operators_distinct / 2.0 * m.operands_total / nullif(m.operands_distinct, 0) as halstead_difficulty,
       codebase.maintainability_index(v.volume, m.cyclomatic_complexity, m.code_lines) as maintainability_index,
       (select count(distinct r.source_id) from codebase.relationships r
        where r.organization_id = f.organization_id and r.target_id = s.id and r.last_run is null and r.kind in ('call', 'instantiate') and r.source_id <> s.id) as fan_in,
       (select count(distinct r.target_id) from codebase.relationships r
        where r.organization_id = f.organization_id and r.source_id = s.id and r.last_run is null and r.kind in ('call', 'instantiate') and r.target_id <> s.id) as fan_out,
       case when m.cohesion_groups is not null then codebase.inheritance_depth(f.organization_id, s.id) end as inheritance_depth,
       case when m.cohesion_groups is not null then
           (select count(distinct r.source_id) from codebase.relationships r
            where r.organization_id = f.organization_id and r.target_id = s.id and r.last_run is null and r.kind in ('inherit', 'implement')) end as subtypes,
       m.cohesion_groups, s.id as symbol_id
from codebase.files f
join codebase.codebases c on c.organization_id = f.organization_id and c.id = f.codebase_id
join codebase.blob_metrics m on m.organization_id = f.organization_id and m.blob_id = f.blob_id and m.ordinal >= 0
join codebase.blob_elements e on e.organization_id = m.organization_id and e.blob_id = m.blob_id and e.ordinal = m.ordinal
cross join lateral (select codebase.halstead_volume(m.operators_total + m.operands_total, m.operators_distinct + m.operands_distinct) as volume) v
left join codebase.symbols s
    on s.organization_id = f.organization_id and s.codebase_id = f.codebase_id and s.path = f.path
   and s.kind = e.kind and s.qualified_name = e.qualified_name and s.overload = e.overload
where f.last_run is null;
select base.tenant_view('codebase.element_metrics');
comment on view codebase.element_metrics is 'Size, complexity, Halstead, maintainability, callers and supertypes of functions and types';

create or replace view codebase.file_metrics as
select f.organization_id, f.codebase_id, c.name as codebase, f.path, f.language, m.lines, m.code_lines, m.logical_lines, m.comment_lines,
       m.cyclomatic_complexity, m.cognitive_complexity, m.nesting_max, v.volume as halstead_volume,
       codebase.maintainability_index(v.volume, m.cyclomatic_complexity, m.code_lines) as maintainability_index,
       m.documented::double precision / nullif(m.documentable, 0) as documented_share, m.annotated::double precision / nullif(m.annotatable, 0) as annotated_share
from codebase.files f
join codebase.codebases c on c.organization_id = f.organization_id and c.id = f.codebase_id
join codebase.blob_metrics m on m.organization_id = f.organization_id and m.blob_id = f.blob_id and m.ordinal = -1
cross join lateral (select codebase.halstead_volume(m.operators_total + m.operands_total, m.operators_distinct + m.operands_distinct) as volume) v
where f.last_run is null;
select base.tenant_view('codebase.file_metrics');
comment on view codebase.file_metrics is 'The same figures of whole files, and how much of them is documented and annotated';

-- Files of languages whose complexity is not measured have no score, and stand after the others.
create or replace view codebase.hotspots as
select h.organization_id, h.codebase_id, h.codebase, h.path, h.commits, h.authors, h.last_changed_at, coalesce(m.code_lines, b.code_lines) as code_lines,
       m.cognitive_complexity, h.commits * m.cognitive_complexity as score
from codebase.file_churn h
join codebase.files f on f.organization_id = h.organization_id and f.codebase_id = h.codebase_id and f.path = h.path and f.last_run is null
join codebase.blobs b on b.organization_id = f.organization_id and b.id = f.blob_id
left join codebase.blob_metrics m on m.organization_id = f.organization_id and m.blob_id = f.blob_id and m.ordinal = -1
where h.commits > 0;
select base.tenant_view('codebase.hotspots');
comment on view codebase.hotspots is 'Files by commits times cognitive complexity: where complicated code is changed often';

create or replace view codebase.quality_scores as
select r.organization_id, r.codebase_id, c.name as codebase, r.number as run_number, r.commit_id, r.finished_at, q.scope,
       sum(q.points * q.weight) / sum(q.weight) as score,
       string_agg(format('%s: %s = %s points, weight %s', q.part, q.formula, round(q.points::numeric, 1), q.weight), E'\n' order by q.part) as formula
from codebase.analysis_runs r
join codebase.codebases c on c.organization_id = r.organization_id and c.id = r.codebase_id
join codebase.quality_parts q on q.organization_id = r.organization_id and q.run_id = r.id
where r.state = 'completed'
group by r.organization_id, r.codebase_id, c.name, r.number, r.commit_id, r.finished_at, q.scope;
select base.tenant_view('codebase.quality_scores');
comment on view codebase.quality_scores is 'The quality score of each completed run, 0 to 100: the weighted mean of its parts, which formula lists';

create or replace view codebase.duplicate_code as
select d.organization_id, d.codebase_id, c.name as codebase, d.digest, d.path, d.start_line, d.end_line, d.tokens,
       count(*) over (partition by d.organization_id, d.codebase_id, d.digest) as places, d.clone_type, d.first_run
from codebase.duplicates d
join codebase.codebases c on c.organization_id = d.organization_id and c.id = d.codebase_id
where d.last_run is null;
select base.tenant_view('codebase.duplicate_code');
comment on view codebase.duplicate_code is 'Stretches of code that stand in several places';

create or replace view codebase.file_duplication as
select d.organization_id, d.codebase_id, c.name as codebase, d.path, l.duplicated_lines, b.lines, l.duplicated_lines::double precision / nullif(b.lines, 0) as share
from (select u.organization_id, u.codebase_id, u.path, range_agg(int4range(u.start_line, u.end_line + 1)) as ranges
      from codebase.duplicates u where u.last_run is null group by u.organization_id, u.codebase_id, u.path) d
cross join lateral (select sum(upper(r.lines) - lower(r.lines)) as duplicated_lines from unnest(d.ranges) as r (lines)) l
join codebase.codebases c on c.organization_id = d.organization_id and c.id = d.codebase_id
join codebase.files f on f.organization_id = d.organization_id and f.codebase_id = d.codebase_id and f.path = d.path and f.last_run is null
join codebase.blobs b on b.organization_id = f.organization_id and b.id = f.blob_id;
select base.tenant_view('codebase.file_duplication');
comment on view codebase.file_duplication is 'How many lines of each file stand elsewhere, too; each counts once';

create or replace view codebase.code_issues as
select i.organization_id, i.codebase_id, c.name as codebase, i.rule_id, u.category, i.severity,
       case when i.last_run is not null then 'fixed' when p.id is not null then 'suppressed' else 'open' end as state,
       i.path, i.start_line, i.start_column, i.end_line, i.end_column, i.message, i.effort_minutes, i.symbol_id, i.related, i.fingerprint, i.first_run, i.last_run,
       p.reason as suppression_reason, p.justification, p.suppressed_by, p.suppressed_at, p.expires_at,
       p.kind as suppression_kind, i.start_character, i.end_character, i.moved_fingerprint
from codebase.issues i
join codebase.codebases c on c.organization_id = i.organization_id and c.id = i.codebase_id
join codebase.rules u on u.organization_id = i.organization_id and u.id = i.rule_id
left join codebase.issue_suppressions p
    on p.organization_id = i.organization_id and p.codebase_id = i.codebase_id and p.fingerprint = i.fingerprint
   and p.revoked_at is null and (p.expires_at is null or p.expires_at > now());
select base.tenant_view('codebase.code_issues');
comment on view codebase.code_issues is 'What checks found and what became of it: open, fixed, or suppressed by whom and why';
