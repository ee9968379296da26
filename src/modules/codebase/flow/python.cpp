// Python: how values move, as its syntax tree says.

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "modules/codebase/extract/grammar.hpp"
#include "modules/codebase/flow/builder.hpp"
#include "modules/codebase/flow/kinds.hpp"
#include "modules/codebase/flow/make_flow.hpp"

namespace gsdb::codebase::flow {
namespace {

enum class Kind : std::uint8_t {
    other,
    aliased_import,
    as_pattern,
    assignment,
    attribute,
    augmented_assignment,
    await,
    binary_operator,
    block,
    boolean_operator,
    call,
    class_definition,
    comment,
    comprehension,
    conditional,
    decorated_definition,
    decorator,
    default_parameter,
    dictionary,
    dictionary_splat,
    dotted_name,
    elif_clause,
    else_clause,
    except_clause,
    expression_list,
    finally_clause,
    for_in_clause,
    for_statement,
    function_definition,
    global_statement,
    identifier,
    if_clause,
    if_statement,
    import_from,
    import_statement,
    integer,
    keyword_argument,
    keyword_separator,
    lambda,
    list,
    list_splat,
    match_statement,
    named_expression,
    pair,
    parenthesized,
    pattern_list,
    positional_separator,
    raise_statement,
    rest_keywords,
    rest_pattern,
    return_statement,
    slice,
    statement_part,
    string,
    string_content,
    subscript,
    try_statement,
    tuple,
    type,
    typed_default_parameter,
    typed_parameter,
    while_statement,
    wildcard_import,
    with_item,
    with_statement,
    yield,
};

constexpr std::pair<std::string_view, Kind> kind_names[] = {
    {"aliased_import", Kind::aliased_import},
    {"as_pattern", Kind::as_pattern},
    {"assignment", Kind::assignment},
    {"attribute", Kind::attribute},
    {"augmented_assignment", Kind::augmented_assignment},
    {"await", Kind::await},
    {"binary_operator", Kind::binary_operator},
    {"block", Kind::block},
    {"boolean_operator", Kind::boolean_operator},
    {"call", Kind::call},
    {"class_definition", Kind::class_definition},
    {"comment", Kind::comment},
    {"list_comprehension", Kind::comprehension},
    {"set_comprehension", Kind::comprehension},
    {"dictionary_comprehension", Kind::comprehension},
    {"generator_expression", Kind::comprehension},
    {"conditional_expression", Kind::conditional},
    {"decorated_definition", Kind::decorated_definition},
    {"decorator", Kind::decorator},
    {"default_parameter", Kind::default_parameter},
    {"dictionary", Kind::dictionary},
    {"dictionary_splat", Kind::dictionary_splat},
    {"dotted_name", Kind::dotted_name},
    {"elif_clause", Kind::elif_clause},
    {"else_clause", Kind::else_clause},
    {"except_clause", Kind::except_clause},
    {"except_group_clause", Kind::except_clause},
    {"expression_list", Kind::expression_list},
    {"finally_clause", Kind::finally_clause},
    {"for_in_clause", Kind::for_in_clause},
    {"for_statement", Kind::for_statement},
    {"function_definition", Kind::function_definition},
    {"global_statement", Kind::global_statement},
    {"nonlocal_statement", Kind::global_statement},
    {"identifier", Kind::identifier},
    {"if_clause", Kind::if_clause},
    {"if_statement", Kind::if_statement},
    {"import_from_statement", Kind::import_from},
    {"import_statement", Kind::import_statement},
    {"integer", Kind::integer},
    {"keyword_argument", Kind::keyword_argument},
    {"keyword_separator", Kind::keyword_separator},
    {"lambda", Kind::lambda},
    {"list", Kind::list},
    {"set", Kind::list},
    {"list_splat", Kind::list_splat},
    {"match_statement", Kind::match_statement},
    {"named_expression", Kind::named_expression},
    {"pair", Kind::pair},
    {"parenthesized_expression", Kind::parenthesized},
    {"pattern_list", Kind::pattern_list},
    {"tuple_pattern", Kind::pattern_list},
    {"list_pattern", Kind::pattern_list},
    {"positional_separator", Kind::positional_separator},
    {"raise_statement", Kind::raise_statement},
    {"dictionary_splat_pattern", Kind::rest_keywords},
    {"list_splat_pattern", Kind::rest_pattern},
    {"return_statement", Kind::return_statement},
    {"slice", Kind::slice},
    {"module", Kind::statement_part},
    {"expression_statement", Kind::statement_part},
    {"with_clause", Kind::statement_part},
    {"case_clause", Kind::statement_part},
    {"case_pattern", Kind::statement_part},
    {"string", Kind::string},
    {"string_content", Kind::string_content},
    {"subscript", Kind::subscript},
    {"try_statement", Kind::try_statement},
    {"tuple", Kind::tuple},
    {"type", Kind::type},
    {"typed_default_parameter", Kind::typed_default_parameter},
    {"typed_parameter", Kind::typed_parameter},
    {"while_statement", Kind::while_statement},
    {"wildcard_import", Kind::wildcard_import},
    {"with_item", Kind::with_item},
    {"with_statement", Kind::with_statement},
    {"yield", Kind::yield},
};

struct Grammar {
    const TSLanguage* language = extract::grammar_of(extract::Language::python);
    KindTable<Kind> kind{language, kind_names};
    TSFieldId alias = id("alias"), alternative = id("alternative"), arguments = id("arguments"),
              attribute = id("attribute"), body = id("body"), condition = id("condition"),
              consequence = id("consequence"), definition = id("definition"), function = id("function"),
              key = id("key"), left = id("left"), module_name = id("module_name"), name = id("name"),
              object = id("object"), operator_ = id("operator"), parameters = id("parameters"),
              return_type = id("return_type"), right = id("right"), subject = id("subject"),
              subscript = id("subscript"), superclasses = id("superclasses"), type = id("type"), value = id("value");

  private:
    TSFieldId id(std::string_view of) const { return field_id(language, of); }
};

const Grammar& grammar() {
    static const Grammar g;
    return g;
}

/// What binds a name in a scope, as far as it is the only thing that does.
enum class Binding : std::uint8_t { definition, import, other };

struct Name {
    Binding binding = Binding::other;
    std::uint32_t assignments = 0;
    std::optional<Variable> variable;
};

enum class ScopeKind : std::uint8_t { function, class_, comprehension };

struct Scope {
    ScopeKind kind{};
    Index function = 0;
    Index class_ = none;
    std::unordered_map<std::string_view, Name> names;
    std::unordered_set<std::string_view> outer;  ///< declared global or nonlocal
    std::uint32_t lambdas = 0;
};

/// Statements and expressions nested deeper are not followed. A level takes a few hundred bytes of the stack.
constexpr std::uint32_t depth_max = 500;
/// Longer texts are no keys.
constexpr std::size_t literal_bytes_max = 40;

class PythonFlow {
  public:
    PythonFlow(FileFlow& flow, std::string_view source) : b(flow, source), flow_(flow), source_(source) {}

