#pragma once
// A language that the program does not bring: a grammar and what a query file says of it.

#include <tree_sitter/api.h>

#include <expected>
#include <string_view>
#include <utility>

#include "modules/codebase/extract/builder.hpp"
#include "modules/codebase/extract/extractor.hpp"
#include "modules/codebase/extract/symbol_query.hpp"

namespace gsdb::codebase::extract {

/// To be given to Extractor::extract(); its facts have the language `unknown`.
class LoadedLanguage {
  public:
    /// The texts of `comments` must outlive it, as the grammar must.
    static std::expected<LoadedLanguage, QueryError> make(const TSLanguage* grammar, std::string_view symbols,
                                                          const CommentSyntax& comments) {
        auto query = SymbolQuery::compile(grammar, symbols);
        if (!query) return std::unexpected(query.error());
        return LoadedLanguage(grammar, *std::move(query), comments);
    }

    const TSLanguage* grammar() const { return grammar_; }
    const SymbolQuery& symbols() const { return symbols_; }
    const CommentSyntax& comments() const { return comments_; }
    const FieldIds& fields() const { return fields_; }

  private:
    LoadedLanguage(const TSLanguage* grammar, SymbolQuery symbols, const CommentSyntax& comments)
        : grammar_(grammar), symbols_(std::move(symbols)), comments_(comments), fields_(resolve_fields(grammar)) {}

    const TSLanguage* grammar_;
    SymbolQuery symbols_;
    CommentSyntax comments_;
    FieldIds fields_;
};

}  // namespace gsdb::codebase::extract
