// What C++ adds: invoke, landing pads, comdats, virtual tables, references, constructors of globals.
#include <string>
#include <vector>
#include <stdexcept>
struct base { virtual ~base() {} virtual int f(int a) = 0; };
struct derived : base { int x; explicit derived(int x) : x(x) {} int f(int a) override { return a + x; } };
struct guard { int *p; ~guard() { ++*p; } };
std::vector<std::string> names = { "a", "bb", "a long string that does not fit in place" };
int risky(int a) { if (a > 3) throw std::runtime_error("too large"); return a; }
int caught(int a, int *n) {
    guard g{ n };
    try { return risky(a); }
    catch (const std::out_of_range &e) { return -1; }
    catch (const std::exception &e) { return e.what()[0]; }
    catch (...) { throw; }
}
template <class T> T sum(const std::vector<T> &v) { T s{}; for (auto &x : v) s += x; return s; }
int use(base &b, int &r) { static derived d(r); names.push_back("c"); return b.f(r) + d.f(1) + sum<int>({ 1, 2, 3 }) + dynamic_cast<derived &>(b).x; }
int lambda(int a) { auto f = [&](int b) noexcept { return a + b; }; return f(2); }
