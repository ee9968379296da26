/* All of C's control flow. */
#include <stdio.h>
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#if defined(A) && defined(B)
struct point { int x, y; };
#endif

int prototype(int a);

/** Documented. */
int control(int a, const char *text) {
    int total = 0;
    for (int i = 0; i < a; i++)
        if (i % 2 == 0 && i || a) continue;
        else if (a > 3) total += i;
        else goto out;
    do { total--; } while (total > 10);
    while (a) { switch (a) { case 1: case 2: return 1; default: break; } }
    ;
out:
#ifdef C
    total = control(a, text);
#else
    total = 'x' + "y"[0];
#endif
    return total ? total : 2;
}

static void hidden(void) {}
