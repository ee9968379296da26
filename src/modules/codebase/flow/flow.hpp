#pragma once
// How functions, classes and objects move through one file: who assigns, passes, returns, stores and calls what. It is
// the file's part of a flow-insensitive points-to analysis (Andersen, "Program Analysis and Specialization for the C
// Programming Language", 1994): link/ joins the parts of all files and solves them together. Like FileFacts it depends
// on the bytes alone.
//
// A node is a place that values are in: a variable, a version of one, a parameter, a temporary. Local variables are
// told apart by their assignments where the order is plain (static single assignment, Cytron et al. 1991), so that
// `a = f; a(); a = g; a()` calls f once and g once.

#include <cstdint>
#include <string_view>
#include <vector>

#include "modules/codebase/extract/languages.hpp"
#include "modules/codebase/extract/text_arena.hpp"

namespace gsdb::codebase::flow {

/// Numbers a node, name, function, class, call or import of one file, from 0.
using Index = std::uint32_t;
constexpr Index none = 0xFFFFFFFF;

enum class OpCode : std::uint8_t {
    copy,        ///< target takes what node a holds
    function,    ///< target takes function a, as made here
    class_,      ///< target takes class a
    literal,     ///< target takes the text or number name a, as a key may be (see slot names below)
    container,   ///< target takes a new collection; a is its ContainerKind
    instance,    ///< target takes an instance of each class that node a holds: a type annotation
    load,        ///< target takes the attribute name b of node a
    store,       ///< the attribute name b of node a takes node c
    load_item,   ///< target takes item b of node a; b is a node that holds the key, or none: any item
    store_item,  ///< item b of node a takes node c
    elements,    ///< target takes what iterating over node a gives; a class of its own is asked by call b
    call,        ///< target takes the result of call a
    import,      ///< target takes import a
    global,      ///< target takes what the name a is where the file does not say: a wildcard import or a built-in
    super,       ///< target takes node a seen as the classes that class b inherits from
    merge,       ///< the object in node a takes all attributes and items of node b: Object.assign, dict.update
    prototype,   ///< what the object in node a does not have itself it takes from node b: Object.create
    typed,       ///< target takes from node c what fits the class that node a holds, as a declaration says; where
                 ///< nothing comes, instances of that class and those below it. b is a node of its elements, or none
    reference,   ///< target takes the method name b of the class in node a: its first argument is the receiver
};

enum class ContainerKind : std::uint8_t { list, dictionary, object };

/// Target and operands that an op does not use are none.
struct Op {
    OpCode code{};
    Index function = 0;  ///< in whose body it stands
    Index target = none;
    Index a = none;
    Index b = none;
    Index c = none;
};

// Slot names. An attribute's slot is named like the attribute. Where items are not attributes (Python), the slot of an
// item has `[` before the key: `[1` for 1 and `['a` for 'a'; a literal holds the same text.

//
// Where methods and fields have names of their own (Java, Rust), those of methods end with `()`.

struct Site {
    std::uint32_t line = 0;    ///< from 1
    std::uint32_t column = 0;  ///< in bytes, from 1
    std::uint32_t length = 0;  ///< in bytes

    bool operator==(const Site&) const = default;
};

enum class CallKind : std::uint8_t {
    call,
    instantiate,        ///< `new X()`
    decorate,           ///< a decorator is called with what it decorates
    super_constructor,  ///< `super(...)` in a constructor
    implied,            ///< by a statement: iteration, `with`, raising a class
    element,            ///< `<X/>` in JSX: calls a function, makes an instance of a class
};

/// How the called thing is written; decides how sure a finding is.
enum class CalleeForm : std::uint8_t {
    definition,   ///< a name that a definition in this file gives, and nothing else
    imported,     ///< a name that an import in this file gives, and nothing else
    name,         ///< another name
    self_member,  ///< a member of self or this
    member,       ///< a member of something else
    expression,
};

enum class ArgumentKind : std::uint8_t { positional, keyword, spread, keyword_spread };
struct Argument {
    ArgumentKind kind{};
    Index value = none;
    Index name = none;  ///< of a keyword argument
    Index type = none;  ///< node of the class that the value is declared to be of
};

struct Call {
    CallKind kind{};
    CalleeForm form{};
    Index callee = none;    ///< node
    Index receiver = none;  ///< node that becomes `this`; none where the language binds it on access (Python)
    Index name = none;      ///< last part of the callee as written
    Index first_argument = 0;
    Index argument_count = 0;
    Site site;
};

enum class ParameterKind : std::uint8_t { positional, keyword_only, rest, keyword_rest };
struct Parameter {
    ParameterKind kind{};
    Index name = none;  ///< none where it is a pattern
    Index node = none;
    bool is_optional = false;  ///< has a default value
    Index type = none;         ///< node of the class that it is declared to be of
};

/// A set of FunctionFlag bits.
enum class FunctionFlag : std::uint16_t {
    generator = 1U << 0U,
    async = 1U << 1U,
    static_ = 1U << 2U,
    class_method = 1U << 3U,  ///< its first parameter is the class
    getter = 1U << 4U,
    setter = 1U << 5U,
    constructor = 1U << 6U,
    lexical_this = 1U << 7U,      ///< `this` is that of the function around it
    unnamed = 1U << 8U,           ///< lambda, arrow function, function expression; `name` is made up
    abstract = 1U << 9U,          ///< has no body of its own
    inline_argument = 1U << 10U,  ///< unnamed and written as the argument of a call
    binds_receiver = 1U << 11U,   ///< its first parameter is the receiver (Python)
    runs_once = 1U << 12U,        ///< where the program begins
};

struct Function {
    Index name = none;
    Index parent = none;      ///< function whose body it stands in; none for the file
    Index owner = none;       ///< class that it is a direct member of
    Index class_name = none;  ///< of the class that it is a member of, where it is written outside of it
    std::uint16_t flags = 0;
    Index first_parameter = 0;
    Index parameter_count = 0;
    Index receiver = none;  ///< node of `this`
    Index result = none;    ///< node of what it returns
    Index yielded = none;   ///< node of what it yields
    Index first_op = 0;
    Index op_count = 0;
    Site site;  ///< of the name that others know it by, or of itself where it has none

