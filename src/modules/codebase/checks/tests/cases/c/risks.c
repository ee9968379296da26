#include <string.h>
int f(char *to, const char *from, int n) {
    strcpy(to, from);
    sprintf(to, "%d", n);
    snprintf(to, 3, "%d", n);
    table.strcpy(to);
    system(from);
    n = n;
    if (n = 1) return 1;
    while ((n = next())) {}
    switch (n) {
        case 1: n++;
        case 2:
            n++;
            /* Fall through. */
        case 3:
            serverPanic("no");
        case 4:
            UNREACHABLE();
        case 5:
#ifdef X
            return 1;
#endif
        case 6: {
            n++;
            __attribute__((fallthrough));
        }
        case 7:
            return 2;
    }
    goto end;
    n++;
end:
    return n;
    n--;
}
int g(void) { gets(b); } // NOLINT
int h(void) { system(b); } // NOLINT(cert-env33-c): it is ours
void k(int n) {
    switch (n) {
        case 1: f(); break;;
        case 2: f(); /* go through */
        case 3: f();
    }
}
