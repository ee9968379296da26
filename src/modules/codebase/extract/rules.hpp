#pragma once
// The rules of each language: from a syntax tree to facts.

#include <tree_sitter/api.h>

#include "modules/codebase/extract/builder.hpp"

namespace gsdb::codebase::extract {

void extract_c(Builder&, TSNode root);
void extract_cpp(Builder&, TSNode root);
void extract_go(Builder&, TSNode root);
void extract_java(Builder&, TSNode root);
void extract_javascript(Builder&, TSNode root);
void extract_python(Builder&, TSNode root);
void extract_rust(Builder&, TSNode root);
void extract_tsx(Builder&, TSNode root);
void extract_typescript(Builder&, TSNode root);

}  // namespace gsdb::codebase::extract
