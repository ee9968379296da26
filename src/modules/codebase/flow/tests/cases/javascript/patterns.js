const [a, , b] = [f, g, h];
const { c, d: e = f, [k]: i, ...rest } = x;
const [j, ...others] = y;
[x.a, x['b']] = z;
