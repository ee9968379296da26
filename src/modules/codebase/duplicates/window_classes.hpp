#pragma once
// Which stretches of a fixed number of tokens are alike.

#include <cstdint>
#include <span>
#include <vector>

#include "modules/codebase/duplicates/find.hpp"

namespace gsdb::codebase::duplicates {

/// A stretch that is there more than once.
struct Window {
    std::uint32_t file = 0, start = 0;
    std::uint32_t number = 0;  ///< of its class: those of one number are alike
};

/// In the order of files and starts, without those that stand in themselves again. `distances` are those of the files'
/// names. Classes are numbered from 0.
struct WindowClasses {
    std::vector<Window> windows;
    std::uint32_t count = 0;
};
WindowClasses find_window_classes(std::span<const SourceFile> files,
                                  std::span<const std::vector<std::uint32_t>> distances, std::uint32_t tokens);

}  // namespace gsdb::codebase::duplicates
