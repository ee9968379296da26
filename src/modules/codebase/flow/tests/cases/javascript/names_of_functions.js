const a = function () {};
const b = () => {};
const c = function own() {
    own();
};
const d = wrap(function () {});
wrap(function () {}, function () {});
e.f = function () {};
const g = { h: function () {}, i() {}, j: () => {} };
(function () {})();
module.exports = function () {};
