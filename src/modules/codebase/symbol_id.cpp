#include "modules/codebase/symbol_id.hpp"

#include <openssl/sha.h>

#include <array>
#include <string>

namespace gsdb::codebase {

namespace {

SymbolId symbol_id(std::string_view scope, std::string_view path, std::string_view kind,
                   std::string_view qualified_name, std::uint32_t overload) {
    // A NUL stands between the parts, because it stands in none of them.
    std::string name;
    for (const auto part : {scope, path, kind, qualified_name}) (name += part) += '\0';
    name += std::to_string(overload);
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest;
    SHA256(as_bytes(name).data(), name.size(), digest.data());
    std::uint64_t id = 0;
    for (std::size_t i = 0; i < sizeof id; ++i) id = id << 8U | digest[i];
    return static_cast<SymbolId>(id);
}

}  // namespace

SymbolId element_symbol(CodebaseId codebase, std::string_view path, extract::ElementKind kind,
                        std::string_view qualified_name, std::uint32_t overload) {
    return symbol_id(to_string(codebase), path, extract::to_label(kind), qualified_name, overload);
}

SymbolId file_symbol(CodebaseId codebase, std::string_view path) {
    return element_symbol(codebase, path, extract::ElementKind::module, {}, 0);
}

SymbolId outside_symbol(const link::Outside& outside) {
    const auto scope = outside.package.empty() ? std::string(extract::to_label(outside.language))
                                               : std::string(ecosystem_of(outside.language)) + ":" + outside.package;
    return symbol_id(scope, {}, {}, outside.name, 0);
}

std::string_view ecosystem_of(extract::Language language) {
    using extract::Language;
    switch (language) {
        case Language::python:
            return "pypi";
        case Language::javascript:
        case Language::typescript:
        case Language::tsx:
            return "npm";
        case Language::rust:
            return "cargo";
        case Language::go:
            return "go";
        case Language::java:
            return "maven";
        default:
            return {};
    }
}

}  // namespace gsdb::codebase
