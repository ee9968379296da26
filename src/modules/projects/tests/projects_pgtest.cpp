// The module as the program uses it: as the login role, on a migrated database, with two organizations.
#include <gmock/gmock.h>

#include <set>
#include <thread>

#include "base/run_task.hpp"
#include "modules/projects/api.hpp"
#include "queryc/testing/migrated_databases.hpp"

namespace gsdb::projects {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ProjectsModule : public testing::TestWithParam<migrate::LayoutKind> {
  protected:
    ProjectsModule() : module_("projects", GetParam()) {
        pg::Database<identity::Database> identity(pg::Pool({.connect = module_.login()}));
        theirs_ = value_or_throw(run_task(identity::Organizations(identity).create("Theirs", "theirs", std::nullopt)));
    }
    NewRepository repository(std::string_view url) {
        return {.name = *parse_remote_url(url), .default_branch = std::nullopt};
    }
    ProjectId create(const Actor& actor, std::string name) {
        return value_or_throw(
            run_task(projects_.create(actor, {.name = std::move(name), .slug = "", .description = "About it."})));
    }
    std::vector<std::string> audit() { return run_task(read_audit(database_)); }
    static Task<std::vector<std::string>> read_audit(pg::Database<Database> database) {
        co_return co_await database.transaction({.organization = default_organization()},
                                                [](auto& tx) { return audit_in(tx); });
    }
    static Task<std::vector<std::string>> audit_in(pg::Transaction tx) {
        auto rows = co_await tx.execute(
            "select action || ' ' || subject_kind from base.audit_log where subject_kind like 'projects.%' order by "
            "sequence");
        std::vector<std::string> lines;
        for (std::size_t i = 0; i < rows.size(); ++i) lines.push_back(rows.get<std::string>(i, 0UZ));
        co_return lines;
    }

