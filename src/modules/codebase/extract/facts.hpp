#pragma once
// What one file says, learned from its bytes and its language alone: the per-file layer of the code graph. Equal bytes
// give equal facts, so they are cached by blob id and shared by every path, branch and repository that holds the blob.

#include <cstdint>
#include <string_view>
#include <vector>

#include "modules/codebase/extract/languages.hpp"
#include "modules/codebase/extract/text_arena.hpp"

namespace gsdb::codebase::extract {

/// A place in the file. Lines and columns count from 1, as compilers print them; a column counts bytes, not
/// characters, so that (byte of the line's start + column - 1) is the byte. A byte order mark counts as three bytes.
struct Position {
    std::uint32_t byte = 0;
    std::uint32_t line = 1;
    std::uint32_t column = 1;

    bool operator==(const Position&) const = default;
};

/// From the first byte of a thing to the one after its last.
struct Span {
    Position start;
    Position end;

    bool operator==(const Span&) const = default;
};

/// Every kind of named thing, in all languages of the product. Append only: the labels are stored.
enum class ElementKind : std::uint8_t {
    module,      ///< Rust mod, TS `declare module`, Java module
    package,     ///< Go and Java package clause
    namespace_,  ///< C++ and TS namespace
    class_,
    struct_,
    union_,
    interface,
    trait,
    enum_,
    enum_member,
    record,
    annotation,  ///< Java @interface: the declaration of an annotation type
    type_alias,  ///< typedef, using X =, type X =, associated types
    concept_,
    implementation,  ///< Rust impl block; its members carry the type's name in their qualified name
    function,
    method,
    constructor,
    destructor,
    property,  ///< accessor pair members: Python @property, JS get/set; TS interface properties are fields
    field,
    variable,
    constant,
    macro,
};
std::string_view to_label(ElementKind);
/// The kind of that label; there must be one.
ElementKind element_kind_from_label(std::string_view label);

/// Whether what is defined in it is local.
constexpr bool is_callable(ElementKind kind) {
    return kind == ElementKind::function || kind == ElementKind::method || kind == ElementKind::constructor ||
           kind == ElementKind::destructor;
}

/// A set of ElementFlag bits; `bits()` is what is stored.
enum class ElementFlag : std::uint32_t {
    exported = 1U << 0U,  ///< visible outside its file by the language's own rule: export, pub, upper case, no
                          ///< underscore, not static
    private_ = 1U << 1U,
    protected_ = 1U << 2U,
    static_ = 1U << 3U,
    abstract = 1U << 4U,
    final_ = 1U << 5U,
    async = 1U << 6U,
    generator = 1U << 7U,
    deprecated = 1U << 8U,
    declaration = 1U << 9U,  ///< announced here, defined elsewhere: prototype, extern, overload signature, `mod x;`
    readonly = 1U << 10U,    ///< const, readonly, final variable
    virtual_ = 1U << 11U,
    override_ = 1U << 12U,
    inline_ = 1U << 13U,
    generic = 1U << 14U,  ///< has type or template parameters
    default_export = 1U << 15U,
    anonymous = 1U << 16U,  ///< named by the extractor, not by the source
    unsafe = 1U << 17U,
    operator_ = 1U << 18U,  ///< an overloaded operator or a conversion
    test = 1U << 19U,       ///< marked as a test in the source: #[test], @Test
};
class ElementFlags {
  public:
    bool has(ElementFlag flag) const { return (bits_ & static_cast<std::uint32_t>(flag)) != 0; }
    void set(ElementFlag flag, bool on = true) {
        bits_ = on ? bits_ | static_cast<std::uint32_t>(flag) : bits_ & ~static_cast<std::uint32_t>(flag);
    }
    void add(ElementFlags others) { bits_ |= others.bits_; }
    static ElementFlags both(ElementFlags a, ElementFlags b) {
        a.bits_ |= b.bits_;
        return a;
    }
    std::uint32_t bits() const { return bits_; }
    bool operator==(const ElementFlags&) const = default;

