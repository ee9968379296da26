#pragma once
// What asking models has cost, and how much it may. Prices are what the user says: none is built in.

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace gsdb::llm {

struct Tokens {
    std::int64_t input = 0, output = 0;

    std::int64_t total() const { return input + output; }
    bool operator==(const Tokens&) const = default;
};

struct Price {
    double usd_per_million_input = 0, usd_per_million_output = 0;
};

/// By the model's name as it is asked for.
using Prices = std::map<std::string, Price, std::less<>>;

/// In US dollars; nothing for a model without a price.
std::optional<double> cost_of(const Prices& prices, std::string_view model, Tokens tokens);

/// Both at once, where both are given.
struct Budget {
    std::optional<double> usd_max{};
    std::optional<std::int64_t> tokens_max{};  ///< input and output together
};

struct Spent {
    Tokens tokens;
    double usd = 0;             ///< of what has a price
    bool is_usd_known = true;   ///< false: some of it had no price
    bool is_estimated = false;  ///< some servers did not say how many tokens it was
};

/// Of one task, however many answers it takes. May be used from several threads.
class Spending {
  public:
    Spending(Budget budget, Prices prices) : budget_(budget), prices_(std::move(prices)) {}

    /// Why the model must not be asked now: llm.budget_used_up, or llm.price_unknown where a budget in dollars cannot
    /// be kept.
    std::optional<Error> refusal(std::string_view model) const;

    /// How many tokens an answer may still have; nothing: the budget sets no limit. What is asked comes on top, since
    /// only the server counts it: a budget may be exceeded by the input of one call.
    std::optional<std::int64_t> output_tokens_left(std::string_view model) const;

    void add(std::string_view model, Tokens tokens, bool is_estimated);

    Spent spent() const;

  private:
    const Budget budget_;
    const Prices prices_;
    mutable std::mutex mutex_;
    Spent spent_;
};

}  // namespace gsdb::llm
