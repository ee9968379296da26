import def, { a, b as c } from './a.js';
import * as ns from 'pkg';
import 'side-effect';
import data from './data.json' with { type: 'json' };
export { a, c as renamed };
export { default } from './b.js';
export { d as e } from '../c.js';
export * from './all.js';
export * as space from './space.js';
export default def;
const lazy = () => import('./lazy.js');
function exportedLater() {}
export { exportedLater };
