// What the solved graph says of the calls.

#include <algorithm>
#include <array>

#include "modules/codebase/link/linker.hpp"

namespace gsdb::codebase::link {

using flow::CalleeForm;

namespace {

/// A call that may mean more than that many functions is not known.
constexpr std::ptrdiff_t callees_max = 15;

}  // namespace

std::string_view to_label(Method method) {
    static constexpr std::array<std::string_view, 6> labels{"scope",         "import",    "member", "inherited_member",
                                                            "inferred_type", "value_flow"};
    return labels[static_cast<std::size_t>(method)];
}

Links link(const std::vector<SourceFile>& files, const Manifests& manifests) {
    return Linker(files, manifests).run();
}

Links Linker::result() {
    std::ranges::sort(found_);
    const auto repeated = std::ranges::unique(found_);
    found_.erase(repeated.begin(), repeated.end());
    Links links{.moves = graph_.moves()};
    auto next = found_.begin();
    for (std::uint32_t number = 0; number < loaded_.size(); ++number) {
        const auto& file = loaded_[number];
        std::vector<flow::Index> callers(file.flow->calls.size(), 0);
        for (const auto& op : file.flow->ops)
            if (op.code == flow::OpCode::call) callers[op.a] = op.function;
        for (flow::Index call = 0; call < file.flow->calls.size(); ++call) {
            const auto& written = file.flow->calls[call];
            const auto first = next;
            while (next != found_.end() && next->call == file.first_call + call) ++next;
            if (next - first > callees_max) {
                links.unknown.push_back({number, call, Unknown::ambiguous});
                continue;
            }
            for (auto one = first; one != next; ++one) {
                const auto in = one->is_class ? file_of_class_[one->callee] : file_of_function_[one->callee];
                const Definition callee{
                    in, one->callee - (one->is_class ? loaded_[in].first_class : loaded_[in].first_function),
                    one->is_class};
                links.edges.push_back(
                    {number, call, callers[call], callee, method_of(number, written, callers[call], callee)});
            }
            if (next == first && written.kind != flow::CallKind::implied)
                links.unknown.push_back({number, call, reason_of(file, written)});
        }
    }
    return links;
}

Method Linker::method_of(std::uint32_t file, const flow::Call& call, flow::Index caller,
                         const Definition& callee) const {
    const auto& in = *loaded_[callee.file].flow;
    // A constructor is found as its class is.
    const bool is_class = callee.is_class || in.functions[callee.index].has(flow::FunctionFlag::constructor);
    const auto owner = is_class ? flow::none : in.functions[callee.index].owner;
    switch (call.form) {
        case CalleeForm::definition:
            return callee.file == file ? Method::scope : Method::value_flow;
        case CalleeForm::imported:
            return callee.file != file ? Method::import : Method::value_flow;
        case CalleeForm::self_member: {
            auto f = caller;
            const auto& flow = *loaded_[file].flow;
            while (f != flow::none && flow.functions[f].owner == flow::none) f = flow.functions[f].parent;
            const bool is_own = f != flow::none && callee.file == file && flow.functions[f].owner == owner;
            return owner == flow::none ? Method::value_flow : is_own ? Method::member : Method::inherited_member;
        }
        case CalleeForm::member:
            return owner != flow::none   ? Method::inferred_type
                   : callee.file != file ? Method::import
                                         : Method::value_flow;
        default:
            return Method::value_flow;
    }
}

Unknown Linker::reason_of(const LoadedFile& file, const flow::Call& call) const {
    if (call.callee == flow::none) return file.flow->is_complete ? Unknown::dynamic : Unknown::parse_gap;
    auto reason = Unknown::not_found;
    for (const auto object : graph_.objects(file.first_node + call.callee)) {
        switch (objects_[object].kind) {
            case ObjectKind::external:
                return Unknown::external;
            case ObjectKind::builtin:
            case ObjectKind::builtin_method:
                reason = Unknown::builtin;
                break;
            default:
                break;
        }
    }
    return reason;
}

// --- names ---

std::string module_name(std::string_view path) {
    if (const auto dot = path.rfind('.');
        dot != std::string_view::npos && path.find('/', dot) == std::string_view::npos)
        path = path.substr(0, dot);
    if (path.ends_with(".d")) path.remove_suffix(2);
    std::string name(path);
    std::ranges::replace(name, '/', '.');
    for (const std::string_view index : {"__init__", "index"}) {
        if (name.ends_with(std::string(".") + std::string(index))) name.resize(name.size() - index.size() - 1);
    }
    return name;
}

std::string qualified_name(const SourceFile& file, const Definition& definition) {
    std::vector<std::string_view> names;
    auto class_ = definition.is_class ? definition.index : flow::none;
    auto function = definition.is_class ? flow::none : definition.index;
    while (class_ != flow::none || function != flow::none) {
        if (class_ != flow::none) {
            const auto& c = file.flow.classes[class_];
            names.push_back(file.flow.names[c.name]);
            class_ = c.outer_class;
            function = class_ == flow::none ? c.function : flow::none;
        } else {
            const auto& f = file.flow.functions[function];
            if (f.name != flow::none) names.push_back(file.flow.names[f.name]);
            class_ = f.owner;
            function = class_ == flow::none ? f.parent : flow::none;
        }
    }
    auto whole = module_name(file.path);
    for (auto i = names.size(); i-- > 0;) {
        if (!names[i].starts_with('[')) whole += '.';
        whole += names[i];
    }
    return whole;
}

}  // namespace gsdb::codebase::link
