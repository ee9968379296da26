#include "pg/statement_watch.hpp"

namespace gsdb::pg {

namespace {

/// A Parameters as the parallel arrays that libpq takes.
struct Arrays {
    explicit Arrays(const Parameters& parameters) {
        auto count = parameters.size();
        types.reserve(count), values.reserve(count), lengths.reserve(count), formats.reserve(count);
        const auto* base = reinterpret_cast<const char*>(parameters.bytes().data());
        for (const auto& item : parameters.items()) {
            types.push_back(item.type);
            values.push_back(item.length < 0 ? nullptr : base + item.start);
            lengths.push_back(item.length);
            formats.push_back(item.as_text ? 0 : 1);
        }
    }
    int count() const { return static_cast<int>(types.size()); }

    std::vector<Oid> types;
    std::vector<const char*> values;
    std::vector<int> lengths, formats;
};

}  // namespace

int send_prepare(PGconn* conn, const Statement& statement, const Parameters& parameters) {
    Arrays arrays(parameters);
    return PQsendPrepare(conn, std::string(statement.name).c_str(), std::string(statement.text).c_str(), arrays.count(),
                         arrays.types.data());
}

int send_prepared(PGconn* conn, std::string_view name, const Parameters& parameters) {
    Arrays arrays(parameters);
    return PQsendQueryPrepared(conn, std::string(name).c_str(), arrays.count(), arrays.values.data(),
                               arrays.lengths.data(), arrays.formats.data(), 1);
}

int send_unnamed(PGconn* conn, std::string_view sql, const Parameters& parameters, Format format) {
    Arrays arrays(parameters);
    refuse_nul(sql);
    return PQsendQueryParams(conn, std::string(sql).c_str(), arrays.count(), arrays.types.data(), arrays.values.data(),
                             arrays.lengths.data(), arrays.formats.data(), format == Format::binary ? 1 : 0);
}

bool Wire::is_prepared(const Statement& statement) const {
    auto found = prepared_.find(std::string(statement.name));
    if (found == prepared_.end()) return false;
    if (found->second == statement.text) return true;
    throw Failure({.code = "pg.statement_name_taken",
                   .message = "two statements of different text are named " + found->first,
                   .hint = "Give each statement of a database a name of its own."});
}

void Wire::remember_prepared(const Statement& statement) {
    prepared_.emplace(std::string(statement.name), std::string(statement.text));
}

}  // namespace gsdb::pg
