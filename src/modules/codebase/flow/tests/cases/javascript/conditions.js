const a = b ? f : g;
const c = d && f;
let e = h;
e ||= f;
if (x instanceof A && y) x.m();
