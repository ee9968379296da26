#include "modules/identity/owner_key.hpp"

#include <fmt/format.h>

#include "crypto/api_key.hpp"
#include "crypto/secret_file.hpp"
#include "modules/identity/actor.hpp"
#include "modules/identity/queries.hpp"
#include "modules/identity/refusal.hpp"

namespace gsdb::identity {

namespace {

/// The key of the file, which is made first when it is not there. Before the database knows of it, so that a crash in
/// between leaves a key to be taken over, and not one in the database that nobody has.
struct KeyOfFile {
    crypto::ApiKey key;
    bool is_new;
};

std::string_view without_line_end(std::string_view text) {
    return text.substr(0, std::min(text.find_last_not_of("\r\n") + 1, text.size()));
}

Result<KeyOfFile> read_or_create(const std::filesystem::path& file) {
    bool is_new = false;
    auto text = crypto::read_secret_file(file);
    if (!text && text.error().code == "crypto.secret_file_missing") {
        auto created = crypto::create_secret_file(file, crypto::ApiKey::make().text());
        if (!created && created.error().code != "crypto.secret_file_exists") return std::unexpected(created.error());
        is_new = created.has_value();
        text = crypto::read_secret_file(file);
    }
    if (!text) return std::unexpected(text.error());
    auto key = crypto::ApiKey::parse(without_line_end(text->reveal()));
    if (!key)
        return std::unexpected(Error{.code = "identity.not_a_key_file",
                                     .message = fmt::format("{} does not hold an API key", file.string()),
                                     .hint = "move the file away; a new key is made at the next start",
                                     .exit_code = ExitCode::conflict});
    return KeyOfFile{.key = std::move(*key), .is_new = is_new};
}

Task<> create_key(pg::Transaction tx, sql::CreateApiKey::Params row) {
    co_await sign(tx, Actor::system(default_organization()));
    co_await tx.query<sql::CreateApiKey>(std::move(row));
}

/// False when the database has the key already.
Task<Result<void>> introduce(pg::Database<Database> database, crypto::Digest hash, std::string prefix) {
    sql::CreateApiKey::Params row{.name = "Owner of this installation",
                                  .prefix = std::move(prefix),
                                  .secret_hash = {hash.begin(), hash.end()},
                                  .role = std::string(to_string(Role::owner)),
                                  .scopes = {"*"}};
    auto created = co_await with_refusals(
        database.transaction({.organization = default_organization()}, [&](auto& tx) { return create_key(tx, row); }));
    // Another process that starts at the same time has introduced the same key.
    if (!created && created.error().code == "identity.taken") co_return Result<void>{};
    co_return created;
}

Task<std::optional<std::string>> refusal_of_key(pg::Database<Database> database, crypto::Digest hash) {
    auto row = co_await database.query<sql::AuthenticateApiKey>({}, {.secret_hash = {hash.begin(), hash.end()}});
    co_return row.refusal;
}

}  // namespace

Task<Result<OwnerKey>> ensure_owner_key(pg::Database<Database> database, std::filesystem::path file) {
    auto present = read_or_create(file);
    if (!present) co_return std::unexpected(present.error());
    auto refusal = co_await refusal_of_key(database, present->key.hash());
    if (!refusal) co_return OwnerKey::present;
    auto outcome = present->is_new ? OwnerKey::made : OwnerKey::taken_over;
    if (*refusal != "unknown") {
        present->key = crypto::ApiKey::make();
        outcome = OwnerKey::replaced;
        if (auto written = crypto::replace_secret_file(file, present->key.text()); !written)
            co_return std::unexpected(written.error());
    }
    auto introduced = co_await introduce(std::move(database), present->key.hash(), present->key.prefix());
    if (!introduced) co_return std::unexpected(introduced.error());
    co_return outcome;
}

}  // namespace gsdb::identity
