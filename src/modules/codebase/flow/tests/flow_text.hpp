#pragma once
// A flow as lines of text, to be compared with what a case expects. Nodes are numbered in the order of their mention.
//
//   function f(a=%1, ...b=%2) @1:10 -> %3 +async
//       %4 = a.load name(%1)
//   class A @3:7 extends %5
//       instance m = %6
//   export f = %7

#include <fmt/format.h>

#include <string>
#include <unordered_map>

#include "modules/codebase/flow/flow.hpp"

namespace gsdb::codebase::flow {

class FlowText {
  public:
    explicit FlowText(const FileFlow& flow) : flow_(flow) {}

    std::string text() {
        std::string all;
        for (Index i = 0; i < flow_.functions.size(); ++i) all += function(i);
        for (Index i = 0; i < flow_.classes.size(); ++i) all += class_(i);
        for (const auto& [to, member] : flow_.additions)
            all += fmt::format("{} takes {} = {}\n", node(to), name(member.name), node(member.node));
        if (flow_.package != none) all += fmt::format("package {}\n", name(flow_.package));
        for (const auto& [name, node] : flow_.exports)
            all += fmt::format("export {} = {}\n", this->name(name), this->node(node));
        if (flow_.commonjs_exports != none) all += fmt::format("module.exports = {}\n", node(flow_.commonjs_exports));
        for (const auto& wildcard : flow_.wildcards)
            all += fmt::format("{} * from {}\n", wildcard.is_export_only ? "export" : "import", name(wildcard.module));
        if (!flow_.is_complete) all += "incomplete\n";
        return all;
    }

  private:
    std::string name(Index index) const { return index == none ? "?" : std::string(flow_.names[index]); }

    std::string node(Index index) {
        if (index == none) return "-";
        return fmt::format("%{}", numbers_.try_emplace(index, numbers_.size() + 1).first->second);
    }

    static std::string place(const Site& site) { return fmt::format("@{}:{}", site.line, site.column); }

    std::string function_name(Index index) const { return index == 0 ? "<file>" : name(flow_.functions[index].name); }

    std::string function(Index index) {
        const auto& f = flow_.functions[index];
        auto all = index == 0 ? std::string("file") : fmt::format("function {}", function_name(index));
        if (index != 0) {
            all += "(";
            if (f.receiver != none) all += fmt::format("this={}", node(f.receiver));
            for (Index i = 0; i < f.parameter_count; ++i)
                all += (i > 0 || f.receiver != none ? ", " : "") + parameter(flow_.parameters[f.first_parameter + i]);
            all += fmt::format(") {} in {}", place(f.site), function_name(f.parent));
            if (f.owner != none) all += fmt::format(" of {}", name(flow_.classes[f.owner].name));
            all += flags(f);
            if (is_used(f.result)) all += fmt::format(" returns {}", node(f.result));
            if (f.yielded != none) all += fmt::format(" yields {}", node(f.yielded));
        }
        all += "\n";
        for (Index i = 0; i < f.op_count; ++i) all += "    " + op(flow_.ops[f.first_op + i]) + "\n";
        return all;
    }

    /// Whether an op fills the node.
    bool is_used(Index node) const {
        for (const auto& op : flow_.ops)
            if (op.target == node) return true;
        return false;
    }

    std::string parameter(const Parameter& p) {
        constexpr const char* kinds[] = {"", "keyword ", "...", "**"};
        const auto type = p.type == none ? "" : ":" + node(p.type);
        return fmt::format("{}{}={}{}", kinds[static_cast<int>(p.kind)], name(p.name), node(p.node), type);
    }

    static std::string flags(const Function& f) {
        constexpr const char* labels[] = {
            "generator",    "async",   "static",   "class_method",    "getter",         "setter",   "constructor",
            "lexical_this", "unnamed", "abstract", "inline_argument", "binds_receiver", "runs_once"};
        std::string all;
        for (std::size_t bit = 0; bit < std::size(labels); ++bit)
            if ((f.flags >> bit & 1U) != 0) all += fmt::format(" +{}", labels[bit]);
        return all;
    }

