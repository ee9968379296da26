#include "modules/codebase/plugins/fact_messages.hpp"

#include <simdjson.h>

#include <algorithm>
#include <span>
#include <tuple>

#include "modules/codebase/plugins/message.hpp"

namespace gsdb::codebase::plugins {

namespace {

using namespace extract;
using measure::Metrics;

/// What fits a column of the database.
constexpr std::uint32_t number_max = 0x7FFFFFFF;
constexpr std::size_t text_bytes_max = 8192;

void write(MessageWriter& out, const Position& p) {
    out.add(p.byte), out.add(p.line), out.add(p.column);
}

void write(MessageWriter& out, const Element& e) {
    out.add(e.kind), out.add(e.flags.bits()), out.add(e.parent), out.add(e.overload), out.add(e.parameter_count);
    for (const auto& position : {e.span.start, e.span.end, e.name_span.start, e.name_span.end}) write(out, position);
    for (const auto text : {e.name, e.qualified_name, e.owner, e.signature, e.doc}) out.add_text(text);
}

void write(MessageWriter& out, const Import& i) {
    out.add(i.kind), out.add(i.is_relative), out.add(i.is_system), out.add(i.is_type_only), out.add(i.is_reexported);
    out.add(i.element);
    write(out, i.position);
    for (const auto text : {i.module, i.name, i.alias}) out.add_text(text);
}

void write(MessageWriter& out, const Reference& r) {
    out.add(r.kind), out.add(r.argument_count), out.add(r.element);
    write(out, r.position);
    out.add_text(r.name), out.add_text(r.receiver);
}

/// The figures in the order in which they are written.
template <class M>
auto figures(M& m) {
    return std::tie(m.lines, m.code_lines, m.logical_lines, m.comment_lines, m.cyclomatic_complexity,
                    m.cognitive_complexity, m.nesting_max, m.parameters, m.operators_distinct, m.operands_distinct,
                    m.operators_total, m.operands_total, m.documentable, m.documented, m.annotatable, m.annotated);
}

void write(MessageWriter& out, const Metrics& m) {
    std::apply([&](const auto&... figure) { (out.add(figure), ...); }, figures(m));
    out.add(m.cohesion_groups.has_value());
    out.add(m.cohesion_groups.value_or(0));
}

class FactReader {
  public:
    FactReader(std::string_view message, std::string_view source) : in_(message), source_(source) {}

    std::optional<MeasuredFacts> read() {
        MeasuredFacts out;
        facts_ = &out.facts;
        facts_->status = kind<Status>(Status::unparsed);
        read_lines();
        facts_->doc = text();
        for (auto n = in_.count(element_bytes_min); n > 0 && in_.is_sound(); --n) read_element();
        for (auto n = in_.count(import_bytes_min); n > 0 && in_.is_sound(); --n) read_import();
        for (auto n = in_.count(reference_bytes_min); n > 0 && in_.is_sound(); --n) read_reference();
        for (auto n = in_.count(2 * sizeof(std::uint32_t)); n > 0 && in_.is_sound(); --n) read_comment();
        read_metrics(out.metrics);
        if (!in_.is_sound() || !in_.is_at_end()) return std::nullopt;
        return out;
    }

  private:
    // A count that promises more than the message holds is a lie.
    static constexpr std::size_t element_bytes_min = 80, import_bytes_min = 33, reference_bytes_min = 29;

    void demand(bool is_so) {
        if (!is_so) in_.fail();
    }
    std::uint32_t number(std::uint32_t most = number_max) {
        const auto value = in_.get<std::uint32_t>();
        demand(value <= most);
        return std::min(value, most);
    }
    template <class Kind>
    Kind kind(Kind last) {
        const auto value = in_.get<std::uint8_t>();
        demand(value <= static_cast<std::uint8_t>(last));
        return static_cast<Kind>(std::min(value, static_cast<std::uint8_t>(last)));
    }
    bool truth() { return in_.get<std::uint8_t>() == 1; }

