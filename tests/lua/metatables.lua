-- Metatables: operators, inheritance, proxies, comparison, calls, and raw access.

local Vector = {}
Vector.__index = Vector
local function vec(x, y) return setmetatable({ x = x, y = y }, Vector) end
Vector.__add = function(a, b) return vec(a.x + b.x, a.y + b.y) end
Vector.__sub = function(a, b) return vec(a.x - b.x, a.y - b.y) end
Vector.__mul = function(a, b)
  if type(a) == "number" then return vec(a * b.x, a * b.y) end
  if type(b) == "number" then return vec(a.x * b, a.y * b) end
  return a.x * b.x + a.y * b.y
end
Vector.__unm = function(a) return vec(-a.x, -a.y) end
Vector.__div = function(a, b) return vec(a.x / b, a.y / b) end
Vector.__idiv = function(a, b) return vec(a.x // b, a.y // b) end
Vector.__mod = function(a, b) return vec(a.x % b, a.y % b) end
Vector.__pow = function(a, b) return vec(a.x ^ b, a.y ^ b) end
Vector.__eq = function(a, b) return a.x == b.x and a.y == b.y end
Vector.__lt = function(a, b) return a.x < b.x or (a.x == b.x and a.y < b.y) end
Vector.__le = function(a, b) return not (b < a) end
Vector.__len = function(a) return 2 end
Vector.__call = function(a, k) return a[k] end
Vector.__concat = function(a, b) return tostring(a) .. "|" .. tostring(b) end
Vector.__tostring = function(a) return "(" .. a.x .. ", " .. a.y .. ")" end
Vector.__band = function(a, b) return "band" end
Vector.__bor = function(a, b) return "bor" end
Vector.__bxor = function(a, b) return "bxor" end
Vector.__bnot = function(a) return "bnot" end
Vector.__shl = function(a, b) return "shl" end
Vector.__shr = function(a, b) return "shr" end

local a, b = vec(3, 4), vec(-1, 2)
print("arith", a + b, a - b, a * b, 2 * a, a * 2, -a)
print("div", a / 2, a // 2, a % 2, a ^ 2)
print("bits", a & b, a | 1, 1 ~ b, ~a, a << 1, 1 >> b)
print("compare", a == vec(3, 4), a ~= b, a < b, a <= vec(3, 4), a > b, a >= b)
print("misc", #a, a("x"), a("y"), a .. b, a .. "text", "text" .. b, 1 .. a)

-- Inheritance three levels deep.
local function class(parent)
  local c = {}
  c.__index = c
  c.new = function(...)
    local o = setmetatable({}, c)
    o:init(...)
    return o
  end
  return setmetatable(c, { __index = parent })
end
local Shape = class()
function Shape:init(name) self.name = name end
function Shape:area() return 0 end
function Shape:describe() return self.name .. " of area " .. string.format("%.3f", self:area()) end
local Rectangle = class(Shape)
function Rectangle:init(w, h) Shape.init(self, "rectangle"); self.w, self.h = w, h end
function Rectangle:area() return self.w * self.h end
local Square = class(Rectangle)
function Square:init(s) Rectangle.init(self, s, s); self.name = "square" end
local Circle = class(Shape)
function Circle:init(r) Shape.init(self, "circle"); self.r = r end
function Circle:area() return math.pi * self.r ^ 2 end
for _, s in ipairs({ Shape.new("shape"), Rectangle.new(2, 3.5), Square.new(1.5), Circle.new(2) }) do
  print(s:describe())
end

-- A proxy that logs.
local log = {}
local function proxy(t)
  return setmetatable({}, {
    __index = function(_, k) log[#log + 1] = "get " .. tostring(k); return t[k] end,
    __newindex = function(_, k, v) log[#log + 1] = "set " .. tostring(k) .. "=" .. tostring(v); t[k] = v end,
    __len = function() return #t end,
    __pairs = function() return next, t, nil end,
  })
end
local p = proxy({ 10, 20, 30 })
p[4] = p[1] + p[2]
p.name = "proxied"
print(#p, p[4], p.name, p.missing)
local keys = {}
for k, v in pairs(p) do keys[#keys + 1] = tostring(k) .. "=" .. tostring(v) end
table.sort(keys)
print(table.concat(keys, " "))
print(table.concat(log, "; "))

-- Default values, read-only tables, raw access, protected metatables.
local defaults = setmetatable({}, { __index = function(t, k) local v = k .. k; rawset(t, k, v); return v end })
print(defaults.ab, rawget(defaults, "ab"), rawget(defaults, "cd"), defaults.cd, rawlen(defaults))
local frozen = setmetatable({}, { __newindex = function(_, k) error("frozen: " .. k, 2) end, __metatable = "locked" })
print(pcall(function() frozen.x = 1 end))
print(getmetatable(frozen), pcall(setmetatable, frozen, {}))
print(rawequal(a, a), rawequal(vec(1, 1), vec(1, 1)), vec(1, 1) == vec(1, 1))
print(getmetatable("").__index == string, ("abc"):upper(), #"abc")

-- Chains of __index tables.
local chain = {}
local top = chain
for i = 1, 50 do
  local t = { ["k" .. i] = i }
  setmetatable(top, { __index = t })
  top = t
end
print(chain.k1, chain.k25, chain.k50, chain.k51)

local sum = vec(0, 0)
for i = 1, 50000 do sum = sum + vec(i, -i) * 2 end
print("sum", sum)
