#pragma once
// Keeps what is observed while it lives.

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include "observe/observation.hpp"

namespace gsdb::pg::test {

class ObservationLog {
  public:
    struct Entry {
        std::string name;
        observe::Fields fields;

        template <class T>
        T get(std::string_view field) const {
            auto found = std::ranges::find(fields, field, &observe::Field::name);
            return std::get<T>(found->value);
        }
    };

    ObservationLog() {
        std::lock_guard lock(mutex());
        if (!is_sink_added()) {
            observe::add_sink([](const observe::Definition& definition, const observe::Fields& fields) {
                std::lock_guard guard(mutex());
                if (current()) current()->entries_.push_back({std::string(definition.name), fields});
            });
            is_sink_added() = true;
        }
        current() = this;
    }
    ~ObservationLog() {
        std::lock_guard lock(mutex());
        current() = nullptr;
    }
    ObservationLog(const ObservationLog&) = delete;
    ObservationLog& operator=(const ObservationLog&) = delete;

    std::vector<Entry> all(std::string_view name) const {
        std::lock_guard lock(mutex());
        std::vector<Entry> found;
        std::ranges::copy_if(entries_, std::back_inserter(found), [&](const Entry& e) { return e.name == name; });
        return found;
    }
    std::size_t count(std::string_view name) const { return all(name).size(); }

  private:
    // A sink cannot be taken back: it stays and finds the log of the running test, if there is one.
    static std::mutex& mutex() {
        static std::mutex one;
        return one;
    }
    static ObservationLog*& current() {
        static ObservationLog* log = nullptr;
        return log;
    }
    static bool& is_sink_added() {
        static bool added = false;
        return added;
    }

    std::vector<Entry> entries_;
};

}  // namespace gsdb::pg::test