    bool has(FunctionFlag flag) const { return (flags & static_cast<std::uint16_t>(flag)) != 0; }
};

enum class MemberKind : std::uint8_t {
    shared,    ///< of the class and, through it, of its instances (Python)
    static_,   ///< of the class alone
    instance,  ///< of instances alone (JavaScript methods)
};
struct Member {
    MemberKind kind{};
    Index name = none;
    Index node = none;
};

/// A set of ClassFlag bits.
enum class ClassFlag : std::uint8_t {
    abstract = 1U << 0U,    ///< has no instances of its own
    interface_ = 1U << 1U,  ///< what it asks for a function may give
    structural = 1U << 2U,  ///< every class that has its methods is one of its subclasses (Go)
};

struct Class {
    Index name = none;
    Index function = none;     ///< function whose body it stands in
    Index outer_class = none;  ///< class whose body it stands in
    Index first_base = 0;      ///< in FileFlow::bases
    Index base_count = 0;
    Index first_member = 0;  ///< in FileFlow::members
    Index member_count = 0;
    Index initializer = none;  ///< function that sets the fields of a new instance before its constructor runs
    std::uint8_t flags = 0;
    Site site;

    bool has(ClassFlag flag) const { return (flags & static_cast<std::uint8_t>(flag)) != 0; }
};

/// A member or base that is written outside of its class, perhaps in another file.
struct Addition {
    Index class_ = none;  ///< node
    Member member;        ///< a base where it has no name
};

enum class ImportKind : std::uint8_t {
    module,    ///< the module itself
    root,      ///< Python's `import a.b` binds `a`, and makes `a.b` known
    name,      ///< one name of it
    default_,  ///< JavaScript's default export
    commonjs,  ///< require()
    path,      ///< `a.b.C.d`: packages, then what is in them, as far as there are such
};
struct Import {
    ImportKind kind{};
    Index module = none;  ///< name: as written, without quotes
    Index name = none;
};

struct Export {
    Index name = none;
    Index node = none;
};

/// All names of another module become names of this one.
struct Wildcard {
    Index module = none;
    bool is_export_only = false;  ///< `export * from`: not visible inside the file
};

struct FileFlow {
    extract::Language language = extract::Language::unknown;
    bool is_complete = true;              ///< false where the file nests too deep to follow all of it
    std::vector<std::string_view> names;  ///< every text once; live in `arena`
    std::vector<Index> node_functions;    ///< of each node: the function it belongs to
    std::vector<Function> functions;      ///< the first is the file's own body
    std::vector<Parameter> parameters;
    std::vector<Class> classes;
    std::vector<Index> bases;  ///< nodes
    std::vector<Member> members;
    std::vector<Op> ops;  ///< in the order of their functions
    std::vector<Call> calls;
    std::vector<Argument> arguments;
    std::vector<Import> imports;
    std::vector<Export> exports;
    std::vector<Wildcard> wildcards;
    std::vector<Addition> additions;
    Index commonjs_exports = none;  ///< node of `module.exports`
    Index package = none;           ///< name: files of one package see each other's exports
    extract::TextArena arena;
};

}  // namespace gsdb::codebase::flow
