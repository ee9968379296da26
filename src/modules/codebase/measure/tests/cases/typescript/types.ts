/** Documented. */
export interface Shape {
    area(): number;
    readonly name?: string;
}
export abstract class Base<T extends object = {}> implements Shape {
    /** A name. */
    name?: string;
    constructor(private readonly width: number, height, public depth = 1) {}
    area(): number { return this.width; }
    abstract volume(scale: number): number;
    set scale(value) { this.width = value as number; }
    get scale(): number { return this.width!; }
}
export function overloaded(a: string): string;
export function overloaded(a: any, b?: number, ...rest): any { return a && b; }
const arrow = (x: number, y) => x as any;
const single = x => x;
type Conditional<T> = T extends string ? 1 : 2;
namespace Inner { export enum Color { red, green = 2 } }
declare function declared(a: number): void;
const optional = (a: any) => a?.(1) ?? a?.b?.[0];