    void follow(TSNode root) {
        find_outer_names(root);
        scopes_.push_back({.kind = ScopeKind::function});
        collect_names(root);
        statements(root);
        for (auto& [name, known] : scopes_.front().names)
            module_names_.emplace_back(name, variable(scopes_.front(), name));
        std::ranges::sort(module_names_);
        for (const auto& [name, variable] : module_names_) flow_.exports.push_back({b.name(name), b.all_of(variable)});
        b.finish();
    }

  private:
    class Deeper {
      public:
        explicit Deeper(PythonFlow& flow) : flow_(flow) { ++flow_.depth_; }
        ~Deeper() { --flow_.depth_; }
        Deeper(const Deeper&) = delete;
        Deeper& operator=(const Deeper&) = delete;
        bool is_too_deep() const {
            if (flow_.depth_ > depth_max) flow_.flow_.is_complete = false;
            return flow_.depth_ > depth_max;
        }

      private:
        PythonFlow& flow_;
    };

    Kind kind(TSNode node) const { return g.kind[node]; }
    std::string_view text(TSNode node) const { return b.text(node); }
    bool has_keyword(TSNode node, std::string_view keyword) const {
        return !ts_node_is_null(node) && ts_node_child_count(node) > 0 &&
               ts_node_type(ts_node_child(node, 0)) == keyword;
    }

    // --- names ---

    /// Names that functions assign in scopes around them: their order of assignment is not that of the text.
    void find_outer_names(TSNode root) {
        if (source_.find("global ") == std::string_view::npos && source_.find("nonlocal ") == std::string_view::npos)
            return;
        TSTreeCursor cursor = ts_tree_cursor_new(root);
        for (bool more = true; more;) {
            const auto node = ts_tree_cursor_current_node(&cursor);
            if (kind(node) == Kind::global_statement)
                for_each_named_child(node, [&](TSNode name) { assigned_from_inside_.insert(text(name)); });
            if (ts_tree_cursor_goto_first_child(&cursor)) continue;
            while (!ts_tree_cursor_goto_next_sibling(&cursor))
                if (!ts_tree_cursor_goto_parent(&cursor)) {
                    more = false;
                    break;
                }
        }
        ts_tree_cursor_delete(&cursor);
    }

    void bind(std::string_view name, Binding binding) {
        auto& scope = scopes_.back();
        if (name.empty() || scope.outer.contains(name)) return;
        auto& known = scope.names[name];
        known.binding = known.assignments++ == 0 ? binding : Binding::other;
    }

    /// All names that the current scope binds, as Python decides it: by the whole body.
    void collect_names(TSNode body) {
        std::vector<TSNode> open{body};
        while (!open.empty()) {
            const auto node = open.back();
            open.pop_back();
            collect_name(node, open);
        }
    }

    void collect_name(TSNode node, std::vector<TSNode>& open) {
        const auto all_inside = [&] {
            const auto first = open.size();
            for_each_named_child(node, [&](TSNode child) { open.push_back(child); });
            std::reverse(open.begin() + static_cast<std::ptrdiff_t>(first), open.end());
        };
        switch (kind(node)) {
            case Kind::global_statement:
                return for_each_named_child(node, [&](TSNode name) {
                    scopes_.back().outer.insert(text(name));
                    scopes_.back().names.erase(text(name));
                });
            case Kind::function_definition:
            case Kind::class_definition:
                return bind(text(field(node, g.name)), Binding::definition);
            case Kind::lambda:
            case Kind::comprehension:
                return;
            case Kind::import_statement:
            case Kind::import_from:
                return collect_imports(node);
            case Kind::assignment:
            case Kind::augmented_assignment:
                collect_targets(field(node, g.left));
                break;
            case Kind::for_statement:
                collect_targets(field(node, g.left));
                break;
            case Kind::named_expression:
                bind(text(field(node, g.name)), Binding::other);
                break;
            case Kind::as_pattern:
                collect_targets(named_child(field(node, g.alias), 0));
                break;
            case Kind::block:
            case Kind::statement_part:
            case Kind::if_statement:
            case Kind::elif_clause:
            case Kind::else_clause:
            case Kind::while_statement:
            case Kind::try_statement:
            case Kind::except_clause:
            case Kind::finally_clause:
            case Kind::with_statement:
            case Kind::with_item:
            case Kind::match_statement:
            case Kind::decorated_definition:
                break;
            default:
                // Expressions bind names by `:=` alone.
                if (!has_named_expressions_) return;
        }
        all_inside();
    }

    void collect_targets(TSNode target) {
        if (kind(target) == Kind::identifier) bind(text(target), Binding::other);
        if (kind(target) == Kind::pattern_list || kind(target) == Kind::rest_pattern || kind(target) == Kind::tuple)
            for_each_named_child(target, [&](TSNode part) { collect_targets(part); });
    }

    void collect_imports(TSNode node) {
        const auto module = field(node, g.module_name);
        for_each_named_child(node, [&](TSNode item) {
            if (item.id == module.id) return;
            if (kind(item) == Kind::aliased_import)
                bind(text(field(item, g.alias)), Binding::import);
            else if (kind(item) == Kind::dotted_name)
                bind(ts_node_is_null(module) ? text(named_child(item, 0)) : text(item), Binding::import);
        });
    }

    /// The variable of a name of this scope, made when it is first met.
    Variable variable(Scope& scope, std::string_view name) {
        auto& known = scope.names[name];
        if (!known.variable) {
            const bool has_versions = known.assignments > 1 && !assigned_from_inside_.contains(name);
            known.variable = b.declare_in(scope.function, has_versions);
        }
        return *known.variable;
    }

    /// The scope that a name used here is from, or null.
    Scope* scope_of(std::string_view name) {
        if (scopes_.back().outer.contains(name)) return &outer_scope_of(name);
        for (auto i = scopes_.size(); i-- > 0;) {
            auto& scope = scopes_[i];
            if (scope.kind == ScopeKind::class_ && i + 1 != scopes_.size()) continue;
            if (scope.names.contains(name)) return &scope;
        }
        return nullptr;
    }

    /// Where a name that is declared global or nonlocal is from: the file when no function around has it.
    Scope& outer_scope_of(std::string_view name) {
        for (auto i = scopes_.size() - 1; i-- > 1;)
            if (scopes_[i].kind == ScopeKind::function && scopes_[i].names.contains(name)) return scopes_[i];
        scopes_.front().names.try_emplace(name);
        return scopes_.front();
    }

