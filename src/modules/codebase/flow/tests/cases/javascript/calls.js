a.b.c(d)(e)?.[f]?.(g);
new a.b(c);
tag`x${d}y`;
(0, a.b)();
(a || b)(c);
