#include "modules/codebase/flow/stored_flow.hpp"

#include <zstd.h>

#include <algorithm>
#include <concepts>
#include <map>
#include <tuple>

#include "base/error.hpp"

namespace gsdb::codebase::flow {

namespace {

// --- which elements and references they are ---

using LineAndColumn = std::pair<std::uint32_t, std::uint32_t>;

/// Positions of things in a file, to be found by.
class PlaceIndex {
  public:
    void add(LineAndColumn at, std::size_t number) { places_.emplace_back(at, static_cast<Index>(number)); }
    void sort() { std::ranges::sort(places_); }
    /// The first thing there.
    Index at(const Site& site) const {
        const LineAndColumn wanted{site.line, site.column};
        const auto found = std::ranges::lower_bound(places_, std::pair(wanted, Index{0}));
        return found != places_.end() && found->first == wanted ? found->second : none;
    }

  private:
    std::vector<std::pair<LineAndColumn, Index>> places_;
};

/// The facts of a file, to be found by where they stand and what they say.
class FactIndex {
  public:
    explicit FactIndex(const extract::FileFacts& facts) {
        for (std::size_t i = 0; i < facts.elements.size(); ++i) {
            const auto& e = facts.elements[i];
            elements_.add({e.name_span.start.line, e.name_span.start.column}, i);
            if (e.flags.has(extract::ElementFlag::anonymous) && e.flags.has(extract::ElementFlag::default_export))
                default_export_ = static_cast<Index>(i);
        }
        for (std::size_t i = 0; i < facts.references.size(); ++i) {
            const auto& r = facts.references[i];
            if (r.kind == extract::ReferenceKind::call || r.kind == extract::ReferenceKind::instantiate ||
                r.kind == extract::ReferenceKind::decorate)
                references_.add({r.position.line, r.position.column}, i);
        }
        elements_.sort(), references_.sort();
        for (const auto& i : facts.imports) {
            const Site at{.line = i.position.line, .column = i.position.column};
            imports_.try_emplace({i.module, i.name}, at);
            imports_.try_emplace({i.module, {}}, at);
        }
    }

    /// `export default function () {}` has no name to be found by.
    Index element(const Site& site, std::string_view name) const {
        const auto found = elements_.at(site);
        return found == none && name == "default" ? default_export_ : found;
    }
    Index reference(const Site& site) const { return references_.at(site); }
    /// Where a name of a module is imported, or else the module.
    Site import(std::string_view module, std::string_view name) const {
        auto found = imports_.find({module, name});
        if (found == imports_.end()) found = imports_.find({module, {}});
        return found == imports_.end() ? Site{} : found->second;
    }

  private:
    PlaceIndex elements_, references_;
    Index default_export_ = none;
    std::map<std::pair<std::string_view, std::string_view>, Site> imports_;
};

Index name_index(FileFlow& flow, std::string_view text) {
    flow.names.push_back(flow.arena.store(text));
    return static_cast<Index>(flow.names.size() - 1);
}

// --- the format ---
// Numbers are LEB128 of the number plus one, so that `none` is a single byte; texts are their lengths and then all of
// their bytes. The whole is one zstd frame with its size.

template <class T>
concept Number = std::integral<T> || std::is_enum_v<T>;

class Writer {
  public:
    template <Number T>
    void operator()(const T& value) {
        auto rest = static_cast<std::uint32_t>(value) + 1;
        for (; rest >= 0x80; rest >>= 7U) bytes_.push_back(static_cast<std::uint8_t>(rest | 0x80U));
        bytes_.push_back(static_cast<std::uint8_t>(rest));
    }
    template <class T>
    void operator()(const std::vector<T>& items) {
        (*this)(static_cast<std::uint32_t>(items.size()));
        for (const auto& item : items) {
            if constexpr (Number<T>)
                (*this)(item);
            else
                fields(*this, item);
        }
    }
    void texts(const std::vector<std::string_view>& texts) {
        (*this)(static_cast<std::uint32_t>(texts.size()));
        for (const auto text : texts) (*this)(static_cast<std::uint32_t>(text.size()));
        for (const auto text : texts) bytes_.insert(bytes_.end(), text.begin(), text.end());
    }
    const Bytes& bytes() const { return bytes_; }

