-- Integer and float arithmetic, conversions, bit operations, the math library.

print(7 // 2, -7 // 2, 7 // -2, -7 // -2, 7.0 // 2, -7 // 2.0, 1e300 // 1e-300)
print(7 % 3, -7 % 3, 7 % -3, -7 % -3, 7.5 % 2, -7.5 % 2, 7.5 % -2, 5 % math.huge, -5 % math.huge)
print(7 / 2, 8 / 2, 1 / 3, 2 ^ 10, 2 ^ 0.5, 2 ^ -1, 0 ^ 0)
print(1 / 0, -1 / 0, 0 / 0 ~= 0 / 0, 1 // 0.0, -1 // 0.0, 0.0 == -0.0, 1 / -0.0)
print(math.maxinteger, math.mininteger, math.maxinteger + 1 == math.mininteger, math.mininteger - 1)
print(math.maxinteger * 2, math.mininteger // -1, math.mininteger % -1, -math.mininteger, math.abs(math.mininteger))
print(1 == 1.0, math.type(1), math.type(1.0), math.type("1"), 2 ^ 53 == 2 ^ 53 + 1, 9007199254740993 == 2 ^ 53)
print(1 < 1.5, 1 <= 1.0, math.maxinteger < math.huge, math.maxinteger + 0.0 == math.maxinteger, math.maxinteger < 2 ^ 63)
print(math.mininteger == -2 ^ 63, math.mininteger <= -2 ^ 63, -2 ^ 63 < math.mininteger, 2 ^ 63 > math.maxinteger)
print(3 | 5, 3 & 5, 3 ~ 5, ~0, 1 << 63, 1 << 64, 1 << -1, -1 >> 1, -1 >> 63, -1 << 1, 2.0 | 1, 7 & 3.0)
print(0xff, 0x7fffffffffffffff, 0xffffffffffffffff, 0x1p4, 0x.1, 1e3, .5, 3., 1e-2, 123456789012345678901234567890)
print(100000000000000, 1e14, 1e15, 123456.789e3, 0.1 + 0.2, 1e100, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308)

print(math.floor(3.7), math.floor(-3.7), math.ceil(3.2), math.ceil(-3.2), math.floor(1e100), math.floor(5))
print(math.tointeger(3.0), math.tointeger(3.5), math.tointeger("8"), math.tointeger(2 ^ 63), math.ult(1, -1), math.ult(-1, 1))
print(math.fmod(7, 3), math.fmod(-7, 3), math.fmod(7, -3), math.fmod(7.5, 2), math.fmod(-7.5, 2), pcall(math.fmod, 1, 0))
print(math.modf(3.7), math.modf(-3.7), math.modf(5), math.modf(math.huge), math.modf(-math.huge))
print(math.max(1, 2.5, -1), math.min(3, 1, 2), math.max(1), pcall(math.max))
print(math.abs(-5), math.abs(-5.5), math.sqrt(2), math.exp(1), math.log(10), math.log(8, 2), math.log(1000, 10), math.log(27, 3))
for _, x in ipairs({ 0, 0.5, 1, 2, -1.5 }) do
  print(string.format("%.12f %.12f %.12f %.12f %.12f", math.sin(x), math.cos(x), math.tan(x), math.atan(x), math.atan(x, -1)))
end
print(string.format("%.12f %.12f %.12f", math.asin(0.5), math.acos(0.5), math.deg(math.pi) + math.rad(180)))

-- Conversions in both directions.
print(10 // 1 | 0, 3.0 | 0, "10" + 0, "10" * "2", "0x10" + 0, " 5 " + 0, 10 .. "", 1.0 .. "", -0.0 .. "", 2 ^ 63 .. "")
print(tostring(3) == "3", tostring(3.0), 3 | 0, 1e15, 1e16, -1e15, 2 ^ 24, 10 // 0.3)
print(string.format("%d %d", 3.0, "10"), string.format("%.14g", 2 ^ 53), #tostring(math.pi), 7 // 1.0)
print(tonumber("1e1"), tonumber("0x1p-2"), tonumber("1 2"), tonumber("1e"), tonumber("- 1"), tonumber("-0x10"), tonumber("9223372036854775808"))

-- Loops over wrapped arithmetic: a linear congruential and a xorshift generator.
local lcg, xs = 12345, 88172645463325252
for i = 1, 100000 do
  lcg = lcg * 6364136223846793005 + 1442695040888963407
  xs = xs ~ (xs << 13); xs = xs ~ (xs >> 7); xs = xs ~ (xs << 17)
end
print("generators", lcg, xs)

-- Floats: Newton, series, and exact sums.
local function newton(x) local r = x; for _ = 1, 30 do r = (r + x / r) / 2 end return r end
print(string.format("%.15g %.15g %.15g", newton(2), newton(12345.678), newton(1e-10)))
local pi4, sign = 0.0, 1
for i = 0, 99999 do pi4 = pi4 + sign / (2 * i + 1); sign = -sign end
print(string.format("%.12f", pi4 * 4))
local harmonic = 0
for i = 1, 1000000 do harmonic = harmonic + 1 / i end
print(string.format("%.12f", harmonic))

-- Number theory.
local function gcd(a, b) while b ~= 0 do a, b = b, a % b end return a end
local function power(b, e, m) local r = 1; b = b % m; while e > 0 do if e & 1 == 1 then r = r * b % m end b = b * b % m; e = e >> 1 end return r end
print(gcd(1071, 462), gcd(2 ^ 40 | 0, 6 ^ 10 | 0), power(3, 1000000, 1000000007), power(2, 62, 3037000499))
local sum, count = 0, 0
for i = 2, 20000 do
  local prime = true
  for j = 2, math.floor(math.sqrt(i)) do if i % j == 0 then prime = false break end end
  if prime then sum = sum + i; count = count + 1 end
end
print("primes", count, sum)
print(math.random and select("#", math.random(1, 1)), math.random(5, 5), pcall(math.random, 2, 1))
