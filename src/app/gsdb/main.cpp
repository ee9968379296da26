#include "app/program.hpp"
#include "modules/codebase/api.hpp"

int main(int argc, char** argv) {
    // The process of a plug-in has no settings, no commands and nobody who reads what it prints.
    if (argc == 4 && argv[1] == gsdb::codebase::plugins::worker_command)
        return gsdb::codebase::plugins::run_worker(argv[2], argv[3]);
    return gsdb::app::run_program(argc, argv);
}