    Index read_name(std::string_view name) {
        for (const auto& [narrowed, node] : narrowed_)
            if (narrowed == name) return node;
        if (auto* scope = scope_of(name)) return b.read(variable(*scope, name));
        return b.global(b.name(name));
    }

    void assign_name(std::string_view name, Index value) {
        if (name.empty()) return;
        std::erase_if(narrowed_, [&](const auto& entry) { return entry.first == name; });
        auto& scope = scopes_.back().outer.contains(name) ? outer_scope_of(name) : scopes_.back();
        b.assign(variable(scope, name), value);
    }

    CalleeForm form_of_name(std::string_view name) {
        auto* scope = scope_of(name);
        if (scope == nullptr) return CalleeForm::name;
        const auto& known = scope->names[name];
        if (known.assignments != 1) return CalleeForm::name;
        return known.binding == Binding::definition ? CalleeForm::definition
               : known.binding == Binding::import   ? CalleeForm::imported
                                                    : CalleeForm::name;
    }

    // --- statements ---

    /// Whether what comes after may run.
    bool statements(TSNode body) {
        bool goes_on = true;
        for_each_named_child(body, [&](TSNode statement) {
            if (kind(statement) != Kind::comment) goes_on = this->statement(statement);
        });
        return goes_on;
    }

    bool statement(TSNode node) {
        const Deeper deeper(*this);
        if (deeper.is_too_deep()) return true;
        switch (kind(node)) {
            case Kind::function_definition:
                function_definition(node, {});
                return true;
            case Kind::class_definition:
                class_definition(node, {});
                return true;
            case Kind::decorated_definition:
                decorated_definition(node);
                return true;
            case Kind::import_statement:
                import_statement(node);
                return true;
            case Kind::import_from:
                import_from(node);
                return true;
            case Kind::if_statement:
                return if_statement(node);
            case Kind::for_statement:
                for_statement(node);
                return true;
            case Kind::while_statement:
                while_statement(node);
                return true;
            case Kind::try_statement:
                try_statement(node);
                return true;
            case Kind::with_statement:
                return with_statement(node);
            case Kind::match_statement:
                match_statement(node);
                return true;
            case Kind::return_statement:
                b.copy(b.function(b.current()).result, expression(named_child(node, 0)));
                return false;
            case Kind::raise_statement:
                raise_statement(node);
                return false;
            case Kind::block:
                return statements(node);
            case Kind::global_statement:
                return true;
            default:
                for_each_named_child(node, [&](TSNode child) { expression(child); });
                return true;
        }
    }

    bool if_statement(TSNode node) {
        auto branches = b.begin_branches();
        bool goes_on = conditional_block(branches, field(node, g.condition), field(node, g.consequence));
        bool is_exhaustive = false;
        for_each_named_child(node, [&](TSNode clause) {
            if (kind(clause) == Kind::elif_clause)
                goes_on |= conditional_block(branches, field(clause, g.condition), field(clause, g.consequence));
            if (kind(clause) == Kind::else_clause) {
                const bool passes = statements(field(clause, g.body));
                b.end_branch(branches, passes);
                goes_on |= passes;
                is_exhaustive = true;
            }
        });
        b.end_branches(std::move(branches), is_exhaustive);
        return goes_on || !is_exhaustive;
    }

    bool conditional_block(Builder::Branches& branches, TSNode condition, TSNode block) {
        expression(condition);
        const auto narrowed = narrowed_.size();
        narrow(condition);
        const bool goes_on = statements(block);
        if (narrowed_.size() > narrowed) narrowed_.resize(narrowed);
        b.end_branch(branches, goes_on);
        return goes_on;
    }

    /// `isinstance(x, C)`: x is an instance of C in the block.
    void narrow(TSNode condition) {
        if (kind(condition) == Kind::parenthesized) condition = named_child(condition, 0);
        if (kind(condition) == Kind::boolean_operator && text(field(condition, g.operator_)) == "and") {
            narrow(field(condition, g.left));
            return narrow(field(condition, g.right));
        }
        if (kind(condition) != Kind::call || text(field(condition, g.function)) != "isinstance") return;
        const auto arguments = field(condition, g.arguments);
        const auto name = named_child(arguments, 0);
        const auto classes = named_child(arguments, 1);
        if (kind(name) != Kind::identifier || ts_node_is_null(classes)) return;
        std::vector<Index> instances;
        const auto add = [&](TSNode one) { instances.push_back(b.made(OpCode::instance, expression(one))); };
        if (kind(classes) == Kind::tuple)
            for_each_named_child(classes, add);
        else
            add(classes);
        instances.push_back(read_name(text(name)));
        narrowed_.emplace_back(text(name), b.joined(instances));
    }

    void for_statement(TSNode node) {
        const auto iterated = expression(field(node, g.right));
        b.begin_loop();
        assign(field(node, g.left), elements(iterated, field(node, g.right), has_keyword(node, "async")));
        statements(field(node, g.body));
        b.end_loop();
        for_each_named_child(node, [&](TSNode clause) {
            if (kind(clause) == Kind::else_clause) statements(field(clause, g.body));
        });
    }

    void while_statement(TSNode node) {
        b.begin_loop();
        expression(field(node, g.condition));
        statements(field(node, g.body));
        b.end_loop();
        for_each_named_child(node, [&](TSNode clause) {
            if (kind(clause) == Kind::else_clause) statements(field(clause, g.body));
        });
    }

    void try_statement(TSNode node) {
        auto branches = b.begin_branches();
        bool goes_on = statements(field(node, g.body));
        for_each_named_child(node, [&](TSNode clause) {
            if (kind(clause) == Kind::else_clause) goes_on = statements(field(clause, g.body));
        });
        const auto tried = b.end_branch(branches, goes_on);
        for_each_named_child(node, [&](TSNode clause) {
            if (kind(clause) != Kind::except_clause) return;
            b.may_have_run(tried);
            b.end_branch(branches, except_clause(clause));
        });
        b.end_branches(std::move(branches), true);
        for_each_named_child(node, [&](TSNode clause) {
            if (kind(clause) == Kind::finally_clause) for_each_named_child(clause, [&](TSNode s) { statement(s); });
        });
    }

    bool except_clause(TSNode clause) {
        bool goes_on = true;
        for_each_named_child(clause, [&](TSNode part) {
            if (kind(part) == Kind::block) {
                goes_on = statements(part);
            } else if (kind(part) == Kind::as_pattern) {
                assign(named_child(field(part, g.alias), 0), caught(named_child(part, 0)));
            } else {
                caught(part);
            }
        });
        return goes_on;
    }

    /// An exception of one of the classes.
    Index caught(TSNode classes) {
        const auto instance = [&](TSNode of) {
            const auto value = expression(of);
            return value == none ? none : b.made(OpCode::instance, value);
        };
        if (kind(classes) != Kind::tuple) return instance(classes);
        std::vector<Index> each;
        for_each_named_child(classes, [&](TSNode one) { each.push_back(instance(one)); });
        return b.joined(each);
    }

