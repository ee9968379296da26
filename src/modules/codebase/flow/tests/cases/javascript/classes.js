class A extends B.C {
    #a = this.m;
    static b = f;
    static {
        this.b();
    }
    constructor(x) {
        super(x);
        this.x = x;
    }
    m() {
        super.m();
        return () => this.#a();
    }
    get y() {
        return this.x;
    }
    static n() {}
    [Symbol.iterator]() {}
    [computed]() {}
    d = class {};
}
new A(f).m();
