// Each function is a graph of its own; what is nested in it makes it harder to understand.
function outer(a, b = 1) {
    if (a?.b ?? c) return 1;
    else if (a && b || c && (d || e)) return a ? 1 : b ? 2 : 3;
    else return [1].map(x => x > 0 ? x : -x);
    a ||= b;
}

const declares = function () {
    const helper = () => { if (x) { y(); } };
    return { method() { while (a) if (b) break; }, value: function named() { do { } while (a); } };
};

label: for (const a of b) {
    for (;;) {
        if (a) continue label;
        else { try { f(); } catch (e) { if (e) throw e; } finally { g(); } }
    }
}

switch (x) {
    case 1:
    case 2: f(); break;
    default: g();
}

class Counter {
    #count = 0;
    static zero = 0;
    constructor(start = 0) { this.#count = start; this.step = 1; }
    get count() { return this.#count; }
    increase() { this.#count += this.step; }
    fib(n) { return n < 2 ? n : this.fib(n - 1) + this.fib(n - 2); }
    static of(n) { return new Counter(n); }
    unrelated() { return `a${this.other + `b${1}`}c`; }
}
export default function () { return /a+/g.test("x") && 'y'; }
export { outer };
export const z = 1;
