#pragma once
// Reads the settings that declarations.hpp declares, from the command line, the environment, a file, or their defaults.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace gsdb::settings {

enum class Type { text, integer, boolean };

/// What is known of a setting whatever its type.
struct Declaration {
    std::string_view name;  ///< dotted: "http.port"
    Type type;
    std::string_view default_text;
    std::string_view description;  ///< a sentence with the unit and what the default means
    bool secret = false;           ///< never printed
    bool needs_restart = true;
    std::int64_t min = 0;  ///< integers only
    std::int64_t max = INT64_MAX;
};

template <class T>
struct Setting : Declaration {};
using TextSetting = Setting<std::string>;
using IntegerSetting = Setting<std::int64_t>;
using BooleanSetting = Setting<bool>;

/// Where a value came from, for error messages and `gsdb settings`.
struct Origin {
    enum Kind { built_in, file, environment, command_line } kind = built_in;
    std::string place;  ///< "GSDB_HTTP_PORT", "~/gsdb.toml:12", "--port"
};

/// The environment variable of a setting: "http.port" is GSDB_HTTP_PORT.
std::string environment_name(std::string_view setting);

class Settings {
  public:
    using Environment = std::function<const char*(const char*)>;

    struct Sources {
        std::filesystem::path file;                       ///< may be absent; empty: none
        Environment environment;                          ///< like std::getenv
        std::map<std::string, std::string> command_line;  ///< setting name -> value
    };

    /// Every value is parsed and checked here, so that a wrong one is refused before anything is done.
    static Result<Settings> load(const Sources& sources);

    std::string get(const TextSetting& setting) const { return values_.at(std::string(setting.name)).text; }
    std::int64_t get(const IntegerSetting& setting) const;
    bool get(const BooleanSetting& setting) const;

    /// The text of any setting as a person may see it: secrets are "(set)" or "(not set)".
    std::string shown(const Declaration& declaration) const;
    const Origin& origin(const Declaration& declaration) const {
        return values_.at(std::string(declaration.name)).origin;
    }

  private:
    struct Value {
        std::string text;
        Origin origin;
    };
    std::map<std::string, Value> values_;
};

/// All declared settings, in the order of the reference page.
std::span<const Declaration* const> declarations();

}  // namespace gsdb::settings
