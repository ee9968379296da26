#include "modules/events/notion_refetcher.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/moment.hpp"
#include "modules/events/administration.hpp"
#include "modules/events/credential_exchange.hpp"
#include "modules/events/observations.hpp"
#include "modules/events/queries.hpp"
#include "pg/sql_error.hpp"

namespace gsdb::events {

namespace json = boost::json;
using std::chrono::milliseconds;

struct NotionRefetcher::Taken {
    sql::TakeNotionEntities::Row row;
};

struct NotionRefetcher::Answer {
    enum class Kind : std::uint8_t { told, gone, in_vain, not_now } kind = Kind::in_vain;
    std::string body;            ///< of what was told
    std::string problem;         ///< of what was not
    milliseconds put_off_for{};  ///< all that the source wants
};

namespace {

/// What columns say of an answer.
struct Facts {
    std::optional<bool> is_in_trash;
    std::optional<std::string> title, url, parent_id;
    std::optional<Timestamp> last_edited_at;
};

std::string plain_text(const json::value* parts) {
    std::string text;
    if (parts == nullptr || !parts->is_array()) return text;
    for (const auto& part : parts->get_array())
        if (const auto* const object = part.if_object())
            if (const auto* const plain = object->if_contains("plain_text"); plain != nullptr && plain->is_string())
                text += std::string_view(plain->get_string());
    return text;
}

std::optional<std::string> text_at(const json::object& object, std::string_view name) {
    const auto* const found = object.if_contains(name);
    return found != nullptr && found->is_string() ? std::optional(std::string(found->get_string())) : std::nullopt;
}

/// A page has its title among its properties, under whatever name; the others have it where it is expected.
std::string title_of(const json::object& entity) {
    if (const auto* const properties = entity.if_contains("properties"); properties && properties->is_object())
        for (const auto& [name, property] : properties->get_object())
            if (const auto* const object = property.if_object(); object && text_at(*object, "type") == "title")
                if (const auto* const title = object->if_contains("title"); title && title->is_array())
                    return plain_text(title);
    const auto title = plain_text(entity.if_contains("title"));
    return title.empty() ? plain_text(entity.if_contains("rich_text")) : title;
}

Facts facts_of(const json::object& entity) {
    Facts facts{.title = unless_empty(title_of(entity)), .url = text_at(entity, "url")};
    for (const auto* name : {"in_trash", "archived"})
        if (const auto* const flag = entity.if_contains(name); flag && flag->is_bool() && !facts.is_in_trash)
            facts.is_in_trash = flag->get_bool();
    if (const auto* const parent = entity.if_contains("parent"); parent && parent->is_object())
        if (const auto type = text_at(parent->get_object(), "type"))
            facts.parent_id = text_at(parent->get_object(), *type);
    if (const auto edited = text_at(entity, "last_edited_time")) facts.last_edited_at = parse_moment(*edited);
    return facts;
}

std::string path_of(const sql::TakeNotionEntities::Row& row) {
    const auto folder = row.entity_type == "page"       ? "pages"
                        : row.entity_type == "database" ? "databases"
                        : row.entity_type == "comment"  ? "comments"
                                                        : "data_sources";
    return fmt::format("/v1/{}/{}", folder, row.entity_id);
}

std::string problem_of(const http::IncomingResponse& response) {
    constexpr std::size_t most = 200;
    auto excerpt = response.body.substr(0, most);
    for (auto& c : excerpt)
        if (static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) > '~') c = ' ';
    return fmt::format("Notion answered {}: {}", response.status, excerpt);
}

}  // namespace

NotionRefetcher::NotionRefetcher(pg::Database<Database> database, identity::Credentials credentials,
                                 NotionRefetcherOptions options)
    : database_(std::move(database)),
      credentials_(std::move(credentials)),
      options_(std::move(options)),
      client_({.guard = options_.guard,
               .total_deadline = std::chrono::seconds(20),
               .response_bytes_max = 4 << 20,
               .keep = {.per_target_max = 1}}) {}

