#include "modules/codebase/extract/query_rules.hpp"

#include <algorithm>
#include <memory>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "modules/codebase/extract/modifiers.hpp"
#include "modules/codebase/extract/walk.hpp"

namespace gsdb::codebase::extract {
namespace {

/// Words before a name, in whatever language.
constexpr Modifier modifier_words[] = {
    {"private", ElementFlag::private_},     {"fileprivate", ElementFlag::private_},
    {"protected", ElementFlag::protected_}, {"static", ElementFlag::static_},
    {"abstract", ElementFlag::abstract},    {"final", ElementFlag::final_},
    {"async", ElementFlag::async},          {"suspend", ElementFlag::async},
    {"readonly", ElementFlag::readonly},    {"const", ElementFlag::readonly},
    {"val", ElementFlag::readonly},         {"let", ElementFlag::readonly},
    {"virtual", ElementFlag::virtual_},     {"override", ElementFlag::override_},
    {"inline", ElementFlag::inline_},       {"unsafe", ElementFlag::unsafe},
    {"operator", ElementFlag::operator_},   {"extern", ElementFlag::declaration},
    {"external", ElementFlag::declaration}, {"expect", ElementFlag::declaration},
};
/// Attributes and annotations.
constexpr Modifier attribute_words[] = {
    {"Obsolete", ElementFlag::deprecated}, {"Deprecated", ElementFlag::deprecated},  {"Test", ElementFlag::test},
    {"TestCase", ElementFlag::test},       {"TestMethod", ElementFlag::test},        {"Fact", ElementFlag::test},
    {"Theory", ElementFlag::test},         {"ParameterizedTest", ElementFlag::test},
};
/// They open to others what is closed otherwise.
constexpr std::string_view public_words[] = {"public", "open", "internal", "protected"};

/// What is looked at of modifiers, and how many matches of a node: what a person writes.
constexpr std::size_t modifiers_bytes_max = 512;
constexpr std::size_t matches_max = 4096;

constexpr bool is_type(ElementKind kind) {
    using enum ElementKind;
    return kind == class_ || kind == struct_ || kind == union_ || kind == interface || kind == trait || kind == enum_ ||
           kind == record || kind == annotation || kind == implementation;
}

constexpr bool is_variable(ElementKind kind) {
    using enum ElementKind;
    return kind == variable || kind == constant || kind == field;
}

struct DeleteCursor {
    void operator()(TSQueryCursor* cursor) const { ts_query_cursor_delete(cursor); }
};

struct Captured {
    std::uint32_t id = 0;
    TSNode node{};
};

/// A pattern that holds at a node; its captures are a stretch of the walk's.
struct Match {
    std::uint32_t pattern = 0;
    std::uint32_t first = 0, count = 0;
};

class QueryRules : public Rules<QueryRole> {
  public:
    QueryRules(Builder& builder, const RoleTable<QueryRole>& roles, const SymbolQuery& query)
        : Rules(builder, roles), query_(query) {
        ts_query_cursor_set_max_start_depth(cursor_.get(), 0);
        ts_query_cursor_set_match_limit(cursor_.get(), 256);
    }

    bool enter(Role role, TSNode node) {
        matches_.clear();
        captures_.clear();
        if (role == QueryRole::plain)
            match_plain(node);
        else
            match(node);
        if (!matches_.empty()) apply();
        return true;
    }

  private:
    // --- matching ---

    void match_plain(TSNode node) {
        const auto pattern = query_.plain_pattern(ts_node_symbol(node));
        captures_.push_back({query_.pattern(pattern).main, node});
        matches_.push_back({pattern, 0, 1});
    }

    void match(TSNode node) {
        ts_query_cursor_exec(cursor_.get(), query_.query(), node);
        TSQueryMatch found;
        while (matches_.size() < matches_max && ts_query_cursor_next_match(cursor_.get(), &found)) {
            const Match match{found.pattern_index, static_cast<std::uint32_t>(captures_.size()), found.capture_count};
            for (std::uint16_t i = 0; i < found.capture_count; ++i)
                captures_.push_back({found.captures[i].index, found.captures[i].node});
            if (holds(match))
                matches_.push_back(match);
            else
                captures_.resize(match.first);
        }
    }

    bool holds(const Match& match) const {
        return std::ranges::all_of(query_.pattern(match.pattern).predicates, [&](const Predicate& predicate) {
            const auto text = b.raw(captured(match, predicate.capture));
            bool is_true =
                predicate.other >= 0 && text == b.raw(captured(match, static_cast<std::uint32_t>(predicate.other)));
            for (const auto& wanted : predicate.texts)
                is_true |= predicate.test == Predicate::Test::equals ? text == wanted : text.starts_with(wanted);
            return is_true != predicate.is_negated;
        });
    }

