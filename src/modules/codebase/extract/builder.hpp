#pragma once
// Where the rules of a language put what they find: builds FileFacts while the tree is walked.

#include <tree_sitter/api.h>

#include <array>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "modules/codebase/extract/extractor.hpp"
#include "modules/codebase/extract/facts.hpp"
#include "modules/codebase/extract/line_counts.hpp"

namespace gsdb::codebase::extract {

/// The fields of grammar nodes that rules ask for; each language numbers them in its own way.
enum class Field : std::uint8_t {
    alias,
    argument,
    arguments,
    attribute,
    body,
    constructor,
    declaration,
    declarator,
    definition,
    element,
    field,
    function,
    interfaces,
    key,
    kind,
    left,
    list,
    macro,
    module,
    module_name,
    name,
    object,
    operand,
    package,
    parameter,
    parameters,
    path,
    pattern,
    property,
    receiver,
    result,
    right,
    scope,
    source,
    superclass,
    superclasses,
    tag,
    trait,
    type,
    type_parameters,
    value,
    count_
};
using FieldIds = std::array<TSFieldId, static_cast<std::size_t>(Field::count_)>;
FieldIds resolve_fields(const TSLanguage*);

inline bool same_node(TSNode a, TSNode b) {
    return a.id == b.id;
}

/// What the rules say about an element; the rest the builder finds out.
struct NewElement {
    ElementKind kind{};
    TSNode node{};                 ///< its span, where no wrapper widens it
    TSNode name{};                 ///< its name, where the source has one
    std::string_view name_text{};  ///< its name where it differs from the node's text
    TSNode body{};                 ///< ends the signature
    TSNode header{};               ///< starts the signature, where `node` starts earlier (with a decorator)
    ElementFlags flags{};
    std::int32_t parameter_count = -1;
    std::string_view owner{};
    bool is_value = false;             ///< the signature ends with its first line
    bool is_outer_member = false;      ///< belongs to what is around the current element (`constructor(private x)`)
    std::string_view member_prefix{};  ///< qualifies members in place of its name (Rust impl)
};

class Builder {
  public:
    Builder(FileFacts& facts, std::string_view source, const FieldIds& fields, const Limits& limits, bool is_storable);

    // --- the source ---
    std::string_view source() const { return source_; }
    TSNode child(TSNode node, Field field) const {
        const auto id = field_id(field);
        return id == 0 || ts_node_is_null(node) ? TSNode{} : ts_node_child_by_field_id(node, id);
    }
    bool has(TSNode node, Field field) const { return !ts_node_is_null(child(node, field)); }
    TSFieldId field_id(Field field) const { return fields_[static_cast<std::size_t>(field)]; }
    // A node that is not there begins and ends at 0 and has no text.
    static std::uint32_t start(TSNode node) { return ts_node_is_null(node) ? 0 : ts_node_start_byte(node); }
    static std::uint32_t end(TSNode node) { return ts_node_is_null(node) ? 0 : ts_node_end_byte(node); }
    std::string_view raw(TSNode node) const { return raw(start(node), end(node)); }
    /// Empty where end is not behind start.
    std::string_view raw(std::uint32_t start, std::uint32_t end) const {
        return end > start ? source_.substr(start, end - start) : std::string_view{};
    }
    /// The text as it may be stored: valid UTF-8 without NUL, cut to `bytes_max`.
    std::string_view storable(std::string_view text, std::size_t bytes_max = name_bytes_max);
    std::string_view text(TSNode node) { return storable(raw(node)); }
    /// Storable, in one line: white space runs become one space, comments are left out.
    std::string_view in_one_line(std::uint32_t start, std::uint32_t end, std::size_t bytes_max);
    std::string_view receiver(TSNode node);
    TextArena& arena() { return facts_.arena; }

    // --- elements ---
    /// A definition as most grammars write it: its name, its body and its type parameters are fields of the node.
    NewElement definition(TSNode node, ElementKind kind) const;
    /// Adds an element for the node where the walk is. no_element when it has no name or is nested too deep.
    std::uint32_t add(const NewElement&);
    /// Adds an element that is the current one until the walk leaves the node where it is now.
    std::uint32_t open(const NewElement&);
    /// Until the walk leaves the node where it is now: `kind` is what surrounds it, without being an element (a lambda
    /// or an object literal); a name goes into the qualified names of its members.
    void open_scope(ElementKind kind, std::string_view name = {});
    Element& element(std::uint32_t ordinal) { return facts_.elements[ordinal]; }
    std::vector<Element>& elements() { return facts_.elements; }
    std::vector<Import>& imports() { return facts_.imports; }
    std::vector<Reference>& references() { return facts_.references; }

    /// The innermost element around the walk.
    std::uint32_t current() const { return scopes_.back().element; }
    ElementKind current_kind() const { return scopes_.back().kind; }
    /// Whether other files see what is around the walk.
    bool is_around_exported() const {
        return current() == no_element || facts_.elements[current()].flags.has(ElementFlag::exported);
    }
    bool at_top() const { return scopes_.size() == 1; }
    /// Whether an element of that kind has this name, qualified by where the walk is.
    bool is_known(std::string_view name, ElementKind kind);
    /// Whether the current element already has a member of that name, of whatever kind.
    bool has_member(std::string_view name) const { return members_.contains({name, current()}); }

