#pragma once
// The query files of the languages that have them: ../languages/<label>/.

#include <string_view>

#include "modules/codebase/extract/languages.hpp"

namespace gsdb::codebase::extract {

struct LanguageQueries {
    std::string_view symbols;  ///< symbols.scm: definitions, imports, references
    std::string_view metrics;  ///< metrics.scm: what nodes and tokens mean to figures
};

/// Empty for a language that is not told by queries.
LanguageQueries queries_of(Language);

}  // namespace gsdb::codebase::extract
