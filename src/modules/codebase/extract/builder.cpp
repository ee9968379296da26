#include "modules/codebase/extract/builder.hpp"

#include <algorithm>
#include <cstring>

#include "base/utf8.hpp"

namespace gsdb::codebase::extract {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(Field::count_)> field_names{
    "alias",        "argument",    "arguments",  "attribute",  "body",
    "constructor",  "declaration", "declarator", "definition", "element",
    "field",        "function",    "interfaces", "key",        "kind",
    "left",         "list",        "macro",      "module",     "module_name",
    "name",         "object",      "operand",    "package",    "parameter",
    "parameters",   "path",        "pattern",    "property",   "receiver",
    "result",       "right",       "scope",      "source",     "superclass",
    "superclasses", "tag",         "trait",      "type",       "type_parameters",
    "value"};

constexpr bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
}

/// As utf8_sequence_length, but a NUL is no character here.
std::size_t character_bytes(std::string_view text) {
    return text.starts_with('\0') ? 0 : utf8_sequence_length(text);
}

std::string_view repaired(std::string_view text, TextArena& arena) {
    constexpr std::string_view replacement = "\xEF\xBF\xBD";
    const auto room = text.size() * replacement.size();
    char* const start = arena.allocate(room);
    char* out = start;
    while (!text.empty()) {
        const auto bytes = character_bytes(text);
        const auto source = bytes > 0 ? text.substr(0, bytes) : replacement;
        out = std::ranges::copy(source, out).out;
        text.remove_prefix(std::max<std::size_t>(bytes, 1));
    }
    const auto used = static_cast<std::size_t>(out - start);
    arena.shrink_last(room - used);
    return {start, used};
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

}  // namespace

FieldIds resolve_fields(const TSLanguage* language) {
    FieldIds ids{};
    for (std::size_t i = 0; i < ids.size(); ++i)
        ids[i] = ts_language_field_id_for_name(language, field_names[i].data(),
                                               static_cast<std::uint32_t>(field_names[i].size()));
    return ids;
}

Builder::Builder(FileFacts& facts, std::string_view source, const FieldIds& fields, const Limits& limits,
                 bool is_storable)
    : facts_(facts), source_(source), fields_(fields), limits_(limits), is_storable_(is_storable) {
    scopes_.push_back({});
}

Position Builder::position(TSNode node) const {
    const auto point = ts_node_start_point(node);
    return {Builder::start(node), point.row + 1, point.column + 1};
}

Span Builder::span(TSNode node) const {
    if (ts_node_is_null(node)) return {};
    const auto last = ts_node_end_point(node);
    Position stop{end(node), last.row + 1, last.column + 1};
    // Some nodes take the end of their line with them: a macro definition.
    if (stop.column == 1 && stop.byte > start(node)) {
        --stop.byte;
        if (stop.byte > 0 && source_[stop.byte - 1] == '\r') --stop.byte;
        const auto line_start = source_.substr(0, stop.byte).rfind('\n');
        stop.column = stop.byte - static_cast<std::uint32_t>(line_start == std::string_view::npos
                                                                 ? -1
                                                                 : static_cast<std::ptrdiff_t>(line_start));
        --stop.line;
    }
    return {position(node), stop};
}

// --- texts ---

std::string_view Builder::storable(std::string_view text, std::size_t bytes_max) {
    text = utf8_beginning(text, bytes_max);
    return is_storable_ ? text : utf8_beginning(repaired(text, facts_.arena), bytes_max);
}

std::string_view Builder::receiver(TSNode node) {
    if (ts_node_is_null(node)) return {};
    return in_one_line(Builder::start(node), Builder::end(node), limits_.receiver_bytes_max);
}

std::string_view Builder::in_one_line(std::uint32_t start, std::uint32_t end, std::size_t bytes_max) {
    const auto text = trimmed(raw(start, end));
    const auto looked_at = text.substr(0, bytes_max);
    const bool is_plain = looked_at.find_first_of("\n\t\r\f\v#/*") == std::string_view::npos &&
                          looked_at.find("  ") == std::string_view::npos;
    if (is_plain) return storable(text, bytes_max);
    start += static_cast<std::uint32_t>(text.data() - (source_.data() + start));
    return storable(squeeze(start, start + static_cast<std::uint32_t>(text.size()), bytes_max), bytes_max);
}

/// Copies without comments, and with one space for each run of white space.
std::string_view Builder::squeeze(std::uint32_t start, std::uint32_t end, std::size_t bytes_max) {
    auto comment = std::ranges::lower_bound(comments_, start, {}, &CommentSpan::start);
    char* const copy = facts_.arena.allocate(bytes_max);
    std::size_t size = 0;
    bool owes_space = false;
    for (auto at = start; at < end && size < bytes_max; ++at) {
        if (comment != comments_.end() && at == comment->start) {
            at = comment->end - 1;
            owes_space = size > 0;
            ++comment;
        } else if (is_space(source_[at])) {
            owes_space = size > 0;
        } else {
            if (owes_space) copy[size++] = ' ';
            owes_space = false;
            if (size < bytes_max) copy[size++] = source_[at];
        }
    }
    facts_.arena.shrink_last(bytes_max - size);
    const std::string_view whole(copy, size);
    // The end may have cut a character; one byte more tells.
    if (size < bytes_max) return whole;
    auto last = size;
    while (last > 0 && (static_cast<unsigned char>(copy[last - 1]) & 0xC0U) == 0x80U) --last;
    if (last > 0 && character_bytes(whole.substr(last - 1)) == 0) return whole.substr(0, last - 1);
    return whole;
}

