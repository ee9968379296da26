#include "modules/codebase/checks/control.hpp"

#include <array>

namespace gsdb::codebase::checks {

namespace {

using extract::Language;

/// What is looked at of a statement.
constexpr std::size_t statement_bytes_max = 200;

/// Functions of these names do not come back, or may not; nor may macros.
bool may_not_return(std::string_view statement) {
    if (!statement.contains('(')) return false;
    const auto callee = statement.substr(0, statement.find('('));
    constexpr std::array<std::string_view, 16> words{"abort", "exit",  "panic",   "fatal",    "die",   "unreachable",
                                                     "throw", "raise", "assert",  "fail",     "error", "usage",
                                                     "never", "quit",  "longjmp", "terminate"};
    std::string lower(callee);
    std::ranges::transform(lower, lower.begin(),
                           [](char ch) { return ch >= 'A' && ch <= 'Z' ? static_cast<char>(ch + 32) : ch; });
    const bool is_macro = std::ranges::none_of(callee, [](char ch) { return ch >= 'a' && ch <= 'z'; });
    return is_macro || std::ranges::any_of(words, [&](std::string_view word) { return lower.contains(word); });
}

bool is_endless(std::string_view loop) {
    std::string head;
    for (const char ch : loop.substr(0, 40))
        if (ch != ' ' && ch != '\n' && ch != '\t') head += ch;
    return head.starts_with("while(1)") || head.starts_with("while(true)") || head.starts_with("for(;;)") ||
           head.starts_with("do");
}

}  // namespace

void Control::start(Context& context) {
    context_ = &context;
    blocks_.clear();
    switches_.clear();
    // Where a macro is not understood, a statement may stand where none is.
    const bool is_sure = context.facts->status == extract::Status::ok;
    switch (context.facts->language) {
        case Language::java:  // its compiler refuses what is unreachable
            finds_unreachable_ = false, finds_fallthrough_ = true;
            break;
        case Language::rust:
            finds_unreachable_ = finds_fallthrough_ = false;
            break;
        case Language::python:
        case Language::go:
            finds_unreachable_ = true, finds_fallthrough_ = false;
            break;
        case Language::c:
        case Language::cpp:
            finds_unreachable_ = is_sure, finds_fallthrough_ = true;
            break;
        default:
            finds_unreachable_ = finds_fallthrough_ = true;
    }
}

void Control::enter(TSNode node, Kind kind, bool is_statement, std::uint32_t depth) {
    if (finds_unreachable_) {
        Block* around = blocks_.empty() || blocks_.back().depth + 1 != depth ? nullptr : &blocks_.back();
        if (around != nullptr) {
            // A label may be jumped to; what the parser did not know may be one.
            if (kind == Kind::error || kind == Kind::labeled || kind == Kind::case_ || kind == Kind::preprocessor)
                around->has_ended = false;
            if (is_statement) statement(node, kind, *around);
        }
        if (kind == Kind::block || kind == Kind::case_)
            blocks_.push_back({.depth = depth, .is_case = kind == Kind::case_});
    }
    if (finds_fallthrough_ && kind == Kind::case_) enter_case(node, depth);
}

void Control::statement(TSNode node, Kind kind, Block& around) {
    if (around.has_ended) {
        const auto text = context_->text(node);
        // `return` before `yield` makes a generator that gives nothing; `break` behind `return` is a habit.
        const bool is_habit = text.starts_with("yield") || text == ";" || (around.is_case && kind == Kind::terminator);
        if (!is_habit) context_->report(RuleKey::unreachable, node, "control never comes here");
        around.has_ended = false;  // once is enough
        return;
    }
    around.has_ended = kind == Kind::terminator || kind == Kind::raise;
}

/// `fall through`, `fallthrough`, `no break` in what stands before the next case.
bool Control::is_explained(std::uint32_t from, TSNode next) const {
    constexpr std::uint32_t comment_bytes_max = 400;
    const auto end = ts_node_start_byte(next);
    const auto label = context_->text(end, end + comment_bytes_max);
    const auto line_end = end + static_cast<std::uint32_t>(std::min(label.find('\n'), label.size()));
    std::string before(context_->text(std::max(from, end > comment_bytes_max ? end - comment_bytes_max : 0), line_end));
    std::ranges::transform(before, before.begin(),
                           [](char ch) { return ch >= 'A' && ch <= 'Z' ? static_cast<char>(ch + 32) : ch; });
    return before.contains("fall") || before.contains("go through") || before.contains("no break") ||
           before.contains("nobreak");
}

/// Whether control may come to the end of a statement.
bool Control::may_run_on(TSNode node) const {
    constexpr int depth_max = 32;
    for (int depth = 0; depth < depth_max && !ts_node_is_null(node); ++depth) {
        switch (context_->kind(node)) {
            case Kind::terminator:
            case Kind::error:
            case Kind::preprocessor:
                return false;
            case Kind::expression_statement:
                return !may_not_return(context_->text(node).substr(0, statement_bytes_max));
            case Kind::loop:
                return !is_endless(context_->text(node));
            case Kind::if_: {
                const auto other = context_->child(node, Field::alternative);
                if (ts_node_is_null(other)) return true;
                if (may_run_on(context_->child(node, Field::consequence))) return true;
                node = context_->kind(other) == Kind::none && ts_node_named_child_count(other) > 0
                           ? ts_node_named_child(other, ts_node_named_child_count(other) - 1)
                           : other;
                continue;
            }
            case Kind::block: {
                const auto inside = children_of(*context_, node);
                if (inside.empty()) return true;
                node = inside.back();
                continue;
            }
            case Kind::statement:
                // What a switch or a try does in all its ways is not looked at.
                return !context_->text(node).starts_with("switch");
            case Kind::try_:
            case Kind::none:
                return false;
            default:
                return true;
        }
    }
    return false;
}

void Control::enter_case(TSNode node, std::uint32_t depth) {
    if (switches_.empty() || switches_.back().depth != depth)
        switches_.push_back({.depth = depth, .falls = false, .last_begin = ts_node_start_byte(node)});
    auto& around = switches_.back();
    const auto first_line = context_->text(node).substr(0, 40);
    if (around.falls && !is_explained(around.last_begin, node))
        context_->report(
            RuleKey::fallthrough, ts_node_start_byte(node),
            ts_node_start_byte(node) + static_cast<std::uint32_t>(std::min(first_line.find(':'), first_line.size())),
            "the case before runs on into this one");
    auto parts = children_of(*context_, node);
    while (!parts.empty() && context_->text(parts.back()) == ";") parts.pop_back();
    const bool has_statements =
        !parts.empty() && !ts_node_eq(parts.back(), context_->child(node, Field::value)) &&
        (context_->meanings->is_statement(parts.back()) || context_->kind(parts.back()) == Kind::block);
    around.falls = has_statements && may_run_on(parts.back());
    around.last_begin = ts_node_start_byte(node);
}

}  // namespace gsdb::codebase::checks
