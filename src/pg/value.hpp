#pragma once
// How C++ values travel to and from PostgreSQL: the binary format of each type, both ways.
//
//     C++                          PostgreSQL                 remarks
//     bool                         boolean
//     int16_t, int32_t, int64_t    smallint, integer, bigint  the width must match: cast in SQL where it does not
//     float, double                real, double precision
//     std::string(_view)           text, varchar, name, enum labels, numeric, json(b): by text
//     an enum with EnumLabels      an enum type, by label
//     Numeric                      numeric                    decimal text, exact
//     Json                         jsonb                      the text as received, not parsed here
//     Bytes                        bytea
//     Uuid, Id<Tag>                uuid
//     Timestamp                    timestamptz                max() is infinity, min() is -infinity
//     std::chrono::sys_days        date                       max() is infinity, min() is -infinity
//     std::chrono::microseconds    interval                   intervals with months have no length: refused
//     std::optional<T>             the same, nullable         NULL in a T that is not optional is refused
//     std::vector<T>               a one-dimensional array    of T or std::optional<T>
//
// What does not fit (a NUL in text, a wrong type, a NULL) ends in a Failure that names the column and the remedy.

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/uuid.hpp"

namespace gsdb::pg {

/// The number by which PostgreSQL knows a type.
using Oid = std::uint32_t;

namespace oid {
inline constexpr Oid boolean = 16, bytea = 17, single_char = 18, name = 19, int8 = 20, int2 = 21, int4 = 23, text = 25,
                     json = 114, xml = 142, float4 = 700, float8 = 701, unknown = 705, bpchar = 1042, varchar = 1043,
                     date = 1082, timestamp = 1114, timestamptz = 1184, interval = 1186, numeric = 1700, uuid = 2950,
                     jsonb = 3802;
inline constexpr Oid boolean_array = 1000, bytea_array = 1001, int2_array = 1005, int4_array = 1007, text_array = 1009,
                     int8_array = 1016, float4_array = 1021, float8_array = 1022, date_array = 1182,
                     timestamptz_array = 1185, interval_array = 1187, numeric_array = 1231, uuid_array = 2951,
                     jsonb_array = 3807;
inline constexpr Oid inferred = 0;          ///< the server finds the parameter's type from its place
inline constexpr Oid first_custom = 16384;  ///< enums, citext and other types that are not built in
}  // namespace oid

/// The text of a jsonb value. Not checked here: the server refuses what is no JSON.
struct Json {
    std::string text;
    bool operator==(const Json&) const = default;
};

/// An exact decimal as text: "-12.50", "NaN", "Infinity". The number of decimals is kept.
struct Numeric {
    std::string text;
    bool operator==(const Numeric&) const = default;
};

/// Specialise for an enum whose enumerators count from 0: `labels[i]` is the PostgreSQL label of enumerator i.
///     template <> struct gsdb::pg::EnumLabels<Kind> { static constexpr std::array<std::string_view, 2> labels{...}; };
template <class E>
struct EnumLabels;

template <class E>
concept LabelledEnum = std::is_enum_v<E> && requires { EnumLabels<E>::labels.size(); };

/// One value of a result as it came. `column` is for messages.
struct Value {
    ByteView bytes;
    Oid type = oid::inferred;
    std::string_view column;
};

/// Throws the Failure "pg.type_mismatch": the value's column cannot be read as `wanted`.
[[noreturn]] void throw_mismatch(const Value& value, std::string_view wanted);
/// Throws the Failure "pg.unexpected_null".
[[noreturn]] void throw_unexpected_null(std::string_view column);
/// Throws the Failure "pg.nul_in_text" when `text` has a NUL byte, which PostgreSQL's text cannot hold.
void refuse_nul(std::string_view text);

namespace wire {

template <std::integral T>
void put(Bytes& out, T value) {
    if constexpr (sizeof(T) > 1) value = std::byteswap(value);
    auto raw = std::bit_cast<std::array<std::uint8_t, sizeof(T)>>(value);
    out.insert(out.end(), raw.begin(), raw.end());
}

inline void put(Bytes& out, ByteView bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}

template <std::integral T>
T get(const std::uint8_t* at) {
    std::array<std::uint8_t, sizeof(T)> raw;
    std::copy_n(at, sizeof(T), raw.begin());
    return std::byteswap(std::bit_cast<T>(raw));
}

/// A cursor over a composite value such as an array. Reading past the end throws a mismatch.
class Reader {
  public:
    Reader(const Value& value, std::string_view wanted) : value_(value), wanted_(wanted) {}

