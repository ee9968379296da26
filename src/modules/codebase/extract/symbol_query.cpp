#include "modules/codebase/extract/symbol_query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

namespace gsdb::codebase::extract {
namespace {

constexpr std::pair<std::string_view, Capture> subjects[] = {
    {"comment", Capture::comment},       {"definition", Capture::definition}, {"scope", Capture::scope},
    {"visibility", Capture::visibility}, {"reference", Capture::reference},   {"import", Capture::import},
};
constexpr std::pair<std::string_view, Capture> parts[] = {
    {"name", Capture::name},
    {"body", Capture::body},
    {"parameters", Capture::parameters},
    {"parameter", Capture::parameter},
    {"arguments", Capture::arguments},
    {"argument", Capture::argument},
    {"receiver", Capture::receiver},
    {"owner", Capture::owner},
    {"modifiers", Capture::modifiers},
    {"attributes", Capture::attributes},
    {"doc", Capture::doc},
    {"module", Capture::module},
    {"alias", Capture::alias},
};

template <class Label>
std::optional<std::uint8_t> number_of(std::string_view label, std::uint8_t last) {
    for (std::uint8_t i = 0; i <= last; ++i)
        if (to_label(static_cast<Label>(i)) == label) return i;
    return std::nullopt;
}

/// The kind behind the dot: `definition.class`.
std::optional<std::uint8_t> kind_of(Capture about, std::string_view kind) {
    switch (about) {
        case Capture::definition:
            return number_of<ElementKind>(kind, static_cast<std::uint8_t>(ElementKind::macro));
        case Capture::scope:
            return number_of<ElementKind>(kind.empty() ? "function" : kind,
                                          static_cast<std::uint8_t>(ElementKind::macro));
        case Capture::reference:
            return number_of<ReferenceKind>(kind, static_cast<std::uint8_t>(ReferenceKind::expand));
        case Capture::import:
            return number_of<ImportKind>(kind.empty() ? "import" : kind,
                                         static_cast<std::uint8_t>(ImportKind::re_export_all));
        case Capture::visibility:
            if (kind == "public") return 0;
            if (kind == "private" || kind == "protected") return 1;
            return std::nullopt;
        default:
            return kind.empty() ? std::optional<std::uint8_t>(0) : std::nullopt;
    }
}

struct Name {
    Capture capture{};
    std::uint8_t kind = 0;
};

std::optional<Name> read_name(std::string_view name) {
    if (name.starts_with('_')) return Name{};
    for (const auto& [text, capture] : parts)
        if (text == name) return Name{capture, 0};
    const auto dot = std::min(name.find('.'), name.size());
    for (const auto& [text, capture] : subjects) {
        if (text != name.substr(0, dot)) continue;
        const auto kind = kind_of(capture, dot < name.size() ? name.substr(dot + 1) : std::string_view{});
        if (kind) return Name{capture, *kind};
    }
    return std::nullopt;
}

bool is_subject(Capture capture) {
    return capture >= Capture::comment && capture <= Capture::import;
}

}  // namespace

class SymbolQueryCompiler {
  public:
    SymbolQueryCompiler(const TSLanguage* language, std::string_view text) : language_(language), text_(text) {}

    std::expected<SymbolQuery, QueryError> compile() {
        auto query = make_query(language_, text_);
        if (!query) return std::unexpected(query.error());
        out_.query_ = *std::move(query);
        out_.roles_.assign(ts_language_symbol_count(language_), 0);
        out_.plain_patterns_.assign(out_.roles_.size(), 0);
        read_captures();
        const auto count = ts_query_pattern_count(out_.query());
        for (pattern_ = 0; pattern_ < count && !error_; ++pattern_) read_pattern();
        if (error_) return std::unexpected(*error_);
        return std::move(out_);
    }

  private:
    void fail(std::string message) {
        const auto start = ts_query_start_byte_for_pattern(out_.query(), pattern_);
        if (!error_) error_ = QueryError{line_of(text_, start), std::move(message)};
    }

    std::string_view capture_name(std::uint32_t id) const {
        std::uint32_t length = 0;
        const char* name = ts_query_capture_name_for_id(out_.query(), id, &length);
        return {name, length};
    }
    std::string_view string(std::uint32_t id) const {
        std::uint32_t length = 0;
        const char* value = ts_query_string_value_for_id(out_.query(), id, &length);
        return {value, length};
    }

    void read_captures() {
        for (std::uint32_t id = 0; id < ts_query_capture_count(out_.query()); ++id) {
            names_.push_back(read_name(capture_name(id)));
            out_.captures_.push_back(names_.back() ? names_.back()->capture : Capture::ignored);
        }
    }

    std::string_view text_of_pattern() const {
        const auto start = ts_query_start_byte_for_pattern(out_.query(), pattern_);
        return text_.substr(start, ts_query_end_byte_for_pattern(out_.query(), pattern_) - start);
    }

    void read_pattern() {
        const auto written = extract::read_pattern(text_of_pattern());
        auto& pattern = out_.patterns_.emplace_back();
        read_subject(written, pattern);
        read_predicates(pattern);
        if (!ts_query_is_pattern_rooted(out_.query(), pattern_)) return fail("a pattern begins with one node");
        if (error_) return;
        for (const auto& root : written.roots) note_root(root, pattern, written.is_plain && pattern.predicates.empty());
    }

