void f(char* to, const char* from) {
    std::strcpy(to, from);
    mine::strcpy(to, from);
    try { g(); } catch (...) {}
    try { g(); } catch (const E& e) { /* gone */ }
    if (a = b) g();
    if (auto c = b) g();
    switch (a) {
        case 1:
            g();
            [[fallthrough]];
        case 2:
            g();
        default:
            throw 1;
            g();
    }
}
