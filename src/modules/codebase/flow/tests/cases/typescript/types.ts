import { A } from './a';
import * as n from './n';
type Alias = A | Alias[];
class B<T> {
    p: A;
    constructor(private readonly q: n.C, protected r = f) {}
    m(a: A[], b: Promise<A>, c?: Alias | null, ...d: A[]): Map<string, A> {
        return (a as B<A>)!.m();
    }
}
let t: typeof B;
let o: { a: A; b: [A, string] };
