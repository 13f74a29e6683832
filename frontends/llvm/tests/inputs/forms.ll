; Forms of the grammar that clang seldom prints. LLVM 19 parses this file.
source_filename = "forms \22quoted\22.c"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"

module asm ".globl from_asm"
module asm "from_asm: ret"

%opaque = type opaque
%"quoted name \41" = type { i32, %0, ptr }
%0 = type <{ i8, [3 x <2 x float>], { i1, i128 } }>
%list = type { %list.inner, ptr }
%list.inner = type { ptr, ptr }

$group = comdat any
$"other group" = comdat nodeduplicate

@0 = private unnamed_addr constant [4 x i8] c"a\00\22\\", align 1
@1 = internal global i24 -1
@"quoted \01name" = weak_odr dso_local protected local_unnamed_addr global %"quoted name \41" zeroinitializer, section "data\\x", comdat($group), align 16
@declared = external dso_local global %opaque
@imported = external dllimport global i32
@weakly = extern_weak hidden thread_local(localexec) global i32, align 4
@model = thread_local(initialexec) global ptr @model
@appended = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 65535, ptr @plain, ptr null }]
@space = addrspace(1) externally_initialized global i32 undef
@floats = global [5 x float] [float 1.000000e+00, float -2.5, float 0x7FF0000000000000, float 0xFFF8000000000000, float 0x3FB99999A0000000]
@doubles = global { double, double, half, bfloat, x86_fp80, fp128, ppc_fp128 } { double 1.5e-300, double 0x7FF4000000000000, half 0xH3C00, bfloat 0xR3F80, x86_fp80 0xK3FFF8000000000000000, fp128 0xL00000000000000003FFF000000000000, ppc_fp128 0xM3FF00000000000000000000000000000 }
@wide = global [3 x i128] [i128 340282366920938463463374607431768211455, i128 -170141183460469231731687303715884105728, i128 u0xFF]
@expressions = global [7 x i64] [
  i64 ptrtoint (ptr getelementptr inbounds ({ i32, [4 x i8] }, ptr @1, i64 0, i32 1, i64 3) to i64),
  i64 sub (i64 ptrtoint (ptr @0 to i64), i64 ptrtoint (ptr @1 to i64)),
  i64 add nsw (i64 1, i64 2),
  i64 trunc (i128 5 to i64),
  i64 xor (i64 ptrtoint (ptr @1 to i64), i64 -1),
  i64 s0x7F,
  i64 ptrtoint (ptr blockaddress(@blocks, %"the block") to i64)]
@pointers = constant <{ ptr, ptr, ptr, i8 }> <{ ptr inttoptr (i64 12 to ptr), ptr dso_local_equivalent @plain, ptr getelementptr (i8, ptr @0, i64 1), i8 poison }>
@splatted = global <4 x i32> splat (i32 7), no_sanitize_address
@compared = global <2 x ptr> <ptr @0, ptr null>, partition "part", code_model "large"

@alias = weak dso_local alias i32, ptr @1
@alias.offset = internal unnamed_addr alias i8, getelementptr (i8, ptr @0, i64 1), partition "p"
@resolved = ifunc i32 (i32), ptr @resolver

declare void @plain()
declare !foo !1 i32 @printf(ptr nocapture noundef readonly, ...) local_unnamed_addr #0
declare void @takes(ptr sret({ i32, i64 }) align 8, ptr byval([3 x i32]) align(16), i8 zeroext, i16 signext inreg, ptr nonnull dereferenceable(8) dereferenceable_or_null(16) noalias "string"="value", ptr nest, i32 range(i32 -3, 7) immarg, double nofpclass(nan inf), ptr initializes((0, 4), (8, 12)) writeonly, ptr elementtype(i32), i32 allocalign, metadata)
declare noalias ptr @allocates(i64) allockind("alloc,zeroed") allocsize(0) memory(argmem: readwrite, inaccessiblemem: read) "alloc-family"="malloc"
declare void @allocates2(i32, i32) allocsize(0, 1) memory(none) uwtable(sync) alignstack(16) vscale_range(1, 16) nounwind willreturn
declare fastcc void @convention()
declare cc 11 void @numbered()
declare x86_stdcallcc void @std()
declare i32 @personality(...)

define internal ptr @resolver() { ret ptr null }
define i32 @indented(i32 %0) {
 %2 = add i32 %0, 1
 br label %4
 4:
  ret i32 %2 }