    template <std::integral T>
    T next() {
        return get<T>(take(sizeof(T)).data());
    }
    ByteView take(std::size_t count) {
        if (value_.bytes.size() - at_ < count) throw_mismatch(value_, wanted_);
        auto bytes = value_.bytes.subspan(at_, count);
        at_ += count;
        return bytes;
    }

  private:
    const Value& value_;
    std::string_view wanted_;
    std::size_t at_ = 0;
};

}  // namespace wire

/// Codec<T> has
///     static constexpr Oid type, array_type;               of parameters and array elements
///     static constexpr bool as_text;                       true: a parameter goes as text of inferred type
///     static void encode(Bytes& out, const T& value);      appends the value without its length
///     static T decode(const Value& value);
template <class T>
struct Codec;

template <class T, Oid Type, Oid ArrayType>
struct IntegerCodec {
    static constexpr Oid type = Type, array_type = ArrayType;
    static constexpr bool as_text = false;
    static void encode(Bytes& out, T value) { wire::put(out, value); }
    static T decode(const Value& value) {
        if (value.bytes.size() != sizeof(T) || (value.type != Type && value.type != oid::inferred))
            throw_mismatch(value, Type == oid::int2 ? "smallint" : Type == oid::int4 ? "integer" : "bigint");
        return wire::get<T>(value.bytes.data());
    }
};
template <>
struct Codec<std::int16_t> : IntegerCodec<std::int16_t, oid::int2, oid::int2_array> {};
template <>
struct Codec<std::int32_t> : IntegerCodec<std::int32_t, oid::int4, oid::int4_array> {};
template <>
struct Codec<std::int64_t> : IntegerCodec<std::int64_t, oid::int8, oid::int8_array> {};

template <class T, class Raw, Oid Type, Oid ArrayType>
struct FloatCodec {
    static constexpr Oid type = Type, array_type = ArrayType;
    static constexpr bool as_text = false;
    static void encode(Bytes& out, T value) { wire::put(out, std::bit_cast<Raw>(value)); }
    static T decode(const Value& value) {
        if (value.bytes.size() != sizeof(T) || (value.type != Type && value.type != oid::inferred))
            throw_mismatch(value, Type == oid::float4 ? "real" : "double precision");
        return std::bit_cast<T>(wire::get<Raw>(value.bytes.data()));
    }
};
template <>
struct Codec<float> : FloatCodec<float, std::uint32_t, oid::float4, oid::float4_array> {};
template <>
struct Codec<double> : FloatCodec<double, std::uint64_t, oid::float8, oid::float8_array> {};

template <>
struct Codec<bool> {
    static constexpr Oid type = oid::boolean, array_type = oid::boolean_array;
    static constexpr bool as_text = false;
    static void encode(Bytes& out, bool value) { out.push_back(value ? 1 : 0); }
    static bool decode(const Value& value) {
        if (value.bytes.size() != 1) throw_mismatch(value, "boolean");
        return value.bytes[0] != 0;
    }
};

template <>
struct Codec<std::string> {
    static constexpr Oid type = oid::text, array_type = oid::text_array;
    static constexpr bool as_text = true;
    static void encode(Bytes& out, std::string_view value) {
        refuse_nul(value);
        wire::put(out, as_bytes(value));
    }
    static std::string decode(const Value& value);
};
template <>
struct Codec<std::string_view> : Codec<std::string> {};  // a parameter only: a result must own its text

template <LabelledEnum E>
struct Codec<E> {
    static constexpr Oid type = oid::text, array_type = oid::text_array;
    static constexpr bool as_text = true;
    static void encode(Bytes& out, E value) {
        wire::put(out, as_bytes(EnumLabels<E>::labels[static_cast<std::size_t>(value)]));
    }
    static E decode(const Value& value) {
        constexpr auto& labels = EnumLabels<E>::labels;
        auto found = std::ranges::find(labels, as_text_view(value));
        if (found == labels.end()) throw_mismatch(value, "one of the labels this program knows");
        return static_cast<E>(found - labels.begin());
    }

