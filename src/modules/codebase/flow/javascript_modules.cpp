// Imports and exports, of ECMAScript and of CommonJS.

#include "modules/codebase/flow/javascript_flow.hpp"

namespace gsdb::codebase::flow::javascript {

void JavascriptFlow::import_statement(TSNode node) {
    bool binds = false;
    const auto source = field(node, g.source);
    for_each_part(g, node, [&](TSNode each) {
        if (kind(each) == Kind::import_clause) {
            binds = true;
            import_clause(each, b.name(string_content(source)));
        } else if (kind(each) == Kind::import_require) {
            binds = true;
            const auto module = b.name(string_content(field(each, g.source)));
            assign_name(text(part(each)), b.import({.kind = ImportKind::commonjs, .module = module}));
        }
    });
    if (!binds && !ts_node_is_null(source))
        b.import({.kind = ImportKind::module, .module = b.name(string_content(source))});
}

void JavascriptFlow::import_clause(TSNode clause, Index module) {
    for_each_part(g, clause, [&](TSNode each) {
        switch (kind(each)) {
            case Kind::identifier:
                return assign_name(text(each), b.import({.kind = ImportKind::default_, .module = module}));
            case Kind::namespace_import:
                return assign_name(text(part(each)), b.import({.kind = ImportKind::module, .module = module}));
            case Kind::named_imports:
                return for_each_part(g, each, [&](TSNode specifier) {
                    const auto name = field(specifier, g.name);
                    const auto alias = field(specifier, g.alias);
                    assign_name(text(ts_node_is_null(alias) ? name : alias), import_named(module, name));
                });
            default:
                return;
        }
    });
}

Index JavascriptFlow::import_named(Index module, TSNode name) {
    const auto plain = kind(name) == Kind::string ? string_content(name) : text(name);
    if (plain == "default") return b.import({.kind = ImportKind::default_, .module = module});
    return b.import({.kind = ImportKind::name, .module = module, .name = b.name(plain)});
}

/// `import a = b.c`
void JavascriptFlow::import_alias(TSNode node) {
    const auto alias = part(node);
    auto source = named_child(node, ts_node_named_child_count(node) - 1);
    std::vector<TSNode> path;
    for (; kind(source) == Kind::nested_identifier; source = field(source, g.object))
        path.push_back(field(source, g.property));
    auto value = expression(source);
    for (auto i = path.size(); i-- > 0 && value != none;) value = b.made(OpCode::load, value, b.name(text(path[i])));
    assign_name(text(alias), value);
}

void JavascriptFlow::export_statement(TSNode node) {
    const auto source = field(node, g.source);
    const auto declaration = field(node, g.declaration);
    const auto value = field(node, g.value);
    bool is_default = false;
    bool is_whole = false;
    bool is_all = false;
    for (std::uint32_t i = 0; i < ts_node_child_count(node) && i < 16; ++i) {
        const std::string_view word = ts_node_type(ts_node_child(node, i));
        is_default |= word == "default";
        is_whole |= word == "=";
        is_all |= word == "*";
    }
    exported_decorators_ = decorators_of(node);
    if (!ts_node_is_null(declaration)) {
        statement(declaration);
        export_declared(declaration, is_default);
    } else if (!ts_node_is_null(value)) {
        const auto word = ts_node_child(node, 1);
        const auto held = expression(value, {.name = "default", .site = is_default ? word : TSNode{}});
        export_name("default", held == none ? b.node() : held);
    } else if (is_whole) {
        b.copy(module_exports(), expression(part(node)));
    } else if (is_all) {
        flow_.wildcards.push_back({.module = b.name(string_content(source)), .is_export_only = true});
    }
    exported_decorators_.clear();
    for_each_part(g, node, [&](TSNode each) {
        if (kind(each) == Kind::export_clause) export_list(each, source);
        if (kind(each) == Kind::namespace_export) {
            const auto name = part(each);
            export_name(kind(name) == Kind::string ? string_content(name) : text(name),
                        b.import({.kind = ImportKind::module, .module = b.name(string_content(source))}));
        }
    });
}

void JavascriptFlow::export_list(TSNode clause, TSNode source) {
    for_each_part(g, clause, [&](TSNode specifier) {
        const auto name = field(specifier, g.name);
        if (ts_node_is_null(name)) return;
        const auto alias = ts_node_is_null(field(specifier, g.alias)) ? name : field(specifier, g.alias);
        const auto value =
            ts_node_is_null(source) ? all_of_name(text(name)) : import_named(b.name(string_content(source)), name);
        if (value != none) export_name(kind(alias) == Kind::string ? string_content(alias) : text(alias), value);
    });
}

void JavascriptFlow::export_declared(TSNode declaration, bool is_default) {
    switch (kind(declaration)) {
        case Kind::ambient:
            return export_declared(part(declaration), is_default);
        case Kind::lexical_declaration:
        case Kind::variable_declaration:
            return for_each_part(g, declaration, [&](TSNode declarator) {
                for (const auto name : scopes_.targets(field(declarator, g.name)))
                    export_name(text(name), all_of_name(text(name)));
            });
        case Kind::expression_statement:
            return export_declared(part(declaration), is_default);
        case Kind::import_alias:
            return export_name(text(part(declaration)), all_of_name(text(part(declaration))));
        case Kind::function_declaration:
        case Kind::function_signature:
        case Kind::class_declaration:
        case Kind::enum_declaration:
        case Kind::namespace_: {
            auto name = field(declaration, g.name);
            for (int i = 0; i < 64 && kind(name) == Kind::nested_identifier; ++i) name = field(name, g.object);
            if (kind(name) == Kind::string || text(name).empty()) return;
            return export_name(is_default ? "default" : text(name), all_of_name(text(name)));
        }
        default:
            return;
    }
}

/// A namespace has what it exports as attributes.
void JavascriptFlow::export_name(std::string_view name, Index node) {
    if (node == none) return;
    if (namespace_ != none)
        b.op(OpCode::store, none, namespace_, b.name(name), node);
    else
        flow_.exports.push_back({b.name(name), node});
}

// --- CommonJS ---

/// The node of `module.exports`: first the object that `exports` is, too.
Index JavascriptFlow::module_exports() {
    if (module_exports_ != none) return module_exports_;
    const auto object = b.node_of(0);
    b.op_in(0, OpCode::container, object, static_cast<Index>(ContainerKind::object));
    module_exports_ = b.node_of(0);
    exports_ = b.node_of(0);
    b.op_in(0, OpCode::copy, module_exports_, object);
    b.op_in(0, OpCode::copy, exports_, object);
    flow_.commonjs_exports = module_exports_;
    return module_exports_;
}

Index JavascriptFlow::exports_object() {
    module_exports();
    return exports_;
}

bool JavascriptFlow::is_module_exports(TSNode node) {
    return kind(node) == Kind::member && text(field(node, g.property)) == "exports" &&
           is_undeclared(field(node, g.object), "module");
}

}  // namespace gsdb::codebase::flow::javascript