    std::string_view text() {
        const auto found = in_.text();
        demand(found.size() <= text_bytes_max && !found.contains('\0') &&
               simdjson::validate_utf8(found.data(), found.size()));
        return in_.is_sound() ? facts_->arena.store(found) : std::string_view{};
    }
    Position position() {
        const Position p{number(static_cast<std::uint32_t>(source_.size())), number(), number()};
        demand(p.line > 0 && p.column > 0);
        return p;
    }
    Span span() {
        const Span s{position(), position()};
        demand(std::tie(s.start.line, s.start.column) <= std::tie(s.end.line, s.end.column) &&
               s.start.byte <= s.end.byte);
        return s;
    }
    /// An element before, or none.
    std::uint32_t known_element() {
        const auto element = in_.get<std::uint32_t>();
        demand(element == no_element || element < facts_->elements.size());
        return element;
    }

    void read_lines() {
        auto& lines = facts_->lines;
        lines = {number(), number(), number(), number()};
        demand(std::uint64_t{lines.code} + lines.comment + lines.blank == lines.total &&
               lines.total <= source_.size() + 1);
        facts_->error_count = number();
        facts_->error_bytes = number();
    }

    void read_element() {
        Element e;
        e.kind = kind(ElementKind::macro);
        const auto bits = number((1U << element_flag_labels().size()) - 1);
        for (std::uint32_t bit = 1; bit <= bits; bit <<= 1U)
            if ((bits & bit) != 0) e.flags.set(static_cast<ElementFlag>(bit));
        e.parent = known_element();
        e.overload = number();
        e.parameter_count = in_.get<std::int32_t>();
        demand(e.parameter_count >= -1);
        e.span = span();
        e.name_span = span();
        for (auto* const part : {&e.name, &e.qualified_name, &e.owner, &e.signature, &e.doc}) *part = text();
        demand(!e.name.empty() && e.name.size() <= 500 && e.qualified_name.size() <= 2000);
        facts_->elements.push_back(e);
    }

    void read_import() {
        Import i;
        i.kind = kind(ImportKind::re_export_all);
        i.is_relative = truth(), i.is_system = truth(), i.is_type_only = truth(), i.is_reexported = truth();
        i.element = known_element();
        i.position = position();
        for (auto* const part : {&i.module, &i.name, &i.alias}) *part = text();
        facts_->imports.push_back(i);
    }

    void read_reference() {
        Reference r;
        r.kind = kind(ReferenceKind::expand);
        r.argument_count = in_.get<std::int32_t>();
        demand(r.argument_count >= -1);
        r.element = known_element();
        r.position = position();
        r.name = text(), r.receiver = text();
        demand(r.name.size() <= 500 && r.receiver.size() <= 500);
        facts_->references.push_back(r);
    }

    void read_comment() {
        const auto size = static_cast<std::uint32_t>(source_.size());
        const auto start = number(size), end = number(size);
        demand(start <= end && (facts_->comments.empty() || facts_->comments.back().start <= start));
        facts_->comments.push_back({start, end});
    }

    Metrics figures_of() {
        Metrics m;
        std::apply([&](auto&... figure) { ((figure = number()), ...); }, figures(m));
        const bool has_groups = truth();
        if (const auto groups = number(); has_groups) m.cohesion_groups = groups;
        demand(std::max(m.code_lines, m.comment_lines) <= m.lines && m.operators_distinct <= m.operators_total &&
               m.operands_distinct <= m.operands_total && m.documented <= m.documentable &&
               m.annotated <= m.annotatable);
        return m;
    }

    void read_metrics(measure::FileMetrics& out) {
        out.is_measured = truth();
        if (!out.is_measured || !in_.is_sound()) return;
        out.whole = figures_of();
        out.elements.resize(facts_->elements.size());
        for (auto& element : out.elements) {
            if (!in_.is_sound()) return;
            element.is_measured = truth();
            if (element.is_measured) element.metrics = figures_of();
        }
    }

