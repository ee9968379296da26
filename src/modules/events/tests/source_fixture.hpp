#pragma once
// A database with event sources, for tests that need one.

#include <gtest/gtest.h>

#include "base/run_task.hpp"
#include "modules/events/sources.hpp"
#include "modules/events/transfer.hpp"
#include "modules/identity/api.hpp"
#include "queryc/testing/migrated_databases.hpp"
#include "queryc/testing/rows.hpp"

namespace gsdb::events {

class SourceFixture : public testing::Test {
  protected:
    AddedSource add(SourceKind kind, std::string name, NewSource more = {}) {
        more.kind = kind;
        more.name = std::move(name);
        return run_task(sources_.add(actor_, std::move(more)));
    }
    KnownSource find(std::string name) { return run_task(sources_.find(actor_, std::move(name))); }

    /// Stores events as their lines say; of the source, or of each line's own.
    ImportSummary import(const std::vector<std::string>& lines, std::string source = "") {
        std::size_t at = 0;
        const auto next = [&]() -> std::optional<std::string_view> {
            return at < lines.size() ? std::optional(std::string_view(lines[at++])) : std::nullopt;
        };
        return run_task(EventImport(database_, organization_, std::move(source)).run(next, clock_));
    }

    /// The first column of what the superuser is told.
    std::vector<std::string> ask(std::string sql) {
        return run_task(queryc::first_column(module_.superuser(), std::move(sql)));
    }

    queryc::ModuleDatabase module_{"events"}, identity_module_{"identity"};
    pg::Database<Database> database_{pg::Pool({.connect = module_.login(), .size_max = 4})};
    std::shared_ptr<const crypto::KeyRing> keys_ =
        std::make_shared<const crypto::KeyRing>(value_or_throw(crypto::KeyRing::parse(
            crypto::Secret(std::string_view("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")),
            "test")));
    identity::Credentials credentials_{
        pg::Database<identity::Database>(pg::Pool({.connect = identity_module_.login(), .size_max = 2})), keys_};
    EventSources sources_{database_, credentials_};
    identity::Actor actor_ = identity::Actor::system(default_organization());
    OrganizationId organization_ = default_organization();
    ManualClock clock_{SystemClock().now()};
};

}  // namespace gsdb::events
