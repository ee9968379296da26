#include "modules/codebase/extract/extractor.hpp"

#include <fmt/format.h>
#include <simdjson.h>
#include <time.h>
#include <tree_sitter/api.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>
#include <stdexcept>

#include "modules/codebase/extract/attribute_macros.hpp"
#include "modules/codebase/extract/builder.hpp"
#include "modules/codebase/extract/grammar.hpp"
#include "modules/codebase/extract/language_queries.hpp"
#include "modules/codebase/extract/line_counts.hpp"
#include "modules/codebase/extract/loaded_language.hpp"
#include "modules/codebase/extract/query_rules.hpp"
#include "modules/codebase/extract/rules.hpp"

extern "C" {
const TSLanguage* tree_sitter_bash();
const TSLanguage* tree_sitter_c();
const TSLanguage* tree_sitter_c_sharp();
const TSLanguage* tree_sitter_cpp();
const TSLanguage* tree_sitter_go();
const TSLanguage* tree_sitter_java();
const TSLanguage* tree_sitter_javascript();
const TSLanguage* tree_sitter_kotlin();
const TSLanguage* tree_sitter_php();
const TSLanguage* tree_sitter_python();
const TSLanguage* tree_sitter_ruby();
const TSLanguage* tree_sitter_rust();
const TSLanguage* tree_sitter_swift();
const TSLanguage* tree_sitter_tsx();
const TSLanguage* tree_sitter_typescript();
}

namespace gsdb::codebase::extract {
namespace {

/// Time this thread has worked. The wall clock would let a busy machine decide which files are too slow.
std::chrono::nanoseconds thread_time() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

struct Grammar {
    const TSLanguage* language = nullptr;
    void (*extract)(Builder&, TSNode) = nullptr;  ///< null where queries say it
    FieldIds fields{};
};

const Grammar& grammar(Language language) {
    static const auto grammars = [] {
        std::array<Grammar, grammar_table_size> all{};
        const auto set = [&](Language which, const TSLanguage* parser, void (*extract)(Builder&, TSNode)) {
            all[static_cast<std::size_t>(which)] = {parser, extract, resolve_fields(parser)};
        };
        set(Language::c, tree_sitter_c(), extract_c);
        set(Language::cpp, tree_sitter_cpp(), extract_cpp);
        set(Language::go, tree_sitter_go(), extract_go);
        set(Language::java, tree_sitter_java(), extract_java);
        set(Language::javascript, tree_sitter_javascript(), extract_javascript);
        set(Language::python, tree_sitter_python(), extract_python);
        set(Language::rust, tree_sitter_rust(), extract_rust);
        set(Language::tsx, tree_sitter_tsx(), extract_tsx);
        set(Language::typescript, tree_sitter_typescript(), extract_typescript);
        set(Language::csharp, tree_sitter_c_sharp(), nullptr);
        set(Language::kotlin, tree_sitter_kotlin(), nullptr);
        set(Language::php, tree_sitter_php(), nullptr);
        set(Language::ruby, tree_sitter_ruby(), nullptr);
        set(Language::shell, tree_sitter_bash(), nullptr);
        set(Language::swift, tree_sitter_swift(), nullptr);
        return all;
    }();
    return grammars[static_cast<std::size_t>(language)];
}

/// What the query files of the program say of a language, made at the first call.
const SymbolQuery& symbol_query(Language language) {
    static std::array<std::once_flag, grammar_table_size> made;
    static std::array<std::optional<SymbolQuery>, grammar_table_size> queries;
    const auto number = static_cast<std::size_t>(language);
    std::call_once(made[number], [&] {
        auto query = SymbolQuery::compile(grammar_of(language), queries_of(language).symbols);
        if (!query)
            throw std::logic_error(
                fmt::format("{}: symbols.scm:{}: {}", to_label(language), query.error().line, query.error().message));
        queries[number] = *std::move(query);
    });
    return *queries[number];
}

/// UTF-16 or UTF-32: by its byte order mark, or by a NUL in nearly every other byte of the beginning.
bool is_wide_text(std::string_view source) {
    if (source.starts_with("\xFF\xFE") || source.starts_with("\xFE\xFF")) return true;
    const auto beginning = source.substr(0, 512);
    const auto nuls = static_cast<std::size_t>(std::ranges::count(beginning, '\0'));
    return beginning.size() >= 4 && nuls * 5 >= beginning.size() * 2;
}

struct ParseInput {
    std::string_view source;
    std::chrono::nanoseconds deadline;
    std::uint32_t calls = 0;
};

const char* read(void* payload, std::uint32_t byte, TSPoint, std::uint32_t* bytes_read) {
    const auto& source = static_cast<const ParseInput*>(payload)->source;
    *bytes_read = byte < source.size() ? static_cast<std::uint32_t>(source.size() - byte) : 0;
    return *bytes_read > 0 ? source.data() + byte : "";
}

/// Called for every hundred steps or so of the parser; reading the clock costs as much as some of them.
bool is_over_deadline(TSParseState* state) {
    auto* input = static_cast<ParseInput*>(state->payload);
    return ++input->calls % 32 == 0 && thread_time() >= input->deadline;
}

struct DeleteTree {
    void operator()(TSTree* tree) const { ts_tree_delete(tree); }
};
struct DeleteParser {
    void operator()(TSParser* parser) const { ts_parser_delete(parser); }
};

}  // namespace

const TSLanguage* grammar_of(Language language) {
    return grammar(language).language;
}

/// What is done with a source.
struct Extraction {
    Language language{};
    const TSLanguage* grammar = nullptr;  ///< null where there is none
    const FieldIds& fields;
    const CommentSyntax& comments;  ///< to count lines where there is no tree
    std::function<void(Builder&, TSNode)> apply_rules;
};

struct Extractor::State {
    using Tree = std::unique_ptr<TSTree, DeleteTree>;

