#include "engine/code_host.hpp"

#include "engine/github_host.hpp"

namespace gsdb::engine {

namespace {

/// The repository of the run, and nothing else.
class LocalHost : public CodeHost {
  public:
    explicit LocalHost(RunContext& run) : run_(run) {}

    std::string_view provider() const override { return "git"; }
    void check() override {}
    void prepare_dev_branch() override {
        run_.workspace().add_branch(run_.parameters().dev_branch, run_.base_commit());
    }
    void show(const ShownChange& /*change*/) override {}
    std::vector<HostCheck> checks(const ShownChange& /*change*/) override { return {}; }
    std::optional<std::string> merge(const ShownChange& /*change*/, const std::string& onto,
                                     const std::string& commit) override {
        if (!run_.workspace().move_branch(run_.parameters().dev_branch, onto, commit)) return std::nullopt;
        return commit;
    }
    std::optional<std::string> find_merged(const ShownChange& /*change*/, const std::string& commit) override {
        const bool is_in = run_.workspace().is_ancestor(commit, "refs/heads/" + run_.parameters().dev_branch);
        return is_in ? std::optional(commit) : std::nullopt;
    }
    void clean_up() override {}

  private:
    RunContext& run_;
};

}  // namespace

std::unique_ptr<CodeHost> make_code_host(RunContext& run) {
    if (run.parameters().code_host == CodeHostKind::github) return std::make_unique<GithubHost>(run);
    return std::make_unique<LocalHost>(run);
}

}  // namespace gsdb::engine