  private:
    std::uint32_t bits_ = 0;
};
/// The label of each flag, in bit order: what `bits()` means, for the database and for people.
const std::vector<std::string_view>& element_flag_labels();

/// The parent or enclosing element of what stands at the top of the file.
constexpr std::uint32_t no_element = 0xFFFFFFFF;

/// A named thing the file defines or declares. Its ordinal is its index in FileFacts::elements: elements are in the
/// order in which they start, a parent comes before its children.
struct Element {
    ElementKind kind{};
    ElementFlags flags;
    std::uint32_t parent = no_element;  ///< the element around it in the text
    std::uint32_t overload = 0;  ///< how many elements of this kind and qualified name came before it in the file
    std::int32_t parameter_count =
        -1;     ///< -1 where it takes none by nature (a class, a variable); receivers and `self` count as written
    Span span;  ///< with decorators, `export`, `template <...>`, without the doc comment before it
    Span name_span;
    std::string_view name;
    std::string_view qualified_name;  ///< names from the outermost down, joined by `.` in every language: `Outer.inner`
    std::string_view owner;  ///< the type named by an out-of-line definition or a receiver: `A::B` of `void A::B::f()`,
                             ///< `T` of Go's `(t *T)`; else empty
    std::string_view
        signature;  ///< the header without the body, white space collapsed, at most Limits::signature_bytes_max
    std::string_view
        doc;  ///< docstring or the comment right before it, markers stripped, at most Limits::doc_bytes_max
};

enum class ImportKind : std::uint8_t {
    import,          ///< a module as a whole: `import a`, `import * as a from 'm'`, Go, Java
    from_import,     ///< one name out of a module; a default import has the name `default`
    wildcard,        ///< all names: `from m import *`, `import a.*;`, `use m::*`, `import . "m"`
    include,         ///< C and C++
    require,         ///< CommonJS require()
    dynamic_import,  ///< import() expression
    use,             ///< one leaf of a Rust use tree
    submodule,       ///< Rust `mod x;`: the module is in another file
    re_export,       ///< `export {a as b} from 'm'`, `pub use`
    re_export_all,   ///< `export * from 'm'`, `pub use m::*`
};
std::string_view to_label(ImportKind);

/// One name or module brought into the file; `import a, b` gives two.
struct Import {
    ImportKind kind{};
    bool is_relative = false;    ///< the module is named relative to this file: `./x`, `..pkg`, `"x.h"`, `super::`
    bool is_system = false;      ///< `<stdio.h>`
    bool is_type_only = false;   ///< TS `import type`, Python `if TYPE_CHECKING:`
    bool is_reexported = false;  ///< named in Python's `__all__`
    std::uint32_t element = no_element;  ///< the element in which it stands
    Position position;
    std::string_view module;  ///< as written, without quotes: `os.path`, `../x`, `std::fmt`
    std::string_view name;    ///< the name taken from it, empty for the whole module
    std::string_view alias;   ///< the local name where it differs
};

enum class ReferenceKind : std::uint8_t {
    call,
    instantiate,  ///< `new X`, composite and struct literals
    type_use,
    inherit,    ///< base class, extends, embedded type, supertrait
    implement,  ///< implements, `impl Trait for`
    decorate,   ///< decorator, annotation, attribute, derive
    read,       ///< of an attribute: `receiver.name`
    write,      ///< assignment to an attribute
    expand,     ///< use of a macro
};
std::string_view to_label(ReferenceKind);

/// A place that names something defined elsewhere, before any resolution.
struct Reference {
    ReferenceKind kind{};
    std::int32_t argument_count = -1;    ///< of a call; -1 elsewhere. Spread arguments count as one
    std::uint32_t element = no_element;  ///< the innermost element around it; a base class belongs to the derived one
    Position position;                   ///< of the name
    std::string_view name;               ///< empty for a call of an expression: `f()()`, `table[i]()`
    std::string_view receiver;  ///< what stands before the name: `self`, `this`, `obj.field`, `ns::Type`; at most
                                ///< Limits::receiver_bytes_max
};

enum class Status : std::uint8_t {
    ok,
    has_errors,  ///< the grammar met text it does not know; everything else is there
    timed_out,   ///< the parse took more work than Limits::deadline: line counts only
    too_large,   ///< longer than Limits::source_bytes_max: line counts only
    too_deep,    ///< parsed; elements nested deeper than Limits::element_depth_max are left out
    not_utf8,    ///< UTF-16 or UTF-32: nothing is known but the bytes
    unparsed,    ///< no grammar for the language: line counts only
};
std::string_view to_label(Status);

/// A line is blank (white space only, also inside comments), comment (nothing but comment, docstrings included) or
/// code; total is the sum.
struct LineCounts {
    std::uint32_t total = 0;
    std::uint32_t code = 0;
    std::uint32_t comment = 0;
    std::uint32_t blank = 0;

    bool operator==(const LineCounts&) const = default;
};

/// A stretch of comment: bytes [start, end) of the source.
struct CommentSpan {
    std::uint32_t start;
    std::uint32_t end;
};

/// All facts of one file. The texts point into the source that was given or into the arena: keep both alive. Every
/// text is valid UTF-8 without NUL, whatever the source holds (bad bytes become U+FFFD).
struct FileFacts {
    Language language = Language::unknown;
    Status status = Status::unparsed;
    LineCounts lines;
    std::uint32_t error_count = 0;  ///< unparsable stretches and missing tokens
    std::uint32_t error_bytes = 0;  ///< length of those stretches
    std::string_view doc;           ///< what the file says of itself: module docstring, `//!`
    std::vector<Element> elements;
    std::vector<Import> imports;
    std::vector<Reference> references;
    std::vector<CommentSpan> comments;  ///< in the order in which they stand, docstrings included
    TextArena arena;
};

}  // namespace gsdb::codebase::extract
