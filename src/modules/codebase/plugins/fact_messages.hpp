#pragma once
// Facts, figures and findings as messages. Whoever reads believes nothing: what could not have come from the file makes
// the whole message void.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modules/codebase/extract/facts.hpp"
#include "modules/codebase/measure/metrics.hpp"
#include "modules/codebase/plugins/plugin.hpp"

namespace gsdb::codebase::plugins {

struct MeasuredFacts {
    extract::FileFacts facts;
    measure::FileMetrics metrics;
};

std::string write_facts(const extract::FileFacts&, const measure::FileMetrics&);
/// The facts of `source`, which must outlive nothing: all texts are copied.
std::optional<MeasuredFacts> read_facts(std::string_view message, std::string_view source);

/// A finding of a check.
struct PluginFinding {
    std::string rule;
    std::string message;
    std::uint32_t line = 1, column = 1, end_line = 1, end_column = 1;  ///< columns in bytes, from 1
};

std::string write_findings(const std::vector<PluginFinding>&);
/// The findings in `source`, in the order of the text, each once; none where a rule is not the plug-in's or a place is
/// not in the file.
std::optional<std::vector<PluginFinding>> read_findings(std::string_view message, std::string_view source,
                                                        const Plugin& plugin);

/// What one file may have of findings.
constexpr std::size_t findings_max = 10'000;

}  // namespace gsdb::codebase::plugins