define weak_odr hidden swiftcc noundef i32 @"quoted function"(i32 noundef %a, ptr %"b c", ...) unnamed_addr #0 #1 align 32 section "text" comdat($"other group") gc "shadow-stack" prefix i32 7 prologue i8 -112 personality ptr @personality !dbg !2 !prof !3 {
"entry block":
  %"x y" = add nuw nsw i32 %a, -1, !dbg !4, !unknown !{i32 1, !{!"nested"}}
  br i1 true, label %$odd-label.1, label %"entry block2", !prof !3
$odd-label.1:                                          ; preds = %"entry block"
  ret i32 %"x y"
"entry block2":
  unreachable, !annotation !5
}

define void @arithmetic(i32 %a, i32 %b, float %f, <4 x i32> %v, ptr %p, i1 %c) {
  %1 = sub i32 %a, %b
  %2 = mul nuw i32 %1, %b
  %3 = udiv exact i32 %a, %b
  %4 = sdiv i32 %a, %b
  %5 = urem i32 %a, %b
  %6 = srem i32 %a, %b
  %7 = shl nuw nsw i32 %a, 3
  %8 = lshr exact i32 %a, 3
  %9 = ashr i32 %a, 3
  %10 = or disjoint i32 %a, %b
  %11 = and i32 %a, 255
  %12 = xor i32 %a, -1
  %13 = fadd fast float %f, 1.0
  %14 = fsub nnan ninf nsz arcp contract afn reassoc float %13, %f
  %15 = fmul float %f, %f
  %16 = fdiv float %f, %f
  %17 = frem float %f, 0x3FF0000000000000
  %18 = fneg nsz float %f
  %19 = trunc nuw nsw i32 %a to i8
  %20 = zext nneg i8 %19 to i32
  %21 = sext i8 %19 to i64
  %22 = fptrunc double 1.0 to float
  %23 = fpext float %f to double
  %24 = fptoui float %f to i32
  %25 = fptosi float %f to i32
  %26 = uitofp nneg i32 %a to float
  %27 = sitofp i32 %a to float
  %28 = ptrtoint ptr %p to i64
  %29 = inttoptr i64 %28 to ptr
  %30 = bitcast float %f to i32
  %31 = addrspacecast ptr %p to ptr addrspace(1)
  %32 = icmp slt i32 %a, %b
  %33 = icmp eq ptr %p, null
  %34 = fcmp nnan uno float %f, %f
  %35 = fcmp true float %f, %f
  %36 = select nnan i1 %c, float %f, float 0.0
  %37 = freeze i32 undef
  %38 = extractelement <4 x i32> %v, i64 1
  %39 = insertelement <4 x i32> %v, i32 %a, i32 2
  %40 = shufflevector <4 x i32> %v, <4 x i32> poison, <2 x i32> <i32 0, i32 3>
  %41 = insertvalue { i32, [2 x float] } undef, float %f, 1, 0
  %42 = extractvalue { i32, [2 x float] } %41, 1, 1, !dbg !4
  %43 = getelementptr inbounds nuw { i32, [4 x i64] }, ptr %p, i64 0, i32 1, i64 %21
  %44 = getelementptr i8, ptr %p, <4 x i32> %v
  %45 = icmp ult <4 x i32> %v, zeroinitializer
  %46 = va_arg ptr %p, i32
  ret void
}

define void @memory(ptr %p, i32 %n) {
  %1 = alloca i32
  %2 = alloca i32, i32 %n
  %3 = alloca [4 x i8], i64 2, align 16
  %4 = alloca inalloca i32, align 4, addrspace(0)
  %5 = load i32, ptr %p
  %6 = load volatile i32, ptr %p, align 1, !tbaa !6, !range !7, !noundef !5
  %7 = load atomic i32, ptr %p acquire, align 4
  %8 = load atomic volatile i32, ptr %p syncscope("singlethread") seq_cst, align 4, !dbg !4
  store i32 %5, ptr %1
  store volatile i32 %5, ptr %1, align 4, !nontemporal !7
  store atomic i32 %5, ptr %1 release, align 4
  %9 = cmpxchg weak volatile ptr %p, i32 0, i32 1 acq_rel monotonic, align 4
  %10 = cmpxchg ptr %p, ptr null, ptr %1 syncscope("singlethread") seq_cst seq_cst
  %11 = atomicrmw volatile add ptr %p, i32 1 seq_cst, align 4
  %12 = atomicrmw fmax ptr %p, float 1.0 monotonic
  fence syncscope("singlethread") acquire
  fence seq_cst
  %13 = extractvalue { i32, i1 } %9, 1
  ret void

  uselistorder ptr %p, { 1, 0, 2, 3, 4, 5, 6, 7 }
}

