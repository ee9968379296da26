const a = require('./a').b;
exports.c = a;
module.exports.d = function () {};
module.exports = { e: a };
exports.c();
