function f(a, b = a, { c, d: [e] = [] }, ...rest) {
    a(e, rest[0]);
}
function g() {
    return h.apply(this, arguments);
}
f(1, ...x, `key`);
