#include "modules/codebase/measure/measure.hpp"

#include <algorithm>
#include <utility>

#include "modules/codebase/extract/grammar.hpp"
#include "modules/codebase/extract/tree_walk.h"
#include "modules/codebase/measure/annotations.hpp"
#include "modules/codebase/measure/cohesion.hpp"
#include "modules/codebase/measure/coverage.hpp"
#include "modules/codebase/measure/functions.hpp"
#include "modules/codebase/measure/line_table.hpp"
#include "modules/codebase/measure/node_kinds.hpp"
#include "modules/codebase/measure/recursion.hpp"
#include "modules/codebase/measure/regions.hpp"

namespace gsdb::codebase::measure {
namespace {

bool has(TSNode node, TSFieldId field) {
    return field != 0 && !ts_node_is_null(ts_node_child_by_field_id(node, field));
}

}  // namespace

class Measurer::State {
  public:
    FileMetrics measure(TSNode root, std::string_view parsed, std::string_view source, const extract::FileFacts& facts,
                        const Grammar& table) {
        FileMetrics out{.is_measured = true};
        out.elements.resize(facts.elements.size());
        facts_ = &facts;
        text_ = parsed;
        grammar_ = &table;
        recursive_.find(facts);
        cohesion_.start(facts);
        regions_.start(facts, grammar_->roles.size(), out);
        functions_.start(regions_, facts.language);
        walk(root);
        functions_.finish();
        regions_.finish();
        lines_.measure(source, facts, out);
        cover_documentation(facts, out);
        cohesion_.finish(facts, out);
        return out;
    }

  private:
    void walk(TSNode root) {
        previous_ = Kind::none;
        before_previous_ = Kind::none;
        next_comment_ = 0;
        tree_walk_start(walk_.get(), root, grammar_->as_c());
        TreeStep step{};
        bool descend = true;
        while (tree_walk_next(walk_.get(), descend, &step)) {
            byte_ = ts_node_start_byte(step.node);
            depth_ = step.depth;
            path_ = tree_walk_path(walk_.get());
            functions_.leave(step.left);
            regions_.advance(byte_, functions_.depth());
            if ((step.role & statement_bit) != 0) count_statement();
            descend = enter(kind_of(step.role), step);
        }
    }

    /// The kind of the node `levels` above.
    Kind above(std::uint32_t levels = 1) const {
        return levels <= depth_ ? kind_of(path_[depth_ - levels]) : Kind::none;
    }

    /// False leaves out what is inside.
    bool enter(Kind kind, const TreeStep& step) {
        switch (kind) {
            case Kind::operator_:
                return sign(kind, step.node);
            case Kind::operand:
            case Kind::label:
                return operand(kind, step.node);
            case Kind::literal:
                return literal(step.node), false;
            case Kind::template_:
                return literal(step.node), true;
            case Kind::none:
            case Kind::error:
                return true;
            case Kind::comment:
                return false;
            case Kind::reserved:
                regions_.count_operator(text_of(step.node));
                return note_token(kind);
            default:
                return kind < Kind::statement ? enter_token(kind, step.node) : enter_node(kind, step);
        }
    }

    // --- tokens ---

    std::string_view text_of(TSNode node) const {
        const auto end = std::min<std::size_t>(ts_node_end_byte(node), text_.size());
        return text_.substr(std::min<std::size_t>(byte_, end), end - std::min<std::size_t>(byte_, end));
    }

    /// Tokens have nothing inside.
    bool note_token(Kind kind) {
        before_previous_ = std::exchange(previous_, kind);
        return false;
    }

    bool sign(Kind kind, TSNode node) {
        regions_.count_operator(ts_node_symbol(node));
        return note_token(kind);
    }

