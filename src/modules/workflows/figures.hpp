#pragma once
// Figures of the database's type numeric(14, 4) as this program counts with them.

#include <fmt/format.h>

#include <charconv>

#include "pg/value.hpp"

namespace gsdb::workflows {

inline double number_of(const pg::Numeric& figure) {
    double value = 0;
    std::from_chars(figure.text.data(), figure.text.data() + figure.text.size(), value);
    return value;
}

inline pg::Numeric decimal(double value) {
    return {fmt::format("{:.4f}", value)};
}

}  // namespace gsdb::workflows
