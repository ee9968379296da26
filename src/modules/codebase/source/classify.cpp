#include "modules/codebase/source/classify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "modules/codebase/source/generated.hpp"
#include "modules/codebase/source/path.hpp"

namespace gsdb::codebase::source {

namespace {

// Git's own measure of "binary": a NUL near the beginning.
constexpr std::size_t binary_probe_bytes = 8000;

template <std::size_t Count>
using Words = std::array<std::string_view, Count>;

// Ordered, for a binary search.
constexpr Words<25> vendored_folders{".bundle",       ".pnp",
                                     ".tox",          ".venv",
                                     ".yarn",         "3rd-party",
                                     "3rd_party",     "3rdparty",
                                     "Carthage",      "Godeps",
                                     "Pods",          "__pypackages__",
                                     "_vendor",       "bower_components",
                                     "cargo-vendor",  "dist-packages",
                                     "jspm_packages", "node_modules",
                                     "site-packages", "third-party",
                                     "third_party",   "thirdparty",
                                     "vendor",        "vendored",
                                     "vendors"};

// Files that a build system or a library's users copy into their tree.
constexpr Words<21> vendored_names{
    ".pnp.cjs",   ".pnp.loader.mjs", "Makefile.in.in", "aclocal.m4",    "config.guess", "config.rpath", "config.sub",
    "depcomp",    "gradlew",         "gradlew.bat",    "install-sh",    "libtool.m4",   "ltmain.sh",    "ltoptions.m4",
    "ltsugar.m4", "ltversion.m4",    "lt~obsolete.m4", "mkinstalldirs", "mvnw",         "mvnw.cmd",     "py-compile"};

constexpr Words<31> lock_files{".terraform.lock.hcl",
                               "Cargo.lock",
                               "Gemfile.lock",
                               "MODULE.bazel.lock",
                               "Manifest.lock",
                               "Package.resolved",
                               "Pipfile.lock",
                               "Podfile.lock",
                               "bun.lock",
                               "bun.lockb",
                               "cabal.project.freeze",
                               "composer.lock",
                               "conan.lock",
                               "deno.lock",
                               "flake.lock",
                               "go.sum",
                               "go.work.sum",
                               "gradle.lockfile",
                               "mix.lock",
                               "npm-shrinkwrap.json",
                               "package-lock.json",
                               "packages.lock.json",
                               "pdm.lock",
                               "pnpm-lock.yaml",
                               "poetry.lock",
                               "pubspec.lock",
                               "rebar.lock",
                               "shard.lock",
                               "stack.yaml.lock",
                               "uv.lock",
                               "yarn.lock"};

constexpr Words<14> data_extensions{"csv",    "dat",   "diff", "geojson", "jsonl",    "ldif", "map",
                                    "ndjson", "patch", "snap", "srt",     "topojson", "tsv",  "vcf"};

constexpr Words<123> binary_extensions{
    "3gp", "7z",   "a",     "aac",      "aar",    "apk",     "avi",  "avif", "bin",  "blend", "bmp",  "br",
    "bz2", "cab",  "class", "crate",    "crx",    "cur",     "db",   "deb",  "der",  "dex",   "dll",  "dmg",
    "doc", "docx", "dylib", "ear",      "egg",    "eot",     "exe",  "flac", "flv",  "gem",   "gif",  "glb",
    "gmo", "gpg",  "gz",    "hdf5",     "heic",   "icns",    "ico",  "idx",  "img",  "iso",   "jar",  "jks",
    "jp2", "jpeg", "jpg",   "keystore", "ko",     "lib",     "lz4",  "lzma", "m4a",  "m4v",   "mid",  "mkv",
    "mo",  "mov",  "mp2",   "mp3",      "mp4",    "mpeg",    "mpg",  "msi",  "nib",  "npy",   "npz",  "nupkg",
    "o",   "obj",  "odp",   "ods",      "odt",    "ogg",     "ogv",  "opus", "otf",  "p12",   "pack", "parquet",
    "pdb", "pdf",  "pfx",   "pickle",   "png",    "ppt",     "pptx", "psd",  "pyc",  "pyd",   "pyo",  "rar",
    "rdb", "rpm",  "ser",   "so",       "sqlite", "sqlite3", "swf",  "tar",  "tgz",  "tif",   "tiff", "ttf",
    "war", "wasm", "wav",   "webm",     "webp",   "whl",     "wma",  "wmv",  "woff", "woff2", "xls",  "xlsx",
    "xz",  "zip",  "zst"};

static_assert(std::ranges::is_sorted(vendored_folders) && std::ranges::is_sorted(vendored_names) &&
              std::ranges::is_sorted(lock_files) && std::ranges::is_sorted(data_extensions) &&
              std::ranges::is_sorted(binary_extensions));

template <std::size_t Count>
bool holds(const Words<Count>& words, std::string_view word) {
    return std::ranges::binary_search(words, word);
}

std::string_view name_of(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return result;
}

std::string extension_of(std::string_view name) {
    const auto dot = name.rfind('.');
    return dot == std::string_view::npos || dot == 0 ? "" : lower(name.substr(dot + 1));
}

bool is_web(std::string_view extension) {
    return extension == "js" || extension == "mjs" || extension == "cjs" || extension == "css";
}

// "jquery-3.7.1.js", "d3.v7.js": a well-known library, perhaps with a version, and nothing else.
bool is_library_copy(std::string_view name) {
    static constexpr std::array libraries{
        "angular",   "backbone",   "bootstrap", "d3",        "ember",    "handlebars", "highlight.pack",
        "html5shiv", "jquery",     "jquery-ui", "jquery.ui", "knockout", "less",       "lodash",
        "mathjax",   "modernizr",  "moment",    "mootools",  "mustache", "normalize",  "prototype",
        "raphael",   "react",      "react-dom", "require",   "respond",  "underscore", "vue",
        "zepto",     "codemirror", "ace",       "socket.io", "three"};
    const auto extension = extension_of(name);
    if (extension != "js" && extension != "css") return false;
    auto stem = lower(name.substr(0, name.size() - extension.size() - 1));
    // A file called d3.js may be anybody's; with a version in its name it is a copy.
    const auto digit = stem.find_first_of("0123456789", stem.starts_with("d3") ? 2 : 0);
    if (digit == std::string::npos)
        return stem == "jquery" || stem == "bootstrap" || stem == "modernizr" || stem == "html5shiv";
    auto library = std::string_view(stem).substr(0, digit);
    if (library.ends_with('v')) library.remove_suffix(1);
    if (!library.ends_with('-') && !library.ends_with('.') && !library.ends_with('_')) return false;
    library.remove_suffix(1);
    return std::ranges::any_of(libraries, [&](std::string_view known) { return library == known; });
}

std::optional<std::string> vendored_by_path(std::string_view path) {
    for (auto rest = path; rest.find('/') != std::string_view::npos; rest.remove_prefix(rest.find('/') + 1)) {
        const auto folder = rest.substr(0, rest.find('/'));
        if (holds(vendored_folders, folder)) return fmt::format("folder {}", display_path(folder));
    }
    const auto name = name_of(path);
    if (holds(vendored_names, name) || is_library_copy(name)) return fmt::format("file name {}", display_path(name));
    return std::nullopt;
}

// The scripts that automake copies into a package carry the date of their version; `missing` or `compile` without it
// may be anybody's.
bool is_automake_script(std::string_view text) {
    return text.starts_with("#!") && text.substr(0, 400).find("\nscriptversion=2") != std::string_view::npos;
}

std::optional<std::string> data_by_path(std::string_view path) {
    const auto name = name_of(path);
    if (holds(lock_files, name)) return fmt::format("lock file {}", name);
    const auto extension = extension_of(name);
    if (holds(data_extensions, std::string_view(extension))) return "extension ." + extension;
    return std::nullopt;
}

bool is_minified_name(std::string_view name) {
    const auto extension = extension_of(name);
    if (!is_web(extension)) return false;
    const auto stem = lower(name.substr(0, name.size() - extension.size() - 1));
    return stem.ends_with(".min") || stem.ends_with("-min") || stem.ends_with(".pack");
}

// How many bytes stand in lines longer than `line_bytes`.
std::size_t bytes_in_long_lines(std::string_view text, std::size_t line_bytes) {
    std::size_t result = 0;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        if (end > line_bytes) result += end;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return result;
}

bool is_mostly_long_lines(std::string_view text, std::size_t line_bytes) {
    return bytes_in_long_lines(text, line_bytes) * 2 > text.size();
}

}  // namespace

std::string_view to_label(SkipReason reason) {
    switch (reason) {
        case SkipReason::symlink:
            return "symlink";
        case SkipReason::submodule:
            return "submodule";
        case SkipReason::too_large:
            return "too_large";
        case SkipReason::vendored:
            return "vendored";
        case SkipReason::generated:
            return "generated";
        case SkipReason::minified:
            return "minified";
        case SkipReason::data:
            return "data";
        case SkipReason::binary:
            return "binary";
        case SkipReason::encoding:
            return "encoding";
        case SkipReason::long_lines:
            return "long_lines";
        case SkipReason::unknown_language:
            return "unknown_language";
    }
    std::unreachable();
}

Classifier::Classifier(ClassifyOptions options, Attributes attributes)
    : options_(options), attributes_(std::move(attributes)) {}

Verdict Classifier::by_entry(const Entry& entry) const {
    if (entry.kind == EntryKind::symlink) return {SkipReason::symlink, "a symbolic link"};
    if (entry.kind == EntryKind::submodule) return {SkipReason::submodule, "a submodule"};
    const auto stated = attributes_.of(entry.path);
    if (!options_.include_vendored) {
        if (stated.vendored == true) return {SkipReason::vendored, ".gitattributes: linguist-vendored"};
        if (auto evidence = vendored_by_path(entry.path); evidence && !stated.vendored) {
            return {SkipReason::vendored, std::move(*evidence)};
        }
    }
    if (!options_.include_generated) {
        if (stated.generated == true) return {SkipReason::generated, ".gitattributes: linguist-generated"};
        if (auto evidence = generated_by_path(entry.path); evidence && !stated.generated) {
            return {SkipReason::generated, std::move(*evidence)};
        }
    }
    const auto name = name_of(entry.path);
    if (stated.generated != false && is_minified_name(name))
        return {SkipReason::minified, fmt::format("file name {}", display_path(name))};
    if (const auto extension = extension_of(name); holds(binary_extensions, std::string_view(extension))) {
        return {SkipReason::binary, "extension ." + extension};
    }
    if (stated.generated != false) {
        if (auto evidence = data_by_path(entry.path)) return {SkipReason::data, std::move(*evidence)};
    }
    if (entry.size > options_.file_bytes_max) return {SkipReason::too_large, fmt::format("{} bytes", entry.size)};
    return {};
}

Verdict Classifier::by_content(std::string_view path, ByteView content) const {
    const auto text = as_text(content);
    const bool is_utf16 = text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF");
    if (!is_utf16 && text.substr(0, binary_probe_bytes).find('\0') != std::string_view::npos) {
        return {SkipReason::binary, "a NUL near the beginning"};
    }
    if (text.size() > options_.file_bytes_max) return {SkipReason::too_large, fmt::format("{} bytes", text.size())};
    const auto stated = attributes_.of(path);
    const bool is_written = stated.generated == false;
    if (!options_.include_vendored && !stated.vendored && is_automake_script(text))
        return {SkipReason::vendored, "a script of automake"};
    if (!options_.include_generated && !is_written) {
        if (auto evidence = generated_by_content(path, text)) return {SkipReason::generated, std::move(*evidence)};
    }
    // Minifiers write lines of thousands of bytes; the licence above them and the name of the source map below are
    // short.
    constexpr std::size_t minified_line_bytes = 500;
    constexpr std::size_t minified_bytes_min = 1000;
    if (is_web(extension_of(name_of(path))) && !is_written && text.size() >= minified_bytes_min &&
        is_mostly_long_lines(text, minified_line_bytes)) {
        return {SkipReason::minified, fmt::format("most of it in lines over {} bytes", minified_line_bytes)};
    }
    if (is_mostly_long_lines(text, options_.line_bytes_max)) {
        return {SkipReason::long_lines, fmt::format("most of it in lines over {} bytes", options_.line_bytes_max)};
    }
    return {};
}

}  // namespace gsdb::codebase::source
