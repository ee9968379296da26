#include "modules/codebase/packages/document.hpp"

#include <expat.h>
#include <fmt/format.h>
#include <simdjson.h>
#include <toml++/toml.h>
#include <yaml.h>

#include <algorithm>
#include <memory>

namespace gsdb::codebase::packages {

namespace {

/// Counts what is read, so that no document takes more than its share.
class Bounds {
  public:
    void enter(std::size_t depth, std::uint32_t line) {
        if (depth > depth_max) throw Broken{line, fmt::format("nested more than {} deep", depth_max)};
        if (++values_ > values_max) throw Broken{line, fmt::format("more than {} values", values_max)};
    }

  private:
    std::size_t values_ = 0;
};

}  // namespace

const Value& Value::operator[](std::string_view key) const {
    static const Value nothing;
    if (kind != Kind::table) return nothing;
    const auto found = std::ranges::find(entries, key, &Entry::key);
    return found == entries.end() ? nothing : found->value;
}

// --- JSON ---

namespace {

class JsonReader {
  public:
    explicit JsonReader(std::string_view text) : text_(text) {}

    Value read() {
        auto document = parser_.iterate(text_);
        Value root{.line = 1};
        simdjson::ondemand::value value = document.get_value();
        read(value, root, 0);
        if (const char* rest = nullptr; document.current_location().get(rest) == simdjson::SUCCESS)
            throw Broken{line_at(rest), "text after the end of the document"};
        return root;
    }
    std::uint32_t line() const { return line_; }

  private:
    /// The texts are met in order, so that each line end is counted once.
    std::uint32_t line_at(const char* place) {
        const auto offset = std::min(static_cast<std::size_t>(place - text_.data()), text_.size());
        if (offset > counted_) {
            const auto passed = std::string_view(text_.data() + counted_, offset - counted_);
            line_ += static_cast<std::uint32_t>(std::ranges::count(passed, '\n'));
            counted_ = offset;
        }
        return line_;
    }

    void read(simdjson::ondemand::value value, Value& out, std::size_t depth) {
        const char* place = nullptr;
        if (value.current_location().get(place) == simdjson::SUCCESS) out.line = line_at(place);
        bounds_.enter(depth, out.line);
        switch (value.type()) {
            case simdjson::ondemand::json_type::object:
                out.kind = Value::Kind::table;
                for (auto field : value.get_object()) {
                    auto& entry = out.entries.emplace_back();
                    entry.line = line_at(field.key().value().raw());
                    entry.key = std::string_view(field.unescaped_key());
                    read(field.value(), entry.value, depth + 1);
                }
                break;
            case simdjson::ondemand::json_type::array:
                out.kind = Value::Kind::list;
                for (auto item : value.get_array()) read(item.value(), out.entries.emplace_back().value, depth + 1);
                break;
            case simdjson::ondemand::json_type::string:
                out.kind = Value::Kind::scalar, out.is_text = true;
                out.text = std::string_view(value.get_string());
                break;
            case simdjson::ondemand::json_type::boolean:
                out.kind = Value::Kind::scalar;
                out.text = bool(value.get_bool()) ? "true" : "false";
                break;
            case simdjson::ondemand::json_type::number:
                out.kind = Value::Kind::scalar;
                out.text = std::string_view(value.raw_json_token());
                break;
            case simdjson::ondemand::json_type::null:
                if (!value.is_null()) throw Broken{out.line, "a word that is no value"};
                break;
        }
    }

