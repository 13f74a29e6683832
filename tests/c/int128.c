#include <stdio.h>
typedef __int128 s; typedef unsigned __int128 u;
static void p(const char*n,u x){ printf("%s %016lx%016lx\n",n,(unsigned long)(x>>64),(unsigned long)x); }
__attribute__((noinline)) u mul(u a,u b){return a*b;} __attribute__((noinline)) u add(u a,u b){return a+b;} __attribute__((noinline)) u sub(u a,u b){return a-b;}
__attribute__((noinline)) u shl(u a,int n){return a<<n;} __attribute__((noinline)) u shr(u a,int n){return a>>n;} __attribute__((noinline)) s sar(s a,int n){return a>>n;}
__attribute__((noinline)) int cmp(u a,u b){return (a<b)|(a<=b)<<1|((s)a<(s)b)<<2|((s)a<=(s)b)<<3|(a==b)<<4|(a!=b)<<5;}
__attribute__((noinline)) int many(int a,u b,int c,u d,int e,u f,u g){return (int)(a+b*3+c+d*5+e+f*7+g*11);}
__attribute__((noinline)) u loop(u a,int n){ u x=1; for(int i=0;i<n;i++){ x=x*a+i; if(x&4) x^=(a>>3);} return x;}
struct S{ char c; u x; short y;}; struct S gs={1,((u)7<<64)|9,3};
_BitInt(72) bi; unsigned _BitInt(100) bu;
u uov(u a,u b){u r; int o=__builtin_add_overflow(a,b,&r); int q=__builtin_sub_overflow(a,b,&r); return r+o*2+q;}
s sov(s a,s b){s r; int o=__builtin_add_overflow(a,b,&r); int q=__builtin_sub_overflow(a,b,&r); return r+o*2+q;}
int main(){ u v[]={0,1,5,(u)1<<64,((u)1<<64)-1,~(u)0,(u)1<<127,((u)0x123456789abcdef0ull<<64)|0xfedcba9876543210ull,~(((u)0x123456789abcdef0ull<<64)|0xfedcba9876543210ull)};
 int n=sizeof v/sizeof*v;
 for(int i=0;i<n;i++) for(int j=0;j<n;j++){ u a=v[i],b=v[j]; p("mul",mul(a,b)); p("add",add(a,b)); p("sub",sub(a,b)); printf("%d\n",cmp(a,b)); p("uov",uov(a,b)); p("sov",sov(a,b)); p("m",(a&b)|(a^b)); printf("%d\n",many(i,a,j,b,3,a,b)); p("sel",a<b?a:b); p("neg",-a); p("not",~b); }
 for(int i=0;i<n;i++) for(int k=0;k<128;k++){ p("shl",shl(v[i],k)); p("shr",shr(v[i],k)); p("sar",sar(v[i],k)); }
 for(int i=0;i<n;i++){ u a=v[i]; p("c1",a<<7); p("c2",a>>70); p("c3",(s)a>>64); p("c4",a<<64);p("c5",(s)a>>127); p("sx",(s)(int)a); p("zx",(unsigned)a); p("sc",(s)(signed char)a); printf("%d %ld %d\n",(short)a,(long)a,(_Bool)a);
  p("loop",loop(a,20)); gs.x+=a; p("gs",gs.x); bi = (_BitInt(72))((unsigned _BitInt(72))a * 3 - 1); p("bi",(u)(s)bi); p("bi2",(u)(bi>>5)); bu=(unsigned _BitInt(100))a; bu=bu*bu+7; p("bu",bu); printf("%d %d\n",bi<5,bu>1000); bu>>=3; p("bu",bu); 
  p("bs",((u)__builtin_bswap64(a)<<64)|__builtin_bswap64(a>>64)); }
 volatile u vu=v[7]; vu+=3; p("vu",vu); volatile _BitInt(72) vb=-5; vb*=3; p("vb",(u)(s)vb);
 return 0;}
