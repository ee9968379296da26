// The module as the program uses it: as the login role, on a migrated database, with two organizations.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>
#include <set>
#include <thread>

#include "base/run_task.hpp"
#include "cluster/test_cluster.hpp"
#include "crypto/api_key.hpp"
#include "crypto/secret_file.hpp"
#include "http/router.hpp"
#include "modules/identity/api.hpp"
#include "modules/identity/queries.hpp"
#include "modules/identity/refusal.hpp"
#include "queryc/testing/migrated_databases.hpp"

namespace gsdb::identity {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Identity : public testing::TestWithParam<migrate::LayoutKind> {
  protected:
    Identity() : module_("identity", GetParam()) {}

    OrganizationId create_organization(std::string slug) {
        return value_or_throw(run_task(organizations_.create("Organization " + slug, slug, std::nullopt)));
    }
    UserId create_user(OrganizationId organization, const std::string& email, Role role) {
        auto user = value_or_throw(run_task(organizations_.create_user(Actor::system(organization), email, email)));
        value_or_throw(run_task(organizations_.add_member(Actor::system(organization), user, role)));
        return user;
    }
    IssuedApiKey create_key(OrganizationId organization, NewApiKey wanted) {
        return value_or_throw(run_task(keys_.create(Actor::system(organization), std::move(wanted))));
    }
    std::expected<Principal, Rejection> authenticate(const crypto::Secret& key) {
        return run_task(authenticator_.authenticate(key.copy()));
    }
    /// Without the cache: what the database says now.
    std::expected<Principal, Rejection> authenticate_afresh(const crypto::Secret& key) {
        Authenticator afresh(database_, std::make_shared<AuthenticationCache>(AuthenticationCache::Limits{}));
        return run_task(afresh.authenticate(key.copy()));
    }
    Rejection rejection(const crypto::Secret& key) {
        auto answer = authenticate(key);
        EXPECT_FALSE(answer);
        return answer ? Rejection::malformed : answer.error();
    }
    /// What the audit log says of the subject, as "<action> by <actor>".
    std::vector<std::string> audit_of(OrganizationId organization, const std::string& subject) {
        return run_task(read_audit(database_, organization, subject));
    }
    static Task<std::vector<std::string>> read_audit(pg::Database<Database> database, OrganizationId organization,
                                                     std::string subject) {
        co_return co_await database.transaction({.organization = organization},
                                                [&](auto& tx) { return read_audit_in(tx, subject); });
    }
    static Task<std::vector<std::string>> read_audit_in(pg::Transaction tx, std::string subject) {
        auto rows = co_await tx.execute(
            "select action || ' by ' || actor from base.audit_log where subject_id = $1 order by sequence",
            pg::Parameters::of(subject));
        std::vector<std::string> lines;
        for (std::size_t i = 0; i < rows.size(); ++i) lines.push_back(rows.get<std::string>(i, 0UZ));
        co_return lines;
    }
    void as_superuser(std::string script) { run_task(run_script(module_.superuser(), std::move(script))); }
    static Task<> run_script(pg::ConnectOptions options, std::string script) {
        auto connection = co_await pg::Connection::open(std::move(options));
        co_await connection->run_script(std::move(script));
    }