    void read_subject(const PatternText& written, Pattern& pattern) {
        for (const auto name : written.captures) {
            const auto id = id_of(name);
            if (!names_[id]) return fail(fmt::format("there is no capture @{}", name));
            if (!is_subject(names_[id]->capture)) continue;
            if (pattern.about != Capture::ignored) return fail("a pattern is about one thing");
            pattern.about = names_[id]->capture;
            pattern.kind = names_[id]->kind;
            pattern.main = id;
        }
        if (pattern.about == Capture::ignored)
            fail("a pattern is about a @definition.KIND, @reference.KIND, @import, @scope, @visibility or @comment");
    }

    std::uint32_t id_of(std::string_view name) const {
        std::uint32_t id = 0;
        while (capture_name(id) != name) ++id;
        return id;
    }

    void note_root(const PatternText::Root& root, const Pattern& pattern, bool is_plain) {
        const auto symbols = symbols_of(language_, root);
        if (symbols.empty())
            return fail(fmt::format("a pattern begins with a node that has a name of its own, not {}", root.name));
        if (pattern.about == Capture::comment && !is_plain) return fail("a @comment is a node without conditions");
        for (const auto symbol : symbols) {
            auto& role = out_.roles_[symbol];
            if (pattern.about == Capture::comment) {
                role = static_cast<std::uint8_t>(QueryRole::comment);
            } else if (is_plain && role == 0) {
                role = static_cast<std::uint8_t>(QueryRole::plain);
                out_.plain_patterns_[symbol] = pattern_;
            } else {
                role = static_cast<std::uint8_t>(QueryRole::matched);
            }
        }
    }

    // --- predicates ---

    using Step = TSQueryPredicateStep;

    void read_predicates(Pattern& pattern) {
        std::uint32_t count = 0;
        const auto* const steps = ts_query_predicates_for_pattern(out_.query(), pattern_, &count);
        for (std::uint32_t first = 0, i = 0; i < count; ++i) {
            if (steps[i].type != TSQueryPredicateStepTypeDone) continue;
            read_predicate({steps + first, i - first}, pattern);
            first = i + 1;
        }
    }

    void read_predicate(std::span<const Step> steps, Pattern& pattern) {
        auto name = string(steps[0].value_id);
        if (name == "set!") return read_setting(steps.subspan(1), pattern);
        Predicate predicate;
        if (name.starts_with("not-")) predicate.is_negated = true, name.remove_prefix(4);
        if (name == "starts-with?")
            predicate.test = Predicate::Test::starts_with;
        else if (name != "eq?" && name != "any-of?")
            return fail(fmt::format("there is no predicate #{}", string(steps[0].value_id)));
        if (steps.size() < 3 || steps[1].type != TSQueryPredicateStepTypeCapture)
            return fail(fmt::format("#{} takes a capture and texts", name));
        predicate.capture = steps[1].value_id;
        for (const auto& step : steps.subspan(2)) {
            if (step.type == TSQueryPredicateStepTypeCapture)
                predicate.other = step.value_id;
            else
                predicate.texts.emplace_back(string(step.value_id));
        }
        pattern.predicates.push_back(std::move(predicate));
    }

    void read_setting(std::span<const Step> steps, Pattern& pattern) {
        if (steps.empty() || steps.size() > 2) return fail("#set! takes a word and a value");
        for (const auto& step : steps)
            if (step.type != TSQueryPredicateStepTypeString) return fail("#set! takes a word and a value");
        const auto word = string(steps[0].value_id);
        const auto value = steps.size() > 1 ? string(steps[1].value_id) : std::string_view{};
        if (word == "name") {
            pattern.name = value;
        } else if (word == "trim") {
            pattern.trim = value;
        } else if (word == "parameter") {
            pattern.counted_parameters = symbols_of(language_, {value, false});
            if (pattern.counted_parameters.empty()) fail(fmt::format("the grammar has no node {}", value));
        } else if (word == "flag") {
            read_flag(value, pattern);
        } else if (word == "visibility" && value == "private") {
            pattern.is_private = true;
        } else if (word == "complete") {
            pattern.is_complete = true;
        } else if (word == "scope" && value == "file") {
            pattern.is_of_file = true;
        } else if (word == "scope" && value == "outer") {
            pattern.is_outer = true;
        } else if (word == "relative") {
            pattern.is_relative = true;
        } else if (word == "system") {
            pattern.is_system = true;
        } else {
            fail(fmt::format("there is no setting {} {}", word, value));
        }
    }

    void read_flag(std::string_view value, Pattern& pattern) {
        const auto& labels = element_flag_labels();
        const auto found = std::ranges::find(labels, value);
        if (found == labels.end()) return fail(fmt::format("there is no flag {}", value));
        pattern.flags.set(static_cast<ElementFlag>(1U << static_cast<unsigned>(found - labels.begin())));
    }

    const TSLanguage* language_;
    std::string_view text_;
    SymbolQuery out_;
    std::vector<std::optional<Name>> names_;  ///< by the number of the capture
    std::uint32_t pattern_ = 0;
    std::optional<QueryError> error_;
};

std::expected<SymbolQuery, QueryError> SymbolQuery::compile(const TSLanguage* language, std::string_view text) {
    return SymbolQueryCompiler(language, text).compile();
}

}  // namespace gsdb::codebase::extract