    bool operand(Kind kind, TSNode node) {
        const auto text = text_of(node);
        if (text.empty()) return false;  // invented by the parser
        const auto hash = hash_of_text(text);
        regions_.count_operand(hash);
        const bool is_member = previous_ == Kind::member_access;
        const bool is_behind_this = is_member && before_previous_ == Kind::this_;
        if (!is_member || is_behind_this) cohesion_.mention(hash, byte_, is_behind_this);
        if (above() == Kind::jump) functions_.add_to_cognitive();
        return note_token(kind);
    }

    void literal(TSNode node) {
        const auto text = text_of(node);
        if (text.empty()) return;
        regions_.count_operand(hash_of_text(text));
        note_token(Kind::literal);
    }

    bool enter_token(Kind kind, TSNode node) {
        switch (kind) {
            case Kind::label_node:
                if (above() == Kind::jump_with_value) functions_.add_to_cognitive();
                return true;
            case Kind::and_:
            case Kind::or_:
                boolean_operator(kind);
                break;
            case Kind::coalesce:
            case Kind::logical_assignment:
                functions_.decide(Decision::coalescing);
                break;
            case Kind::else_:
                begin_else();
                break;
            case Kind::case_:
                functions_.decide(Decision::case_label);
                break;
            case Kind::if_token:
                if (above() != Kind::if_) functions_.decide(Decision::guard);
                break;
            case Kind::optional_chain:
                functions_.decide(Decision::optional);
                break;
            default:
                break;
        }
        return sign(kind, node);
    }

    /// A sequence of like operators costs one, in whatever parentheses.
    void boolean_operator(Kind kind) {
        auto* const around = functions_.structure();
        if (around == nullptr || around->kind != Kind::boolean || around->depth + 1 != depth_) return;
        auto& sequence = functions_.sequence_of(*around);
        if (sequence.is_of_preprocessor) return;
        functions_.decide(Decision::short_circuit);
        if (sequence.last_operator == kind) return;
        sequence.last_operator = kind;
        functions_.add_to_cognitive();
        if (kind == Kind::or_) ++functions_.innermost().parts.sequences_with_or;
    }

    void begin_else() {
        auto* const around = functions_.structure();
        if (around == nullptr) return;
        if (around->kind == Kind::if_) functions_.add_to_cognitive();
        if (around->kind == Kind::let_else && around->depth + 1 == depth_) {
            functions_.decide(Decision::branch);
            functions_.add_nested(byte_);
            around->body_start = byte_;
        }
    }

    // --- nodes ---

    bool enter_node(Kind kind, const TreeStep& step) {
        switch (kind) {
            case Kind::declaration:
                return declaration();
            case Kind::definition:
                if (above() == Kind::list || above() == Kind::preprocessor) count_statement();
                return true;
            case Kind::expression_statement:
                return expression_statement(step.node);
            case Kind::export_:
                if (!has(step.node, grammar_->declaration)) count_statement();
                return true;
            case Kind::value_block:
                return value_block(step.node);
            case Kind::return_:
                ++functions_.innermost().returns;
                return true;
            case Kind::function:
                return function(step);
            case Kind::binary:
                return binary(step.node);
            case Kind::boolean:
                return boolean();
            case Kind::goto_:
                functions_.add_to_cognitive();
                return true;
            default:
                return enter_decision(kind, step.node);
        }
    }

    bool enter_decision(Kind kind, TSNode node) {
        switch (kind) {
            case Kind::if_:
                return branch(node);
            case Kind::elif:
                functions_.decide(Decision::branch);
                functions_.add_to_cognitive();
                return continue_branch(node);
            case Kind::conditional:
                functions_.decide(Decision::conditional);
                return structure(kind, node, 0);
            case Kind::loop:
                functions_.decide(Decision::loop);
                return structure(kind, node, 1);
            case Kind::switch_:
                return structure(kind, node, 1);
            case Kind::catch_:
                functions_.decide(Decision::handler);
                return structure(kind, node, 0);
            case Kind::try_:
                return open(kind, 0, 0, 1);
            case Kind::let_else:
                return open(kind, 0xFFFFFFFF, 1, 0);
            case Kind::arm:
                if (!is_default_arm(node)) functions_.decide(Decision::case_label);
                return true;
            case Kind::comprehension:
                functions_.decide(Decision::comprehension);
                return true;
            case Kind::guard:
                functions_.decide(Decision::guard);
                return true;
            case Kind::default_value:
                functions_.decide(Decision::default_value);
                return true;
            case Kind::parameter:
                if (has(node, grammar_->value)) functions_.decide(Decision::default_value);
                return true;
            case Kind::try_operator:
                functions_.decide(Decision::optional);
                return true;
            default:
                return true;
        }
    }

