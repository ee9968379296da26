f();
function f() {
    x();
    var x = f;
    {
        let x = g;
        x();
    }
}
