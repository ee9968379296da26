import a, { b, c as d, default as e } from './m';
import * as n from './n';
import './effect';
export { b as bb, d as default };
export { x, y as z } from './o';
export * from './p';
export * as q from './q';
export const { r, s: [t] } = a;
export function u() {}
export class V {}
import('./dynamic').w();
