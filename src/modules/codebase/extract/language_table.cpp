// The table of languages: what their files are called and how their comments look.

#include <array>

#include "modules/codebase/extract/languages.hpp"

namespace gsdb::codebase::extract {
namespace {

using enum Language;

constexpr CommentSyntax c_like{{"//", ""}, {"/*", ""}, {"*/", ""}, "\"'"};
constexpr CommentSyntax c_block{{"", ""}, {"/*", ""}, {"*/", ""}, "\"'"};
constexpr CommentSyntax hash{{"#", ""}, {"", ""}, {"", ""}, "\"'"};
constexpr CommentSyntax hash_only{{"#", ""}, {"", ""}, {"", ""}, ""};
constexpr CommentSyntax xml_like{{"", ""}, {"<!--", ""}, {"-->", ""}, ""};
constexpr CommentSyntax percent{{"%", ""}, {"", ""}, {"", ""}, ""};
constexpr CommentSyntax semicolon{{";", ""}, {"#|", ""}, {"|#", ""}, "\""};
constexpr CommentSyntax dash_brace{{"--", ""}, {"{-", ""}, {"-}", ""}, "\""};
constexpr CommentSyntax paren_star{{"", ""}, {"(*", ""}, {"*)", ""}, "\""};
constexpr CommentSyntax no_comments{};

constexpr std::array<LanguageInfo, static_cast<std::size_t>(count_)> table{{
    {unknown, "unknown", "Unknown", false, no_comments, "", "", ""},
    {c, "c", "C", true, c_like, "c h idc", "", "tcc"},
    {cpp, "cpp", "C++", true, c_like, "cpp cc cxx c++ cppm ixx hpp hh hxx h++ ipp tpp txx tcc inl inc++ ino", "", ""},
    {python, "python", "Python", true, hash, "py pyi pyw pyt wsgi gyp gypi", "SConstruct SConscript wscript",
     "python pypy"},
    {javascript, "javascript", "JavaScript", true, c_like, "js mjs cjs jsx es6 jsm ssjs", "Jakefile",
     "node nodejs bun deno rhino"},
    {typescript, "typescript", "TypeScript", true, c_like, "ts mts cts", "", "ts-node tsx"},
    {tsx, "tsx", "TSX", true, c_like, "tsx", "", ""},
    {go, "go", "Go", true, c_like, "go", "", ""},
    {rust, "rust", "Rust", true, c_like, "rs", "", "rust-script"},
    {java, "java", "Java", true, c_like, "java jav", "", ""},
    {csharp, "csharp", "C#", true, c_like, "cs csx", "", "dotnet-script"},
    {kotlin, "kotlin", "Kotlin", true, c_like, "kt kts", "", "kotlin"},
    {php,
     "php",
     "PHP",
     true,
     {{"//", "#"}, {"/*", ""}, {"*/", ""}, "\"'"},
     "php php3 php4 php5 php7 phps phtml",
     "",
     "php"},
    {ruby,
     "ruby",
     "Ruby",
     true,
     {{"#", ""}, {"\n=begin", ""}, {"\n=end", ""}, "\"'"},
     "rb rbi rbw rake gemspec ru podspec thor",
     "Rakefile Gemfile Guardfile Podfile Vagrantfile Brewfile Fastfile",
     "ruby jruby rake"},
    {shell, "shell", "Shell", true, hash, "sh bash zsh ksh dash bats ebuild",
     ".bashrc .bash_profile .profile .zshrc PKGBUILD configure", "sh bash zsh ksh dash ash bats"},
    {swift, "swift", "Swift", true, c_like, "swift", "", "swift"},
    {ada, "ada", "Ada", true, {{"--", ""}, {"", ""}, {"", ""}, "\""}, "adb ads ada", "", ""},
    {asciidoc,
     "asciidoc",
     "AsciiDoc",
     false,
     {{"//", ""}, {"////", ""}, {"////", ""}, ""},
     "adoc asciidoc asc",
     "",
     ""},
    {assembly, "assembly", "Assembly", true, {{";", "#"}, {"/*", ""}, {"*/", ""}, "\""}, "s asm nasm", "", ""},
    {awk, "awk", "Awk", true, hash, "awk", "", "awk gawk mawk nawk"},
    {batch, "batch", "Batch", true, {{"REM ", "::"}, {"", ""}, {"", ""}, ""}, "bat cmd", "", ""},
    {bazel, "bazel", "Bazel", true, hash, "bazel bzl", "BUILD WORKSPACE MODULE.bazel", ""},
    {clojure, "clojure", "Clojure", true, {{";", ""}, {"", ""}, {"", ""}, "\""}, "clj cljs cljc edn", "", "clojure bb"},
    {cmake, "cmake", "CMake", true, {{"#", ""}, {"#[[", ""}, {"]]", ""}, "\""}, "cmake", "CMakeLists.txt", ""},
    {common_lisp, "common_lisp", "Common Lisp", true, semicolon, "lisp lsp cl asd el", "", "sbcl clisp emacs"},
    {crystal, "crystal", "Crystal", true, hash, "cr", "", "crystal"},
    {css, "css", "CSS", false, c_block, "css", "", ""},
    {csv, "csv", "CSV", false, no_comments, "csv tsv", "", ""},
    {cuda, "cuda", "CUDA", true, c_like, "cu cuh", "", ""},
    {cython, "cython", "Cython", true, hash, "pyx pxd pxi", "", ""},
    {d, "d", "D", true, {{"//", ""}, {"/*", "/+"}, {"*/", "+/"}, "\"'`"}, "d di", "", "rdmd"},
    {dart, "dart", "Dart", true, c_like, "dart", "", "dart"},
    {dockerfile, "dockerfile", "Dockerfile", true, hash_only, "dockerfile containerfile", "Dockerfile Containerfile",
     ""},
    {elixir, "elixir", "Elixir", true, hash, "ex exs eex heex leex", "", "elixir"},
    {elm, "elm", "Elm", true, dash_brace, "elm", "", ""},
    {erlang,
     "erlang",
     "Erlang",
     true,
     {{"%", ""}, {"", ""}, {"", ""}, "\""},
     "erl hrl escript",
     "rebar.config",
     "escript"},
    {fish, "fish", "Fish", true, hash, "fish", "", "fish"},
    {fortran,
     "fortran",
     "Fortran",
     true,
     {{"!", ""}, {"", ""}, {"", ""}, "\"'"},
     "f f77 f90 f95 f03 f08 for ftn fpp",
     "",
     ""},
    {fsharp, "fsharp", "F#", true, {{"//", ""}, {"(*", ""}, {"*)", ""}, "\""}, "fs fsi fsx", "", ""},
    {glsl, "glsl", "GLSL", true, c_like, "glsl vert frag geom comp hlsl wgsl metal", "", ""},
    {graphql, "graphql", "GraphQL", false, hash, "graphql gql graphqls", "", ""},
    {groovy, "groovy", "Groovy", true, c_like, "groovy gvy gradle gsh", "Jenkinsfile", "groovy"},
    {haskell, "haskell", "Haskell", true, dash_brace, "hs lhs hsc", "", "runhaskell runghc stack"},
    {haxe, "haxe", "Haxe", true, c_like, "hx", "", ""},
    {hcl, "hcl", "HCL", true, {{"#", "//"}, {"/*", ""}, {"*/", ""}, "\""}, "hcl tf tfvars nomad", "", ""},
    {html, "html", "HTML", false, xml_like, "html htm xhtml shtml jinja j2 hbs ejs", "", ""},
    {ini,
     "ini",
     "INI",
     false,
     {{";", "#"}, {"", ""}, {"", ""}, ""},
     "ini cfg conf desktop service editorconfig",
     ".editorconfig .gitconfig .npmrc",
     ""},
    {json, "json", "JSON", false, no_comments, "json geojson webmanifest ipynb jsonl ndjson har map sarif",
     ".babelrc .eslintrc .prettierrc composer.lock Pipfile.lock flake.lock", ""},
    {jsonc, "jsonc", "JSON with comments", false, c_like, "jsonc json5 code-workspace", "tsconfig.json jsconfig.json",
     ""},
    {julia, "julia", "Julia", true, {{"#", ""}, {"#=", ""}, {"=#", ""}, "\""}, "jl", "", "julia"},
    {latex, "latex", "TeX", false, percent, "tex sty cls ltx bib dtx", "", ""},
    {less, "less", "Less", false, c_like, "less", "", ""},
    {lua, "lua", "Lua", true, {{"--", ""}, {"--[[", ""}, {"]]", ""}, "\"'"}, "lua rockspec luau", "", "lua luajit"},
    {makefile, "makefile", "Makefile", true, hash_only, "mk mak make am",
     "Makefile makefile GNUmakefile Kbuild Makefile.in", "make"},
    {markdown, "markdown", "Markdown", false, xml_like, "md markdown mdx mkd mdown", "README CHANGELOG", ""},
    {matlab, "matlab", "MATLAB", true, {{"%", ""}, {"%{", ""}, {"%}", ""}, "\"'"}, "m mlx", "", "octave"},
    {meson, "meson", "Meson", true, hash, "", "meson.build meson_options.txt meson.options", ""},
    {nim, "nim", "Nim", true, {{"#", ""}, {"#[", ""}, {"]#", ""}, "\""}, "nim nims nimble", "", "nim"},
    {nix, "nix", "Nix", true, {{"#", ""}, {"/*", ""}, {"*/", ""}, "\""}, "nix", "", "nix-shell"},
    {objective_c, "objective_c", "Objective-C", true, c_like, "", "", ""},
    {objective_cpp, "objective_cpp", "Objective-C++", true, c_like, "mm", "", ""},
    {ocaml, "ocaml", "OCaml", true, paren_star, "ml mli mll mly", "dune", "ocaml ocamlrun"},
    {org, "org", "Org", false, {{"# ", ""}, {"", ""}, {"", ""}, ""}, "org", "", ""},
    {pascal,
     "pascal",
     "Pascal",
     true,
     {{"//", ""}, {"{", "(*"}, {"}", "*)"}, "'"},
     "pas dpr dpk lpr pp",
     "",
     "instantfpc"},
    {perl,
     "perl",
     "Perl",
     true,
     {{"#", ""}, {"\n=", ""}, {"\n=cut", ""}, "\"'"},
     "pl pm t perl pod",
     "cpanfile",
     "perl"},
    {plain_text, "plain_text", "Text", false, no_comments, "txt text log",
     "LICENSE COPYING AUTHORS NEWS INSTALL TODO NOTICE", ""},
    {powershell,
     "powershell",
     "PowerShell",
     true,
     {{"#", ""}, {"<#", ""}, {"#>", ""}, "\"'"},
     "ps1 psm1 psd1",
     "",
     "pwsh"},
    {prolog, "prolog", "Prolog", true, {{"%", ""}, {"/*", ""}, {"*/", ""}, "\"'"}, "pro prolog", "", "swipl"},
    {properties,
     "properties",
     "Properties",
     false,
     {{"#", "!"}, {"", ""}, {"", ""}, ""},
     "properties env",
     ".env .gitattributes .gitignore .dockerignore",
     ""},
    {protobuf, "protobuf", "Protocol Buffers", true, c_like, "proto", "", ""},
    {purescript, "purescript", "PureScript", true, dash_brace, "purs", "", ""},
    {qt_translation, "qt_translation", "Qt translation", false, xml_like, "", "", ""},
    {r, "r", "R", true, hash, "r rmd", ".Rprofile", "Rscript"},
    {racket, "racket", "Racket", true, semicolon, "rkt rktl", "", "racket"},
    {restructuredtext, "restructuredtext", "reStructuredText", false, no_comments, "rst rest", "", ""},
    {sass, "sass", "Sass", false, {{"//", ""}, {"/*", ""}, {"*/", ""}, ""}, "sass styl", "", ""},
    {scala, "scala", "Scala", true, c_like, "scala sc sbt", "", "scala amm"},
    {scheme, "scheme", "Scheme", true, semicolon, "scm ss sld sls", "", "guile csi chicken"},
    {scss, "scss", "SCSS", false, c_like, "scss", "", ""},
    {solidity, "solidity", "Solidity", true, c_like, "sol", "", ""},
    {sql,
     "sql",
     "SQL",
     true,
     {{"--", ""}, {"/*", ""}, {"*/", ""}, "'\""},
     "sql psql pgsql plpgsql ddl dml pls",
     "",
     ""},
    {starlark, "starlark", "Starlark", true, hash, "star", "Tiltfile", ""},
    {svelte, "svelte", "Svelte", true, xml_like, "svelte", "", ""},
    {svg, "svg", "SVG", false, xml_like, "svg", "", ""},
    {systemverilog, "systemverilog", "SystemVerilog", true, c_like, "sv svh", "", ""},
    {tcl, "tcl", "Tcl", true, hash_only, "tcl tk itcl", "", "tclsh wish expect"},
    {thrift, "thrift", "Thrift", true, {{"//", "#"}, {"/*", ""}, {"*/", ""}, "\"'"}, "thrift", "", ""},
    {toml, "toml", "TOML", false, hash, "toml", "Cargo.lock Pipfile poetry.lock uv.lock", ""},
    {typst, "typst", "Typst", false, c_like, "typ", "", ""},
    {vala, "vala", "Vala", true, c_like, "vala vapi", "", ""},
    {verilog, "verilog", "Verilog", true, c_like, "v vh", "", ""},
    {vhdl, "vhdl", "VHDL", true, {{"--", ""}, {"/*", ""}, {"*/", ""}, "\""}, "vhd vhdl", "", ""},
    {vim_script, "vim_script", "Vim script", true, {{"\"", ""}, {"", ""}, {"", ""}, ""}, "vim", ".vimrc vimrc", ""},
    {vue, "vue", "Vue", true, xml_like, "vue", "", ""},
    {webassembly,
     "webassembly",
     "WebAssembly text",
     true,
     {{";;", ""}, {"(;", ""}, {";)", ""}, "\""},
     "wat wast",
     "",
     ""},
    {xml, "xml", "XML", false, xml_like,
     "xml xsd xsl xslt xsp rng plist csproj vbproj fsproj props targets resx xaml ui qrc pom storyboard xib wsdl", "",
     ""},
    {yaml, "yaml", "YAML", false, hash_only, "yml yaml", ".clang-format .clang-tidy", ""},
    {zig, "zig", "Zig", true, {{"//", ""}, {"", ""}, {"", ""}, "\""}, "zig zon", "", ""},
}};

constexpr bool is_in_order() {
    for (std::size_t i = 0; i < table.size(); ++i)
        if (static_cast<std::size_t>(table[i].language) != i) return false;
    return true;
}
static_assert(is_in_order(), "a row of the table is missing or stands at the wrong place");

}  // namespace

const LanguageInfo& info(Language language) {
    return table[static_cast<std::size_t>(language)];
}

std::span<const LanguageInfo> all_languages() {
    return table;
}

Language language_from_label(std::string_view label) {
    for (const auto& row : table)
        if (row.label == label) return row.language;
    return unknown;
}

}  // namespace gsdb::codebase::extract
