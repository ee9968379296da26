for (const a of b) a();
for await (const c of d) c();
function* g() {
    yield f;
    yield* h();
}
