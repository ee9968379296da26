#pragma once
// A full disk shows itself in many ways; a person needs to hear of one cause and one remedy.

#include "app/program.hpp"

namespace gsdb::app {

/// The error as it is, or cluster.disk_full with it as its cause, when the disk of the home folder is full: the error
/// says so, or the embedded server was lost or failed within, and has no room for its log.
Error explain_full_disk(const Program& program, Error error);

}  // namespace gsdb::app
