#pragma once
// From the tree and the facts of one file to its figures.

#include <tree_sitter/api.h>

#include <cstdint>
#include <memory>
#include <string_view>

#include "modules/codebase/extract/facts.hpp"
#include "modules/codebase/measure/metrics.hpp"
#include "modules/codebase/measure/node_kinds.hpp"

namespace gsdb::codebase::measure {

/// Part of the key under which figures are cached: raised whenever the same bytes would give other figures.
constexpr std::uint32_t measure_version = 1;

/// Measures file after file, reusing its memory. One per thread.
class Measurer {
  public:
    Measurer();
    Measurer(Measurer&&) noexcept;
    Measurer& operator=(Measurer&&) noexcept;
    ~Measurer();

    /// `root` is of the tree that `facts` were extracted from, `parsed` the text of that tree, `source` the text as it
    /// is: of the same length. All that Extractor::extract() gives is measured, however deep or broken.
    FileMetrics measure(TSNode root, std::string_view parsed, std::string_view source, const extract::FileFacts& facts);
    /// The same with the table of a language that the program does not bring.
    FileMetrics measure(TSNode root, std::string_view parsed, std::string_view source, const extract::FileFacts& facts,
                        const Grammar& table);

  private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace gsdb::codebase::measure
