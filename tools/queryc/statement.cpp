#include "queryc/statement.hpp"

#include <fmt/format.h>
#include <sodium.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <sstream>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "queryc/sql_tokens.hpp"

namespace gsdb::queryc {

namespace {

constexpr std::array<std::string_view, 4> cardinality_names{"one", "optional", "many", "exec"};
constexpr std::array<std::string_view, 3> scope_names{"tenant", "cross", "local"};

template <std::size_t size>
std::optional<std::size_t> index_of(const std::array<std::string_view, size>& names, std::string_view name) {
    auto found = std::ranges::find(names, name);
    if (found == names.end()) return std::nullopt;
    return static_cast<std::size_t>(found - names.begin());
}

[[noreturn]] void fail(const std::string& file, std::size_t line, std::string message, std::string hint) {
    throw Failure({.code = "queryc.syntax",
                   .message = fmt::format("{}:{}: {}", file, line, message),
                   .hint = std::move(hint),
                   .exit_code = ExitCode::problems});
}

std::string_view trimmed(std::string_view text) {
    auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool is_snake_case(std::string_view name) {
    auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
    return !name.empty() && is_lower(name[0]) &&
           std::ranges::all_of(name, [&](char c) { return is_lower(c) || c == '_' || (c >= '0' && c <= '9'); });
}

/// What a `--` comment says, without the dashes; nothing for other tokens.
std::optional<std::string_view> comment_line(const Token& token) {
    if (token.kind != Token::comment || !token.text.starts_with("--")) return std::nullopt;
    return trimmed(token.text.substr(2));
}

/// The rest of `line` after `keyword`, when it starts with it.
std::optional<std::string_view> after(std::string_view line, std::string_view keyword) {
    if (!line.starts_with(keyword)) return std::nullopt;
    return trimmed(line.substr(keyword.size()));
}

/// "limit: nullable" in its two halves.
std::pair<std::string, std::string_view> split_at_colon(std::string_view text) {
    auto colon = text.find(':');
    if (colon == std::string_view::npos) return {std::string(text), {}};
    return {std::string(trimmed(text.substr(0, colon))), trimmed(text.substr(colon + 1))};
}

class Parser {
  public:
    Parser(std::string_view text, const std::string& file) : text_(text), file_(file) {}

    std::vector<Statement> run() {
        for (const auto& token : scan()) take(token);
        finish();
        return std::move(statements_);
    }

  private:
    std::vector<Token> scan() const {
        try {
            return tokenize(text_);
        } catch (const Failure& failure) {
            auto error = failure.error();
            error.message = file_ + ":" + error.message;
            error.exit_code = ExitCode::problems;
            throw Failure(std::move(error));
        }
    }

    void take(const Token& token) {
        line_ = line_of(text_, token.offset);
        if (auto line = comment_line(token)) {
            if (auto header = after(*line, "name:")) return start(*header);
            if (!statements_.empty() && body_.empty()) header_line(*line);
            return;
        }
        if (token.kind == Token::comment || (token.kind == Token::space && body_.empty())) {
            if (token.kind == Token::comment && !body_.empty()) append(" ");
            return;
        }
        if (statements_.empty())
            fail(file_, line_, "SQL before the first statement's name",
                 "begin with a line: -- name: find_it :optional");
        body_token(token);
    }

    void start(std::string_view header) {
        finish();
        auto space = header.find(' ');
        auto name = header.substr(0, space);
        auto rest = space == std::string_view::npos ? std::string_view{} : trimmed(header.substr(space));
        if (!is_snake_case(name))
            fail(file_, line_, fmt::format("'{}' is not a name in snake_case", name),
                 "write: -- name: find_it :optional");
        auto cardinality = rest.starts_with(':') ? index_of(cardinality_names, rest.substr(1)) : std::nullopt;
        if (!cardinality)
            fail(file_, line_, fmt::format("statement {} does not say how many rows it answers", name),
                 fmt::format("write: -- name: {} :one, :optional, :many or :exec", name));
        statements_.push_back({.name = std::string(name),
                               .cardinality = static_cast<Cardinality>(*cardinality),
                               .file = file_,
                               .line = line_});
    }

    void header_line(std::string_view line) {
        auto& statement = statements_.back();
        if (auto scope = after(line, "scope:")) {
            auto index = index_of(scope_names, *scope);
            if (!index) fail(file_, line_, fmt::format("unknown scope '{}'", *scope), "write tenant, cross or local");
            statement.scope = static_cast<Scope>(*index);
        } else if (auto parameter = after(line, "param ")) {
            auto [name, value] = split_at_colon(*parameter);
            if (value != "nullable")
                fail(file_, line_, "a parameter can only be made nullable",
                     fmt::format("write: -- param {}: nullable", name));
            statement.nullable_parameters.insert(name);
        } else if (auto column = after(line, "column ")) {
            auto [name, value] = split_at_colon(*column);
            if (value != "nullable" && value != "not null")
                fail(file_, line_, fmt::format("column {} is neither nullable nor not null", name),
                     fmt::format("write: -- column {}: not null", name));
            statement.nullable_columns[name] = value == "nullable";
        } else if (auto type = after(line, "type ")) {
            auto [name, value] = split_at_colon(*type);
            if (value.empty()) fail(file_, line_, "a type without a name", "write: -- type lead_id: UserId");
            statement.types[name] = std::string(value);
        } else {
            statement.documentation.emplace_back(line);
        }
    }

    void body_token(const Token& token) {
        if (ended_ && token.kind != Token::space)
            fail(file_, line_, "a second statement under one name", "give it its own line: -- name: ... :exec");
        if (token.kind == Token::symbol && token.text == ";") {
            ended_ = true;
        } else if (token.kind == Token::parameter) {
            append(fmt::format("${}", parameter_number(std::string(token.text.substr(1)))));
        } else if (token.kind == Token::symbol && token.text.size() > 1 && token.text[0] == '$') {
            fail(file_, line_, fmt::format("a parameter by number, {}", token.text), "name it, as in :organization_id");
        } else {
            append(token.text);
        }
    }

    std::size_t parameter_number(const std::string& name) {
        auto& names = statements_.back().parameters;
        if (!is_snake_case(name))
            fail(file_, line_, fmt::format("parameter ':{}' is not in snake_case", name),
                 "use lower-case letters, digits and _");
        auto found = std::ranges::find(names, name);
        if (found == names.end()) found = names.insert(found, name);
        return static_cast<std::size_t>(found - names.begin()) + 1;
    }

    /// Adds to the body and remembers for each of its lines where it was in the file.
    void append(std::string_view text) {
        if (body_.empty()) body_lines_ = {line_};
        body_ += text;
        auto line = line_;
        for (char c : text)
            if (c == '\n') body_lines_.push_back(++line);
    }

    void finish() {
        if (statements_.empty()) return;
        auto& statement = statements_.back();
        std::istringstream lines(body_);
        std::string line;
        for (std::size_t i = 0; std::getline(lines, line); ++i) {
            auto end = line.find_last_not_of(" \t\r");
            if (end == std::string::npos) continue;
            if (!statement.text.empty()) statement.text += '\n';
            statement.text += line.substr(0, end + 1);
            statement.text_lines.push_back(body_lines_[i]);
        }
        if (statement.text.empty())
            fail(file_, statement.line, fmt::format("statement {} has no SQL", statement.name),
                 "write it or remove the name");
        for (const auto& name : statement.nullable_parameters)
            if (std::ranges::find(statement.parameters, name) == statement.parameters.end())
                fail(file_, statement.line, fmt::format("statement {} has no parameter :{}", statement.name, name),
                     "correct or remove its -- param line");
        body_.clear();
        ended_ = false;
    }

    std::string_view text_;
    std::string file_;
    std::vector<Statement> statements_;
    std::string body_;
    std::vector<std::size_t> body_lines_;
    std::size_t line_ = 1;
    bool ended_ = false;
};

/// types.toml: [types] with a C++ type for each name. What a statement says itself goes first.
void apply_folder_types(const std::filesystem::path& path, std::vector<Statement>& statements) {
    if (!std::filesystem::exists(path)) return;
    auto fail_here = [&](std::size_t line, std::string_view why) {
        fail(path.filename().string(), line, std::string(why), "write: [types], then lines as lead_id = \"UserId\"");
    };
    toml::table document;
    try {
        document = toml::parse(read_text(path));
    } catch (const toml::parse_error& error) {
        fail_here(error.source().begin.line, error.description());
    }
    auto* types = document["types"].as_table();
    if (!types) fail_here(1, "no table [types]");
    for (auto&& [name, node] : *types) {
        auto type = node.value<std::string>();
        if (!type) fail_here(node.source().begin.line, "the type is not a string");
        for (auto& statement : statements) statement.types.try_emplace(std::string(name.str()), *type);
    }
}

}  // namespace

std::string_view to_string(Cardinality cardinality) {
    return cardinality_names[static_cast<std::size_t>(cardinality)];
}
std::string_view to_string(Scope scope) {
    return scope_names[static_cast<std::size_t>(scope)];
}

std::string Statement::fingerprint() const {
    auto whole = text;
    for (const auto& parameter : parameters) whole += "\n:" + parameter;
    std::array<std::uint8_t, crypto_hash_sha256_BYTES> digest;
    crypto_hash_sha256(digest.data(), as_bytes(whole).data(), whole.size());
    return "sha256:" + to_hex(digest);
}

std::string Statement::place() const {
    return fmt::format("{}:{}", file, line);
}

std::vector<Statement> parse_statements(std::string_view text, const std::string& file) {
    return Parser(text, file).run();
}

std::vector<Statement> read_statements(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().extension() == ".sql") files.push_back(entry.path());
    std::ranges::sort(files);
    std::vector<Statement> statements;
    for (const auto& file : files)
        std::ranges::move(parse_statements(read_text(file), file.filename().string()), std::back_inserter(statements));
    std::ranges::stable_sort(statements, {}, &Statement::name);
    auto twice = std::ranges::adjacent_find(statements, {}, &Statement::name);
    if (twice != statements.end())
        fail(std::next(twice)->file, std::next(twice)->line,
             fmt::format("the name {} is taken by {}", twice->name, twice->place()), "give one of them another name");
    apply_folder_types(folder / "types.toml", statements);
    return statements;
}

std::string read_text(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    if (!stream)
        throw Failure({.code = "queryc.read",
                       .message = fmt::format("{} cannot be read", path.string()),
                       .hint = "does it exist, and may this user read it?",
                       .exit_code = ExitCode::not_found});
    return text.str();
}

}  // namespace gsdb::queryc
