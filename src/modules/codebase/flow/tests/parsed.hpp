#pragma once
// The flow of a source, parsed as it is.

#include <tree_sitter/api.h>

#include <memory>
#include <string_view>

#include "modules/codebase/extract/grammar.hpp"
#include "modules/codebase/flow/make_flow.hpp"

namespace gsdb::codebase::flow {

inline FileFlow flow_of(std::string_view source, extract::Language language) {
    const std::unique_ptr<TSParser, decltype(&ts_parser_delete)> parser(ts_parser_new(), ts_parser_delete);
    ts_parser_set_language(parser.get(), extract::grammar_of(language));
    const std::unique_ptr<TSTree, decltype(&ts_tree_delete)> tree(
        ts_parser_parse_string(parser.get(), nullptr, source.data(), static_cast<std::uint32_t>(source.size())),
        ts_tree_delete);
    return make_flow(ts_tree_root_node(tree.get()), source, language);
}

}  // namespace gsdb::codebase::flow
