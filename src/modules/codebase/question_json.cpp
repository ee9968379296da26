#include "modules/codebase/question_json.hpp"

#include "base/or_null.hpp"
#include "modules/codebase/source/path.hpp"

namespace gsdb::codebase {

namespace json = boost::json;

json::value to_json(const Symbol& symbol) {
    // 64 bits are more than the numbers of JSON carry everywhere.
    json::object object{{"id", std::to_string(symbol.id)}, {"name", symbol.name}};
    const auto add = [&](std::string_view key, const std::string& text) {
        if (!text.empty()) object[key] = text;
    };
    add("codebase", symbol.codebase);
    add("path", symbol.path);
    add("package", symbol.package);
    add("kind", symbol.kind);
    add("language", symbol.language);
    add("signature", symbol.signature);
    add("documentation", symbol.documentation);
    if (symbol.start_line > 0) object["start_line"] = symbol.start_line, object["end_line"] = symbol.end_line;
    return object;
}

json::value to_json(const Step& step) {
    return {{"depth", step.depth},
            {"symbol", to_json(step.symbol)},
            {"via", std::to_string(step.via)},
            {"relationship", step.kind},
            {"at", {{"path", step.path}, {"line", step.line}, {"column", step.column}}},
            {"method", step.method},
            {"confidence", step.confidence}};
}

json::value to_json(const Mention& mention) {
    return {
        {"codebase", mention.codebase},
        {"at",
         {{"path", mention.path}, {"line", mention.line}, {"column", mention.column}, {"bytes", mention.length_bytes}}},
        {"in", mention.source},
        {"in_kind", mention.source_kind},
        {"relationship", mention.kind},
        {"method", mention.method},
        {"confidence", mention.confidence}};
}

namespace {

json::object run_json(const RunPoint& point) {
    return {{"run", point.number},
            {"commit_id", point.commit.empty() ? json::value() : json::value(point.commit)},
            {"branch", point.branch.empty() ? json::value() : json::value(point.branch)},
            {"finished_at", to_rfc3339(point.finished_at)}};
}

json::value text_or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

/// A place in a file; without a line where it has none.
json::value place(const std::string& path, std::uint32_t line) {
    return {{"path", path}, {"line", line == 0 ? json::value(nullptr) : json::value(line)}};
}

}  // namespace

json::value to_json(const UsedPackage& package) {
    const auto& d = package.dependency;
    return {{"codebase", package.codebase},
            {"ecosystem", to_label(d.ecosystem)},
            {"name", d.name},
            {"scope", to_label(d.scope)},
            {"is_direct", d.is_direct},
            {"is_local", d.is_local},
            {"requested_range", text_or_null(d.range)},
            {"condition", text_or_null(d.condition)},
            {"locked_version", text_or_null(d.locked_version)},
            {"lock_path", text_or_null(d.lock_path)},
            {"source_url", text_or_null(d.source_url)},
            {"licence", text_or_null(d.licence)},
            {"at", place(d.manifest_path, d.manifest_line)},
            {"usage", to_label(package.verdict.usage)},
            {"files_using", package.verdict.files_using},
            {"is_certain", package.verdict.is_certain},
            {"reason", package.verdict.reason},
            {"outdated", text_or_null(package.outdated)}};
}

json::value to_json(const MissingPackage& one) {
    return {{"codebase", one.codebase},    {"ecosystem", to_label(one.missing.ecosystem)},
            {"name", one.missing.name},    {"at", place(one.missing.path, one.missing.line)},
            {"files", one.missing.files},  {"is_certain", one.missing.is_certain},
            {"reason", one.missing.reason}};
}

json::value to_json(const DeadElement& element) {
    return {{"id", std::to_string(element.symbol)},
            {"path", element.path},
            {"kind", element.kind},
            {"name", element.name},
            {"start_line", element.start_line},
            {"end_line", element.end_line},
            {"is_exported", element.is_exported},
            {"dead_callers", element.dead_callers}};
}

namespace {

/// What could not be read again, and why.
json::array problems_json(const std::vector<source::Problem>& problems) {
    json::array unreadable;
    for (const auto& problem : problems)
        unreadable.push_back({{"path", source::display_path(problem.path)},
                              {"reason", to_label(problem.kind)},
                              {"cause", problem.cause}});
    return unreadable;
}

}  // namespace

json::object to_json(const SourceLines& found) {
    json::array items;
    for (const auto& line : found.lines)
        items.push_back({{"codebase", line.codebase},
                         {"path", line.path},
                         {"line", line.line},
                         {"column", line.column},
                         {"text", line.text}});
    return {
        {"items", std::move(items)}, {"files_read", found.files_read}, {"unreadable", problems_json(found.problems)}};
}

json::value to_json(const ContextPiece& piece) {
    return {{"role", to_label(piece.role)},   {"symbol", to_json(piece.symbol)},
            {"distance", piece.distance},     {"confidence", piece.confidence},
            {"start_line", piece.start_line}, {"end_line", piece.end_line},
            {"is_source", piece.is_source},   {"is_whole", piece.is_whole},
            {"tokens", piece.tokens},         {"text", piece.text}};
}

json::object to_json(const Context& context) {
    return {{"symbol", to_json(context.symbol)},
            {"tokens", context.tokens},
            {"items", to_json(context.pieces)},
            {"left_out", context.left_out},
            {"unreadable", problems_json(context.unreadable)}};
}

json::value to_json(const Hotspot& file) {
    return {{"codebase", file.codebase},
            {"path", file.path},
            {"commits", file.commits},
            {"authors", file.authors},
            {"code_lines", or_null(file.code_lines)},
            {"cognitive_complexity", or_null(file.cognitive_complexity)},
            {"score", or_null(file.score)},
            {"last_changed_at", to_rfc3339(file.last_changed_at)}};
}

json::value to_json(const CoChange& file) {
    return {{"path", file.path},
            {"commits_together", file.commits_together},
            {"commits_of_file", file.commits_of_file},
            {"share", file.share()},
            {"is_current", file.is_current}};
}

json::value to_json(const Owner& owner) {
    return {{"name", owner.name},
            {"email", owner.email},
            {"commits", owner.commits},
            {"lines_added", owner.lines_added},
            {"share", or_null(owner.share)},
            {"last_committed_at", to_rfc3339(owner.last_committed_at)}};
}

json::object to_json(const Explanation& explanation) {
    json::object object{{"symbol", to_json(explanation.symbol)},
                        {"callers", explanation.callers},
                        {"callers_in_all", explanation.callers_in_all},
                        {"tests", explanation.tests},
                        {"callees", explanation.callees},
                        {"impacted", explanation.impacted},
                        {"supertypes", explanation.supertypes},
                        {"subtypes", explanation.subtypes},
                        {"figures", nullptr},
                        {"owners", nullptr}};
    if (const auto& f = explanation.figures)
        object["figures"] = {{"lines", or_null(f->lines)},
                             {"code_lines", or_null(f->code_lines)},
                             {"cyclomatic_complexity", or_null(f->cyclomatic_complexity)},
                             {"cognitive_complexity", or_null(f->cognitive_complexity)},
                             {"nesting_max", or_null(f->nesting_max)},
                             {"parameters", or_null(f->parameters)},
                             {"cohesion_groups", or_null(f->cohesion_groups)},
                             {"maintainability_index", or_null(f->maintainability_index)},
                             {"fan_in", f->fan_in},
                             {"fan_out", f->fan_out},
                             {"inheritance_depth", or_null(f->inheritance_depth)},
                             {"direct_subtypes", or_null(f->direct_subtypes)},
                             {"functions_of_codebase", f->functions},
                             {"simpler_functions", f->simpler}};
    if (const auto& c = explanation.coupling)
        object["file_coupling"] = {
            {"afferent", c->afferent}, {"efferent", c->efferent}, {"instability", or_null(c->instability)}};
    if (explanation.has_history) {
        object["owners"] = to_json(explanation.ownership.owners);
        object["bus_factor"] = explanation.ownership.bus_factor;
    }
    return object;
}

json::value to_json(const ElementChange& change) {
    json::object object{{"change", to_label(change.kind)},
                        {"path", change.path},
                        {"kind", change.element_kind},
                        {"name", change.name},
                        {"is_exported", change.is_exported},
                        {"breaks_api", change.breaks_api()},
                        {"old_line", or_null(change.old_line)},
                        {"new_line", or_null(change.new_line)},
                        {"old_signature", or_null(change.old_signature)},
                        {"new_signature", or_null(change.new_signature)},
                        {"old_complexity", or_null(change.old_complexity)},
                        {"new_complexity", or_null(change.new_complexity)}};
    if (!change.old_path.empty()) object["old_path"] = change.old_path;
    return object;
}

json::value to_json(const LinkChange& change) {
    return {{"relationship", change.kind}, {"added", change.added}, {"removed", change.removed}};
}

json::object to_json(const Comparison& comparison) {
    return {{"before", run_json(comparison.before)},
            {"after", run_json(comparison.after)},
            {"items", to_json(comparison.elements)},
            {"relationships", to_json(comparison.links)}};
}

json::value to_json(const KnownDuplicate& duplicate) {
    json::array places;
    for (const auto& place : duplicate.block.places)
        places.push_back({{"path", place.path}, {"start_line", place.start_line}, {"end_line", place.end_line}});
    return {{"codebase", duplicate.codebase},           {"digest", to_string(duplicate.block.digest)},
            {"tokens", duplicate.block.tokens},         {"lines", duplicate.lines()},
            {"clone_type", duplicate.block.clone_type}, {"places", std::move(places)}};
}

json::object to_json(const QualityReport& report) {
    json::array parts, folders, files, functions;
    json::object figures;
    for (const auto& p : report.parts)
        parts.push_back({{"part", p.part},
                         {"measured", p.measured},
                         {"points", p.points},
                         {"points_before", or_null(p.points_before)},
                         {"weight", p.weight},
                         {"formula", p.formula}});
    for (const auto& f : report.folders) folders.push_back({{"folder", f.folder}, {"score", f.score}});
    for (const auto& f : report.figures) figures[f.metric] = {{"value", f.value}, {"before", or_null(f.before)}};
    for (const auto& f : report.files)
        files.push_back({{"path", f.path},
                         {"issues", f.issues},
                         {"debt_minutes", f.debt_minutes},
                         {"code_lines", or_null(f.code_lines)},
                         {"cognitive_complexity", or_null(f.cognitive_complexity)},
                         {"maintainability_index", or_null(f.maintainability_index)}});
    for (const auto& f : report.functions)
        functions.push_back({{"path", f.path},
                             {"name", f.name},
                             {"line", f.start_line},
                             {"cognitive_complexity", f.cognitive_complexity},
                             {"cyclomatic_complexity", f.cyclomatic_complexity},
                             {"code_lines", f.code_lines},
                             {"maintainability_index", f.maintainability_index}});
    json::object object{{"codebase", report.codebase},
                        {"run", run_json(report.run)},
                        {"before", report.before ? json::value(run_json(*report.before)) : json::value()},
                        {"score", or_null(report.score)},
                        {"score_before", or_null(report.score_before)},
                        {"debt_rating", report.debt_rating.empty() ? json::value() : json::value(report.debt_rating)},
                        {"parts", std::move(parts)},
                        {"folders", std::move(folders)},
                        {"figures", std::move(figures)},
                        {"files", std::move(files)},
                        {"functions", std::move(functions)},
                        {"hotspots", to_json(report.hotspots)},
                        {"duplicates", to_json(report.duplicates)},
                        {"owners", nullptr}};
    if (report.ownership) {
        object["owners"] = to_json(report.ownership->owners);
        object["bus_factor"] = report.ownership->bus_factor;
    }
    return object;
}

}  // namespace gsdb::codebase
