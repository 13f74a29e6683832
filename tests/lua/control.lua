-- Control flow: goto, nested breaks, numeric and generic loops, and/or, multiple assignment.

-- continue by goto
for i = 1, 10 do
  if i % 3 == 0 then goto continue end
  io.write(i, " ")
  ::continue::
end
print()

-- break out of two loops
for i = 1, 10 do
  for j = 1, 10 do
    if i * j == 42 then print("found", i, j) goto done end
  end
end
::done::

-- loops by goto, closures over fresh locals
do
  local i, fs = 1, {}
  ::top::
  local x = i * 10
  fs[i] = function() x = x + 1; return x end
  i = i + 1
  if i <= 3 then goto top end
  print(fs[1](), fs[2](), fs[3](), fs[1](), fs[3]())
end

-- a state machine with gotos
local function recognize(s)
  local i, n = 1, 0
  ::even::
  if i > #s then return true, n end
  n = n + 1
  if s:sub(i, i) == "1" then i = i + 1 goto odd else i = i + 1 goto even end
  ::odd::
  if i > #s then return false, n end
  n = n + 1
  if s:sub(i, i) == "1" then i = i + 1 goto even else i = i + 1 goto odd end
end
for _, s in ipairs({ "", "1", "11", "10101", "1111000", "000" }) do print(s, recognize(s)) end

-- numeric loops at the edges
local function values(a, b, c)
  local t = {}
  for i = a, b, c do t[#t + 1] = tostring(i); if #t > 6 then break end end
  return table.concat(t, ",")
end
print(values(1, 3, 1), values(3, 1, 1), values(3, 1, -1), values(1, 2, 0.25), values(1.0, 3, 1))
print(values(math.maxinteger - 2, math.maxinteger, 1), values(math.mininteger, math.mininteger + 2, 1))
print(values(math.mininteger + 1, math.mininteger, -1), values(1, math.huge, 1), values(1, 0 / 0, 1), values(-1, -3.5, -1))
print(values(0.1, 0.5, 0.1), values(1, 3.9, 1), values(3, -math.huge, -2))

-- while, repeat with a local in the condition
local n, steps = 27, 0
while n ~= 1 do n = n % 2 == 0 and n // 2 or 3 * n + 1; steps = steps + 1 end
print("collatz", steps)
local k = 0
repeat local last = k * k; k = k + 1 until last > 50
print("repeat", k)

-- generic for with state
local function fib_iter(limit, state)
  local a, b = state[1], state[2]
  if a > limit then return nil end
  return { b, a + b }, a
end
local out = {}
for _, v in fib_iter, 100, { 0, 1 } do out[#out + 1] = v end
print(table.concat(out, " "))
local order = {}
for k, v in next, { 10, 20, 30 } do order[#order + 1] = k .. ":" .. v end
print(table.concat(order, " "))
for i, v in ipairs({ 1, 2, nil, 4 }) do io.write(i, "=", v, " ") end
print()

-- and, or, not, comparison chains
print(nil and 1, false or "x", 0 and "zero is true", "" or 1, not nil, not 0, nil == false)
print(1 and 2 or 3, nil and 2 or 3, false == false and "same", (nil or false) == nil)
local function side(v, s) io.write(s, " "); return v end
print((side(false, "a") and side(true, "b")) or side(1, "c"))

-- multiple assignment evaluates first, then stores
local i, t = 1, { 1, 2, 3 }
i, t[i] = i + 1, 20
print(i, t[1], t[2])
local a, b, c = (function() return 1, 2, 3 end)()
a, b, c = c, a, b
print(a, b, c, (function() return 1, 2 end)())
local p, q, r = 1
print(p, q, r, select("#", (function() end)()), ((function() return 7, 8 end)()))

-- integer division of control by tables of functions
local dispatch = {
  push = function(s, v) s[#s + 1] = tonumber(v) end,
  add = function(s) s[#s - 1] = s[#s - 1] + s[#s]; s[#s] = nil end,
  mul = function(s) s[#s - 1] = s[#s - 1] * s[#s]; s[#s] = nil end,
  dup = function(s) s[#s + 1] = s[#s] end,
}
local stack = {}
for op, v in ("push 3 dup mul push 4 dup mul add"):gmatch("(%a+) ?(%d*)") do dispatch[op](stack, v) end
print("stack machine", #stack, stack[1])

-- a long if chain and nested loops
local tally = {}
for x = 0, 29999 do
  local kind
  if x % 15 == 0 then kind = "fizzbuzz"
  elseif x % 5 == 0 then kind = "buzz"
  elseif x % 3 == 0 then kind = "fizz"
  elseif x % 7 == 0 then kind = "seven"
  elseif x > 20000 then kind = "large"
  else kind = "other" end
  tally[kind] = (tally[kind] or 0) + 1
end
print(tally.fizzbuzz, tally.buzz, tally.fizz, tally.seven, tally.large, tally.other)
