const a = { 1: f, '1': g, b: f, ...c, [k]: h, __proto__: p, get x() {}, set x(v) {} };
a[1]();
a[k]();
for (const key in a) a[key]();
const l = [f, , ...m, g];