    std::span<const Captured> captures_of(const Match& match) const {
        return std::span(captures_).subspan(match.first, match.count);
    }
    TSNode captured(const Match& match, std::uint32_t id) const {
        for (const auto& one : captures_of(match))
            if (one.id == id) return one.node;
        return {};
    }
    /// The first of that meaning, or null.
    TSNode part(const Match& match, Capture meaning) const {
        for (const auto& one : captures_of(match))
            if (query_.capture(one.id) == meaning) return one.node;
        return {};
    }
    std::int32_t count_parts(const Match& match, Capture meaning) const {
        return static_cast<std::int32_t>(std::ranges::count_if(
            captures_of(match), [&](const auto& one) { return query_.capture(one.id) == meaning; }));
    }
    TSNode main(const Match& match) const { return captured(match, query_.pattern(match.pattern).main); }
    /// What names it: `@name`, else what is captured at all.
    TSNode name_of(const Match& match) const {
        const auto name = part(match, Capture::name);
        return ts_node_is_null(name) ? main(match) : name;
    }

    /// A definition goes first: what else is said of its node belongs to it.
    void apply() {
        define();
        bool is_called = std::ranges::any_of(
            matches_, [&](const auto& match) { return query_.pattern(match.pattern).about == Capture::import; });
        for (const auto& match : matches_) {
            const auto& pattern = query_.pattern(match.pattern);
            switch (pattern.about) {
                case Capture::scope:
                    b.open_scope(static_cast<ElementKind>(pattern.kind));
                    break;
                case Capture::visibility:
                    visibilities_[b.current()].emplace_back(Builder::start(main(match)), pattern.kind != 0);
                    break;
                case Capture::import:
                    import(match, pattern);
                    break;
                case Capture::reference:
                    // A node is one call: what the first pattern says.
                    if (!is_call(pattern) || !std::exchange(is_called, true)) reference(match, pattern);
                    break;
                default:
                    break;
            }
        }
    }

    static bool is_call(const Pattern& pattern) {
        const auto kind = static_cast<ReferenceKind>(pattern.kind);
        return kind == ReferenceKind::call || kind == ReferenceKind::instantiate;
    }

    // --- definitions ---

    /// The first pattern of the file that holds says what it is; where it holds for several names, each is one.
    void define() {
        const Match* first = nullptr;
        for (const auto& match : matches_)
            if (query_.pattern(match.pattern).about == Capture::definition &&
                (first == nullptr || match.pattern < first->pattern))
                first = &match;
        if (first == nullptr) return;
        definitions_.clear();
        for (const auto& match : matches_)
            if (match.pattern == first->pattern) add_definition(match);
        const bool is_only = definitions_.size() == 1;
        for (const auto& match : definitions_) define(match, is_only);
    }

    /// Repetitions give several matches of one name: the one that saw the most says it all.
    void add_definition(const Match& match) {
        const auto name = name_of(match);
        for (auto& known : definitions_) {
            if (!same_node(name_of(known), name)) continue;
            if (match.count > known.count) known = match;
            return;
        }
        definitions_.push_back(match);
    }

    bool is_local(ElementKind kind) const {
        const auto around = b.current_kind();
        return is_variable(kind) && (is_callable(around) || is_variable(around) || around == ElementKind::property);
    }

    ElementKind kind_here(ElementKind kind) const {
        if (!is_type(b.current_kind())) return kind;
        if (kind == ElementKind::function) return ElementKind::method;
        return kind == ElementKind::variable ? ElementKind::field : kind;
    }

    void define(const Match& match, bool is_only) {
        const auto& pattern = query_.pattern(match.pattern);
        const auto kind = kind_here(static_cast<ElementKind>(pattern.kind));
        const auto name = part(match, Capture::name);
        if (!ts_node_is_null(name)) note(name);
        if (is_local(kind) && !pattern.is_outer) return;
        auto element = definition(match, pattern, kind);
        if (is_variable(kind) && b.has_member(element.name_text)) return;  // assigned again
        if (!is_only) element.node = name;
        const bool holds_others = is_only && kind != ElementKind::package;
        std::uint32_t ordinal = no_element;
        if (pattern.is_of_file) {
            ordinal = open_for_file(element);
        } else {
            ordinal = holds_others ? b.open(element) : b.add(element);
        }
        if (const auto doc = part(match, Capture::doc); ordinal != no_element && !ts_node_is_null(doc))
            b.element(ordinal).doc = b.clean_doc(b.raw(doc));
    }

