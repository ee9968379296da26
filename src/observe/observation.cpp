#include "observe/observation.hpp"

namespace gsdb::observe {

namespace {

std::vector<Sink>& sinks() {
    static std::vector<Sink> all;
    return all;
}

}  // namespace

std::string_view to_string(Level level) {
    constexpr std::array<std::string_view, 6> names{"trace", "debug", "info", "warn", "error", "off"};
    return names[static_cast<std::size_t>(level)];
}

void add_sink(Sink sink) {
    sinks().push_back(std::move(sink));
}

void emit(const Definition& definition, const Fields& fields) {
    for (const auto& sink : sinks()) sink(definition, fields);
}

}  // namespace gsdb::observe
