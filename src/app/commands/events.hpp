#pragma once

#include <CLI/App.hpp>

#include "app/program.hpp"

namespace gsdb::app {

void add_events_commands(CLI::App& app, Program& program);  // events source ..., list, show, tail, stats

}  // namespace gsdb::app
