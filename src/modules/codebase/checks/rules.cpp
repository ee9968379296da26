#include "modules/codebase/checks/rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gsdb::codebase::checks {

namespace {

using enum Severity;
using enum Tool;

const std::array table{
    // made before main, read only
    Rule{RuleKey::assert_tuple,
         "bug/assert-tuple",
         "Assertion of a tuple",
         "`assert (condition, \"text\")` asserts a tuple, which is always true (Python). Write `assert condition, "
         "\"text\"`.",
         error,
         2,
         1,
         {{flake8, "F631"}}},
    Rule{RuleKey::assignment_in_condition,
         "bug/assignment-in-condition",
         "Assignment in a condition",
         "`if (a = b)` assigns where a comparison was meant (JavaScript, C, C++). Write `==`, or a second pair of "
         "parentheses where the assignment is meant.",
         warning,
         5,
         1,
         {{eslint, "no-cond-assign"}, {clang_tidy, "bugprone-assignment-in-if-condition"}}},
    Rule{RuleKey::duplicate_key,
         "bug/duplicate-key",
         "A key twice",
         "The same key stands twice in a dictionary or object literal with different values (Python, JavaScript): the "
         "first value is lost. Remove one of the two.",
         warning,
         5,
         1,
         {{flake8, "F601"}, {eslint, "no-dupe-keys"}}},
    Rule{RuleKey::fallthrough,
         "bug/fallthrough",
         "A case falls through",
         "A case of a switch runs on into the next one, and no comment or attribute says that it is meant to "
         "(JavaScript, Java, C, C++). End it with `break`, or say `fall through`.",
         warning,
         5,
         1,
         {{eslint, "no-fallthrough"}, {java, "fallthrough"}}},
    Rule{
        RuleKey::is_literal,
        "bug/is-literal",
        "Identity of a literal",
        "`is` compares with a text or number by identity (Python): whether two equal ones are the same object is up to "
        "the interpreter. Write `==`.",
        error,
        2,
        1,
        {{flake8, "F632"}}},
    Rule{RuleKey::loose_equality,
         "bug/loose-equality",
         "Comparison that converts",
         "`==` and `!=` convert their operands (JavaScript): `0 == ''` is true. Write `===`. A comparison with `null` "
         "or "
         "of `typeof` is left alone.",
         note,
         2,
         1,
         {{eslint, "eqeqeq"}}},
    Rule{RuleKey::mutable_default,
         "bug/mutable-default",
         "Default value that is shared",
         "A parameter's default is a list, dictionary or set (Python): it is made once, and all calls change the same "
         "one. Take `None`, and make it in the function.",
         warning,
         5,
         1,
         {{flake8, "B006"}}},
    Rule{
        RuleKey::none_comparison,
        "bug/none-comparison",
        "None compared by value",
        "`== None` asks the other operand's `__eq__` (Python). Write `is None`. Query builders that overload `==` mean "
        "it so.",
        note,
        2,
        1,
        {{flake8, "E711"}}},
    Rule{RuleKey::raise_not_implemented,
         "bug/raise-not-implemented",
         "NotImplemented raised",
         "`raise NotImplemented` raises a TypeError, because `NotImplemented` is no exception (Python). Raise "
         "`NotImplementedError`.",
         error,
         2,
         1,
         {{flake8, "F901"}}},
    Rule{RuleKey::self_assignment,
         "bug/self-assignment",
         "Assigned to itself",
         "`x = x` does nothing: one of the two names is wrong, or the statement can go.",
         warning,
         5,
         1,
         {{eslint, "no-self-assign"}}},
    Rule{RuleKey::string_identity, "bug/string-identity", "Identity of a string",
         "`==` with a string literal compares references (Java). Write `\"text\".equals(value)`.", error, 2, 1},
    Rule{RuleKey::unreachable,
         "dead_code/unreachable",
         "Statement that is never run",
         "The statement stands behind one that always leaves (return, throw, break, continue). Remove it, or the one "
         "before it.",
         warning,
         5,
         1,
         {{eslint, "no-unreachable"}}},
    Rule{RuleKey::bare_except,
         "risk/bare-except",
         "Handler of everything",
         "`except:` also catches KeyboardInterrupt and SystemExit (Python). Name what is expected, or write `except "
         "Exception:`. A handler that raises again is left alone.",
         warning,
         5,
         1,
         {{flake8, "E722"}}},
    Rule{RuleKey::console,
         "risk/console",
         "Output on the console",
         "A call of `console.log` or `console.debug` is often left over from a search for a fault (JavaScript). Remove "
         "it, or disable the rule where the program writes to a console.",
         note,
         2,
         1,
         {{eslint, "no-console"}}},
    Rule{RuleKey::debugger,
         "risk/debugger",
         "Breakpoint",
         "`debugger`, `breakpoint()` or `pdb.set_trace()` stops the program. Remove it.",
         error,
         2,
         1,
         {{eslint, "no-debugger"}, {flake8, "T100"}}},
    Rule{
        RuleKey::dynamic_code,
        "risk/dynamic-code",
        "Text run as code",
        "`eval`, `exec` or `new Function` runs a text as code: whoever can change the text can do anything. Parse what "
        "is expected instead.",
        warning,
        30,
        1,
        {{eslint, "no-eval"}}},
    Rule{RuleKey::shell_command,
         "risk/shell-command",
         "Command for a shell",
         "`system()`, `os.system()` or `shell=True` has a shell read the command: what is put into it may be taken for "
         "commands. Start the program with a list of arguments.",
         warning,
         15,
         1,
         {{clang_tidy, "cert-env33-c"}}},
    Rule{
        RuleKey::swallowed_exception,
        "risk/swallowed-exception",
        "Exception that nobody hears of",
        "The handler of an exception is empty, and no comment says why: in Python one of everything or of `Exception`. "
        "Handle it, let it pass, or say why it does not matter.",
        warning,
        15,
        1,
        {{clang_tidy, "bugprone-empty-catch"}, {flake8, "S110"}}},
    Rule{RuleKey::unfinished, "risk/unfinished", "Code that is not finished",
         "`todo!` and `unimplemented!` end the program when they are reached, `dbg!` is for searching faults (Rust).",
         warning, 60, 1},
    Rule{RuleKey::unsafe_function, "risk/unsafe-function", "Function without a bound",
         "`gets`, `strcpy`, `strcat`, `sprintf` and `vsprintf` write without knowing how much fits (C, C++). Take one "
         "that is told the size, as `snprintf`.",
         warning, 15, 1},
    Rule{
        RuleKey::unwrap, "risk/unwrap", "Result taken without looking",
        "`unwrap()` ends the program where there is no value (Rust). Use `?`, or `expect` with the reason why there is "
        "one. Tests are left alone.",
        note, 10, 1},
    Rule{RuleKey::unused_import,
         "unused/import",
         "Import that is not used",
         "The file mentions the imported name nowhere else (Python, JavaScript). Remove the import. Left alone are "
         "`__init__.py`, what `__all__` names, and imports that are tried.",
         warning,
         2,
         1,
         {{flake8, "F401"}}},
    Rule{
        RuleKey::unused_parameter, "unused/parameter", "Parameter that is not used",
        "The function does not mention its parameter (Python, JavaScript). Remove it, or begin its name with `_`. Only "
        "of functions whose parameters nobody else decides: no methods, nothing decorated, nothing that is passed on, "
        "no tests.",
        note, 5, 1},
    Rule{RuleKey::unused_variable,
         "unused/variable",
         "Variable that is not used",
         "A local variable gets a value that nothing reads (Python, JavaScript). Remove it, and keep the call that "
         "gives "
         "the value where it is needed.",
         warning,
         2,
         1,
         {{flake8, "F841"}}},

    Rule{RuleKey::cognitive,
         "complexity/cognitive",
         "Function that is hard to understand",
         "The cognitive complexity of a function (SonarSource 2023) is above the limit. Take parts out of it, turn "
         "conditions round and leave early.",
         warning,
         30,
         1,
         {},
         Parameter{"limit", 25, "the highest complexity that is no issue"}},
    Rule{
        RuleKey::cyclomatic,
        "complexity/cyclomatic",
        "Function with many ways",
        "The cyclomatic complexity of a function (McCabe 1976) is above the limit: so many tests would cover its ways. "
        "Divide it.",
        note,
        30,
        1,
        {},
        Parameter{"limit", 20, "the highest complexity that is no issue"}},
    Rule{RuleKey::nesting,
         "complexity/nesting",
         "Deep nesting",
         "The control structures of a function are nested deeper than the limit. Leave early, or take the inner part "
         "out.",
         note,
         20,
         1,
         {},
         Parameter{"limit", 5, "the deepest nesting that is no issue"}},
    Rule{RuleKey::cohesion,
         "cohesion/groups",
         "Class of several parts",
         "The methods of a class fall into more groups that share nothing than the limit (LCOM4, Hitz and Montazeri "
         "1995). Make a class of each.",
         note,
         60,
         1,
         {},
         Parameter{"limit", 4, "the most groups that are no issue"}},
    Rule{RuleKey::file_lines,
         "size/file-lines",
         "Long file",
         "The file has more lines of code than the limit. Divide it by subject.",
         note,
         60,
         1,
         {},
         Parameter{"limit", 1000, "the most lines of code that are no issue"}},
    Rule{RuleKey::function_lines,
         "size/function-lines",
         "Long function",
         "The function has more lines of code than the limit. Take parts out of it and name them.",
         note,
         30,
         1,
         {},
         Parameter{"limit", 100, "the most lines of code that are no issue"}},
    Rule{RuleKey::parameters,
         "size/parameters",
         "Many parameters",
         "The function has more parameters than the limit. Put those that belong together into a type.",
         note,
         20,
         1,
         {},
         Parameter{"limit", 8, "the most parameters that are no issue"}},

    Rule{RuleKey::call_cycle, "cycle/calls", "Functions of several files that call each other in a circle",
         "Functions of at least two files call each other in a circle: none can be understood or tested alone. "
         "Recursion "
         "within a file is left alone.",
         note, 60, 1},
    Rule{RuleKey::import_cycle, "cycle/imports", "Files that import each other in a circle",
         "Files import each other in a circle (Python, JavaScript): what each finds of the others depends on "
         "which is loaded first. Move what both need to a third. Imports of types alone do not count, nor those that "
         "Python runs in a function.",
         warning, 60, 1},
    Rule{RuleKey::inheritance_cycle, "cycle/inheritance", "Types that inherit from each other",
         "Types inherit from each other in a circle, which no language allows (Python, JavaScript, Java).", error, 30,
         1},
    Rule{RuleKey::unreached,
         "dead_code/unreached",
         "Code that nothing reaches",
         "No way leads to the function or class from the top of a file, a test, or what something outside may call "
         "(Python, JavaScript, Java), and no mention whose meaning is not known bears its name. Remove it. What is "
         "visible outside its file counts as used unless `exported` is 1.",
         warning,
         15,
         1,
         {},
         Parameter{"exported", 0, "1: also what is visible outside its file"}},

    Rule{RuleKey::duplicate_block,
         "duplicates/block",
         "Code that stands in several places",
         "The same tokens stand in two or more places, as they are (a clone of type 1) or with other names, types and "
         "values, the names renamed one to one (type 2; Roy and Cordy 2007). Who changes one of them has to think of "
         "all. Make it one function. Places of fewer than 5 lines do not count, nor do tables and lists, which repeat "
         "within themselves; blocks that only tests have are left alone.",
         note,
         20,
         1,
         {},
         Parameter{"tokens", 100, "the fewest tokens of a block", 50}},
};
static_assert(std::tuple_size_v<decltype(table)> == static_cast<std::size_t>(RuleKey::count_));

std::string_view tool_name(Tool tool) {
    constexpr std::array<std::string_view, 4> names{"flake8", "ESLint", "clang-tidy", "Java"};
    return names[static_cast<std::size_t>(tool)];
}

std::string aliases_text(const Rule& rule) {
    std::string text;
    for (const auto& alias : rule.aliases)
        text += fmt::format("{}{} `{}`", text.empty() ? "" : ", ", tool_name(alias.tool), alias.name);
    return text.empty() ? "" : fmt::format("\nComments of other tools that suppress it: {}.\n", text);
}

}  // namespace