  private:
    static std::string_view as_text_view(const Value& value) { return gsdb::as_text(value.bytes); }
};

template <>
struct Codec<Numeric> {
    static constexpr Oid type = oid::numeric, array_type = oid::numeric_array;
    static constexpr bool as_text = false;
    static void encode(Bytes& out, const Numeric& value);
    static Numeric decode(const Value& value);
};

template <>
struct Codec<Json> {
    static constexpr Oid type = oid::jsonb, array_type = oid::jsonb_array;
    static constexpr bool as_text = false;
    static void encode(Bytes& out, const Json& value) {
        refuse_nul(value.text);
        out.push_back(1);  // the version of jsonb's binary format
        wire::put(out, as_bytes(value.text));
    }
    static Json decode(const Value& value);
};

template <>
struct Codec<Bytes> {
    static constexpr Oid type = oid::bytea, array_type = oid::bytea_array;
    static constexpr bool as_text = false;
    static void encode(Bytes& out, const Bytes& value) { wire::put(out, ByteView(value)); }
    static Bytes decode(const Value& value) {
        if (value.type != oid::bytea && value.type != oid::inferred) throw_mismatch(value, "bytea");
        return {value.bytes.begin(), value.bytes.end()};
    }
};

template <>
struct Codec<Uuid> {
    static constexpr Oid type = oid::uuid, array_type = oid::uuid_array;
    static constexpr bool as_text = false;
    static void encode(Bytes& out, const Uuid& value) { wire::put(out, ByteView(value.bytes)); }
    static Uuid decode(const Value& value) {
        Uuid uuid;
        if (value.bytes.size() != uuid.bytes.size()) throw_mismatch(value, "uuid");
        std::ranges::copy(value.bytes, uuid.bytes.begin());
        return uuid;
    }
};
template <class Tag>
struct Codec<Id<Tag>> {
    static constexpr Oid type = oid::uuid, array_type = oid::uuid_array;
    static constexpr bool as_text = false;
    static void encode(Bytes& out, const Id<Tag>& value) { Codec<Uuid>::encode(out, value.uuid); }
    static Id<Tag> decode(const Value& value) { return {Codec<Uuid>::decode(value)}; }
};

template <>
struct Codec<Timestamp> {
    static constexpr Oid type = oid::timestamptz, array_type = oid::timestamptz_array;
    static constexpr bool as_text = false;
    static void encode(Bytes& out, Timestamp value);
    static Timestamp decode(const Value& value);
};

template <>
struct Codec<std::chrono::sys_days> {
    static constexpr Oid type = oid::date, array_type = oid::date_array;
    static constexpr bool as_text = false;
    static void encode(Bytes& out, std::chrono::sys_days value);
    static std::chrono::sys_days decode(const Value& value);
};

template <>
struct Codec<std::chrono::microseconds> {
    static constexpr Oid type = oid::interval, array_type = oid::interval_array;
    static constexpr bool as_text = false;
    static void encode(Bytes& out, std::chrono::microseconds value);
    static std::chrono::microseconds decode(const Value& value);
};

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
struct Unwrapped {
    using type = T;
};
template <class T>
struct Unwrapped<std::optional<T>> {
    using type = T;
};

/// Appends the value with its length in front, as parameters of COPY, array items and rows have it; -1 is NULL.
template <class T>
void encode_with_length(Bytes& out, const T& value) {
    if constexpr (is_optional<T>) {
        if (!value) return wire::put(out, std::int32_t{-1});
        encode_with_length(out, *value);
    } else {
        auto start = out.size();
        wire::put(out, std::int32_t{0});
        Codec<T>::encode(out, value);
        auto length = std::byteswap(static_cast<std::int32_t>(out.size() - start - 4));
        auto raw = std::bit_cast<std::array<std::uint8_t, 4>>(length);
        std::ranges::copy(raw, out.begin() + static_cast<std::ptrdiff_t>(start));
    }
}

/// Appends `item` to the text of an array ("{a,b}"), quoted.
void append_array_item(Bytes& out, std::string_view item);

template <class T>
struct Codec<std::vector<T>> {
    using Element = typename Unwrapped<T>::type;
    static constexpr Oid type = Codec<Element>::array_type, array_type = Codec<Element>::array_type;
    static constexpr bool as_text = Codec<Element>::as_text;

