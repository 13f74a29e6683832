-- String buffers: concatenation, table.concat, io.write, load from pieces, large strings, dump.

-- Building by repeated concatenation and by a table gives the same text.
local slow, parts = "", {}
for i = 1, 3000 do
  local piece = string.format("%d:%s;", i, ("ab"):rep(i % 4))
  slow = slow .. piece
  parts[#parts + 1] = piece
end
local fast = table.concat(parts)
print(#slow, #fast, slow == fast, slow:sub(1, 40), slow:sub(-20))

local function hash(s)
  local h = 5381
  for i = 1, #s do h = (h * 33 ~ s:byte(i)) & 0xffffffff end
  return h
end
print("hash", hash(fast))

-- Many operands in one concatenation, numbers included.
local a, b, c = 1, 2.5, "x"
print(a .. b .. c .. a .. b .. c .. 10 .. -1 .. 1e300 .. "end")
print(("x"):rep(10) .. ("y"):rep(5, ",") .. table.concat({ 1, 2, 3 }, ", "))

-- A string buffer class with levels, as in the towers of strings.
local Buffer = {}
Buffer.__index = Buffer
function Buffer.new() return setmetatable({ "" }, Buffer) end
function Buffer:add(s)
  self[#self + 1] = s
  for i = #self - 1, 1, -1 do
    if #self[i] > #self[i + 1] then break end
    self[i] = self[i] .. table.remove(self)
  end
end
function Buffer:result() return table.concat(self) end
local tower = Buffer.new()
for i = 1, 5000 do tower:add("line " .. i .. "\n") end
local text = tower:result()
print("tower", #tower <= 20, #text, hash(text))

-- Lines, reversal, and word wrap.
local lines = {}
for l in text:gmatch("[^\n]+") do lines[#lines + 1] = l end
print(#lines, lines[1], lines[2500], lines[#lines])
local reversed = {}
for i = #lines, 1, -1 do reversed[#reversed + 1] = lines[i] end
print(hash(table.concat(reversed, "\n")))
local function wrap(s, width)
  local out, line = {}, ""
  for w in s:gmatch("%S+") do
    if #line + #w + 1 > width and line ~= "" then out[#out + 1] = line; line = w
    else line = line == "" and w or line .. " " .. w end
  end
  out[#out + 1] = line
  return out
end
for i, l in ipairs(wrap(("the quick brown fox jumps over the lazy dog "):rep(4), 30)) do print(i, #l, l) end

-- Escapes, serialization, and loading what was written.
local function serialize(v, indent)
  if type(v) == "string" then return string.format("%q", v) end
  if type(v) ~= "table" then return tostring(v) end
  local keys = {}
  for k in pairs(v) do keys[#keys + 1] = k end
  table.sort(keys, function(x, y) return tostring(x) < tostring(y) end)
  local out = {}
  for _, k in ipairs(keys) do out[#out + 1] = indent .. "  [" .. serialize(k, "") .. "] = " .. serialize(v[k], indent .. "  ") end
  return "{\n" .. table.concat(out, ",\n") .. "\n" .. indent .. "}"
end
local data = { 1, 2.5, "three\n\"quoted\"\0zero", nested = { deep = { true, false, x = "y" } }, [10] = -7, ["key with space"] = {} }
local written = serialize(data, "")
print(written)
local loaded = load("return " .. written)()
print(serialize(loaded, "") == written, loaded[3] == data[3], loaded.nested.deep.x)

-- load from a function that gives pieces, and an environment.
local pieces, at = { "local x = ...; ", "y = x * 2; ", "return x + ", "1, y" }, 0
local env = {}
print(load(function() at = at + 1; return pieces[at] end, "=pieces", "t", env)(20), env.y)
local f = load("return function(a, b) return a * b + 1 end")()
local dumped = string.dump(f, true)
print("dump", type(dumped), load(dumped, "dumped", "b")(6, 7), load(dumped, "dumped", "t"))

-- A run-length and a base64 coder.
local function rle(s) return (s:gsub("(.)%1*", function(ch) return ch end)), (s:gsub("((.)%2*)", function(run, ch) return #run .. ch end)) end
print(pcall(rle, "aaabccdddd"))
local function run_lengths(s)
  local out, i = {}, 1
  while i <= #s do
    local j = i
    while s:sub(j + 1, j + 1) == s:sub(i, i) do j = j + 1 end
    out[#out + 1] = (j - i + 1) .. s:sub(i, i)
    i = j + 1
  end
  return table.concat(out)
end
print(run_lengths("aaabccddddeeeeeeeeeeee"))
local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local function base64(s)
  local out = {}
  for i = 1, #s, 3 do
    local x, y, z = s:byte(i, i + 2)
    local v = x << 16 | (y or 0) << 8 | (z or 0)
    for k = 3, 0, -1 do
      local d = v >> (6 * k) & 63
      out[#out + 1] = ((k == 1 and not y) or (k == 0 and not z)) and "=" or alphabet:sub(d + 1, d + 1)
    end
  end
  return table.concat(out)
end
print(base64(""), base64("f"), base64("fo"), base64("foo"), base64("Hello, World!"))
print(hash(base64(text)))
io.write("no newline, ", 1, " ", 2.5, " then one\n")
