-- Errors: pcall, xpcall, error values, levels, messages of the runtime, stack overflow.

print(pcall(error, "plain"))
print(pcall(error, "level 0", 0))
print(pcall(error))
print(pcall(error, nil))
print(pcall(error, 42))
local object = setmetatable({ code = 3 }, { __tostring = function(e) return "E" .. e.code end })
local ok, e = pcall(error, object)
print(ok, e == object, tostring(e))

local function chunkless(message) return (tostring(message):gsub("^[^:]*:", "", 1)) end
local function try(f, ...)
  local r = table.pack(pcall(f, ...))
  print(r[1], chunkless(r[2]))
end
try(function() local t = nil; return t.field end)
try(function() local t = {}; return t.a.b end)
try(function() return undefined_function() end)
try(function() local s = "x"; return s:nothing() end)
try(function() return 1 + {} end)
try(function() return "abc" + 1 end)
try(function() return {} .. "x" end)
try(function() return 1 < "2" end)
try(function() return {} < {} end)
try(function() return #nil end)
try(function() return -{} end)
try(function() return 1 // 0 end)
try(function() return 1 % 0 end)
try(function() return 1.5 | 1 end)
try(function() return "a" | 1 end)
try(function() return 2 ^ 53 | 0, 1e100 | 0 end)
try(function() local t = {}; t[nil] = 1 end)
try(function() local t = {}; t[0 / 0] = 1 end)
try(function() for i = 1, 10, 0 do end end)
try(function() for i = "a", 10 do end end)
try(function() return math.tointeger("x"), ("x"):rep(1e10) end)
try(function() return select(0, 1) end)
try(function() return setmetatable(1, {}) end)
try(function() return string.rep() end)
try(function() return ("x"):bad() end)
try(function() return table.concat({ 1, {}, 3 }) end)
try(function() return ipairs() end)
try(function() return tonumber("10", 99) end)
try(function() assert(false) end)
try(function() assert(nil, "assertion text") end)
try(function() assert(false, setmetatable({}, { __tostring = function() return "x:object" end })) end)
print(assert(1, 2, 3))

-- Levels point at the caller.
local function level1() error("at level 1", 1) end
local function level2() error("at level 2", 2) end
try(function() level1() end)
try(function() level2() end)

-- Nested pcall, rethrow, and results.
print(pcall(pcall, error, "inner"))
print(select("#", pcall(function() return 1, nil, nil end)))
local function rethrow()
  local ok, e = pcall(error, { "wrapped" })
  if not ok then error(e) end
end
local _, r = pcall(rethrow)
print(r[1])

-- xpcall with handlers.
print(xpcall(function() error("oops", 0) end, function(m) return "handled " .. m end))
print(xpcall(function(...) return ... end, print, 1, 2, 3))
print(xpcall(function() local x = nil; x() end, function(m) return (chunkless(m)) end))
local lines = 0
xpcall(function() error("trace") end, function(m)
  for _ in debug.traceback(m, 1):gmatch("\n") do lines = lines + 1 end
  return m
end)
print("traceback has lines", lines > 2)
print((select(2, xpcall(error, function(m) error("in handler") end, "x"))) ~= nil)

-- Stack overflow is an error that can be caught.
local depth = 0
local function deep() depth = depth + 1; return 1 + deep() end
local ok, m = pcall(deep)
print(ok, tostring(m):match("stack overflow"), depth > 10000)
local function deep_string(n) return (("x"):gsub("x", function() return deep_string(n + 1) end)) end
ok, m = pcall(deep_string, 1)
print(ok, tostring(m):match("C stack overflow") or tostring(m):match("stack overflow"))

-- Syntax errors.
for _, source in ipairs({ "x =", "for", "return return", "goto nowhere", "local x <const> = 1; x = 2",
  "'unfinished", "[[unfinished", "0x", "1e", "break", "::a:: ::a::", "f(", "}", "local t = {1, 2", "x = }" }) do
  local f, m = load(source, "=source")
  print(f, m)
end

-- to-be-closed variables see the error.
local function closer(name) return setmetatable({}, { __close = function(_, e) print("close", name, e) end }) end
print(pcall(function()
  local a <close> = closer("a")
  local b <close> = closer("b")
  error("body", 0)
end))
local n = 0
for i = 1, 20000 do
  local ok = pcall(function(x) if x % 3 == 0 then error(x) end end, i)
  if not ok then n = n + 1 end
end
print("caught", n)
