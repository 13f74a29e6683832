-- The collector: weak tables, finalizers, resurrection, modes, and much short-lived data.

-- Weak values and keys.
local weak = setmetatable({}, { __mode = "v" })
local strong = {}
for i = 1, 100 do
  local t = { i }
  weak[i] = t
  if i % 10 == 0 then strong[#strong + 1] = t end
end
collectgarbage()
local alive = 0
for _ in pairs(weak) do alive = alive + 1 end
print("weak values", alive, weak[10][1], weak[11])

local keys = setmetatable({}, { __mode = "k" })
local kept = {}
for i = 1, 50 do
  local k = {}
  keys[k] = { k, i }
  if i <= 5 then kept[i] = k end
end
collectgarbage(); collectgarbage()
local n, sum = 0, 0
for _, v in pairs(keys) do n = n + 1; sum = sum + v[2] end
print("ephemerons", n, sum)

-- Strings and numbers are values, never removed from weak tables.
local values = setmetatable({ "text", 42, true }, { __mode = "kv" })
collectgarbage()
print("values stay", values[1], values[2], values[3])

-- Finalizers run, in the reverse order of their marking.
local order = {}
do
  for i = 1, 5 do setmetatable({}, { __gc = function() order[#order + 1] = i end }) end
end
collectgarbage()
print("finalizers", table.concat(order, " "))

-- Resurrection: the object lives again, its finalizer does not run twice.
local saved, runs = nil, 0
do
  local mt = { __gc = function(o) runs = runs + 1; saved = o end }
  setmetatable({ name = "phoenix" }, mt)
end
collectgarbage()
print("resurrected", saved and saved.name, runs)
saved = nil
collectgarbage(); collectgarbage()
print("runs", runs)

-- Cycles go.
local probe = setmetatable({}, { __mode = "v" })
do
  local a, b = {}, {}
  a.b, b.a = b, a
  a.f = function() return a, b end
  probe[1], probe[2] = a, b
end
collectgarbage()
print("cycles", probe[1], probe[2])

-- Upvalues and coroutines hold their objects, and let go of them.
do
  local function holder() local big = { "held" }; probe[3] = big; return function() return big[1] end end
  local h = holder()
  local co = coroutine.wrap(function() local x = { "in coroutine" }; probe[4] = x; coroutine.yield(); return x[1] end)
  co()
  collectgarbage()
  print("held", probe[3] and probe[3][1], probe[4] and probe[4][1], h(), co())
end
collectgarbage()
print("let go", probe[3], probe[4])

-- Memory returns after a big allocation.
collectgarbage()
local before = collectgarbage("count")
local big = {}
for i = 1, 50000 do big[i] = { i, tostring(i) } end
local during = collectgarbage("count")
big = nil
collectgarbage()
local after = collectgarbage("count")
print("grows", during > before + 1000, "shrinks", after < before + 1000)

-- All modes give the same results.
local function work(n)
  local list, h = nil, 0
  for i = 1, n do
    list = { next = list, value = i, name = "n" .. i % 100 }
    if i % 1000 == 0 then list = nil end
    h = (h * 31 + (list and #list.name or 7)) & 0xffffff
  end
  return h
end
print("incremental", collectgarbage("incremental") ~= nil, work(60000))
collectgarbage("generational")
print("generational", work(60000))
collectgarbage("incremental", 150, 200, 13)
print("again", work(60000))
collectgarbage("stop")
print("stopped", collectgarbage("isrunning"), work(20000))
collectgarbage("restart")
print("steps", collectgarbage("isrunning"), collectgarbage("step", 100000) ~= nil)

-- Trees that come and go, as in binary-trees.
local function make(d) if d == 0 then return {} end return { make(d - 1), make(d - 1) } end
local function count(t) if not t[1] then return 1 end return 1 + count(t[1]) + count(t[2]) end
local long = make(12)
for d = 4, 12, 2 do
  local total = 0
  for _ = 1, 1 << (12 - d) do total = total + count(make(d)) end
  print("depth", d, total)
end
print("long lived", count(long))

-- Finalizers at the end of the state run too.
setmetatable({}, { __gc = function() print("at exit") end })
