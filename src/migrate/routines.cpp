#include "migrate/routines.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "migrate/layout.hpp"
#include "migrate/sql_scanner.hpp"

namespace gsdb::migrate {
namespace {

// The loop runs in the server, so that an order that does not fit at first costs neither a round trip nor an error in
// the server's log. Codes of class 42 say that a thing is missing or, for a changed result type or view column, still
// in the way. A later pass may succeed; what still fails when a pass got nowhere is a real error.
constexpr const char* routines_template = R"({begin}
do $gsdb_routines$
declare
    names constant text[] := array[{names}];
    texts constant text[] := array[{texts}];
    applied text[] := '{{}}';
    applied_before integer;
    failed_name text;
    failed_state text;
    failed_message text;
begin
    loop
        applied_before := cardinality(applied);
        for i in 1 .. cardinality(names) loop
            continue when names[i] = any (applied);
            begin
                execute texts[i];
                applied := applied || names[i];
            exception when undefined_function or undefined_table or undefined_object or undefined_column
                        or invalid_function_definition or invalid_table_definition or invalid_schema_name or datatype_mismatch then
                failed_name := names[i];
                failed_state := sqlstate;
                failed_message := sqlerrm;
            end;
        end loop;
        exit when cardinality(applied) in (cardinality(names), applied_before);
    end loop;
    if {strict} and cardinality(applied) < cardinality(names) then
        raise exception using errcode = failed_state, message = failed_name || ': ' || failed_message;
    end if;
    perform set_config('gsdb.routines_applied', array_to_string(applied, ','), true);
end
$gsdb_routines$;
{keeper}
insert into base.schema_routines (module, name, checksum, program_version)
select {module}, name, checksum, {version}
from unnest(array[{names}], array[{checksums}]::bytea[]) as routine (name, checksum)
where name = any (string_to_array(current_setting('gsdb.routines_applied'), ','))
order by array_position(string_to_array(current_setting('gsdb.routines_applied'), ','), name)
on conflict (module, name) do update set checksum = excluded.checksum, applied_at = now(), applied_by = session_user,
    program_version = excluded.program_version;
commit;)";

template <class Projection>
std::string literals(const std::vector<const Routine*>& routines, Projection projection) {
    std::string list;
    for (const auto* routine : routines) list += (list.empty() ? "" : ",") + projection(*routine);
    return list;
}

/// Where in the file the server's message points, found by running that file alone and taking it back.
Task<std::size_t> line_of_error(Session* session, const ModuleFiles* module, const Routine* routine,
                                std::string sqlstate) {
    std::size_t line = 0;
    try {
        co_await session->run(begin_as_owner(*module, std::chrono::seconds(5)) + "\n" + routine->sql + "\nrollback");
    } catch (const pg::SqlError& error) {
        if (error.sqlstate() == sqlstate && error.facts().line > 1)
            line = static_cast<std::size_t>(error.facts().line - 1);
    }
    co_return line;
}

/// The routine that the message of the loop names, or null for an error outside the list it catches.
const Routine* named_in(const std::vector<const Routine*>& routines, const pg::SqlError& error) {
    const auto found = std::ranges::find_if(
        routines, [&](auto* routine) { return error.facts().message.starts_with(routine->name + ": "); });
    return found == routines.end() ? nullptr : *found;
}

Task<> throw_routine_failure(Session* session, const ModuleFiles* module, std::vector<const Routine*> routines,
                             pg::SqlError error) {
    const auto* culprit = named_in(routines, error);
    for (const auto* routine : routines) {
        if (session->connection()->is_broken() || (culprit && routine != culprit)) continue;
        const auto line = co_await line_of_error(session, module, routine, std::string(error.sqlstate()));
        if (line > 0 || culprit)
            throw sql_failure(fmt::format("routine {}/{}.sql", module->module, routine->name), session->database(),
                              error, line);
    }
    throw sql_failure(fmt::format("the routines of module {}", module->module), session->database(), error, 0);
}

}  // namespace

std::vector<const Routine*> changed_routines(const ModuleFiles& module, const Records& records) {
    std::vector<const Routine*> changed;
    for (const Routine& routine : module.routines) {
        const auto record = records.routines.find({module.module, routine.name});
        if (record == records.routines.end() || record->second != routine.checksum) changed.push_back(&routine);
    }
    return changed;
}

bool lags_behind(const ModuleFiles& module, const Records& records) {
    if (!changed_routines(module, records).empty()) return true;
    const auto shape = records.shapes.find(module.module);
    const bool has_records = !records.of_module(module.module).empty();
    return has_records && (shape == records.shapes.end() || shape->second.basis != shape_basis(records, module.module));
}

std::string routines_script(const ModuleFiles& module, const std::vector<const Routine*>& routines, Missing missing,
                            std::string_view program_version) {
    using fmt::arg;
    return fmt::format(
        fmt::runtime(routines_template), arg("begin", begin_as_owner(module, std::chrono::seconds(5))),
        arg("names", literals(routines, [](auto& routine) { return quote_literal(routine.name); })),
        arg("texts", literals(routines, [](auto& routine) { return quote_literal(routine.sql); })),
        arg("checksums", literals(routines, [](auto& routine) { return "'\\x" + routine.checksum + "'"; })),
        arg("strict", missing == Missing::refuse ? "true" : "false"), arg("keeper", as_record_keeper()),
        arg("module", quote_literal(module.module)), arg("version", quote_literal(program_version)));
}

Task<std::vector<const Routine*>> apply_routines(Session* session, const ModuleFiles* module,
                                                 std::vector<const Routine*> routines, Missing missing,
                                                 std::string program_version, Records* records) {
    if (routines.empty()) co_return routines;
    std::optional<pg::SqlError> refused;
    auto script = routines_script(*module, routines, missing, program_version);
    try {
        co_await session->with_retries("routines of " + module->module,
                                       [session, &script] { return session->run(script); });
    } catch (const pg::SqlError& error) {
        refused = error;
    }
    if (refused) co_await throw_routine_failure(session, module, routines, *refused);
    if (missing == Missing::postpone) {
        *records = co_await read_records(session->connection());
        const auto left = changed_routines(*module, *records);
        std::erase_if(routines, [&](const Routine* routine) { return std::ranges::count(left, routine) > 0; });
    } else {
        for (const auto* routine : routines) records->routines[{module->module, routine->name}] = routine->checksum;
    }
    session->tell({.stage = Progress::routines,
                   .database = session->database(),
                   .step = module->module,
                   .rows_done = static_cast<std::int64_t>(routines.size())});
    co_return routines;
}

}  // namespace gsdb::migrate