    /// The element directly inside the node where the walk is gets `flags`, and its span where `gives_span`:
    /// `export ...`, `template <...> ...`.
    /// Its signature starts at `header`.
    void wrap(TSNode node, ElementFlags flags = {}, bool gives_span = true, TSNode header = {});
    bool is_wrapped() const { return wrapper_.inner_depth == depth_; }
    ElementFlags wrapper_flags() const { return is_wrapped() ? wrapper_.flags : ElementFlags{}; }
    /// A sibling that belongs to the element after it: a Rust attribute, the decorator of a TS member.
    void lead(TSNode node, ElementFlags flags = {});

    // --- everything else ---
    void import(TSNode at, Import import);
    /// Nothing happens where the name is not there.
    void reference(ReferenceKind kind, TSNode name, std::string_view receiver = {}, std::int32_t argument_count = -1);
    /// A call of something that has no name of its own: `f()()`, `table[i]()`; the receiver is the whole expression.
    void nameless_reference(ReferenceKind kind, TSNode called, std::int32_t argument_count);
    /// What the file says of itself.
    void file_doc(std::string_view doc) { facts_.doc = doc; }
    void comment(TSNode node);
    /// Text that is not a comment to the grammar and is one to the reader.
    void count_as_comment(TSNode node) { comments_.push_back({ts_node_start_byte(node), ts_node_end_byte(node)}); }
    void error(TSNode node);
    void missing(std::uint32_t tokens) { facts_.error_count += tokens; }
    /// The text of a comment or docstring without its markers and common indentation.
    std::string_view clean_doc(std::string_view raw_doc);

    /// To be called when the walk is over.
    void finish();

    Position position(TSNode node) const;
    Span span(TSNode node) const;

    // The walk says where it is.
    void enter(std::uint32_t depth) { depth_ = depth; }
    void leave(std::uint32_t depth) {
        while (scopes_.back().depth >= depth && scopes_.size() > 1) scopes_.pop_back();
        if (wrapper_.inner_depth > depth) wrapper_.inner_depth = no_depth;
    }
    std::uint32_t depth() const { return depth_; }

    /// Longer names are cut: the database indexes names, and an index entry must fit a third of a page.
    static constexpr std::size_t name_bytes_max = 500;
    static constexpr std::size_t qualified_name_bytes_max = 2000;

  private:
    static constexpr std::uint32_t no_depth = 0;
    struct Scope {
        std::uint32_t element = no_element;
        ElementKind kind = ElementKind::module;
        std::uint32_t depth = 0;
        std::string_view prefix;
    };
    struct Wrapper {
        std::uint32_t inner_depth = no_depth;  ///< of the nodes right inside it; the root is inside nothing
        Span span;
        std::uint32_t header = 0;
        bool gives_span = false;
        ElementFlags flags;
    };
    struct Lead {
        Position start;
        std::uint32_t end = 0;
        ElementFlags flags;
        std::uint32_t first_reference = 0;  ///< references from here on were made by leads
    };
    struct CommentBlock {
        std::uint32_t start = 0;
        std::uint32_t end = 0;
        std::uint32_t end_line = 0;  ///< 0 when there is none
    };
    struct ByteRange {
        std::uint32_t start;
        std::uint32_t end;
    };

    bool is_led(std::uint32_t start) const { return lead_.end > 0 && only_space_between(lead_.end, start); }
    Span span_of(const NewElement&) const;
    ByteRange header_of(const NewElement&, const Span&) const;
    std::string_view doc_before(const Position& start);
    std::string_view join(std::string_view prefix, std::string_view name);
    bool only_space_between(std::uint32_t start, std::uint32_t end) const;
    bool starts_its_line(std::uint32_t byte) const;
    std::string_view squeeze(std::uint32_t start, std::uint32_t end, std::size_t bytes_max);

    FileFacts& facts_;
    std::string_view source_;
    const FieldIds& fields_;
    const Limits& limits_;
    bool is_storable_;
    std::uint32_t depth_ = 0;
    std::uint32_t error_end_ = 0;
    std::vector<Scope> scopes_;
    Wrapper wrapper_;
    Lead lead_;
    CommentBlock comment_block_;
    std::vector<CommentSpan> comments_;
    std::vector<ByteRange> headers_;  ///< of each element; read at the end, when all comments are known
    struct Name {
        std::string_view text;
        std::uint32_t of;  ///< a kind, or the element that has it as a member
        bool operator==(const Name&) const = default;
    };
    struct NameHash {
        std::size_t operator()(const Name& name) const {
            return std::hash<std::string_view>{}(name.text) * 31 + name.of;
        }
    };
    std::unordered_map<Name, std::uint32_t, NameHash> names_;  ///< how often each qualified name of a kind was seen
    std::unordered_set<Name, NameHash> members_;
};

}  // namespace gsdb::codebase::extract
