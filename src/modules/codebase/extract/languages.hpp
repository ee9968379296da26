#pragma once
// Which language a file is written in.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace gsdb::codebase::extract {

/// Languages with a grammar come first. Append only within the second part: labels, not numbers, are stored.
enum class Language : std::uint8_t {
    unknown,
    c,
    cpp,
    python,
    javascript,
    typescript,
    tsx,
    go,
    rust,
    java,    // the last that has rules of its own
    csharp,  // what follows is told by query files
    kotlin,
    php,
    ruby,
    shell,
    swift,  // parsed
    ada,
    asciidoc,
    assembly,
    awk,
    batch,
    bazel,
    clojure,
    cmake,
    common_lisp,
    crystal,
    css,
    csv,
    cuda,
    cython,
    d,
    dart,
    dockerfile,
    elixir,
    elm,
    erlang,
    fish,
    fortran,
    fsharp,
    glsl,
    graphql,
    groovy,
    haskell,
    haxe,
    hcl,
    html,
    ini,
    json,
    jsonc,
    julia,
    latex,
    less,
    lua,
    makefile,
    markdown,
    matlab,
    meson,
    nim,
    nix,
    objective_c,
    objective_cpp,
    ocaml,
    org,
    pascal,
    perl,
    plain_text,
    powershell,
    prolog,
    properties,
    protobuf,
    purescript,
    qt_translation,
    r,
    racket,
    restructuredtext,
    sass,
    scala,
    scheme,
    scss,
    solidity,
    sql,
    starlark,
    svelte,
    svg,
    systemverilog,
    tcl,
    thrift,
    toml,
    typst,
    vala,
    verilog,
    vhdl,
    vim_script,
    vue,
    webassembly,
    xml,
    yaml,
    zig,
    count_  ///< how many there are; not a language
};

/// How comments look, for counting lines of languages without a grammar. Empty markers do not exist.
struct CommentSyntax {
    std::string_view line[2];
    std::string_view block_open[2];
    std::string_view block_close[2];
    std::string_view
        quotes;  ///< characters that open a string in which markers mean nothing; a string ends with its line
};

/// What is known of a language.
struct LanguageInfo {
    Language language;
    std::string_view label;  ///< stable, lower case: for the database, JSON and options
    std::string_view name;   ///< as people write it
    bool is_code;            ///< a programming language, not markup, data or prose
    CommentSyntax comments;
    std::string_view extensions;    ///< separated by spaces, without the dot, lower case
    std::string_view file_names;    ///< separated by spaces, exact
    std::string_view interpreters;  ///< separated by spaces, as named on a #! line without a version
};

const LanguageInfo& info(Language);
std::span<const LanguageInfo> all_languages();
inline std::string_view to_label(Language language) {
    return info(language).label;
}

/// The language of that label, or unknown.
Language language_from_label(std::string_view label);

/// Whether elements, imports and references can be extracted.
constexpr bool is_parsed(Language language) {
    return language >= Language::c && language <= Language::swift;
}

/// Whether query files say what its nodes mean (languages/README.md), not rules written for it. There are no checks of
/// such a language, and its calls are not followed.
constexpr bool is_told_by_queries(Language language) {
    return language >= Language::csharp && language <= Language::swift;
}

/// How many languages there are up to the last that is parsed: the size of a table of grammars.
constexpr std::size_t grammar_table_size = static_cast<std::size_t>(Language::swift) + 1;

/// The language of a file by its name, its extension, its `#!` line and, where an extension is shared (`.h`, `.ts`,
/// `.m`, ...), its content. Only the base name of `path` counts; `content` may be just the beginning of the file.
Language detect_language(std::string_view path, std::string_view content);

}  // namespace gsdb::codebase::extract
