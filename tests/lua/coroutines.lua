-- Coroutines: generators, schedulers, errors, wrap, close, yields across pcall and iterators.

local function range(a, b, step)
  return coroutine.wrap(function() for i = a, b, step or 1 do coroutine.yield(i) end end)
end
for i in range(1, 10, 3) do io.write(i, " ") end
print()

local co = coroutine.create(function(a, b)
  print("start", a, b, coroutine.status(co))
  local c = coroutine.yield(a + b)
  print("resumed with", c)
  local d, e = coroutine.yield(c * 2)
  print("resumed with", d, e)
  return "done", d + e
end)
print(coroutine.status(co), coroutine.resume(co, 1, 2))
print(coroutine.status(co), coroutine.resume(co, 10))
print(coroutine.status(co), coroutine.resume(co, 3, 4))
print(coroutine.status(co), coroutine.resume(co))

-- Permutations by recursion inside a coroutine.
local function permutations(list)
  local function generate(n)
    if n <= 1 then coroutine.yield(list) return end
    for i = 1, n do
      list[n], list[i] = list[i], list[n]
      generate(n - 1)
      list[n], list[i] = list[i], list[n]
    end
  end
  return coroutine.wrap(function() generate(#list) end)
end
local count = 0
for p in permutations({ "a", "b", "c", "d" }) do
  count = count + 1
  if count % 5 == 0 then io.write(table.concat(p), " ") end
end
print(count)

-- Producer, filter, consumer.
local function producer(n) return coroutine.create(function() for i = 1, n do coroutine.yield("line " .. i) end end) end
local function filter(source)
  return coroutine.create(function()
    local k = 1
    while true do
      local ok, line = coroutine.resume(source)
      if not line then return end
      coroutine.yield(string.format("%03d %s", k, line:upper()))
      k = k + 1
    end
  end)
end
local f = filter(producer(5))
while true do
  local _, line = coroutine.resume(f)
  if not line then break end
  print(line)
end

-- A round-robin scheduler.
local tasks, trace = {}, {}
for id = 1, 4 do
  tasks[id] = coroutine.create(function()
    for step = 1, id do trace[#trace + 1] = id .. "." .. step; coroutine.yield() end
    trace[#trace + 1] = id .. ".end"
  end)
end
while #tasks > 0 do
  for i = #tasks, 1, -1 do
    coroutine.resume(tasks[i])
    if coroutine.status(tasks[i]) == "dead" then table.remove(tasks, i) end
  end
end
print(table.concat(trace, " "))

-- Errors inside coroutines, and yields across pcall.
local bad = coroutine.create(function() coroutine.yield(1); error({ code = 7 }) end)
print(coroutine.resume(bad))
local ok, err = coroutine.resume(bad)
print(ok, type(err), err.code, coroutine.status(bad), coroutine.resume(bad))
local wrapped = coroutine.wrap(function() error("inside wrap", 0) end)
print(pcall(wrapped))
print(pcall(wrapped))
local across = coroutine.wrap(function()
  local ok, e = pcall(function() coroutine.yield("from pcall"); error("after yield", 0) end)
  coroutine.yield(ok, e)
  local t = setmetatable({}, { __add = function(_, x) return coroutine.yield("in __add") + x end })
  local r = t + 5
  table.sort({ 3, 1, 2 }, function(a, b) return a < b end)
  return "result", r
end)
print(across()); print(across()); print(across()); print(across(37))

-- Yield inside an iterator of a for loop.
local function walk(tree)
  if tree then walk(tree.left); coroutine.yield(tree.key); walk(tree.right) end
end
local function insert(tree, key)
  if not tree then return { key = key } end
  if key < tree.key then tree.left = insert(tree.left, key) else tree.right = insert(tree.right, key) end
  return tree
end
local tree
for _, k in ipairs({ 50, 30, 70, 20, 40, 60, 80, 35, 45 }) do tree = insert(tree, k) end
for k in coroutine.wrap(function() walk(tree) end) do io.write(k, " ") end
print()

-- Close, isyieldable, running.
local closing = coroutine.create(function()
  local x <close> = setmetatable({}, { __close = function() print("closed") end })
  coroutine.yield("open")
end)
print(coroutine.resume(closing))
print(coroutine.close(closing), coroutine.status(closing))
print(coroutine.isyieldable(), select(2, coroutine.running()))
print(coroutine.wrap(function() return coroutine.isyieldable(), select(2, coroutine.running()) end)())
print(pcall(coroutine.yield))
print(coroutine.resume(coroutine.running()))

-- Deep nesting and many switches.
local function nest(n) if n == 0 then return coroutine.yield("bottom") end return coroutine.wrap(nest)(n - 1) end
print(coroutine.wrap(nest)(50))
local sum, ping = 0, coroutine.wrap(function(x) while true do x = coroutine.yield(x * 2 + 1) end end)
for i = 1, 100000 do sum = (sum + ping(i)) % 1000007 end
print("sum", sum)
