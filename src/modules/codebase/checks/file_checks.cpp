#include "modules/codebase/checks/file_checks.hpp"

#include <algorithm>
#include <tuple>

#include "modules/codebase/checks/context.hpp"
#include "modules/codebase/checks/control.hpp"
#include "modules/codebase/checks/directives.hpp"
#include "modules/codebase/checks/finding_text.hpp"
#include "modules/codebase/extract/grammar.hpp"

namespace gsdb::codebase::checks {

namespace {

using extract::Language;

bool is_of_ecmascript(Language language) {
    return language == Language::javascript || language == Language::typescript || language == Language::tsx;
}

/// `if (a = b)` without a second pair of parentheses.
void check_condition(Context& c, TSNode node) {
    const auto condition = c.child(node, Field::condition);
    if (c.kind(condition) != Kind::parenthesized) return;
    const auto value = c.child(condition, Field::value);
    const auto parts = ts_node_is_null(value) ? children_of(c, condition) : std::vector{value};
    if (parts.size() != 1 || c.kind(parts.front()) != Kind::assignment) return;
    const auto between = c.text(ts_node_end_byte(c.child(parts.front(), Field::left)),
                                ts_node_start_byte(c.child(parts.front(), Field::right)));
    if (between.find_first_not_of(" =\n\t") != std::string_view::npos) return;  // +=
    c.report(RuleKey::assignment_in_condition, parts.front(), "assigns where a comparison is expected");
}

std::string unused_message(const Binding& binding) {
    const std::string name(binding.name);
    switch (binding.rule) {
        case RuleKey::unused_import:
            return name + " is imported and not used";
        case RuleKey::unused_parameter:
            return "the parameter " + name + " is not used";
        default:
            return "the variable " + name + " is not used";
    }
}

}  // namespace

class FileChecker::State {
  public:
    FileFindings check(TSNode root, std::string_view parsed, std::string_view source, const extract::FileFacts& facts) {
        if (extract::is_told_by_queries(facts.language))  // no rule of the product knows it
            return {.findings = {}, .directives = directives_of(source, facts)};
        source_ = source;
        context_.start(parsed, facts);
        control_.start(context_);
        walk(root, facts.language);
        finish_names();
        FileFindings out{.findings = {}, .directives = directives_of(source, facts)};
        place_findings(out);
        return out;
    }

  private:
    auto report_unused() {
        return [this](const Binding& binding) {
            context_.report(binding.rule, binding.start, binding.end, unused_message(binding));
        };
    }

    void walk(TSNode root, Language language) {
        tree_walk_start(walk_.get(), root, context_.meanings->as_c());
        const bool has_names = language == Language::python || is_of_ecmascript(language);
        const auto rules = rules_of(language);
        TreeStep step{};
        while (tree_walk_next(walk_.get(), true, &step)) {
            const auto kind = kind_of(step.role);
            if (has_names) context_.names.leave(step.left, report_unused());
            control_.leave(step.left);
            if (kind == Kind::comment) {
                if (has_names) mention_in_comment(step.node);
                continue;
            }
            control_.enter(step.node, kind, (step.role & statement_bit) != 0, step.depth);
            if (kind == Kind::if_ || kind == Kind::loop) check_condition(context_, step.node);
            if (has_names) enter_names(kind, step, language);
            rules(context_, kind, step.node, {tree_walk_path(walk_.get()), step.depth});
        }
    }

    static decltype(&check_python) rules_of(Language language) {
        switch (language) {
            case Language::python:
                return check_python;
            case Language::c:
            case Language::cpp:
                return check_c;
            case Language::java:
                return check_java;
            case Language::go:
                return check_go;
            case Language::rust:
                return check_rust;
            default:
                return check_javascript;
        }
    }

    void enter_names(Kind kind, const TreeStep& step, Language language) {
        if (kind == Kind::name && !context_.is_skipped(ts_node_start_byte(step.node)))
            context_.names.mention(context_.text(step.node));
        const bool opens = kind == Kind::function || (kind == Kind::lambda && is_of_ecmascript(language));
        if (opens) context_.names.open(step.depth);
    }

