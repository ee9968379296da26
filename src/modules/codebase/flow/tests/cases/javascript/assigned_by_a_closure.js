function f() {}
let a;
function set() {
    a = f;
}
a = set;
a();
