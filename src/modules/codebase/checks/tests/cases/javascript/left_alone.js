/* eslint-disable no-console */
console.log(1);
/* eslint-enable no-console */
console.log(2); // eslint-disable-line
// eslint-disable-next-line no-debugger, no-unknown -- it is a tool
debugger;
// eslint-disable-next-line no-unknown
debugger;