    queryc::ModuleDatabase module_;
    pg::Database<Database> database_{pg::Pool({.connect = module_.login(), .size_max = 4})};
    std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>(SystemClock().now());
    std::shared_ptr<AuthenticationCache> cache_ = std::make_shared<AuthenticationCache>(AuthenticationCache::Limits{});
    Authenticator authenticator_{database_, cache_, clock_};
    Organizations organizations_{database_, cache_};
    ApiKeys keys_{database_, cache_, clock_};
    OrganizationId mine_ = create_organization("mine");
    OrganizationId theirs_ = create_organization("theirs");
};

INSTANTIATE_TEST_SUITE_P(Layouts, Identity, testing::Values(migrate::LayoutKind::split, migrate::LayoutKind::unified),
                         [](const auto& info) { return std::string(migrate::to_string(info.param)); });

// --- keys
// ---------------------------------------------------------------------------------------------------------------

TEST_P(Identity, AKeySaysWhoIsCalling) {
    auto key = create_key(mine_, {.name = "CI", .role = Role::member, .scopes = {"codebase:read", "projects:write"}});
    auto principal = authenticate(key.text);
    ASSERT_TRUE(principal);
    EXPECT_EQ(principal->organization_id, mine_);
    EXPECT_EQ(principal->api_key_id, key.id);
    EXPECT_EQ(principal->user_id, std::nullopt);
    EXPECT_EQ(principal->role, Role::member);
    EXPECT_THAT(principal->scopes, ElementsAre("codebase:read", "projects:write"));
    EXPECT_EQ(authenticate(key.text), principal) << "the same from the cache";
    EXPECT_THAT(audit_of(mine_, to_string(key.id)), ElementsAre("created by system"));
}

TEST_P(Identity, AKeyForAPersonDoesNoMoreThanThePersonMay) {
    auto person = create_user(mine_, "ann@example.org", Role::viewer);
    auto key = create_key(mine_, {.name = "Ann's", .role = Role::owner, .scopes = {"*"}, .user_id = person});
    EXPECT_EQ(authenticate(key.text)->role, Role::viewer);
    EXPECT_EQ(authenticate(key.text)->user_id, person);
    value_or_throw(run_task(organizations_.change_role(Actor::system(mine_), person, Role::admin)));
    EXPECT_EQ(authenticate(key.text)->role, Role::admin) << "a changed role takes effect at once";
}

TEST_P(Identity, EveryRejectionHasItsReason) {
    auto make = [&](std::string name, std::optional<UserId> user = {}) {
        return create_key(mine_, {.name = std::move(name), .role = Role::member, .scopes = {"*"}, .user_id = user});
    };
    auto unknown = crypto::ApiKey::make();
    EXPECT_EQ(rejection(unknown.text()), Rejection::unknown);
    EXPECT_EQ(rejection(crypto::Secret("gsdb_nonsense")), Rejection::malformed);
    EXPECT_EQ(rejection(crypto::Secret("")), Rejection::malformed);

    auto revoked = make("revoked");
    value_or_throw(run_task(keys_.revoke(Actor::system(mine_), revoked.id)));
    EXPECT_EQ(rejection(revoked.text), Rejection::revoked);

    auto expired = make("expired");
    as_superuser(
        fmt::format("update identity.api_keys set created_at = now() - interval '2 h', expires_at = now() - interval "
                    "'1 h' where id = '{}'",
                    to_string(expired.id)));
    EXPECT_EQ(rejection(expired.text), Rejection::expired);

    auto person = create_user(mine_, "bob@example.org", Role::member);
    auto deactivated = make("deactivated", person);
    as_superuser(fmt::format("update identity.users set deactivated_at = now() where id = '{}'", to_string(person)));
    EXPECT_EQ(rejection(deactivated.text), Rejection::user_deactivated);

    auto stranger = create_user(mine_, "eve@example.org", Role::member);
    auto left = make("left", stranger);
    as_superuser(fmt::format("delete from identity.memberships where user_id = '{}'", to_string(stranger)));
    EXPECT_EQ(rejection(left.text), Rejection::not_a_member);

    auto archived = make("archived");
    as_superuser(
        fmt::format("update identity.organizations set archived_at = now() where id = '{}'", to_string(mine_)));
    EXPECT_EQ(rejection(archived.text), Rejection::organization_archived);
}

TEST_P(Identity, ARevocationTakesEffectAtOnceInThisProcess) {
    auto key = create_key(mine_, {.name = "CI", .role = Role::member, .scopes = {"*"}});
    EXPECT_TRUE(authenticate(key.text));
    value_or_throw(run_task(keys_.revoke(Actor::system(mine_), key.id)));
    EXPECT_EQ(rejection(key.text), Rejection::revoked);
    EXPECT_THAT(audit_of(mine_, to_string(key.id)), ElementsAre("created by system", "revoked by system"));
}

TEST_P(Identity, ARevocationElsewhereTakesEffectWithinTheLifeOfTheCache) {
    auto key = create_key(mine_, {.name = "CI", .role = Role::member, .scopes = {"*"}});
    EXPECT_TRUE(authenticate(key.text));
    ApiKeys elsewhere(database_, std::make_shared<AuthenticationCache>(AuthenticationCache::Limits{}));
    value_or_throw(run_task(elsewhere.revoke(Actor::system(mine_), key.id)));
    EXPECT_TRUE(authenticate(key.text)) << "remembered";
    clock_->advance(30s);
    EXPECT_EQ(rejection(key.text), Rejection::revoked);
}

TEST_P(Identity, KeysAreManagedWithinTheirOrganizationOnly) {
    auto key = create_key(mine_, {.name = "mine", .role = Role::member, .scopes = {"*"}});
    auto foreign = Actor::system(theirs_);
    EXPECT_EQ(run_task(keys_.revoke(foreign, key.id)).error().code, "identity.api_key_unknown");
    EXPECT_EQ(run_task(keys_.rotate(foreign, key.id)).error().code, "identity.api_key_unknown");
    EXPECT_THAT(*run_task(keys_.list(foreign, std::nullopt, 10)), testing::IsEmpty());
    EXPECT_TRUE(authenticate_afresh(key.text));
}

TEST_P(Identity, KeysAreListedPageByPageWithoutTheirSecrets) {
    std::vector<ApiKeyId> made;
    for (int i = 0; i < 5; ++i)
        made.push_back(create_key(mine_, {.name = fmt::format("key {}", i), .scopes = {"*"}}).id);
    create_key(theirs_, {.name = "another's", .scopes = {"*"}});
    std::vector<ApiKeyId> listed;
    std::optional<ApiKeyId> after;
    for (;;) {
        auto page = *run_task(keys_.list(Actor::system(mine_), after, 2));
        if (page.empty()) break;
        EXPECT_LE(page.size(), 2);
        for (const auto& entry : page) listed.push_back(entry.id);
        after = page.back().id;
    }
    EXPECT_EQ(listed, made);
}

TEST_P(Identity, ARotatedKeyTakesOverEverythingButTheSecret) {
    auto old = create_key(mine_, {.name = "CI", .role = Role::admin, .scopes = {"codebase:read"}});
    EXPECT_TRUE(authenticate(old.text));
    auto renewed = value_or_throw(run_task(keys_.rotate(Actor::system(mine_), old.id)));
    EXPECT_EQ(rejection(old.text), Rejection::revoked);
    auto principal = authenticate(renewed.text);
    ASSERT_TRUE(principal);
    EXPECT_EQ(principal->role, Role::admin);
    EXPECT_THAT(principal->scopes, ElementsAre("codebase:read"));
    EXPECT_EQ(run_task(keys_.rotate(Actor::system(mine_), old.id)).error().code, "identity.api_key_unknown");
}

TEST_P(Identity, NobodyHandsOutMoreThanTheyHave) {
    auto admin_key =
        create_key(mine_, {.name = "admin", .role = Role::admin, .scopes = {"identity:admin", "codebase:write"}});
    Actor admin(*authenticate(admin_key.text));
    auto refusal = [&](NewApiKey wanted) { return run_task(keys_.create(admin, std::move(wanted))).error(); };
    EXPECT_THAT(refusal({.name = "x", .role = Role::owner, .scopes = {"codebase:read"}}).detail,
                HasSubstr("role owner is above admin"));
    EXPECT_THAT(refusal({.name = "x", .role = Role::member, .scopes = {"codebase:admin"}}).detail,
                HasSubstr("codebase:admin"));
    EXPECT_EQ(refusal({.name = "x", .role = Role::member, .scopes = {"*"}}).code, "identity.beyond_own_rights");
    auto lesser = run_task(keys_.create(admin, {.name = "x", .role = Role::member, .scopes = {"codebase:read"}}));
    ASSERT_TRUE(lesser);
    EXPECT_THAT(audit_of(mine_, to_string(lesser->id)), ElementsAre("created by api_key:" + to_string(admin_key.id)));

    Actor member(*authenticate(lesser->text));
    EXPECT_EQ(
        run_task(keys_.create(member, {.name = "y", .role = Role::viewer, .scopes = {"codebase:read"}})).error().code,
        "identity.forbidden");
    EXPECT_EQ(run_task(keys_.revoke(member, admin_key.id)).error().code, "identity.forbidden");
    EXPECT_EQ(run_task(keys_.list(member, std::nullopt, 10)).error().code, "identity.forbidden");
}

TEST_P(Identity, AMalformedWishForAKeyIsRefused) {
    auto refusal = [&](NewApiKey wanted) {
        return run_task(keys_.create(Actor::system(mine_), std::move(wanted))).error();
    };
    EXPECT_EQ(refusal({.name = " ", .scopes = {"*"}}).code, "identity.bad_api_key");
    EXPECT_EQ(refusal({.name = "x", .scopes = {}}).code, "identity.bad_api_key");
    EXPECT_THAT(refusal({.name = "x", .scopes = {"everything"}}).message, HasSubstr("'everything' is not a scope"));
    EXPECT_EQ(refusal({.name = "x", .scopes = {"*"}, .expires_at = clock_->now()}).code, "identity.bad_api_key");
    EXPECT_EQ(refusal({.name = "x", .scopes = {"*"}, .user_id = UserId::make(*clock_)}).code, "identity.not_a_member");
}

// --- the router's view
// ----------------------------------------------------------------------------------------------------

TEST_P(Identity, TheRouterLetsInWhoMay) {
    http::Router router;
    auto answer = [](http::Request request) -> Task<http::Response> {
        co_return http::Response::text(to_string(request.caller->organization) + " " + request.caller->role);
    };
    router.get("/read", {.operation = "read", .scope = "codebase:read"}, answer);
    router.get("/write", {.operation = "write", .scope = "codebase:write"}, answer);
    router.set_authentication(authentication(authenticator_));
    auto status = [&](std::string_view path, std::vector<http::Header> headers) {
        std::vector<std::string_view> segments{path.substr(1)};
        http::Request request{
            .target = path, .path = path, .segments = segments, .headers = headers, .peer_address = "127.0.0.1"};
        auto response = run_task(router.handle(request));
        EXPECT_THAT(std::string(response.bytes()), Not(HasSubstr("gsdb_")));
        return static_cast<int>(response.status);
    };
    auto viewer = create_key(mine_, {.name = "viewer", .role = Role::viewer, .scopes = {"*"}});
    auto writer = create_key(mine_, {.name = "writer", .role = Role::member, .scopes = {"codebase:write"}});
    auto elsewhere = create_key(mine_, {.name = "elsewhere", .role = Role::owner, .scopes = {"projects:admin"}});
    auto bearer = [](const IssuedApiKey& key) { return "Bearer " + std::string(key.text.reveal()); };
    auto viewer_header = bearer(viewer), writer_header = bearer(writer), elsewhere_header = bearer(elsewhere);
    EXPECT_EQ(status("/read", {{"Authorization", viewer_header}}), 200);
    EXPECT_EQ(status("/write", {{"Authorization", viewer_header}}), 403) << "the role is too low, whatever the scopes";
    EXPECT_EQ(status("/read", {{"Authorization", writer_header}}), 200) << "write includes read";
    EXPECT_EQ(status("/write", {{"authorization", writer_header}}), 200);
    EXPECT_EQ(status("/read", {{"Authorization", elsewhere_header}}), 403);
    EXPECT_EQ(status("/read", {{"X-API-Key", writer.text.reveal()}}), 200);
    EXPECT_EQ(status("/read", {}), 401);
    for (std::string_view wrong :
         {"", "Bearer", "Bearer ", "Basic Zm9vOmJhcg==", "Bearer gsdb_wrong", "gsdb_no_scheme"})
        EXPECT_EQ(status("/read", {{"Authorization", wrong}}), 401) << wrong;
}

// --- organizations
// ----------------------------------------------------------------------------------------------------------

TEST_P(Identity, OrganizationsAndTheirMembers) {
    EXPECT_EQ(run_task(organizations_.find("mine")), mine_);
    EXPECT_EQ(run_task(organizations_.find("nobody's")), std::nullopt);
    EXPECT_EQ(run_task(organizations_.get(mine_))->name, "Organization mine");
    EXPECT_EQ(run_task(organizations_.create("Again", "mine", std::nullopt)).error().code, "identity.taken");
    EXPECT_EQ(run_task(organizations_.create("Bad", "Not A Slug", std::nullopt)).error().code, "identity.bad_value");

    auto system = Actor::system(mine_);
    auto owner = create_user(mine_, "Owner@Example.org", Role::owner);
    auto member = create_user(mine_, "member@example.org", Role::member);
    EXPECT_EQ(run_task(organizations_.find_user("owner@example.ORG")), owner);
    EXPECT_EQ(run_task(organizations_.find_user("nobody@example.org")), std::nullopt);
    auto members = run_task(organizations_.members(mine_, std::nullopt, 10));
    ASSERT_EQ(members.size(), 2);
    EXPECT_EQ(members[0].email, "Owner@Example.org");
    EXPECT_EQ(members[1].role, Role::member);
    EXPECT_EQ(run_task(organizations_.members(mine_, members[0].user_id, 10)).size(), 1);
    EXPECT_THAT(run_task(organizations_.members(theirs_, std::nullopt, 10)), testing::IsEmpty());

    EXPECT_EQ(run_task(organizations_.remove_member(system, owner)).error().code, "identity.last_owner");
    EXPECT_EQ(run_task(organizations_.change_role(system, owner, Role::viewer)).error().code, "identity.last_owner");
    EXPECT_EQ(run_task(organizations_.add_member(system, UserId::make(*clock_), Role::member)).error().code,
              "identity.user_unknown");
    EXPECT_EQ(run_task(organizations_.add_member(system, member, Role::member)).error().code, "identity.taken");
    EXPECT_EQ(run_task(organizations_.remove_member(Actor::system(theirs_), member)).error().code,
              "identity.not_a_member");
    EXPECT_TRUE(run_task(organizations_.remove_member(system, member)));
    EXPECT_EQ(run_task(organizations_.members(mine_, std::nullopt, 10)).size(), 1);
}

TEST_P(Identity, RemovingAMemberStopsTheirKeys) {
    create_user(mine_, "owner@example.org", Role::owner);
    auto member = create_user(mine_, "member@example.org", Role::member);
    auto key = create_key(mine_, {.name = "theirs", .role = Role::member, .scopes = {"*"}, .user_id = member});
    EXPECT_TRUE(authenticate(key.text));
    value_or_throw(run_task(organizations_.remove_member(Actor::system(mine_), member)));
    EXPECT_EQ(rejection(key.text), Rejection::revoked);
}

TEST_P(Identity, TheDatabaseChecksTheRoleOnceMore) {
    auto person = create_user(mine_, "admin@example.org", Role::admin);
    auto key = create_key(mine_, {.name = "admin's", .role = Role::admin, .scopes = {"*"}, .user_id = person});
    Actor admin(*authenticate(key.text));
    auto promoted = run_task(organizations_.change_role(admin, person, Role::owner));
    ASSERT_FALSE(promoted);
    EXPECT_EQ(promoted.error().code, "identity.role_too_low");
    EXPECT_THAT(promoted.error().message, HasSubstr("needs the role owner"));
}

TEST_P(Identity, RefusalsAreTheOnesTheDatabaseLists) {
    auto listed = run_task(database_.transaction({}, [](auto& tx) {
        return tx.execute("select code, 'identity.' || name from identity.error_codes() order by code");
    }));
    ASSERT_GT(listed.size(), 0);
    for (std::size_t i = 0; i < listed.size(); ++i) {
        auto code = listed.template get<std::string>(i, 0UZ);
        auto refusal = refusal_of(pg::SqlError({.sqlstate = code, .message = "x"}));
        ASSERT_TRUE(refusal) << code;
        EXPECT_EQ(refusal->code, (listed.template get<std::string>(i, 1UZ)));
    }
    EXPECT_FALSE(refusal_of(pg::SqlError({.sqlstate = "40001", .message = "x"})));
}

// --- credentials
// ------------------------------------------------------------------------------------------------------------

constexpr std::string_view old_key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
constexpr std::string_view new_key = "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

class StoredCredentials : public Identity {
  protected:
    static std::shared_ptr<const crypto::KeyRing> ring(std::string_view text) {
        return std::make_shared<const crypto::KeyRing>(
            value_or_throw(crypto::KeyRing::parse(crypto::Secret(text), "the test")));
    }
    CredentialId store(OrganizationId organization, std::string name, std::string_view secret) {
        return value_or_throw(
            run_task(before_.store(Actor::system(organization),
                                   {.provider = "github", .name = std::move(name), .secret = crypto::Secret(secret)})));
    }
    static std::string read(const Credentials& credentials, OrganizationId organization, std::string name) {
        auto secret = run_task(credentials.read(organization, "github", std::move(name)));
        return secret ? std::string(secret->reveal()) : secret.error().code;
    }