    static void encode(Bytes& out, const std::vector<T>& items) {
        bool has_null = false;
        if constexpr (is_optional<T>)
            has_null = std::ranges::any_of(items, [](const auto& item) { return !item.has_value(); });
        wire::put(out, std::int32_t{items.empty() ? 0 : 1});
        wire::put(out, std::int32_t{has_null});
        wire::put(out, Codec<Element>::type);
        if (items.empty()) return;
        wire::put(out, static_cast<std::int32_t>(items.size()));
        wire::put(out, std::int32_t{1});  // the lower bound
        for (const T& item : items) encode_with_length(out, item);
    }

    /// The array as text, for parameters whose element type the server infers: enums, numeric, text alike.
    static void encode_as_text(Bytes& out, const std::vector<T>& items)
        requires as_text
    {
        out.push_back('{');
        bool first = true;
        for (const T& item : items) {
            if (!first) out.push_back(',');
            first = false;
            append_text_item(out, item);
        }
        out.push_back('}');
    }

    static std::vector<T> decode(const Value& value) {
        wire::Reader reader(value, "a one-dimensional array");
        auto dimensions = reader.next<std::int32_t>();
        reader.next<std::int32_t>();  // whether there are NULLs; the items say so themselves
        auto element_type = reader.next<Oid>();
        if (dimensions == 0) return {};
        if (dimensions != 1) throw_mismatch(value, "a one-dimensional array");
        auto count = reader.next<std::int32_t>();
        reader.next<std::int32_t>();  // the lower bound: C++ counts from 0 whatever SQL counted from
        std::vector<T> items;
        items.reserve(static_cast<std::size_t>(count));
        for (std::int32_t i = 0; i < count; ++i) {
            auto length = reader.next<std::int32_t>();
            if (length >= 0) {
                auto bytes = reader.take(static_cast<std::size_t>(length));
                items.push_back(Codec<Element>::decode({bytes, element_type, value.column}));
            } else if constexpr (is_optional<T>) {
                items.push_back(std::nullopt);
            } else {
                throw_unexpected_null(value.column);
            }
        }
        return items;
    }

  private:
    static void append_text_item(Bytes& out, const T& item) {
        if constexpr (is_optional<T>) {
            if (!item) return wire::put(out, as_bytes("NULL"));
            append_element(out, *item);
        } else {
            append_element(out, item);
        }
    }
    static void append_element(Bytes& out, const Element& element) {
        Bytes text;
        Codec<Element>::encode(text, element);
        append_array_item(out, gsdb::as_text(text));
    }
};

}  // namespace gsdb::pg