std::string_view Builder::join(std::string_view prefix, std::string_view name) {
    if (prefix.empty()) return name;
    return utf8_beginning(facts_.arena.join({prefix, ".", name}), qualified_name_bytes_max);
}

bool Builder::only_space_between(std::uint32_t start, std::uint32_t end) const {
    return start <= end && std::ranges::all_of(raw(start, end), is_space);
}

bool Builder::starts_its_line(std::uint32_t byte) const {
    while (byte > 0 && (source_[byte - 1] == ' ' || source_[byte - 1] == '\t')) --byte;
    return byte == 0 || source_[byte - 1] == '\n';
}

// --- elements ---

bool Builder::is_known(std::string_view name, ElementKind kind) {
    const auto& prefix = scopes_.back().prefix;
    return names_.contains({prefix.empty() ? name : join(prefix, name), static_cast<std::uint32_t>(kind)});
}

void Builder::wrap(TSNode node, ElementFlags flags, bool gives_span, TSNode header) {
    auto outer = span(node);
    auto header_start = ts_node_is_null(header) ? outer.start.byte : start(header);
    if (is_wrapped()) {  // `export declare ...`: the outermost counts
        flags = ElementFlags::both(flags, wrapper_.flags);
        if (wrapper_.gives_span && gives_span) {
            outer = wrapper_.span;
            header_start = wrapper_.header;
        }
    }
    wrapper_ = {depth_ + 1, outer, header_start, gives_span, flags};
}

void Builder::lead(TSNode node, ElementFlags flags) {
    const auto whole = span(node);
    if (is_led(whole.start.byte)) {
        lead_.end = whole.end.byte;
        lead_.flags = ElementFlags::both(lead_.flags, flags);
    } else {
        lead_ = {whole.start, whole.end.byte, flags, static_cast<std::uint32_t>(facts_.references.size())};
    }
}

Span Builder::span_of(const NewElement& given) const {
    auto whole = is_wrapped() && wrapper_.gives_span ? wrapper_.span : span(given.node);
    if (is_led(whole.start.byte)) whole.start = lead_.start;
    return whole;
}

Builder::ByteRange Builder::header_of(const NewElement& given, const Span& whole) const {
    const bool is_wide = is_wrapped() && wrapper_.gives_span;
    auto start = ts_node_is_null(given.header) ? Builder::start(given.node) : Builder::start(given.header);
    if (ts_node_is_null(given.header) && is_wide) start = wrapper_.header;
    auto end = ts_node_is_null(given.body) ? Builder::end(given.node) : Builder::start(given.body);
    if (ts_node_is_null(given.body) && is_wide) end = wrapper_.span.end.byte;
    if (end < start) end = whole.end.byte;
    if (given.is_value)
        end = static_cast<std::uint32_t>(start + std::min<std::size_t>(raw(start, end).find('\n'), end - start));
    return {start, end};
}

NewElement Builder::definition(TSNode node, ElementKind kind) const {
    NewElement element{.kind = kind, .node = node, .name = child(node, Field::name), .body = child(node, Field::body)};
    element.flags.set(ElementFlag::generic, has(node, Field::type_parameters));
    return element;
}

std::uint32_t Builder::add(const NewElement& given) {
    const auto& scope = given.is_outer_member && scopes_.size() > 1 ? scopes_[scopes_.size() - 2] : scopes_.back();
    if (scopes_.size() > limits_.element_depth_max) {
        facts_.status = Status::too_deep;
        return no_element;
    }
    const auto name = given.name_text.empty() ? text(given.name) : storable(given.name_text);
    if (name.empty()) return no_element;
    const auto ordinal = static_cast<std::uint32_t>(facts_.elements.size());
    auto& element = facts_.elements.emplace_back();
    element.kind = given.kind;
    element.span = span_of(given);
    element.flags = ElementFlags::both(given.flags, wrapper_flags());
    if (lead_.end > 0 && element.span.start == lead_.start)
        element.flags = ElementFlags::both(element.flags, lead_.flags);
    element.parent = scope.element;
    element.parameter_count = given.parameter_count;
    element.name_span = ts_node_is_null(given.name) ? Span{element.span.start, element.span.start} : span(given.name);
    element.name = name;
    element.owner = given.owner;
    const auto owned = given.owner.empty() ? element.name : join(given.owner, element.name);
    element.qualified_name = join(scope.prefix, owned);
    element.doc = doc_before(element.span.start);
    if (element.doc.find("@deprecated") != std::string_view::npos ||
        element.doc.find("Deprecated:") != std::string_view::npos)
        element.flags.set(ElementFlag::deprecated);
    element.overload = names_[{element.qualified_name, static_cast<std::uint32_t>(element.kind)}]++;
    members_.insert({name, element.parent});
    headers_.push_back(header_of(given, element.span));
    if (lead_.end > 0 && element.span.start == lead_.start)
        for (auto i = lead_.first_reference; i < facts_.references.size(); ++i) facts_.references[i].element = ordinal;
    lead_ = {};
    return ordinal;
}

