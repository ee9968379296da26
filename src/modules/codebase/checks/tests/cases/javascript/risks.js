function f(x, y) {
    if (x = y) g();
    if ((x = y)) g();
    while (x = y()) g();
    if (x += y) g();
    if (x == y || x == null || typeof x == 'string' || x === y || 'a' == 'b') g();
    eval(x);
    new Function(x)();
    console.log(x);
    console.error(x);
    debugger;
    x = x;
    x.a = x.a;
    x[f()] = x[f()];
    try { g(); } catch (e) {}
    try { g(); } catch { /* it may be gone */ }
    try { g(); } catch (e) { g(e); }
    return {a: 1, 'b': 2, a: 3, [x]: 1, [x]: 2, ...y, c: 1, c: 1};
}