    bool with_statement(TSNode node) {
        const bool is_async = has_keyword(node, "async");
        for_each_named_child(named_child(node, 0), [&](TSNode item) {
            if (kind(item) == Kind::with_item) enter_context(field(item, g.value), is_async);
        });
        return statements(field(node, g.body));
    }

    void enter_context(TSNode item, bool is_async) {
        const bool is_named = kind(item) == Kind::as_pattern;
        const auto manager = is_named ? named_child(item, 0) : item;
        const auto value = expression(manager);
        if (value == none) return;
        const auto entered = implied_call(value, is_async ? "__aenter__" : "__enter__", manager);
        implied_call(value, is_async ? "__aexit__" : "__exit__", manager);
        // A generator that contextlib makes a manager of gives what it yields.
        if (is_named)
            assign(named_child(field(item, g.alias), 0), b.joined({entered, b.made(OpCode::elements, value)}));
    }

    Index implied_call(Index object, std::string_view method, TSNode at) {
        const auto name = b.name(method);
        return b.call({.kind = CallKind::implied,
                       .form = CalleeForm::member,
                       .callee = b.made(OpCode::load, object, name),
                       .name = name,
                       .site = Builder::site(at)},
                      {});
    }

    void match_statement(TSNode node) {
        for_each_named_child(node, [&](TSNode part) {
            if (kind(part) != Kind::block) {
                expression(part);
                return;
            }
            auto branches = b.begin_branches();
            for_each_named_child(
                part, [&](TSNode clause) { b.end_branch(branches, statements(field(clause, g.consequence))); });
            b.end_branches(std::move(branches), false);
        });
    }

    void raise_statement(TSNode node) {
        for_each_named_child(node, [&](TSNode raised) {
            const auto value = expression(raised);
            if (value == none || kind(raised) == Kind::call) return;
            b.call({.kind = CallKind::implied,
                    .form = kind(raised) == Kind::identifier ? form_of_name(text(raised)) : CalleeForm::expression,
                    .callee = value,
                    .name = b.name(text(raised)),
                    .site = Builder::site(raised)},
                   {});
        });
    }

    // --- imports ---

    void import_statement(TSNode node) {
        for_each_named_child(node, [&](TSNode item) {
            if (kind(item) == Kind::aliased_import) {
                const auto module = b.name(text(field(item, g.name)));
                assign_name(text(field(item, g.alias)), b.import({.kind = ImportKind::module, .module = module}));
            } else if (kind(item) == Kind::dotted_name) {
                const auto root = text(named_child(item, 0));
                const bool is_dotted = root.size() < text(item).size();
                assign_name(root, b.import({.kind = is_dotted ? ImportKind::root : ImportKind::module,
                                            .module = b.name(text(item))}));
            }
        });
    }

    void import_from(TSNode node) {
        const auto module_node = field(node, g.module_name);
        const auto module = b.name(without_spaces(text(module_node)));
        for_each_named_child(node, [&](TSNode item) {
            if (item.id == module_node.id) return;
            if (kind(item) == Kind::wildcard_import) {
                flow_.wildcards.push_back({.module = module});
            } else if (kind(item) == Kind::aliased_import || kind(item) == Kind::dotted_name) {
                const bool is_aliased = kind(item) == Kind::aliased_import;
                const auto name = text(is_aliased ? field(item, g.name) : item);
                assign_name(is_aliased ? text(field(item, g.alias)) : name,
                            b.import({.kind = ImportKind::name, .module = module, .name = b.name(name)}));
            }
        });
    }

    static std::string without_spaces(std::string_view text) {
        std::string plain(text);
        std::erase_if(plain, [](char c) { return c == ' ' || c == '\t' || c == '\\' || c == '\n' || c == '\r'; });
        return plain;
    }

    // --- definitions ---

    void decorated_definition(TSNode node) {
        std::vector<TSNode> decorators;
        for_each_named_child(node, [&](TSNode part) {
            if (kind(part) == Kind::decorator) decorators.push_back(named_child(part, 0));
        });
        const auto definition = field(node, g.definition);
        if (kind(definition) == Kind::class_definition) class_definition(definition, decorators);
        if (kind(definition) == Kind::function_definition) function_definition(definition, decorators);
    }

    struct Decorators {
        std::uint16_t flags = 0;
        std::vector<std::pair<TSNode, Index>> called;  ///< in the order of the text
    };

    /// Decorators of the language say what a method is; the others are evaluated.
    Decorators decorators_of(const std::vector<TSNode>& nodes) {
        Decorators decorators;
        const auto set = [&](FunctionFlag flag) { decorators.flags |= static_cast<std::uint16_t>(flag); };
        for (const auto node : nodes) {
            const auto name = text(kind(node) == Kind::attribute ? field(node, g.attribute) : node);
            if (name == "staticmethod")
                set(FunctionFlag::static_);
            else if (name == "classmethod")
                set(FunctionFlag::class_method);
            else if (name == "property" || name == "cached_property" || name == "abstractproperty" || name == "getter")
                set(FunctionFlag::getter);
            else if (name == "setter" || name == "deleter")
                set(FunctionFlag::setter);
            else if (name == "abstractmethod")
                set(FunctionFlag::abstract);
            else
                decorators.called.emplace_back(node, expression(node));
        }
        return decorators;
    }

    Index decorate(const Decorators& decorators, Index value) {
        for (auto i = decorators.called.size(); i-- > 0;) {
            const auto& [node, decorator] = decorators.called[i];
            const auto last = kind(node) == Kind::attribute ? field(node, g.attribute) : node;
            value = b.call({.kind = CallKind::decorate,
                            .form = form_of(node),
                            .callee = decorator,
                            .name = b.name(kind(node) == Kind::call ? "" : text(last)),
                            .site = Builder::site(last)},
                           {{.value = value}});
        }
        return value;
    }

    void function_definition(TSNode node, const std::vector<TSNode>& decorator_nodes) {
        const auto decorators = decorators_of(decorator_nodes);
        const auto name = field(node, g.name);
        const bool in_class = scopes_.back().kind == ScopeKind::class_;
        Function function{.name = b.name(text(name)),
                          .parent = b.current(),
                          .owner = in_class ? scopes_.back().class_ : none,
                          .flags = decorators.flags,
                          .site = Builder::site(name)};
        const auto set = [&](FunctionFlag flag) { function.flags |= static_cast<std::uint16_t>(flag); };
        if (has_keyword(node, "async")) set(FunctionFlag::async);
        if (in_class && !function.has(FunctionFlag::static_)) set(FunctionFlag::binds_receiver);
        if (in_class && text(name) == "__init__") set(FunctionFlag::constructor);
        if (in_class &&
            (text(name) == "__new__" || text(name) == "__init_subclass__" || text(name) == "__class_getitem__"))
            set(FunctionFlag::class_method);
        const auto index = b.add_function(function);
        if (function.has(FunctionFlag::setter)) {
            follow_body(index, node);
            return;
        }
        assign_name(text(name), decorate(decorators, b.made(OpCode::function, index)));
        follow_body(index, node);
    }