    queryc::ModuleDatabase module_;
    pg::Database<Database> database_{pg::Pool({.connect = module_.login(), .size_max = 4})};
    Projects projects_{database_};
    Actor me_ = Actor::system(default_organization());
    OrganizationId theirs_;
};

INSTANTIATE_TEST_SUITE_P(Layouts, ProjectsModule,
                         testing::Values(migrate::LayoutKind::split, migrate::LayoutKind::unified),
                         [](const auto& info) { return std::string(migrate::to_string(info.param)); });

TEST_P(ProjectsModule, ProjectsAreFoundByIdAndSlug) {
    auto id = create(me_, "Code Graph");
    auto project = run_task(projects_.get(me_, id));
    ASSERT_TRUE(project);
    EXPECT_EQ(project->name, "Code Graph");
    EXPECT_EQ(project->slug, "code-graph");
    EXPECT_EQ(project->status, "planning");
    EXPECT_EQ(run_task(projects_.find(me_, "code-graph"))->id, id);
    EXPECT_EQ(run_task(projects_.find(me_, "nothing")).error().code, "projects.project_unknown");
    EXPECT_EQ(run_task(projects_.get(me_, ProjectId::make(SystemClock()))).error().code, "projects.project_unknown");
    EXPECT_EQ(run_task(projects_.create(me_, {.name = "Code graph", .slug = "", .description = ""})).error().code,
              "projects.taken");
    EXPECT_EQ(run_task(projects_.create(me_, {.name = " ", .slug = "x", .description = ""})).error().code,
              "projects.bad_value");
    EXPECT_THAT(audit(), ElementsAre("created projects.projects"));
}

TEST_P(ProjectsModule, ProjectsAreListedPageByPage) {
    for (auto name : {"gamma", "alpha", "delta", "beta"}) create(me_, name);
    create(Actor::system(theirs_), "aaa");
    std::vector<std::string> slugs;
    for (std::string after;;) {
        auto page = *run_task(projects_.list(me_, after, 3));
        if (page.empty()) break;
        for (const auto& project : page) slugs.push_back(project.slug);
        after = page.back().slug;
    }
    EXPECT_THAT(slugs, ElementsAre("alpha", "beta", "delta", "gamma"));
}

TEST_P(ProjectsModule, IndexingRegistersTheRepositoryInTheDefaultProject) {
    auto wanted = repository("https://github.com/octo/hello.git");
    auto first = run_task(projects_.register_repository(me_, wanted));
    ASSERT_TRUE(first);
    EXPECT_TRUE(first->is_new);
    EXPECT_EQ(run_task(projects_.get(me_, first->project_id))->slug, "default");
    EXPECT_EQ(run_task(projects_.get_repository(me_, first->repository_id))->name, wanted.name);

    auto again = run_task(projects_.register_repository(me_, wanted));
    EXPECT_EQ(*again, (Registration{first->project_id, first->repository_id, false}));
    auto other = run_task(projects_.register_repository(me_, repository("https://github.com/octo/other")));
    EXPECT_EQ(other->project_id, first->project_id);
    EXPECT_EQ(run_task(projects_.list_repositories(me_, first->project_id, std::nullopt, 10))->size(), 2);
    EXPECT_THAT(audit(), ElementsAre("created projects.repositories", "created projects.projects",
                                     "linked projects.project_repositories", "created projects.repositories",
                                     "linked projects.project_repositories"));
}

TEST_P(ProjectsModule, ARepositoryKeepsTheProjectItIsIn) {
    auto project = create(me_, "Tools");
    auto wanted = repository("git@github.com:octo/hello.git");
    auto id = *run_task(projects_.add_repository(me_, wanted));
    ASSERT_TRUE(run_task(projects_.link(me_, project, id)));
    ASSERT_TRUE(run_task(projects_.link(me_, project, id))) << "twice is the same as once";
    EXPECT_EQ(*run_task(projects_.register_repository(me_, wanted)), (Registration{project, id, false}));
    EXPECT_EQ(run_task(projects_.find(me_, "default")).error().code, "projects.project_unknown")
        << "not needed, not made";
}

TEST_P(ProjectsModule, ARepositoryIsTheSameWhateverTheCaseAndFollowsItsLocation) {
    auto first = *run_task(projects_.add_repository(me_, repository("https://github.com/Octo/Hello")));
    auto moved = repository("git@github.com:octo/hello.git");
    moved.default_branch = "trunk";
    EXPECT_EQ(*run_task(projects_.add_repository(me_, moved)), first);
    auto now = *run_task(projects_.get_repository(me_, first));
    EXPECT_EQ(now.name.clone_url, "ssh://github.com/octo/hello.git");
    EXPECT_EQ(now.default_branch, "trunk");
    EXPECT_EQ(*run_task(projects_.add_repository(me_, repository("https://github.com/octo/hello"))), first);
    EXPECT_EQ(run_task(projects_.get_repository(me_, first))->default_branch, "trunk")
        << "what is not known changes nothing";
}

TEST_P(ProjectsModule, OneRepositoryOfAProjectIsPrimary) {
    auto project = create(me_, "Tools");
    auto one = *run_task(projects_.add_repository(me_, repository("https://github.com/octo/one")));
    auto two = *run_task(projects_.add_repository(me_, repository("https://github.com/octo/two")));
    EXPECT_EQ(run_task(projects_.set_primary(me_, project, one)).error().code, "projects.repository_not_linked");
    for (auto id : {one, two}) {
        ASSERT_TRUE(run_task(projects_.link(me_, project, id)));
        ASSERT_TRUE(run_task(projects_.set_primary(me_, project, id)));
    }
    auto missing = RepositoryId::make(SystemClock());
    EXPECT_EQ(run_task(projects_.link(me_, project, missing)).error().code, "projects.unknown_reference");
}

TEST_P(ProjectsModule, AnotherOrganizationSeesAndTouchesNothing) {
    auto project = create(me_, "Mine");
    auto mine = *run_task(projects_.register_repository(me_, repository("https://github.com/octo/hello")));
    auto them = Actor::system(theirs_);
    EXPECT_EQ(run_task(projects_.get(them, project)).error().code, "projects.project_unknown");
    EXPECT_EQ(run_task(projects_.get_repository(them, mine.repository_id)).error().code, "projects.repository_unknown");
    EXPECT_THAT(*run_task(projects_.list(them, "", 10)), IsEmpty());
    EXPECT_THAT(*run_task(projects_.list_repositories(them, std::nullopt, std::nullopt, 10)), IsEmpty());
    EXPECT_EQ(run_task(projects_.link(them, project, mine.repository_id)).error().code, "projects.unknown_reference");
    auto theirs = *run_task(projects_.register_repository(them, repository("https://github.com/octo/hello")));
    EXPECT_TRUE(theirs.is_new);
    EXPECT_NE(theirs.repository_id, mine.repository_id);
}

TEST_P(ProjectsModule, ReadersReadAndWritersWrite) {
    auto id = create(me_, "Tools");
    identity::Principal reader{.organization_id = default_organization(),
                               .api_key_id = {},
                               .role = identity::Role::owner,
                               .scopes = {"projects:read"}};
    identity::Principal stranger{.organization_id = default_organization(),
                                 .api_key_id = {},
                                 .role = identity::Role::owner,
                                 .scopes = {"codebase:admin"}};
    EXPECT_TRUE(run_task(projects_.get(Actor(reader), id)));
    EXPECT_EQ(run_task(projects_.create(Actor(reader), {.name = "x", .slug = "", .description = ""})).error().code,
              "identity.forbidden");
    EXPECT_EQ(run_task(projects_.register_repository(Actor(reader), repository("https://github.com/a/b"))).error().code,
              "identity.forbidden");
    EXPECT_EQ(run_task(projects_.get(Actor(stranger), id)).error().code, "identity.forbidden");
    EXPECT_EQ(run_task(projects_.list(Actor(stranger), "", 10)).error().code, "identity.forbidden");
}

TEST_P(ProjectsModule, IndexersThatRegisterAtOnceGetTheSameAnswer) {
    std::vector<Registration> registrations(6);
    {
        std::vector<std::jthread> indexers;
        for (auto& registration : registrations)
            indexers.emplace_back([&] {
                registration = value_or_throw(
                    run_task(projects_.register_repository(me_, repository("https://github.com/octo/hello"))));
            });
    }
    EXPECT_EQ(std::ranges::count(registrations, true, &Registration::is_new), 1);
    for (const auto& registration : registrations) {
        EXPECT_EQ(registration.project_id, registrations[0].project_id);
        EXPECT_EQ(registration.repository_id, registrations[0].repository_id);
    }
}

}  // namespace
}  // namespace gsdb::projects
