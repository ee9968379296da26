#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <random>

#include "pg/copy.hpp"
#include "pg/text_array.hpp"
#include "pg/value.hpp"
#include "support.hpp"

enum class Mood { sad, happy };
template <>
struct gsdb::pg::EnumLabels<Mood> {
    static constexpr std::array<std::string_view, 2> labels{"sad", "very happy"};
};

namespace gsdb::pg {
namespace {

using namespace std::chrono_literals;
using test::thrown_by;
using test::thrown_on_connection;
using test::with_connection;
using testing::HasSubstr;

/// The value must come back equal through a parameter cast to `type`, as an array item, and through COPY in and out.
template <class T>
Task<> expect_round_trip(Connection& c, std::string type, std::vector<T> values) {
    for (const T value : values) {
        Rows rows = co_await c.execute("select $1::" + type, Parameters::of(value));
        EXPECT_EQ(rows.get<T>(0, 0), value) << type;
        Rows nullable = co_await c.execute("select $1::" + type, Parameters::of(std::optional<T>()));
        EXPECT_EQ(nullable.get<std::optional<T>>(0, 0), std::nullopt) << type;
    }
    Rows array = co_await c.execute("select $1::" + type + "[]", Parameters::of(values));
    EXPECT_EQ(array.get<std::vector<T>>(0, 0), values) << type;

    std::vector<std::optional<T>> with_null(values.begin(), values.end());
    with_null.push_back(std::nullopt);
    array = co_await c.execute("select $1::" + type + "[]", Parameters::of(with_null));
    EXPECT_EQ(array.get<std::vector<std::optional<T>>>(0, 0), with_null) << type;
    array = co_await c.execute("select $1::" + type + "[]", Parameters::of(std::vector<T>{}));
    EXPECT_EQ(array.get<std::vector<T>>(0, 0), std::vector<T>{}) << type;

    co_await c.run_script("create temp table t (n int, v " + type + ")");
    CopyIn copy = co_await c.copy_in("copy t from stdin (format binary)");
    CopyWriter writer(std::move(copy));
    for (std::size_t i = 0; i < with_null.size(); ++i) co_await writer.row(static_cast<std::int32_t>(i), with_null[i]);
    EXPECT_EQ(co_await writer.finish(), static_cast<std::int64_t>(with_null.size()));
    CopyOut out = co_await c.copy_out("copy (select v from t order by n) to stdout (format binary)");
    std::vector<std::optional<T>> copied;
    while (std::optional<CopyRow> row = co_await out.next()) copied.push_back(row->next<std::optional<T>>());
    EXPECT_EQ(copied, with_null) << type;
    co_await c.run_script("drop table t");
}

template <class T>
std::vector<T> integers() {
    std::mt19937_64 random{20261121};
    std::vector<T> values{0, 1, -1, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};
    for (int i = 0; i < 20; ++i) values.push_back(static_cast<T>(random()));
    return values;
}

TEST(Value, IntegersRoundTrip) {
    with_connection([](Connection& c) -> Task<> {
        co_await expect_round_trip(c, "smallint", integers<std::int16_t>());
        co_await expect_round_trip(c, "integer", integers<std::int32_t>());
        co_await expect_round_trip(c, "bigint", integers<std::int64_t>());
        co_await expect_round_trip<bool>(c, "boolean", {true, false});
    });
}

TEST(Value, FloatsRoundTripWithTheirExtremes) {
    with_connection([](Connection& c) -> Task<> {
        using D = std::numeric_limits<double>;
        using F = std::numeric_limits<float>;
        co_await expect_round_trip<double>(
            c, "float8",
            {0, -0.0, 0.1, D::min(), D::max(), D::lowest(), D::denorm_min(), D::infinity(), -D::infinity()});
        co_await expect_round_trip<float>(c, "float4", {0, 0.1F, F::min(), F::max(), F::lowest(), F::infinity()});
        auto nan = co_await c.execute("select $1::float8", Parameters::of(D::quiet_NaN()));
        EXPECT_TRUE(std::isnan(nan.get<double>(0, 0)));
    });
}

TEST(Value, TextRoundTrips) {
    with_connection([](Connection& c) -> Task<> {
        std::vector<std::string> texts{
            "", "a", "NULL", "{a,b}", "\"quoted\" \\ back", " \t\n", "žluťoučký 🐎", std::string(100'000, 'x')};
        for (int i = 1; i < 128; ++i) texts.emplace_back(1, static_cast<char>(i));
        co_await expect_round_trip(c, "text", texts);
        co_await expect_round_trip(c, "varchar", texts);
        co_await expect_round_trip<std::string>(c, "name", {"", "a_name"});
    });
}

TEST(Value, BytesRoundTrip) {
    with_connection([](Connection& c) -> Task<> {
        Bytes all;
        for (int i = 0; i < 1024; ++i) all.push_back(static_cast<std::uint8_t>(i));
        co_await expect_round_trip<Bytes>(c, "bytea", {{}, {0}, {0, 0, 0}, all});
    });
}

TEST(Value, UuidsAndIdsRoundTrip) {
    with_connection([](Connection& c) -> Task<> {
        Uuid ones;
        ones.bytes.fill(0xFF);
        co_await expect_round_trip<Uuid>(c, "uuid", {Uuid{}, ones, default_organization().uuid});
        co_await expect_round_trip<OrganizationId>(c, "uuid", {default_organization()});
        auto text = co_await c.execute("select $1::uuid::text", Parameters::of(default_organization()));
        EXPECT_EQ(text.get<std::string>(0, 0), "00000000-0000-7000-8000-000000000001");
    });
}

TEST(Value, JsonRoundTripsAsText) {
    with_connection([](Connection& c) -> Task<> {
        co_await expect_round_trip<Json>(c, "jsonb",
                                         {{"null"}, {"{}"}, {"[1, 2]"}, {"\"é\""}, {R"({"a": {"b": 1000}})"}});
        auto plain = co_await c.execute("select '{\"a\":1}'::json, '{\"a\":1}'::jsonb");
        EXPECT_EQ(plain.get<Json>(0, 0).text, "{\"a\":1}");
        EXPECT_EQ(plain.get<std::string>(0, 1), "{\"a\": 1}");
    });
}

TEST(Value, NumericsRoundTripExactly) {
    with_connection([](Connection& c) -> Task<> {
        std::vector<Numeric> values{{"0"},
                                    {"1"},
                                    {"-1"},
                                    {"0.1"},
                                    {"-0.0001"},
                                    {"10000"},
                                    {"9999.9999"},
                                    {"100.00"},
                                    {"0.00"},
                                    {"123456789012345678901234567890.000000000000000000001"},
                                    {"NaN"},
                                    {"Infinity"},
                                    {"-Infinity"},
                                    {std::string(1000, '9')},
                                    {"0." + std::string(999, '0') + "1"}};
        std::mt19937 random{20261121};
        for (int i = 0; i < 100; ++i) {
            auto text = fmt::format("{}{}", random() % 2 ? "-" : "", 1 + random() % 100'000'000);
            if (auto decimals = random() % 9) {
                text += '.';
                for (unsigned d = 0; d < decimals; ++d) text += static_cast<char>('0' + random() % 10);
            }
            values.push_back({text});
        }
        co_await expect_round_trip(c, "numeric", values);
        // The server's own text is the witness that both directions do not err alike.
        for (const auto& value : values) {
            auto text = co_await c.execute("select $1::numeric::text", Parameters::of(value));
            EXPECT_EQ(text.get<std::string>(0, 0), value.text);
        }
        auto as_string = co_await c.execute("select $1::numeric", Parameters::of("12.50"));
        EXPECT_EQ(as_string.get<std::string>(0, 0), "12.50");
    });
    for (auto bad : {"", "-", ".", "1e5", "0x1", "1 ", "--1"}) {
        Bytes out;
        auto failure = thrown_by([&] { Codec<Numeric>::encode(out, {bad}); });
        EXPECT_EQ(failure.error().code, "pg.not_a_number") << bad;
    }
}

TEST(Value, MomentsRoundTripWithInfinity) {
    with_connection([](Connection& c) -> Task<> {
        auto moment = [](std::int64_t micros) { return Timestamp{std::chrono::microseconds{micros}}; };
        co_await expect_round_trip<Timestamp>(
            c, "timestamptz",
            {moment(0), moment(-1), moment(1'645'557'742'000'001), moment(946'684'800'000'000), Timestamp::max(),
             Timestamp::min(), moment(-210'866'803'200'000'000), moment(9'000'000'000'000'000'000)});
        auto text = co_await c.execute(
            "select ($1::timestamptz at time zone 'UTC')::text, $2::timestamptz::text, $3::timestamptz::text",
            Parameters::of(moment(1'645'557'742'000'001), Timestamp::max(), Timestamp::min()));
        EXPECT_EQ(text.get<std::string>(0, 0), "2022-02-22 19:22:22.000001");
        EXPECT_EQ(text.get<std::string>(0, 1), "infinity");
        EXPECT_EQ(text.get<std::string>(0, 2), "-infinity");
    });
    Bytes out;
    EXPECT_EQ(thrown_by([&] { Codec<Timestamp>::encode(out, Timestamp::min() + 1us); }).error().code,
              "pg.time_out_of_range");
}

TEST(Value, DaysAndIntervalsRoundTrip) {
    with_connection([](Connection& c) -> Task<> {
        using std::chrono::sys_days;
        co_await expect_round_trip<sys_days>(
            c, "date",
            {sys_days{std::chrono::year{1970} / 1 / 1}, sys_days{std::chrono::year{2026} / 11 / 21}, sys_days::max(),
             sys_days::min()});
        auto text =
            co_await c.execute("select $1::date::text", Parameters::of(sys_days{std::chrono::year{2026} / 11 / 21}));
        EXPECT_EQ(text.get<std::string>(0, 0), "2026-11-21");
        co_await expect_round_trip<std::chrono::microseconds>(c, "interval", {0us, 1us, -1us, 36h, 1000000h});
        auto day = co_await c.execute("select interval '1 day 1 second'");
        EXPECT_EQ(day.get<std::chrono::microseconds>(0, 0), 24h + 1s);
    });
    auto failure = thrown_on_connection<Failure>([](Connection& c) -> Task<> {
        auto rows = co_await c.execute("select interval '1 month' as period");
        rows.get<std::chrono::microseconds>(0, 0);
    });
    EXPECT_THAT(failure.what(), HasSubstr("column \"period\" cannot be read as an interval without months"));
}

TEST(Value, EnumsTravelByLabel) {
    with_connection([](Connection& c) -> Task<> {
        co_await c.run_script("create type mood as enum ('sad', 'very happy', 'unheard of')");
        co_await expect_round_trip<Mood>(c, "mood", {Mood::sad, Mood::happy});
        auto text = co_await c.execute("select $1::mood", Parameters::of("very happy"));
        EXPECT_EQ(text.get<std::string>(0, 0), "very happy");
        auto array = co_await c.execute("select $1::mood[]", Parameters::of(std::vector<std::string>{"very happy"}));
        EXPECT_EQ(array.get<std::vector<Mood>>(0, 0), std::vector{Mood::happy});
        auto unknown = co_await c.execute("select 'unheard of'::mood as mood");
        EXPECT_THAT(thrown_by([&] { unknown.get<Mood>(0, 0); }).what(), HasSubstr("column \"mood\""));
        co_await c.run_script("drop type mood");
    });
}

TEST(Value, TextsKnownToBeTextsTravelInBinary) {
    with_connection([](Connection& c) -> Task<> {
        const std::vector<std::string> texts{"", "NULL", "a \"quoted\" \\ {part}, one", "\xc3\xa4\n"};
        auto array = co_await c.execute("select $1::text[]", Parameters::of(TextArray{texts}));
        EXPECT_EQ(array.get<std::vector<std::string>>(0, 0), texts);
        const std::vector<std::string> none;
        array = co_await c.execute("select $1::text[]", Parameters::of(TextArray{none}));
        EXPECT_EQ(array.get<std::vector<std::string>>(0, 0), none);
    });
    const std::vector<std::string> with_nul{"a", std::string(1, '\0')};
    EXPECT_THROW(Parameters::of(TextArray{with_nul}), Failure);
}

TEST(Value, RefusesNulInTextBeforeAnythingIsSent) {
    using namespace std::string_literals;
    auto failure = thrown_by([] { Parameters::of("ab\0c"s); });
    EXPECT_EQ(failure.error().code, "pg.nul_in_text");
    EXPECT_THAT(failure.what(), HasSubstr("a text of 4 bytes has a NUL at byte 2"));
    EXPECT_THROW(Parameters::of(Json{"\"\0\""s}), Failure);
    EXPECT_THROW(Parameters::of(std::vector<std::string>{"a", "\0"s}), Failure);
    BinaryRowEncoder encoder;
    EXPECT_THROW(encoder.row("a\0"s), Failure);
}

TEST(Value, RefusesNullAndOtherTypesByTheColumnsName) {
    with_connection([](Connection& c) -> Task<> {
        auto rows = co_await c.execute(
            "select null::int as missing, 1::bigint as wide, now()::time as clock, "
            "array[array[1, 2]] as matrix");
        EXPECT_EQ(thrown_by([&] { rows.get<std::int32_t>(0, 0); }).error().code, "pg.unexpected_null");
        EXPECT_THAT(thrown_by([&] { rows.get<std::int32_t>(0, 1); }).what(),
                    HasSubstr("column \"wide\" cannot be read as integer"));
        EXPECT_THAT(thrown_by([&] { rows.get<std::string>(0, 2); }).what(), HasSubstr("column \"clock\""));
        EXPECT_THAT(thrown_by([&] { rows.get<std::vector<std::int32_t>>(0, 3); }).what(), HasSubstr("one-dimensional"));
        EXPECT_EQ(thrown_by([&] { rows.get<bool>(0, "nope"); }).error().code, "pg.no_such_column");
        EXPECT_EQ(thrown_by([&] { rows.get<bool>(1, 0); }).error().code, "pg.no_such_value");
    });
}

}  // namespace
}  // namespace gsdb::pg
