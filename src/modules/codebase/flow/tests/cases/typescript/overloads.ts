function f(a: string): void;
function f(a: any) {}
abstract class A {
    abstract m(): void;
    n(a: string): void;
    n(a: any) {}
}
f(1);
