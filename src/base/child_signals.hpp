#pragma once
// What a child owes the program that it becomes: signals as nobody has touched them. Safe between fork and exec in a
// program with threads.

#include <csignal>

namespace gsdb {

inline void restore_signals() {
    struct sigaction defaults{};
    defaults.sa_handler = SIG_DFL;
    for (int signal = 1; signal < NSIG; ++signal) sigaction(signal, &defaults, nullptr);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace gsdb
