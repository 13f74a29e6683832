-- table.sort and the table library, against sorts written in Lua.

local state = 42
local function random(n) state = (state * 1103515245 + 12345) & 0x7fffffff; return (state >> 8) % n end

local function is_sorted(t, less)
  less = less or function(a, b) return a < b end
  for i = 2, #t do if less(t[i], t[i - 1]) then return false end end
  return true
end
local function checksum(t) local h = 0; for i, v in ipairs(t) do h = (h * 31 + (tonumber(v) or #v) * i) & 0xffffffff end return h end

for _, n in ipairs({ 0, 1, 2, 3, 10, 100, 1000, 20000 }) do
  local t = {}
  for i = 1, n do t[i] = random(n * 2 + 1) end
  table.sort(t)
  io.write(n, " ", tostring(is_sorted(t)), " ", checksum(t), " ")
  table.sort(t, function(a, b) return a > b end)
  print(is_sorted(t, function(a, b) return a > b end), checksum(t), t[1], t[n])
end

local words = {}
for w in ("pear apple fig banana cherry date elderberry grape Apple Zebra zebra 10 9 1 a b aa ab"):gmatch("%S+") do words[#words + 1] = w end
table.sort(words)
print(table.concat(words, " "))
table.sort(words, function(a, b) if #a ~= #b then return #a < #b end return a < b end)
print(table.concat(words, " "))
table.sort(words, function(a, b) return a:lower() .. a < b:lower() .. b end)
print(table.concat(words, " "))
local mixed = { 3, 1.5, -2, 2 ^ 53, 0.1, 100, -1e10, 7 }
table.sort(mixed)
print(table.concat(mixed, " "))
print(pcall(table.sort, { 1, "x", 2 }))
print(select(2, pcall(table.sort, { 1, 2, 3, 4, 5 }, function() return true end)))

-- Records by several keys; the sort is not stable, so ties are broken by id.
local records = {}
for i = 1, 40 do records[i] = { id = i, age = random(10), name = string.char(97 + random(5)) } end
table.sort(records, function(a, b)
  if a.age ~= b.age then return a.age < b.age end
  if a.name ~= b.name then return a.name < b.name end
  return a.id < b.id
end)
for i = 1, 40, 4 do io.write(records[i].age, records[i].name, records[i].id, " ") end
print()

-- Sorts in Lua.
local sorts = {}
function sorts.insertion(t)
  for i = 2, #t do
    local x, j = t[i], i - 1
    while j > 0 and t[j] > x do t[j + 1] = t[j]; j = j - 1 end
    t[j + 1] = x
  end
end
function sorts.heap(t)
  local n = #t
  local function sift(i, n)
    while true do
      local child = 2 * i
      if child > n then return end
      if child < n and t[child + 1] > t[child] then child = child + 1 end
      if t[i] >= t[child] then return end
      t[i], t[child] = t[child], t[i]
      i = child
    end
  end
  for i = n // 2, 1, -1 do sift(i, n) end
  for i = n, 2, -1 do t[1], t[i] = t[i], t[1]; sift(1, i - 1) end
end
function sorts.merge(t)
  if #t <= 1 then return end
  local a, b = table.move(t, 1, #t // 2, 1, {}), table.move(t, #t // 2 + 1, #t, 1, {})
  sorts.merge(a); sorts.merge(b)
  local i, j = 1, 1
  for k = 1, #t do
    if j > #b or (i <= #a and a[i] <= b[j]) then t[k] = a[i]; i = i + 1 else t[k] = b[j]; j = j + 1 end
  end
end
function sorts.quick(t, lo, hi)
  lo, hi = lo or 1, hi or #t
  if lo >= hi then return end
  local p, i = t[(lo + hi) // 2], lo
  local j = hi
  while i <= j do
    while t[i] < p do i = i + 1 end
    while t[j] > p do j = j - 1 end
    if i <= j then t[i], t[j] = t[j], t[i]; i = i + 1; j = j - 1 end
  end
  sorts.quick(t, lo, j); sorts.quick(t, i, hi)
end
function sorts.shell(t)
  local gap = #t // 2
  while gap > 0 do
    for i = gap + 1, #t do
      local x, j = t[i], i
      while j > gap and t[j - gap] > x do t[j] = t[j - gap]; j = j - gap end
      t[j] = x
    end
    gap = gap // 2
  end
end
local reference = {}
for i = 1, 700 do reference[i] = random(5000) - 2500 end
local expected = table.move(reference, 1, #reference, 1, {})
table.sort(expected)
for _, name in ipairs({ "insertion", "heap", "merge", "quick", "shell" }) do
  local t = table.move(reference, 1, #reference, 1, {})
  sorts[name](t)
  local same = #t == #expected
  for i = 1, #t do same = same and t[i] == expected[i] end
  print(name, same, checksum(t))
end

-- The table library.
local t = { 1, 2, 3 }
table.insert(t, 4); table.insert(t, 1, 0); table.insert(t, 3, 1.5)
print(table.concat(t, ","), table.remove(t), table.remove(t, 1), table.concat(t, ","), table.remove({}), #t)
print(table.unpack({ 1, 2, 3 }, 2), table.unpack({ 1, 2 }, 1, 3), table.pack(1, nil, 3).n, table.concat({}, "x"))
print(table.concat(table.move({ 1, 2, 3, 4, 5 }, 2, 5, 1), " "), table.concat(table.move({ 1, 2, 3 }, 1, 3, 3), " "))
print(table.concat({ 1, 2.5, "x" }, "-", 2, 3), pcall(table.insert, { 1, 2 }, 5, 1), pcall(table.insert, {}))

-- Binary search and a priority queue over the sorted data.
local function lower_bound(t, x) local lo, hi = 1, #t + 1; while lo < hi do local m = (lo + hi) // 2; if t[m] < x then lo = m + 1 else hi = m end end return lo end
print(lower_bound(expected, -3000), lower_bound(expected, 0), lower_bound(expected, 3000), expected[lower_bound(expected, 0)])
