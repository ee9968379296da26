#pragma once
// What the checks find in a text.

#include <memory>
#include <string>
#include <string_view>

#include "modules/codebase/checks/file_checks.hpp"
#include "modules/codebase/extract/extractor.hpp"

namespace gsdb::codebase::checks {

struct Checked {
    std::unique_ptr<const std::string> source;  ///< what the facts point into
    extract::FileFacts facts;
    FileFindings found;
};

inline Checked checked(std::string_view source, extract::Language language) {
    extract::Extractor extractor;
    FileChecker checker;
    Checked result{.source = std::make_unique<std::string>(source)};
    result.facts = extractor.extract(*result.source, language,
                                     [&](TSNode root, std::string_view parsed, const extract::FileFacts& facts) {
                                         result.found = checker.check(root, parsed, *result.source, facts);
                                     });
    return result;
}

}  // namespace gsdb::codebase::checks
