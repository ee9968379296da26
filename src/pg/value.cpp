#include "pg/value.hpp"

#include <fmt/format.h>

#include <limits>

#include "base/error.hpp"

namespace gsdb::pg {

namespace {

std::string type_name(Oid type) {
    constexpr std::array<std::pair<Oid, std::string_view>, 19> names{{{oid::inferred, "an unsaid type"},
                                                                      {oid::boolean, "boolean"},
                                                                      {oid::bytea, "bytea"},
                                                                      {oid::int2, "smallint"},
                                                                      {oid::int4, "integer"},
                                                                      {oid::int8, "bigint"},
                                                                      {oid::text, "text"},
                                                                      {oid::varchar, "varchar"},
                                                                      {oid::json, "json"},
                                                                      {oid::jsonb, "jsonb"},
                                                                      {oid::float4, "real"},
                                                                      {oid::float8, "double precision"},
                                                                      {oid::numeric, "numeric"},
                                                                      {oid::date, "date"},
                                                                      {oid::timestamp, "timestamp"},
                                                                      {oid::timestamptz, "timestamptz"},
                                                                      {oid::interval, "interval"},
                                                                      {oid::uuid, "uuid"},
                                                                      {oid::text_array, "text[]"}}};
    const auto* found = std::ranges::find(names, type, &std::pair<Oid, std::string_view>::first);
    return found == names.end() ? fmt::format("the type with oid {}", type) : std::string(found->second);
}

}  // namespace

void throw_mismatch(const Value& value, std::string_view wanted) {
    throw Failure({.code = "pg.type_mismatch",
                   .message = fmt::format("column \"{}\" cannot be read as {}", value.column, wanted),
                   .detail = fmt::format("it is {} of {} bytes", type_name(value.type), value.bytes.size()),
                   .hint = "Cast it in the SQL text to the type the program reads."});
}

void throw_unexpected_null(std::string_view column) {
    throw Failure({.code = "pg.unexpected_null",
                   .message = fmt::format("column \"{}\" is NULL", column),
                   .hint = "Read it as std::optional, or exclude NULL in the SQL text."});
}

void refuse_nul(std::string_view text) {
    auto at = text.find('\0');
    if (at == std::string_view::npos) return;
    throw Failure({.code = "pg.nul_in_text",
                   .message = fmt::format("a text of {} bytes has a NUL at byte {}", text.size(), at),
                   .detail = "PostgreSQL's text types cannot hold NUL",
                   .hint = "Remove it, or store the value as bytea."});
}

// ---- text ------------------------------------------------------------------------------------------------------

std::string Codec<std::string>::decode(const Value& value) {
    switch (value.type) {
        case oid::numeric:
            return Codec<Numeric>::decode(value).text;
        case oid::jsonb:
            return Codec<Json>::decode(value).text;
        case oid::inferred:
        case oid::single_char:
        case oid::name:
        case oid::text:
        case oid::json:
        case oid::xml:
        case oid::unknown:
        case oid::bpchar:
        case oid::varchar:
            return std::string(gsdb::as_text(value.bytes));
        default:
            // Enums and citext send their text; what else is not built in has no text form to rely on, but no
            // better reading either. The built-in types left over would come out as raw bytes: refused.
            if (value.type < oid::first_custom) throw_mismatch(value, "text");
            return std::string(gsdb::as_text(value.bytes));
    }
}

Json Codec<Json>::decode(const Value& value) {
    if (value.type == oid::json) return {std::string(gsdb::as_text(value.bytes))};
    if ((value.type != oid::jsonb && value.type != oid::inferred) || value.bytes.empty() || value.bytes[0] != 1)
        throw_mismatch(value, "jsonb of version 1");
    return {std::string(gsdb::as_text(value.bytes.subspan(1)))};
}

void append_array_item(Bytes& out, std::string_view item) {
    out.push_back('"');
    for (char c : item) {
        if (c == '"' || c == '\\') out.push_back('\\');
        out.push_back(static_cast<std::uint8_t>(c));
    }
    out.push_back('"');
}

// ---- numeric ---------------------------------------------------------------------------------------------------
// The binary form is a row of base-10000 digits: count, weight of the first (a power of 10000), sign, decimals shown.

namespace {

constexpr std::uint16_t sign_positive = 0x0000, sign_negative = 0x4000, sign_nan = 0xC000, sign_infinity = 0xD000,
                        sign_minus_infinity = 0xF000;

void put_numeric(Bytes& out, const std::vector<std::int16_t>& digits, std::int16_t weight, std::uint16_t sign,
                 std::uint16_t decimals) {
    wire::put(out, static_cast<std::int16_t>(digits.size()));
    wire::put(out, weight);
    wire::put(out, sign);
    wire::put(out, decimals);
    for (auto digit : digits) wire::put(out, digit);
}

[[noreturn]] void throw_no_numeric(std::string_view text) {
    throw Failure({.code = "pg.not_a_number",
                   .message = fmt::format("\"{}\" is no decimal number", text),
                   .hint = "Write it as -123.45, NaN, Infinity or -Infinity."});
}

}  // namespace

void Codec<Numeric>::encode(Bytes& out, const Numeric& value) {
    std::string_view text = value.text;
    if (text == "NaN") return put_numeric(out, {}, 0, sign_nan, 0);
    if (text == "Infinity") return put_numeric(out, {}, 0, sign_infinity, 0);
    if (text == "-Infinity") return put_numeric(out, {}, 0, sign_minus_infinity, 0);
    bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    auto point = text.find('.');
    std::string whole(text.substr(0, point));
    std::string fraction(point == std::string_view::npos ? "" : text.substr(point + 1));
    auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (whole.size() + fraction.size() == 0 || !std::ranges::all_of(whole, is_digit) ||
        !std::ranges::all_of(fraction, is_digit) || fraction.size() > 16383 || whole.size() > 131072)
        throw_no_numeric(value.text);
    auto decimals = static_cast<std::uint16_t>(fraction.size());
    whole.insert(0, (4 - whole.size() % 4) % 4, '0');
    fraction.append((4 - fraction.size() % 4) % 4, '0');

    std::vector<std::int16_t> digits;
    for (std::string all = whole + fraction; digits.size() * 4 < all.size();)
        digits.push_back(static_cast<std::int16_t>(std::stoi(all.substr(digits.size() * 4, 4))));
    auto weight = static_cast<std::int16_t>(whole.size() / 4) - 1;
    while (!digits.empty() && digits.front() == 0) digits.erase(digits.begin()), --weight;
    while (!digits.empty() && digits.back() == 0) digits.pop_back();
    if (digits.empty()) weight = 0, negative = false;
    put_numeric(out, digits, static_cast<std::int16_t>(weight), negative ? sign_negative : sign_positive, decimals);
}

Numeric Codec<Numeric>::decode(const Value& value) {
    if (value.type != oid::numeric && value.type != oid::inferred) throw_mismatch(value, "numeric");
    wire::Reader reader(value, "numeric");
    auto count = reader.next<std::int16_t>();
    int weight = reader.next<std::int16_t>();
    auto sign = reader.next<std::uint16_t>();
    int decimals = reader.next<std::uint16_t>();
    if (sign == sign_nan) return {"NaN"};
    if (sign == sign_infinity) return {"Infinity"};
    if (sign == sign_minus_infinity) return {"-Infinity"};

    std::vector<int> digits;
    digits.reserve(static_cast<std::size_t>(std::max<int>(count, 0)));
    for (int i = 0; i < count; ++i) digits.push_back(reader.next<std::int16_t>());
    auto digit_at = [&](int power) {
        int index = weight - power;
        return index >= 0 && index < count ? digits[static_cast<std::size_t>(index)] : 0;
    };
    std::string text = sign == sign_negative ? "-" : "";
    if (weight < 0) text += '0';
    for (int power = weight; power >= 0; --power)
        text += power == weight ? std::to_string(digit_at(power)) : fmt::format("{:04}", digit_at(power));
    if (decimals > 0) {
        std::string fraction;
        for (int power = -1; static_cast<int>(fraction.size()) < decimals; --power)
            fraction += fmt::format("{:04}", digit_at(power));
        fraction.resize(static_cast<std::size_t>(decimals));
        text += '.' + fraction;
    }
    return {std::move(text)};
}

// ---- time ------------------------------------------------------------------------------------------------------
// PostgreSQL counts from 2000-01-01 and keeps the two ends of the range for the infinities.

namespace {

constexpr auto epoch = std::chrono::sys_days{std::chrono::year{2000} / 1 / 1};
constexpr auto i32_max = std::numeric_limits<std::int32_t>::max();
constexpr auto i32_min = std::numeric_limits<std::int32_t>::min();
constexpr auto i64_max = std::numeric_limits<std::int64_t>::max();
constexpr auto i64_min = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t epoch_micros = std::chrono::microseconds(epoch.time_since_epoch()).count();
constexpr std::int32_t epoch_days = epoch.time_since_epoch().count();

}  // namespace

void Codec<Timestamp>::encode(Bytes& out, Timestamp value) {
    auto micros = static_cast<std::int64_t>(value.time_since_epoch().count());
    if (value != Timestamp::max() && value != Timestamp::min()) {
        if (micros < i64_min + epoch_micros)
            throw Failure(
                {.code = "pg.time_out_of_range", .message = "a moment lies before what timestamptz can hold"});
        micros -= epoch_micros;
    }
    wire::put(out, micros);
}

Timestamp Codec<Timestamp>::decode(const Value& value) {
    if (value.bytes.size() != 8 || (value.type != oid::timestamptz && value.type != oid::inferred))
        throw_mismatch(value, "timestamptz");
    auto micros = wire::get<std::int64_t>(value.bytes.data());
    if (micros == i64_max) return Timestamp::max();
    if (micros == i64_min) return Timestamp::min();
    if (micros > i64_max - epoch_micros) throw_mismatch(value, "a moment this program can hold");
    return Timestamp{std::chrono::microseconds{micros + epoch_micros}};
}

void Codec<std::chrono::sys_days>::encode(Bytes& out, std::chrono::sys_days value) {
    auto days = static_cast<std::int64_t>(value.time_since_epoch().count());
    if (value == std::chrono::sys_days::max()) return wire::put(out, i32_max);
    if (value == std::chrono::sys_days::min()) return wire::put(out, i32_min);
    days -= epoch_days;
    if (days <= i32_min || days >= i32_max)
        throw Failure({.code = "pg.time_out_of_range", .message = "a day lies outside what date can hold"});
    wire::put(out, static_cast<std::int32_t>(days));
}

std::chrono::sys_days Codec<std::chrono::sys_days>::decode(const Value& value) {
    if (value.bytes.size() != 4 || (value.type != oid::date && value.type != oid::inferred))
        throw_mismatch(value, "date");
    auto days = wire::get<std::int32_t>(value.bytes.data());
    if (days == i32_max) return std::chrono::sys_days::max();
    if (days == i32_min) return std::chrono::sys_days::min();
    if (days > i32_max - epoch_days) throw_mismatch(value, "a day this program can hold");
    return std::chrono::sys_days{std::chrono::days{days + epoch_days}};
}

void Codec<std::chrono::microseconds>::encode(Bytes& out, std::chrono::microseconds value) {
    wire::put(out, static_cast<std::int64_t>(value.count()));
    wire::put(out, std::int32_t{0});  // days
    wire::put(out, std::int32_t{0});  // months
}

std::chrono::microseconds Codec<std::chrono::microseconds>::decode(const Value& value) {
    if (value.bytes.size() != 16 || (value.type != oid::interval && value.type != oid::inferred))
        throw_mismatch(value, "interval");
    auto micros = wire::get<std::int64_t>(value.bytes.data());
    auto days = wire::get<std::int32_t>(value.bytes.data() + 8);
    if (wire::get<std::int32_t>(value.bytes.data() + 12) != 0) throw_mismatch(value, "an interval without months");
    std::int64_t total = 0;
    if (__builtin_mul_overflow(std::int64_t{days}, std::int64_t{86'400'000'000}, &total) ||
        __builtin_add_overflow(total, micros, &total))
        throw_mismatch(value, "an interval this program can hold");
    return std::chrono::microseconds{total};
}

}  // namespace gsdb::pg