  private:
    Bytes bytes_;
};

[[noreturn]] void throw_damaged() {
    throw Failure({.code = "codebase.flow_damaged",
                   .message = "a stored flow cannot be read",
                   .detail = "codebase.blob_flows holds bytes that this program did not write",
                   .hint = "restore the database from a backup, or index the codebase again after deleting it",
                   .exit_code = ExitCode::failed});
}

class Reader {
  public:
    explicit Reader(ByteView bytes) : bytes_(bytes) {}

    template <Number T>
    void operator()(T& value) {
        std::uint32_t number = 0;
        for (unsigned shift = 0;; shift += 7) {
            if (next_ == bytes_.size() || shift > 28) throw_damaged();
            const auto byte = bytes_[next_++];
            number |= static_cast<std::uint32_t>(byte & 0x7FU) << shift;
            if (byte < 0x80) break;
        }
        value = static_cast<T>(number - 1);
    }
    template <class T>
    void operator()(std::vector<T>& items) {
        items.resize(count());
        for (auto& item : items) {
            if constexpr (Number<T>)
                (*this)(item);
            else
                fields(*this, item);
        }
    }
    void texts(std::vector<std::string_view>& texts, extract::TextArena& arena) {
        std::vector<std::uint32_t> sizes(count());
        std::size_t total = 0;
        for (auto& size : sizes) (*this)(size), total += size;
        if (total > bytes_.size() - next_) throw_damaged();
        const auto* at = arena.store(as_text(bytes_.subspan(next_, total))).data();
        next_ += total;
        texts.reserve(sizes.size());
        for (const auto size : sizes) texts.emplace_back(at, size), at += size;
    }
    void expect_end() const {
        if (next_ != bytes_.size()) throw_damaged();
    }

  private:
    /// Every item takes a byte at least, so a count that memory would not bear is known at once.
    std::uint32_t count() {
        std::uint32_t count = 0;
        (*this)(count);
        if (count > bytes_.size() - next_) throw_damaged();
        return count;
    }

