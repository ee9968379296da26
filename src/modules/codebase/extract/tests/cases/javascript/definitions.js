// A script.
'use strict';

/**
 * Adds.
 * @param {number} a
 * @deprecated
 */
function add(a, b = 1, ...rest) {
  function nested() { return helper(a); }
  const inner = (x) => x + 1;
  const local = 3;
  return nested() + inner(b);
}

async function* stream() { yield 1; }

export const LIMIT = 10;
export let counter = 0, other = 1;
export const arrow = async ({ a }, [b]) => { await load(a); };
var old = function named() {};
const { x, y: { z = 1 }, ...others } = config;
const [p, , q] = list;

/** A shape. */
export default class Shape extends lib.Base {
  #secret = 1;
  static count = 0;
  handler = (event) => { this.#secret = event.target.value; };
  'quoted name'() {}
  [Symbol.iterator]() { return this; }
  constructor(a) { super(a); this.a = a; }
  static create() { return new Shape(new lib.Point(1, 2)); }
  get area() { return this.width; }
  set area(v) {}
  async *items() { yield* this.other(); }
  static { Shape.count = 1; }
}

const Mixed = class extends mix(Base) { m() {} };

const api = {
  version: 1,
  get() { return fetch(url); },
  'post': function (u) {},
  put: async (u) => {},
  nested: { deep() {} },
};

foo(function callback() { const hidden = 1; });
(function () {
  function inIife() {}
  var local = 2;
})();

Shape.prototype.scale = function (k) { return k; };
Shape.util = () => 1;
obj.prop.value = compute`tagged ${call()}`;
new Foo;
a?.b?.(1);
list.map(x => x.id)[0]();
for (const i of list) { const perItem = i; }
if (x) { var hoisted = 1; }
