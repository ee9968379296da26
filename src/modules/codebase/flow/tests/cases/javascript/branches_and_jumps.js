function f() {}
function g() {}
function h() {}
let a = f;
for (;;) {
    a = g;
    if (x) {
        a = h;
        break;
    }
    a = f;
}
a();
let b = f;
switch (x) {
    case 1:
        b = g;
        break;
    default:
        b = h;
}
b();