    ByteView bytes_;
    std::size_t next_ = 0;
};

template <class T, class Plain>
concept Of = std::same_as<std::remove_const_t<T>, Plain>;

template <class... Fields>
void all(auto& archive, Fields&... values) {
    (archive(values), ...);
}
void fields(auto& a, Of<Op> auto& o) {
    all(a, o.code, o.function, o.target, o.a, o.b, o.c);
}
void fields(auto& a, Of<Site> auto& s) {
    all(a, s.line, s.column, s.length);
}
void fields(auto& a, Of<Argument> auto& g) {
    all(a, g.kind, g.value, g.name, g.type);
}
void fields(auto& a, Of<Call> auto& c) {
    all(a, c.kind, c.form, c.callee, c.receiver, c.name, c.first_argument, c.argument_count);
    fields(a, c.site);
}
void fields(auto& a, Of<Parameter> auto& p) {
    all(a, p.kind, p.name, p.node, p.is_optional, p.type);
}
void fields(auto& a, Of<Function> auto& f) {
    all(a, f.name, f.parent, f.owner, f.class_name, f.flags, f.first_parameter, f.parameter_count, f.receiver, f.result,
        f.yielded, f.first_op, f.op_count);
    fields(a, f.site);
}
void fields(auto& a, Of<Member> auto& m) {
    all(a, m.kind, m.name, m.node);
}
void fields(auto& a, Of<Class> auto& c) {
    all(a, c.name, c.function, c.outer_class, c.first_base, c.base_count, c.first_member, c.member_count, c.initializer,
        c.flags);
    fields(a, c.site);
}
void fields(auto& a, Of<Import> auto& i) {
    all(a, i.kind, i.module, i.name);
}
void fields(auto& a, Of<Export> auto& e) {
    all(a, e.name, e.node);
}
void fields(auto& a, Of<Addition> auto& d) {
    all(a, d.class_);
    fields(a, d.member);
}
void fields(auto& a, Of<Wildcard> auto& w) {
    all(a, w.module, w.is_export_only);
}
void fields(auto& a, Of<ElementPlace> auto& e) {
    all(a, e.kind, e.qualified_name, e.overload, e.start_line);
}
void fields(auto& a, Of<StoredFlow> auto& s) {
    auto& f = s.flow;
    all(a, f.language, f.is_complete, f.node_functions, f.functions, f.parameters, f.classes, f.bases, f.members, f.ops,
        f.calls, f.arguments, f.imports, f.exports, f.wildcards, f.additions, f.commonjs_exports, f.package);
    auto& p = s.places;
    all(a, p.elements, p.function_elements, p.class_elements, p.call_references, p.import_sites, p.wildcard_sites);
}

constexpr int compression_level = 1;
/// No flow of a file that is analysed comes near.
constexpr unsigned long long decoded_bytes_max = 1ULL << 30U;

}  // namespace

StoredFlow with_places(FileFlow flow, const extract::FileFacts& facts) {
    StoredFlow stored{.flow = std::move(flow), .places = {}};
    const FactIndex index(facts);
    auto& places = stored.places;
    std::vector<Index> kept(facts.elements.size(), none);
    const auto keep = [&](const Site& site, Index name) {
        const auto element = index.element(site, name == none ? std::string_view() : stored.flow.names[name]);
        if (element == none) return none;
        if (kept[element] == none) {
            const auto& e = facts.elements[element];
            kept[element] = static_cast<Index>(places.elements.size());
            places.elements.push_back({.kind = e.kind,
                                       .qualified_name = name_index(stored.flow, e.qualified_name),
                                       .overload = e.overload,
                                       .start_line = e.span.start.line});
        }
        return kept[element];
    };
    for (const auto& c : stored.flow.classes) places.class_elements.push_back(keep(c.site, c.name));
    for (const auto& f : stored.flow.functions)
        places.function_elements.push_back(f.parent == none ? none : keep(f.site, f.name));
    for (const auto& c : stored.flow.calls)
        places.call_references.push_back(c.kind == CallKind::implied ? none : index.reference(c.site));
    const auto text = [&](Index name) { return name == none ? std::string_view() : stored.flow.names[name]; };
    for (const auto& i : stored.flow.imports) places.import_sites.push_back(index.import(text(i.module), text(i.name)));
    for (const auto& w : stored.flow.wildcards) places.wildcard_sites.push_back(index.import(text(w.module), {}));
    return stored;
}

Bytes encode(const StoredFlow& stored) {
    Writer writer;
    fields(writer, stored);
    writer.texts(stored.flow.names);
    Bytes compressed(ZSTD_compressBound(writer.bytes().size()));
    const auto size = ZSTD_compress(compressed.data(), compressed.size(), writer.bytes().data(), writer.bytes().size(),
                                    compression_level);
    if (ZSTD_isError(size) != 0) throw std::bad_alloc();  // the room is enough, so nothing else can be wrong
    compressed.resize(size);
    return compressed;
}

StoredFlow decode(ByteView bytes) {
    const auto size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > decoded_bytes_max) throw_damaged();
    Bytes plain(size);
    if (ZSTD_decompress(plain.data(), plain.size(), bytes.data(), bytes.size()) != size) throw_damaged();
    Reader reader(plain);
    StoredFlow stored;
    fields(reader, stored);
    reader.texts(stored.flow.names, stored.flow.arena);
    reader.expect_end();
    return stored;
}

}  // namespace gsdb::codebase::flow