    void count_statement() {
        ++regions_.innermost().logical_lines;
        ++functions_.innermost().statements;
    }

    bool declaration() {
        const auto parent = above();
        if (parent != Kind::loop && parent != Kind::header && parent != Kind::if_ && parent != Kind::switch_)
            count_statement();
        return true;
    }

    /// Docstrings are comments; `;` says nothing.
    bool expression_statement(TSNode node) {
        if (facts_->language == extract::Language::python && is_comment()) {
            regions_.innermost().own.has_docstring = true;
            return false;
        }
        if (ts_node_end_byte(node) - byte_ > 1) count_statement();
        return true;
    }

    bool is_comment() {
        const auto& comments = facts_->comments;
        while (next_comment_ < comments.size() && comments[next_comment_].start < byte_) ++next_comment_;
        return next_comment_ < comments.size() && comments[next_comment_].start == byte_;
    }

    /// The value of a Rust block is a statement without a semicolon.
    bool value_block(TSNode node) {
        const auto count = ts_node_named_child_count(node);
        if (count == 0) return true;
        const auto last = grammar_->role_of(ts_node_named_child(node, count - 1));
        const auto kind = kind_of(last);
        if ((last & statement_bit) == 0 && kind != Kind::expression_statement && kind != Kind::comment)
            count_statement();
        return true;
    }

    /// Opens a structure: `nesting` and `structures` are what it adds from `body_start` on.
    bool open(Kind kind, std::uint32_t body_start, std::uint32_t nesting, std::uint32_t structures) {
        const auto level = functions_.level(byte_);
        functions_.open({.kind = kind,
                         .depth = depth_,
                         .body_start = body_start,
                         .outside = level,
                         .inside = {level.nesting + nesting, level.structures + structures}});
        return true;
    }

    bool structure(Kind kind, TSNode node, std::uint32_t structures) {
        functions_.add_nested(byte_);
        return open(kind, body_start(node), 1, structures);
    }

    /// A header is not nested in what it heads. Where the grammar does not tell the body apart, all is.
    std::uint32_t body_start(TSNode node) const {
        for (const auto field : {grammar_->consequence, grammar_->body}) {
            if (field == 0) continue;
            const auto body = ts_node_child_by_field_id(node, field);
            if (!ts_node_is_null(body)) return ts_node_start_byte(body);
        }
        return byte_;
    }

    bool branch(TSNode node) {
        functions_.decide(Decision::branch);
        const auto* const around = functions_.structure();
        const bool is_else_if = previous_ == Kind::else_ && around != nullptr && around->kind == Kind::if_;
        return is_else_if ? continue_branch(node) : structure(Kind::if_, node, 1);
    }

    /// `else if` is as deep as its `if`.
    bool continue_branch(TSNode node) {
        const auto* const first = functions_.structure();
        if (first == nullptr || first->kind != Kind::if_) return open(Kind::if_, body_start(node), 1, 1);
        auto next = *first;
        next.depth = depth_;
        next.body_start = body_start(node);
        functions_.open(next);
        return true;
    }

