#include "integrations/git/history.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "integrations/git/commit_text.hpp"
#include "integrations/git/tree_changes.hpp"
#include "integrations/git/tree_entries.hpp"
#include "modules/codebase/source/path.hpp"

namespace gsdb::git {

using codebase::source::Commit;
using codebase::source::CommitNode;
using codebase::source::display_path;
using codebase::source::hash_blob;
using codebase::source::History;
using codebase::source::HistoryOutline;
using codebase::source::ProblemKind;
using codebase::source::Ref;
using codebase::source::RefKind;

namespace {

constexpr std::uint64_t commit_bytes_max = 16U << 20U;
constexpr std::string_view branches = "refs/heads/", remote_branches = "refs/remotes/", tags = "refs/tags/",
                           replacements = "refs/replace/";

std::string file_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return std::move(text).str();
}

/// The ids of each line of a file.
std::vector<std::vector<ObjectId>> ids_of_lines(const std::string& text) {
    std::vector<std::vector<ObjectId>> lines;
    std::istringstream rest(text);
    for (std::string line; std::getline(rest, line);) {
        auto& ids = lines.emplace_back();
        std::istringstream words(line);
        for (std::string word; words >> word;) {
            const auto id = ObjectId::parse(word);
            if (!id) break;
            ids.push_back(*id);
        }
        if (ids.empty()) lines.pop_back();
    }
    return lines;
}

class GitHistory final : public History {
  public:
    GitHistory(const Repository& repository, std::optional<ObjectId> head) : repository_(repository), head_(head) {}

    Result<HistoryOutline> outline() override {
        auto references = repository_.references();
        if (!references) return std::unexpected(references.error());
        read_replacements(*references);
        const auto edges = read_edges();
        const auto mailmap = read_mailmap();
        return HistoryOutline{.refs = refs_of(*references), .reading = to_string(hash_blob(as_bytes(edges + mailmap)))};
    }

    std::expected<CommitNode, Problem> node(const ObjectId& id) const override {
        auto read = parsed(id, parse_commit_graph);
        if (!read) return std::unexpected(read.error());
        return CommitNode{.parents = is_edge(id) ? std::vector<ObjectId>() : parents_of(id, std::move(read->parents)),
                          .committed_at = read->committed_at};
    }

    std::expected<Commit, Problem> commit(const ObjectId& id) const override {
        auto read = parsed(id, parse_commit);
        if (!read) return std::unexpected(read.error());
        auto author = mailmap_.resolve(std::move(read->author));
        return Commit{.id = id,
                      .tree = read->tree,
                      .parents = parents_of(id, std::move(read->parents)),
                      .has_parents = !is_edge(id),
                      .author_name = std::move(author.name),
                      .author_email = lower_case(author.email),
                      .authored_at = read->authored_at,
                      .committed_at = read->committed_at,
                      .subject = std::move(read->subject)};
    }

    std::expected<CommitChanges, Problem> changes(const Commit& commit, const ChangeLimits& limits) const override {
        std::optional<ObjectId> before;
        if (!commit.parents.empty()) {
            auto parent = parsed(commit.parents.front(), parse_commit_graph);
            if (!parent) return std::unexpected(parent.error());
            before = parent->tree;
        }
        return compare_trees(repository_, before, commit.tree, limits);
    }

  private:
    std::expected<CommitText, Problem> parsed(ObjectId id, std::optional<CommitText> (*parse)(std::string_view)) const {
        if (const auto replaced = replacements_.find(id); replaced != replacements_.end()) id = replaced->second;
        auto object = repository_.read(id, commit_bytes_max);
        if (!object) return std::unexpected(object.error());
        if (object->type == Object::Type::commit)
            if (auto text = parse(as_text(object->bytes))) return std::move(*text);
        return std::unexpected(Problem{{}, ProblemKind::unreadable, to_string(id) + " is no commit"});
    }

    bool is_edge(const ObjectId& id) const { return edges_.contains(id); }
    std::vector<ObjectId> parents_of(const ObjectId& id, std::vector<ObjectId> own) const {
        const auto graft = grafts_.find(id);
        return graft == grafts_.end() ? std::move(own) : graft->second;
    }

