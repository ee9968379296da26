import React from 'react';
import used, {one, two as three, four} from 'm';
import * as all from 'n';
import 'effect';
import Thing from './thing';

export const exported = 1;
const top = used(one);
let unusedTop;

/** @type {four} */
function f(a, b, c) {
    const x = 1, y = 2;
    let z;
    const {p, q} = a;
    for (const item of a) { y(); }
    for (let i = 0; ; ) { break; }
    return b => x;
}

function g(a, b) {
    const hidden = 1;
    return arguments;
}

function empty(a) {}

const h = function (a) { let w = 1; };
class C { method(a) { return <Thing />; } }
