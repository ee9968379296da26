#pragma once
// The figures of a text.

#include <memory>
#include <string>
#include <string_view>

#include "modules/codebase/extract/extractor.hpp"
#include "modules/codebase/measure/measure.hpp"

namespace gsdb::codebase::measure {

struct Measured {
    std::unique_ptr<const std::string> source;  ///< what the facts point into
    extract::FileFacts facts;
    FileMetrics metrics;

    /// The figures of the element of that qualified name; all zero without.
    ElementMetrics of(std::string_view name) const {
        for (std::size_t i = 0; i < facts.elements.size(); ++i)
            if (facts.elements[i].qualified_name == name && metrics.elements[i].is_measured) return metrics.elements[i];
        return {};
    }
};

inline Measured measured(std::string_view source, extract::Language language, extract::Limits limits = {}) {
    extract::Extractor extractor(limits);
    Measurer measurer;
    Measured result{.source = std::make_unique<std::string>(source)};
    result.facts = extractor.extract(*result.source, language,
                                     [&](TSNode root, std::string_view parsed, const extract::FileFacts& facts) {
                                         result.metrics = measurer.measure(root, parsed, *result.source, facts);
                                     });
    return result;
}

}  // namespace gsdb::codebase::measure
