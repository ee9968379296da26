#include "workload_file.hpp"

#include <fmt/format.h>

#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>

#include "migrate/sql_scanner.hpp"

namespace gsdb::bench {

namespace {

std::string comment_value(const std::string& comments, const std::string& name) {
    std::smatch match;
    const std::regex line("-- " + name + ": (.*)");
    return std::regex_search(comments, match, line) ? match[1].str() : "";
}

std::string literals(const Row& row) {
    std::string list;
    for (const auto& value : row)
        list += (list.empty() ? "" : ", ") + (value ? migrate::quote_literal(*value) : std::string("null"));
    return list;
}

}  // namespace

std::vector<Query> read_workload(const std::filesystem::path& file, const std::string& module) {
    std::ifstream stream(file);
    const auto text = (std::stringstream() << stream.rdbuf()).str();
    std::vector<Query> queries;
    std::size_t end = 0;
    for (const auto& statement : migrate::split_statements(text)) {
        const auto comments = text.substr(end, statement.offset - end);
        end = statement.offset + statement.text.size();
        if (statement.words.size() < 2 || statement.words[0] != "prepare")
            throw std::runtime_error(fmt::format("{}: a statement is no PREPARE", file.string()));
        const auto goal = comment_value(comments, "goal");
        Query query{module, statement.words[1], std::string(statement.text), comment_value(comments, "values"),
                    goal.empty() ? 20 : std::stod(goal)};
        if (query.values.empty())
            throw std::runtime_error(fmt::format("{}: {} has no line `-- values:`", file.string(), query.name));
        queries.push_back(std::move(query));
    }
    return queries;
}

void draw_calls(Query& query, Client& administrator, const std::vector<std::string>& organizations, std::size_t count,
                std::mt19937_64& random) {
    std::uniform_int_distribution<std::size_t> any(0, organizations.size() - 1);
    for (std::size_t i = 0; i < count * 3 && query.calls.size() < count; ++i) {
        const auto& organization = organizations[any(random)];
        // A row among the organization's first thousand, or its first one.
        const auto from =
            fmt::format("select * from ({}) as v where v.organization_id = '{}'", query.values, organization);
        auto rows = administrator.query(fmt::format("{} offset {} limit 1", from, random() % 1000));
        if (rows.empty()) rows = administrator.query(from + " limit 1");
        if (rows.empty()) continue;
        query.calls.push_back({organization, fmt::format("execute {} ({})", query.name, literals(rows.front()))});
    }
}

void draw_key_calls(Query& query, Client& administrator, std::size_t rows) {
    std::smatch match;
    const std::regex from("from ([a-z_]+\\.[a-z_]+)");
    if (!std::regex_search(query.values, match, from)) return;
    const auto table = match[1].str();
    const auto columns = administrator.query(fmt::format(
        "select quote_ident(a.attname), format_type(a.atttypid, null) from pg_index i, unnest(i.indkey[:i.indnkeyatts "
        "- 1]) "
        "with ordinality k (attnum, n) join pg_attribute a using (attnum) where i.indrelid = '{0}'::regclass and "
        "a.attrelid = i.indrelid and i.indisprimary and a.attname <> 'organization_id' order by n",
        table));
    std::string names, types, condition, unnest, arrays;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const auto& name = *columns[i][0];
        const auto comma = i == 0 ? "" : ", ";
        names += comma + name;
        types += fmt::format(", {}[]", *columns[i][1]);
        unnest += fmt::format("{}${}", comma, i + 2);
        arrays += fmt::format(", array_agg({})", name);
        condition += fmt::format(" and t.{0} = k.{0}", name);
    }
    query.key_prepare = fmt::format(
        "prepare key_{0} (uuid{1}) as select t.* from unnest({2}) as k ({3}) join {4} t on t.organization_id = $1{5}",
        query.name, types, unnest, names, table, condition);
    for (std::size_t i = 0; i < std::min<std::size_t>(8, query.calls.size()); ++i) {
        const auto& organization = query.calls[i].organization;
        const auto keys = administrator.query(fmt::format(
            "select organization_id{} from (select organization_id, {} from {} where organization_id = '{}' "
            "offset {} limit {}) k group by 1",
            arrays, names, table, organization, i * rows, rows));
        if (!keys.empty())
            query.key_calls.push_back(
                {organization, fmt::format("execute key_{} ({})", query.name, literals(keys.front()))});
    }
}

}  // namespace gsdb::bench
