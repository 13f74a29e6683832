/* Evaluates scripts that use most of the language, and prints their values. */

#include <stdio.h>
#include <string.h>
#include "quickjs.h"

static const char *scripts[] = {
    "function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2) } fib(18)",
    "let a = []; for (let i = 0; i < 3000; i++) a.push((i * 7919) % 1009); a.sort((x, y) => x - y); a.slice(100, 110).join()",
    "let m = new Map(); for (let i = 0; i < 5000; i++) { let k = 'k' + (i % 100); m.set(k, (m.get(k) || 0) + i) }"
    " [...m].map(([k, v]) => k + v).slice(0, 5).join()",
    "class P { constructor(x, y) { this.x = x; this.y = y } add(o) { return new P(this.x + o.x, this.y + o.y) } }"
    " let p = new P(0, 0.5); for (let i = 0; i < 2000; i++) p = p.add(new P(i, 1.25)); JSON.stringify(p)",
    "let b = 1n; for (let i = 1n; i < 150n; i++) b *= i; (b % 1000000007n).toString(16) + b.toString().length",
    "'The quick brown fox'.replace(/(\\w+) (\\w+)/g, '$2 $1').split('').reverse().join('') + /a(?<b>.)c/u.exec('xabcx').groups.b",
    "function* g() { for (let i = 0; ; i++) yield i * i } let s = 0; for (let x of g()) { if (x > 9000) break; s += x } s",
    "[0.1 + 0.2, 1 / 3, 1e21, -0, NaN, 123456789.125.toFixed(2), (255).toString(36), Math.hypot(3, 4), 5 % -3, 2 ** 40].join()",
    "let d = new Float64Array([3, 1, 2]); let u = new Uint8Array(d.buffer); Array.from(d.sort()).join() + [...u].slice(0, 9).join()",
    "try { null.x } catch (e) { e.name + ': ' + e.message }",
    "let o = { get v() { return this.w ?? 7 }, ['c' + 1]: 2, ...{ z: 1 } }; Object.entries(o).map(String).join(';')",
    "eval('var q = 1; with ({ q: 5 }) { q }') + [1, [2, [3, [4]]]].flat(2).length + 'ß'.toUpperCase() + '\\u0130'.toLowerCase().length",
    "new Date(Date.UTC(2024, 1, 29, 12)).toISOString() + parseFloat('3.14abc') + parseInt('0x1f') + decodeURIComponent('%E2%82%AC')",
    "syntax error here",
};

int main(void)
{
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        JSRuntime *runtime = JS_NewRuntime();
        JSContext *context = JS_NewContext(runtime);
        JSValue value = JS_Eval(context, scripts[i], strlen(scripts[i]), "script.js", JS_EVAL_TYPE_GLOBAL);
        const char *kind = JS_IsException(value) ? "exception" : "value";
        if (JS_IsException(value))
            value = JS_GetException(context);
        const char *text = JS_ToCString(context, value);
        printf("%zu: %s %s\n", i, kind, text ? text : "none");
        JS_FreeCString(context, text);
        JS_FreeValue(context, value);
        JS_FreeContext(context);
        JS_FreeRuntime(runtime);
    }
    return 0;
}
