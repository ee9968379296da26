#pragma once
// The tokens of a text.

#include <string_view>

#include "modules/codebase/duplicates/tokenizer.hpp"
#include "modules/codebase/extract/extractor.hpp"

namespace gsdb::codebase::duplicates {

inline FileTokens tokens_of(std::string_view source, extract::Language language = extract::Language::python) {
    extract::Extractor extractor;
    Tokenizer tokenizer;
    FileTokens tokens;
    extractor.extract(source, language, [&](TSNode root, std::string_view parsed) {
        tokens = tokenizer.tokenize(root, parsed, language);
    });
    return tokens;
}

}  // namespace gsdb::codebase::duplicates