    /// `namespace A;` holds what comes after it, up to the next.
    std::uint32_t open_for_file(const NewElement& element) {
        const auto depth = b.depth();
        b.leave(0);
        b.enter(0);
        const auto ordinal = b.open(element);
        b.enter(depth);
        return ordinal;
    }

    NewElement definition(const Match& match, const Pattern& pattern, ElementKind kind) {
        const auto node = main(match);
        auto body = part(match, Capture::body);
        if (ts_node_is_null(body)) body = child(node, Field::body);
        NewElement element{.kind = kind,
                           .node = node,
                           .name = part(match, Capture::name),
                           .name_text = name_text(match, pattern, kind),
                           .body = body,
                           .header = behind_attributes(match),
                           .flags = flags_of(match, pattern),
                           .is_value = is_variable(kind),
                           .is_outer_member = pattern.is_outer};
        if (const auto owner = part(match, Capture::owner); !ts_node_is_null(owner)) element.owner = b.receiver(owner);
        element.flags.set(ElementFlag::generic,
                          element.flags.has(ElementFlag::generic) || has(node, Field::type_parameters));
        if (is_callable(kind)) {
            element.parameter_count = parameter_count(match, pattern);
            const bool is_declared = ts_node_is_null(body) && !pattern.is_complete;
            element.flags.set(ElementFlag::declaration, is_declared || element.flags.has(ElementFlag::declaration));
            if (is_declared && (b.current_kind() == ElementKind::interface || b.current_kind() == ElementKind::trait))
                element.flags.set(ElementFlag::abstract);
        }
        return element;
    }

    std::int32_t parameter_count(const Match& match, const Pattern& pattern) const {
        const auto parameters = part(match, Capture::parameters);
        if (ts_node_is_null(parameters)) return count_parts(match, Capture::parameter);
        const auto& counted = pattern.counted_parameters;
        if (counted.empty()) return count_children(parameters);
        return count_children(
            parameters, [&](TSNode one) { return std::ranges::find(counted, ts_node_symbol(one)) != counted.end(); });
    }

    std::string_view name_text(const Match& match, const Pattern& pattern, ElementKind kind) {
        if (!pattern.name.empty()) return pattern.name;
        auto text = trim_name(b.raw(part(match, Capture::name)));
        if (!pattern.trim.empty()) {
            const auto first = std::min(text.find_first_not_of(pattern.trim), text.size());
            text = text.substr(first, text.find_last_not_of(pattern.trim) + 1 - first);
        }
        const bool is_path = kind == ElementKind::namespace_ && text.find_first_of("\\:") != std::string_view::npos;
        return is_path ? joined_by_dots(text.substr(0, Builder::name_bytes_max)) : text;
    }

    /// `A\B`, `A::B`: one name in the qualified names of all languages.
    std::string_view joined_by_dots(std::string_view path) {
        char* const copy = b.arena().allocate(path.size());
        std::size_t size = 0;
        for (const char c : path) {
            const bool is_separator = c == '\\' || c == ':';
            if (!is_separator)
                copy[size++] = c;
            else if (size > 0 && copy[size - 1] != '.')
                copy[size++] = '.';
        }
        b.arena().shrink_last(path.size() - size);
        return {copy, size};
    }

    /// Where the signature begins: attributes are no part of it.
    TSNode behind_attributes(const Match& match) const {
        TSNode last{};
        for (const auto& one : captures_of(match))
            if (query_.capture(one.id) == Capture::attributes) last = one.node;
        if (ts_node_is_null(last)) return {};
        const auto whole = main(match);
        for (std::uint32_t i = 0; i < child_count(whole) && i < 64; ++i)
            if (same_node(any_child(whole, i), last)) return any_child(whole, i + 1);
        return {};
    }

