#include "integrations/llm/edit_application.hpp"

#include <fmt/format.h>

#include <map>
#include <optional>

#include "integrations/llm/edited_folder.hpp"
#include "integrations/llm/line_match.hpp"

namespace gsdb::llm {

namespace {

constexpr std::size_t problems_max = 20;

struct File {
    std::optional<FileState> before, now;

    bool is_changed() const {
        if (before.has_value() != now.has_value()) return true;
        return now && (now->text != before->text || now->mode != before->mode);
    }
};

using Files = std::map<std::string, File, std::less<>>;

/// What the edits make of the files, in memory.
class Plan {
  public:
    Plan(const EditedFolder& folder, const ApplicationLimits& limits) : folder_(folder), limits_(limits) {}

    /// What is wrong; empty for nothing.
    std::string take(const Edit& edit) {
        if (auto problem = path_problem(edit.path); !problem.empty()) return problem;
        File* file = load(edit.path);
        if (file == nullptr) return std::move(problem_);
        switch (edit.kind) {
            case Edit::Kind::create:
                return create(edit, *file);
            case Edit::Kind::replace:
                return replace(edit, *file);
            case Edit::Kind::remove:
                if (!file->now) return fmt::format("{} is to be deleted and does not exist", edit.path);
                file->now.reset();
                return "";
            case Edit::Kind::rename:
                return rename(edit, *file);
        }
        return "";
    }

    /// A file cannot be where another needs a folder.
    Problems conflicts() const {
        Problems problems;
        for (const auto& [path, file] : files_)
            for (auto slash = path.find('/'); file.now && slash != path.npos; slash = path.find('/', slash + 1)) {
                const auto above = files_.find(std::string_view(path).substr(0, slash));
                if (above == files_.end() || !above->second.now) continue;
                problems.push_back(
                    {.line = 0, .text = fmt::format("{} would be a file, and the folder of {}", above->first, path)});
            }
        return problems;
    }

    const Files& files() const { return files_; }

  private:
    // Null, and problem_, when it cannot be edited.
    File* load(const std::string& path) {
        if (const auto known = files_.find(path); known != files_.end()) return &known->second;
        auto state = folder_.read(path, limits_.total_bytes_max - total_bytes_);
        if (!state) {
            problem_ = std::move(state.error());
            return nullptr;
        }
        if (*state) total_bytes_ += (*state)->text.size();
        return &files_.emplace(path, File{.before = *state, .now = *state}).first->second;
    }

    std::string create(const Edit& edit, File& file) {
        if (file.now && !file.now->text.empty())
            return fmt::format("{} exists: SEARCH must have the lines to change, or the file is deleted first",
                               edit.path);
        return put(edit, file, edit.text);
    }

    std::string replace(const Edit& edit, File& file) {
        if (!file.now) return fmt::format("{} does not exist; a new file has nothing in its SEARCH", edit.path);
        if (file.now->text.size() > limits_.file_bytes_max) return fmt::format("{} is too large", edit.path);
        auto replaced = replace_lines(file.now->text, edit.search, edit.text, edit.path);
        if (!replaced.text) return std::move(replaced.problem);
        return put(edit, file, std::move(*replaced.text));
    }

    std::string put(const Edit& edit, File& file, std::string text) {
        if (text.size() > limits_.file_bytes_max) return fmt::format("{} would be too large", edit.path);
        const auto mode = file.now ? file.now->mode : file.before ? file.before->mode : FileState().mode;
        file.now = FileState{.text = std::move(text), .mode = mode};
        return "";
    }

    std::string rename(const Edit& edit, File& file) {
        if (auto problem = path_problem(edit.new_path); !problem.empty()) return problem;
        if (!file.now) return fmt::format("{} is to be renamed and does not exist", edit.path);
        File* target = load(edit.new_path);
        if (target == nullptr) return std::move(problem_);
        if (target->now) return fmt::format("{} cannot be the new name of {}: it exists", edit.new_path, edit.path);
        target->now = std::exchange(file.now, std::nullopt);
        return "";
    }

    const EditedFolder& folder_;
    const ApplicationLimits& limits_;
    Files files_;
    std::size_t total_bytes_ = 0;
    std::string problem_;
};

void bring_to(const EditedFolder& folder, const std::string& path, const std::optional<FileState>& state) {
    if (state)
        folder.write(path, *state);
    else
        folder.remove(path);
}

/// Takes back what was written unless all of it was.
class Writing {
  public:
    explicit Writing(const EditedFolder& folder) : folder_(folder) {}
    ~Writing() {
        for (auto done = done_.rbegin(); !is_kept_ && done != done_.rend(); ++done) {
            try {
                bring_to(folder_, (*done)->first, (*done)->second.before);
            } catch (const Failure&) {
                continue;  // The others may still be taken back; the failure that led here is the one that is told.
            }
        }
    }
    Writing(const Writing&) = delete;
    Writing& operator=(const Writing&) = delete;

    void write(const Files::value_type& file) {
        bring_to(folder_, file.first, file.second.now);
        done_.push_back(&file);
    }
    void keep() { is_kept_ = true; }

  private:
    const EditedFolder& folder_;
    std::vector<const Files::value_type*> done_;
    bool is_kept_ = false;
};

AppliedEdits carry_out(const EditedFolder& folder, const Files& files) {
    AppliedEdits applied;
    Writing writing(folder);
    for (const auto& file : files) {
        if (!file.second.is_changed()) continue;
        writing.write(file);
        (file.second.now ? applied.written : applied.removed).push_back(file.first);
    }
    writing.keep();
    return applied;
}

}  // namespace

std::expected<AppliedEdits, Problems> apply_edits(const std::filesystem::path& folder, std::span<const Edit> edits,
                                                  const ApplicationLimits& limits) {
    const EditedFolder edited(folder);
    Plan plan(edited, limits);
    Problems problems;
    for (const auto& edit : edits) {
        if (problems.size() == problems_max) break;
        if (auto problem = plan.take(edit); !problem.empty())
            problems.push_back({.line = edit.line, .text = std::move(problem)});
    }
    if (problems.empty()) problems = plan.conflicts();
    if (!problems.empty()) return std::unexpected(std::move(problems));
    return carry_out(edited, plan.files());
}

}  // namespace gsdb::llm
