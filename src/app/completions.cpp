// Completion scripts. Each holds the whole tree of commands and options, so that completing never runs the program.

#include <fmt/format.h>

#include "app/program.hpp"

namespace gsdb::app {

namespace {

struct Node {
    std::string path;                // "gsdb db migrate"
    std::vector<std::string> words;  // sub-commands and long options
};

void collect(const CLI::App& app, const std::string& path, std::vector<Node>& nodes) {
    Node node{path, {}};
    for (const auto* command : app.get_subcommands(nullptr)) node.words.push_back(command->get_name());
    for (const auto* option : app.get_options())
        for (const auto& name : option->get_lnames()) node.words.push_back("--" + name);
    nodes.push_back(node);
    for (const auto* command : app.get_subcommands(nullptr)) collect(*command, path + " " + command->get_name(), nodes);
}

std::string bash_script(const std::vector<Node>& nodes) {
    std::string cases;
    for (const auto& node : nodes)
        cases += fmt::format("        '{}') words='{}' ;;\n", node.path, fmt::join(node.words, " "));
    return fmt::format(R"(# bash completion for gsdb: source <(gsdb completions bash)
_gsdb() {{
    local path=gsdb words= word
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case "$word" in -*) ;; *) if _gsdb_words "$path" && [[ " $words " == *" $word "* ]]; then path="$path $word"; fi ;; esac
    done
    _gsdb_words "$path"
    COMPREPLY=($(compgen -W "$words" -- "${{COMP_WORDS[COMP_CWORD]}}") $(compgen -f -- "${{COMP_WORDS[COMP_CWORD]}}"))
}}
_gsdb_words() {{
    case "$1" in
{}        *) return 1 ;;
    esac
}}
complete -o filenames -F _gsdb gsdb
)",
                       cases);
}

std::string fish_script(const std::vector<Node>& nodes) {
    std::string lines = "# fish completion for gsdb: gsdb completions fish | source\n";
    for (const auto& node : nodes) {
        auto condition = node.path == "gsdb"
                             ? "__fish_use_subcommand"
                             : "__fish_seen_subcommand_from " + node.path.substr(node.path.rfind(' ') + 1);
        for (const auto& word : node.words)
            lines += word.starts_with("--") ? fmt::format("complete -c gsdb -n '{}' -l {}\n", condition, word.substr(2))
                                            : fmt::format("complete -c gsdb -n '{}' -a {}\n", condition, word);
    }
    return lines;
}

}  // namespace

std::string completion_script(const CLI::App& app, const std::string& shell) {
    std::vector<Node> nodes;
    collect(app, "gsdb", nodes);
    if (shell == "fish") return fish_script(nodes);
    if (shell == "zsh") return "autoload -U +X bashcompinit && bashcompinit\n" + bash_script(nodes);
    return bash_script(nodes);
}

}  // namespace gsdb::app