    /// Parameters and body of a function or lambda.
    void follow_body(Index index, TSNode node) {
        const Deeper deeper(*this);
        if (deeper.is_too_deep()) return;
        const auto parameter_nodes = field(node, g.parameters);
        const auto defaults = evaluate_defaults(parameter_nodes);
        const auto body = field(node, g.body);
        auto narrowed = std::exchange(narrowed_, {});
        b.enter(index);
        scopes_.push_back({.kind = ScopeKind::function, .function = index});
        for_each_named_child(parameter_nodes, [&](TSNode p) { bind(parameter_name(p), Binding::other); });
        collect_names(body);
        add_parameters(index, parameter_nodes, defaults);
        if (const auto type = field(node, g.return_type); !ts_node_is_null(type))
            b.copy(b.function(index).result, value_of_type(type));
        if (kind(body) == Kind::block)
            statements(body);
        else
            b.copy(b.function(index).result, expression(body));
        scopes_.pop_back();
        b.leave();
        narrowed_ = std::move(narrowed);
    }

    /// Default values belong to the scope around.
    std::vector<Index> evaluate_defaults(TSNode parameters) {
        std::vector<Index> defaults;
        for_each_named_child(parameters, [&](TSNode p) { defaults.push_back(expression(field(p, g.value))); });
        return defaults;
    }

    std::string_view parameter_name(TSNode p) const {
        switch (kind(p)) {
            case Kind::identifier:
                return text(p);
            case Kind::default_parameter:
            case Kind::typed_default_parameter:
                return text(field(p, g.name));
            case Kind::typed_parameter:
            case Kind::rest_pattern:
            case Kind::rest_keywords:
                return parameter_name(named_child(p, 0));
            default:
                return {};
        }
    }

    static ParameterKind rest_kind(Kind kind, ParameterKind otherwise) {
        return kind == Kind::rest_pattern    ? ParameterKind::rest
               : kind == Kind::rest_keywords ? ParameterKind::keyword_rest
                                             : otherwise;
    }

    void add_parameters(Index index, TSNode nodes, const std::vector<Index>& defaults) {
        std::vector<Parameter> parameters;
        auto parameter_kind = ParameterKind::positional;
        std::size_t position = 0;
        for_each_named_child(nodes, [&](TSNode p) {
            const auto default_value = defaults[position++];
            if (kind(p) == Kind::keyword_separator) parameter_kind = ParameterKind::keyword_only;
            if (kind(p) == Kind::keyword_separator || kind(p) == Kind::positional_separator || kind(p) == Kind::comment)
                return;
            const auto inner = kind(p) == Kind::typed_parameter ? named_child(p, 0) : p;
            const auto this_kind = rest_kind(kind(inner), parameter_kind);
            if (this_kind == ParameterKind::rest) parameter_kind = ParameterKind::keyword_only;
            const auto name = parameter_name(p);
            const auto node = b.node();
            b.copy(node, default_value);
            if (const auto type = field(p, g.type);
                !ts_node_is_null(type) && this_kind != ParameterKind::rest && this_kind != ParameterKind::keyword_rest)
                b.copy(node, value_of_type(type));
            if (!name.empty()) b.assign(variable(scopes_.back(), name), node);
            const bool is_optional = !ts_node_is_null(field(p, g.value));
            parameters.push_back({this_kind, name.empty() ? none : b.name(name), node, is_optional});
        });
        auto& function = b.function(index);
        if (function.has(FunctionFlag::binds_receiver) && !parameters.empty()) function.receiver = parameters[0].node;
        b.set_parameters(index, parameters);
    }

    void class_definition(TSNode node, const std::vector<TSNode>& decorator_nodes) {
        const auto decorators = decorators_of(decorator_nodes);
        const auto name = field(node, g.name);
        const bool in_class = scopes_.back().kind == ScopeKind::class_;
        std::vector<Index> bases;
        for_each_named_child(field(node, g.superclasses), [&](TSNode base) {
            if (kind(base) == Kind::keyword_argument) {
                expression(field(base, g.value));
            } else if (kind(base) != Kind::comment) {
                // Generic[T], Base[T]
                const auto value = expression(kind(base) == Kind::subscript ? field(base, g.value) : base);
                if (value != none) bases.push_back(value);
            }
        });
        const auto index = b.add_class({.name = b.name(text(name)),
                                        .function = b.current(),
                                        .outer_class = in_class ? scopes_.back().class_ : none,
                                        .site = Builder::site(name)});
        b.set_bases(index, bases);
        assign_name(text(name), decorate(decorators, b.made(OpCode::class_, index)));
        follow_class_body(index, field(node, g.body));
    }

    void follow_class_body(Index index, TSNode body) {
        scopes_.push_back({.kind = ScopeKind::class_, .function = b.current(), .class_ = index});
        collect_names(body);
        statements(body);
        std::vector<std::pair<std::string_view, Variable>> names;
        for (auto& [name, known] : scopes_.back().names) names.emplace_back(name, variable(scopes_.back(), name));
        std::ranges::sort(names);
        std::vector<Member> members;
        for (const auto& [name, variable] : names)
            members.push_back({MemberKind::shared, b.name(name), b.all_of(variable)});
        b.set_members(index, members);
        scopes_.pop_back();
    }

    // --- assignments ---

    /// What the assignment gives, for `a = b = f`.
    Index assignment(TSNode node) {
        const auto target = field(node, g.left);
        const auto right = field(node, g.right);
        if (kind(target) == Kind::pattern_list && assign_pairwise(target, right)) return none;
        std::vector<Index> values;
        if (!ts_node_is_null(right)) values.push_back(expression(right));
        if (const auto type = field(node, g.type); !ts_node_is_null(type)) values.push_back(value_of_type(type));
        const auto value = b.joined(values);
        if (!ts_node_is_null(right) || value != none) assign(target, value);
        return value;
    }

    bool is_plain_sequence(TSNode node) const {
        if (kind(node) != Kind::expression_list && kind(node) != Kind::tuple && kind(node) != Kind::list) return false;
        bool is_plain = true;
        for_each_named_child(node, [&](TSNode part) { is_plain &= kind(part) != Kind::list_splat; });
        return is_plain;
    }

    std::vector<TSNode> parts_of(TSNode node) const {
        std::vector<TSNode> parts;
        for_each_named_child(node, [&](TSNode part) {
            if (kind(part) != Kind::comment) parts.push_back(part);
        });
        return parts;
    }

