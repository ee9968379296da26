const fs = require('fs');
const { join, resolve: r } = require('path');
const parse = require('./parser').parse;
var app = require('express')();
require('./side-effect');

function local() {}
function shared() {}
exports.named = function (a) {};
exports.alias = shared;
exports.VERSION = '1.0';
exports.again = exports.twice = void 0;
module.exports.other = class Other {};
exports.reexported = require('./more');
module.exports = { local, pub: () => 1, join };

function Legacy(a) {
  this.a = a;
  this.method = function () { return helper(); };
}
Legacy.prototype = {
  first: function () {},
  second() {},
};
Legacy.prototype.third = function third() {};
