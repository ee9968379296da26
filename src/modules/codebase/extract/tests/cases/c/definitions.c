/* A file of C.
 * Its license. */

#include <stdio.h>
#include "local/thing.h"
#include MACRO_INCLUDE
#define LIMIT 10
#define MAX(a, b) ((a) > (b) ? (a) : (b)) // said
#ifdef DEBUG
# define LOG(...) printf(__VA_ARGS__)
#endif

struct forward;
typedef unsigned long ulong_t, *ulong_p;
typedef int (*callback_t)(void *ctx, int n);

/* A point. */
typedef struct point {
	int x, y;           /* both */
	struct point *next;
	union { int i; float f; } value;
	struct { int inner; };
	int (*handler)(struct point *self, int event);
	unsigned flag : 1;
	char name[LIMIT];
} point_t, *point_p;

typedef struct {
	int a;
} unnamed_t;

enum color { RED, GREEN = 2, };
enum { ANON_ONE, ANON_TWO };
typedef enum { E_A } enum_t;

extern int shared;
int defined = 1, other, *pointer = &defined;
static const char *const names[] = { "a", "b" };
const int constant = 3;
static struct { int member; } state;
int (*global_callback)(int);

int prototype(int, char **argv);
static inline point_t *make_point(int x, int y);
extern void external(void);

/*
 * Makes a point.
 */
static inline point_t *
make_point(int x, int y)
{
	struct local { int l; } loc;
	int local_variable = helper(x);
	point_t *p = malloc(sizeof(*p));
	p->x = x;
	p->next->y = local_variable + p->x;
	p->handler(p, 1);
	(*global_callback)(2);
	return p;
}

int old_style(a, b)
	int a;
	char *b;
{
	return MAX(a, *b);
}

int main(void) { return 0; }

#if defined(A)
void platform(void) { a(); }
#elif defined(B)
void platform(void) { b(); }
#else
void platform(void) {}
#endif

__attribute__((noreturn)) void die(const char *why);
EXPORT_API(int) exported(int x) { return x; }
int (*returns_pointer(int a))(char) { return 0; }