    /// `a, *b, c = f, g, h`: each target takes its own.
    bool assign_pairwise(TSNode target, TSNode right) {
        if (!is_plain_sequence(right)) return false;
        std::vector<Index> values;
        for (const auto part : parts_of(right)) values.push_back(expression(part));
        assign_parts(target, values.size(), [&](std::size_t i) { return values[i]; });
        return true;
    }

    /// Gives each part of a pattern its share of `count` values.
    template <class ValueAt>
    void assign_parts(TSNode pattern, std::size_t count, ValueAt value_at) {
        const auto targets = parts_of(pattern);
        std::size_t next = 0;
        for (std::size_t i = 0; i < targets.size(); ++i) {
            if (kind(targets[i]) != Kind::rest_pattern) {
                assign(targets[i], next < count ? value_at(next) : none);
                ++next;
                continue;
            }
            const auto after = targets.size() - i - 1;
            const auto list = new_container(ContainerKind::list);
            for (std::size_t slot = 0; next + after < count; ++next)
                b.op(OpCode::store_item, none, list, number(slot++), value_at(next));
            assign(named_child(targets[i], 0), list);
        }
    }

    void assign(TSNode target, Index value) {
        switch (kind(target)) {
            case Kind::identifier:
                return assign_name(text(target), value);
            case Kind::attribute: {
                const auto object = expression(field(target, g.object));
                if (object != none && value != none)
                    b.op(OpCode::store, none, object, b.name(text(field(target, g.attribute))), value);
                return;
            }
            case Kind::subscript: {
                const auto object = expression(field(target, g.value));
                const auto key = key_of(target);
                if (object != none && value != none) b.op(OpCode::store_item, none, object, key, value);
                return;
            }
            case Kind::pattern_list:
            case Kind::tuple:
                return unpack(target, value);
            case Kind::rest_pattern:
            case Kind::parenthesized:
                return assign(named_child(target, 0), value);
            default:
                return;
        }
    }

    void unpack(TSNode pattern, Index value) {
        std::size_t position = 0;
        bool is_counted = true;
        for (const auto part : parts_of(pattern)) {
            if (kind(part) == Kind::rest_pattern) {
                const auto rest = new_container(ContainerKind::list);
                if (value != none) b.op(OpCode::store_item, none, rest, none, b.made(OpCode::elements, value));
                assign(named_child(part, 0), rest);
                is_counted = false;
            } else {
                assign(part, value == none ? none
                             : is_counted  ? b.made(OpCode::load_item, value, number(position))
                                           : b.made(OpCode::elements, value));
            }
            ++position;
        }
    }

    Index number(std::size_t value) { return b.literal(b.name("[" + std::to_string(value))); }

    Index new_container(ContainerKind kind) { return b.made(OpCode::container, static_cast<Index>(kind)); }

    // --- expressions: the node that holds the value, or none where nothing is known of it ---

    Index expression(TSNode node) {
        const Deeper deeper(*this);
        if (ts_node_is_null(node) || deeper.is_too_deep()) return none;
        switch (kind(node)) {
            case Kind::comment:
                return none;
            case Kind::identifier:
                return read_name(text(node));
            case Kind::attribute:
                return attribute(node);
            case Kind::subscript:
                return subscript(node);
            case Kind::call:
                return call(node);
            case Kind::lambda:
                return lambda(node);
            case Kind::list:
            case Kind::tuple:
            case Kind::expression_list:
            case Kind::pattern_list:
                return sequence(node);
            case Kind::dictionary:
                return dictionary(node);
            case Kind::comprehension:
                return comprehension(node);
            case Kind::string:
                return string(node);
            case Kind::integer:
                return text(node).size() <= literal_bytes_max ? b.literal(b.name({"[", text(node)})) : none;
            case Kind::parenthesized:
            case Kind::await:
            case Kind::list_splat:
            case Kind::dictionary_splat:
                return expression(named_child(node, 0));
            case Kind::conditional:
                return conditional(node);
            case Kind::boolean_operator:
            case Kind::binary_operator:
                return operation(node);
            case Kind::named_expression: {
                const auto value = expression(field(node, g.value));
                assign_name(text(field(node, g.name)), value);
                return value;
            }
            case Kind::assignment:
                return assignment(node);
            case Kind::augmented_assignment:
                augmented_assignment(node);
                return none;
            case Kind::yield:
                return yield(node);
            case Kind::keyword_argument:
                return expression(field(node, g.value));
            case Kind::function_definition:
            case Kind::class_definition:
            case Kind::type:
                return none;
            default:
                for_each_named_child(node, [&](TSNode child) { expression(child); });
                return none;
        }
    }

    Index attribute(TSNode node) {
        const auto object = expression(field(node, g.object));
        return object == none ? none : b.made(OpCode::load, object, b.name(text(field(node, g.attribute))));
    }

    Index key_of(TSNode subscript) {
        const auto key = field(subscript, g.subscript);
        return expression(key);
    }

    Index subscript(TSNode node) {
        const auto object = expression(field(node, g.value));
        const auto key_node = field(node, g.subscript);
        if (kind(key_node) == Kind::slice) return slice(object, key_node);
        const auto key = expression(key_node);
        return object == none ? none : b.made(OpCode::load_item, object, key);
    }

    /// `list[1:3]` counts anew: what was at 1 is at 0.
    Index slice(Index object, TSNode node) {
        for_each_named_child(node, [&](TSNode bound) { expression(bound); });
        if (object == none) return none;
        const auto list = new_container(ContainerKind::list);
        const auto bounds = slice_bounds(node);
        if (!bounds) {
            b.op(OpCode::store_item, none, list, none, b.made(OpCode::elements, object));
            return list;
        }
        for (auto i = bounds->first; i < bounds->second; ++i)
            b.op(OpCode::store_item, none, list, number(i - bounds->first),
                 b.made(OpCode::load_item, object, number(i)));
        return list;
    }

    std::optional<std::pair<std::size_t, std::size_t>> slice_bounds(TSNode node) const {
        constexpr std::size_t items_max = 16;
        if (ts_node_named_child_count(node) != 2 || std::ranges::count(text(node), ':') != 1) return {};
        const auto bound = [&](std::uint32_t i) -> std::size_t {
            const auto digits = text(named_child(node, i));
            const bool is_number = kind(named_child(node, i)) == Kind::integer && digits.size() < 6 &&
                                   std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
            return is_number ? std::stoul(std::string(digits)) : SIZE_MAX;
        };
        const auto first = bound(0);
        const auto end = bound(1);
        if (first == SIZE_MAX || end == SIZE_MAX || end < first || end - first > items_max) return {};
        return std::pair{first, end};
    }

