#pragma once
// The file, and the functions and types around the walk: what is counted is counted for the innermost and handed to
// the one around it at its end.

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "modules/codebase/extract/facts.hpp"
#include "modules/codebase/measure/distinct_tokens.hpp"
#include "modules/codebase/measure/metrics.hpp"

namespace gsdb::codebase::measure {

constexpr bool is_function(extract::ElementKind kind) {
    return extract::is_callable(kind) || kind == extract::ElementKind::property;
}

constexpr bool is_type(extract::ElementKind kind) {
    using enum extract::ElementKind;
    return kind == class_ || kind == struct_ || kind == union_ || kind == interface || kind == trait || kind == enum_ ||
           kind == record || kind == annotation || kind == implementation;
}

/// As it fits a column.
constexpr std::uint32_t stored(std::uint64_t value) {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, 0x7FFFFFFF));
}

struct Region {
    std::uint32_t element = extract::no_element;
    std::uint32_t end = 0;           ///< byte after its last
    std::size_t function_depth = 0;  ///< functions around it, the code outside all functions being the first
    bool is_bound = false;           ///< a function whose node was met
    ElementMetrics own;              ///< of a bound function

    // Sums over it and all in it.
    std::uint32_t logical_lines = 0, cyclomatic = 0, nesting_max = 0, parameters = 0, annotatable = 0, annotated = 0;
    std::uint64_t cognitive = 0;

    // Tokens.
    TokenNumber first_token = 0;
    std::uint32_t operators_before = 0, operands_before = 0;
    std::int64_t operators_distinct = 0, operands_distinct = 0;  ///< less those that count for it and not around it
};

class Regions {
  public:
    /// Begins with the whole file.
    void start(const extract::FileFacts& facts, std::size_t symbol_count, FileMetrics& out) {
        facts_ = &facts;
        out_ = &out;
        next_ = 0;
        token_ = operators_ = operands_ = 0;
        last_operator_.assign(symbol_count, 0);
        last_text_.clear();
        regions_.clear();
        regions_.push_back({.end = 0xFFFFFFFF, .function_depth = 1, .first_token = 1});
    }

    /// Goes on to `byte`: ends what ended before it, begins what begins there.
    void advance(std::uint32_t byte, std::size_t function_depth) {
        if (byte >= regions_.back().end) close_until(byte);
        while (next_ < facts_->elements.size() && facts_->elements[next_].span.start.byte <= byte)
            open(static_cast<std::uint32_t>(next_++), function_depth);
    }
    void finish() {
        while (regions_.size() > 1) close();
        write(whole(), out_->whole);
    }

    Region& innermost() { return regions_.back(); }
    std::size_t innermost_index() const { return regions_.size() - 1; }
    Region& at(std::size_t index) { return regions_[std::min(index, regions_.size() - 1)]; }
    Region& whole() { return regions_.front(); }

    void count_operator(std::uint16_t symbol) {
        ++operators_;
        note(std::exchange(last_operator_[symbol], ++token_), &Region::operators_distinct);
    }
    /// A word that is an operator by its text.
    void count_operator(std::string_view text) {
        ++operators_;
        note(last_text_.exchange(~hash_of(text), ++token_), &Region::operators_distinct);
    }
    void count_operand(std::uint64_t hash) {
        ++operands_;
        note(last_text_.exchange(hash, ++token_), &Region::operands_distinct);
    }
    /// Of the last operand.
    std::uint32_t operand_count() const { return operands_; }

  private:
    /// Declarations without a body have no figures; a Python overload has a body.
    bool is_measurable(const extract::Element& element) const {
        if (!is_function(element.kind) && !is_type(element.kind)) return false;
        return !element.flags.has(extract::ElementFlag::declaration) ||
               (facts_->language == extract::Language::python && is_function(element.kind)) ||
               (facts_->language == extract::Language::typescript && is_type(element.kind)) ||
               (facts_->language == extract::Language::tsx && is_type(element.kind));
    }

    void open(std::uint32_t ordinal, std::size_t function_depth) {
        const auto& element = facts_->elements[ordinal];
        if (!is_measurable(element)) return;
        regions_.push_back({.element = ordinal,
                            .end = std::min(element.span.end.byte, regions_.back().end),
                            .function_depth = function_depth,
                            .first_token = token_ + 1,
                            .operators_before = operators_,
                            .operands_before = operands_});
    }

    void close_until(std::uint32_t byte) {
        while (byte >= regions_.back().end) close();
    }

    void close() {
        auto region = std::move(regions_.back());
        regions_.pop_back();
        auto& around = regions_.back();
        const auto& element = facts_->elements[region.element];
        if (is_function(element.kind) && region.is_bound) {
            region.own.metrics.parameters = static_cast<std::uint32_t>(std::max(element.parameter_count, 0));
            region.parameters += region.own.metrics.parameters;
        }
        around.logical_lines += region.logical_lines;
        around.cyclomatic += region.cyclomatic;
        // A function counts what is nested in it already.
        if (around.function_depth == region.function_depth) around.cognitive += region.cognitive;
        around.nesting_max = std::max(around.nesting_max, region.nesting_max);
        around.parameters += region.parameters;
        around.annotatable += region.annotatable;
        around.annotated += region.annotated;
        around.operators_distinct += region.operators_distinct;
        around.operands_distinct += region.operands_distinct;
        auto& out = out_->elements[region.element];
        if (is_type(element.kind)) {
            out.is_measured = true;
            out.has_docstring = region.own.has_docstring;
        } else if (region.is_bound) {
            out = region.own;
            out.is_measured = true;
        }
        if (out.is_measured) write(region, out.metrics);
    }

    /// What a function says of itself alone stands in `out` already.
    void write(const Region& region, Metrics& out) const {
        if (!region.is_bound) {
            out.cyclomatic_complexity = region.cyclomatic;
            out.cognitive_complexity = stored(region.cognitive);
            out.nesting_max = region.nesting_max;
            out.parameters = region.parameters;
            out.annotatable = region.annotatable;
            out.annotated = region.annotated;
        }
        out.logical_lines = region.logical_lines;
        out.operators_total = operators_ - region.operators_before;
        out.operands_total = operands_ - region.operands_before;
        out.operators_distinct = static_cast<std::uint32_t>(region.operators_distinct);
        out.operands_distinct = static_cast<std::uint32_t>(region.operands_distinct);
    }

    /// A token last seen before a region began is new to it; so it is to all that lie in it.
    void note(TokenNumber seen_before, std::int64_t Region::* distinct) {
        if (regions_.back().first_token <= seen_before) return;
        auto outermost = regions_.size() - 1;
        while (outermost > 0 && regions_[outermost - 1].first_token > seen_before) --outermost;
        ++(regions_.back().*distinct);
        if (outermost > 0) --(regions_[outermost - 1].*distinct);
    }

    const extract::FileFacts* facts_ = nullptr;
    FileMetrics* out_ = nullptr;
    std::size_t next_ = 0;  ///< element
    TokenNumber token_ = 0;
    std::uint32_t operators_ = 0, operands_ = 0;
    std::vector<TokenNumber> last_operator_;  ///< by symbol
    LastSeen last_text_;
    std::vector<Region> regions_;
};

}  // namespace gsdb::codebase::measure
