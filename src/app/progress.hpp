#pragma once

#include "app/program.hpp"
#include "app/terminal.hpp"

namespace gsdb::app {

/// Where a command's progress is shown: nowhere when it is to answer JSON or to be quiet, else as stderr is.
inline ProgressBar::Output progress_output(const Program& program) {
    return program.json || program.quiet ? ProgressBar::Output::none : ProgressBar::detect();
}

/// The same program without a terminal: it shows no progress and makes no remarks.
inline Program quiet(Program program) {
    program.quiet = true;
    return program;
}

}  // namespace gsdb::app