    ElementFlags flags_of(const Match& match, const Pattern& pattern) {
        auto flags = pattern.flags;
        bool is_opened = false;
        for (const auto& one : captures_of(match)) {
            const auto meaning = query_.capture(one.id);
            const auto text = b.raw(one.node).substr(0, modifiers_bytes_max);
            if (meaning == Capture::modifiers) {
                flags.add(read_modifiers(text, modifier_words));
                is_opened |= opens(text);
            }
            if (meaning == Capture::modifiers || meaning == Capture::attributes)
                flags.add(read_modifiers(text, attribute_words));
        }
        if (is_private_here(match)) flags.set(ElementFlag::private_);
        const bool is_of_interface =
            b.current_kind() == ElementKind::interface || b.current_kind() == ElementKind::enum_;
        if (pattern.is_private && !is_opened && !is_of_interface) flags.set(ElementFlag::private_);
        if (flags.has(ElementFlag::protected_)) flags.set(ElementFlag::private_, false);
        flags.set(ElementFlag::exported, !flags.has(ElementFlag::private_) && b.is_around_exported() &&
                                             (pattern.is_outer || !is_callable(b.current_kind())));
        return flags;
    }

    static bool opens(std::string_view text) {
        bool found = false;
        while (!text.empty()) {
            const auto length =
                static_cast<std::size_t>(std::ranges::find_if_not(text, is_word_character) - text.begin());
            found |= std::ranges::find(public_words, text.substr(0, length)) != std::end(public_words);
            text.remove_prefix(std::min(length + 1, text.size()));
        }
        return found;
    }

    /// What the last word before it in its class says: Ruby's `private`.
    bool is_private_here(const Match& match) const {
        const auto said = visibilities_.find(b.current());
        if (said == visibilities_.end()) return false;
        const auto next = std::ranges::upper_bound(said->second, Builder::start(main(match)), {},
                                                   [](const auto& one) { return one.first; });
        return next != said->second.begin() && std::prev(next)->second;
    }

    /// Quotes that belong to the language, not to the name.
    static std::string_view trim_name(std::string_view name) {
        if (name.size() > 2 && (name.front() == '`' || name.front() == '"' || name.front() == '\'') &&
            name.back() == name.front())
            return name.substr(1, name.size() - 2);
        return name;
    }

    // --- imports and references ---

    void import(const Match& match, const Pattern& pattern) {
        auto module = part(match, Capture::module);
        if (ts_node_is_null(module)) module = main(match);
        const auto name = part(match, Capture::name);
        const auto written = trim_name(b.raw(module));
        if (written.empty() || !is_first(ts_node_is_null(name) ? module : name)) return;
        note(module);
        b.import(main(match), {.kind = static_cast<ImportKind>(pattern.kind),
                               .is_relative = pattern.is_relative || written.starts_with('.'),
                               .is_system = pattern.is_system,
                               .module = b.storable(written),
                               .name = b.text(name),
                               .alias = b.text(part(match, Capture::alias))});
    }

    void reference(const Match& match, const Pattern& pattern) {
        const auto kind = static_cast<ReferenceKind>(pattern.kind);
        const auto name = name_of(match);
        if (b.raw(name).empty() || is_inside_named(name) || !is_first(name)) return;
        const bool takes_arguments = kind == ReferenceKind::call || kind == ReferenceKind::instantiate;
        b.reference(kind, name, b.receiver(part(match, Capture::receiver)),
                    takes_arguments ? argument_count(match) : -1);
    }

    std::int32_t argument_count(const Match& match) const {
        const auto arguments = part(match, Capture::arguments);
        return count_parts(match, Capture::argument) + count_children(arguments);
    }

    /// A name is reported once: by the definition of its name, or by the first pattern from the outside in.
    bool is_first(TSNode name) { return named_.insert(key(name)).second; }
    void note(TSNode name) {
        named_.insert(key(name));
        last_named_ = {Builder::start(name), Builder::end(name)};
    }
    /// Parts of a path that is a name or a module are not references.
    bool is_inside_named(TSNode name) const {
        return Builder::start(name) >= last_named_.first && Builder::end(name) <= last_named_.second;
    }
    static std::uint64_t key(TSNode node) {
        return static_cast<std::uint64_t>(Builder::start(node)) << 32U | Builder::end(node);
    }

    const SymbolQuery& query_;
    std::unique_ptr<TSQueryCursor, DeleteCursor> cursor_{ts_query_cursor_new()};
    std::vector<Match> matches_, definitions_;
    std::vector<Captured> captures_;
    std::unordered_set<std::uint64_t> named_;
    std::pair<std::uint32_t, std::uint32_t> last_named_;  ///< bytes of the name or module last met
    std::unordered_map<std::uint32_t, std::vector<std::pair<std::uint32_t, bool>>> visibilities_;  ///< by element
};

}  // namespace

void extract_by_query(Builder& builder, TSNode root, const SymbolQuery& query) {
    const RoleTable<QueryRole> roles(query.roles());
    QueryRules rules(builder, roles, query);
    rules.walk(root);
}

}  // namespace gsdb::codebase::extract