    Credentials before_{database_, ring(old_key)};
    Credentials rotating_{database_, ring(std::string(new_key) + "\n" + std::string(old_key))};
    Credentials after_{database_, ring(new_key)};
};

INSTANTIATE_TEST_SUITE_P(Layouts, StoredCredentials,
                         testing::Values(migrate::LayoutKind::split, migrate::LayoutKind::unified),
                         [](const auto& info) { return std::string(migrate::to_string(info.param)); });

TEST_P(StoredCredentials, AreReadByTheirOrganizationOnly) {
    auto id = store(mine_, "token", "s3cret");
    EXPECT_EQ(read(before_, mine_, "token"), "s3cret");
    EXPECT_EQ(run_task(before_.read_by_id(mine_, id))->reveal(), "s3cret");
    EXPECT_EQ(run_task(before_.read_by_id(theirs_, id)).error().code, "identity.credential_unknown");
    EXPECT_EQ(run_task(after_.read_by_id(mine_, id)).error().code, "crypto.unknown_key");
    EXPECT_EQ(read(before_, theirs_, "token"), "identity.credential_unknown");
    EXPECT_EQ(read(after_, mine_, "token"), "crypto.unknown_key");
    EXPECT_EQ(run_task(before_.remove(Actor::system(theirs_), id)).error().code, "identity.credential_unknown");
    auto entries = *run_task(before_.list(Actor::system(mine_), std::nullopt, 10));
    ASSERT_EQ(entries.size(), 1);
    EXPECT_EQ(entries[0].id, id);
    EXPECT_THAT(*run_task(before_.list(Actor::system(mine_), std::pair("github", "token"), 10)), testing::IsEmpty());
    EXPECT_TRUE(run_task(before_.remove(Actor::system(mine_), id)));
    EXPECT_EQ(read(before_, mine_, "token"), "identity.credential_unknown");
}

TEST_P(StoredCredentials, StoringAgainReplacesTheSecret) {
    auto id = store(mine_, "token", "one");
    EXPECT_EQ(store(mine_, "token", "two"), id);
    EXPECT_EQ(read(before_, mine_, "token"), "two");
    EXPECT_THAT(audit_of(mine_, to_string(id)), ElementsAre("created by system", "replaced by system"));
}

TEST_P(StoredCredentials, NeedAnAdmin) {
    auto key = create_key(mine_, {.name = "member", .role = Role::member, .scopes = {"*"}});
    Actor member(*authenticate(key.text));
    auto refused = run_task(before_.store(member, {.provider = "github", .name = "x", .secret = crypto::Secret("y")}));
    EXPECT_EQ(refused.error().code, "identity.forbidden");
    EXPECT_EQ(run_task(before_.list(member, std::nullopt, 1)).error().code, "identity.forbidden");
    EXPECT_EQ(run_task(before_.remove(member, CredentialId::make(*clock_))).error().code, "identity.forbidden");
}

TEST_P(StoredCredentials, TheDatabaseHoldsNoSecretInPlain) {
    store(mine_, "token", "unmistakable-secret");
    auto rows = run_task(database_.transaction({.organization = mine_}, [](auto& tx) {
        return tx.execute(
            "select row_to_json(c)::text || (select coalesce(string_agg(details::text, ''), '') from base.audit_log) "
            "from identity.credentials c");
    }));
    EXPECT_THAT((rows.template get<std::string>(0, 0UZ)), Not(HasSubstr("unmistakable-secret")));
    EXPECT_THAT((rows.template get<std::string>(0, 0UZ)), Not(HasSubstr(to_hex(as_bytes("unmistakable-secret")))));
}

// Whoever can write the table, but has no key, moves ciphertexts between rows.
TEST_P(StoredCredentials, ACiphertextDoesNotOpenInAnotherRow) {
    store(mine_, "one", "secret of one");
    store(mine_, "two", "secret of two");
    store(theirs_, "one", "their secret");
    as_superuser(R"(
        create temp table kept as select * from identity.credentials;
        update identity.credentials c set ciphertext = k.ciphertext, nonce = k.nonce
        from kept k where (k.organization_id, k.name) <> (c.organization_id, c.name);)");
    for (auto [organization, name] : {std::pair(mine_, "one"), std::pair(mine_, "two"), std::pair(theirs_, "one")})
        EXPECT_EQ(read(before_, organization, name), "crypto.unsealable");
}

TEST_P(StoredCredentials, ARenamedRowDoesNotOpen) {
    store(mine_, "read-only token", "secret");
    as_superuser("update identity.credentials set name = 'deploy token'");
    EXPECT_EQ(read(before_, mine_, "deploy token"), "crypto.unsealable");
}

TEST_P(StoredCredentials, RotationReencryptsAllOrganizationsAndIsResumable) {
    for (int i = 0; i < 5; ++i) {
        store(mine_, fmt::format("token {}", i), fmt::format("mine {}", i));
        store(theirs_, fmt::format("token {}", i), fmt::format("theirs {}", i));
    }
    auto all_readable = [&] {
        for (int i = 0; i < 5; ++i) {
            EXPECT_EQ(read(rotating_, mine_, fmt::format("token {}", i)), fmt::format("mine {}", i));
            EXPECT_EQ(read(rotating_, theirs_, fmt::format("token {}", i)), fmt::format("theirs {}", i));
        }
    };
    auto interrupted = run_task(rotating_.reencrypt([](const Reencryption& so_far) { return so_far.replaced < 4; }, 2));
    EXPECT_EQ(interrupted.replaced, 4);
    EXPECT_FALSE(interrupted.is_complete);
    EXPECT_EQ(interrupted.keys_in_use.size(), 2);
    all_readable();

    auto completed = run_task(rotating_.reencrypt({}, 2));
    EXPECT_EQ(completed.replaced, 6);
    EXPECT_TRUE(completed.is_complete);
    EXPECT_THAT(completed.keys_in_use, ElementsAre(ring(new_key)->active_key_id()));
    all_readable();
    EXPECT_EQ(read(after_, mine_, "token 0"), "mine 0") << "the old key is needed no more";
    EXPECT_EQ(run_task(rotating_.reencrypt({}, 2)).replaced, 0);
}

TEST_P(StoredCredentials, RotationPassesOverWhatItCannotOpen) {
    for (int i = 0; i < 4; ++i) store(mine_, fmt::format("token {}", i), "secret");
    as_superuser(
        "update identity.credentials set ciphertext = decode(repeat('00', 30), 'hex') where name in ('token 0', 'token "
        "1')");
    auto done = run_task(rotating_.reencrypt({}, 2));
    EXPECT_EQ(done.unsealable, 2);
    EXPECT_EQ(done.replaced, 2);
    EXPECT_TRUE(done.is_complete);
    EXPECT_EQ(done.keys_in_use.size(), 2) << "the old key must stay: two rows still name it";
}

// --- the first key
// ------------------------------------------------------------------------------------------------------------

class FirstKey : public Identity {
  protected:
    Result<OwnerKey> ensure() { return run_task(ensure_owner_key(database_, file_)); }
    crypto::Secret key() { return value_or_throw(crypto::read_secret_file(file_)); }

