#pragma once
// For this folder's tests: installs the product on the test server under names of the test's own.

#include <gmock/gmock.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/run_task.hpp"
#include "cluster/test_cluster.hpp"
#include "migrate/connector.hpp"
#include "migrate/installer.hpp"
#include "migrate/migrator.hpp"
#include "migrate/secret_store.hpp"

namespace gsdb::migrate {
inline void PrintTo(const Finding& finding, std::ostream* out) {
    *out << finding.code << ": " << finding.database << " " << finding.object << " " << finding.message;
}
}  // namespace gsdb::migrate

namespace gsdb::migrate::testing {

/// What the task throws as a Failure.
template <class T>
Error failure_of(Task<T> task) {
    try {
        run_task(std::move(task));
    } catch (const Failure& failure) {
        return failure.error();
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
}

class MemorySecrets final : public SecretStore {
  public:
    std::optional<crypto::Secret> get(std::string_view name) const override {
        const auto found = secrets.find(name);
        return found == secrets.end() ? std::nullopt : std::optional(crypto::Secret(found->second));
    }
    void put(std::string_view name, const crypto::Secret& secret) override {
        secrets.insert_or_assign(std::string(name), std::string(secret.reveal()));
    }
    void remove(std::string_view name) override { secrets.erase(std::string(name)); }

    std::map<std::string, std::string, std::less<>> secrets;
};

/// Connects to the test server, as superuser unless another role is named.
inline Connector connector(const std::string& user = "postgres") {
    return connector_to(pg::ConnectOptions::parse(cluster::TestCluster::instance().conninfo("postgres", user)));
}

/// Rows of text of one query.
inline Task<std::vector<std::string>> query_task(std::string database, std::string sql, std::string user) {
    const auto connection = co_await connector(user)(database);
    const auto rows = co_await connection->execute(std::move(sql), {}, pg::Format::text);
    std::vector<std::string> lines;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        std::string line;
        for (std::size_t column = 0; column < rows.column_count(); ++column)
            line += (column ? "|" : "") + std::string(rows.text(row, column).value_or("null"));
        lines.push_back(std::move(line));
    }
    co_return lines;
}
inline std::vector<std::string> query(std::string database, std::string sql, std::string user = "postgres") {
    return run_task(query_task(std::move(database), std::move(sql), std::move(user)));
}

inline Task<> execute_task(std::string database, std::string sql, std::string user) {
    const auto connection = co_await connector(user)(database);
    co_await connection->run_script(std::move(sql));
}
inline void execute(std::string database, std::string sql, std::string user = "postgres") {
    run_task(execute_task(std::move(database), std::move(sql), std::move(user)));
}

/// Drops the databases of the layout when the test begins and when it ends.
class CleanLayout {
  public:
    explicit CleanLayout(Layout layout) : layout_(std::move(layout)) { drop(); }
    ~CleanLayout() {
        try {
            drop();
        } catch (const std::exception& error) {
            ADD_FAILURE() << "cleaning up: " << error.what();
        }
    }
    CleanLayout(const CleanLayout&) = delete;
    CleanLayout& operator=(const CleanLayout&) = delete;

    const Layout& layout() const { return layout_; }
    void drop() const {
        for (const auto& target : layout_.targets())
            execute("postgres", "drop database if exists \"" + target.database + "\" with (force)");
    }

  private:
    Layout layout_;
};

/// Module files given as text, in the order of their versions and names.
class DemoModule {
  public:
    explicit DemoModule(std::string_view name) : name_(name) {}

    DemoModule& migration(std::string file_name, std::string text) {
        return add(migrations_, std::move(file_name), std::move(text));
    }
    DemoModule& routine(std::string file_name, std::string text) {
        return add(routines_, std::move(file_name), std::move(text));
    }

    /// Valid until the next change of this object.
    ModuleSchema schema() {
        return {
            .name = name_, .schemas = {name_}, .sql = {.migrations = files(migrations_), .routines = files(routines_)}};
    }

  private:
    struct Text {
        std::string name, text;
    };
    struct Files {
        std::vector<Text> texts;
        std::vector<SqlFile> files;
    };

    DemoModule& add(Files& files, std::string file_name, std::string text) {
        const auto same = std::ranges::find(files.texts, file_name, &Text::name);
        if (same != files.texts.end()) {
            same->text = std::move(text);
        } else {
            files.texts.push_back({std::move(file_name), std::move(text)});
        }
        return *this;
    }
    static std::span<const SqlFile> files(Files& files) {
        files.files.clear();
        for (const auto& text : files.texts) files.files.push_back({text.name, text.text});
        return files.files;
    }

    std::string_view name_;
    Files migrations_, routines_;
};

}  // namespace gsdb::migrate::testing