    /// `case _:`, `_ => ...`, the shell's `*)`
    bool is_default_arm(TSNode node) const {
        auto text = text_of(node).substr(0, 64);
        if (text.starts_with("case")) text.remove_prefix(4);
        const auto skip = [&] { text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size())); };
        skip();
        if (text.starts_with("*)")) return true;
        if (!text.starts_with('_')) return false;
        text.remove_prefix(1);
        skip();
        return text.starts_with(':') || text.starts_with("=>");
    }

    bool binary(TSNode node) {
        const auto operation = kind_of(grammar_->role_of(ts_node_child_by_field_id(node, grammar_->operator_)));
        return operation == Kind::and_ || operation == Kind::or_ ? boolean() : true;
    }

    bool boolean() {
        auto parent = depth_;
        while (parent > 0 && kind_of(path_[parent - 1]) == Kind::parenthesized) --parent;
        const auto* const around = functions_.structure();
        const bool continues = around != nullptr && around->kind == Kind::boolean && around->depth + 1 == parent;
        const auto level = functions_.level(byte_);
        functions_.open({.kind = Kind::boolean,
                         .depth = depth_,
                         .outside = level,
                         .inside = level,
                         .sequence = continues ? around->sequence : functions_.structure_count(),
                         .is_of_preprocessor = parent > 0 && kind_of(path_[parent - 1]) == Kind::preprocessor});
        return true;
    }

    // --- functions ---

    bool function(const TreeStep& step) {
        const bool is_statement = (step.role & statement_bit) != 0;
        auto& region = regions_.innermost();
        const bool is_of_region = is_own(region, step.node);
        // Where a grammar does not name bodies, the facts have told declarations apart: they have no region.
        const bool has_body =
            has(step.node, grammar_->body) || (grammar_->is_told_by_query && (is_of_region || !is_statement));
        if (!has_body) return true;  // abstract, defaulted, declared
        if (is_statement) ++functions_.innermost().nested_definitions;
        Function opened{.depth = depth_, .region = regions_.innermost_index()};
        if (is_of_region) {
            region.is_bound = true;
            opened.is_bound = true;
            opened.is_recursive = recursive_.contains(region.element);
            count_annotations(step.node, *grammar_, *facts_, region);
        }
        functions_.open(std::move(opened), byte_);
        return true;
    }

    /// Whether the region is of the element that this function node defines.
    bool is_own(const Region& region, TSNode node) const {
        if (region.element == extract::no_element || region.is_bound || region.function_depth != functions_.depth())
            return false;
        const auto& element = facts_->elements[region.element];
        return is_function(element.kind) && element.name_span.start.byte < ts_node_end_byte(node);
    }

    extract::WalkMemory walk_ = extract::make_walk();
    Regions regions_;
    Functions functions_;
    Recursion recursive_;
    Cohesion cohesion_;
    LineTable lines_;
    const extract::FileFacts* facts_ = nullptr;
    const Grammar* grammar_ = nullptr;
    std::string_view text_;
    const std::uint8_t* path_ = nullptr;
    std::uint32_t byte_ = 0;                                     ///< where the node being entered begins
    std::uint32_t depth_ = 0;                                    ///< its
    Kind previous_ = Kind::none, before_previous_ = Kind::none;  ///< tokens
    std::size_t next_comment_ = 0;
};

Measurer::Measurer() : state_(std::make_unique<State>()) {}
Measurer::Measurer(Measurer&&) noexcept = default;
Measurer& Measurer::operator=(Measurer&&) noexcept = default;
Measurer::~Measurer() = default;

FileMetrics Measurer::measure(TSNode root, std::string_view parsed, std::string_view source,
                              const extract::FileFacts& facts) {
    return state_->measure(root, parsed, source, facts, grammar(facts.language));
}

FileMetrics Measurer::measure(TSNode root, std::string_view parsed, std::string_view source,
                              const extract::FileFacts& facts, const Grammar& table) {
    return state_->measure(root, parsed, source, facts, table);
}

}  // namespace gsdb::codebase::measure
