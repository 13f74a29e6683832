-- Closures: shared and fresh upvalues, currying, recursion through upvalues, varargs.

local function counter(start, step)
  local n = start
  return function() n = n + step; return n end, function() return n end, function(v) n = v end
end

local next_a, peek_a, set_a = counter(0, 1)
local next_b, peek_b = counter(100, -7)
for i = 1, 5 do print("counter", i, next_a(), next_b()) end
set_a(1000)
print("shared upvalue", peek_a(), next_a(), peek_a(), peek_b())

-- Each iteration has its own variable.
local fs = {}
for i = 1, 5 do
  local j = i * i
  fs[i] = function(d) j = j + (d or 0); return i, j end
end
for i = 1, 5 do print("fresh", fs[i](i)) end
for i = 5, 1, -1 do print("again", fs[i]()) end

local function compose(f, ...)
  if not f then return function(...) return ... end end
  local rest = compose(...)
  return function(...) return f(rest(...)) end
end
local add = function(a) return function(b) return a + b end end
local mul = function(a) return function(b) return a * b end end
print("compose", compose(add(1), mul(2), add(3))(10))
print("compose none", compose()(1, nil, 3))

local function curry(f, n, ...)
  local args = table.pack(...)
  if args.n >= n then return f(table.unpack(args, 1, args.n)) end
  return function(...)
    local more = table.pack(...)
    local all = {}
    for i = 1, args.n do all[i] = args[i] end
    for i = 1, more.n do all[args.n + i] = more[i] end
    return curry(f, n, table.unpack(all, 1, args.n + more.n))
  end
end
print("curry", curry(function(a, b, c) return a .. b .. c end, 3)("x")("y")("z"))

local function memoize(f)
  local cache, hits = {}, 0
  return function(n)
    local v = cache[n]
    if v then hits = hits + 1 else v = f(n); cache[n] = v end
    return v
  end, function() return hits end
end
local fib, hits
fib, hits = memoize(function(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end)
print("fib", fib(80), "hits", hits())

-- Church numerals.
local zero = function() return function(x) return x end end
local function succ(n) return function(f) return function(x) return f(n(f)(x)) end end end
local function plus(a, b) return function(f) return function(x) return a(f)(b(f)(x)) end end end
local function number(n) return n(function(x) return x + 1 end)(0) end
local three = succ(succ(succ(zero)))
print("church", number(three), number(plus(three, succ(three))), number(three(three)))

-- A Y combinator and mutual recursion.
local Y = function(f) return (function(x) return x(x) end)(function(x) return f(function(...) return x(x)(...) end) end) end
print("Y", Y(function(self) return function(n) return n == 0 and 1 or n * self(n - 1) end end)(20))
local even, odd
function even(n) if n == 0 then return true end return odd(n - 1) end
function odd(n) if n == 0 then return false end return even(n - 1) end
print("tail calls", even(100001), odd(100001))

-- Varargs.
local function count(...) return select("#", ...), (select(-1, ...)) end
print("varargs", count(1, nil, nil), count("only"), select(2, "a", "b", "c"))
local function sum(...)
  local s = 0
  for _, v in ipairs({ ... }) do s = s + v end
  return s
end
print("sum", sum(), sum(1), sum(1, 2, 3, 4.5), sum(table.unpack({ 1, 2, 3, 4, 5, 6, 7 }, 2, 6)))

-- Close variables run in reverse order.
do
  local function closer(name)
    return setmetatable({}, { __close = function(_, e) print("close", name, e) end })
  end
  local a <close> = closer("a")
  local b <close> = closer("b")
  local c <const> = 42
  print("in scope", c)
end

local total = 0
for i = 1, 200000 do
  local f = function(x) total = (total + x * i) % 1000003 end
  f(i); f(3)
end
print("total", total)
