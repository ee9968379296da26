#include "app/program.hpp"

int main(int argc, char** argv) {
    return gsdb::app::run_program(argc, argv);
}
