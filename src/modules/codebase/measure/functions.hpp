#pragma once
// The functions around the walk, with the control structures in them, and what they add up to.

#include <cstdint>
#include <utility>
#include <vector>

#include "modules/codebase/measure/node_kinds.hpp"
#include "modules/codebase/measure/regions.hpp"

namespace gsdb::codebase::measure {

/// Where something stands in its function.
struct Level {
    std::uint32_t nesting = 0;     ///< as cognitive complexity counts it
    std::uint32_t structures = 0;  ///< control structures around
};

struct Structure {
    Kind kind{};
    std::uint32_t depth = 0;       ///< of its node
    std::uint32_t body_start = 0;  ///< byte from which on `inside` holds
    Level outside;
    Level inside;

    // Of boolean operators:
    std::size_t sequence = 0;         ///< the structure at the top of its sequence of operators
    Kind last_operator = Kind::none;  ///< of the sequence, at its top
    bool is_of_preprocessor = false;  ///< at its top
};

struct Function {
    std::uint32_t depth = 0;
    std::size_t region = 0;
    bool is_bound = false;  ///< the region is its own
    bool is_recursive = false;
    std::uint64_t nesting = 0;  ///< in the function around it
    std::size_t first_structure = 0;
    ComplexityParts parts;
    std::uint64_t cognitive = 0;          ///< with the functions nested in it; quadratic in the depth of hostile files
    std::uint64_t increments = 0;         ///< those that grow with nesting
    std::uint64_t nested_increments = 0;  ///< those of them that are in nested functions
    std::uint32_t nesting_max = 0;
    std::uint32_t statements = 0, returns = 0, nested_definitions = 0;

    bool has_own_increments() const { return increments > nested_increments; }
};

class Functions {
  public:
    /// Begins with the code outside all functions.
    void start(Regions& regions, extract::Language language) {
        regions_ = &regions;
        language_ = language;
        functions_.clear();
        structures_.clear();
        functions_.push_back({});
    }
    void finish() {
        while (functions_.size() > 1) close();
        auto& whole = regions_->whole();
        whole.cyclomatic += functions_.front().parts.decision_count();
        whole.cognitive += functions_.front().parts.cognitive_of_own;
        whole.nesting_max = std::max(whole.nesting_max, functions_.front().nesting_max);
    }

    /// Everything that began at this depth or deeper is over.
    void leave(std::uint32_t depth) {
        while (!structures_.empty() && structures_.back().depth >= depth) structures_.pop_back();
        while (functions_.size() > 1 && functions_.back().depth >= depth) close();
    }

    std::size_t depth() const { return functions_.size(); }
    Function& innermost() { return functions_.back(); }
    void open(Function function, std::uint32_t byte) {
        function.nesting = level(byte).nesting;
        function.first_structure = structures_.size();
        functions_.push_back(std::move(function));
    }

    void decide(Decision decision) { ++innermost().parts.decisions[static_cast<std::size_t>(decision)]; }
    /// Adds one, whatever is around.
    void add_to_cognitive() {
        ++innermost().cognitive;
        ++innermost().parts.cognitive_of_own;
    }
    /// Adds one and one more for each level of nesting.
    void add_nested(std::uint32_t byte) {
        auto& function = innermost();
        const auto cost = 1 + level(byte).nesting;
        function.cognitive += cost;
        function.parts.cognitive_of_own = stored(function.parts.cognitive_of_own + std::uint64_t{cost});
        ++function.increments;
    }

    /// The innermost structure of the innermost function; null without.
    Structure* structure() { return structures_.size() > innermost().first_structure ? &structures_.back() : nullptr; }
    Structure& sequence_of(const Structure& structure) { return structures_[structure.sequence]; }
    std::size_t structure_count() const { return structures_.size(); }

    Level level(std::uint32_t byte) {
        const auto* around = structure();
        if (around == nullptr) return {};
        return byte >= around->body_start ? around->inside : around->outside;
    }

    void open(const Structure& structure) {
        structures_.push_back(structure);
        innermost().nesting_max = std::max(innermost().nesting_max, structure.inside.structures);
    }

  private:
    void close() {
        auto function = std::move(functions_.back());
        functions_.pop_back();
        structures_.resize(std::min(structures_.size(), function.first_structure));
        if (function.is_recursive) {
            ++function.cognitive;
            ++function.parts.cognitive_of_own;
            function.parts.is_recursive = true;
        }
        if (is_transparent(function)) function.cognitive -= function.nested_increments;
        if (auto& around = functions_.back(); functions_.size() > 1) {
            around.cognitive += function.cognitive + function.increments * (function.nesting + 1);
            around.increments += function.increments;
            around.nested_increments += function.increments;
        }
        report(function);
    }

    /// Whether nesting is not counted for what it is around: a Python decorator, or a JavaScript function that only
    /// declares others (Cognitive Complexity 1.7, appendix A).
    bool is_transparent(const Function& function) const {
        using extract::Language;
        if (language_ == Language::python)
            return function.statements == 2 && function.nested_definitions == 1 && function.returns == 1;
        const bool is_javascript =
            language_ == Language::javascript || language_ == Language::typescript || language_ == Language::tsx;
        return is_javascript && functions_.size() == 1 && !function.has_own_increments();
    }

    void report(const Function& function) {
        auto& region = regions_->at(function.region);
        const auto cyclomatic = 1 + function.parts.decision_count();
        region.cyclomatic += cyclomatic;
        region.nesting_max = std::max(region.nesting_max, function.nesting_max);
        if (region.function_depth == functions_.size()) region.cognitive += function.cognitive;
        if (!function.is_bound) return;
        region.own.parts = function.parts;
        region.own.metrics.cyclomatic_complexity = cyclomatic;
        region.own.metrics.cognitive_complexity = stored(function.cognitive);
        region.own.metrics.nesting_max = function.nesting_max;
    }

    Regions* regions_ = nullptr;
    extract::Language language_{};
    std::vector<Function> functions_;
    std::vector<Structure> structures_;
};

}  // namespace gsdb::codebase::measure
