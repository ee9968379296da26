function f() {}
function g() {}
let a = f;
a();
a = g;
a();
