#include "migrate/migration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>

#include "base/bytes.hpp"
#include "crypto/digest.hpp"
#include "migrate/concurrent_index.hpp"
#include "migrate/sql_scanner.hpp"

namespace gsdb::migrate {
namespace {

/// By the value of Kind.
constexpr std::array<std::string_view, 5> kind_names{"plain", "expand", "backfill", "switch", "contract"};
static_assert(kind_names.size() == static_cast<std::size_t>(Kind::contract) + 1);

std::optional<Kind> parse_kind(std::string_view text) {
    const auto found = std::ranges::find(kind_names, text);
    return found == kind_names.end() ? std::nullopt : std::optional(static_cast<Kind>(found - kind_names.begin()));
}

template <class Number>
std::optional<Number> parse_positive(std::string_view text) {
    Number value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value <= 0) return std::nullopt;
    return value;
}

/// "250ms", "5s" or "2min".
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    for (const auto& [unit, milliseconds] :
         {std::pair{std::string_view("ms"), 1}, {std::string_view("min"), 60'000}, {std::string_view("s"), 1000}}) {
        if (!text.ends_with(unit)) continue;
        const auto count = parse_positive<int>(text.substr(0, text.size() - unit.size()));
        return count ? std::optional(std::chrono::milliseconds(std::int64_t{*count} * milliseconds)) : std::nullopt;
    }
    return std::nullopt;
}

std::string_view trim(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\n");
    return begin == text.npos ? std::string_view{} : text.substr(begin, text.find_last_not_of(" \t\n") - begin + 1);
}

std::vector<std::string_view> split_words(std::string_view text) {
    std::vector<std::string_view> words;
    for (auto at = text.find_first_not_of(" \t"); at != text.npos; at = text.find_first_not_of(" \t", at)) {
        const auto end = std::min(text.find_first_of(" \t", at), text.size());
        words.push_back(text.substr(at, end - at));
        at = end;
    }
    return words;
}

/// A comment line `-- migrate: ...` that stands alone on its line, or nothing.
std::optional<std::string_view> directive_of(std::string_view text, const Token& token) {
    if (token.kind != Token::line_comment) return std::nullopt;
    const auto line_start = text.rfind('\n', token.offset) + 1;  // npos + 1 is 0: the first line
    if (!trim(text.substr(line_start, token.offset - line_start)).empty()) return std::nullopt;
    const auto comment = trim(token.text.substr(2));
    constexpr std::string_view marker = "migrate:";
    if (!comment.starts_with(marker)) return std::nullopt;
    return trim(comment.substr(marker.size()));
}

/// Whether the statement ends or opens a transaction, which is the engine's to do.
bool controls_transaction(const SqlStatement& statement) {
    constexpr std::array<std::string_view, 7> words{"begin",    "start", "commit",   "end",
                                                    "rollback", "abort", "savepoint"};
    return !statement.words.empty() && std::ranges::count(words, statement.words.front()) > 0;
}

/// Whether PostgreSQL refuses the statement inside a transaction.
bool needs_no_transaction(const SqlStatement& statement) {
    const auto& words = statement.words;
    if (words.empty()) return false;
    if (words[0] == "vacuum") return true;
    if (words.size() < 2) return false;
    if (words[1] == "database" || words[1] == "tablespace") return words[0] == "create" || words[0] == "drop";
    if (words[0] == "alter" && words[1] == "system") return true;
    const bool is_index = words[0] == "reindex" || std::ranges::count(words, "index") > 0;
    return is_index && std::ranges::count(words, "concurrently") > 0;
}

class Parser {
  public:
    Parser(std::string_view module, const SqlFile& file) : file_(file) { migration_.module = module; }

    Result<Migration> run() {
        parse_name();
        migration_.text = normalise_sql(file_.text);
        migration_.checksum = sha256_hex(migration_.text);
        split_sections();
        check_kind();
        check_statements(migration_.sql, migration_.sql_line);
        check_statements(migration_.rollback_sql, rollback_line_);
        if (error_) return std::unexpected(*error_);
        return std::move(migration_);
    }

  private:
    /// Keeps the first error.
    void fail(std::size_t line, std::string detail, std::string hint) {
        if (error_) return;
        error_ = Error{.code = "migrate.file_invalid",
                       .message = fmt::format("migration {}/{} is not valid", migration_.module, file_.name),
                       .detail = line ? fmt::format("line {}: {}", line, detail) : std::move(detail),
                       .hint = std::move(hint)};
    }

    void parse_name() {
        const auto name = file_.name;
        const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
        const auto is_part = [&](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || c == '_'; };
        const auto stem = name.ends_with(".sql") ? name.substr(0, name.size() - 4) : std::string_view{};
        const bool fits = stem.size() > 5 && std::ranges::all_of(stem.substr(0, 4), is_digit) && stem[4] == '_' &&
                          std::ranges::all_of(stem.substr(5), is_part);
        const auto version = fits ? parse_positive<int>(stem.substr(0, 4)) : std::nullopt;
        if (!version)
            return fail(0, "its name is not of the form 0001_what_it_does.sql",
                        "rename the file; versions begin at 0001");
        migration_.version = *version;
        migration_.name = stem.substr(5);
    }

    void split_sections() {
        const std::string_view text = migration_.text;
        std::string_view section = "sql";
        std::size_t section_begin = 0;
        bool has_sql = false;
        for (const Token& token : scan_sql(text)) {
            const auto directive = directive_of(text, token);
            if (!directive) {
                has_sql = has_sql || (token.kind != Token::line_comment && token.kind != Token::block_comment);
                continue;
            }
            const auto line = line_of(text, token.offset);
            if (directive->find('=') != directive->npos) {
                if (has_sql || section != "sql") {
                    return fail(line, "a setting follows the first statement", "move it to the comment at the top");
                }
                set_all(*directive, line);
                continue;
            }
            take_section(section, section_begin, token.offset);
            section = *directive;
            section_begin = std::min(token.offset + token.text.size() + 1, text.size());
            open_section(section, line);
        }
        take_section(section, section_begin, text.size());
    }

    void open_section(std::string_view name, std::size_t line) {
        constexpr std::array<std::string_view, 3> known{"rollback", "total", "verify"};
        if (std::ranges::count(known, name) == 0)
            return fail(
                line, fmt::format("\"{}\" is neither a setting nor a section", name),
                "settings: kind, transaction, lock_timeout, batch_size, extension; sections: rollback, total, verify");
        if (std::ranges::count(seen_, name) > 0) fail(line, fmt::format("section {} appears twice", name), "join them");
        seen_.emplace_back(name);
    }

    void take_section(std::string_view name, std::size_t begin, std::size_t end) {
        const std::string_view section = std::string_view(migration_.text).substr(begin, end - begin);
        const auto line = line_of(migration_.text, begin);
        const auto statements = split_statements(section);
        if (name == "sql") {
            migration_.sql = section;
            migration_.sql_line = line;
            if (statements.empty())
                fail(0, "it has no statement", "write one, or delete the file before it is released");
            return;
        }
        if (statements.empty()) return fail(line, fmt::format("section {} is empty", name), "fill it or leave it out");
        if (name == "rollback") {
            migration_.rollback_sql = section;
            rollback_line_ = line;
            return;
        }
        if (statements.size() > 1)
            return fail(line, fmt::format("section {} has several statements", name), "write one");
        (name == "total" ? migration_.total_sql : migration_.verify_sql) = statements.front().text;
    }

    void set_all(std::string_view directive, std::size_t line) {
        for (const auto pair : split_words(directive)) {
            const auto equals = std::min(pair.find('='), pair.size());
            const auto value = equals < pair.size() ? pair.substr(equals + 1) : std::string_view{};
            set(pair.substr(0, equals), value, line);
        }
    }

    void set(std::string_view key, std::string_view value, std::size_t line) {
        const auto take = [&](auto& target, const auto& parsed, std::string_view allowed) {
            if (!parsed)
                return fail(line, fmt::format("{} cannot be \"{}\"", key, value), fmt::format("use {}", allowed));
            target = *parsed;
        };
        if (key == "kind")
            return take(migration_.kind, parse_kind(value), "plain, expand, backfill, switch or contract");
        if (key == "lock_timeout")
            return take(migration_.lock_timeout, parse_duration(value), "a time such as 500ms, 5s or 1min");
        if (key == "batch_size")
            return take(migration_.batch_size, parse_positive<std::int64_t>(value), "a number of rows above 0");
        if (key == "transaction")
            return take(migration_.in_transaction,
                        value == "on" || value == "off" ? std::optional(value == "on") : std::nullopt, "on or off");
        if (key == "extension" && !value.empty()) return migration_.extensions.emplace_back(value), void();
        fail(line, fmt::format("there is no setting \"{}\"", key),
             "settings: kind, transaction, lock_timeout, batch_size, extension");
    }

    void check_kind() {
        const bool is_backfill = migration_.kind == Kind::backfill;
        if (!is_backfill && !(migration_.total_sql.empty() && migration_.verify_sql.empty()))
            return fail(0, "only a backfill has the sections total and verify",
                        "set kind=backfill or drop the sections");
        if (!is_backfill) return;
        if (split_statements(migration_.sql).size() != 1)
            return fail(0, "a backfill is one statement that does one batch", "join its statements with `with`");
        if (migration_.verify_sql.empty())
            return fail(0, "a backfill needs a section verify",
                        "add `-- migrate: verify` and a query that counts the rows still missing or stale");
        for (const auto name : {":batch_size", ":cursor"}) {
            if (std::ranges::count(scan_sql(migration_.sql), name, &Token::text) > 0) continue;
            return fail(
                0, fmt::format("a backfill's statement uses {}", name),
                "take `limit :batch_size` rows behind `:cursor` in the order of the key; see migrate/README.md");
        }
        if (!migration_.in_transaction)
            return fail(0, "each batch of a backfill is a transaction", "drop transaction=off");
    }

    void check_statements(std::string_view sql, std::size_t first_line) {
        for (const auto& statement : split_statements(sql)) {
            const auto line = [&] { return first_line - 1 + line_of(sql, statement.offset); };
            if (controls_transaction(statement))
                return fail(line(), fmt::format("\"{}\" controls the transaction", statement.words.front()),
                            "leave it out: the engine opens and ends transactions");
            if (migration_.in_transaction && needs_no_transaction(statement))
                return fail(line(), fmt::format("\"{}\" cannot run in a transaction", fmt::join(statement.words, " ")),
                            "move it to a migration of its own with `-- migrate: transaction=off`");
            const auto index = concurrent_index_of(statement.text);
            if (index && (index->name.empty() || index->schema.empty()))
                return fail(line(), "an index built concurrently needs its name and its table's schema",
                            "write create index concurrently NAME on SCHEMA.TABLE: after a kill it is found by them");
        }
    }

    const SqlFile& file_;
    Migration migration_;
    std::size_t rollback_line_ = 1;
    std::vector<std::string> seen_;
    std::optional<Error> error_;
};

Error sequence_error(std::string_view code, const Migration& migration, std::string detail, std::string hint) {
    return {.code = std::string(code),
            .message = fmt::format("migration {} is out of sequence", migration.qualified_label()),
            .detail = std::move(detail),
            .hint = std::move(hint)};
}

/// The migrations are sorted by version.
std::optional<Error> find_sequence_error(const std::vector<Migration>& migrations) {
    int expected = 1;
    for (const Migration& migration : migrations) {
        if (migration.version < expected)
            return sequence_error("migrate.duplicate_version", migration,
                                  fmt::format("{} has the same version", migrations[expected - 2].label()),
                                  "give the one that is not released yet the next free version");
        if (migration.version > expected)
            return sequence_error("migrate.gap", migration, fmt::format("there is no version {:04}", expected),
                                  fmt::format("restore version {:04}, or renumber what is not released yet", expected));
        ++expected;
    }
    return std::nullopt;
}

Routine parse_routine(const SqlFile& file) {
    auto text = normalise_sql(file.text);
    auto checksum = sha256_hex(text);
    return {std::string(file.name.substr(0, file.name.rfind('.'))), std::move(checksum), std::move(text)};
}

}  // namespace

std::string_view to_string(Kind kind) {
    return kind_names[static_cast<std::size_t>(kind)];
}

std::string Migration::label() const {
    return fmt::format("{:04}_{}", version, name);
}
std::string Migration::qualified_label() const {
    return fmt::format("{} {}", module, label());
}

std::set<std::string> ModuleFiles::extensions() const {
    std::set<std::string> all;
    for (const auto& migration : migrations) all.insert(migration.extensions.begin(), migration.extensions.end());
    return all;
}

std::string normalise_sql(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    std::string result;
    result.reserve(text.size() + 1);
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        result.append(line.substr(0, line.find_last_not_of(" \t\r") + 1)) += '\n';
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    while (result.ends_with("\n\n")) result.pop_back();
    return result;
}

std::string sha256_hex(std::string_view text) {
    return to_hex(crypto::sha256(as_bytes(text)));
}

Result<Migration> parse_migration(std::string_view module, const SqlFile& file) {
    return Parser(module, file).run();
}

Result<ModuleFiles> parse_module(const ModuleSchema& schema) {
    ModuleFiles files{.module = std::string(schema.name), .schemas = {schema.schemas.begin(), schema.schemas.end()}};
    for (const SqlFile& file : schema.sql.migrations) {
        auto migration = parse_migration(schema.name, file);
        if (!migration) return std::unexpected(std::move(migration.error()));
        files.migrations.push_back(std::move(*migration));
    }
    std::ranges::sort(files.migrations, {}, &Migration::label);
    if (auto error = find_sequence_error(files.migrations)) return std::unexpected(std::move(*error));
    std::ranges::transform(schema.sql.routines, std::back_inserter(files.routines), parse_routine);
    return files;
}

Result<std::vector<ModuleFiles>> parse_modules(std::span<const ModuleSchema> schemas) {
    std::vector<ModuleFiles> modules;
    for (const ModuleSchema& schema : schemas) {
        auto files = parse_module(schema);
        if (!files) return std::unexpected(std::move(files.error()));
        modules.push_back(std::move(*files));
    }
    return modules;
}

}  // namespace gsdb::migrate
