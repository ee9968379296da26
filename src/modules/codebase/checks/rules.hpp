#pragma once
// The rules that the product brings: what each looks for, how bad it is, what it can be told.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gsdb::codebase::checks {

/// Part of the key under which findings of contents are cached: raised whenever the same bytes would give others.
constexpr std::uint32_t checks_version = 1;

/// The labels are those of codebase.issue_severity, which are SARIF's levels.
enum class Severity : std::uint8_t { note, warning, error };
std::string_view to_label(Severity);

/// The built-in rules, in the order of rules(). They are stored by their ids.
enum class RuleKey : std::uint8_t {
    // Of contents: the bytes alone decide.
    assert_tuple,
    assignment_in_condition,
    duplicate_key,
    fallthrough,
    is_literal,
    loose_equality,
    mutable_default,
    none_comparison,
    raise_not_implemented,
    self_assignment,
    string_identity,
    unreachable,
    bare_except,
    console,
    debugger,
    dynamic_code,
    shell_command,
    swallowed_exception,
    unfinished,
    unsafe_function,
    unwrap,
    unused_import,
    unused_parameter,
    unused_variable,
    // Of figures.
    cognitive,
    cyclomatic,
    nesting,
    cohesion,
    file_lines,
    function_lines,
    parameters,
    // Of the graph.
    call_cycle,
    import_cycle,
    inheritance_cycle,
    unreached,
    // Of all contents.
    duplicate_block,
    count_
};

/// What an organization may set: an integer.
struct Parameter {
    std::string_view name;
    std::int32_t value;  ///< unless it is set
    std::string_view description;
    std::int32_t least = 0;
};

/// Tools whose comments in the source suppress a rule, too.
enum class Tool : std::uint8_t { flake8, eslint, clang_tidy, java };

/// What another tool calls the same check.
struct Alias {
    Tool tool;
    std::string_view name;
};

struct Rule {
    RuleKey key;
    std::string_view id;  ///< `category/name`
    std::string_view name;
    std::string_view description;  ///< what it looks for, why that matters and what to do
    Severity severity;
    std::int32_t effort_minutes;
    std::uint32_t version;  ///< raised with every change of what it finds
    std::vector<Alias> aliases{};
    std::optional<Parameter> parameter{};

    std::string_view category() const { return id.substr(0, id.find('/')); }
    /// Where the reference describes it.
    std::string help_uri() const;
};

/// All of them, by RuleKey.
std::span<const Rule> rules();
const Rule& rule(RuleKey);
/// The rule of that id, or null.
const Rule* find_rule(std::string_view id);

/// docs/reference/rules.md.
std::string reference_page();

}  // namespace gsdb::codebase::checks