std::string_view to_label(Severity severity) {
    constexpr std::array<std::string_view, 3> labels{"note", "warning", "error"};
    return labels[static_cast<std::size_t>(severity)];
}

std::string Rule::help_uri() const {
    std::string anchor(id);
    std::erase(anchor, '/');
    return "docs/reference/rules.md#" + anchor;
}

std::span<const Rule> rules() {
    return table;
}

const Rule& rule(RuleKey key) {
    return table[static_cast<std::size_t>(key)];
}

const Rule* find_rule(std::string_view id) {
    const auto found = std::ranges::find(table, id, &Rule::id);
    return found == table.end() ? nullptr : &*found;
}

std::string reference_page() {
    std::string page =
        "# Rules\n"
        "Generated from src/modules/codebase/checks/rules.cpp by `./dev gen`.\n\n"
        "What `gsdb index` looks for in code, and `gsdb code check` reports. An organization disables a rule or sets "
        "its "
        "parameter: `gsdb code rule disable ID --because TEXT`, `gsdb code rule set ID NAME=NUMBER`.\n\n"
        "**An issue is known by its fingerprint**: a digest of its rule, its file, what it is about (a qualified name, "
        "the "
        "text of the place) and how many alike stand before it in the file. Lines may move; a renamed file gives its "
        "issues "
        "other ones, and only a baseline knows them again.\n\n"
        "**Comments that leave an issue as it is**: `gsdb: ignore[ID, ID] reason` behind the line, or alone above the "
        "line or "
        "the definition; `*` stands for all rules. Of other tools `noqa`, `eslint-disable`, `eslint-disable-line`, "
        "`eslint-disable-next-line`, `NOLINT`, `NOLINTNEXTLINE` and `@SuppressWarnings` hold for the rules that have a "
        "name "
        "there, which is said below.\n\n"
        "**A rule of one's own** is a file with a SELECT, as [one in examples](../../examples/rules/"
        "complicated_without_documentation.sql): `gsdb code rule add FILE`. It may read the views and tables of the "
        "schema "
        "`codebase`, which show the rows of the organization alone, and call what only computes; it has ten seconds "
        "and ten "
        "thousand rows, and a rule that fails is disabled, with the reason.\n\n"
        "| Column | Is |\n|---|---|\n"
        "| `codebase_id`, `path`, `start_line`, `message` | where, and what is said; needed |\n"
        "| `key` | what the issue is known by in its file; the message where it is left out |\n"
        "| `start_column`, `end_line`, `end_column` | in bytes from 1 |\n"
        "| `severity`, `effort_minutes` | where they differ from the rule's |\n"
        "| `symbol_id` | of `codebase.symbols` |\n\n"
        "| Line of the header | Says |\n|---|---|\n"
        "| `-- id: category/name`, `-- name:`, `-- description:` | as below |\n"
        "| `-- severity:` | `note`, `warning` or `error` |\n"
        "| `-- effort:`, `-- help:` | minutes (15), an address; may be left out |\n";
    for (const auto& r : rules()) {
        page += fmt::format("\n## {}\n{}: {}, {} minutes.\n\n{}\n", r.id, r.name, to_label(r.severity),
                            r.effort_minutes, r.description);
        if (r.parameter)
            page += fmt::format("\n`{}` ({}): {}.\n", r.parameter->name, r.parameter->value, r.parameter->description);
        page += aliases_text(r);
    }
    return page;
}

}  // namespace gsdb::codebase::checks
