import type { A } from './a';
import { type B, C } from './b';
import fs = require('fs');
import Long = Some.Very.Long;
export type { A };

/** A shape. */
export interface Shape<T> extends Base, ns.Other<T> {
  readonly name: string;
  optional?: Array<Item>;
  area(scale: number): number;
  new (x: number): Shape<T>;
  [key: string]: unknown;
}

export type Handler<E = Event> = (event: E) => void;
type Record = { id: number; run(): void };

export enum Color { Red, Green = 'green', 'blue-ish' }
declare const enum Flags { None = 0 }

export declare function overloaded(a: string): string;
function over(a: string): string;
function over(a: number): number;
function over(a: any): any { return a; }

@Component({ selector: 'x' })
export abstract class Widget<T> extends Base<T> implements Shape<T>, OnInit {
  private static readonly cache = new Map<string, Widget<any>>();
  protected count!: number;
  declare later: string;
  @Input() label = '';

  constructor(private readonly http: HttpClient, public name?: string, plain: number = 1) { super(); }

  abstract draw(): void;
  /** Listens. */
  @HostListener('click', ['$event'])
  private async onClick(event: MouseEvent): Promise<void> { await this.http.get<Item>(url as string); }
  load(a: string): void;
  load(a: number): void;
  load(a: any) {}
  get value(): T { return this.inner!.value; }
}

namespace Outer.Inner {
  export const inside = 1;
  export function f(this: Window, x: number) {}
  namespace Deep { class D {} }
}
declare module 'external' {
  export function external(): void;
  const value: number;
}
declare global { interface Window { extra: string } }
export default Widget;
export const generic = <T,>(x: T): x is T => isIt<T>(x);
const satisfied = { a: 1, go() {} } satisfies Config;
abstract class Plain { accessor x = 1; override m() {} }
function assertIt(x: unknown): asserts x is string {}
let fn: typeof over;