define i32 @blocks(ptr %p, i32 %n) personality ptr @personality {
  switch i32 %n, label %2 [ i32 0, label %"the block"
    i32 -1, label %1
    i32 2147483647, label %"the block" ]
1:
  indirectbr ptr %p, [label %2, label %"the block"]
2:
  %3 = phi i32 [ 5, %0 ], [ %forward, %1 ], [ poison, %"the block" ], !dbg !4
  %4 = invoke i32 (ptr, ...) @printf(ptr nonnull %p, i32 signext %3) #1 to label %5 unwind label %6
"the block":
  %forward = add i32 %n, 1
  br label %2, !llvm.loop !8
5:
  ret i32 %4
6:
  %7 = landingpad { ptr, i32 } cleanup catch ptr null filter [1 x ptr] [ptr @0]
  resume { ptr, i32 } %7
}

define void @calls(ptr %f, i32 %n, ptr %p) {
  call void @plain()
  %1 = tail call fastcc i32 %f(i32 %n)
  %2 = call zeroext i8 %f(), !srcloc !7
  %3 = notail call float (float, ...) %f(float 1.0, i32 7) #0
  call void asm sideeffect alignstack inteldialect unwind "nop", "~{memory}"()
  %4 = call { i32, i32 } asm "", "=r,=r,0,1"(i32 %n, i32 0)
  call void @plain() [ "deopt"(i32 1, ptr %p), "empty"() ]
  %5 = call fast float %f(float nofpclass(nan) 1.0)
  call void inttoptr (i64 4096 to ptr)()
  call void @llvm.dbg.value(metadata i32 %n, metadata !9, metadata !DIExpression(DW_OP_plus_uconst, 8)), !dbg !4
  call void @llvm.dbg.value(metadata !DIArgList(i32 %n, ptr %p), metadata !9, metadata !DIExpression()), !dbg !4
  musttail call void @calls(ptr %f, i32 %n, ptr %p)
  ret void
}
declare void @llvm.dbg.value(metadata, metadata, metadata)

define void @unnamed(i32, i32 %x, i32) {
  %3 = add i32 %0, %1
  add i32 %3, %x
  %5 = add i32 %4, 1
  ret void
}

attributes #0 = { nounwind "frame-pointer"="all" memory(readwrite, inaccessiblemem: none) }
attributes #1 = { noreturn alignstack=8 "no-value" }

!named = !{!0, !1}
!llvm.module.flags = !{!10}
!escaped\5Cname = !{}
!0 = !{i32 1, !"string \22", null, ptr @0, !{!"inline", !{}}, double 1.0, !1}
!1 = distinct !{!1}
!2 = distinct !DISubprogram(name: "quoted", scope: !11, file: !11, line: 3, type: !12, spFlags: DISPFlagDefinition | DISPFlagOptimized, unit: !13)
!3 = !{!"branch_weights", i32 2000, i32 1}
!4 = !DILocation(line: 4, column: 7, scope: !2, inlinedAt: !14)
!5 = !{}
!6 = !{!15, !15, i64 0}
!7 = !{i32 0, i32 10}
!8 = distinct !{!8, !16}
!9 = !DILocalVariable(name: "n", scope: !2, file: !11, line: 4, type: !17)
!10 = !{i32 2, !"Debug Info Version", i32 3}
!11 = !DIFile(filename: "a.c", directory: "/tmp", checksumkind: CSK_MD5, checksum: "00000000000000000000000000000000")
!12 = !DISubroutineType(types: !{null})
!13 = distinct !DICompileUnit(language: DW_LANG_C11, file: !11, producer: "a (b) \22", isOptimized: true, emissionKind: FullDebug)
!14 = distinct !DILocation(line: 9, scope: !2)
!15 = !{!"int", !18, i64 0}
!16 = !{!"llvm.loop.mustprogress"}
!17 = !DIBasicType(name: "int", size: 32, encoding: DW_ATE_signed)
!18 = !{!"omnipotent char", !19, i64 0}
!19 = !{!"Simple C/C++ TBAA"}