    Index call(TSNode node) {
        const auto function = field(node, g.function);
        const auto argument_list = field(node, g.arguments);
        if (kind(function) == Kind::identifier && text(function) == "super" && scope_of("super") == nullptr)
            return super(argument_list);
        const auto callee = expression(function);
        const auto arguments = this->arguments(argument_list);
        const auto named = kind(function) == Kind::attribute ? field(function, g.attribute) : function;
        const bool has_name = kind(function) == Kind::attribute || kind(function) == Kind::identifier;
        return b.call({.kind = CallKind::call,
                       .form = form_of(function),
                       .callee = callee,
                       .name = b.name(has_name ? text(named) : ""),
                       .site = Builder::site(named)},
                      arguments);
    }

    CalleeForm form_of(TSNode callee) {
        if (kind(callee) == Kind::identifier) return form_of_name(text(callee));
        if (kind(callee) != Kind::attribute) return CalleeForm::expression;
        const auto object = field(callee, g.object);
        const auto receiver = receiver_name();
        return kind(object) == Kind::identifier && !receiver.empty() && text(object) == receiver
                   ? CalleeForm::self_member
                   : CalleeForm::member;
    }

    /// The function around that binds its receiver, or none.
    Index method() const {
        for (auto index = b_current(); index != none; index = flow_.functions[index].parent)
            if (flow_.functions[index].has(FunctionFlag::binds_receiver)) return index;
        return none;
    }
    Index b_current() const { return b.current(); }

    std::string_view receiver_name() const {
        const auto index = method();
        if (index == none || flow_.functions[index].parameter_count == 0) return {};
        const auto name = flow_.parameters[flow_.functions[index].first_parameter].name;
        return name == none ? std::string_view{} : flow_.names[name];
    }

    Index super(TSNode arguments) {
        const auto explicit_receiver = expression(named_child(arguments, 1));
        const auto index = method();
        if (index == none) return none;
        const auto& function = flow_.functions[index];
        const auto receiver = explicit_receiver != none ? explicit_receiver : function.receiver;
        return receiver == none ? none : b.made(OpCode::super, receiver, function.owner);
    }

    std::vector<Argument> arguments(TSNode list) {
        std::vector<Argument> arguments;
        if (kind(list) == Kind::comprehension) return {{.value = expression(list)}};
        for_each_named_child(list, [&](TSNode argument) {
            switch (kind(argument)) {
                case Kind::comment:
                    return;
                case Kind::keyword_argument:
                    arguments.push_back({ArgumentKind::keyword, expression(field(argument, g.value)),
                                         b.name(text(field(argument, g.name)))});
                    return;
                case Kind::list_splat:
                    arguments.push_back({ArgumentKind::spread, expression(named_child(argument, 0))});
                    return;
                case Kind::dictionary_splat:
                    arguments.push_back({ArgumentKind::keyword_spread, expression(named_child(argument, 0))});
                    return;
                default:
                    arguments.push_back({.value = expression(argument)});
            }
        });
        return arguments;
    }

    Index lambda(TSNode node) {
        auto& scope = *std::ranges::find_if(scopes_.rbegin(), scopes_.rend(),
                                            [](const Scope& s) { return s.kind != ScopeKind::comprehension; });
        Function function{.name = b.name("<lambda" + std::to_string(++scope.lambdas) + ">"),
                          .parent = b.current(),
                          .flags = static_cast<std::uint16_t>(FunctionFlag::unnamed),
                          .site = Builder::site(node)};
        function.owner = scope.kind == ScopeKind::class_ ? scope.class_ : none;
        const auto index = b.add_function(function);
        follow_body(index, node);
        return b.made(OpCode::function, index);
    }

    Index sequence(TSNode node) {
        const auto list = new_container(ContainerKind::list);
        std::size_t position = 0;
        bool is_counted = true;
        for (const auto part : parts_of(node)) {
            const auto value = expression(part);
            if (kind(part) == Kind::list_splat) {
                is_counted = false;
                if (value != none) b.op(OpCode::store_item, none, list, none, b.made(OpCode::elements, value));
            } else if (value != none) {
                b.op(OpCode::store_item, none, list, is_counted ? number(position) : none, value);
            }
            ++position;
        }
        return list;
    }

    Index dictionary(TSNode node) {
        const auto object = new_container(ContainerKind::dictionary);
        for (const auto part : parts_of(node)) {
            if (kind(part) == Kind::pair) {
                const auto key = expression(field(part, g.key));
                const auto value = expression(field(part, g.value));
                if (value != none) b.op(OpCode::store_item, none, object, key, value);
            } else if (const auto merged = expression(part); merged != none) {
                b.op(OpCode::merge, none, object, merged);
            }
        }
        return object;
    }

    Index comprehension(TSNode node) {
        scopes_.push_back({.kind = ScopeKind::comprehension, .function = b.current()});
        for_each_named_child(node, [&](TSNode part) {
            if (kind(part) != Kind::for_in_clause) return;
            collect_targets(field(part, g.left));
        });
        for_each_named_child(node, [&](TSNode part) {
            if (kind(part) == Kind::for_in_clause) {
                const auto iterated = field(part, g.right);
                assign(field(part, g.left), elements(expression(iterated), iterated, has_keyword(part, "async")));
            } else if (kind(part) == Kind::if_clause) {
                expression(named_child(part, 0));
            }
        });
        const auto body = field(node, g.body);
        const bool is_dictionary = kind(body) == Kind::pair;
        if (is_dictionary) expression(field(body, g.key));
        const auto value = expression(is_dictionary ? field(body, g.value) : body);
        scopes_.pop_back();
        const auto list = new_container(is_dictionary ? ContainerKind::dictionary : ContainerKind::list);
        if (value != none) b.op(OpCode::store_item, none, list, none, value);
        return list;
    }

    /// What iterating over a value gives; objects of the program's own classes are asked by their protocol.
    Index elements(Index iterated, TSNode at, bool is_async) {
        if (iterated == none) return none;
        const auto iterator = implied_call(iterated, is_async ? "__aiter__" : "__iter__", at);
        const auto next = implied_call(iterator, is_async ? "__anext__" : "__next__", at);
        return b.joined({b.made(OpCode::elements, iterated), b.made(OpCode::elements, iterator), next});
    }

    Index string(TSNode node) {
        std::string_view content;
        std::uint32_t parts = 0;
        for_each_named_child(node, [&](TSNode part) {
            if (kind(part) == Kind::string_content) {
                content = text(part);
                ++parts;
            } else if (ts_node_named_child_count(part) > 0) {
                expression(named_child(part, 0));  // f"{value}"
                ++parts;
            }
        });
        if (parts != 1 || content.empty() || content.size() > literal_bytes_max) return none;
        return b.literal(b.name({"['", content}));
    }

    Index conditional(TSNode node) {
        const auto chosen = expression(named_child(node, 0));
        expression(named_child(node, 1));
        return b.joined({chosen, expression(named_child(node, 2))});
    }