Task<> NotionRefetcher::run(Stop stop) const {
    constexpr milliseconds between{250}, idle{2'000};
    bool goes_on = true;
    while (goes_on) {
        bool had_work = false;
        try {
            had_work = co_await refetch_next() > 0;
        } catch (const std::exception& problem) {
            observe::emit(RefetchingFailed{.source_id = "", .message = problem.what()});
        }
        client_.close_old_connections();
        goes_on = co_await stop.sleep(had_work ? between : idle);
    }
}

Task<int> NotionRefetcher::refetch_next() const {
    constexpr std::chrono::minutes lease{2};  // three times the client's deadline, and as much again
    constexpr std::chrono::minutes rest{10};
    std::vector<Taken> taken;
    for (auto& row : co_await database_.query<sql::TakeNotionEntities>({}, {.lease = lease}))
        taken.push_back({std::move(row)});
    if (taken.empty()) co_return 0;
    const auto& source = taken.front().row;
    const auto token = co_await credentials_.read_by_id(source.organization_id, source.refetch_credential_id);
    if (!token) {
        co_await put_off(taken, rest, token.error().message);
        co_return static_cast<int>(taken.size());
    }
    for (auto next = taken.begin(); next != taken.end(); ++next) {
        auto answer = co_await ask(*next, &*token);
        if (answer.kind != Answer::Kind::not_now) {
            co_await note(*next, std::move(answer));
            continue;
        }
        co_await put_off(std::vector<Taken>(next, taken.end()), answer.put_off_for, answer.problem);
        co_return static_cast<int>(taken.size());
    }
    co_await database_.query<sql::NoteRefetching>({.organization = source.organization_id},
                                                  {.pause = milliseconds(0),
                                                   .error = {},
                                                   .organization_id = source.organization_id,
                                                   .source_id = source.source_id});
    co_return static_cast<int>(taken.size());
}

Task<NotionRefetcher::Answer> NotionRefetcher::ask(Taken taken, const crypto::Secret* token) const {
    constexpr int ok = 200, unauthorized = 401, not_found = 404, too_many = 429, unavailable = 503, overloaded = 529;
    constexpr std::chrono::seconds usual_pause{1}, pause_max{3600};
    constexpr std::chrono::minutes rest{10};
    try {
        const auto response =
            co_await client_.send({.url = options_.url + path_of(taken.row),
                                   .headers = {{"Authorization", fmt::format("Bearer {}", token->reveal())},
                                               {"Notion-Version", "2025-09-03"},
                                               {"Accept", "application/json"}},
                                   .purpose = "notion"});
        switch (response.status) {
            case ok:
                co_return Answer{.kind = Answer::Kind::told, .body = response.body};
            case not_found:
                co_return Answer{.kind = Answer::Kind::gone};
            case unauthorized:
                co_return Answer{.kind = Answer::Kind::not_now, .problem = problem_of(response), .put_off_for = rest};
            case too_many:
            case unavailable:
            case overloaded: {
                const auto asked = http::retry_after(response, SystemClock().now()).value_or(usual_pause);
                co_return Answer{.kind = Answer::Kind::not_now,
                                 .problem = problem_of(response),
                                 .put_off_for = std::clamp(asked, usual_pause, pause_max)};
            }
            default:
                co_return Answer{.problem = problem_of(response)};
        }
    } catch (const http::CallFailed& failure) {
        co_return Answer{.problem = failure.what()};
    }
}

Task<> NotionRefetcher::note(Taken taken, Answer answer) const {
    const auto& row = taken.row;
    const pg::TransactionOptions tenant{.organization = row.organization_id};
    if (answer.kind != Answer::Kind::in_vain) {
        Facts facts;
        boost::system::error_code problem;
        const auto body = answer.kind == Answer::Kind::told ? json::parse(answer.body, problem) : json::value();
        if (body.is_object()) facts = facts_of(body.get_object());
        const bool is_readable = answer.kind == Answer::Kind::gone || (!problem && body.is_object());
        if (!is_readable) answer.problem = "Notion's answer is no JSON object";
        try {
            if (is_readable)
                co_await database_.query<sql::NoteNotionEntity>(tenant, {.last_event_id = row.last_event_id,
                                                                         .content = unless_empty(answer.body),
                                                                         .is_in_trash = facts.is_in_trash,
                                                                         .title = facts.title,
                                                                         .url = facts.url,
                                                                         .parent_id = facts.parent_id,
                                                                         .last_edited_at = facts.last_edited_at,
                                                                         .organization_id = row.organization_id,
                                                                         .source_id = row.source_id,
                                                                         .entity_type = row.entity_type,
                                                                         .entity_id = row.entity_id});
            if (is_readable) co_return;
        } catch (const pg::SqlError& refused) {
            if (!refused.sqlstate().starts_with("22")) throw;
            answer.problem = refused.what();
        }
    }
    const auto index = static_cast<std::size_t>(std::max(row.attempts, 1)) - 1;
    std::optional<milliseconds> pause;
    if (index < options_.pauses.size()) pause = options_.pauses[index];
    co_await database_.query<sql::NoteNotionFailure>(tenant, {.last_event_id = row.last_event_id,
                                                              .pause = pause,
                                                              .error = answer.problem,
                                                              .organization_id = row.organization_id,
                                                              .source_id = row.source_id,
                                                              .entity_type = row.entity_type,
                                                              .entity_id = row.entity_id});
}

Task<> NotionRefetcher::put_off(std::vector<Taken> left, milliseconds pause, std::string reason) const {
    const auto& source = left.front().row;
    const pg::TransactionOptions tenant{.organization = source.organization_id};
    observe::emit(RefetchingFailed{.source_id = to_string(source.source_id), .message = reason});
    co_await database_.query<sql::NoteRefetching>(
        tenant,
        {.pause = pause, .error = reason, .organization_id = source.organization_id, .source_id = source.source_id});
    sql::ReturnNotionEntities::Params back{.organization_id = source.organization_id, .source_id = source.source_id};
    for (const auto& one : left) {
        back.entity_types.push_back(one.row.entity_type);
        back.entity_ids.push_back(one.row.entity_id);
    }
    co_await database_.query<sql::ReturnNotionEntities>(tenant, std::move(back));
}

Task<> set_refetching(pg::Database<Database> database, identity::Credentials credentials, identity::Actor actor,
                      Uuid source, crypto::Secret token) {
    authorize(actor);
    std::optional<identity::NewCredential> stored;
    if (!token.reveal().empty())
        stored = {.provider = "notion",
                  .name = fmt::format("source {} refetching {}", to_string(source), to_string(Uuid::v7(SystemClock()))),
                  .secret = token.copy(),
                  .expires_at = std::nullopt};
    const auto set = [&](std::optional<CredentialId> credential) -> Task<std::optional<CredentialId>> {
        const auto row = co_await database.query<sql::SetRefetching>(
            actor.transaction(),
            {.organization_id = actor.organization_id(), .source_id = source, .credential_id = credential});
        co_return row ? row->previous_credential_id : std::nullopt;
    };
    try {
        co_await exchange_credential(credentials, actor, std::move(stored), set);
    } catch (const pg::SqlError& error) {
        if (error.constraint() != "only_notion_is_refetched") throw;
        throw Failure({.code = "events.not_refetched",
                       .message = "only Notion's events have to be asked for",
                       .detail = "the others carry what happened",
                       .hint = "name a source of kind notion",
                       .exit_code = ExitCode::usage});
    }
}

Task<std::vector<KnownRefetching>> list_refetchings(pg::Database<Database> database, OrganizationId organization) {
    std::vector<KnownRefetching> all;
    for (auto& row : co_await database.query<sql::Refetchings>(
             {.organization = organization, .access = pg::Access::read_only}, {.organization_id = organization}))
        all.push_back({.source = std::move(row.source_name),
                       .known = row.known,
                       .wanted = row.wanted,
                       .failed = row.failed,
                       .last_fetched_at = row.last_fetched_at,
                       .error = std::move(row.refetch_error)});
    co_return all;
}

}  // namespace gsdb::events
