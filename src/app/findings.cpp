#include "app/findings.hpp"

#include <fmt/format.h>

namespace gsdb::app {

json::array to_json(const migrate::Findings& findings) {
    json::array list;
    for (const auto& f : findings)
        list.push_back({{"severity", to_string(f.severity)},
                        {"code", f.code},
                        {"database", f.database},
                        {"object", f.object},
                        {"message", f.message},
                        {"remedy", f.remedy}});
    return list;
}

std::string to_text(const migrate::Findings& findings) {
    std::string text;
    for (const auto& f : findings) {
        text += fmt::format("{:<7} {}{}{}: {}\n", to_string(f.severity), f.database, f.database.empty() ? "" : " ",
                            f.object, f.message);
        if (!f.remedy.empty()) text += fmt::format("        remedy: {}\n", f.remedy);
    }
    return text;
}

ExitCode report_findings(const Program& program, const migrate::Findings& findings, std::string_view all_well) {
    const bool problems = migrate::has_problems(findings);
    auto text = to_text(findings);
    if (!problems) text += fmt::format("{}\n", all_well);
    program.answer({{"ok", !problems}, {"findings", to_json(findings)}}, text);
    return problems ? ExitCode::problems : ExitCode::ok;
}

}  // namespace gsdb::app
