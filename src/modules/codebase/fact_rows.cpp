#include "modules/codebase/fact_rows.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <optional>

#include "modules/codebase/duplicates/tokenizer.hpp"
#include "modules/codebase/extract/extractor.hpp"
#include "modules/codebase/flow/stored_flow.hpp"
#include "modules/codebase/measure/measure.hpp"

namespace gsdb::codebase {

namespace {

std::int32_t number(std::uint32_t value) {
    return static_cast<std::int32_t>(value);
}

std::optional<std::int32_t> ordinal(std::uint32_t element) {
    return element == extract::no_element ? std::nullopt : std::optional(number(element));
}

std::optional<std::string_view> unless_empty(std::string_view text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

void append_elements(pg::BinaryRowEncoder& out, BlobId blob, const std::vector<extract::Element>& elements) {
    std::uint32_t position = 0;
    for (const auto& e : elements) {
        out.row(
            blob, number(position++), ordinal(e.parent), extract::to_label(e.kind), e.name, e.qualified_name,
            unless_empty(e.owner), number(e.overload), number(e.flags.bits()), number(e.span.start.line),
            number(e.span.start.column), number(e.span.end.line), number(e.span.end.column), number(e.span.start.byte),
            number(e.span.end.byte), number(e.name_span.start.line), number(e.name_span.start.column),
            e.parameter_count < 0 ? std::nullopt : std::optional(e.parameter_count), e.signature, unless_empty(e.doc));
    }
}

void append_imports(pg::BinaryRowEncoder& out, BlobId blob, const std::vector<extract::Import>& imports) {
    std::uint32_t position = 0;
    for (const auto& i : imports) {
        out.row(blob, number(position++), extract::to_label(i.kind), i.module, unless_empty(i.name),
                unless_empty(i.alias), i.is_relative, i.is_system, i.is_type_only, i.is_reexported, ordinal(i.element),
                number(i.position.line), number(i.position.column));
    }
}

void append_metrics(pg::BinaryRowEncoder& out, BlobId blob, std::int32_t ordinal, const measure::Metrics& m) {
    const auto groups = m.cohesion_groups ? std::optional(number(*m.cohesion_groups)) : std::nullopt;
    out.row(blob, ordinal, number(m.lines), number(m.code_lines), number(m.logical_lines), number(m.comment_lines),
            number(m.cyclomatic_complexity), number(m.cognitive_complexity), number(m.nesting_max),
            number(m.parameters), number(m.operators_distinct), number(m.operands_distinct), number(m.operators_total),
            number(m.operands_total), number(m.documentable), number(m.documented), number(m.annotatable),
            number(m.annotated), groups);
}

void append_metrics(pg::BinaryRowEncoder& out, BlobId blob, const measure::FileMetrics& metrics) {
    constexpr std::int32_t whole = -1;
    if (!metrics.is_measured) return;
    append_metrics(out, blob, whole, metrics.whole);
    for (std::size_t i = 0; i < metrics.elements.size(); ++i)
        if (metrics.elements[i].is_measured)
            append_metrics(out, blob, static_cast<std::int32_t>(i), metrics.elements[i].metrics);
}

void append_findings(FactRows& rows, BlobId blob, const checks::FileFindings& found) {
    std::int32_t position = 0;
    for (const auto& f : found.findings)
        rows.findings.row(blob, position++, checks::rule(f.rule).id, ordinal(f.element), number(f.span.start.line),
                          number(f.span.start.column), number(f.span.end.line), number(f.span.end.column),
                          number(f.start_character), number(f.end_character), f.message, f.text);
    position = 0;
    for (const auto& d : found.directives)
        rows.directives.row(blob, position++, number(d.first_line), number(d.last_line), d.rules, d.justification);
}

}  // namespace

std::string analyser_version() {
    return fmt::format("{}.{}.{}.{}.{}", extract::extractor_version, flow::flow_version, measure::measure_version,
                       checks::checks_version, duplicates::duplicates_version);
}

BlobId blob_id(std::string_view git_id, std::string_view language, std::string_view plugins) {
    std::string key(git_id);
    key += '\0';
    key += language;
    key += '\0';
    key += analyser_version();
    key += plugins;
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest;
    SHA256(as_bytes(key).data(), key.size(), digest.data());
    return {Uuid::v8(digest)};
}

void FactEncoder::append(FactRows& rows, const AnalysedBlob& blob, const extract::FileFacts& facts,
                         const measure::FileMetrics& metrics, const checks::FileFindings& findings,
                         const std::vector<PlacedFinding>& of_plugins) {
    const auto language = blob.language.empty() ? extract::to_label(facts.language) : blob.language;
    rows.blobs.row(blob.id, blob.git_id, language, analyser_version(), extract::to_label(facts.status),
                   number(blob.size_bytes), number(facts.lines.total), number(facts.lines.code),
                   number(facts.lines.comment), number(facts.lines.blank), number(facts.error_count),
                   number(facts.error_bytes), static_cast<std::int32_t>(facts.elements.size()),
                   static_cast<std::int32_t>(facts.imports.size()), static_cast<std::int32_t>(facts.references.size()));
    append_elements(rows.elements, blob.id, facts.elements);
    append_imports(rows.imports, blob.id, facts.imports);
    if (!facts.references.empty()) append_references(rows.references, blob.id, facts.references);
    append_metrics(rows.metrics, blob.id, metrics);
    append_findings(rows, blob.id, findings);
    auto position = static_cast<std::int32_t>(findings.findings.size());
    for (const auto& f : of_plugins)
        rows.findings.row(blob.id, position++, f.rule, ordinal(f.element), number(f.line), number(f.column),
                          number(f.end_line), number(f.end_column), number(f.start_character), number(f.end_character),
                          f.message, f.text);
}

std::int32_t FactEncoder::name_index(std::string_view name) {
    auto [found, is_new] = index_of_name_.try_emplace(name, static_cast<std::int32_t>(names_.size()));
    if (is_new) names_.push_back(name);
    return found->second;
}

void FactEncoder::append_references(pg::BinaryRowEncoder& out, BlobId blob,
                                    const std::vector<extract::Reference>& references) {
    index_of_name_.clear();
    names_.clear();
    for (auto* array : {&name_indexes_, &receiver_indexes_, &elements_, &lines_, &columns_}) array->clear();
    for (auto* array : {&kind_codes_, &argument_counts_}) array->clear();
    for (const auto& r : references) {
        name_indexes_.push_back(name_index(r.name));
        receiver_indexes_.push_back(name_index(r.receiver));
        kind_codes_.push_back(static_cast<std::int16_t>(r.kind));
        elements_.push_back(r.element == extract::no_element ? -1 : number(r.element));
        lines_.push_back(number(r.position.line));
        columns_.push_back(number(r.position.column));
        argument_counts_.push_back(static_cast<std::int16_t>(std::min(r.argument_count, 32767)));
    }
    out.row(blob, names_, name_indexes_, receiver_indexes_, kind_codes_, elements_, lines_, columns_, argument_counts_);
}

}  // namespace gsdb::codebase