    Limits limits;
    std::unique_ptr<TSParser, DeleteParser> parser{ts_parser_new()};

    /// No tree when the deadline passed.
    Tree parse(std::string_view source, const TSLanguage* language) {
        ParseInput payload{source, thread_time() + limits.deadline};
        ts_parser_set_language(parser.get(), language);
        Tree tree{ts_parser_parse_with_options(parser.get(), nullptr, {&payload, read, TSInputEncodingUTF8, nullptr},
                                               {&payload, is_over_deadline})};
        if (!tree) ts_parser_reset(parser.get());
        return tree;
    }

    FileFacts extract(std::string_view source, const Extraction& task, const SeeTreeAndFacts& see);
};

Extractor::Extractor(Limits limits) : state_(std::make_unique<State>(State{.limits = limits})) {}
Extractor::Extractor(Extractor&&) noexcept = default;
Extractor& Extractor::operator=(Extractor&&) noexcept = default;
Extractor::~Extractor() = default;

FileFacts Extractor::extract(std::string_view source, Language language, const SeeTree& see) {
    if (!see) return extract(source, language);
    return extract(source, language,
                   [&](TSNode root, std::string_view parsed, const FileFacts&) { see(root, parsed); });
}

FileFacts Extractor::State::extract(std::string_view source, const Extraction& task, const SeeTreeAndFacts& see) {
    FileFacts facts;
    facts.language = task.language;
    if (is_wide_text(source)) {
        facts.status = Status::not_utf8;
        return facts;
    }
    const auto only_lines = [&](Status status) {
        facts.status = status;
        facts.lines = count_lines(source, task.comments);
        return std::move(facts);
    };
    if (source.size() > limits.source_bytes_max) return only_lines(Status::too_large);
    if (task.grammar == nullptr) return only_lines(Status::unparsed);
    const bool has_macros = task.language == Language::c || task.language == Language::cpp;
    const auto plain = has_macros ? without_attribute_macros(source) : std::nullopt;
    const auto tree = parse(plain ? *plain : source, task.grammar);
    if (!tree) return only_lines(Status::timed_out);

    facts.status = Status::ok;
    const bool is_storable =
        source.find('\0') == std::string_view::npos && simdjson::validate_utf8(source.data(), source.size());
    Builder builder(facts, source, task.fields, limits, is_storable);
    task.apply_rules(builder, ts_tree_root_node(tree.get()));
    builder.finish();
    if (facts.status == Status::ok && facts.error_count > 0) facts.status = Status::has_errors;
    if (see) see(ts_tree_root_node(tree.get()), plain ? std::string_view(*plain) : source, facts);
    return facts;
}

FileFacts Extractor::extract(std::string_view source, Language language, const SeeTreeAndFacts& see) {
    static const FieldIds no_fields{};
    if (!is_parsed(language))
        return state_->extract(source, {language, nullptr, no_fields, info(language).comments, {}}, see);
    const auto& parsed_by = grammar(language);
    return state_->extract(source,
                           {language, parsed_by.language, parsed_by.fields, info(language).comments,
                            [&](Builder& builder, TSNode root) {
                                if (parsed_by.extract != nullptr)
                                    parsed_by.extract(builder, root);
                                else
                                    extract_by_query(builder, root, symbol_query(language));
                            }},
                           see);
}

FileFacts Extractor::extract(std::string_view source, const LoadedLanguage& language, const SeeTreeAndFacts& see) {
    return state_->extract(
        source,
        {Language::unknown, language.grammar(), language.fields(), language.comments(),
         [&](Builder& builder, TSNode root) { extract_by_query(builder, root, language.symbols()); }},
        see);
}

}  // namespace gsdb::codebase::extract