    const simdjson::padded_string text_;
    simdjson::ondemand::parser parser_;
    Bounds bounds_;
    std::size_t counted_ = 0;
    std::uint32_t line_ = 1;
};

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

}  // namespace

Document read_json(std::string_view text) {
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    JsonReader reader(text);
    try {
        return reader.read();
    } catch (const simdjson::simdjson_error& error) {
        return std::unexpected(Broken{reader.line(), error.what()});
    } catch (Broken& broken) {
        return std::unexpected(std::move(broken));
    }
}

// --- TOML ---

namespace {

void read_toml_node(const toml::node& node, Value& out, std::size_t depth, Bounds& bounds) {
    out.line = node.source().begin.line;
    bounds.enter(depth, out.line);
    if (const auto* table = node.as_table()) {
        out.kind = Value::Kind::table;
        for (const auto& [key, value] : *table) {
            auto& entry = out.entries.emplace_back();
            entry.key = key.str();
            entry.line = key.source().begin.line;
            read_toml_node(value, entry.value, depth + 1, bounds);
        }
        return;
    }
    if (const auto* array = node.as_array()) {
        out.kind = Value::Kind::list;
        for (const auto& item : *array) {
            auto& entry = out.entries.emplace_back();
            read_toml_node(item, entry.value, depth + 1, bounds);
            entry.line = entry.value.line;
        }
        return;
    }
    out.kind = Value::Kind::scalar;
    if (const auto* text = node.as_string()) out.text = text->get(), out.is_text = true;
    if (const auto* truth = node.as_boolean()) out.text = truth->get() ? "true" : "false";
    if (const auto* integer = node.as_integer()) out.text = std::to_string(integer->get());
    if (const auto* number = node.as_floating_point()) out.text = fmt::format("{}", number->get());
}

}  // namespace

Document read_toml(std::string_view text) {
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    try {
        const auto table = toml::parse(text);
        Value root;
        Bounds bounds;
        read_toml_node(table, root, 0, bounds);
        return root;
    } catch (const toml::parse_error& error) {
        return std::unexpected(Broken{error.source().begin.line, std::string(error.description())});
    } catch (Broken& broken) {
        return std::unexpected(std::move(broken));
    }
}

// --- YAML ---

namespace {

class YamlReader {
  public:
    explicit YamlReader(std::string_view text) {
        if (yaml_parser_initialize(&parser_) == 0) throw std::bad_alloc();
        yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    }
    ~YamlReader() { yaml_parser_delete(&parser_); }
    YamlReader(const YamlReader&) = delete;
    YamlReader& operator=(const YamlReader&) = delete;

    /// The first document.
    Value read() {
        Value root;
        for (;;) {
            const auto event = next();
            if (event->type == YAML_STREAM_END_EVENT) return root;
            if (event->type != YAML_STREAM_START_EVENT && event->type != YAML_DOCUMENT_START_EVENT) {
                read(*event, root, 0);
                return root;
            }
        }
    }

  private:
    struct Delete {
        void operator()(yaml_event_t* event) const {
            yaml_event_delete(event);
            delete event;  // NOLINT(cppcoreguidelines-owning-memory)
        }
    };
    using Event = std::unique_ptr<yaml_event_t, Delete>;

    Event next() {
        auto event = std::make_unique<yaml_event_t>();
        if (yaml_parser_parse(&parser_, event.get()) == 0)
            throw Broken{static_cast<std::uint32_t>(parser_.problem_mark.line) + 1,
                         parser_.problem != nullptr ? parser_.problem : "not YAML"};
        return Event(event.release());
    }

    static std::uint32_t line_of(const yaml_event_t& event) {
        return static_cast<std::uint32_t>(event.start_mark.line) + 1;
    }

    void read(const yaml_event_t& event, Value& out, std::size_t depth) {
        out.line = line_of(event);
        bounds_.enter(depth, out.line);
        if (event.type == YAML_SCALAR_EVENT) {
            const auto& scalar = event.data.scalar;
            out.text.assign(reinterpret_cast<const char*>(scalar.value), scalar.length);
            out.is_text = scalar.style != YAML_PLAIN_SCALAR_STYLE;
            const bool is_null = !out.is_text && (out.text.empty() || out.text == "null" || out.text == "~");
            out.kind = is_null ? Value::Kind::nothing : Value::Kind::scalar;
        } else if (event.type == YAML_MAPPING_START_EVENT) {
            read_mapping(out, depth);
        } else if (event.type == YAML_SEQUENCE_START_EVENT) {
            out.kind = Value::Kind::list;
            for (auto item = next(); item->type != YAML_SEQUENCE_END_EVENT; item = next()) {
                auto& entry = out.entries.emplace_back();
                entry.line = line_of(*item);
                read(*item, entry.value, depth + 1);
            }
        }
    }

