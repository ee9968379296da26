#pragma once
// From the syntax tree of one file to its flow.

#include <tree_sitter/api.h>

#include <string_view>

#include "modules/codebase/flow/flow.hpp"

namespace gsdb::codebase::flow {

/// Whether the flow of the language is known.
bool is_followed(extract::Language language);

/// The flow of `source`, whose tree has this root. Never fails: of what is nested deeper than the walk goes nothing is
/// known, and FileFlow::is_complete says so.
FileFlow make_flow(TSNode root, std::string_view source, extract::Language language);

// The rules of each language.
void follow_python(FileFlow& flow, TSNode root, std::string_view source);
void follow_javascript(FileFlow& flow, TSNode root, std::string_view source);
void follow_java(FileFlow& flow, TSNode root, std::string_view source);
void follow_go(FileFlow& flow, TSNode root, std::string_view source);
void follow_rust(FileFlow& flow, TSNode root, std::string_view source);
void follow_c(FileFlow& flow, TSNode root, std::string_view source);

}  // namespace gsdb::codebase::flow