    /// Types are written in comments: `# type: Name`, `/** @type {Name} */`.
    void mention_in_comment(TSNode node) {
        const auto text = context_.text(node);
        const auto type = text.find("type:");
        if (type == std::string_view::npos && !text.starts_with("/**")) return;
        for_each_word(text, [&](std::string_view word) { context_.names.mention(word); });
    }

    void finish_names() { context_.names.finish(report_unused()); }

    // --- places ---

    void place_findings(FileFindings& out) {
        auto& found = context_.found;
        if (found.empty()) return;
        std::ranges::sort(found, [](const Found& a, const Found& b) {
            return std::tie(a.start, a.rule, a.message) < std::tie(b.start, b.rule, b.message);
        });
        line_starts_.assign(1, 0);
        for (auto at = source_.find('\n'); at != std::string_view::npos; at = source_.find('\n', at + 1))
            line_starts_.push_back(static_cast<std::uint32_t>(at + 1));
        std::vector<std::uint32_t> around;  // elements, the innermost last
        std::uint32_t next_element = 0;
        const auto& elements = context_.facts->elements;
        for (auto& one : found) {
            for (; next_element < elements.size() && elements[next_element].span.start.byte <= one.start;
                 ++next_element) {
                leave_elements(around, elements[next_element].span.start.byte);
                around.push_back(next_element);
            }
            leave_elements(around, one.start);
            if (one.rule == RuleKey::unwrap && is_in_test(around)) continue;
            out.findings.push_back(placed(std::move(one), around.empty() ? extract::no_element : around.back()));
        }
    }

    void leave_elements(std::vector<std::uint32_t>& around, std::uint32_t byte) const {
        while (!around.empty() && context_.facts->elements[around.back()].span.end.byte <= byte) around.pop_back();
    }

    bool is_in_test(const std::vector<std::uint32_t>& around) const {
        return std::ranges::any_of(around, [&](std::uint32_t element) {
            const auto& e = context_.facts->elements[element];
            return e.flags.has(extract::ElementFlag::test) || e.name == "tests" || e.name == "test";
        });
    }

    /// What spans lines is shown by its first one.
    Finding placed(Found one, std::uint32_t element) const {
        one.end = std::min<std::uint32_t>(one.end, static_cast<std::uint32_t>(source_.size()));
        const auto line_end = std::min(source_.find('\n', one.start), source_.size());
        auto end = std::min<std::uint32_t>(one.end, static_cast<std::uint32_t>(line_end));
        while (end > one.start && source_[end - 1] == '\r') --end;
        Finding finding{.rule = one.rule,
                        .span = {position(one.start), position(end)},
                        .element = element,
                        .message = normalised(one.message),
                        .text = normalised(source_.substr(one.start, end - one.start))};
        finding.start_character = character(finding.span.start);
        finding.end_character = character(finding.span.end);
        return finding;
    }

    extract::Position position(std::uint32_t byte) const {
        const auto line =
            static_cast<std::uint32_t>(std::ranges::upper_bound(line_starts_, byte) - line_starts_.begin());
        return {.byte = byte, .line = line, .column = byte - line_starts_[line - 1] + 1};
    }

    /// The column in code points.
    std::uint32_t character(const extract::Position& at) const {
        const auto before = source_.substr(line_starts_[at.line - 1], at.column - 1);
        return 1 + static_cast<std::uint32_t>(std::ranges::count_if(
                       before, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
    }

    extract::WalkMemory walk_ = extract::make_walk();
    Context context_;
    Control control_;
    std::string_view source_;
    std::vector<std::uint32_t> line_starts_;
};

FileChecker::FileChecker() : state_(std::make_unique<State>()) {}
FileChecker::FileChecker(FileChecker&&) noexcept = default;
FileChecker& FileChecker::operator=(FileChecker&&) noexcept = default;
FileChecker::~FileChecker() = default;

FileFindings FileChecker::check(TSNode root, std::string_view parsed, std::string_view source,
                                const extract::FileFacts& facts) {
    return state_->check(root, parsed, source, facts);
}

}  // namespace gsdb::codebase::checks