    /// `a + b` and `a or b` give one or the other. Long chains lean to the left: no recursion there.
    Index operation(TSNode node) {
        std::vector<TSNode> rights;
        bool passes = true;
        for (; kind(node) == Kind::binary_operator || kind(node) == Kind::boolean_operator;
             node = field(node, g.left)) {
            passes &= kind(node) == Kind::boolean_operator || text(field(node, g.operator_)) == "+";
            rights.push_back(field(node, g.right));
        }
        std::vector<Index> values{expression(node)};
        for (auto i = rights.size(); i-- > 0;) values.push_back(expression(rights[i]));
        return passes ? b.joined(values) : none;
    }

    void augmented_assignment(TSNode node) {
        const auto target = field(node, g.left);
        const auto value = expression(field(node, g.right));
        const auto before = expression(target);
        if (kind(target) == Kind::identifier) assign(target, b.joined({before, value}));
    }

    Index yield(TSNode node) {
        auto value = expression(named_child(node, 0));
        const bool is_delegated =
            ts_node_child_count(node) > 1 && ts_node_type(ts_node_child(node, 1)) == std::string_view("from");
        if (is_delegated && value != none) value = b.made(OpCode::elements, value);
        auto& function = b.function(b.current());
        function.flags |= static_cast<std::uint16_t>(FunctionFlag::generator);
        if (function.yielded == none) {
            const auto yielded = b.node();
            b.function(b.current()).yielded = yielded;
        }
        b.copy(b.function(b.current()).yielded, value);
        return none;
    }

    // --- types: the node that holds what a value of the type may be ---

    Index value_of_type(TSNode node) {
        const Deeper deeper(*this);
        if (ts_node_is_null(node) || deeper.is_too_deep()) return none;
        switch (kind(node)) {
            case Kind::type:
            case Kind::parenthesized:
                return value_of_type(named_child(node, 0));
            case Kind::identifier:
            case Kind::attribute: {
                const auto type = expression(node);
                return type == none ? none : b.made(OpCode::instance, type);
            }
            case Kind::string:
                return value_of_forward_reference(node);
            case Kind::binary_operator:
                return b.joined({value_of_type(field(node, g.left)), value_of_type(field(node, g.right))});
            case Kind::subscript:
                return value_of_generic(text(last_name(field(node, g.value))), field(node, g.value), node);
            default:
                if (ts_node_type(node) == std::string_view("generic_type"))
                    return value_of_generic(text(named_child(node, 0)), named_child(node, 0), named_child(node, 1));
                if (ts_node_type(node) == std::string_view("union_type")) {
                    std::vector<Index> all;
                    for_each_named_child(node, [&](TSNode part) { all.push_back(value_of_type(part)); });
                    return b.joined(all);
                }
                return none;
        }
    }

    TSNode last_name(TSNode node) const { return kind(node) == Kind::attribute ? field(node, g.attribute) : node; }

    /// `parameters` holds the arguments of the type, after its name where it is a subscript.
    Index value_of_generic(std::string_view name, TSNode type, TSNode parameters) {
        std::vector<TSNode> of;
        for_each_named_child(parameters, [&](TSNode part) {
            if (part.id != type.id) of.push_back(part);
        });
        if (of.empty()) return none;
        if (name == "Optional" || name == "Union" || name == "Annotated" || name == "ClassVar" || name == "Final" ||
            name == "Awaitable" || name == "Required" || name == "NotRequired") {
            std::vector<Index> all;
            for (const auto part : of) all.push_back(value_of_type(part));
            return b.joined(all);
        }
        if (name == "Coroutine") return value_of_type(of.back());
        if (name == "Type" || name == "type")
            return expression(kind(of[0]) == Kind::type ? named_child(of[0], 0) : of[0]);
        if (is_collection(name)) return collection_of_type(name, of);
        const auto value = expression(type);
        return value == none ? none : b.made(OpCode::instance, value);
    }

    static bool is_collection(std::string_view name) {
        static const std::unordered_set<std::string_view> names{
            "List",          "list",          "Sequence",    "MutableSequence",
            "Iterable",      "Iterator",      "Generator",   "Collection",
            "Set",           "set",           "FrozenSet",   "frozenset",
            "Deque",         "deque",         "Tuple",       "tuple",
            "Dict",          "dict",          "Mapping",     "MutableMapping",
            "DefaultDict",   "defaultdict",   "OrderedDict", "AsyncIterator",
            "AsyncIterable", "AsyncGenerator"};
        return names.contains(name);
    }

    Index collection_of_type(std::string_view name, const std::vector<TSNode>& of) {
        const bool is_mapping = name.ends_with("ict") || name.ends_with("Dict") || name.ends_with("Mapping");
        const auto list = new_container(is_mapping ? ContainerKind::dictionary : ContainerKind::list);
        const auto store = [&](TSNode type, Index key) {
            if (const auto value = value_of_type(type); value != none) b.op(OpCode::store_item, none, list, key, value);
        };
        if (name == "Tuple" || name == "tuple") {
            for (std::size_t i = 0; i < of.size(); ++i)
                store(of[i], of.size() == 2 && text(of[1]) == "..." ? none : number(i));
        } else if (is_mapping) {
            store(of.back(), none);
        } else {
            store(of.front(), none);
        }
        return list;
    }

    /// `'package.Class'`: names alone.
    Index value_of_forward_reference(TSNode node) {
        const auto quoted = text(node);
        if (quoted.size() < 3) return none;
        auto path = quoted.substr(1, quoted.size() - 2);
        const auto is_name = [](char c) {
            return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
        };
        if (!std::ranges::all_of(path, is_name)) return none;
        Index value = none;
        for (bool is_first = true; !path.empty(); is_first = false) {
            const auto part = path.substr(0, path.find('.'));
            path = part.size() < path.size() ? path.substr(part.size() + 1) : std::string_view{};
            value = is_first ? read_name(part) : value == none ? none : b.made(OpCode::load, value, b.name(part));
        }
        return value == none ? none : b.made(OpCode::instance, value);
    }

    Builder b;
    FileFlow& flow_;
    std::string_view source_;
    bool has_named_expressions_ = source_.find(":=") != std::string_view::npos;
    const Grammar& g = grammar();
    std::uint32_t depth_ = 0;
    std::vector<Scope> scopes_;
    std::unordered_set<std::string_view> assigned_from_inside_;
    std::vector<std::pair<std::string_view, Index>> narrowed_;  ///< names that a condition says more of
    std::vector<std::pair<std::string_view, Variable>> module_names_;
};

}  // namespace

void follow_python(FileFlow& flow, TSNode root, std::string_view source) {
    PythonFlow(flow, source).follow(root);
}

}  // namespace gsdb::codebase::flow
