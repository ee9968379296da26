export declare function f(a: A): A;
export declare function f(a: string): A;
export declare class A {
    m(): A;
    static s: A;
}
declare namespace n {
    function g(): A;
}
export = n;