std::uint32_t Builder::open(const NewElement& given) {
    const auto ordinal = add(given);
    if (ordinal == no_element) return ordinal;
    const auto prefix = given.member_prefix.empty() ? facts_.elements[ordinal].qualified_name
                                                    : join(scopes_.back().prefix, given.member_prefix);
    scopes_.push_back({ordinal, given.kind, depth_, prefix});
    return ordinal;
}

void Builder::open_scope(ElementKind kind, std::string_view name) {
    const auto& outer = scopes_.back();
    if (scopes_.size() > limits_.element_depth_max) {
        facts_.status = Status::too_deep;
        return;
    }
    scopes_.push_back({outer.element, kind, depth_, name.empty() ? outer.prefix : join(outer.prefix, name)});
}

// --- everything else ---

void Builder::import(TSNode at, Import import) {
    import.element = current();
    import.position = position(at);
    facts_.imports.push_back(import);
}

void Builder::reference(ReferenceKind kind, TSNode name, std::string_view receiver, std::int32_t argument_count) {
    if (ts_node_is_null(name)) return;
    facts_.references.push_back({kind, argument_count, current(), position(name), text(name), receiver});
}

void Builder::nameless_reference(ReferenceKind kind, TSNode called, std::int32_t argument_count) {
    if (ts_node_is_null(called)) return;
    facts_.references.push_back({kind, argument_count, current(), position(called), {}, receiver(called)});
}

void Builder::error(TSNode node) {
    ++facts_.error_count;
    const auto start = std::max(Builder::start(node), error_end_);
    const auto end = Builder::end(node);
    if (end <= start) return;  // inside another
    facts_.error_bytes += end - start;
    error_end_ = end;
}

void Builder::comment(TSNode node) {
    const auto start = Builder::start(node);
    const auto end = Builder::end(node);
    comments_.push_back({start, end});
    if (!starts_its_line(start)) {  // `int a;  // said of a`
        comment_block_ = {};
        return;
    }
    const auto first_line = ts_node_start_point(node).row + 1;
    const auto last = ts_node_end_point(node);
    // A Rust doc comment takes its newline with it.
    const auto last_line = last.column == 0 ? last.row : last.row + 1;
    const bool continues = comment_block_.end_line > 0 && comment_block_.end_line + 1 == first_line;
    comment_block_ = {continues ? comment_block_.start : start, end, last_line};
}

std::string_view Builder::doc_before(const Position& start) {
    if (comment_block_.end_line == 0 || comment_block_.end_line + 1 < start.line || comment_block_.end > start.byte)
        return {};
    if (!only_space_between(comment_block_.end, start.byte)) return {};
    const auto block = comment_block_;
    comment_block_ = {};
    return clean_doc(raw(block.start, block.end));
}

std::string_view Builder::clean_doc(std::string_view raw_doc) {
    raw_doc = utf8_beginning(raw_doc, 2 * limits_.doc_bytes_max);
    char* const copy = facts_.arena.allocate(raw_doc.size());
    std::size_t size = 0;
    while (!raw_doc.empty()) {
        const auto end = std::min(raw_doc.find('\n'), raw_doc.size());
        auto line = trimmed(raw_doc.substr(0, end));
        raw_doc.remove_prefix(std::min(end + 1, raw_doc.size()));
        if (line.ends_with("*/")) line = trimmed(line.substr(0, line.size() - 2));
        const auto text_start = line.find_first_not_of("/*!");
        const bool is_marked =
            line.starts_with("//") || line.starts_with("/*") || line.starts_with("* ") || line == "*";
        if (is_marked)
            line = text_start == std::string_view::npos ? std::string_view{} : line.substr(text_start);
        else if (line.starts_with("# ") || line == "#")
            line.remove_prefix(1);
        line = trimmed(line);
        if (line.empty() && size == 0) continue;
        if (size > 0) copy[size++] = '\n';
        if (!line.empty()) std::memcpy(copy + size, line.data(), line.size());
        size += line.size();
    }
    while (size > 0 && copy[size - 1] == '\n') --size;
    return storable({copy, size}, limits_.doc_bytes_max);
}

void Builder::finish() {
    for (std::size_t i = 0; i < headers_.size(); ++i) {
        auto& signature = facts_.elements[i].signature;
        signature = in_one_line(headers_[i].start, headers_[i].end, limits_.signature_bytes_max);
        while (!signature.empty() && std::string_view(":;{ ").find(signature.back()) != std::string_view::npos)
            signature.remove_suffix(1);
    }
    facts_.lines = count_lines(source_, comments_);
    facts_.comments = std::move(comments_);
}

}  // namespace gsdb::codebase::extract