    std::string class_(Index index) {
        const auto& c = flow_.classes[index];
        auto all = fmt::format("class {} {} in {}", name(c.name), place(c.site), function_name(c.function));
        if (c.outer_class != none) all += fmt::format(" of {}", name(flow_.classes[c.outer_class].name));
        for (Index i = 0; i < c.base_count; ++i)
            all += fmt::format("{}{}", i == 0 ? " extends " : ", ", node(flow_.bases[c.first_base + i]));
        if (c.initializer != none) all += " +initializer";
        constexpr const char* flags[] = {"abstract", "interface", "structural"};
        for (std::size_t bit = 0; bit < std::size(flags); ++bit)
            if ((c.flags >> bit & 1U) != 0) all += fmt::format(" +{}", flags[bit]);
        all += "\n";
        constexpr const char* kinds[] = {"shared", "static", "instance"};
        for (Index i = 0; i < c.member_count; ++i) {
            const auto& member = flow_.members[c.first_member + i];
            all += fmt::format("    {} {} = {}\n", kinds[static_cast<int>(member.kind)], name(member.name),
                               node(member.node));
        }
        return all;
    }

    std::string op(const Op& o) {
        const auto target = o.target == none ? std::string() : node(o.target) + " = ";
        switch (o.code) {
            case OpCode::copy:
                return target + node(o.a);
            case OpCode::function:
                return target + "function " + function_name(o.a);
            case OpCode::class_:
                return target + "class " + name(flow_.classes[o.a].name);
            case OpCode::literal:
                return target + "literal " + name(o.a);
            case OpCode::container: {
                constexpr const char* kinds[] = {"list", "dictionary", "object"};
                return target + "new " + kinds[o.a];
            }
            case OpCode::instance:
                return target + "instance of " + node(o.a);
            case OpCode::load:
                return target + node(o.a) + "." + name(o.b);
            case OpCode::store:
                return node(o.a) + "." + name(o.b) + " = " + node(o.c);
            case OpCode::load_item:
                return target + fmt::format("{}[{}]", node(o.a), o.b == none ? "any" : node(o.b));
            case OpCode::store_item:
                return fmt::format("{}[{}] = {}", node(o.a), o.b == none ? "any" : node(o.b), node(o.c));
            case OpCode::elements:
                return target + "elements of " + node(o.a);
            case OpCode::call:
                return target + call(flow_.calls[o.a]);
            case OpCode::import:
                return target + import(flow_.imports[o.a]);
            case OpCode::global:
                return target + "global " + name(o.a);
            case OpCode::super:
                return target +
                       fmt::format("super {} of {}", node(o.a), o.b == none ? "?" : name(flow_.classes[o.b].name));
            case OpCode::merge:
                return fmt::format("{} takes all of {}", node(o.a), node(o.b));
            case OpCode::prototype:
                return fmt::format("{} inherits from {}", node(o.a), node(o.b));
            case OpCode::typed:
                return target + fmt::format("{} as {}{}", node(o.c), node(o.a),
                                            o.b == none ? "" : fmt::format(" of {}", node(o.b)));
            case OpCode::reference:
                return target + fmt::format("{}::{}", node(o.a), name(o.b));
        }
        return "?";
    }

    std::string call(const Call& c) {
        constexpr const char* kinds[] = {"call", "new", "decorate", "super", "implied", "element"};
        constexpr const char* forms[] = {"definition", "imported", "name", "self_member", "member", "expression"};
        auto all = fmt::format("{} {} \"{}\"(", kinds[static_cast<int>(c.kind)], node(c.callee), name(c.name));
        if (c.receiver != none) all += "this=" + node(c.receiver);
        for (Index i = 0; i < c.argument_count; ++i) {
            const auto& argument = flow_.arguments[c.first_argument + i];
            constexpr const char* prefixes[] = {"", "", "...", "**"};
            if (i > 0 || c.receiver != none) all += ", ";
            all += prefixes[static_cast<int>(argument.kind)];
            if (argument.name != none) all += name(argument.name) + "=";
            all += node(argument.value);
            if (argument.type != none) all += ":" + node(argument.type);
        }
        return all + fmt::format(") {} {}", forms[static_cast<int>(c.form)], place(c.site));
    }

    std::string import(const Import& i) const {
        constexpr const char* kinds[] = {"module", "root", "name", "default", "commonjs", "path"};
        auto all = fmt::format("import {} {}", kinds[static_cast<int>(i.kind)], name(i.module));
        if (i.name != none) all += " : " + name(i.name);
        return all;
    }

    const FileFlow& flow_;
    std::unordered_map<Index, std::size_t> numbers_;
};

inline std::string to_text(const FileFlow& flow) {
    return FlowText(flow).text();
}

}  // namespace gsdb::codebase::flow
