enum E {
    a,
    b = 'x',
}
namespace N.M {
    export function f() {}
    function g() {}
    export const h = E.b;
}
N.M.f();
import h = N.M.h;
import r = require('./r');
