#include "integrations/llm/spending.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace gsdb::llm {

namespace {
constexpr double million = 1e6;
}

std::optional<double> cost_of(const Prices& prices, std::string_view model, Tokens tokens) {
    const auto price = prices.find(model);
    if (price == prices.end()) return std::nullopt;
    return (static_cast<double>(tokens.input) * price->second.usd_per_million_input +
            static_cast<double>(tokens.output) * price->second.usd_per_million_output) /
           million;
}

std::optional<Error> Spending::refusal(std::string_view model) const {
    if (budget_.usd_max && !prices_.contains(model))
        return Error{.code = "llm.price_unknown",
                     .message = fmt::format("the budget in dollars cannot be kept: the model {} has no price", model),
                     .detail = {},
                     .hint = "say what a million of its tokens costs, or give a budget in tokens",
                     .exit_code = ExitCode::usage};
    if (const auto left = output_tokens_left(model); !left || *left > 0) return std::nullopt;
    const auto now = spent();
    return Error{.code = "llm.budget_used_up",
                 .message = "the budget for models is used up",
                 .detail = fmt::format("{} tokens, {:.4f} USD", now.tokens.total(), now.usd),
                 .hint = "raise the budget to go on",
                 .exit_code = ExitCode::conflict};
}

std::optional<std::int64_t> Spending::output_tokens_left(std::string_view model) const {
    const auto now = spent();
    std::optional<std::int64_t> left;
    if (budget_.tokens_max) left = std::max<std::int64_t>(0, *budget_.tokens_max - now.tokens.total());
    const auto price = prices_.find(model);
    if (!budget_.usd_max || price == prices_.end()) return left;
    const double usd_left = *budget_.usd_max - now.usd;
    if (usd_left <= 0) return 0;
    if (price->second.usd_per_million_output <= 0) return left;
    constexpr double tokens_max = 1e12;
    const double tokens = std::floor(usd_left / price->second.usd_per_million_output * million);
    return std::min(left.value_or(static_cast<std::int64_t>(tokens_max)),
                    static_cast<std::int64_t>(std::min(tokens, tokens_max)));
}

void Spending::add(std::string_view model, Tokens tokens, bool is_estimated) {
    const auto usd = cost_of(prices_, model, tokens);
    const std::lock_guard lock(mutex_);
    spent_.tokens.input += tokens.input;
    spent_.tokens.output += tokens.output;
    spent_.usd += usd.value_or(0);
    spent_.is_usd_known &= usd.has_value();
    spent_.is_estimated |= is_estimated;
}

Spent Spending::spent() const {
    const std::lock_guard lock(mutex_);
    return spent_;
}

}  // namespace gsdb::llm
