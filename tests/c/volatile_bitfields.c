#include <stdio.h>
#pragma pack(push,1)
struct S { volatile unsigned a:20; unsigned char z; unsigned char y; };
struct T { unsigned char p; volatile unsigned long b:37; volatile long c:33; unsigned char z; };
#pragma pack(pop)
struct S s[3]={{1,2,3},{4,5,6},{7,8,9}};
struct T t[3]={{1,2,3,4},{4,5,6,7}};
int main(){ s[0].a=0xabcde; s[1].a=s[0].a+1; t[1].b=0x1234567890; t[1].c=t[1].b; t[0].c=-77;
for(int i=0;i<3;i++) printf("%x %x %x\n",s[i].a,s[i].z,s[i].y);
for(int i=0;i<3;i++) printf("%x %lx %lx %x\n",t[i].p,(long)t[i].b,(long)t[i].c,t[i].z);
return 0;}