    void read_mapping(Value& out, std::size_t depth) {
        out.kind = Value::Kind::table;
        for (auto key = next(); key->type != YAML_MAPPING_END_EVENT; key = next()) {
            Value name;
            read(*key, name, depth + 1);
            auto& entry = out.entries.emplace_back();
            entry.key = std::move(name.text);
            entry.line = name.line;
            read(*next(), entry.value, depth + 1);
        }
    }

    yaml_parser_t parser_{};
    Bounds bounds_;
};

}  // namespace

Document read_yaml(std::string_view text) {
    try {
        return YamlReader(text).read();
    } catch (Broken& broken) {
        return std::unexpected(std::move(broken));
    }
}

// --- XML ---

namespace {

/// Builds the tree in the callbacks of Expat, which is C: nothing may be thrown through it.
class XmlReader {
  public:
    XmlReader() : parser_(XML_ParserCreate(nullptr), XML_ParserFree) {
        XML_SetUserData(parser_.get(), this);
        XML_SetElementHandler(parser_.get(), started, ended);
        XML_SetCharacterDataHandler(parser_.get(), has_text);
        XML_SetEntityDeclHandler(parser_.get(), declares_entity);
    }

    Value read(std::string_view text) {
        if (XML_Parse(parser_.get(), text.data(), static_cast<int>(text.size()), 1) == XML_STATUS_ERROR)
            throw Broken{line(), refusal_.empty() ? XML_ErrorString(XML_GetErrorCode(parser_.get())) : refusal_};
        return std::move(root_);
    }

  private:
    static XmlReader& self(void* data) { return *static_cast<XmlReader*>(data); }
    static std::string_view local(std::string_view name) { return name.substr(name.find(':') + 1); }

    std::uint32_t line() const { return static_cast<std::uint32_t>(XML_GetCurrentLineNumber(parser_.get())); }

    void refuse(std::string cause) {
        refusal_ = std::move(cause);
        XML_StopParser(parser_.get(), XML_FALSE);
    }

    static void started(void* data, const char* name, const char** attributes) {
        auto& reader = self(data);
        try {
            reader.bounds_.enter(reader.open_.size(), reader.line());
            reader.start(local(name), attributes);
        } catch (Broken& broken) {
            reader.refuse(std::move(broken.cause));
        }
    }

    void start(std::string_view name, const char** attributes) {
        auto& parent = open_.empty() ? root_ : *open_.back();
        parent.kind = Value::Kind::table;
        auto& entry = parent.entries.emplace_back();
        entry.key = name;
        entry.line = line();
        entry.value = {.kind = Value::Kind::scalar, .line = line(), .is_text = true};
        for (; *attributes != nullptr; attributes += 2) {
            entry.value.kind = Value::Kind::table;
            auto& attribute = entry.value.entries.emplace_back();
            attribute.key = "@" + std::string(local(attributes[0]));
            attribute.line = line();
            attribute.value = {.kind = Value::Kind::scalar, .line = line(), .is_text = true, .text = attributes[1]};
        }
        // What is open stays where it is: only the innermost gets children.
        open_.push_back(&entry.value);
    }

    static void ended(void* data, const char*) {
        auto& reader = self(data);
        auto& text = reader.open_.back()->text;
        const auto first = text.find_first_not_of(" \t\r\n");
        text = first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
        reader.open_.pop_back();
    }

    static void has_text(void* data, const char* text, int length) {
        auto& reader = self(data);
        if (!reader.open_.empty()) reader.open_.back()->text.append(text, static_cast<std::size_t>(length));
    }

    static void declares_entity(void* data, const char*, int, const char*, int, const char*, const char*, const char*,
                                const char*) {
        self(data).refuse("it declares entities");
    }

    std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser_;
    Value root_{.line = 1};
    std::vector<Value*> open_;
    Bounds bounds_;
    std::string refusal_;
};

}  // namespace

Document read_xml(std::string_view text) {
    try {
        return XmlReader().read(text);
    } catch (Broken& broken) {
        return std::unexpected(std::move(broken));
    }
}

}  // namespace gsdb::codebase::packages
