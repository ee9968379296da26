#pragma once
// Everything behind `gsdb db generate`: fills the databases of a layout with synthetic rows, for measurements and
// trials.
//
//     auto made = co_await generate(connector, Layout::split(), schemas, {.scale = 0.01});
//
// What is made is written in SQL: sql/base/generate.sql for all, then sql/generate.sql of each module. Rows are
// inserted as the owner of their tables, so constraints, triggers and policies hold as for anybody; the owner's policy
// lets it write for every organization. Nothing is switched off.

#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "migrate/connector.hpp"
#include "migrate/layout.hpp"
#include "migrate/module_schema.hpp"

namespace gsdb::migrate {

struct GenerateProgress {
    std::string_view module;
    std::int64_t slices_done = 0, slices_total = 0;  ///< over all modules; slices have some ten thousand rows
};

struct GenerateOptions {
    double scale = 1;  ///< 1 is 10 million events, 1 million tasks and what belongs to them
    std::int64_t seed = 1;
    int days = 60;           ///< rows are spread over the days ...
    std::string until{};     ///< ... that end here, an SQL timestamp; empty for the present minute
    bool beside = false;     ///< also in databases that hold other data
    std::stop_token stop{};  ///< takes back what is not committed
    std::function<void(const GenerateProgress&)> progress{};
};

struct GeneratedModule {
    std::string module;
    std::string database;
    bool was_there = false;  ///< rows of this seed and scale were there already; nothing was done
    std::int64_t rows = 0;
    std::int64_t milliseconds = 0;
};

/// One transaction for each module, the databases side by side, then VACUUM (ANALYZE). Same options, same rows. Modules
/// that have rows of this seed and scale are left alone, so a run that was ended goes on with the next. Databases that
/// hold anything else are refused before anything is done, unless `beside`. Throws "generate.cancelled" when stopped.
Task<std::vector<GeneratedModule>> generate(Connector connect, Layout layout, std::span<const ModuleSchema> schemas,
                                            GenerateOptions options);

/// A statement of a generator file.
struct GeneratorStatement {
    std::string sql;
    std::int64_t slices = 1;  ///< how many times to run it, with generate.slice counting
};

/// A generator file with its parameters filled in.
struct GeneratorFile {
    std::vector<std::string> guards;  ///< tables whose rows mean that the module holds data; the first is always filled
    std::vector<GeneratorStatement> statements;
};
GeneratorFile read_generator(std::string_view text, const GenerateOptions& options);

}  // namespace gsdb::migrate