    /// The commit behind a tag, however many tags point to each other.
    std::optional<ObjectId> peeled(ObjectId id) const {
        constexpr int depth_max = 32;
        for (int depth = 0; depth < depth_max; ++depth) {
            const auto object = repository_.read(id, commit_bytes_max);
            if (!object) return std::nullopt;
            if (object->type == Object::Type::commit) return id;
            const auto text = as_text(object->bytes);
            if (object->type != Object::Type::tag || !text.starts_with("object ")) return std::nullopt;
            const auto target = ObjectId::parse(text.substr(7, text.find('\n') - 7));
            if (!target) return std::nullopt;
            id = *target;
        }
        return std::nullopt;
    }

    /// The branches of remotes keep the remote's name; a branch here of the same name goes before.
    std::vector<Ref> refs_of(const std::vector<Reference>& references) const {
        std::map<std::pair<RefKind, std::string>, ObjectId> commits;
        for (const auto prefix : {branches, remote_branches, tags})
            for (const auto& reference : references) {
                if (!reference.name.starts_with(prefix)) continue;
                if (const auto commit = peeled(reference.target))
                    commits.try_emplace({prefix == tags ? RefKind::tag : RefKind::branch,
                                         display_path(reference.name.substr(prefix.size()))},
                                        *commit);
            }
        const auto preferred = default_branch(commits);
        std::vector<Ref> refs;
        for (const auto& [key, commit] : commits)
            refs.push_back({.kind = key.first,
                            .name = key.second,
                            .commit = commit,
                            .is_default = key.first == RefKind::branch && key.second == preferred});
        return refs;
    }

    /// The branch that HEAD of the remote names, here or else at the remote; without a remote what HEAD names here.
    std::string default_branch(const std::map<std::pair<RefKind, std::string>, ObjectId>& commits) const {
        constexpr std::string_view origin = "refs/remotes/origin/";
        const auto at_remote = repository_.symbolic_target(std::string(origin) + "HEAD");
        if (at_remote.starts_with(origin)) {
            auto name = display_path(at_remote.substr(origin.size()));
            return commits.contains({RefKind::branch, name}) ? name : "origin/" + name;
        }
        const auto here = repository_.symbolic_target("HEAD");
        return here.starts_with(branches) ? display_path(here.substr(branches.size())) : "";
    }

    void read_replacements(const std::vector<Reference>& references) {
        replacements_.clear();
        for (const auto& reference : references) {
            if (!reference.name.starts_with(replacements)) continue;
            if (const auto id = ObjectId::parse(std::string_view(reference.name).substr(replacements.size())))
                replacements_.emplace(*id, reference.target);
        }
    }

    /// Where a shallow clone ends and what grafts and replacements say; returns all of it as text.
    std::string read_edges() {
        const auto& folder = repository_.layout().common_dir;
        const auto shallow = file_text(folder + "/shallow"), grafts = file_text(folder + "/info/grafts");
        edges_.clear();
        for (const auto& ids : ids_of_lines(shallow)) edges_.insert(ids.front());
        grafts_.clear();
        for (const auto& ids : ids_of_lines(grafts)) grafts_[ids.front()] = {ids.begin() + 1, ids.end()};
        auto text = shallow + '\n' + grafts;
        for (const auto& [id, by] : std::map(replacements_.begin(), replacements_.end()))
            text += to_string(id) + to_string(by);
        return text;
    }

    /// The .mailmap of the commit shown; returns its id.
    std::string read_mailmap() {
        mailmap_ = {};
        if (!head_) return {};
        const auto shown = parsed(*head_, parse_commit_graph);
        if (!shown) return {};
        const auto tree = repository_.read(shown->tree, tree_bytes_max);
        if (!tree) return {};
        for (auto rest = as_text(tree->bytes); !rest.empty();) {
            const auto entry = next_tree_entry(rest, head_->algorithm);
            if (!entry) return {};
            if (entry->name != ".mailmap") continue;
            constexpr std::uint64_t mailmap_bytes_max = 4U << 20U;
            if (const auto content = repository_.read(entry->id, mailmap_bytes_max))
                mailmap_ = Mailmap(as_text(content->bytes));
            return to_string(entry->id);
        }
        return {};
    }

    const Repository& repository_;
    const std::optional<ObjectId> head_;
    std::unordered_map<ObjectId, ObjectId> replacements_;
    std::unordered_set<ObjectId> edges_;  ///< commits at which a shallow clone ends
    std::unordered_map<ObjectId, std::vector<ObjectId>> grafts_;
    Mailmap mailmap_;
};

}  // namespace

std::unique_ptr<History> make_history(const Repository& repository, std::optional<ObjectId> head) {
    return std::make_unique<GitHistory>(repository, head);
}

}  // namespace gsdb::git