    MessageReader in_;
    std::string_view source_;
    FileFacts* facts_ = nullptr;
};

std::vector<std::size_t> line_starts(std::string_view source) {
    std::vector<std::size_t> starts{0};
    for (auto at = source.find('\n'); at != std::string_view::npos; at = source.find('\n', at + 1))
        starts.push_back(at + 1);
    return starts;
}

/// Whether a place is in the file; the one behind the last byte of a line is.
bool is_in(std::span<const std::size_t> lines, std::size_t size, std::uint32_t line, std::uint32_t column) {
    if (line == 0 || column == 0 || line > lines.size()) return false;
    const auto end = line < lines.size() ? lines[line] : size + 1;
    return lines[line - 1] + column - 1 < end;
}

}  // namespace

std::string write_facts(const FileFacts& facts, const measure::FileMetrics& metrics) {
    MessageWriter out;
    out.add(facts.status);
    for (const auto count : {facts.lines.total, facts.lines.code, facts.lines.comment, facts.lines.blank,
                             facts.error_count, facts.error_bytes})
        out.add(count);
    out.add_text(facts.doc);
    const auto write_all = [&](const auto& list) {
        out.add(static_cast<std::uint32_t>(list.size()));
        for (const auto& one : list) write(out, one);
    };
    write_all(facts.elements), write_all(facts.imports), write_all(facts.references);
    out.add(static_cast<std::uint32_t>(facts.comments.size()));
    for (const auto& comment : facts.comments) out.add(comment.start), out.add(comment.end);
    out.add(metrics.is_measured);
    if (!metrics.is_measured) return out.take();
    write(out, metrics.whole);
    for (const auto& element : metrics.elements) {
        out.add(element.is_measured);
        if (element.is_measured) write(out, element.metrics);
    }
    return out.take();
}

std::optional<MeasuredFacts> read_facts(std::string_view message, std::string_view source) {
    return FactReader(message, source).read();
}

std::string write_findings(const std::vector<PluginFinding>& findings) {
    MessageWriter out;
    out.add(static_cast<std::uint32_t>(findings.size()));
    for (const auto& f : findings) {
        out.add_text(f.rule), out.add_text(f.message);
        for (const auto number : {f.line, f.column, f.end_line, f.end_column}) out.add(number);
    }
    return out.take();
}

std::optional<std::vector<PluginFinding>> read_findings(std::string_view message, std::string_view source,
                                                        const Plugin& plugin) {
    MessageReader in(message);
    const auto lines = line_starts(source);
    std::vector<PluginFinding> findings;
    const auto count = in.count(6 * sizeof(std::uint32_t));
    if (count > findings_max) return std::nullopt;
    for (std::uint32_t i = 0; i < count && in.is_sound(); ++i) {
        PluginFinding f;
        f.rule = in.text(), f.message = in.text();
        for (auto* const number : {&f.line, &f.column, &f.end_line, &f.end_column}) *number = in.get<std::uint32_t>();
        const bool is_known = std::ranges::find(plugin.rules, f.rule, &PluginRule::id) != plugin.rules.end();
        const bool is_placed = is_in(lines, source.size(), f.line, f.column) &&
                               is_in(lines, source.size(), f.end_line, f.end_column) &&
                               std::tie(f.line, f.column) <= std::tie(f.end_line, f.end_column);
        const bool is_text = !f.message.contains('\0') && simdjson::validate_utf8(f.message.data(), f.message.size());
        if (!is_known || !is_placed || !is_text || f.message.find_first_not_of(" \t\r\n") == std::string::npos)
            return std::nullopt;
        findings.push_back(std::move(f));
    }
    if (!in.is_sound() || !in.is_at_end()) return std::nullopt;
    const auto key = [](const PluginFinding& f) {
        return std::tie(f.line, f.column, f.end_line, f.end_column, f.rule, f.message);
    };
    std::ranges::sort(findings, {}, key);
    const auto repeated = std::ranges::unique(findings, {}, key);
    findings.erase(repeated.begin(), repeated.end());
    return findings;
}

}  // namespace gsdb::codebase::plugins