    cluster::TestFolder folder_{"first-key"};
    std::filesystem::path file_ = folder_.path() / "secrets/api-key";
};

INSTANTIATE_TEST_SUITE_P(Layouts, FirstKey, testing::Values(migrate::LayoutKind::split, migrate::LayoutKind::unified),
                         [](const auto& info) { return std::string(migrate::to_string(info.param)); });

TEST_P(FirstKey, IsMadeOnceAndOwnsTheDefaultOrganization) {
    EXPECT_EQ(ensure(), OwnerKey::made);
    auto principal = authenticate(key());
    ASSERT_TRUE(principal);
    EXPECT_EQ(principal->organization_id, default_organization());
    EXPECT_EQ(principal->role, Role::owner);
    EXPECT_THAT(principal->scopes, ElementsAre("*"));
    EXPECT_EQ(ensure(), OwnerKey::present);
    EXPECT_EQ(run_task(keys_.list(Actor::system(default_organization()), std::nullopt, 10))->size(), 1);
    struct stat status{};
    ASSERT_EQ(::stat(file_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600);
}

// The crash between writing the file and telling the database, and a database that was made anew.
TEST_P(FirstKey, OfTheFileIsTakenOverByADatabaseThatDoesNotKnowIt) {
    auto made = crypto::ApiKey::make();
    value_or_throw(crypto::create_secret_file(file_, crypto::Secret(std::string(made.text().reveal()) + "\n")));
    EXPECT_EQ(ensure(), OwnerKey::taken_over);
    EXPECT_TRUE(authenticate(made.text()));
}

TEST_P(FirstKey, IsReplacedWhenItWasRevoked) {
    ensure().value();
    auto old = key();
    auto principal = *authenticate(old);
    value_or_throw(run_task(keys_.revoke(Actor::system(default_organization()), principal.api_key_id)));
    EXPECT_EQ(ensure(), OwnerKey::replaced);
    EXPECT_TRUE(authenticate(key()));
    EXPECT_EQ(rejection(old), Rejection::revoked);
}

TEST_P(FirstKey, IsRefusedFromAFileOfAnotherKind) {
    value_or_throw(crypto::create_secret_file(file_, crypto::Secret("notes")));
    EXPECT_EQ(ensure().error().code, "identity.not_a_key_file");
    EXPECT_EQ(key().reveal(), "notes") << "left alone";
    ::chmod(file_.c_str(), 0644);
    EXPECT_EQ(ensure().error().code, "crypto.secret_file_exposed");
}

TEST_P(FirstKey, IsTheSameForProcessesThatStartAtOnce) {
    std::vector<std::jthread> starts;
    for (int i = 0; i < 4; ++i) starts.emplace_back([&] { EXPECT_TRUE(ensure()); });
    starts.clear();
    EXPECT_TRUE(authenticate(key()));
    EXPECT_EQ(run_task(keys_.list(Actor::system(default_organization()), std::nullopt, 10))->size(), 1);
}

}  // namespace
}  // namespace gsdb::identity
