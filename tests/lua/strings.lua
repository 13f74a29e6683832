-- string.format, patterns, and the rest of the string library.

print(string.format("%d|%5d|%-5d|%05d|%+d|% d", 42, 42, 42, 42, 42, 42))
print(string.format("%x|%X|%#x|%o|%c|%i", 255, 255, 255, 8, 65, -7))
print(string.format("%f|%.2f|%10.3f|%-10.1f|%e|%.3E|%g|%g|%G", 3.14159, 3.14159, 3.14159, 3.14159, 12345.678, 12345.678, 1e20, 0.0001, 1e-10))
print(string.format("%s|%10s|%-10s|%.2s|%q", "text", "text", "text", "text", 'quote " \\ \n \0 \1end'))
print(string.format("%q %q %q %q", 1 / 3, 42, math.mininteger, 1e100))
print(string.format("%a|%s|%s|%s|%%", 1.5, nil, true, 12.0))
print(string.format("%5s|%-6s|%s", true, nil, setmetatable({}, { __tostring = function() return "object" end })))
print(pcall(string.format, "%d", 1.5))
print(pcall(string.format, "%d", "x"))
print(pcall(string.format, "%y", 1))

print(("hello world"):find("wor"), ("hello world"):find("o", 6), ("hello"):find("l+"), ("a.b"):find(".", 1, true))
print(("hello"):find(""), ("hello"):find("", 10), ("hello"):find("xyz"), ("hello"):find("(h)(.)"))
print(("key = value"):match("^(%w+)%s*=%s*(%w+)$"))
print(("2024-02-29T12:34:56"):match("(%d+)-(%d+)-(%d+)T(%d+):(%d+):(%d+)"))
print(("  trim me  "):match("^%s*(.-)%s*$") .. "|")
print(("f(a(b)c)d"):match("%b()"), ("THE (quick) fox"):find("%((%a+)%)"))
print(("THE (quick) fox"):gsub("%f[%a]%a+", string.lower))
print(("abc"):match("()b()"), ("aaa"):match("a-b"), ("[[x]]"):match("%[%[(.-)%]%]"))
print(("x^2 + y_1"):gsub("[%^_]", "%%%0"), ("abc"):gsub("", "-"), ("abc"):gsub("%w", "%0%0", 2))
print(("hello world from lua"):gsub("(%w+) (%w+)", "%2 %1"))
print(("$name is $age"):gsub("%$(%w+)", { name = "Lua", age = 31 }))
print(("1 2 3"):gsub("%d", function(d) return d % 2 == 1 and d * 10 or nil end))
print(pcall(string.gsub, "x", "(", ""))
print(pcall(string.gsub, "x", "%", ""))
print(pcall(string.gsub, "x", "x", "%2"))
for k, v in ("a=1, b=2, c=3"):gmatch("(%w+)=(%w+)") do io.write(k, "->", v, " ") end
print()
for w in ("one two  three"):gmatch("%S+") do io.write("<", w, ">") end
print()
for pos, c in ("a1b2c3"):gmatch("()(%d)") do io.write(pos, ":", c, " ") end
print()

print(("abc"):rep(3), ("abc"):rep(3, "-"), ("x"):rep(0), ("x"):rep(-1))
print(("hello"):sub(2, 4), ("hello"):sub(-3), ("hello"):sub(2), ("hello"):sub(0), ("hello"):sub(10), ("hello"):sub(-100, 2))
print(("hello"):byte(1, -1))
print(string.char(72, 105), ("Hello"):lower(), ("Hello"):upper(), ("Hello"):reverse(), ("Hello"):len())
print(tostring(12), tostring(-0.0), tostring(1e15), tostring(1e16), tostring(2 ^ 53), tostring(0.1), tostring(1 / 0), tostring(-1 / 0))
print(tonumber("0x10"), tonumber("  12  "), tonumber("1e2"), tonumber("0x.8p1"), tonumber("abc"), tonumber("10", 2), tonumber("zz", 36), tonumber("8", 8), tonumber(""))
print("10" + 5, "3" * "4", 10 .. 20, "0x10" + 0, "1e1" * 1)
print("a" < "b", "a" < "B", "abc" < "abd", "" < "a", "a\0b" < "a\0c", "Z" < "a")
print(#"\u{48}\u{20AC}\u{10FFFF}", "\x41\65\z
       continued", '\'', "tab\tend")
print([[
long string
  with ]] .. [==[ ]] inside ]==])

print(utf8.char(72, 8364, 128512), utf8.len("h\u{20AC}llo"), utf8.codepoint("h\u{20AC}", 1, -1))
for p, c in utf8.codes("a\u{E9}\u{20AC}") do io.write(p, "=", c, " ") end
print(utf8.offset("a\u{E9}\u{20AC}b", 3), utf8.len("\xff"))

local packed = string.pack("<i4 >I2 z s1 d", -2, 513, "zero", "len", 1.5)
print(#packed, packed:byte(1, 6))
print(string.unpack("<i4 >I2 z s1 d", packed))
print(string.packsize("i4 i8 !8 d"), pcall(string.pack, "i1", 200))

-- A tiny template engine and word counts.
local text = ("the quick brown fox jumps over the lazy dog "):rep(200)
local counts = {}
for w in text:gmatch("%a+") do counts[w] = (counts[w] or 0) + 1 end
local words = {}
for w in pairs(counts) do words[#words + 1] = w end
table.sort(words)
for _, w in ipairs(words) do io.write(w, "=", counts[w], " ") end
print()
print((text:gsub("%w+", function(w) return w:sub(1, 1):upper() .. w:sub(2) end):sub(1, 60)))
local h = 0
for i = 1, #text do h = (h * 31 + text:byte(i)) & 0xffffffff end
print("hash", h)
