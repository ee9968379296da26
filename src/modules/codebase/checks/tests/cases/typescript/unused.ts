import type {A, B} from './types';
import {C} from './c';

declare const ambient: number;
export function overloaded(a: A): void;
export function overloaded(a: any, b?: number, c = 1) {
    const kept: C = a;
    const dropped: number = 1;
    return kept;
}
export class D { constructor(private readonly x: number, y: number) {} }
